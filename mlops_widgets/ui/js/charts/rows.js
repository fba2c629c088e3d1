// Labelled estimates, one a row: what dots, bars and ranked lists share.
import { clip, isolate, s, textWidth } from "../dom.js";
import { interval, ownDigits, percentDigits, sharedDigits, write } from "../numbers.js";
import { digitsOf, ends, footAxis, label, linear, picture, roleClass, rule, uprights } from "../svg.js";

/** @typedef {import("../types").Rows} Rows */
/** @typedef {import("../types").Estimate} Estimate */

const known = (/** @type {number | null | undefined} */ value) =>
  value !== null && value !== undefined && !Number.isNaN(value);

/**
 * @param {Rows} chart
 * @param {number} width
 * @param {string} finding
 * @param {{ bars: boolean }} look
 * @returns {SVGElement}
 */
export function drawRows(chart, width, finding, { bars }) {
  const { rows, axis } = chart;
  const values = [
    ...rows.flatMap((row) => [row.value, row.lower, row.upper]),
    ...chart.marks.map((mark) => mark.value),
  ];
  const domain = ends(axis, values, { zero: bars, room: 0.06 });
  const digits = digitsOf(domain);
  const shared = sharedDigits(rows.filter((row) => known(row.lower) && known(row.upper)).map((row) => [Number(row.lower), Number(row.upper)])); // prettier-ignore
  const layout = columns(rows, axis, width, shared);
  const scale = linear(domain, [layout.left, layout.right]);
  const body = rows.length * layout.step + 6;
  const marks = uprights({
    marks: chart.marks,
    at: scale,
    axis,
    digits,
    left: layout.left,
    right: layout.right,
    bottom: body,
  });
  const svg = picture(width, marks.height + body + (axis.label ? 42 : 24), finding);
  svg.append(...footAxis({ scale, axis, top: marks.height, bottom: marks.height + body, edge: width }), ...marks.nodes);
  rows.forEach((row, index) => {
    const at = { top: marks.height + index * layout.step + 4, digits: digitsIn(row, axis, shared) };
    svg.append(drawRow(row, { ...layout, scale, bars, axis, ...at }));
  });
  return svg;
}

/**
 * Where names, marks and numbers stand. Where it is narrow, a name takes a line of its own.
 * @param {Estimate[]} rows
 * @param {import("../types").Axis} axis
 * @param {number} width
 * @param {number | null} shared
 */
function columns(rows, axis, width, shared) {
  const names =
    Math.max(
      0,
      ...rows.map((row) => Math.max(textWidth(row.label.slice(0, 80)), textWidth(small(row), { size: 11 }))),
    ) + 14;
  const numbers =
    Math.max(0, ...rows.map((row) => textWidth(numbersOf(row, axis, digitsIn(row, axis, shared)), { bold: true }))) +
    16;
  const stacked = width < 520 && names > width * 0.3;
  const nameWidth = stacked ? width - numbers : Math.min(names, width * 0.36);
  const two = rows.some(small);
  const step = (stacked ? 42 : 30) + (two && !stacked ? 8 : 0);
  return {
    left: stacked ? 8 : nameWidth + 6,
    right: width - (stacked ? 12 : numbers),
    edge: width,
    nameWidth,
    stacked,
    step,
  };
}

/**
 * Decimals of a row's numbers, the same as in the exported picture.
 * @param {Estimate} row
 * @param {import("../types").Axis} axis
 * @param {number | null} shared
 */
function digitsIn(row, axis, shared) {
  if (axis.form === "percent") return 2 + percentDigits(Number(row.value), row.lower, row.upper);
  return shared ?? ownDigits(Number(row.value));
}

/** @param {Estimate} row @param {import("../types").Axis} axis @param {number} digits */
function numbersOf(row, axis, digits) {
  return `${write(row.value, axis.form, digits)} ${interval(row.lower, row.upper, axis.form, digits)}`;
}

/** The small second line of a name: rows and note. @param {Estimate} row */
function small(row) {
  return [row.n === null || row.n === undefined ? "" : `n ${write(row.n, "integer")}`, row.note]
    .filter(Boolean)
    .join(" · ");
}

/**
 * @param {Estimate} row
 * @param {ReturnType<typeof columns> & { scale: import("../svg.js").Scale, bars: boolean, digits: number, axis: import("../types").Axis, top: number }} at
 */
function drawRow(row, at) {
  const { axis, digits, scale, stacked } = at;
  const exact =
    `${write(row.value, axis.form, digits + 2)} ${interval(row.lower, row.upper, axis.form, digits + 2)}`.trim();
  const tip = [isolate(row.label), exact, small(row)].filter(Boolean).join("\n");
  const middle = stacked ? at.top + 28 : at.top + at.step / 2 - 2;
  const nameY = stacked ? at.top + 13 : middle + 4;
  const group = s("g", { class: `mw-row ${roleClass(row.role)}`, "data-mw-tip": tip });
  group.append(
    s("rect", { class: "mw-hit", x: 0, y: at.top - 3, width: at.edge, height: at.step, rx: 4 }),
    ...nameOf(row, at, nameY),
  );
  group.append(...(at.bars ? bar(row, scale, middle) : dot(row, scale, middle)));
  const ci = interval(row.lower, row.upper, axis.form, digits);
  if (stacked) group.append(behind(at.edge - 2 - textWidth(numbersOf(row, axis, digits)), at.edge, nameY));
  const numbers = label("", at.edge - 2, nameY, { "text-anchor": "end", class: "mw-value" });
  numbers.append(
    s("tspan", { class: "mw-strong" }, write(row.value, axis.form, digits)),
    s("tspan", { class: "mw-soft" }, ci ? ` ${ci}` : ""),
  );
  group.append(numbers);
  return group;
}

/** Ground behind a text that stands among the lines of a figure. @param {number} from @param {number} to @param {number} y */
function behind(from, to, y) {
  return s("rect", { class: "mw-behind", x: from, y: y - 12, width: Math.max(0, to - from), height: 16 });
}

/** @param {Estimate} row @param {ReturnType<typeof columns>} at @param {number} y */
function nameOf(row, at, y) {
  const note = small(row);
  if (at.stacked) {
    const name = clip(row.label, at.nameWidth - 8);
    const rest = at.nameWidth - textWidth(name) - 20;
    const told = note && rest > 40 ? clip(note, rest, { size: 11 }) : "";
    const end = textWidth(name) + (told ? 8 + textWidth(told, { size: 11 }) : 0);
    const nodes = [behind(0, end, y), label(name, 0, y, { class: "mw-name" })];
    if (told) nodes.push(label(told, textWidth(name) + 8, y, { class: "mw-note" }));
    return nodes;
  }
  const name = label(clip(row.label, at.nameWidth - 6), at.nameWidth - 6, note ? y - 6 : y, {
    class: "mw-name",
    "text-anchor": "end",
  });
  if (!note) return [name];
  return [
    name,
    label(clip(note, at.nameWidth - 6, { size: 11 }), at.nameWidth - 6, y + 8, {
      class: "mw-note",
      "text-anchor": "end",
    }),
  ];
}

/** @param {Estimate} row @param {(value: number) => number} scale @param {number} y */
function whisker(row, scale, y) {
  if (!known(row.lower) || !known(row.upper)) return [];
  const [from, to] = [scale(Number(row.lower)), scale(Number(row.upper))];
  return [
    rule(from, y, to, y, "mw-whisker"),
    rule(from, y - 4, from, y + 4, "mw-whisker"),
    rule(to, y - 4, to, y + 4, "mw-whisker"),
  ];
}

/** @param {Estimate} row @param {(value: number) => number} scale @param {number} y @returns {SVGElement[]} */
function dot(row, scale, y) {
  const marks = whisker(row, scale, y);
  return known(row.value)
    ? [...marks, s("circle", { class: "mw-dot", cx: scale(Number(row.value)), cy: y, r: 5.5 })]
    : marks;
}

/** @param {Estimate} row @param {(value: number) => number} scale @param {number} y @returns {SVGElement[]} */
function bar(row, scale, y) {
  if (!known(row.value)) return [];
  const [zero, end] = [scale(0), scale(Number(row.value))];
  const rect = s("rect", {
    class: "mw-bar",
    x: Math.min(zero, end),
    y: y - 7,
    width: Math.max(1, Math.abs(end - zero)),
    height: 14,
    rx: 2,
  });
  return [
    rect,
    rule(zero, y - 10, zero, y + 10, "mw-zero"),
    ...whisker(row, scale, y).map((node) => (node.classList.add("mw-over"), node)),
  ];
}
