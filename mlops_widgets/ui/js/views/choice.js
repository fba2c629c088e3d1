// Charts that stay, and below them one chosen from a list, with a sentence on it.
import { h, listen } from "../dom.js";
import { figure } from "../figure.js";

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
  const chosen = h("div");
  const fixed = state.first.map((chart) => figure(chart, context));
  const field = h("label", { class: "mw-setting" }, h("span", { class: "mw-label" }, state.label), " ", select);
  /** @type {import("../types").Part[]} */
  let parts = [];
  listen(context.undo, select, "change", show);
  show();
  return { node: h("div", {}, ...fixed.map((part) => part.node), field, says, chosen), draw };

  function show() {
    const now = state.choices[Number(select.value)];
    parts = now.charts.map((chart) => figure(chart, { ...context, headline: now.says }));
    says.textContent = now.says;
    chosen.replaceChildren(...parts.map((part) => part.node));
    if (size) draw(size);
  }

  /** @param {number} width */
  function draw(width) {
    size = width;
    for (const part of [...fixed, ...parts]) part.draw(width);
  }
}
