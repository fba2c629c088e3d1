// Equal accuracy, unequal people: switch columns, move the share, and watch the gate; then reveal the truth.
import { drawRows } from "../charts/rows.js";
import { gate } from "../disparity_arithmetic.js";
import { h, isolate, listen } from "../dom.js";
import { interval, write } from "../numbers.js";
import { slider } from "../slider.js";
import { chip } from "../status.js";

/** @typedef {{ feature: string, group: string, names: [string, string], limit: number, start: number, shares: number[], truth: boolean, variants: [boolean, boolean][] }} State */

/**
 * @param {State} state
 * @param {Record<string, import("../types").Floats>} arrays each (variants, shares), flat
 * @param {import("../types").Context} context
 * @returns {import("../types").Part}
 */
export function approvalGate(state, arrays, context) {
  const { shares, variants, names } = state;
  const now = { feature: variants[0][0], group: variants[0][1], share: state.start, limit: state.limit, truth: false };
  let width = 0;
  /** @type {("feature" | "group" | "truth")[]} */
  const keys = ["feature", ...(variants.length > 2 ? [/** @type {const} */ ("group")] : []), ...(state.truth ? [/** @type {const} */ ("truth")] : [])]; // prettier-ignore
  const buttons = keys.map((key) => {
    const text = key === "truth" ? "Reveal the truth" : `use ${isolate(state[key])}`;
    const button = h("button", { type: "button", class: "mw-filter", dir: "auto" }, text);
    listen(context.undo, button, "click", () => set({ [key]: !now[key] }));
    return button;
  });
  const percent = (/** @type {number} */ place) => write(shares[place], "percent");
  const share = slider({ label: "select the best", lower: 0, upper: shares.length - 1, step: 1, value: now.share, words: percent }, (value) => set({ share: value }), context.undo); // prettier-ignore
  const limit = slider({ label: "gate at", lower: 0.5, upper: 1, step: 0.01, value: now.limit, words: (value) => write(value, "number", 2) }, (value) => set({ limit: value }), context.undo); // prettier-ignore
  const said = h("p", { class: "mw-sub", role: "status" });
  const figure = h("div", { class: "mw-figure-body" });
  const node = h(
    "div",
    {},
    h("div", { class: "mw-filters", role: "group", "aria-label": "What the model takes, and what is shown" }, ...buttons),
    h("div", { class: "mw-controls" }, ...share.nodes, ...limit.nodes),
    said,
    figure,
  ); // prettier-ignore
  show(false);
  return { node, draw: (size) => ((width = size), show(false)) };

  /** @param {Partial<typeof now>} change */
  function set(change) {
    Object.assign(now, change);
    show(true);
  }

  /** @param {boolean} moved */
  function show(moved) {
    buttons.forEach((button, index) => button.setAttribute("aria-pressed", String(now[keys[index]])));
    const variant = variants.findIndex(([feature, group]) => feature === now.feature && group === now.group);
    const of = (/** @type {string} */ name) => arrays[name][variant * shares.length + now.share];
    const [ratio, lower, upper] = [of("ratio"), of("ratio_lower"), of("ratio_upper")];
    const status = gate(lower, upper, now.limit);
    const word = { failed: "The gate is closed", passed: "The gate is open" }[String(status)] ?? "The gate can't tell";
    const headline = `${word}: impact ratio ${write(ratio, "number", 2)} ${interval(lower, upper, "number", 2)} at a limit of ${write(now.limit, "number", 2)}, ${write(of("accuracy"), "percent", 3)} of the records right.`; // prettier-ignore
    const truth = now.truth ? `In truth ${write(of("true_accuracy"), "percent", 3)} of the decisions are right.` : "";
    said.replaceChildren(chip(status), ` ${word}. ${truth}`);
    if (moved) context.say({ headline, summary: truth });
    const row = (/** @type {string} */ label, /** @type {string} */ name, /** @type {import("../types").Role} */ role) => ({ label, value: of(name), lower: null, upper: null, n: null, role, note: "" }); // prettier-ignore
    const rows = [
      row(`${names[0]}: selected`, "selected_reference", "reference"),
      row(`${names[1]}: selected`, "selected_compared", "production"),
      row("right, by the records", "accuracy", "muted"),
      ...(now.truth ? [row("right, in truth", "true_accuracy", "truth")] : []),
    ];
    const axis = { label: "share of the rows", form: /** @type {const} */ ("percent"), lower: 0, upper: 1 };
    if (width)
      figure.replaceChildren(drawRows({ rows, axis, marks: [], title: "" }, width, headline, { bars: true, fixed: 3 }));
  }
}
