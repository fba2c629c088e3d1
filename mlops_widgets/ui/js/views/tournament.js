// The tournament: many models compete on a small test set, and the winner goes to production.
import { leaderboard, winner } from "../arithmetic.js";
import { h, listen } from "../dom.js";
import { counted, decimals } from "../numbers.js";
import { slider } from "../slider.js";
import { board } from "./tournament_board.js";
import { domainOf, draw as drawFigure } from "./tournament_figure.js";
import { tournamentWords } from "./tournament_words.js";

/** @typedef {import("../types").Floats} Floats */
/** @typedef {import("./tournament_words.js").State} State */

const FALL_MILLISECONDS = 240;
const WIDE = 720;

/**
 * @param {State} state
 * @param {Record<string, Floats>} arrays
 * @param {import("../types").Context} context
 * @returns {import("../types").Part}
 */
export function tournament(state, arrays, context) {
  const total = arrays.later.length;
  const start = { tried: total, at: Math.max(0, state.test_rows.indexOf(state.start_rows)) };
  const now = { ...start };
  const domain = domainOf(state, arrays, start.at);
  const digits = decimals(domain[1] - domain[0]);
  let size = 0;
  let frame = 0;

  const picture = h("div", { class: "mw-figure-body" });
  const leaders = board(state, digits);
  const tried = slider(
    {
      label: `${state.candidates_word} tried`,
      lower: 1,
      upper: total,
      step: 1,
      value: total,
      words: (value) => counted(value, state.candidates_word),
    },
    (value) => set({ tried: value }),
    context.undo,
  );
  const rows = slider(
    {
      label: "test rows",
      lower: 0,
      upper: state.test_rows.length - 1,
      step: 1,
      value: start.at,
      words: (value) => counted(state.test_rows[value], "rows"),
    },
    (value) => set({ at: value }),
    context.undo,
  );
  const ship = h("button", { type: "button", class: "mw-button mw-primary" }, "Ship the winner");
  listen(context.undo, ship, "click", fall);
  context.undo.push(() => cancelAnimationFrame(frame));
  const several = state.test_rows.length > 1;
  const controls = h(
    "div",
    { class: "mw-controls" },
    ...tried.nodes,
    ...(several ? rows.nodes : []),
    h("div", { class: "mw-buttons" }, ship),
  );
  const node = h(
    "div",
    { class: "mw-tournament" },
    h("div", { class: "mw-tournament-figure" }, picture, controls),
    leaders.node,
  );
  say();
  return { node, draw: resize };

  function scores() {
    const from = now.at * total;
    const row = (/** @type {Floats} */ values) => values.subarray(from, from + total);
    const champion = winner(row(arrays.offline), arrays.later, now.tried, state.greater_is_better);
    return {
      offline: row(arrays.offline), later: arrays.later, winner: champion, tried: now.tried, rows: state.test_rows[now.at],
      lower: row(arrays.lower)[champion.index], upper: row(arrays.upper)[champion.index],
      plain: [arrays.plain_offline[now.at], arrays.plain_later[0]],
      ceiling: [arrays.ceiling_offline[now.at], arrays.ceiling_later[0]],
    }; // prettier-ignore
  }

  /** @param {Partial<typeof now>} change */
  function set(change) {
    Object.assign(now, change);
    cancelAnimationFrame(frame);
    say();
    show(1);
  }

  /** Words and leaders for where the sliders stand; where they began, Python's own words stand. */
  function say() {
    const found = scores();
    const words = tournamentWords(state, {
      winner: found.winner,
      rows: found.rows,
      plainLater: found.plain[1],
      ceilingLater: found.ceiling[1],
      digits,
    });
    context.say(now.tried === start.tried && now.at === start.at ? null : words);
    picture.dataset.mwWords = words.headline;
    leaders.show(leaderboard(found.offline, found.later, now.tried, state.greater_is_better, 5), found);
  }

  /** @param {number} share how far the winner has fallen, 1 in production */
  function show(share) {
    if (size)
      picture.replaceChildren(
        drawFigure(state, scores(), { width: size, domain, digits, share, finding: picture.dataset.mwWords ?? "" }),
      );
  }

  /** @param {number} width */
  function resize(width) {
    const beside = width >= WIDE;
    node.classList.toggle("mw-beside", beside);
    size = beside ? Math.round(width * 0.62) : width;
    show(1);
  }

  function fall() {
    cancelAnimationFrame(frame);
    if (matchMedia("(prefers-reduced-motion: reduce)").matches) return show(1);
    const began = performance.now();
    const step = () => {
      const share = Math.min(1, (performance.now() - began) / FALL_MILLISECONDS);
      show(1 - (1 - share) ** 2);
      if (share < 1) frame = requestAnimationFrame(step);
    };
    return step();
  }
}
