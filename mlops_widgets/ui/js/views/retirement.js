// A retirement rule over its history: drag the bound, and see when it would have fired and what waiting cost.
import { line } from "../charts/line.js";
import { h, listen } from "../dom.js";
import { counted, digitsFor, interval, write } from "../numbers.js";
import { costSince, firstFiring } from "../retirement_arithmetic.js";
import { slider } from "../slider.js";

/** @typedef {{ name: string, signal: string, action: string, below: boolean, limit: string, bound: number, wait: number, k: number, n: number, lower: number, upper: number }} Rule */
/** @typedef {{ rules: Rule[], start: number, chunks: string[], dates: boolean, by: string, unit: string, total: boolean }} State */

/**
 * @param {State} state
 * @param {Record<string, import("../types").Floats>} arrays values, lower, upper of shape (rules, chunks), flat; edge, errors, rows (chunks,)
 * @param {import("../types").Context} context
 * @returns {import("../types").Part}
 */
export function retirement(state, arrays, context) {
  const { rules, chunks } = state;
  const bounds = rules.map((rule) => rule.bound);
  let [at, width] = [state.start, 0];
  const of = (/** @type {string} */ name) => arrays[name].subarray(at * chunks.length, (at + 1) * chunks.length);
  const buttons = rules.map((rule, index) => {
    const button = h("button", { type: "button", class: "mw-filter", dir: "auto" }, rule.name);
    listen(context.undo, button, "click", () => ((at = index), choose(), show(true)));
    return button;
  });
  const figure = h("div", { class: "mw-figure-body" });
  const said = h("p", { class: "mw-small", role: "status" });
  const controls = h("div", { class: "mw-controls" });
  const group = h("div", { class: "mw-filters", role: "group", "aria-label": "Rule" }, ...buttons);
  choose();
  return { node: h("div", {}, group, figure, controls, said), draw: (size) => ((width = size), show(false)) };

  function choose() {
    const { lower, upper } = rules[at];
    buttons.forEach((button, index) => button.setAttribute("aria-pressed", String(index === at)));
    const words = (/** @type {number} */ value) => write(value, "number", digits());
    const options = { label: "bound", lower, upper, step: (upper - lower) / 200, value: bounds[at], words };
    controls.replaceChildren(...slider(options, (value) => ((bounds[at] = value), show(true)), context.undo).nodes);
  }

  function digits() {
    return Math.max(digitsFor(rules[at].lower, rules[at].upper), 2);
  }

  /** @param {boolean} moved */
  function show(moved) {
    const rule = { ...rules[at], bound: bounds[at] };
    const first = firstFiring(of(rule.limit), rule);
    const headline = `‘${rule.name}’ at ${write(rule.bound, "number", digits())} ${first < 0 ? "never fires" : `would have said ${rule.action} ${first < chunks.length ? `at the beginning of ${chunks[first]}` : "today"}`}.`; // prettier-ignore
    said.textContent = `${first < 0 ? "" : waited(first)} Fires where the ${rule.limit} end is ${rule.below ? "below" : "above"} the bound in ${rule.k} of ${rule.n} known chunks${rule.wait ? `; labels come after ${counted(rule.wait, state.by)}` : ""}.`; // prettier-ignore
    if (moved) context.say({ headline, summary: "" });
    if (width) figure.replaceChildren(line(/** @type {any} */ (chart(rule, first)), width, headline));
  }

  /** @param {number} first */
  function waited(first) {
    const { value, error, rows } = costSince(/** @type {any} */ (arrays), first, state.total);
    if (!rows) return "No labels since then.";
    const [low, high] = [value - 1.96 * error, value + 1.96 * error];
    const number = digitsFor(low, high);
    const verdict = low > 0 ? "waiting cost" : high < 0 ? "keeping the model paid" : "not settled";
    return `Best constant answer less model since then: ${write(value, "number", number)} ${interval(low, high, "number", number)} ${state.unit} (${counted(rows, "labelled rows")}): ${verdict}.`; // prettier-ignore
  }

  /** @param {Rule} rule @param {number} first */
  function chart(rule, first) {
    const role = first < 0 ? "reference" : "bad";
    const fires = { value: arrays.x[Math.min(first, chunks.length - 1)], label: "fires", role: "bad" };
    return {
      x: arrays.x,
      x_axis: { label: state.dates ? "" : state.by, form: state.dates ? "date" : "number" },
      y_axis: { label: rule.signal, form: "number" },
      series: [{ label: rule.signal, y: of("values"), lower: of("lower"), upper: of("upper"), role: "production" }],
      marks: [{ value: rule.bound, label: "bound", role }],
      events: first < 0 ? [] : [fires],
    };
  }
}
