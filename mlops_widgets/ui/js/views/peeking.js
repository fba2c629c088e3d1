// Experiments without any effect, looked at again and again: the more looks, the more of them seem to work.
import { h, s } from "../dom.js";
import { counted, write } from "../numbers.js";
import { slider } from "../slider.js";
import { label, linear, picture, roleClass, rule } from "../svg.js";

/** @typedef {{ alpha: number, looks: number, critical: number, paths: number, source: string }} State */

const START = 10;

/**
 * @param {State} state
 * @param {Record<string, import("../types").Floats>} arrays
 * @param {import("../types").Context} context
 * @returns {import("../types").Part}
 */
export function peeking(state, arrays, context) {
  const { counts } = arrays;
  let at = nearest(Math.min(START, state.looks));
  let width = 0;
  const figure = h("div", { class: "mw-figure-body" });
  const control = slider(
    {
      label: "looks", lower: 0, upper: counts.length - 1, step: 1, value: at,
      words: (index) => counted(counts[index], "looks"),
    },
    (index) => {
      at = index;
      show(true);
    },
    context.undo,
  ); // prettier-ignore
  const node = h("div", { class: "mw-peeking" }, figure, h("div", { class: "mw-controls" }, ...control.nodes));
  show(false);
  return {
    node,
    draw(size) {
      width = size;
      show(false);
    },
  };

  /** @param {number} looks */
  function nearest(looks) {
    let best = 0;
    for (let index = 0; index < counts.length; index += 1)
      if (Math.abs(counts[index] - looks) < Math.abs(counts[best] - looks)) best = index;
    return best;
  }

  /** @param {boolean} moved */
  function show(moved) {
    const looks = counts[at];
    const percent = (/** @type {number} */ value) => write(value, "percent", 2);
    const headline = `Looked at ${looks === 1 ? "once" : `${looks} times`}, ${percent(arrays.alarms[at])} of tests without any effect look significant at some point.`;
    const summary = `Promised were ${percent(state.alpha)}. The confidence sequence errs in ${write(arrays.sequence_alarms[at], "percent", 3)}.`;
    if (moved) context.say({ headline, summary });
    if (width)
      figure.replaceChildren(draw(state, arrays, { looks, width, finding: headline, share: arrays.alarms[at] }));
  }
}

/**
 * Paths of z over the test's rows, its looks as dots, red from the first false alarm on; beside it, false alarms by looks.
 * @param {State} state
 * @param {Record<string, import("../types").Floats>} arrays
 * @param {{ looks: number, width: number, finding: string, share: number }} look
 */
function draw(state, arrays, { looks, width, finding, share }) {
  const height = Math.round(Math.max(220, Math.min(320, width * 0.45)));
  const [left, right, top] = [34, width - 12, 34];
  const x = linear([0, 1], [left, right]);
  const y = linear([-5.2, 5.2], [top + height, top]);
  const svg = picture(width, top + height + 62, finding);
  const places = Array.from({ length: looks }, (_, index) => Math.round(((index + 1) / looks) * state.looks) - 1);
  let alarms = 0;
  for (let path = 0; path < state.paths; path += 1) {
    const z = arrays.paths.subarray(path * state.looks, (path + 1) * state.looks);
    const first = places.findIndex((place) => Math.abs(z[place]) > state.critical);
    if (first >= 0) alarms += 1;
    svg.append(onePath(z, first < 0 ? null : places[first], x, y));
  }
  for (const sign of [-1, 1]) {
    svg.append(rule(left, y(sign * state.critical), right, y(sign * state.critical), `mw-mark ${roleClass("bad")}`));
    const points = Array.from(
      arrays.boundary,
      (value, index) => `${x((index + 1) / state.looks).toFixed(1)} ${y(sign * Math.min(value, 5.2)).toFixed(1)}`,
    );
    svg.append(
      s("g", { class: roleClass("good") }, s("path", { class: "mw-line mw-dashed", d: `M${points.join("L")}` })),
    );
  }
  const small = width < 480;
  for (const tick of [-4, -2, 0, 2, 4])
    svg.append(label(write(tick, "number", 0), left - 8, y(tick) + 4, { class: "mw-tick", "text-anchor": "end" }));
  svg.append(
    label("z: how far the difference is from 0, in standard errors", 0, 14, { class: "mw-axis" }),
    label(small ? "rows →" : "rows of the test →", right, top + height + 18, {
      class: "mw-axis",
      "text-anchor": "end",
    }),
    label(
      `■ ${alarms} of ${state.paths} drawn${small ? "" : " tests"} look significant${small ? "" : `; of all: ${write(share, "percent", 2)}`}`,
      left,
      top + height + 36,
      {
        class: `mw-direct ${roleClass("bad")}`,
      },
    ),
    label(
      small ? "┄ confidence sequence's limit" : "┄ limit of the confidence sequence, made to be looked at",
      left,
      top + height + 54,
      {
        class: `mw-direct ${roleClass("good")}`,
      },
    ),
  );
  return svg;
}

/**
 * @param {import("../types").Floats} z
 * @param {number | null} alarm
 * @param {import("../svg.js").Scale} x
 * @param {import("../svg.js").Scale} y
 */
function onePath(z, alarm, x, y) {
  const clipped = (/** @type {number} */ value) => Math.max(-5.2, Math.min(5.2, value));
  const point = (/** @type {number} */ value, /** @type {number} */ index) =>
    `${x((index + 1) / z.length).toFixed(1)} ${y(clipped(value)).toFixed(1)}`;
  const d = `M${Array.from(z, point).join("L")}`;
  const group = s("g", { class: roleClass(alarm === null ? "muted" : "bad") }, s("path", { class: "mw-path", d }));
  if (alarm !== null)
    group.append(
      s("rect", {
        class: "mw-fill",
        x: x((alarm + 1) / z.length) - 3.5,
        y: y(clipped(z[alarm])) - 3.5,
        width: 7,
        height: 7,
      }),
    );
  return group;
}
