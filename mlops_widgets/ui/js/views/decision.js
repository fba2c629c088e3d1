// Prices of mistakes, moved by hand: what each threshold costs, the cheapest one, and the counts behind it.
import { cheapest, confusion, costs, nearest, priced, reach } from "../cost_arithmetic.js";
import { h, isolate, listen } from "../dom.js";
import { decimals, write } from "../numbers.js";
import { slider } from "../slider.js";
import { draw } from "./decision_figure.js";

/** @typedef {import("../types").Floats} Floats */
/** @typedef {{ false_positive_price: number, false_negative_price: number, priced_by_row: boolean, positive: string, rows: number, best: number, present: number | null, positive_share: number, slices: { name: string, rows: number, best: number }[] }} State */

const WIDE = 720;
const STEPS = 20;

/**
 * @param {State} state
 * @param {Record<string, Floats>} arrays
 * @param {import("../types").Context} context
 * @returns {import("../types").Part}
 */
export function decision(state, arrays, context) {
  const total = arrays.thresholds.length;
  const digits = Math.min(6, decimals(arrays.thresholds[total - 1] - arrays.thresholds[0]) + 1);
  const first = state.best;
  const now = { a: 0, b: 0, at: first };
  let size = 0;

  const picture = h("div", { class: "mw-figure-body" });
  const counts = h("tbody");
  const slices = h("tbody");
  const price = (/** @type {"a" | "b"} */ which) => priced(which === "a" ? state.false_positive_price : state.false_negative_price, now[which]); // prettier-ignore
  const written = (/** @type {number} */ value) => write(value, "number", Math.max(0, 1 - Math.floor(Math.log10(value)))).replace(/(\.\d*?)0+$/, "$1").replace(/\.$/, ""); // prettier-ignore
  const times = state.priced_by_row ? "× " : "";
  const sliders = /** @type {const} */ ([["a", "false positive costs"], ["b", "false negative costs"]]).map(([which, label]) =>
    slider(
      { label, lower: -STEPS, upper: STEPS, step: 1, value: 0,
        words: (steps) => times + written(priced(which === "a" ? state.false_positive_price : state.false_negative_price, steps)) },
      (steps) => set({ [which]: steps }),
      context.undo,
    ),
  ); // prettier-ignore
  const threshold = slider(
    { label: "threshold", lower: 0, upper: total - 1, step: 1, value: first, words: (at) => write(arrays.thresholds[at], "number", digits) },
    (at) => set({ at }),
    context.undo,
  ); // prettier-ignore
  const go = h("button", { type: "button", class: "mw-button mw-primary" }, "Go to the cheapest");
  listen(context.undo, go, "click", () => move(found().best));
  const buttons = [go];
  if (state.present !== null) {
    const back = h("button", { type: "button", class: "mw-button" }, "Back to yours");
    listen(context.undo, back, "click", () => move(/** @type {number} */ (state.present)));
    buttons.push(back);
  }
  const controls = h("div", { class: "mw-controls" }, ...sliders.flatMap((each) => each.nodes), ...threshold.nodes, h("div", { class: "mw-buttons" }, ...buttons)); // prettier-ignore
  const beside = h(
    "div",
    { class: "mw-decision-tables" },
    title("Decisions and what came"),
    table(["", `${isolate(state.positive)} came`, "it didn't"], counts),
  );
  if (state.slices.length)
    beside.append(title("Slices"), table(["", "cheapest threshold", "cost here", "cost there"], slices));
  const node = h("div", { class: "mw-decision" }, h("div", {}, picture, controls), beside);
  say();
  return { node, draw: resize };

  /** Everything that follows from where the sliders stand. */
  function found() {
    const [a, b] = [price("a"), price("b")];
    const values = costs(arrays.false_positive_cost, arrays.false_negative_cost, a, b);
    const near = nearest(arrays.ratios, b / a);
    const band = Float64Array.from(values, (_, index) =>
      reach(arrays.cost_variance_positive[index], arrays.cost_covariance[index], arrays.cost_variance_negative[index], a, b),
    ); // prettier-ignore
    return { a, b, values, band, best: began() ? first : cheapest(values), near, at: now.at, lower: arrays.ratio_lower[near], upper: arrays.ratio_upper[near] }; // prettier-ignore
  }

  /** Whether the prices are still Python's: then its threshold is the cheapest, also among equals to rounding. */
  function began() {
    return !now.a && !now.b;
  }

  /** @param {number} at */
  function move(at) {
    threshold.input.value = String(at);
    threshold.show();
    set({ at });
  }

  /** @param {Partial<typeof now>} change */
  function set(change) {
    Object.assign(now, change);
    say();
    show();
  }

  /** Words and tables for where the sliders stand; where they began, Python's own words stand. */
  function say() {
    const it = found();
    const words = sentence(it);
    context.say(began() && now.at === first ? null : words);
    picture.dataset.mwWords = words.headline;
    const cells = confusion(state.rows, state.positive_share, arrays.false_positive_share[it.at], arrays.false_negative_share[it.at]); // prettier-ignore
    counts.replaceChildren(
      row([
        `decided ${isolate(state.positive)}`,
        write(cells.truePositive, "integer"),
        write(cells.falsePositive, "integer"),
      ]),
      row(["decided against", write(cells.falseNegative, "integer"), write(cells.trueNegative, "integer")]),
    );
    slices.replaceChildren(...state.slices.map((each, index) => sliceRow(each.name, index, it)));
  }

  /** @param {string} name @param {number} index @param {ReturnType<typeof found>} it */
  function sliceRow(name, index, it) {
    const part = (/** @type {Floats} */ values) => values.subarray(index * total, (index + 1) * total);
    const values = costs(part(arrays.slice_positive), part(arrays.slice_negative), it.a, it.b);
    const best = began() ? state.slices[index].best : cheapest(values);
    const fine = moneyDigits(it.values);
    return row([isolate(name), write(arrays.thresholds[best], "number", digits), write(values[it.at], "number", fine), write(values[best], "number", fine)]); // prettier-ignore
  }

  /** @param {ReturnType<typeof found>} it */
  function sentence(it) {
    const fine = moneyDigits(it.values);
    const cut = (/** @type {number} */ value) => write(value, "number", digits);
    const cost = (/** @type {number} */ value) => write(value, "number", fine);
    const prices = `At ${times}${written(it.a)} a false positive and ${times}${written(it.b)} a false negative`;
    const headline = `${prices}, a threshold of ${cut(arrays.thresholds[it.best])} [${cut(it.lower)}, ${cut(it.upper)}] costs least: ${cost(it.values[it.best])} a row.`;
    const here = `Here, at ${cut(arrays.thresholds[it.at])}, a row costs ${cost(it.values[it.at])} ± ${cost(it.band[it.at])}.`;
    return { headline, summary: `${here}${saving(it, cost)}` };
  }

  /** @param {ReturnType<typeof found>} it @param {(value: number) => string} cost */
  function saving(it, cost) {
    if (state.present === null) return "";
    const [gain, low, high] = [arrays.ratio_gain, arrays.ratio_gain_lower, arrays.ratio_gain_upper].map((each) => each[it.near] * (it.a + it.b)); // prettier-ignore
    if (low <= 0) return " Your threshold can't be told from the cheapest on these rows.";
    return ` Moving from yours to the cheapest saves about ${cost(gain)} [${cost(low)}, ${cost(high)}] a row.`;
  }

  function show() {
    if (size) picture.replaceChildren(draw(state, arrays, found(), { width: size, digits, finding: picture.dataset.mwWords ?? "" })); // prettier-ignore
  }

  /** @param {number} width */
  function resize(width) {
    const wide = width >= WIDE;
    node.classList.toggle("mw-beside", wide);
    size = wide ? Math.round(width * 0.6) : width;
    show();
  }
}

/** Decimals in which a cost is written. @param {Floats} values */
const moneyDigits = (values) => Math.min(4, decimals(Math.max(...values) - Math.min(...values)) + 1);

/** @param {string} text */
const title = (text) => h("div", { class: "mw-figure-title" }, text);

/** @param {string[]} heads @param {HTMLElement} body */
const table = (heads, body) =>
  h("table", { class: "mw-table" }, h("thead", {}, h("tr", {}, ...heads.map((head, index) => h("th", { scope: "col", class: index ? "mw-right" : null }, head)))), body); // prettier-ignore

/** @param {string[]} cells */
const row = (cells) =>
  h("tr", {}, ...cells.map((text, index) => (index ? h("td", { class: "mw-right" }, text) : h("th", { scope: "row", dir: "auto" }, text)))); // prettier-ignore
