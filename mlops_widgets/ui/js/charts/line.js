// Lines with bands over a common x; labels stand at the lines' ends.
import { clip, isolate, s, textWidth } from "../dom.js";
import { spread } from "../labels.js";
import { interval, percentDigits, tickTexts, write } from "../numbers.js";
import { digitsOf, ends, label, linear, picture, roleClass, rule, sideAxis, sideWidth, uprights } from "../svg.js";
import { dateTicks } from "../ticks.js";

/** @typedef {import("../types").Line} Line */
/** @typedef {{ x: (value: number) => number, y: import("../svg.js").Scale, digits: number, left: number, right: number, top: number, bottom: number, edge: number }} Frame */

/**
 * @param {Line} chart
 * @param {number} width
 * @param {string} finding
 * @returns {SVGElement}
 */
export function line(chart, width, finding) {
  const values = [
    ...chart.series.flatMap((each) => [...each.y, ...(each.lower ?? []), ...(each.upper ?? [])]),
    ...chart.marks.map((mark) => mark.value),
  ];
  const domain = ends(chart.y_axis, values, { room: 0.06 });
  const digits = digitsOf(domain);
  const side = sideWidth(domain, chart.y_axis);
  const names = Math.max(0, ...endTexts(chart, digits).map((text) => textWidth(text, { bold: true }))) + 14;
  const inside = names > width * 0.34;
  const right = width - (inside ? 18 : names);
  const x = horizontal(chart, side, right);
  const height = Math.round(Math.max(170, Math.min(300, width * 0.42)));
  const events = uprights({
    marks: chart.events,
    at: x.scale,
    axis: chart.x_axis,
    digits: 2,
    left: side,
    right,
    bottom: height,
  });
  const top = (chart.y_axis.label ? 26 : 8) + events.height;
  /** @type {Frame} */
  const frame = {
    x: x.scale,
    y: linear(domain, [top + height, top]),
    digits,
    left: side,
    right,
    top,
    bottom: top + height,
    edge: width,
  };
  const legend = inside ? Math.ceil(chart.series.length + chart.marks.length) * 18 : 0;
  const svg = picture(width, frame.bottom + (chart.x_axis.label ? 42 : 26) + legend, finding);
  svg.append(
    ...sideAxis({ scale: frame.y, axis: chart.y_axis, left: side, right, title: "" }),
    ...foot(chart, x, frame),
  );
  if (chart.y_axis.label) svg.append(label(clip(chart.y_axis.label, right), 0, 12, { class: "mw-axis" }));
  svg.append(s("g", { transform: `translate(0 ${top - events.height})` }, ...events.nodes));
  svg.append(
    ...hits(chart, frame),
    ...chart.series.map((each) => drawSeries(chart, each, frame)),
    ...levels(chart, frame),
  );
  svg.append(...(inside ? below(chart, frame, frame.bottom + (chart.x_axis.label ? 58 : 42)) : beside(chart, frame)));
  return svg;
}

/** @param {Line} chart @param {number} left @param {number} right */
function horizontal(chart, left, right) {
  const [low, high] = ends(chart.x_axis, [...chart.x], { room: chart.x_axis.form === "date" ? 0.01 : 0.02 });
  const count = Math.max(2, Math.floor((right - left) / 85));
  const scale = linear([low, high], [left, right]);
  if (chart.x_axis.form === "date") return { scale, ticks: dateTicks(low, high, count) };
  return {
    scale,
    ticks: scale.ticks(count).filter((tick) => chart.x_axis.form !== "integer" || Number.isInteger(tick)),
  };
}

/** @param {Line} chart @param {ReturnType<typeof horizontal>} x @param {Frame} frame */
function foot(chart, x, frame) {
  const texts = tickTexts(x.ticks, chart.x_axis.form);
  const room = Math.max(0, ...texts.map((text) => textWidth(text, { size: 11.5 }))) + 8;
  const apart = x.ticks.length > 1 ? x.scale(x.ticks[1]) - x.scale(x.ticks[0]) : room;
  const every = Math.max(1, Math.ceil(room / Math.max(1, apart)));
  const nodes = x.ticks.flatMap((tick, index) =>
    index % every
      ? []
      : [label(texts[index], x.scale(tick), frame.bottom + 18, { class: "mw-tick", "text-anchor": "middle" })],
  );
  const title = clip(chart.x_axis.label, frame.right);
  return [
    rule(frame.left, frame.bottom, frame.right, frame.bottom, "mw-base"),
    ...nodes,
    label(title, frame.right, frame.bottom + 36, { class: "mw-axis", "text-anchor": "end" }),
  ];
}

/** @param {Line} chart @param {import("../types").Series} series @param {Frame} frame */
function drawSeries(chart, series, frame) {
  const at = (/** @type {import("../types").Floats} */ values) => (/** @type {number} */ index) =>
    `${frame.x(chart.x[index]).toFixed(1)} ${frame.y(values[index]).toFixed(1)}`;
  const group = s("g", { class: `mw-series ${roleClass(series.role)}` });
  const { lower, upper } = series;
  if (lower && upper) {
    const pieces = runs(chart.x.length, (index) => Number.isFinite(lower[index]) && Number.isFinite(upper[index]));
    const d = pieces
      .map((piece) => `M${[...piece.map(at(upper)), ...piece.reverse().map(at(lower))].join("L")}Z`)
      .join("");
    group.append(s("path", { class: "mw-band", d: d || "M0 0" }));
  }
  const pieces = runs(chart.x.length, (index) => Number.isFinite(series.y[index]));
  const d = pieces.map((piece) => `M${piece.map(at(series.y)).join("L")}`).join("");
  group.append(s("path", { class: series.dashed ? "mw-line mw-dashed" : "mw-line", d: d || "M0 0" }));
  if (chart.x.length <= 40)
    group.append(
      ...pieces
        .flat()
        .map((index) =>
          s("circle", { class: "mw-point", cx: frame.x(chart.x[index]), cy: frame.y(series.y[index]), r: 2.6 }),
        ),
    );
  return group;
}

/**
 * Stretches of consecutive indices that may be drawn; a gap in the data stays a gap in the line.
 * @param {number} count
 * @param {(index: number) => boolean} fine
 */
export function runs(count, fine) {
  /** @type {number[][]} */
  const pieces = [];
  for (let index = 0; index < count; index += 1) {
    if (!fine(index)) continue;
    if (index && fine(index - 1)) pieces[pieces.length - 1].push(index);
    else pieces.push([index]);
  }
  return pieces;
}

/** Invisible columns that show all values at one x. @param {Line} chart @param {Frame} frame */
function hits(chart, frame) {
  const every = Math.ceil(chart.x.length / 250);
  const at = [...chart.x.keys()].filter((index) => index % every === 0);
  return at.map((index, place) => {
    const x = frame.x(chart.x[index]);
    const from = place ? (x + frame.x(chart.x[at[place - 1]])) / 2 : frame.left;
    const to = place < at.length - 1 ? (x + frame.x(chart.x[at[place + 1]])) / 2 : frame.right;
    const words = chart.series.map((each) => {
      const ci = interval(each.lower?.[index], each.upper?.[index], chart.y_axis.form, frame.digits + 1);
      return `${isolate(each.label)} ${write(each.y[index], chart.y_axis.form, frame.digits + 1)} ${ci}`.trim();
    });
    const tip = [write(chart.x[index], chart.x_axis.form, 3), ...words].join("\n");
    return s("rect", {
      class: "mw-hit",
      x: from,
      y: frame.top,
      width: Math.max(1, to - from),
      height: frame.bottom - frame.top,
      "data-mw-tip": tip,
    });
  });
}

/** Horizontal reference lines. @param {Line} chart @param {Frame} frame */
function levels(chart, frame) {
  return chart.marks.map((mark) =>
    s(
      "g",
      { class: roleClass(mark.role) },
      rule(frame.left, frame.y(mark.value), frame.right, frame.y(mark.value), "mw-mark"),
    ),
  );
}

/** Index of a series' last value that is a number, or −1. @param {import("../types").Series} series */
function lastOf(series) {
  let index = series.y.length - 1;
  while (index >= 0 && !Number.isFinite(series.y[index])) index -= 1;
  return index;
}

/** @param {Line} chart @param {number} digits @param {number} [most] pixels for a name */
function endTexts(chart, digits, most = 170) {
  const endDigits = (/** @type {number} */ value) =>
    chart.y_axis.form === "percent" ? 2 + percentDigits(value, null, null) : digits;
  const lines = chart.series.map((each) => {
    const last = lastOf(each);
    const name = last < 0 ? each.label : each.end || each.label;
    return last < 0
      ? `${name} –`
      : `${clip(name, most)} ${write(each.y[last], chart.y_axis.form, endDigits(each.y[last]))}`;
  });
  return [...lines, ...chart.marks.map((mark) => clip(mark.label, most + 20))];
}

/** Labels at the right end of the lines. @param {Line} chart @param {Frame} frame */
function beside(chart, frame) {
  const texts = endTexts(chart, frame.digits);
  const middle = (frame.top + frame.bottom) / 2;
  const wanted = [
    ...chart.series.map((each) => (lastOf(each) < 0 ? middle : frame.y(each.y[lastOf(each)]))),
    ...chart.marks.map((mark) => frame.y(mark.value)),
  ];
  const roles = [...chart.series.map((each) => each.role), ...chart.marks.map((mark) => mark.role)];
  const places = spread(wanted, 16, frame.top - 4, frame.bottom + 4);
  return texts.map((text, index) =>
    label(text, frame.right + 8, places[index] + 4, { class: `mw-direct ${roleClass(roles[index])}` }),
  );
}

/** The same labels under the figure, where there is no room beside it. @param {Line} chart @param {Frame} frame @param {number} top */
function below(chart, frame, top) {
  const texts = endTexts(chart, frame.digits, Number.POSITIVE_INFINITY);
  const things = [...chart.series, ...chart.marks.map((mark) => ({ role: mark.role, dashed: true }))];
  return things.map((thing, index) => {
    const y = top + index * 18;
    const sample = rule(frame.left, y - 4, frame.left + 22, y - 4, thing.dashed ? "mw-line mw-dashed" : "mw-line");
    return s(
      "g",
      { class: roleClass(thing.role) },
      sample,
      label(clip(texts[index], frame.edge - frame.left - 34, { bold: true }), frame.left + 30, y, {
        class: "mw-direct",
      }),
    );
  });
}
