// Labelled estimates, one a row: what dots, bars and ranked lists share.
import { clip, isolate, s, textWidth } from "../dom.js";
import { decimals, interval, ownDigits, percentDigits, sharedDigits, write } from "../numbers.js";
import { digitsOf, ends, footAxis, label, linear, picture, roleClass, rule, uprights } from "../svg.js";

/** @typedef {import("../types").Rows} Rows */
/** @typedef {import("../types").Estimate} Estimate */

const known = (/** @type {number | null | undefined} */ value) =>
  value !== null && value !== undefined && !Number.isNaN(value);

/**
 * @typedef {object} Look
 * @property {boolean} bars
 * @property {(number | null)[]} [starts] where each row's bar begins; null for a row that is a dot
 * @property {number} [fixed] decimals of all numbers
 * @property {(tick: number) => string} [under] a second text of each tick
 */

/**
 * @param {Rows} chart
 * @param {number} width
 * @param {string} finding
 * @param {Look} look
 * @returns {SVGElement}
 */
export function drawRows(chart, width, finding, { bars, starts, fixed, under }) {
  const { rows, axis } = chart;
  const others = chart.others ?? [];
  const reach = (/** @type {Estimate} */ row, /** @type {number} */ from) =>
    [row.value, row.lower, row.upper].map((end) => (known(end) ? from + Number(end) : null));
  const values = [
    ...rows.flatMap((row, index) => reach(row, starts?.[index] ?? 0)),
    ...others.flatMap((row) => reach(row, 0)),
    ...chart.marks.map((mark) => mark.value),
  ];
  const domain = ends(axis, values, { zero: bars && !starts, room: 0.06 });
  const digits = digitsOf(domain);
  const shared = sharedDigits(rows.filter((row) => known(row.lower) && known(row.upper)).map((row) => [Number(row.lower), Number(row.upper)])); // prettier-ignore
  const apart = others.length ? digitsApart([...rows, ...others].map((row) => row.value), axis) : null; // prettier-ignore
  const numbersOf = (/** @type {Estimate} */ row) => numbers(row, rows.indexOf(row));
  const pairs = others.length ? 1 : 0;
  let told = numbersOf;
  let layout = columns(rows, width, told, pairs);
  if (layout.cuts && !pairs) {
    told = (row) => [numbersOf(row)[0], ""]; // a name says more than an interval that is drawn below it
    layout = columns(rows, width, told, pairs);
  }
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
  const head = marks.height + (others.length ? 20 : 0);
  const svg = picture(width, head + body + (axis.label ? 42 : 24) + (under ? 15 : 0), finding);
  svg.append(...footAxis({ scale, axis, top: head, bottom: head + body, edge: width, under }), ...marks.nodes);
  if (others.length) svg.append(label(key(chart.labels), layout.left, head - 6, { class: "mw-note" }));
  rows.forEach((row, index) => {
    const at = { top: head + index * layout.step + 4, digits: digitsOfRow(row), numbers: told(row) };
    const other = others[index] ?? null;
    svg.append(
      drawRow(row, {
        ...layout,
        scale,
        bars: bars && starts?.[index] !== null,
        axis,
        ...at,
        from: starts?.[index] ?? 0,
        other,
        labels: chart.labels,
      }),
    );
  });
  return svg;

  /** @param {Estimate} row */
  function digitsOfRow(row) {
    return fixed ?? apart ?? digitsIn(row, axis, shared);
  }

  /** The number in bold and what follows it: the interval, or the other mark's number. */
  /** @param {Estimate} row @param {number} index @returns {[string, string]} */
  function numbers(row, index) {
    const digits = digitsOfRow(row);
    const plus = starts && starts[index] !== null && Number(row.value) > 0 ? "+" : "";
    const beside = others.length
      ? `· ${write(others[index]?.value, axis.form, digits)}`
      : interval(row.lower, row.upper, axis.form, digits);
    return [plus + write(row.value, axis.form, digits), beside];
  }
}

/**
 * Decimals that tell numbers apart which have no intervals beside them, as in the exported picture.
 * @param {(number | null)[]} values
 * @param {import("../types").Axis} axis
 */
export function digitsApart(values, axis) {
  const numbers = values.filter(known).map(Number);
  const reach = Math.max(...numbers) - Math.min(...numbers);
  if (axis.form === "percent") return 2 + decimals(100 * reach);
  return Math.max(reach < 10 ? 2 : reach < 100 ? 1 : 0, decimals(reach));
}

/** What the full and the hollow marks are. @param {[string, string] | undefined} labels */
const key = (labels) => `● ${labels?.[0]}\u2003◇ ${labels?.[1]}`;

/**
 * Where names, marks and numbers stand. Where it is narrow, a name takes a line of its own.
 * @param {Estimate[]} rows
 * @param {number} width
 * @param {(row: Estimate) => [string, string]} numbersOf
 * @param {number} pairs whether a row holds two marks, one below the other
 */
function columns(rows, width, numbersOf, pairs) {
  const names =
    Math.max(
      0,
      ...rows.map((row) => Math.max(textWidth(row.label.slice(0, 80)), textWidth(small(row), { size: 11 }))),
    ) + 14;
  const numbers = Math.max(0, ...rows.map((row) => textWidth(numbersOf(row).join(" "), { bold: true }))) + 16;
  const stacked = width < 520 && names > width * 0.3;
  const nameWidth = stacked ? width - numbers : Math.min(names, width * 0.36);
  const two = rows.some(small);
  const step = (stacked ? 42 : 30) + (two && !stacked ? 8 : 0) + 6 * pairs;
  return {
    cuts: stacked && rows.some((row) => textWidth(row.label) > nameWidth - 8),
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

/** The small second line of a name: rows and note. @param {Estimate} row */
function small(row) {
  return [row.n === null || row.n === undefined ? "" : `n ${write(row.n, "integer")}`, row.note]
    .filter(Boolean)
    .join(" · ");
}

/**
 * @param {Estimate} row
 * @param {ReturnType<typeof columns> & { scale: import("../svg.js").Scale, bars: boolean, digits: number, axis: import("../types").Axis, top: number, numbers: [string, string], from: number, other: Estimate | null, labels?: [string, string] }} at
 */
function drawRow(row, at) {
  const { axis, digits, scale, stacked } = at;
  const exact = (/** @type {Estimate} */ each) =>
    `${write(each.value, axis.form, digits + 2)} ${interval(each.lower, each.upper, axis.form, digits + 2)}`.trim();
  const both = at.other ? [`${at.labels?.[0]} ${exact(row)}`, `${at.labels?.[1]} ${exact(at.other)}`] : [exact(row)];
  const tip = [isolate(row.label), ...both, small(row)].filter(Boolean).join("\n");
  const middle = stacked ? at.top + 28 : at.top + at.step / 2 - 2;
  const nameY = stacked ? at.top + 13 : middle + 4;
  const group = s("g", { class: `mw-row ${roleClass(row.role)}`, "data-mw-tip": tip });
  group.append(
    s("rect", { class: "mw-hit", x: 0, y: at.top - 3, width: at.edge, height: at.step, rx: 4 }),
    ...nameOf(row, at, nameY),
  );
  const up = at.other && !at.bars ? middle - 4 : middle;
  group.append(...(at.bars ? bar(row, (value) => scale(at.from + value), up) : dot(row, scale, up)));
  if (at.other) group.append(...hollow(at.other, scale, at.bars ? middle : middle + 7));
  if (stacked) group.append(behind(at.edge - 2 - textWidth(at.numbers.join(" ")), at.edge, nameY));
  const numbers = label("", at.edge - 2, nameY, { "text-anchor": "end", class: "mw-value" });
  numbers.append(
    s("tspan", { class: "mw-strong" }, at.numbers[0]),
    s("tspan", { class: "mw-soft" }, at.numbers[1] ? ` ${at.numbers[1]}` : ""),
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

/** The second mark of a row. @param {Estimate} row @param {(value: number) => number} scale @param {number} y */
function hollow(row, scale, y) {
  if (!known(row.value)) return [];
  const [x, r] = [scale(Number(row.value)), 5];
  const mark = s("path", { class: "mw-hollow", d: `M${x - r} ${y}L${x} ${y - r}L${x + r} ${y}L${x} ${y + r}Z` });
  return [s("g", { class: roleClass(row.role) }, ...whisker(row, scale, y), mark)];
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
