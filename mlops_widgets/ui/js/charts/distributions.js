// Two distributions over the same bins: steps over edges, or pairs of bars by name.
import { clip, isolate, s, textWidth } from "../dom.js";
import { write } from "../numbers.js";
import { digitsOf, ends, footAxis, label, linear, picture, roleClass, rule, sideAxis } from "../svg.js";

/** @typedef {import("../types").Distributions} Distributions */
/** @typedef {[string, import("../types").Floats][]} Pair */

/** @type {import("../types").Axis} */
const SHARE = { label: "share of rows", form: "percent", lower: 0, upper: null };

/** @param {Distributions} chart @param {number} width @param {string} finding @returns {SVGElement} */
export const distributions = (chart, width, finding) =>
  chart.edges ? steps(chart, chart.edges, width, finding) : pairs(chart, width, finding);

/** @param {Distributions} chart @returns {Pair} */
const both = (chart) => [["reference", chart.reference], ["production", chart.production]]; // prettier-ignore

/** @param {Distributions} chart @param {string} bin @param {number} index */
function tipOf(chart, bin, index) {
  const parts = both(chart).map(
    ([, shares], which) => `${isolate(chart.labels[which])} ${write(shares[index], "percent", 3)}`,
  );
  return [isolate(bin), ...parts].join("\n");
}

/** @param {Distributions} chart @param {import("../types").Floats} edges @param {number} width @param {string} finding */
function steps(chart, edges, width, finding) {
  const height = Math.round(Math.max(130, Math.min(230, width * 0.32)));
  const domain = ends(SHARE, [...chart.reference, ...chart.production], { zero: true });
  const [left, top] = [44, 46];
  const right = width - 10;
  const x = linear([edges[0], edges[edges.length - 1]], [left, right]);
  const y = linear(domain, [top + height, top]);
  const svg = picture(width, top + height + (chart.axis.label ? 42 : 24), finding);
  svg.append(
    ...sideAxis({ scale: y, axis: SHARE, left, right }),
    ...footAxis({ scale: x, axis: chart.axis, top: top + height, bottom: top + height }),
  );
  const digits = digitsOf([edges[0], edges[edges.length - 1]]);
  chart.reference.forEach((_, index) => {
    const bin = `${write(edges[index], chart.axis.form, digits)} to ${write(edges[index + 1], chart.axis.form, digits)}`;
    const box = { x: x(edges[index]), y: top, width: Math.max(1, x(edges[index + 1]) - x(edges[index])), height };
    svg.append(s("rect", { class: "mw-hit", ...box, "data-mw-tip": tipOf(chart, bin, index) }));
  });
  for (const [role, shares] of both(chart)) svg.append(outline(role, shares, edges, x, y));
  svg.append(rule(left, top + height, right, top + height, "mw-base"), ...peaks(chart, x, y, edges, [left, right]));
  return svg;
}

/** @param {string} role @param {import("../types").Floats} shares @param {import("../types").Floats} edges @param {(v: number) => number} x @param {(v: number) => number} y */
function outline(role, shares, edges, x, y) {
  const base = y(0).toFixed(1);
  const top = [...shares]
    .map((share, index) => `V${y(share || 0).toFixed(1)}H${x(edges[index + 1]).toFixed(1)}`)
    .join("");
  const d = `M${x(edges[0]).toFixed(1)},${base}${top}V${base}`;
  return s(
    "g",
    { class: `mw-outline ${roleClass(role)}` },
    s("path", { class: "mw-under", d: `${d}Z` }),
    s("path", { class: role === "production" ? "mw-line" : "mw-line mw-dashed-fine", d }),
  );
}

/** Each name stands over the bin where its distribution most exceeds the other. */
/** @param {Distributions} chart @param {(v: number) => number} x @param {(v: number) => number} y @param {import("../types").Floats} edges @param {[number, number]} between */
function peaks(chart, x, y, edges, between) {
  const pair = both(chart);
  const placed = pair.map(([role, shares], which) => {
    const other = pair[1 - which][1];
    const bin = [...shares].reduce(
      (best, share, index) => (share - other[index] > shares[best] - other[best] ? index : best),
      0,
    );
    const text = clip(chart.labels[which], 150, { bold: true });
    const half = textWidth(text, { bold: true }) / 2 + 2;
    const at = Math.max(between[0] + half, Math.min(between[1] - half, (x(edges[bin]) + x(edges[bin + 1])) / 2));
    const under = [...shares.keys()].filter((index) => x(edges[index + 1]) > at - half && x(edges[index]) < at + half);
    return { role, text, half, at, y: y(Math.max(...under.map((index) => Math.max(shares[index], other[index])))) - 7 };
  });
  const [a, b] = placed;
  if (Math.abs(a.at - b.at) < a.half + b.half && Math.abs(a.y - b.y) < 15) b.y = a.y - 15;
  return placed.map((each) =>
    label(each.text, each.at, Math.max(11, each.y), {
      class: `mw-direct ${roleClass(each.role)}`,
      "text-anchor": "middle",
    }),
  );
}

/** @param {Distributions} chart @param {number} width @param {string} finding */
function pairs(chart, width, finding) {
  const domain = ends(SHARE, [...chart.reference, ...chart.production], { zero: true });
  const names = Math.min(Math.max(0, ...chart.names.map((name) => textWidth(name.slice(0, 60)))) + 14, width * 0.36);
  const x = linear(domain, [names + 6, width - 48]);
  const [top, step] = [26, 36];
  const svg = picture(width, top + chart.names.length * step + 44, finding);
  svg.append(
    ...footAxis({ scale: x, axis: SHARE, top, bottom: top + chart.names.length * step }),
    ...legend(chart, names + 6, width),
  );
  chart.names.forEach((name, index) => {
    const middle = top + (index + 0.5) * step;
    const group = s(
      "g",
      { class: "mw-row", "data-mw-tip": tipOf(chart, name, index) },
      s("rect", { class: "mw-hit", x: 0, y: middle - step / 2 + 1, width, height: step - 2, rx: 4 }),
    );
    group.append(label(clip(name, names - 6), names - 6, middle + 4, { class: "mw-name", "text-anchor": "end" }));
    both(chart).forEach(([role, shares], which) => {
      const y = middle - 13 + which * 13;
      group.append(
        s(
          "g",
          { class: roleClass(role) },
          s("rect", {
            class: which ? "mw-bar" : "mw-bar mw-pale",
            x: x(0),
            y,
            width: Math.max(1, x(shares[index]) - x(0)),
            height: 11,
            rx: 2,
          }),
        ),
      );
      group.append(label(write(shares[index], "percent", 2), x(shares[index]) + 6, y + 9.5, { class: "mw-note" }));
    });
    svg.append(group);
  });
  return svg;
}

/** @param {Distributions} chart @param {number} left @param {number} width */
function legend(chart, left, width) {
  let at = left;
  return both(chart).map(([role], which) => {
    const text = clip(chart.labels[which], (width - left) / 2 - 30, { bold: true });
    const group = s(
      "g",
      { class: roleClass(role) },
      s("rect", { class: which ? "mw-bar" : "mw-bar mw-pale", x: at, y: 4, width: 12, height: 11, rx: 2 }),
      label(text, at + 18, 14, { class: "mw-direct" }),
    );
    at += textWidth(text, { bold: true }) + 40;
    return group;
  });
}
