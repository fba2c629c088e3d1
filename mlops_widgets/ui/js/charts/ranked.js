// A ranked list of bars with a slider for how many are shown.
import { slider } from "../slider.js";
import { h } from "../dom.js";
import { bars } from "./bars.js";

/**
 * @param {import("../types").Ranked} chart
 * @param {HTMLElement} body
 * @param {string} finding
 * @param {(() => void)[]} undo
 * @returns {(width: number) => void}
 */
export function ranked(chart, body, finding, undo) {
  const total = chart.rows.length;
  const picture = body.appendChild(h("div"));
  let shown = Math.max(1, Math.min(chart.shown, total));
  let last = 0;
  const draw = (/** @type {number} */ width) => {
    last = width;
    picture.replaceChildren(bars({ ...chart, rows: chart.rows.slice(0, shown) }, width, finding));
  };
  if (total > 5) {
    const options = {
      label: "rows shown",
      lower: 1,
      upper: total,
      step: 1,
      value: shown,
      words: (/** @type {number} */ value) => `${value} of ${total}`,
    };
    const control = slider(options, (value) => ((shown = value), draw(last)), undo);
    body.append(h("div", { class: "mw-controls" }, ...control.nodes));
  }
  return draw;
}
