// The cost of a row over the threshold: its band, the cheapest threshold with its range, yours, and where the slider stands.
import { s } from "../dom.js";
import { write } from "../numbers.js";
import { digitsOf, ends, label, linear, picture, roleClass, rule, sideAxis, sideWidth, uprights } from "../svg.js";
import { tickTexts } from "../numbers.js";

/** @typedef {import("../types").Floats} Floats */
/** @typedef {{ values: Float64Array, band: Float64Array, best: number, at: number, lower: number, upper: number }} Found */

/**
 * @param {import("./decision.js").State} state
 * @param {Record<string, Floats>} arrays
 * @param {Found} found
 * @param {{ width: number, digits: number, finding: string }} look
 * @returns {SVGElement}
 */
export function draw(state, arrays, found, { width, digits, finding }) {
  const { thresholds } = arrays;
  const axis = /** @type {import("../types").Axis} */ ({
    label: "cost of a row",
    form: "number",
    lower: null,
    upper: null,
  });
  const over = (/** @type {number} */ sign) =>
    [...found.values].map((value, index) => value + sign * found.band[index]);
  const [low, high] = [over(-1), over(1)];
  const domain = ends(axis, [...low, ...high], { zero: true });
  const left = sideWidth(domain, axis);
  const right = width - 14;
  const x = linear([thresholds[0], thresholds[thresholds.length - 1]], [left, right]);
  const height = Math.round(Math.max(180, Math.min(280, width * 0.42)));
  const marks = [
    {
      value: thresholds[found.best],
      label: `cheapest ${write(thresholds[found.best], "number", digits)}`,
      role: "good",
    },
  ];
  if (state.present !== null)
    marks.push({
      value: thresholds[state.present],
      label: `yours ${write(thresholds[state.present], "number", digits)}`,
      role: "production",
    });
  const above = uprights({
    marks: /** @type {import("../types").Mark[]} */ (marks),
    at: x,
    axis: { ...axis, label: "" },
    digits,
    left,
    right,
    bottom: height,
  });
  const top = 22 + above.height;
  const y = linear(domain, [top + height, top]);
  const svg = picture(width, top + height + 56, finding);
  const line = (/** @type {ArrayLike<number>} */ values) =>
    Array.from(values, (value, index) => `${x(thresholds[index]).toFixed(1)} ${y(value).toFixed(1)}`);
  svg.append(
    ...sideAxis({ scale: y, axis, left, right, title: "" }),
    label(axis.label, 0, 12, { class: "mw-axis" }),
    ...foot(x, left, right, top + height),
    s("g", { transform: `translate(0 22)` }, ...above.nodes),
    s("g", { class: `mw-series ${roleClass("reference")}` },
      s("path", { class: "mw-band", d: `M${[...line(high), ...line(low).reverse()].join("L")}Z` }),
      s("path", { class: "mw-line", d: `M${line(found.values).join("L")}` })),
    range(found, x, top + height, digits),
    here(thresholds, found, x, y, top + height, digits, digitsOf(domain) + 1),
  ); // prettier-ignore
  return svg;
}

/** @param {import("../svg.js").Scale} x @param {number} left @param {number} right @param {number} bottom */
function foot(x, left, right, bottom) {
  const ticks = x.ticks(Math.max(2, Math.floor((right - left) / 60)));
  const texts = tickTexts(ticks, "number");
  return [
    rule(left, bottom, right, bottom, "mw-base"),
    ...ticks.map((tick, index) =>
      label(texts[index], x(tick), bottom + 22, { class: "mw-tick", "text-anchor": "middle" }),
    ),
    label("decision threshold", right, bottom + 42, { class: "mw-axis", "text-anchor": "end" }),
  ];
}

/** The thresholds that may be the cheapest, as a bar on the foot. @param {Found} found @param {import("../svg.js").Scale} x @param {number} bottom @param {number} digits */
function range(found, x, bottom, digits) {
  const tip = `may be the cheapest\n${write(found.lower, "number", digits)} to ${write(found.upper, "number", digits)}`;
  return s("g", { class: roleClass("good"), "data-mw-tip": tip }, rule(x(found.lower), bottom + 4, x(found.upper), bottom + 4, "mw-whisker mw-plausible")); // prettier-ignore
}

/** Where the slider stands. @param {Floats} thresholds @param {Found} found @param {import("../svg.js").Scale} x @param {import("../svg.js").Scale} y @param {number} bottom @param {number} digits @param {number} fine */
function here(thresholds, found, x, y, bottom, digits, fine) {
  const [cx, cy] = [x(thresholds[found.at]), y(found.values[found.at])];
  const tip = `threshold ${write(thresholds[found.at], "number", digits)}\ncost of a row ${write(found.values[found.at], "number", fine)} ± ${write(found.band[found.at], "number", fine)}`;
  return s("g", { class: `mw-here ${roleClass("reference")}`, "data-mw-tip": tip }, rule(cx, cy, cx, bottom, "mw-mark"), s("circle", { class: "mw-dot", cx, cy, r: 6.5 })); // prettier-ignore
}
