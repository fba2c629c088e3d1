// A dot a value in rows: high values above a row's line, low ones below it, stacked where they meet.
import { clip, isolate, s, textWidth } from "../dom.js";
import { write } from "../numbers.js";
import { digitsOf, ends, footAxis, label, linear, picture, roleClass, rule } from "../svg.js";

/** @typedef {import("../types").Swarm} Swarm */

const [TOP, ROW, BIN, STEP, MOST] = [22, 34, 4, 3, 4];

/**
 * @param {Swarm} chart
 * @param {number} width
 * @param {string} finding
 * @returns {SVGElement}
 */
export function swarm(chart, width, finding) {
  const { axis, rows } = chart;
  const domain = ends(axis, [...chart.values], { zero: true, room: 0.05 });
  const digits = digitsOf(domain) + 1;
  const left = Math.min(Math.max(0, ...rows.map((name) => textWidth(name.slice(0, 80)))) + 16, width * 0.42);
  const scale = linear(domain, [left, width - 10]);
  const bottom = TOP + ROW * rows.length;
  const svg = picture(width, bottom + 42, finding);
  const key = `above: ${chart.high}, below: ${chart.low}, grey: no order`;
  svg.append(
    label(clip(key, width, { size: 11.5 }), 0, 12, { class: "mw-tick" }),
    ...footAxis({ scale, axis, top: TOP, bottom, edge: width }),
    rule(scale(0), TOP, scale(0), bottom, "mw-zero"),
  );
  const each = chart.values.length / rows.length;
  rows.forEach((name, row) => {
    const middle = TOP + ROW * (row + 0.5);
    const values = chart.values.slice(row * each, (row + 1) * each);
    const ranks = chart.ranks.slice(row * each, (row + 1) * each);
    const rises = heights([...values].map(scale), ranks);
    const [low, high] = [Math.min(...values), Math.max(...values)].map((end) => write(end, axis.form, digits));
    svg.append(
      s(
        "g",
        { class: "mw-row", "data-mw-tip": `${isolate(name)}\n${low} … ${high}` },
        s("rect", { class: "mw-hit", x: 0, y: middle - ROW / 2, width, height: ROW, rx: 4 }),
        rule(left, middle, width - 10, middle, "mw-grid"),
        label(clip(name, left - 14), left - 12, middle + 4, { class: "mw-name", "text-anchor": "end" }),
        ...rises.map((rise, k) =>
          s(
            "g",
            { class: roleClass(Number.isNaN(ranks[k]) ? "muted" : rise > 0 ? "production" : "reference") },
            s("circle", { class: "mw-point", cx: scale(values[k]).toFixed(1), cy: middle - rise, r: 2.3 }),
          ),
        ),
      ),
    );
  });
  return svg;
}

/**
 * How far each dot stands above its row's line: dots at one place are stacked, high ranks upwards.
 * @param {number[]} places in pixels
 * @param {import("../types").Floats | number[]} ranks
 */
export function heights(places, ranks) {
  /** @type {Record<string, number>} */
  const count = {};
  return places.map((place, k) => {
    const side = (Number.isNaN(ranks[k]) ? k % 2 : ranks[k] >= 0.5) ? 1 : -1;
    const bin = `${Math.floor(place / BIN)} ${side}`;
    count[bin] = (count[bin] ?? -1) + 1;
    return side * STEP * (Math.min(count[bin], MOST) + 0.5);
  });
}
