// Guess and truth on one axis, in words.
import { h, s } from "../dom.js";
import { guessOf, onGuess } from "../guesses.js";
import { spread } from "../labels.js";
import { decimals } from "../numbers.js";
import { footAxis, label, linear, picture, roleClass, rule } from "../svg.js";
import { inWords, verdict } from "./guess_words.js";

/** @typedef {{ key: string, truth: number, label: string, truth_lower: number | null, truth_upper: number | null, value: number | null, lower: number, upper: number, unit: string, form: "number" | "percent", asked: boolean }} State */

/**
 * @param {State} state
 * @param {Record<string, import("../types").Floats>} _arrays
 * @param {import("../types").Context} context
 * @returns {import("../types").Part}
 */
export function guessTruth(state, _arrays, context) {
  const digits = Math.max(decimals(state.upper - state.lower), state.form === "percent" ? 2 : 0);
  const node = h("div", { class: "mw-guess-truth" });
  let width = 0;
  onGuess(state.key, node, show, context.undo);
  say();
  return { node, draw: (size) => ((width = size), show()) };

  function guessed() {
    const now = guessOf(state.key);
    return now && now.state !== "open" ? now.value : state.value;
  }

  function words() {
    return verdict({
      value: guessed(),
      truth: state.truth,
      form: state.form,
      unit: state.unit,
      digits,
      lower: state.truth_lower,
      upper: state.truth_upper,
      asked: state.asked || guessOf(state.key)?.state === "skipped",
    });
  }

  function say() {
    context.say({ headline: words(), summary: state.label });
  }

  function show() {
    say();
    if (width) node.replaceChildren(draw(state, guessed(), words(), digits, width));
  }
}

/** @param {State} state @param {number | null} value @param {string} finding @param {number} digits @param {number} width */
function draw(state, value, finding, digits, width) {
  const values = [state.lower, state.upper, state.truth, value ?? state.truth];
  const scale = linear([Math.min(...values), Math.max(...values)], [16, width - 16]);
  const svg = picture(width, 128, finding);
  const axis = { label: "", form: state.form, lower: null, upper: null };
  svg.append(...footAxis({ scale, axis, top: 78, bottom: 92 }), rule(16, 92, width - 16, 92, "mw-base"));
  const truth = s("g", {
    class: roleClass("production"),
    "data-mw-tip": `${state.label}\n${inWords(state.truth, state.form, state.unit, digits + 1)}`,
  });
  if (state.truth_lower !== null && state.truth_upper !== null) {
    truth.append(rule(scale(state.truth_lower), 66, scale(state.truth_upper), 66, "mw-whisker"));
  }
  truth.append(s("circle", { class: "mw-dot", cx: scale(state.truth), cy: 66, r: 7.5 }));
  const marks = [
    {
      at: scale(state.truth),
      text: `it was ${inWords(state.truth, state.form, state.unit, digits)}`,
      role: "production",
    },
  ];
  if (value !== null) {
    svg.append(rule(scale(value), 66, scale(state.truth), 66, "mw-link"));
    svg.append(
      s(
        "g",
        { class: roleClass("reference") },
        s("rect", {
          class: "mw-dot",
          x: scale(value) - 6,
          y: 60,
          width: 12,
          height: 12,
          transform: `rotate(45 ${scale(value)} 66)`,
        }),
      ),
    );
    marks.push({
      at: scale(value),
      text: `you said ${inWords(value, state.form, state.unit, digits)}`,
      role: "reference",
    });
  }
  svg.append(truth);
  const near = Math.abs(marks[0].at - (marks[1]?.at ?? Infinity)) < 170;
  const rows = near ? spread([46, 28], 18, 24, 48) : [46, 46];
  marks.forEach((mark, index) => {
    const anchor = mark.at < 100 ? "start" : mark.at > width - 100 ? "end" : "middle";
    const x =
      anchor === "middle" ? mark.at : anchor === "start" ? Math.max(2, mark.at - 8) : Math.min(width - 2, mark.at + 8);
    svg.append(
      label(mark.text, x, rows[index], {
        class: `mw-direct mw-direct-large ${roleClass(mark.role)}`,
        "text-anchor": anchor,
      }),
    );
  });
  return svg;
}
