// A choice that is walked through by arrow keys is told when the walk ends: telling each step would redraw the form under it.
import { listen } from "../dom.js";

const WALK_MS = 350;

/** @param {(() => void)[]} undo @param {HTMLSelectElement} select @param {() => void} told */
export function later(undo, select, told) {
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;
  const now = () => {
    if (timer === undefined) return;
    clearTimeout(timer);
    timer = undefined;
    told();
  };
  listen(undo, select, "change", () => {
    clearTimeout(timer);
    timer = setTimeout(now, WALK_MS);
  });
  listen(undo, select, "blur", now);
  undo.push(now); // the form is drawn anew for another reason
}
