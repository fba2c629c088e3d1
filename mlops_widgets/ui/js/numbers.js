// How numbers are written: .79 without a leading zero, as many digits as the scale can show.

/** @typedef {import("./types").Form} Form */

/**
 * The number with `digits` decimals, its thousands apart and a true minus.
 * @param {number} value
 * @param {number} digits
 */
function plain(value, digits) {
  const [whole, ...rest] = Math.abs(value).toFixed(digits).split(".");
  const text = [whole.replace(/\B(?=(\d{3})+$)/g, ","), ...rest].join(".");
  return value < 0 && /[1-9]/.test(text) ? `−${text}` : text;
}

/** Three significant digits of what is too small or too large to be written out. @param {number} value */
const short = (value) =>
  value
    .toExponential(2)
    .replace(/\.?0*e\+?/, "e")
    .replaceAll("-", "−");

/**
 * Digits after the point so that a hundredth part of `span` still shows.
 * @param {number} span
 */
export function decimals(span) {
  if (!(span > 0) || !Number.isFinite(span)) return 2;
  return Math.min(6, Math.max(0, 1 - Math.floor(Math.log10(span * 0.999))));
}

/**
 * The number to `digits` decimals, halves away from zero, as Python has it too. Three more decimals are read first:
 * arrays come with half the precision, where .745 is .745000005.
 * @param {number} value
 * @param {number} digits
 */
export function rounded(value, digits) {
  if (!(Math.abs(value) < 1e15)) return value;
  const near = Math.abs(value).toFixed(digits + 3);
  return Math.sign(value) * Number(`${Math.round(Number(`${near}e${digits}`))}e-${digits}`);
}

const DAY = 864e5;
/** @param {Intl.DateTimeFormatOptions} options */
const dates = (options) => new Intl.DateTimeFormat("en-GB", { timeZone: "UTC", ...options });
const LONG = dates({ day: "numeric", month: "short", year: "numeric" });
const MONTH = dates({ month: "short", year: "numeric" });
const SHORT = dates({ day: "numeric", month: "short" });
const TIME = dates({ hour: "2-digit", minute: "2-digit" });

/**
 * A number as text; what is not a number is a dash.
 * @param {number | null | undefined} value
 * @param {Form} [form]
 * @param {number} [digits]
 */
export function write(value, form = "number", digits = 2) {
  if (value === null || value === undefined || Number.isNaN(value)) return "–";
  if (!Number.isFinite(value)) return value > 0 ? "∞" : "−∞";
  if (form === "date") return LONG.format(value);
  if (form === "integer") return plain(rounded(value, 0), 0);
  if (form === "percent") return `${fixed(value * 100, Math.max(0, digits - 2))}\u202f%`;
  if (value === 0) return "0";
  if (Math.abs(value) < 5e-6 || Math.abs(value) >= 1e9) return short(value);
  return fixed(value, digits).replace(/^(−?)0\./, "$1.");
}

/** @param {number} value @param {number} digits */
const fixed = (value, digits) => plain(rounded(value, digits), digits);

/**
 * Labels of an axis' ticks.
 * @param {number[]} ticks
 * @param {Form} form
 * @returns {string[]}
 */
export function tickTexts(ticks, form) {
  const step = ticks.length > 1 ? Math.abs(ticks[1] - ticks[0]) : Math.abs(ticks[0] || 1);
  if (form === "date") return ticks.map((tick) => dateTick(tick, step));
  const digits = Math.max(0, -Math.floor(Math.log10(step) + 1e-9));
  return ticks.map((tick) => write(tick, form, form === "percent" ? Math.max(2, digits) : digits));
}

/** @param {number} tick @param {number} step */
function dateTick(tick, step) {
  if (step >= 360 * DAY) return String(new Date(tick).getUTCFullYear());
  if (step >= 27 * DAY) return MONTH.format(tick);
  return step >= DAY * 0.9 ? SHORT.format(tick) : TIME.format(tick);
}

/**
 * "[.70, .86]", or nothing where an end is missing.
 * @param {number | null | undefined} lower
 * @param {number | null | undefined} upper
 * @param {Form} [form]
 * @param {number} [digits]
 */
export function interval(lower, upper, form = "number", digits = 2) {
  if (lower === null || upper === null || lower === undefined || upper === undefined) return "";
  if (Number.isNaN(lower) || Number.isNaN(upper)) return "";
  const low = write(lower, form, digits);
  return `[${form === "percent" ? low.replace("\u202f%", "") : low}, ${write(upper, form, digits)}]`.replace(
    "\u202f%]",
    "]\u202f%",
  );
}

/**
 * Decimals that an interval supports: the first digit of its half width, two at least up to 1; as Python has it.
 * @param {number} lower
 * @param {number} upper
 */
export function digitsFor(lower, upper) {
  const half = (upper - lower) / 2;
  const least = Math.max(Math.abs(lower), Math.abs(upper)) <= 1 ? 2 : 0;
  if (!Number.isFinite(half) || half <= 0) return Math.max(least, 2);
  return Math.min(Math.max(least, Math.ceil(-Math.log10(half) - 1e-9)), 6);
}

/**
 * Decimals that all estimates of a chart are written with, so that they can be compared down a column: those of the
 * narrowest interval, at most one more than the widest supports; null without intervals.
 * @param {[number, number][]} intervals
 */
export function sharedDigits(intervals) {
  const digits = intervals.map(([lower, upper]) => digitsFor(lower, upper));
  return digits.length ? Math.min(Math.max(...digits), Math.min(...digits) + 1) : null;
}

/** Decimals of a number that has no interval: two or three significant digits. @param {number} value */
export function ownDigits(value) {
  const size = Math.abs(value);
  if (size === 0 || size >= 100) return 0;
  if (size >= 10) return 1;
  return size >= 0.01 ? 2 : Math.min(6, 1 - Math.floor(Math.log10(size)));
}

/**
 * Decimals of a percentage: what its interval supports; alone one near 0 and 100 %, where whole percents would hide
 * the difference, and none where it would be a zero.
 * @param {number} share
 * @param {number | null | undefined} lower
 * @param {number | null | undefined} upper
 */
export function percentDigits(share, lower, upper) {
  if (typeof lower === "number" && typeof upper === "number") {
    const half = (upper - lower) * 50;
    return Number.isFinite(half) && half > 0 ? Math.min(Math.max(0, Math.ceil(-Math.log10(half) - 1e-9)), 4) : 1;
  }
  const size = Math.abs(share);
  const nearAnEnd = size < 0.0995 || (size > 0.985 && size < 1);
  return nearAnEnd && rounded(share * 100, 1) !== rounded(share * 100, 0) ? 1 : 0;
}

/** A whole number with its noun: "1 model", "2,000 rows". @param {number} count @param {string} plural */
export function counted(count, plural) {
  return `${plain(count, 0)} ${count === 1 ? plural.replace(/s$/, "") : plural}`;
}
