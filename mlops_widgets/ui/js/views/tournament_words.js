// The tournament in words, for any position of its sliders.
import { better, optimism } from "../arithmetic.js";
import { isolate } from "../dom.js";
import { counted, write } from "../numbers.js";

/** @typedef {{ metric: string, greater_is_better: boolean, test_rows: number[], start_rows: number, names: string[], where: string, plain_name: string | null, synthetic: boolean, candidates_word: string, train_rows: number }} State */
/** @typedef {{ winner: import("../arithmetic.js").Entry, rows: number, plainLater: number, ceilingLater: number, digits: number }} Found */

/**
 * @param {State} state
 * @param {Found} found
 * @returns {{ headline: string, summary: string }}
 */
export function tournamentWords(state, found) {
  const { winner, rows, digits } = found;
  const number = (/** @type {number} */ value) => write(value, "number", digits);
  const learned = `on ${counted(state.train_rows, "rows")},`;
  const who =
    winner.of === 1
      ? `The only model tried, trained anew ${learned}`
      : `The winner of ${counted(winner.of, state.candidates_word)}, each trained ${learned}`;
  const headline = `${who} scored ${number(winner.offline)} on ${counted(rows, "test rows")} and ${number(winner.later)} ${state.where}.`;
  const parts = [promise(state, found, number), plain(state, found, number), ceiling(state, found, number)];
  return { headline, summary: parts.filter(Boolean).join(" ") };
}

/** Half of the last digit written: less than this is no difference. @param {number} digits */
const visible = (digits) => 0.5 * 10 ** -digits;

/** @param {State} state @param {Found} found @param {(value: number) => string} number */
function promise({ greater_is_better }, { winner, digits }, number) {
  const gap = optimism(winner.offline, winner.later, greater_is_better);
  if (Number.isNaN(gap)) return "";
  if (Math.abs(gap) < visible(digits)) return "It kept what it promised.";
  return gap > 0 ? `It looked ${number(gap)} better than it was.` : `It did ${number(-gap)} better than it promised.`;
}

/** @param {State} state @param {Found} found @param {(value: number) => string} number */
function plain({ plain_name, greater_is_better }, { winner, plainLater, digits }, number) {
  if (!plain_name || !Number.isFinite(plainLater) || !Number.isFinite(winner.later)) return "";
  const ahead = optimism(winner.later, plainLater, greater_is_better);
  const name = `plain ${isolate(plain_name)}`;
  if (Math.abs(ahead) < visible(digits)) return `It is level with ${name}.`;
  return ahead > 0
    ? `It beat ${name} by ${number(ahead)}.`
    : `P${name.slice(1)} would have done better: ${number(plainLater)}.`;
}

/** @param {State} state @param {Found} found @param {(value: number) => string} number */
function ceiling({ greater_is_better }, { winner, ceilingLater }, number) {
  if (!Number.isFinite(ceilingLater) || !better(winner.offline, ceilingLater, greater_is_better)) return "";
  return `Even the best possible model scores ${number(ceilingLater)}: the rest was luck.`;
}
