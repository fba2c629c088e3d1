// Two axes side by side, a line from each thing's left value to its right value.
import { clip, isolate, s, textWidth } from "../dom.js";
import { spread } from "../labels.js";
import { write } from "../numbers.js";
import { digitsOf, ends, label, linear, picture, roleClass, rule, sideAxis, sideWidth } from "../svg.js";

/** @typedef {import("../types").Slope} Slope */
/** @typedef {{ left: number, right: number, edge: number, y: import("../svg.js").Scale, digits: number, form: import("../types").Form }} Frame */

const known = (/** @type {number | null} */ value) => value !== null && Number.isFinite(value);

/**
 * @param {Slope} chart
 * @param {number} width
 * @param {string} finding
 * @returns {SVGElement}
 */
export function slope(chart, width, finding) {
  const domain = ends(chart.axis, [
    ...chart.rows.flatMap((row) => [row.left, row.right]),
    ...chart.marks.map((mark) => mark.value),
  ]);
  const digits = digitsOf(domain);
  const height = Math.round(Math.max(220, Math.min(340, width * 0.5)));
  const left = sideWidth(domain, chart.axis) + Math.min(60, width * 0.07);
  const names = Math.max(
    0,
    ...labels(chart, digits, width).map(({ name, numbers }) => textWidth(name + numbers, { bold: true })),
  );
  const right = width - Math.min(names + 26, width * 0.46);
  const top = 52;
  /** @type {Frame} */
  const frame = { left, right, edge: width, y: linear(domain, [top + height, top]), digits, form: chart.axis.form };
  const svg = picture(width, top + height + 14, finding);
  svg.append(
    ...sideAxis({ scale: frame.y, axis: chart.axis, left: left - 20, right: right + 12, title: "" }),
    ...heads(chart, frame),
  );
  for (const row of [...chart.rows].sort((a, b) => Number(a.emphasised) - Number(b.emphasised)))
    svg.append(drawRow(row, chart, frame));
  for (const mark of chart.marks)
    svg.append(
      s(
        "g",
        { class: roleClass(mark.role) },
        rule(left - 20, frame.y(mark.value), right + 12, frame.y(mark.value), "mw-mark"),
      ),
    );
  svg.append(...direct(chart, frame, [top, top + height]));
  return svg;
}

/** @param {Slope} chart @param {Frame} frame */
function heads(chart, { left, right, edge, y }) {
  const room = (right - left) / 2 + 20;
  const top = Math.min(...y.range());
  return [
    label(clip(chart.axis.label, edge - 4), 0, 13, { class: "mw-axis" }),
    label(clip(chart.left, room, { bold: true }), left, 34, {
      class: "mw-head-label",
      "text-anchor": left < 60 ? "start" : "middle",
    }),
    label(clip(chart.right, Math.max(room, edge - right), { bold: true }), right, 34, {
      class: "mw-head-label",
      "text-anchor": "middle",
    }),
    rule(left, top - 8, left, Math.max(...y.range()), "mw-pole"),
    rule(right, top - 8, right, Math.max(...y.range()), "mw-pole"),
  ];
}

/** @param {import("../types").SlopeRow} row @param {Slope} chart @param {Frame} frame */
function drawRow(row, chart, { left, right, y, digits, form }) {
  const tip = `${isolate(row.label)}\n${chart.left} ${write(row.left, form, digits + 1)}\n${chart.right} ${write(row.right, form, digits + 1)}`;
  const group = s("g", {
    class: `${row.emphasised ? "mw-strong-row" : "mw-ghost-row"} ${roleClass(row.role)}`,
    "data-mw-tip": tip,
  });
  const [a, b] = [y(Number(row.left)), y(Number(row.right))];
  if (known(row.left) && known(row.right)) group.append(rule(left, a, right, b, "mw-line"));
  const r = row.emphasised ? 5 : 2.4;
  if (known(row.left)) group.append(s("circle", { class: "mw-dot", cx: left, cy: a, r }));
  if (known(row.right)) group.append(s("circle", { class: "mw-dot", cx: right, cy: b, r }));
  return group;
}

/** @param {Slope} chart @param {number} digits @param {number} width */
function labels(chart, digits, width) {
  const rows = chart.rows.filter((row) => row.emphasised && (known(row.right) || known(row.left)));
  const named = rows.map((row) => ({
    name: clip(row.label, 190),
    numbers: ` ${width < 480 ? "" : `${write(row.left, chart.axis.form, digits)} → `}${write(row.right, chart.axis.form, digits)}`,
    role: row.role,
    value: Number(known(row.right) ? row.right : row.left),
  }));
  return [
    ...named,
    ...chart.marks.map((mark) => ({ name: clip(mark.label, 190), numbers: "", role: mark.role, value: mark.value })),
  ];
}

/** @param {Slope} chart @param {Frame} frame @param {[number, number]} between */
function direct(chart, { right, edge, y, digits }, between) {
  const each = labels(chart, digits, edge);
  const places = spread(each.map(({ value }) => y(value)), 16, between[0], between[1]); // prettier-ignore
  const fit = (/** @type {string} */ name, /** @type {string} */ numbers) =>
    clip(name, edge - right - 20 - textWidth(numbers, { bold: true }), { bold: true }) + numbers;
  return each.map(({ name, numbers, role }, index) =>
    label(fit(name, numbers), right + 18, places[index] + 4, { class: `mw-direct ${roleClass(role)}` }),
  );
}
