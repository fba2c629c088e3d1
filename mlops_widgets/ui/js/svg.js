// The pieces that every chart is drawn with.
import { clip, s, textWidth } from "./dom.js";
import { stack } from "./labels.js";
import { decimals, tickTexts, write } from "./numbers.js";
import { ticks } from "./ticks.js";

/** @typedef {import("./types").Axis} Axis */
/** @typedef {import("./types").Mark} Mark */
/** @typedef {(value: number) => number} Place */
/** @typedef {Place & { range: () => [number, number], ticks: (count: number) => number[] }} Scale */

/**
 * An empty picture that says its finding to a screen reader and takes the arrow keys.
 * @param {number} width
 * @param {number} height
 * @param {string} label
 */
export function picture(width, height, label) {
  return s("svg", {
    class: "mw-svg", role: "img", tabindex: 0, "aria-label": label,
    width, height, viewBox: `0 0 ${width} ${height}`, style: `height:${height}px`,
  }); // prettier-ignore
}

/**
 * @param {string} text
 * @param {number} x
 * @param {number} y
 * @param {Record<string, string | number | null | undefined>} [attributes]
 */
export const label = (text, x, y, attributes = {}) => s("text", { x, y, ...attributes }, text);

/** @param {number} x1 @param {number} y1 @param {number} x2 @param {number} y2 @param {string} kind @param {Record<string, string>} [more] */
export const rule = (x1, y1, x2, y2, kind, more = {}) => s("line", { x1, y1, x2, y2, class: kind, ...more });

/** Class that sets a mark's colour from what it stands for. @param {string} role */
export const roleClass = (role) => `mw-role-${role}`;

/**
 * Ends of a value axis: those given, else those of the values with a little room.
 * @param {Axis} axis
 * @param {(number | null | undefined)[]} values
 * @param {{ zero?: boolean, room?: number }} [options]
 * @returns {[number, number]}
 */
export function ends(axis, values, { zero = false, room = 0.04 } = {}) {
  const known = /** @type {number[]} */ (values.filter((value) => value !== null && Number.isFinite(value)));
  if (zero) known.push(0);
  let low = Math.min(...known);
  let high = Math.max(...known);
  if (!known.length) [low, high] = [0, 1];
  if (low === high) [low, high] = [low - (Math.abs(low) || 1) * 0.1, high + (Math.abs(high) || 1) * 0.1];
  const extra = (high - low) * room;
  const from = axis.lower ?? (zero && low === 0 ? 0 : low - extra);
  const to = axis.upper ?? (zero && high === 0 ? 0 : high + extra);
  return from < to ? [from, to] : [low - extra, high + extra];
}

/**
 * @param {[number, number]} domain
 * @param {[number, number]} range
 * @returns {Scale}
 */
export function linear([low, high], [from, to]) {
  const place = (/** @type {number} */ value) => from + ((value - low) / (high - low)) * (to - from);
  const more = {
    range: () => /** @type {[number, number]} */ ([from, to]),
    ticks: (/** @type {number} */ count) => ticks(low, high, count),
  };
  return Object.assign(place, more);
}

/** Digits that suit an axis with these ends. @param {[number, number]} domain */
export const digitsOf = (domain) => decimals(domain[1] - domain[0]);

/**
 * Grid, tick labels and title of a horizontal value axis at the foot of a picture.
 * @param {{ scale: Scale, axis: Axis, top: number, bottom: number, edge?: number, under?: (tick: number) => string }} options
 *   `under` is a second text of each tick
 * @returns {SVGElement[]}
 */
export function footAxis({ scale, axis, top, bottom, edge = 0, under }) {
  const [left, right] = scale.range();
  const ticks = scale.ticks(Math.max(2, Math.floor((right - left) / 70)));
  const texts = tickTexts(ticks, axis.form);
  const end = Math.max(right, Math.min(edge - 2, textWidth(axis.label))); // a long title may pass the last tick
  const inside = (/** @type {number} */ at, /** @type {number} */ half) => Math.max(Math.min(at, (edge || Infinity) - half), half); // prettier-ignore
  const nodes = ticks.flatMap((tick, index) => [
    rule(scale(tick), top, scale(tick), bottom, "mw-grid"),
    ...[texts[index], ...(under ? [under(tick)] : [])].map((text, line) =>
      label(text, inside(scale(tick), textWidth(text, { size: 11.5 }) / 2), bottom + 16 + 15 * line, {
        class: "mw-tick",
        "text-anchor": "middle",
      }),
    ),
  ]);
  return axis.label
    ? [
        ...nodes,
        label(clip(axis.label, end), end, bottom + (under ? 49 : 34), { class: "mw-axis", "text-anchor": "end" }),
      ]
    : nodes;
}

/**
 * Grid and tick labels of a vertical value axis, its title above.
 * @param {{ scale: Scale, axis: Axis, left: number, right: number, title?: string }} options
 * @returns {SVGElement[]}
 */
export function sideAxis({ scale, axis, left, right, title = axis.label }) {
  const [low, high] = scale.range();
  const ticks = scale.ticks(Math.max(2, Math.floor(Math.abs(low - high) / 46)));
  const texts = tickTexts(ticks, axis.form);
  const nodes = ticks.flatMap((tick, index) => [
    rule(left, scale(tick), right, scale(tick), "mw-grid"),
    label(texts[index], left - 8, scale(tick) + 4, { class: "mw-tick", "text-anchor": "end" }),
  ]);
  return title ? [...nodes, label(clip(title, right), 0, Math.min(low, high) - 14, { class: "mw-axis" })] : nodes;
}

/** Width that the tick labels of a vertical axis need. @param {[number, number]} domain @param {Axis} axis */
export function sideWidth(domain, axis) {
  const ticks = linear(domain, [0, 1]).ticks(6);
  return Math.max(...tickTexts(ticks, axis.form).map((text) => textWidth(text))) + 12;
}

/**
 * Vertical reference lines with their labels in rows above the figure.
 * @param {{ marks: Mark[], at: Place, axis: Axis, digits: number, left: number, right: number, bottom: number }} options
 * @returns {{ nodes: SVGElement[], height: number }} `height` is what the labels take above y = 0
 */
export function uprights({ marks, at, axis, digits, left, right, bottom }) {
  const shown = marks.filter((mark) => at(mark.value) >= left - 1 && at(mark.value) <= right + 1);
  const room = Math.max((right - left) * 0.7, Math.min(160, right));
  const texts = shown.map((mark) => clip(mark.label, room, { size: 11.5 }));
  const spans = shown.map((mark, index) => {
    const width = textWidth(texts[index], { size: 11.5 });
    const from = Math.max(Math.min(left, right - width), Math.min(right - width, at(mark.value) - width / 2));
    return /** @type {[number, number]} */ ([from, from + width + 10]);
  });
  const rows = stack(spans);
  const height = rows.length ? (Math.max(...rows) + 1) * 15 + 4 : 0;
  const high = (/** @type {number} */ index) => height - 7 - rows[index] * 15;
  const group = (/** @type {Mark} */ mark, /** @type {SVGElement} */ node) =>
    s("g", { class: roleClass(mark.role), "data-mw-tip": `${mark.label}\n${write(mark.value, axis.form, digits + 1)}` }, node); // prettier-ignore
  // All lines before all labels, so that no line runs through a label.
  const lines = shown.map((mark, index) =>
    group(mark, rule(at(mark.value), high(index) + 4, at(mark.value), height + bottom, "mw-mark")),
  );
  const words = shown.map((mark, index) =>
    group(mark, label(texts[index], spans[index][0], high(index), { class: "mw-mark-label" })),
  );
  return { nodes: [...lines, ...words], height };
}
