// A mix to drag: the test's score for every share of one level, with what speaks against believing it.
import { dots } from "../charts/dots.js";
import { line } from "../charts/line.js";
import { emphasised, h, isolate, listen } from "../dom.js";
import { between, mixedEffectiveRows, reasonsAgainst } from "../mix_arithmetic.js";
import { counted, digitsFor, interval, write } from "../numbers.js";
import { slider } from "../slider.js";

/** @typedef {import("../types").Floats} Floats */
/** @typedef {{ column: string, kind: string, levels: string[], rows: number[], tested: number[], produced: (number | null)[], inside: (number | null)[], outside: (number | null)[] }} Mix */
/** @typedef {{ metric: string, test_rows: number, test: number | null, realised: number | null, start: number, fewest_rows: number, least_share: number, most_unsupported: number, mixes: Mix[], scores: import("../types").Dots }} State */

const WIDE = 720;
const NEAR = 0.008;

/**
 * @param {State} state
 * @param {Record<string, Floats>} arrays
 * @param {import("../types").Context} context
 * @returns {import("../types").Part}
 */
export function mix(state, arrays, context) {
  const positions = arrays.values.length / state.mixes.reduce((sum, each) => sum + each.levels.length, 0);
  const firsts = state.mixes.map((_, place) =>
    state.mixes.slice(0, place).reduce((sum, each) => sum + each.levels.length, 0),
  );
  const now = { mix: state.start, level: firstLevel(state.mixes[state.start]), share: 0 };
  let size = 0;

  const scores = h("div", { class: "mw-figure-body" });
  const picture = h("div", { class: "mw-figure-body" });
  const said = h("p", { class: "mw-mix-said", role: "status" });
  const bar = h("div", { class: "mw-mix-bar", "aria-hidden": "true" }, h("span", {}));
  const carried = h("p", { class: "mw-mix-carried" });
  const columns = choice("column", state.mixes.map((each) => each.column)); // prettier-ignore
  const levels = choice("level", []);
  const share = slider(
    { label: "share", lower: 0, upper: 1, step: 0.005, value: 0, words: (value) => write(value, "percent", 1) },
    (value) => set({ share: value }),
    context.undo,
  );
  const asTested = h("button", { type: "button", class: "mw-button" }, "as in the test");
  const asProduced = h("button", { type: "button", class: "mw-button" }, "as in production");
  listen(context.undo, columns.input, "change", () => {
    const chosen = Number(columns.input.value);
    now.mix = chosen;
    toLevel(firstLevel(state.mixes[chosen]));
  });
  listen(context.undo, levels.input, "change", () => toLevel(Number(levels.input.value)));
  listen(context.undo, asTested, "click", () => move(current().tested[now.level]));
  listen(context.undo, asProduced, "click", () => move(current().produced[now.level] ?? 0));
  const controls = h(
    "div",
    { class: "mw-controls" },
    ...columns.nodes, ...levels.nodes, ...share.nodes, h("div", { class: "mw-buttons" }, asTested, asProduced),
  ); // prettier-ignore
  const left = h("div", { class: "mw-mix-part" }, title("Drag the mix"), picture, controls);
  const answer = h("div", { class: "mw-mix-answer" }, said, bar, carried);
  const right = h("div", { class: "mw-mix-part" }, title("What the test says of this mix"), answer, title(state.scores.title), scores); // prettier-ignore
  const node = h("div", { class: "mw-mix" }, left, right);
  columns.input.value = String(now.mix);
  toLevel(now.level);
  return { node, draw };

  function current() {
    return state.mixes[now.mix];
  }

  /** @param {number} level */
  function toLevel(level) {
    now.level = level;
    const { levels: names, rows } = current();
    levels.input.replaceChildren(
      ...names.map((name, place) => h("option", { value: place }, `${name || "rare levels"} (${counted(rows[place], "rows")})`)),
    ); // prettier-ignore
    levels.input.value = String(level);
    move(current().tested[level]);
  }

  /** @param {number} value */
  function move(value) {
    share.input.value = String(value);
    share.show();
    set({ share: value });
  }

  /** @param {Partial<typeof now>} change */
  function set(change) {
    Object.assign(now, change);
    asProduced.disabled = current().produced[now.level] === null;
    say();
    show();
  }

  /** @param {number} value */
  function judged(value) {
    const { rows, inside, outside } = current();
    const effective = mixedEffectiveRows(value, inside[now.level], outside[now.level]);
    const unsupported = rows[now.level] ? 0 : value;
    return {
      effective,
      unsupported,
      reasons: reasonsAgainst({ effective, testRows: state.test_rows, unsupported }, state),
    };
  }

  /** @param {Floats} values */
  function row(values) {
    const from = (firsts[now.mix] + now.level) * positions;
    return values.subarray(from, from + positions);
  }

  function say() {
    const found = judged(now.share);
    const [value, lower, upper] = score();
    const digits = digitsFor(lower, upper);
    const { column, levels: names } = current();
    const where = `${isolate(`${column}: ${names[now.level] || "rare levels"}`)} in ${write(now.share, "percent", 1)} of the rows`;
    const bad = found.reasons.length > 0 || !Number.isFinite(value);
    node.classList.toggle("mw-mix-grey", bad);
    const words = bad
      ? `With ${where}: can't be told from this test. ${why(found)}`
      : `With ${where} the test scores ${state.metric} ${write(value, "number", digits)} ${interval(lower, upper, "number", digits)}`.trim() +
        ".";
    said.replaceChildren(...emphasised(words));
    const kept = Math.min(1, found.effective / state.test_rows);
    /** @type {HTMLElement} */ (bar.firstElementChild).style.width = `${100 * kept}%`;
    carried.textContent = `Effective rows: ${counted(Math.round(found.effective), "rows")} of ${write(state.test_rows, "integer")} (${write(kept, "percent", 0)}). Without support in the test: ${write(found.unsupported, "percent", 1)}. Pareto k̂ needs weights of many values; a mix of two groups has two.`;
  }

  /** Value and interval; of the test as it is Python's own, which rest on more draws. */
  function score() {
    const [whole] = state.scores.rows;
    const known = whole.value !== null && whole.lower !== null && whole.upper !== null;
    if (known && now.share === current().tested[now.level]) return [whole.value, whole.lower, whole.upper].map(Number);
    return [arrays.values, arrays.lower, arrays.upper].map((each) => between(row(each), now.share));
  }

  /** @param {ReturnType<typeof judged>} found */
  function why({ reasons, effective, unsupported }) {
    const words = {
      unsupported: `${write(unsupported, "percent", 0)} of that mix has no row in it.`,
      "few effective rows": `It would rest on ${counted(Math.round(effective), "effective rows")}; ${write(state.fewest_rows, "integer")}, and ${write(state.least_share, "percent", 0)} of the test's, are the least.`,
    };
    return reasons.length ? words[reasons[0]] : `${state.metric} has no value there.`;
  }

  function show() {
    if (!size) return;
    const x = Float64Array.from({ length: positions }, (_, place) => place / (positions - 1));
    const fine = [...x].map((value) => judged(value).reasons.length === 0);
    const part = (/** @type {Floats} */ values, /** @type {boolean} */ wanted) =>
      Float64Array.from(row(values), (value, place) =>
        fine[place] === wanted || beside(fine, place, wanted) ? value : NaN,
      );
    const series = [true, false]
      .map((wanted) => ({
        label: wanted ? "test under this mix" : "too few rows to tell",
        y: part(arrays.values, wanted),
        lower: part(arrays.lower, wanted),
        upper: part(arrays.upper, wanted),
        role: /** @type {import("../types").Role} */ (wanted ? "reference" : "muted"),
        dashed: !wanted,
        end: "",
      }))
      .filter((each) => each.y.some(Number.isFinite));
    const produced = current().produced[now.level];
    const event = (/** @type {number} */ value, /** @type {string} */ text, /** @type {import("../types").Role} */ role) => ({ value, label: text, role }); // prettier-ignore
    const fixed = [event(current().tested[now.level], "test", "reference")];
    if (produced !== null) fixed.push(event(produced, "production", "production"));
    const events = together([...fixed, event(now.share, "now", "accent")]);
    const marks = state.realised === null ? [] : [event(state.realised, "production, realised", "production")];
    const chart = { kind: /** @type {const} */ ("line"), x, series, events, marks, title: "", x_axis: axis(`share of rows with ${current().column}: ${current().levels[now.level] || "rare levels"}`, "percent", 0, 1), y_axis: axis(state.metric, "number", null, null) }; // prettier-ignore
    picture.replaceChildren(
      series.length ? line(chart, size, said.textContent ?? "") : h("p", { class: "mw-small" }, "No row of this level in the test: there is nothing to weigh."),
    ); // prettier-ignore
  }

  /** @param {number} width */
  function draw(width) {
    const wide = width >= WIDE;
    node.classList.toggle("mw-beside", wide);
    size = wide ? Math.round(width * 0.58) : width;
    scores.replaceChildren(dots(state.scores, wide ? width - size - 24 : width, context.headline));
    show();
  }
}

/** The level whose share differs most between test and production, else the last. @param {Mix} mix */
function firstLevel({ tested, produced, levels }) {
  const moved = levels.map((_, place) => Math.abs((produced[place] ?? tested[place]) - tested[place]));
  const most = Math.max(...moved);
  return most > 0 ? moved.indexOf(most) : levels.length - 1;
}

/**
 * Marks so near each other that they look like one become one, in the order given.
 * @param {import("../types").Mark[]} marks
 */
export function together(marks) {
  /** @type {import("../types").Mark[]} */
  const apart = [];
  for (const mark of marks) {
    const near = apart.findIndex((each) => Math.abs(each.value - mark.value) < NEAR);
    if (near < 0) apart.push(mark);
    else apart[near] = { ...mark, label: `${apart[near].label}, ${mark.label}` };
  }
  return apart;
}

/** Whether a neighbour is of the wanted kind, so that the two lines meet. */
/** @param {boolean[]} fine @param {number} place @param {boolean} wanted */
function beside(fine, place, wanted) {
  return !wanted && (fine[place - 1] === wanted || fine[place + 1] === wanted);
}

/** @param {string} label @param {import("../types").Form} form @param {number | null} lower @param {number | null} upper */
function axis(label, form, lower, upper) {
  return { label, form, lower, upper };
}

/** @param {string} text */
function title(text) {
  return h("div", { class: "mw-figure-title" }, text);
}

/** @param {string} label @param {string[]} options */
function choice(label, options) {
  const input = h("select", { class: "mw-select", "aria-label": label }, ...options.map((each, place) => h("option", { value: place }, each))); // prettier-ignore
  return { nodes: [h("span", { class: "mw-label" }, label), input, h("span", {})], input };
}
