// Round values and calendar days for the ticks of an axis.

const MINUTE = 6e4;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const MONTH = 30.4 * DAY;
/** Lengths that a clock or a week counts by. */
const LENGTHS = [1, 5, 15, 30, 60, 180, 360, 720, 1440, 2880, 10080].map((minutes) => minutes * MINUTE);
const MONDAY = 4 * DAY; // 1970 began on a Thursday
const MONTHS = [1, 3, 6];

/**
 * The step 1, 2 or 5 times a power of ten that is nearest, in proportion, to `wanted`.
 * @param {number} wanted
 */
function roundStep(wanted) {
  const power = 10 ** Math.floor(Math.log10(wanted));
  return power * nearest([1, 2, 5, 10], wanted / power);
}

/**
 * The nearest in proportion.
 * @param {number[]} sizes
 * @param {number} wanted
 */
function nearest(sizes, wanted) {
  const off = (/** @type {number} */ size) => Math.abs(Math.log(size / wanted));
  return sizes.reduce((best, size) => (off(size) < off(best) ? size : best));
}

/**
 * Multiples of `step` from `low` to `high`.
 * @param {number} low
 * @param {number} high
 * @param {number} step
 */
function multiples(low, high, step) {
  const first = Math.ceil(low / step - 1e-9);
  const count = Math.max(0, Math.floor(high / step + 1e-9) - first + 1);
  // 3 × .1 is .30000000000000004, and a tick at −0 would be written with its sign
  return Array.from({ length: count }, (_, place) => Number(((first + place) * step).toPrecision(12)) + 0);
}

/**
 * About `count` round values from `low` to `high`.
 * @param {number} low
 * @param {number} high
 * @param {number} count
 */
export function ticks(low, high, count) {
  return high > low ? multiples(low, high, roundStep((high - low) / count)) : [low];
}

/**
 * About `count` moments that a calendar or a clock (UTC) has a name for; milliseconds since 1970.
 * @param {number} low
 * @param {number} high
 * @param {number} count
 */
export function dateTicks(low, high, count) {
  const wanted = Math.max(MINUTE, (high - low) / count);
  const years = wanted > 9 * MONTH ? [12 * Math.max(1, roundStep(wanted / MONTH / 12))] : [12];
  const months = [...MONTHS, ...years];
  const step = nearest([...LENGTHS, ...months.map((each) => each * MONTH)], wanted);
  const at = months.findIndex((each) => each * MONTH === step);
  if (at < 0) {
    const from = step === LENGTHS[LENGTHS.length - 1] ? MONDAY : 0;
    return multiples(low - from, high - from, step).map((tick) => tick + from);
  }
  const first = new Date(low).getUTCFullYear() * 12 + new Date(low).getUTCMonth();
  const last = new Date(high).getUTCFullYear() * 12 + new Date(high).getUTCMonth();
  return multiples(first, last, months[at])
    .map((month) => Date.UTC(Math.floor(month / 12), month % 12))
    .filter((tick) => tick >= low && tick <= high);
}
