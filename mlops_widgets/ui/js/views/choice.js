// Charts that stay, and below them one chosen from a list, with a sentence on it.
import { h, listen } from "../dom.js";
import { sideBySide } from "../side_by_side.js";

/** @typedef {{ name: string, says: string, charts: import("../types").Chart[] }} Choice */
/** @typedef {{ label: string, first: import("../types").Chart[], choices: Choice[] }} State */

/**
 * @param {State} state
 * @param {Record<string, import("../types").Floats>} _arrays
 * @param {import("../types").Context} context
 * @returns {import("../types").Part}
 */
export function choice(state, _arrays, context) {
  let size = 0;
  const options = state.choices.map((each, index) => h("option", { value: index }, each.name));
  const select = /** @type {HTMLSelectElement} */ (h("select", { class: "mw-input" }, ...options));
  const says = h("p", { class: "mw-summary", role: "status", dir: "auto" });
  const [stays, chosen] = [h("div", { class: "mw-two" }), h("div", { class: "mw-two" })];
  const field = h("label", { class: "mw-setting" }, h("span", { class: "mw-label" }, state.label), select);
  const drawFirst = sideBySide(stays, state.first, context);
  /** @type {(width: number) => void} */
  let drawChosen;
  listen(context.undo, select, "change", show);
  show();
  return { node: h("div", { class: "mw-two" }, stays, h("div", { class: "mw-chooses" }, field, says), chosen), draw };

  function show() {
    const now = state.choices[Number(select.value)];
    drawChosen = sideBySide(chosen, now.charts, { ...context, headline: now.says });
    says.textContent = now.says;
    if (size) drawChosen(size);
  }

  /** @param {number} width */
  function draw(width) {
    size = width;
    drawFirst(width);
    drawChosen(width);
  }
}
