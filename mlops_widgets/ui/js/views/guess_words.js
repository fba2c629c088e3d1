// Guess and truth in words; never scolding.
import { write } from "../numbers.js";

/** @typedef {import("../types").Form} Form */

/** Digits that the steps of a slider need. @param {number} step @param {Form} form */
export function stepDigits(step, form) {
  const needed = step > 0 ? Math.max(0, Math.ceil(-Math.log10(step) - 1e-9)) : 2;
  return form === "percent" ? Math.max(2, needed) : needed;
}

/** @param {number | null} value @param {Form} form @param {string} unit @param {number} digits */
export function inWords(value, form, unit, digits) {
  const text = write(value, form, digits);
  return unit ? `${text} ${unit}` : text;
}

/**
 * "You said .76, it was .69: .07 too high."
 * @param {{ value: number | null, truth: number, form: Form, unit: string, digits: number, lower?: number | null, upper?: number | null, asked?: boolean }} guess
 */
export function verdict({ value, truth, form, unit, digits, lower, upper, asked = true }) {
  const words = (/** @type {number} */ number) => inWords(number, form, unit, digits);
  if (value === null) return asked ? `You skipped the guess; it was ${words(truth)}.` : `It was ${words(truth)}.`;
  const off = value - truth;
  const said = `You said ${words(value)}, it was ${words(truth)}`;
  if (words(Math.abs(off)) === words(0) || write(Math.abs(off), form, digits) === write(1e-12, form, digits))
    return `${said}: spot on.`;
  const inside =
    lower !== null && upper !== null && lower !== undefined && upper !== undefined && value >= lower && value <= upper;
  const apart =
    form === "percent" ? `${write(Math.abs(off) * 100, "number", digits - 2)} points` : words(Math.abs(off));
  return `${said}: ${apart} too ${off > 0 ? "high" : "low"}${inside ? ", within its interval" : ""}.`;
}
