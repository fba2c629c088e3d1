// What mistakes cost at each threshold; the twin of `measures/thresholds.py`.

/** @typedef {import("./types").Floats} Floats */

/** Half width of a 95 % interval in standard errors. */
const REACH = 1.96;

/**
 * Mean cost of a row at each threshold.
 * @param {Floats} positive @param {Floats} negative mean cost of each mistake at a price of 1
 * @param {number} a @param {number} b prices of a false positive and a false negative
 */
export const costs = (positive, negative, a, b) =>
  Float64Array.from(positive, (value, index) => a * value + b * negative[index]);

/** Of costs that come with half the precision, those nearer than this part of each other are equal. */
const EQUAL = 1e-6;

/** Place of the cheapest threshold: the first of equals. @param {Floats} values */
export function cheapest(values) {
  const least = Math.min(...values);
  return values.findIndex((value) => value <= least + EQUAL * Math.abs(least));
}

/**
 * Half width of the 95 % band of the cost.
 * @param {number} variancePositive @param {number} covariance @param {number} varianceNegative
 * @param {number} a @param {number} b
 */
export const reach = (variancePositive, covariance, varianceNegative, a, b) =>
  REACH * Math.sqrt(Math.max(0, a * a * variancePositive + 2 * a * b * covariance + b * b * varianceNegative));

/** Place of the price ratio nearest to this one, in relative terms. @param {Floats} ratios rising @param {number} ratio */
export function nearest(ratios, ratio) {
  let best = 0;
  for (let index = 1; index < ratios.length; index += 1)
    if (Math.abs(Math.log(ratios[index] / ratio)) < Math.abs(Math.log(ratios[best] / ratio)) - 1e-12) best = index;
  return best;
}

/**
 * The four outcomes as numbers of rows.
 * @param {number} rows @param {number} positiveShare @param {number} wrong @param {number} missed shares of rows
 */
export const confusion = (rows, positiveShare, wrong, missed) => ({
  falsePositive: rows * wrong,
  falseNegative: rows * missed,
  truePositive: rows * (positiveShare - missed),
  trueNegative: rows * (1 - positiveShare - wrong),
});

/** A price some tenths of a power of ten away from where it began, to two digits. @param {number} start @param {number} steps */
export const priced = (start, steps) => (steps ? Number((start * 10 ** (steps / 10)).toPrecision(2)) : start);
