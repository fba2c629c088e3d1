// A grid of values: colour for the pattern, printed numbers where there is room, exact numbers in the tooltip.
import { clip, isolate, s, textWidth } from "../dom.js";
import { write } from "../numbers.js";
import { FULLEST } from "../tokens.js";
import { digitsOf, ends, label, picture, roleClass } from "../svg.js";

/** @typedef {import("../types").HeatMap} HeatMap */

/**
 * @param {HeatMap} chart
 * @param {number} width
 * @param {string} finding
 * @returns {SVGElement}
 */
export function heatmap(chart, width, finding) {
  const domain = ends(chart.axis, [...chart.values, chart.centre], { room: 0 });
  const digits = digitsOf(domain);
  const place = grid(chart, width);
  const numbers = Math.max(
    ...[...chart.values].map((value) => textWidth(write(value, chart.axis.form, digits), { size: 11.5 })),
  );
  const printed = numbers + 6 <= place.cell;
  const legend = key(chart, domain, digits, place, width);
  const svg = picture(width, place.top + chart.rows.length * place.row + legend.height, finding);
  svg.append(...titles(chart, place));
  chart.rows.forEach((name, r) => {
    svg.append(
      label(clip(name, place.left - 10), place.left - 8, place.top + (r + 0.5) * place.row + 4, {
        class: "mw-name",
        "text-anchor": "end",
      }),
    );
    chart.columns.forEach((column, c) => {
      const value = chart.values[r * chart.columns.length + c];
      const tip = `${isolate(name)}, ${isolate(column)}\n${chart.axis.label} ${write(value, chart.axis.form, digits + 2)}`;
      const { role, share } = fillOf(value, domain, chart.centre);
      const box = {
        x: place.left + c * place.cell + 1,
        y: place.top + r * place.row + 1,
        width: place.cell - 2,
        height: place.row - 2,
        rx: 3,
      };
      const cell = s("g", { class: `mw-cell ${roleClass(role)}`, "data-mw-tip": tip });
      cell.append(
        s(
          "rect",
          Number.isNaN(value)
            ? { ...box, class: "mw-none" }
            : { ...box, class: "mw-fill", "fill-opacity": share.toFixed(3) },
        ),
      );
      const middle = { class: "mw-cell-value", "text-anchor": "middle" };
      if (printed || Number.isNaN(value))
        cell.append(
          label(write(value, chart.axis.form, digits), box.x + box.width / 2, box.y + box.height / 2 + 4, middle),
        );
      svg.append(cell);
    });
  });
  svg.append(...legend.nodes);
  return svg;
}

/** @param {HeatMap} chart @param {number} width */
function grid(chart, width) {
  const left = Math.min(
    Math.max(0, ...[...chart.rows, chart.row_title].map((name) => textWidth(name.slice(0, 60)))) + 14,
    width * (chart.columns.length > 12 ? 0.34 : 0.4),
  );
  const cell = Math.min(120, (width - left - 2) / Math.max(1, chart.columns.length));
  const widest = Math.max(0, ...chart.columns.map((name) => textWidth(name.slice(0, 60), { size: 11.5 })));
  const upright = widest + 6 > cell && cell < 64;
  const head = upright ? Math.min(110, widest) + 10 : 20;
  return {
    left,
    cell,
    upright,
    head,
    top: head + (chart.column_title ? 20 : 0),
    row: Math.max(24, Math.min(34, cell * 0.8)),
  };
}

/** Column names and the titles of both sides. @param {HeatMap} chart @param {ReturnType<typeof grid>} place */
function titles(chart, place) {
  const nodes = chart.columns.map((name, index) => {
    const x = place.left + (index + 0.5) * place.cell;
    const y = place.top - 8;
    if (!place.upright)
      return label(clip(name, place.cell - 4, { size: 11.5 }), x, y, { class: "mw-tick", "text-anchor": "middle" });
    return label(clip(name, 110, { size: 11.5 }), x + 4, y, {
      class: "mw-tick",
      transform: `rotate(-90 ${x + 4} ${y})`,
    });
  });
  const across = chart.columns.length * place.cell;
  if (chart.column_title) nodes.push(label(clip(chart.column_title, across), place.left + 1, 12, { class: "mw-axis" }));
  if (chart.row_title)
    nodes.push(
      label(clip(chart.row_title, place.left - 10), place.left - 8, place.top - 8, {
        class: "mw-axis",
        "text-anchor": "end",
      }),
    );
  return nodes;
}

/**
 * Role and strength of a cell's colour. Away from a centre the role changes with the side.
 * @param {number} value
 * @param {[number, number]} domain
 * @param {number | null} centre
 * @returns {{ role: import("../types").Role, share: number }}
 */
export function fillOf(value, [low, high], centre) {
  if (Number.isNaN(value)) return { role: "muted", share: 0 };
  const within = (/** @type {number} */ share) => 0.03 + Math.max(0, Math.min(1, share)) * (FULLEST - 0.03);
  if (centre === null || centre === undefined)
    return { role: "reference", share: within((value - low) / (high - low)) };
  const reach = Math.max(high - centre, centre - low);
  return { role: value >= centre ? "production" : "reference", share: within(Math.abs(value - centre) / reach) };
}

/** A strip that says which colour is which value; its title takes a line of its own where there is no room beside it. @param {HeatMap} chart @param {[number, number]} domain @param {number} digits @param {ReturnType<typeof grid>} place @param {number} width */
function key(chart, domain, digits, place, width) {
  const y = place.top + chart.rows.length * place.row + 14;
  const parts = 9;
  const low = write(domain[0], chart.axis.form, digits);
  const from = place.left + textWidth(low, { size: 11.5 }) + 8;
  const boxes = Array.from({ length: parts }, (_, index) => {
    const { role, share } = fillOf(domain[0] + ((domain[1] - domain[0]) * index) / (parts - 1), domain, chart.centre);
    return s("rect", {
      class: `mw-fill ${roleClass(role)}`,
      x: from + index * 12,
      y,
      width: 12,
      height: 10,
      "fill-opacity": share.toFixed(3),
    });
  });
  const end = from + parts * 12 + 8;
  const high = write(domain[1], chart.axis.form, digits);
  const whole = `${high}  ${chart.axis.label}`;
  const beside = textWidth(whole, { size: 11.5 }) <= width - end;
  const nodes = [
    label(low, place.left, y + 9, { class: "mw-tick" }),
    ...boxes,
    label(beside ? whole : high, end, y + 9, { class: "mw-tick" }),
  ];
  if (!beside) nodes.push(label(clip(chart.axis.label, width, { size: 11.5 }), Math.max(0, Math.min(place.left, width - textWidth(chart.axis.label, { size: 11.5 }))), y + 27, { class: "mw-tick" })); // prettier-ignore
  return { nodes, height: beside ? 44 : 54 };
}
