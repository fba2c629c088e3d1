// Policies under other costs and delays: who serves when, drawn as steps over the losses of all models, and what each costs.
import { bars } from "../charts/bars.js";
import { fillOf } from "../charts/heatmap.js";
import { h, listen, s } from "../dom.js";
import { ownDigits, write } from "../numbers.js";
import { oracle, squared, walk } from "../retraining_arithmetic.js";
import { slider } from "../slider.js";
import { label, picture, roleClass } from "../svg.js";

/** @typedef {import("../types").Floats} Floats */
/** @typedef {import("../retraining_arithmetic.js").Policy & { name: string, window: number }} Named */
/** @typedef {{ labels: string[], by: string, unit: string, loss: string, split: number, measured: number, most: number, start: import("../retraining_arithmetic.js").Terms, windows: number, signals: string[], late: string[], halves: boolean, policies: Named[], chosen: number, ends: [number | null, number | null][] }} State */

const SHOWN = 9;

/**
 * @param {State} state
 * @param {Record<string, Floats>} arrays
 * @param {import("../types").Context} context
 * @returns {import("../types").Part}
 */
export function retraining(state, arrays, context) {
  const size = state.labels.length;
  const grids = Array.from({ length: state.windows }, (_, window) => gridOf(state, arrays, window));
  const now = { ...state.start };
  let width = 0;
  let chosen = state.chosen;
  const amount = (/** @type {number} */ value) => `${write(value, "number", ownDigits(value))} ${state.unit}`.trim();
  const chunks = (/** @type {number} */ value) => `${value} ${state.by}${value === 1 ? "" : "s"}`;
  const choice = h(
    "select", { class: "mw-select", "aria-label": "policy" },
    ...state.policies.map(({ name }, at) => h("option", { value: at }, name)),
  ); // prettier-ignore
  choice.value = String(chosen);
  listen(context.undo, choice, "change", () => ((chosen = Number(choice.value)), show()));
  /** @param {"cost" | "value" | "labels" | "deploy"} name @param {string} title @param {number} upper @param {number | "any"} step @param {(value: number) => string} words */
  const dial = (name, title, upper, step, words) =>
    slider({ label: title, lower: 0, upper, step, value: now[name], words }, (value) => ((now[name] = value), show()), context.undo).nodes; // prettier-ignore
  const worth = slider(
    { label: "value of a loss", lower: -3, upper: 3, step: 0.25, value: 0, words: (k) => `× ${write(2 ** k, "number", 2)}` },
    (k) => ((now.value = state.start.value * 2 ** k), show()),
    context.undo,
  ); // prettier-ignore
  const most = Math.max(1, Math.min(12, size - 1));
  const late = (/** @type {number} */ value) => `${chunks(value)}${value < state.measured ? ": what if" : value === state.measured ? ", as measured" : ""}`; // prettier-ignore
  const controls = h(
    "div", { class: "mw-controls" },
    h("span", { class: "mw-label" }, "policy"), choice, h("span", {}),
    ...dial("cost", "a retrain costs", state.most, state.most / 200, amount), ...worth.nodes,
    ...dial("labels", "labels arrive after", Math.max(most, state.measured), 1, late), ...dial("deploy", "a deployment takes", most, 1, chunks),
  ); // prettier-ignore
  const map = h("div", { class: "mw-figure-body" });
  const key = h("p", { class: "mw-small", dir: "auto" });
  const totals = h("div", { class: "mw-figure-body" });
  const said = h("p", { class: "mw-retraining-said", role: "status", dir: "auto" });
  const node = h("div", { class: "mw-retraining" }, title(`Which model serves: models by ${state.by} trained (rows) and ${state.by} served`), map, key, controls, said, title(`Cost against never retraining, from ${state.labels[state.split]} on`), totals); // prettier-ignore
  return { node, draw };

  /** @param {number} wide */
  function draw(wide) {
    width = wide;
    show();
  }

  function show() {
    const policy = state.policies[chosen];
    const paths = state.policies.map((each) => walk(grids[each.window], each, now, state.split));
    const never = walk(grids[0], { ...state.policies[0], kind: "never", gate: 0 }, now, state.split).total;
    const best = grids.map((grid) => oracle(grid, now, state.split)).sort((a, b) => a.total - b.total)[0];
    const path = paths[chosen];
    const apart = path.total - never;
    const side = apart < 0 ? "less than never" : "more than never";
    const how = path.refused.length ? `, ${path.refused.length} refused` : "";
    const retrains = `${path.decided.length} retrain${path.decided.length === 1 ? "" : "s"}${how}`;
    said.textContent = `“${policy.name}” costs ${apart ? `${amount(Math.abs(apart))} ${side}` : "what never does"} (${retrains}); the oracle costs ${amount(Math.abs(best.total - never))} ${best.total > never ? "more" : "less"}${state.halves ? " on rows that it didn't choose on" : ", in hindsight"}.`; // prettier-ignore
    key.textContent = `Thick line: “${policy.name}”; dotted: the oracle. Blue cells lose less than the first model, orange ones more.`;
    map.replaceChildren(width ? steps(grids[policy.window], path, best.path) : "");
    const same = Object.entries(state.start).every(([name, value]) => now[/** @type {keyof typeof now} */ (name)] === value); // prettier-ignore
    const rows = [
      ...state.policies.map(({ name, kind }, at) => row(name, paths[at].total - never, at === chosen ? "accent" : kind === "never" ? "muted" : "reference", same && kind !== "never" ? state.ends[at] : undefined)),
      row(state.halves ? "oracle, other rows" : "oracle, in hindsight", best.total - never, "truth"),
    ].sort((a, b) => a.value - b.value); // prettier-ignore
    const kept = rows.filter(({ role }, place) => place < SHOWN || role !== "reference");
    const axis = { label: `${state.unit || state.loss} more than never`, form: /** @type {const} */ ("number"), lower: null, upper: null }; // prettier-ignore
    if (width) totals.replaceChildren(bars({ kind: "bars", rows: kept, axis, marks: [], title: "" }, width, said.textContent)); // prettier-ignore
    context.say(same ? null : { headline: said.textContent, summary: now.labels < state.measured ? "What if: labels don't arrive that soon" : "No interval at these costs: with_costs(…) computes it" }); // prettier-ignore
  }

  /** @param {import("../retraining_arithmetic.js").Grid} grid @param {import("../retraining_arithmetic.js").Path} path @param {import("../retraining_arithmetic.js").Path} best */
  function steps(grid, path, best) {
    const left = 2;
    const cell = (width - left - 2) / size;
    const high = Math.max(3, Math.min(cell, 300 / size, 24));
    const [top, bottom] = [4, 4 + high * size];
    const svg = picture(width, bottom + 22, said.textContent ?? "");
    const excess = grid.losses.map((each, at) => (each - grid.losses[at % size]) / (grid.rows[at % size] || 1));
    const reach = Math.max(...[...excess].filter(Number.isFinite).map(Math.abs)) || 1;
    for (let i = 0; i < size; i++)
      for (let j = i; j < size; j++) {
        const value = excess[i * size + j];
        if (Number.isNaN(value)) continue;
        const { role, share } = fillOf(value, [-reach, reach], 0);
        const box = { x: left + j * cell, y: top + i * high, width: cell, height: high, class: "mw-fill", "fill-opacity": share.toFixed(2) }; // prettier-ignore
        const tip = `trained before ${state.labels[i]}, serving in ${state.labels[j]}\n${state.loss} a row ${write(value, "number", 4)} above the first model's`;
        svg.append(s("g", { class: roleClass(role), "data-mw-tip": tip }, s("rect", box)));
      }
    const line = (/** @type {number[]} */ serving) =>
      serving.map((model, at) => `${at ? "V" : `M${left + state.split * cell} `}${top + (model + 0.5) * high}H${left + (state.split + at + 1) * cell}`).join(""); // prettier-ignore
    const dashed = now.labels < state.measured ? "5 3" : null;
    svg.append(
      s("g", { class: roleClass("truth") }, s("path", { d: line(best.serving), class: "mw-steps mw-steps-thin", "stroke-dasharray": "1 3" })),
      s("g", { class: roleClass("accent") }, s("path", { d: line(path.serving), class: "mw-steps", "stroke-dasharray": dashed })),
    ); // prettier-ignore
    const every = Math.max(1, Math.ceil((size * 74) / width));
    for (let j = 0; j < size && left + j * cell <= width - 70; j += every) svg.append(label(state.labels[j], left + j * cell, bottom + 14, { class: "mw-tick" })); // prettier-ignore
    return svg;
  }
}

/** @param {string} text */
const title = (text) => h("div", { class: "mw-figure-title", dir: "auto" }, text);

/** @param {string} name @param {number} value @param {import("../types").Role} role @param {(number | null)[]} [ends] */
const row = (name, value, role, [lower, upper] = [null, null]) => ({
  label: name,
  value,
  lower,
  upper,
  n: null,
  role,
  note: "",
});

/** @param {State} state @param {Record<string, Floats>} arrays @param {number} window @returns {import("../retraining_arithmetic.js").Grid} */
function gridOf({ labels, signals, late, halves, windows }, arrays, window) {
  const size = labels.length;
  const read = (/** @type {Floats} */ all) => {
    const each = all.length / windows;
    return squared(all.subarray(window * each, (window + 1) * each), size);
  };
  const losses = read(arrays.losses);
  const rows = Float64Array.from(arrays.rows);
  const half = (/** @type {number} */ which) => {
    const part = read(arrays.half).map((each, at) => (which ? losses[at] - each : each));
    return part.map((each, at) => (arrays.counts[which * size + (at % size)] ? (each * rows[at % size]) / arrays.counts[which * size + (at % size)] : losses[at])); // prettier-ignore
  };
  return { size, losses, rows, late, halves: halves ? [half(0), half(1)] : [], signals: Object.fromEntries(signals.map((name, at) => [name, read(arrays[`signal${at}`])])) }; // prettier-ignore
}
