// The tournament's picture: test scores on the left pole, production on the right, the winner's fall between them.
import { quantile, trueRank } from "../arithmetic.js";
import { clip, isolate, s, textWidth } from "../dom.js";
import { spread } from "../labels.js";
import { interval, write } from "../numbers.js";
import { label, linear, picture, roleClass, rule, sideAxis, sideWidth } from "../svg.js";

/** @typedef {import("./tournament_words.js").State} State */
/** @typedef {import("../types").Floats} Floats */
/** @typedef {{ offline: Floats, later: Floats, winner: import("../arithmetic.js").Entry, tried: number, rows: number, lower: number, upper: number, plain: number[], ceiling: number[] }} Scores */
/** @typedef {{ width: number, domain: [number, number], digits: number, share: number, finding: string }} Look */
/** @typedef {{ left: number, right: number, top: number, bottom: number, y: import("../svg.js").Scale, number: (value: number) => string, exact: (value: number) => string, narrow: boolean, width: number }} Frame */

const GHOSTS = 300;

/**
 * Ends of the score axis: every winner there can be, and most of the rest. The weakest leave it at the foot.
 * @param {State} state
 * @param {Record<string, Floats>} arrays
 * @param {number} at
 * @returns {[number, number]}
 */
export function domainOf(state, arrays, at) {
  const total = arrays.later.length;
  const sign = state.greater_is_better ? 1 : -1;
  const upward = (/** @type {Iterable<number>} */ values) =>
    [...values].filter(Number.isFinite).map((value) => sign * value);
  const here = upward(arrays.offline.subarray(at * total, (at + 1) * total));
  const best = here.indexOf(Math.max(...here));
  const whisker = upward([arrays.lower[at * total + best], arrays.upper[at * total + best]]);
  const anchors = [
    ...whisker,
    ...upward(arrays.plain_offline),
    ...upward(arrays.plain_later),
    ...upward(arrays.ceiling_offline),
    ...upward(arrays.ceiling_later),
  ];
  const high = Math.max(...upward(arrays.offline), ...upward(arrays.later), ...anchors);
  const low = Math.min(quantile(upward(arrays.later), 0.2), quantile(here, 0.2), ...anchors);
  const room = (high - low || Math.abs(high) || 1) * 0.04;
  const [from, to] = [sign * (low - room), sign * (high + room)];
  return from < to ? [from, to] : [to, from];
}

/**
 * @param {State} state
 * @param {Scores} found
 * @param {Look} look
 * @returns {SVGElement}
 */
export function draw(state, found, look) {
  const frame = frameOf(state, found, look);
  const svg = picture(look.width, frame.bottom + 12, look.finding);
  const axis = /** @type {import("../types").Axis} */ ({
    label: state.metric,
    form: "number",
    lower: null,
    upper: null,
  });
  svg.append(
    ...sideAxis({ scale: frame.y, axis, left: frame.left - 22, right: frame.right + 12, title: "" }),
    ...heads(state, found, frame),
  );
  // a nested svg clips without an id: the weakest models leave the figure at its foot
  const field = s("svg", {
    x: 0,
    y: frame.top - 14,
    width: look.width,
    height: frame.bottom - frame.top + 20,
    viewBox: `0 ${frame.top - 14} ${look.width} ${frame.bottom - frame.top + 20}`,
  });
  field.append(
    ...ghosts(state, found, frame),
    ...references(state, found, frame),
    ...champion(state, found, frame, look.share),
  );
  svg.append(field, ...names(state, found, frame, look.share));
  return svg;
}

/** @param {State} state @param {Scores} found @param {Look} look @returns {Frame} */
function frameOf(state, found, { width, domain, digits }) {
  const narrow = width < 480;
  const number = (/** @type {number} */ value) => write(value, "number", digits);
  const exact = (/** @type {number} */ value) => write(value, "number", digits + 2);
  const [top, height] = [62, Math.round(Math.max(250, Math.min(350, width * 0.55)))];
  const left = sideWidth(domain, { label: "", form: "number", lower: null, upper: null }) + (narrow ? 26 : 44);
  const labels = rightTexts(state, found, number).map(({ name, value }) => textWidth(name + value, { bold: true }));
  const right = Math.round(width - Math.min(Math.max(...labels) + 24, width * 0.44));
  const ends = state.greater_is_better ? [top + height, top] : [top, top + height];
  return {
    left,
    right,
    top,
    bottom: top + height,
    y: linear(domain, /** @type {[number, number]} */ (ends)),
    number,
    exact,
    narrow,
    width,
  };
}

/** @param {State} state @param {Scores} found @param {Frame} frame */
function heads(state, found, { left, right, top, bottom, width, narrow }) {
  const where = state.where;
  const test = `${narrow ? "" : "on "}${write(found.rows, "integer")} test rows`;
  return [
    label(clip(`${state.metric} (better ↑)`, width - 8), 0, 13, { class: "mw-axis" }),
    label(test, Math.max(left, textWidth(test, { bold: true }) / 2 + 2), 38, {
      class: "mw-head-label",
      "text-anchor": "middle",
    }),
    label(clip(where, width - right + 50, { bold: true }), right, 38, {
      class: "mw-head-label",
      "text-anchor": "middle",
    }),
    rule(left, top - 12, left, bottom, "mw-pole"),
    rule(right, top - 12, right, bottom, "mw-pole"),
  ];
}

/** All models but the winner: lines thin enough to show where they crowd. @param {State} state @param {Scores} found @param {Frame} frame */
function ghosts(state, { offline, later, winner, tried }, { left, right, y, exact }) {
  const every = Math.ceil(tried / GHOSTS);
  const lines = [];
  let dots = "";
  for (let index = 0; index < tried; index += 1) {
    if (index === winner.index || !Number.isFinite(offline[index]) || !Number.isFinite(later[index])) continue;
    const [a, b] = [y(offline[index]), y(later[index])];
    dots += `M${left} ${a.toFixed(1)}h0M${right} ${b.toFixed(1)}h0`;
    if (index % every) continue;
    const rank = trueRank(later, index, tried, state.greater_is_better);
    const tip = `${isolate(state.names[index])}\ntest ${exact(offline[index])}\n${state.where} ${exact(later[index])}\ntruly rank ${rank} of ${tried}`;
    lines.push(rule(left, a, right, b, "mw-ghost-line", { "data-mw-tip": tip, "data-mw-quiet": "" }));
  }
  return [...lines, s("path", { class: "mw-ghost-dots", d: dots || "M0 0" })];
}

/** Plain model and best possible scorer. @param {State} state @param {Scores} found @param {Frame} frame */
function references(state, { plain, ceiling }, { left, right, y, exact }) {
  const nodes = [];
  if (ceiling.every(Number.isFinite)) {
    const tip = `best possible model\ntest ${exact(ceiling[0])}\n${state.where} ${exact(ceiling[1])}`;
    nodes.push(
      s(
        "g",
        { class: roleClass("truth"), "data-mw-tip": tip },
        rule(left - 22, y(ceiling[0]), left, y(ceiling[0]), "mw-mark"),
        rule(left, y(ceiling[0]), right, y(ceiling[1]), "mw-mark"),
        rule(right, y(ceiling[1]), right + 12, y(ceiling[1]), "mw-mark"),
      ),
    );
  }
  if (Number.isFinite(plain[1])) {
    const tip = `${state.plain_name ?? "plain model"}\ntest ${exact(plain[0])}\n${state.where} ${exact(plain[1])}`;
    const group = s("g", { class: roleClass("reference"), "data-mw-tip": tip });
    if (Number.isFinite(plain[0]))
      group.append(
        rule(left, y(plain[0]), right, y(plain[1]), "mw-line"),
        s("circle", { class: "mw-dot", cx: left, cy: y(plain[0]), r: 4.5 }),
      );
    group.append(s("circle", { class: "mw-dot", cx: right, cy: y(plain[1]), r: 4.5 }));
    nodes.push(group);
  }
  return nodes;
}

/** The winner, its interval, what it promised and where it landed. @param {State} state @param {Scores} found @param {Frame} frame @param {number} share */
function champion(state, found, { left, right, y, exact, number }, share) {
  const { winner, lower, upper } = found;
  const [from, to] = [y(winner.offline), y(winner.later)];
  const tip = [
    isolate(state.names[winner.index]),
    `test ${exact(winner.offline)} ${interval(lower, upper, "number", 4)}`.trim(),
    `${state.where} ${exact(winner.later)}`,
    `truly rank ${winner.rank} of ${winner.of}`,
  ].join("\n");
  const group = s("g", { class: `mw-champion ${roleClass("production")}`, "data-mw-tip": tip });
  if (Number.isFinite(lower) && Number.isFinite(upper))
    group.append(
      rule(left, y(lower), left, y(upper), "mw-whisker"),
      rule(left - 5, y(lower), left + 5, y(lower), "mw-whisker"),
      rule(left - 5, y(upper), left + 5, y(upper), "mw-whisker"),
    );
  group.append(rule(left, from, right, from, "mw-promise"));
  const x = left + (right - left) * share;
  const landed = from + (to - from) * share;
  group.append(
    rule(left, from, x, landed, "mw-line"),
    s("circle", { class: "mw-promised", cx: right, cy: from, r: 5.5 }),
  );
  if (share === 1 && Math.abs(to - from) > 26) group.append(drop(right, from, to));
  group.append(
    s("circle", { class: "mw-dot", cx: left, cy: from, r: 6.5 }),
    s("circle", { class: "mw-dot", cx: x, cy: landed, r: 6.5 }),
  );
  group.append(label(`winner ${number(winner.offline)}`, left + 14, from - 9, { class: "mw-direct" }));
  return [group];
}

/** Arrow from what was promised to what came. @param {number} x @param {number} from @param {number} to */
function drop(x, from, to) {
  const way = Math.sign(to - from);
  const end = to - way * 10;
  return s("path", {
    class: "mw-drop",
    d: `M${x} ${from + way * 7}V${end}M${x - 4} ${end - way * 5}L${x} ${end}L${x + 4} ${end - way * 5}`,
  });
}

/** @param {State} state @param {Scores} found @param {(value: number) => string} number */
function rightTexts(state, { winner, plain, ceiling }, number) {
  const texts = [
    { name: "promised", value: ` ${number(winner.offline)}`, role: "muted", score: winner.offline },
    { name: "winner", value: ` ${number(winner.later)}`, role: "production", score: winner.later },
    {
      name: "",
      value: `truly rank ${winner.rank} of ${winner.of}`,
      role: "production mw-plain",
      score: winner.of > 1 ? winner.later : Number.NaN,
    },
    { name: "best possible", value: ` ${number(ceiling[1])}`, role: "truth", score: ceiling[1] },
    {
      name: clip(state.plain_name ?? "plain model", 170),
      value: ` ${number(plain[1])}`,
      role: "reference",
      score: plain[1],
    },
  ];
  return texts.filter(({ score }) => Number.isFinite(score));
}

/** @param {State} state @param {Scores} found @param {Frame} frame @param {number} share */
function names(state, found, { right, y, number, width, top, bottom }, share) {
  const texts = rightTexts(state, found, number);
  const places = spread(texts.map(({ score }) => Math.min(bottom, y(score))), 17, top - 8, bottom); // prettier-ignore
  return texts
    .map(({ name, value, role }, index) => {
      const room = width - right - 18 - textWidth(value, { bold: true });
      return label((name && clip(name, room, { bold: true })) + value, right + 16, places[index] + 4, {
        class: `mw-direct ${roleClass(role)}`,
      });
    })
    .filter((_, index) => share === 1 || !texts[index].role.startsWith("production"));
}
