// A dot a value in rows: high values above a row's line, low ones below it, stacked where they meet.
import { clip, isolate, s, textWidth } from "../dom.js";
import { write } from "../numbers.js";
import { digitsOf, ends, footAxis, label, linear, picture, roleClass, rule } from "../svg.js";

/** @typedef {import("../types").Swarm} Swarm */

const ROW = 34;
const [BIN, STEP, MOST] = [4, 3, 4];

/**
 * @param {Swarm} chart
 * @param {number} width
 * @param {string} finding
 * @returns {SVGElement}
 */
export function swarm(chart, width, finding) {
  const domain = ends(chart.axis, [...chart.values], { zero: true, room: 0.05 });
  const digits = digitsOf(domain) + 1;
  const left = Math.min(Math.max(0, ...chart.rows.map((name) => textWidth(name.slice(0, 80)))) + 16, width * 0.36);
  const scale = linear(domain, [left, width - 10]);
  const keys = key(chart, width);
  const bottom = keys.height + ROW * chart.rows.length;
  const svg = picture(width, bottom + (chart.axis.label ? 42 : 26), finding);
  svg.append(...keys.nodes, ...footAxis({ scale, axis: chart.axis, top: keys.height, bottom, edge: width }));
  svg.append(rule(scale(0), keys.height, scale(0), bottom, "mw-zero"));
  const each = chart.values.length / Math.max(1, chart.rows.length);
  chart.rows.forEach((name, row) => {
    const middle = keys.height + ROW * (row + 0.5);
    const values = chart.values.slice(row * each, (row + 1) * each);
    const ranks = chart.ranks.slice(row * each, (row + 1) * each);
    const rises = heights([...values].map(scale), ranks);
    const low = write(Math.min(...values), chart.axis.form, digits);
    const high = write(Math.max(...values), chart.axis.form, digits);
    const group = s("g", { class: "mw-row", "data-mw-tip": `${isolate(name)}\n${low} … ${high}` });
    group.append(
      s("rect", { class: "mw-hit", x: 0, y: middle - ROW / 2, width, height: ROW, rx: 4 }),
      rule(left, middle, width - 10, middle, "mw-grid"),
      label(clip(name, left - 14), left - 12, middle + 4, { class: "mw-name", "text-anchor": "end" }),
    );
    for (const role of ["reference", "production", "muted"]) {
      const dots = [...values.keys()].filter((k) => roleOf(ranks[k]) === role);
      group.append(
        s(
          "g",
          { class: roleClass(role) },
          ...dots.map((k) =>
            s("circle", { class: "mw-point", cx: scale(values[k]).toFixed(1), cy: middle - rises[k], r: 2.3 }),
          ),
        ),
      );
    }
    svg.append(group);
  });
  return svg;
}

/** @param {number} rank */
const roleOf = (rank) => (Number.isNaN(rank) ? "muted" : rank >= 0.5 ? "production" : "reference");

/**
 * How far each dot stands above its row's line: dots at one place are stacked, high ranks upwards.
 * @param {number[]} places in pixels
 * @param {import("../types").Floats | number[]} ranks
 */
export function heights(places, ranks) {
  /** @type {Map<string, number>} */
  const count = new Map();
  return places.map((place, k) => {
    const side = Number.isNaN(ranks[k]) ? (k % 2 ? 1 : -1) : ranks[k] >= 0.5 ? 1 : -1;
    const bin = `${Math.floor(place / BIN)} ${side}`;
    const below = count.get(bin) ?? 0;
    count.set(bin, below + 1);
    return side * STEP * (Math.min(below, MOST) + 0.5);
  });
}

/** Which side is which, in a line or, where it is narrow, in two. @param {Swarm} chart @param {number} width */
function key(chart, width) {
  let [x, y] = [0, 12];
  const nodes = [
    [`above the line: ${chart.high}`, "production"],
    [`below: ${chart.low}`, "reference"],
    ["grey: no order", "muted"],
  ].map(([text, role]) => {
    const room = textWidth(text, { size: 11.5 }) + 30;
    if (x && x + room > width) [x, y] = [0, y + 16];
    const node = s(
      "g",
      { class: roleClass(role) },
      s("circle", { class: "mw-point", cx: x + 4, cy: y - 4, r: 3.5 }),
      label(text, x + 12, y, { class: "mw-tick" }),
    );
    x += room;
    return node;
  });
  return { nodes, height: y + 8 };
}
