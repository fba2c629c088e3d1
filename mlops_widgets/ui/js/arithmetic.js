// What sliders recompute. Twins of the Python functions, pinned by tests/js/fixtures.

/** @typedef {ArrayLike<number>} Numbers */
/** @typedef {{ index: number, offline: number, later: number, rank: number, of: number }} Entry */

/**
 * Whether score `a` is better than `b`. What is not a number is better than nothing.
 * @param {number} a
 * @param {number} b
 * @param {boolean} greater
 */
export function better(a, b, greater) {
  if (Number.isNaN(a)) return false;
  if (Number.isNaN(b)) return true;
  return greater ? a > b : a < b;
}

/**
 * True rank (1 is best) of a later score among the first `k`; equal scores share the better rank.
 * @param {Numbers} later
 * @param {number} index
 * @param {number} k
 * @param {boolean} greater
 */
export function trueRank(later, index, k, greater) {
  let rank = 1;
  for (let other = 0; other < k; other += 1) if (better(later[other], later[index], greater)) rank += 1;
  return rank;
}

/**
 * The best of the first `k` models by offline score (the first of equals), and what it scores later.
 * @param {Numbers} offline
 * @param {Numbers} later
 * @param {number} k
 * @param {boolean} greater
 * @returns {Entry}
 */
export function winner(offline, later, k, greater) {
  let index = 0;
  for (let other = 1; other < k; other += 1) if (better(offline[other], offline[index], greater)) index = other;
  return { index, offline: offline[index], later: later[index], rank: trueRank(later, index, k, greater), of: k };
}

/**
 * The best `top` of the first `k` models by offline score, each with its later score and true rank.
 * @param {Numbers} offline
 * @param {Numbers} later
 * @param {number} k
 * @param {boolean} greater
 * @param {number} top
 * @returns {Entry[]}
 */
export function leaderboard(offline, later, k, greater, top) {
  const order = Array.from({ length: k }, (_, index) => index);
  order.sort((a, b) =>
    better(offline[a], offline[b], greater) ? -1 : better(offline[b], offline[a], greater) ? 1 : a - b,
  );
  return order.slice(0, top).map((index) => ({
    index,
    offline: offline[index],
    later: later[index],
    rank: trueRank(later, index, k, greater),
    of: k,
  }));
}

/**
 * How much better the offline score looked than the later one; positive means it promised too much.
 * @param {number} offline
 * @param {number} later
 * @param {boolean} greater
 */
export const optimism = (offline, later, greater) => (greater ? offline - later : later - offline);

/**
 * Value at a share of the sorted numbers, what is not a number left out.
 * @param {number[]} values
 * @param {number} share
 */
export function quantile(values, share) {
  const sorted = values.filter(Number.isFinite).sort((a, b) => a - b);
  if (!sorted.length) return Number.NaN;
  const at = (sorted.length - 1) * share;
  const low = Math.floor(at);
  return sorted[low] + (sorted[Math.min(low + 1, sorted.length - 1)] - sorted[low]) * (at - low);
}
