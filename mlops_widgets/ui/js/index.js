// The one module of all views: `render` for a live widget, `mount` for a page without a kernel.
import { asker } from "./asking.js";
import { cardPart } from "./card.js";
import { h, listen } from "./dom.js";
import { jobPanel } from "./job.js";
import { keep } from "./keeping.js";
import { readCard } from "./message.js";
import STYLE from "./style.css";
import { tips } from "./tips.js";
import { TOKENS } from "./tokens.js";
import { transfer } from "./transfer.js";

/** @typedef {import("./types").Message} Message */
/** @typedef {import("./types").Model} Model */

const USUAL_WIDTH = 720;
const MOST_WIDTH = 1100;
/** JupyterLab typesets what stands between dollar signs; in "price $" and "cost $" they are names. */
const NO_FORMULAS = "mathjax_ignore tex2jax_ignore";

/** A root with its style, tooltip and width watcher; `show` puts a part in. @param {HTMLElement} el @param {(() => void)[]} undo */
function stage(el, undo) {
  const body = h("div", { class: "mw-body" });
  const root = h("div", { class: `mw ${NO_FORMULAS}` }, h("style", {}, TOKENS + STYLE), body);
  root.append(tips(root, undo));
  /** @type {import("./types").Part | null} */
  let part = null;
  let width = 0;
  const measure = () => {
    const style = root.isConnected ? root.clientWidth : Math.min(el.clientWidth, MOST_WIDTH);
    const now = Math.max(240, Math.floor(style || USUAL_WIDTH));
    if (now === width) return;
    width = now;
    part?.draw(width);
  };
  const watcher = new ResizeObserver(measure);
  watcher.observe(root);
  undo.push(() => watcher.disconnect());
  return {
    root,
    /** @param {import("./types").Part} next */
    show(next) {
      part = next;
      width = 0;
      body.replaceChildren(next.node);
      measure();
    },
  };
}

/**
 * Draw a saved message. If it can't be drawn, what stands in the element stays.
 * @param {HTMLElement} el
 * @param {Message} message
 * @param {(text: string) => Uint8Array} decode
 * @returns {() => void} undoes every listener
 */
export function mount(el, message, decode) {
  /** @type {(() => void)[]} */
  const undo = [];
  const place = stage(el, undo);
  place.show(cardPart(readCard(message, decode), { send: () => {}, live: false, undo }));
  el.replaceChildren(place.root);
  return () => undo.forEach((stop) => stop());
}

/**
 * Draw a live widget and follow its traits.
 * @param {{ model: Model, el: HTMLElement }} host
 * @returns {() => void} undoes every listener, and cancels a running job
 */
function render({ model, el }) {
  /** @type {(() => void)[]} */
  const undo = [];
  /** @type {(() => void)[]} */
  let cardUndo = [];
  el.classList.add("mw-live");
  const place = stage(el, undo);
  const panel = model.get("job") ? jobPanel(model, undo) : null;
  const files = model.get("transfer") ? transfer(model, undo) : null;
  const send = (/** @type {unknown} */ content) => model.send(content);
  const ask = asker(model, undo);
  const show = () => {
    const restore = keep(place.root);
    for (const stop of cardUndo) stop();
    cardUndo = [];
    try {
      const message = /** @type {Message} */ (model.get("message"));
      const part = cardPart(readCard(message), { send, ask, live: true, undo: cardUndo, transfer: files });
      place.show(part);
      panel?.options(message.controls ?? [], message.run);
      if (panel) part.slot.append(panel.node);
    } catch (error) {
      // shown beside the controls, in the same words as on the console
      const node = h("p", { class: "mw-error", role: "alert" }, `This view could not be drawn. ${error}`);
      place.show({ node: h("div", {}, node, ...(panel ? [panel.node] : [])), draw: () => {} });
    }
    restore();
  };
  model.on("change:message", show);
  undo.push(
    () => model.off("change:message", show),
    () => cardUndo.forEach((stop) => stop()),
  );
  listen(undo, el, "pointerdown", (event) => event.stopPropagation()); // a drag in a slider isn't a drag of the cell
  el.replaceChildren(place.root);
  show();
  return () => undo.forEach((stop) => stop());
}

export default { render };
