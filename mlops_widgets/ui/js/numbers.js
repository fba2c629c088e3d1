// How numbers are written: .79 without a leading zero, as many digits as the scale can show.
import { format } from "d3-format";

/** @typedef {import("./types").Form} Form */

/** @type {Map<string, (value: number) => string>} */
const formatters = new Map();

/** d3's formatter of a specifier, parsed once: a picture writes thousands of numbers. @param {string} specifier */
function formatter(specifier) {
  const found = formatters.get(specifier) ?? format(specifier);
  formatters.set(specifier, found);
  return found;
}

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
  if (form === "integer") return formatter(",.0f")(rounded(value, 0));
  if (form === "percent") return `${fixed(value * 100, Math.max(0, digits - 2))}\u202f%`;
  if (value === 0) return "0";
  if (Math.abs(value) < 5e-6 || Math.abs(value) >= 1e9) return formatter(".3~g")(value);
  return fixed(value, digits).replace(/^(−?)0\./, "$1.");
}

/** @param {number} value @param {number} digits */
const fixed = (value, digits) => formatter(`,.${digits}f`)(rounded(value, digits));

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
  return `[${write(lower, form, digits)}, ${write(upper, form, digits)}]`;
}

/** A whole number with its noun: "1 model", "2,000 rows". @param {number} count @param {string} plural */
export function counted(count, plural) {
  return `${formatter(",.0f")(count)} ${count === 1 ? plural.replace(/s$/, "") : plural}`;
}
