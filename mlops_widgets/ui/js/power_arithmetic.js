// Rows, power and looks of an A/B test. Twin of measures/power.py, pinned by tests/js/fixtures/power.json.

/** @typedef {{ kind: "share" | "mean", value: number, deviation: number, formula: "score" | "arcsine" }} Outcome */
/** @typedef {{ alpha: number, sides: number, ratio: number }} Design */

const MOST_ROWS = 1e13;

/** Chance that a standard normal value lies below z: a series near 0, a continued fraction far out. @param {number} z */
export function normalCdf(z) {
  const x = Math.abs(z);
  const density = Math.exp((-x * x) / 2) / Math.sqrt(2 * Math.PI);
  let upper = 0;
  if (x < 3) {
    let term = x;
    let sum = x;
    for (let k = 1; k < 200 && term > 1e-17 * sum; k += 1) {
      term *= (x * x) / (2 * k + 1);
      sum += term;
    }
    upper = 0.5 - density * sum;
  } else {
    let fraction = 0;
    for (let k = 200; k > 0; k -= 1) fraction = k / (x + fraction);
    upper = density / (x + fraction);
  }
  return z < 0 ? upper : 1 - upper;
}

/** The value below which a share p (0 to 1) of a standard normal lies. @param {number} p */
export function normalQuantile(p) {
  if (!(p > 0 && p < 1)) return p === 0 ? -Infinity : p === 1 ? Infinity : Number.NaN;
  const tail = Math.min(p, 1 - p);
  const z = root((x) => tail - normalCdf(-x), 0, 38);
  return p < 0.5 ? -z : z;
}

/**
 * Where a rising function is 0, by halving.
 * @param {(x: number) => number} rising
 * @param {number} low
 * @param {number} high
 */
function root(rising, low, high) {
  let [from, to] = [low, high];
  for (let step = 0; step < 80; step += 1) {
    const middle = (from + to) / 2;
    if (rising(middle) < 0) from = middle;
    else to = middle;
  }
  return (from + to) / 2;
}

/**
 * The effect on the test's scale, and the variances of a row under the null and in each arm.
 * @param {Outcome} outcome
 * @param {number} effect
 * @param {number} ratio
 */
function seenAs(outcome, effect, ratio) {
  const { kind, value, deviation, formula } = outcome;
  if (kind === "mean")
    return { size: effect, pooled: deviation ** 2, control: deviation ** 2, treatment: deviation ** 2 };
  const other = value + effect;
  if (formula === "arcsine")
    return {
      size: 2 * (Math.asin(Math.sqrt(other)) - Math.asin(Math.sqrt(value))),
      pooled: 1,
      control: 1,
      treatment: 1,
    };
  const pooled = (value + ratio * other) / (1 + ratio);
  return { size: effect, pooled: pooled * (1 - pooled), control: value * (1 - value), treatment: other * (1 - other) };
}

/**
 * Chance that the test rejects. Of means the normal formula with as many rows less as Student's t costs (Guenther 1981).
 * @param {number} effect
 * @param {number} controlRows
 * @param {Outcome} outcome
 * @param {Design} design
 */
export function power(effect, controlRows, outcome, { alpha, sides, ratio }) {
  const { size, pooled, control, treatment } = seenAs(outcome, effect, ratio);
  const z = -normalQuantile(alpha / sides);
  const rows = outcome.kind === "mean" ? controlRows - (z * z) / 2 / (1 + ratio) : controlRows;
  if (!(rows > 0)) return 0;
  const critical = z * Math.sqrt((pooled * (1 + 1 / ratio)) / rows);
  const error = Math.sqrt((control + treatment / ratio) / rows);
  if (error === 0) return Math.abs(size) > critical ? 1 : 0;
  const wrong = sides === 2 ? normalCdf((-critical - Math.abs(size)) / error) : 0;
  return normalCdf((Math.abs(size) - critical) / error) + wrong;
}

/**
 * Rows that the control needs for this power, not rounded; NaN where 1e13 wouldn't do.
 * @param {number} effect
 * @param {number} aim
 * @param {Outcome} outcome
 * @param {Design} design
 */
export function controlRowsFor(effect, aim, outcome, design) {
  if (power(effect, MOST_ROWS, outcome, design) < aim) return Number.NaN;
  return Math.exp(root((log) => power(effect, Math.exp(log), outcome, design) - aim, -14, Math.log(MOST_ROWS)));
}

/**
 * Expected z: how many standard errors the effect is away from 0.
 * @param {number} effect
 * @param {number} controlRows
 * @param {Outcome} outcome
 * @param {number} ratio
 */
export function drift(effect, controlRows, outcome, ratio) {
  const { size, control, treatment } = seenAs(outcome, effect, ratio);
  return Math.abs(size) / Math.sqrt((control + treatment / ratio) / controlRows);
}

/**
 * The value between those of a table at even steps from 0; the last one beyond it.
 * @param {ArrayLike<number>} table
 * @param {number} step
 * @param {number} at
 */
export function between(table, step, at) {
  const place = Math.min(Math.max(at / step, 0), table.length - 1);
  const low = Math.min(Math.floor(place), table.length - 2);
  return table[low] + (table[low + 1] - table[low]) * (place - low);
}

/**
 * The place at which a rising table reaches `value`; NaN where it doesn't.
 * @param {ArrayLike<number>} table
 * @param {number} step
 * @param {number} value
 */
export function reaches(table, step, value) {
  for (let index = 1; index < table.length; index += 1)
    if (table[index] >= value) return step * (index - (table[index] - value) / (table[index] - table[index - 1]));
  return Number.NaN;
}
