// Plan an A/B test by hand: what is worth seeing, how surely, and what that costs in rows and days.
import { line } from "../charts/line.js";
import { h, listen } from "../dom.js";
import { counted, write } from "../numbers.js";
import { between, controlRowsFor, drift, power, reaches } from "../power_arithmetic.js";
import { slider } from "../slider.js";

/** @typedef {{ kind: "share" | "mean", formula: "score" | "arcsine", unit: string, baseline: number, deviation: number, effect: number, alpha: number, sides: number, ratio: number, power: number, per_day: number | null, most_days: number, looks: number, alphas: number[], drift_step: number, asked: Needed }} State */
/** @typedef {{ baseline: number, effect: number, power: number, alpha: number, sides: number, ratio: number, perDay: number, watched: boolean }} Asked */
/** @typedef {{ rows: number, mean: number, most: number, none: number }} Needed */

const POINTS = 60;
const DEFAULT_PER_DAY = 1000;

/**
 * @param {State} state
 * @param {Record<string, import("../types").Floats>} arrays
 * @param {import("../types").Context} context
 * @returns {import("../types").Part}
 */
export function abPlanner(state, arrays, context) {
  /** @type {Asked} */
  const now = {
    baseline: state.baseline, effect: state.effect, power: state.power, alpha: state.alpha, sides: state.sides,
    ratio: state.ratio, perDay: state.per_day ?? DEFAULT_PER_DAY, watched: false,
  }; // prettier-ignore
  const lift = state.effect / state.baseline;
  let strength = 1;
  let width = 0;
  const picture = h("div", { class: "mw-figure-body" });
  const facts = h("dl", { class: "mw-plan-facts" });
  const share = state.kind === "share";

  const sliders = [
    ...(share ? [baseline()] : []),
    effect(),
    at("power", {
      label: "power",
      lower: Math.min(0.5, state.power),
      upper: 0.99,
      step: 0.01,
      words: (value) => write(value, "percent", 2),
    }),
    logarithmic("perDay", "rows a day, both arms", 10, 1e6, (value) => counted(round(value), "rows")),
  ];
  const others = [
    choice("alpha", "alpha", state.alphas, (value) => write(value, "percent", 2)),
    choice("sides", "sides", [1, 2], (value) => (value === 1 ? "one-sided" : "two-sided")),
    logarithmic("ratio", "treatment rows for each control row", 0.1, 10, (value) => write(value, "number", 2)),
  ];
  const more = h(
    "details",
    { class: "mw-more" },
    h("summary", {}, "More: alpha, sides, shares of the arms"),
    h("div", { class: "mw-controls" }, ...others.flatMap((each) => each.nodes)),
  );
  const watch = h("button", { type: "button", class: "mw-button", "aria-pressed": "false" }, "Watch it while it runs");
  listen(context.undo, watch, "click", () => {
    watch.setAttribute("aria-pressed", String(!now.watched));
    watch.classList.toggle("mw-primary", !now.watched);
    set({ watched: !now.watched });
  });
  const controls = h(
    "div",
    { class: "mw-controls" },
    ...sliders.flatMap((each) => each.nodes),
    more,
    h("div", { class: "mw-buttons" }, watch),
  );
  const title = h("p", { class: "mw-figure-title" }, "Chance of seeing the effect");
  const node = h("div", { class: "mw-planner" }, title, picture, facts, controls);
  show();
  return {
    node,
    draw(size) {
      width = size;
      show();
    },
  };

  function baseline() {
    const place = (/** @type {number} */ value) => Math.log(value / (1 - value));
    const back = (/** @type {number} */ value) => 1 / (1 + Math.exp(-value));
    const words = (/** @type {number} */ value) => percent(back(value));
    return slider(
      { label: "baseline", lower: place(Math.min(0.001, state.baseline)), upper: place(Math.max(0.95, state.baseline)), step: "any", value: place(state.baseline), words },
      (value) => set({ baseline: back(value), effect: sized(back(value)) }),
      context.undo,
    ); // prettier-ignore
  }

  /** The effect as a multiple of the one asked for; of shares it stays the same part of the baseline. */
  function effect() {
    const words = (/** @type {number} */ value) => size(sized(now.baseline, 10 ** value));
    return slider(
      { label: "effect worth seeing", lower: -1, upper: 1, step: 0.02, value: 0, words },
      (value) => {
        strength = 10 ** value;
        set({ effect: sized(now.baseline) });
      },
      context.undo,
    );
  }

  /** @param {number} base @param {number} [times] */
  function sized(base, times = strength) {
    if (!share) return state.effect * times;
    return Math.min(Math.max(lift * base * times, -0.999 * base), 0.999 * (1 - base));
  }

  /** @param {"power"} name @param {{ label: string, lower: number, upper: number, step: number, words: (value: number) => string }} look */
  function at(name, look) {
    return slider({ ...look, value: now[name] }, (value) => set({ [name]: value }), context.undo);
  }

  /** @param {"alpha" | "sides"} name @param {string} label @param {number[]} values @param {(value: number) => string} words */
  function choice(name, label, values, words) {
    const value = values.findIndex((each) => Math.abs(each - now[name]) < 1e-12);
    const look = {
      label,
      lower: 0,
      upper: values.length - 1,
      step: 1,
      value,
      words: (/** @type {number} */ index) => words(values[index]),
    };
    return slider(look, (index) => set({ [name]: values[index] }), context.undo);
  }

  /** @param {"ratio" | "perDay"} name @param {string} label @param {number} lower @param {number} upper @param {(value: number) => string} words */
  function logarithmic(name, label, lower, upper, words) {
    const [low, high] = [Math.min(lower, now[name]), Math.max(upper, now[name])].map(Math.log10);
    const said = (/** @type {number} */ value) => words(10 ** value);
    return slider(
      { label, lower: low, upper: high, step: "any", value: Math.log10(now[name]), words: said },
      (value) => set({ [name]: 10 ** value }),
      context.undo,
    );
  }

  /** @param {Partial<Asked>} change */
  function set(change) {
    Object.assign(now, change);
    sliders[share ? 1 : 0].show();
    show();
  }

  function show() {
    const untouched = Object.entries(start()).every(
      ([name, value]) => now[/** @type {keyof Asked} */ (name)] === value,
    );
    const found = untouched ? state.asked : needed();
    const words = said(found);
    context.say(untouched ? null : words);
    picture.dataset.mwWords = words.headline;
    facts.replaceChildren(...numbers(found));
    if (width) picture.replaceChildren(line(chart(found), width, words.headline));
  }

  function start() {
    return {
      baseline: state.baseline,
      effect: state.effect,
      power: state.power,
      alpha: state.alpha,
      sides: state.sides,
      ratio: state.ratio,
      perDay: state.per_day ?? DEFAULT_PER_DAY,
      watched: false,
    };
  }

  function outcome() {
    return { kind: state.kind, value: now.baseline, deviation: state.deviation, formula: state.formula };
  }

  /** The row of a table that belongs to alpha and sides. @param {import("../types").Floats} table */
  function row(table) {
    const size = table.length / 2 / state.alphas.length;
    const index =
      state.alphas.findIndex((each) => Math.abs(each - now.alpha) < 1e-12) + (now.sides - 1) * state.alphas.length;
    return table.subarray(index * size, (index + 1) * size);
  }

  /** @returns {Needed} */
  function needed() {
    const control = Math.ceil(controlRowsFor(now.effect, now.power, outcome(), now) - 1e-9);
    const z = reaches(row(arrays.crossed), state.drift_step, now.power);
    const most = (z / drift(now.effect, 1, outcome(), now.ratio)) ** 2 * (1 + now.ratio);
    const used = row(arrays.used);
    return {
      rows: control + Math.ceil(control * now.ratio - 1e-9),
      most: Math.ceil(most),
      mean: Math.ceil(most * between(used, state.drift_step, z)),
      none: Math.ceil(most * used[0]),
    };
  }

  /** @param {number} value */
  function percent(value) {
    return write(value, "percent", value < 0.01 ? 4 : 3);
  }

  /** @param {number} value */
  function level(value) {
    return share ? percent(value) : write(value, "number", 2);
  }

  /** @param {number} value */
  function size(value) {
    const part = now.baseline ? ` (${write(Math.abs(value / now.baseline), "percent", 3)})` : "";
    return `${share ? `${write(100 * value, "number", 2)} points` : write(value, "number", 3)}${part}`;
  }

  /** @param {number} rows */
  function days(rows) {
    return counted(Math.ceil(rows / now.perDay), "days");
  }

  /** @param {Needed} found */
  function said(found) {
    const way = now.effect > 0 ? "rise" : "fall";
    const what = `To see a ${way} from ${level(now.baseline)} to ${level(now.baseline + now.effect)} in ${write(now.power, "percent", 2)} of cases`;
    const rows = now.watched
      ? `the watched test needs ${counted(found.mean, "rows")} on average and ${counted(found.most, "rows")} at most: ${days(found.mean)}, at most ${days(found.most)}.`
      : `the test needs ${counted(found.rows, "rows")}: ${days(found.rows)}.`;
    const long = (now.watched ? found.most : found.rows) / now.perDay > state.most_days;
    const summary = now.watched
      ? `Looked at ${state.looks} times with a confidence sequence, it may stop at any look. Without an effect it takes ${counted(found.none, "rows")} on average.`
      : "Judged once, at the end. Stopped at the first look with p below alpha, it would err more often.";
    return {
      headline: `${what}, ${rows}`,
      summary: `${summary}${long ? ` That is more than ${counted(state.most_days, "days")}.` : ""}`,
    };
  }

  /** @param {Needed} found */
  function numbers(found) {
    const pairs = [
      ["judged once", found.rows],
      ["watched, on average", found.mean],
      ["watched, at most", found.most],
    ];
    return pairs.map(([name, rows]) =>
      h("div", {}, h("dt", {}, String(name)), h("dd", {}, `${counted(Number(rows), "rows")}, ${days(Number(rows))}`)),
    );
  }

  /** @param {Needed} found @returns {import("../types").Line} */
  function chart(found) {
    const most = Math.max(3 * found.rows, 1.3 * found.most);
    const x = Float64Array.from({ length: POINTS }, (_, index) => (most * (index + 1)) / POINTS);
    const control = (/** @type {number} */ rows) => rows / (1 + now.ratio);
    const once = x.map((rows) => power(now.effect, control(rows), outcome(), now));
    const table = row(arrays.crossed);
    const always = x.map((rows) =>
      between(table, state.drift_step, drift(now.effect, control(rows), outcome(), now.ratio)),
    );
    const plain = { lower: null, upper: null, end: "" };
    const rows = now.watched ? found.most : found.rows;
    return {
      kind: "line",
      title: "",
      x,
      x_axis: { label: "rows in both arms", form: "integer", lower: 0, upper: null },
      y_axis: { label: "", form: "percent", lower: 0, upper: 1 },
      series: [
        { label: "judged once", y: once, role: "reference", dashed: now.watched, ...plain },
        { label: "watched", y: always, role: "production", dashed: !now.watched, ...plain },
      ],
      marks: [{ value: now.power, label: `power ${write(now.power, "percent", 2)}`, role: "truth" }],
      events: [{ value: rows, label: `${counted(rows, "rows")}, ${days(rows)}`, role: "accent" }],
    };
  }
}

/** Two significant digits: a slider is no more exact. @param {number} value */
function round(value) {
  return Number(value.toPrecision(2));
}
