// Candidates by their impact ratio: move the margin, and see which of them cost no more.
import { dots } from "../charts/dots.js";
import { verdictOf } from "../disparity_arithmetic.js";
import { h } from "../dom.js";
import { write } from "../numbers.js";
import { slider } from "../slider.js";

/** @typedef {(number | null)[]} Ends */
/** @typedef {{ name: string, value: number, lower: number | null, upper: number | null, note: string, gain: Ends, loss: Ends, score: Ends }} Candidate */
/** @typedef {{ candidates: Candidate[], margin: number, score_margin: number, least_gain: number, today: number, axis: string }} State */

/** @type {Record<string, [string, import("../types").Role]>} */
const LOOKS = { better: ["●", "good"], "costs too much": ["■", "bad"], "not less unequal": ["–", "muted"], "not enough data": ["◇", "reference"] }; // prettier-ignore

/**
 * @param {State} state
 * @param {Record<string, import("../types").Floats>} _
 * @param {import("../types").Context} context
 * @returns {import("../types").Part}
 */
export function frontier(state, _, context) {
  let [margin, width] = [state.margin, 0];
  const words = (/** @type {number} */ value) => `${write(100 * value, "number", 1)} points of accuracy`;
  const move = slider({ label: "may be lost", lower: 0, upper: 0.1, step: 0.001, value: margin, words }, (value) => ((margin = value), show(true)), context.undo); // prettier-ignore
  const figure = h("div", { class: "mw-figure-body" });
  const key = Object.entries(LOOKS).map(([word, [shape]]) => `${shape} ${word}`).join("   "); // prettier-ignore
  const node = h("div", {}, h("div", { class: "mw-controls" }, ...move.nodes), h("p", { class: "mw-small" }, key), figure); // prettier-ignore
  return { node, draw: (size) => ((width = size), show(false)) };

  /** @param {boolean} moved */
  function show(moved) {
    let better = 0;
    const rows = state.candidates.map(({ name, gain, loss, score, ...rest }, place) => {
      const said = verdictOf(gain, state.least_gain, [
        [loss[0], loss[1], margin],
        [score[0], score[1], state.score_margin],
      ]);
      const [shape, role] = place ? LOOKS[said] : ["→", /** @type {const} */ ("accent")];
      better += Number(place > 0 && said === "better");
      return { ...rest, label: `${shape} ${name}`, role, n: null };
    });
    const headline = `${better} of the ${rows.length - 1} candidates shown select groups less unequally and lose surely no more than ${words(margin)}.`; // prettier-ignore
    if (moved) context.say({ headline, summary: "Each interval stands alone: the choice was made on other rows." });
    const axis = { label: state.axis, form: /** @type {const} */ ("number"), lower: null, upper: null };
    const marks = [{ value: state.today, label: "today", role: /** @type {const} */ ("truth") }];
    if (width) figure.replaceChildren(dots({ kind: "dots", rows, axis, marks, title: "" }, width, headline));
  }
}
