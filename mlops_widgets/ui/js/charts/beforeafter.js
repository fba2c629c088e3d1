// The same headline number before and after a remedy: two numbers, and both on one axis with their intervals.
import { clip, isolate, s, textWidth } from "../dom.js";
import { interval, write } from "../numbers.js";
import { digitsOf, ends, footAxis, label, linear, picture, roleClass, rule } from "../svg.js";

/** @typedef {import("../types").Estimate} Estimate */

/**
 * @param {import("../types").BeforeAfter} chart
 * @param {number} width
 * @param {string} finding
 * @returns {SVGElement}
 */
export function beforeafter(chart, width, finding) {
  const both = [chart.before, chart.after];
  const domain = ends(chart.axis, both.flatMap((each) => [each.value, each.lower, each.upper]), { room: 0.12 }); // prettier-ignore
  const digits = digitsOf(domain);
  const scale = linear(domain, [14, width - 14]);
  const top = 104;
  const svg = picture(width, top + 58 + (chart.axis.label ? 42 : 24), finding);
  both.forEach((each, index) => svg.append(block(each, chart, digits, index ? width / 2 + 16 : 0, width / 2 - 22)));
  svg.append(label("→", width / 2 - 8, 56, { class: "mw-arrow", "text-anchor": "middle" }));
  svg.append(...footAxis({ scale, axis: chart.axis, top: top - 8, bottom: top + 58 }));
  const [from, to] = both.map((each) => scale(Number(each.value)));
  if (chart.before.value !== null && chart.after.value !== null)
    svg.append(rule(from, top + 14, to, top + 38, "mw-link"));
  both.forEach((each, index) => svg.append(...range(each, scale, top + 14 + index * 24)));
  return svg;
}

/** The number, large, under its name. @param {Estimate} each @param {import("../types").BeforeAfter} chart @param {number} digits @param {number} x @param {number} room */
function block(each, chart, digits, x, room) {
  const ci = interval(each.lower, each.upper, chart.axis.form, digits);
  const number = write(each.value, chart.axis.form, digits);
  const exact = `${write(each.value, chart.axis.form, digits + 2)} ${interval(each.lower, each.upper, chart.axis.form, digits + 2)}`;
  const rows = each.n === null || each.n === undefined ? "" : `n ${write(each.n, "integer")}`;
  const tip = [isolate(each.label), exact.trim(), rows, each.note].filter(Boolean).join("\n");
  const group = s(
    "g",
    { class: roleClass(each.role), "data-mw-tip": tip },
    s("rect", { class: "mw-hit", x, y: 0, width: room, height: 88 }),
  );
  group.append(label(clip(each.label, room), x, 16, { class: "mw-name" }), label(number, x, 58, { class: "mw-big" }));
  const beside = textWidth(number, { size: 36, bold: true }) + 2;
  const fits = beside + textWidth(ci) < room;
  group.append(label(ci, fits ? x + beside : x, fits ? 57 : 76, { class: "mw-note" }));
  const small = [rows, each.note].filter(Boolean).join(" · ");
  if (fits) group.append(label(clip(small, room, { size: 11 }), x, 78, { class: "mw-note" }));
  return group;
}

/** @param {Estimate} each @param {(value: number) => number} scale @param {number} y @returns {SVGElement[]} */
function range(each, scale, y) {
  if (each.value === null || Number.isNaN(each.value)) return [];
  const group = s("g", { class: roleClass(each.role) });
  const { lower, upper } = each;
  if (interval(lower, upper)) {
    const [from, to] = [scale(Number(lower)), scale(Number(upper))];
    group.append(
      rule(from, y, to, y, "mw-whisker"),
      rule(from, y - 4, from, y + 4, "mw-whisker"),
      rule(to, y - 4, to, y + 4, "mw-whisker"),
    );
  }
  group.append(s("circle", { class: "mw-dot", cx: scale(each.value), cy: y, r: 6 }));
  return [group];
}
