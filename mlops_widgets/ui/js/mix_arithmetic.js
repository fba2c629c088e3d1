// What a dragged mix says: looked up between the shares that Python computed, and whether the test carries it.

/** @typedef {ArrayLike<number>} Numbers */

/**
 * The value at a share between 0 and 1, by straight lines between equally spaced positions; NaN beside a gap.
 * @param {Numbers} values
 * @param {number} share
 */
export function between(values, share) {
  const place = Math.min(Math.max(share, 0), 1) * (values.length - 1);
  const left = Math.floor(place + 1e-9);
  const part = place - left;
  if (part <= 1e-9 || left + 1 >= values.length) return values[left];
  return values[left] * (1 - part) + values[left + 1] * part;
}

/**
 * Effective rows (Kish) of two groups under a mix; the twin of `mixed_effective_rows` in measures/importance.py.
 * @param {number} share share of the first group
 * @param {number | null} inside sum of squared weights over squared sum, of the first group; null without rows
 * @param {number | null} outside the same of the second group
 */
export function mixedEffectiveRows(share, inside, outside) {
  const part = (/** @type {number} */ weight, /** @type {number | null} */ each) =>
    weight > 0 ? weight ** 2 * (each ?? Number.POSITIVE_INFINITY) : 0;
  const squares = part(share, inside) + part(1 - share, outside);
  return squares > 0 ? 1 / squares : 0;
}

/**
 * Why a mix can't be read off the test; empty where it can.
 * @param {{ effective: number, testRows: number, unsupported: number }} found
 * @param {{ fewest_rows: number, least_share: number, most_unsupported: number }} limits
 * @returns {("unsupported" | "few effective rows")[]}
 */
export function reasonsAgainst({ effective, testRows, unsupported }, limits) {
  /** @type {("unsupported" | "few effective rows")[]} */
  const reasons = [];
  if (unsupported > limits.most_unsupported) reasons.push("unsupported");
  if (effective < limits.fewest_rows || effective < limits.least_share * testRows) reasons.push("few effective rows");
  return reasons;
}
