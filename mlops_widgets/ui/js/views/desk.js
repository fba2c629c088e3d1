// The spoiler's desk: what is spilled, how much of it, and what the dials show then; the clean rows' number stays as a ghost.
import { h, listen } from "../dom.js";
import { digitsFor, interval, percentDigits, write } from "../numbers.js";
import { slider } from "../slider.js";

/** @typedef {{ short: string, repair: string, says: string[] }} Spill */
/** @typedef {{ spills: Spill[], shares: number[], dials: { label: string, form: import("../types").Form }[], start: [number, number] }} State */

/**
 * @param {State} state
 * @param {Record<string, import("../types").Floats>} arrays each of shape (spills, shares, 2, dials), flat
 * @param {import("../types").Context} context
 * @returns {import("../types").Part}
 */
export function desk({ spills, shares, dials, start }, arrays, context) {
  let [spill, share] = start;
  let repaired = 0;
  const name = (/** @type {number} */ at) => write(shares[at], "percent");
  const buttons = spills.map(({ short }, index) => {
    const button = h("button", { type: "button", class: "mw-filter" }, short);
    listen(context.undo, button, "click", () => ((spill = index), show()));
    return button;
  });
  const amount = slider(
    { label: "rows hit", lower: 0, upper: shares.length - 1, step: 1, value: share, words: name },
    (value) => ((share = value), show()),
    context.undo,
  );
  const repair = h("button", { type: "button", class: "mw-button" }, "Repair");
  listen(context.undo, repair, "click", () => ((repaired = 1 - repaired), show()));
  const shown = h("div", { class: "mw-dials" });
  const how = h("p", { class: "mw-small", role: "status", dir: "auto" });
  const group = { class: "mw-filters", role: "group", "aria-label": "What is spilled" };
  const controls = h("div", { class: "mw-controls" }, ...amount.nodes, h("div", { class: "mw-buttons" }, repair));
  const node = h("div", {}, h("div", group, ...buttons), shown, controls, how);
  show();
  return { node, draw: () => {} };

  function show() {
    buttons.forEach((button, index) => button.setAttribute("aria-pressed", String(index === spill)));
    repair.setAttribute("aria-pressed", String(!!repaired));
    const place = (spill * shares.length + share) * 2 + repaired;
    shown.replaceChildren(...dials.map((_, at) => dial(at, place * dials.length + at)));
    how.textContent = `Repair: ${spills[spill].repair}.`;
    const first = spill === start[0] && share === start[1] && !repaired;
    const says = `${spills[spill].says[share]}${share && repaired ? ", after the repair" : ""}`;
    context.say(first ? null : { headline: share ? `${says}.` : says, summary: "" });
  }

  /** One number with its interval and, as a ghost, that of the clean rows. @param {number} at @param {number} place */
  function dial(at, place) {
    const { label, form } = dials[at];
    const of = (/** @type {number} */ index) => [arrays.values, arrays.lower, arrays.upper].map((each) => each[index]);
    const [value, lower, upper] = of(place);
    const was = arrays.values[spill * shares.length * 2 * dials.length + at];
    const digits = form === "percent" ? 2 + percentDigits(value, lower, upper) : digitsFor(lower, upper);
    const text = (/** @type {number} */ number) => write(number, form, digits);
    const arrow = ["▼ from", "= clean", "▲ from"][arrays.moved[place] + 1];
    const all = [...arrays.values].filter((number, index) => index % dials.length === at && !Number.isNaN(number));
    const [low, high] = [Math.min(...all), Math.max(...all)];
    const left = (/** @type {number} */ number) =>
      Math.min(100, Math.max(0, (100 * (number - low)) / (high - low || 1)));
    const mark = (/** @type {string} */ kind, /** @type {number} */ from, to = from) =>
      Number.isNaN(from) ? "" : h("i", { class: kind, style: `left:${left(from)}%;right:${100 - left(to)}%` });
    return h(
      "div",
      { class: "mw-dial", "data-mw-tip": `${label}\n${text(value)} ${interval(lower, upper, form, digits)}\nclean ${text(was)}` }, // prettier-ignore
      h("div", { class: "mw-label", dir: "auto" }, label),
      h("b", {}, text(value)),
      h("span", { class: "mw-then" }, ` ${arrow} ${text(was)}`),
      h("div", { class: "mw-rail" }, mark("mw-span", lower, upper), mark("mw-was", was), mark("mw-now", value)),
    );
  }
}
