// Text to be copied, with a button that does it.
import { h, listen } from "./dom.js";

/** @param {string} text @param {(() => void)[]} undo @param {string} [what] what is copied, for the button's name */
export function snippet(text, undo, what = "") {
  const label = what ? { "aria-label": `Copy ${what}`, "data-mw-key": `copy-${what}` } : {};
  const copy = h("button", { type: "button", class: "mw-button mw-copy", ...label }, "Copy");
  const shown = h("code", {}, text);
  listen(undo, copy, "click", async () => {
    try {
      await navigator.clipboard.writeText(text);
      copy.textContent = "Copied";
    } catch {
      // no permission or an insecure page: leave the text selected for the reader's own copy key
      getSelection()?.selectAllChildren(shown);
      copy.textContent = "Selected";
    }
  });
  return h("div", { class: "mw-snippet" }, h("pre", { class: "mw-pre" }, shown), copy);
}
