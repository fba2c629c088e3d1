// Steps from one number to another, each beginning where the one before ends.
import { decimals, write } from "../numbers.js";
import { digitsApart, drawRows } from "./rows.js";

/** The share that log-odds stand for. @param {number} value */
export const logistic = (value) => 1 / (1 + Math.exp(-value));

/**
 * @param {import("../types").Waterfall} chart
 * @param {number} width
 * @param {string} finding
 */
export function waterfall(chart, width, finding) {
  /** @type {number[]} */
  const at = [chart.start];
  for (const row of chart.rows) at.push(at[at.length - 1] + Number(row.value));
  const all = [...at, chart.end];
  const fixed = digitsApart(all, chart.axis);
  const end = (/** @type {string} */ name, /** @type {number} */ value) =>
    /** @type {import("../types").Estimate} */ ({ label: name, value, lower: null, upper: null, n: null, role: "truth", note: "" }); // prettier-ignore
  const rows = [end(chart.start_label, chart.start), ...chart.rows, end(chart.end_label, chart.end)];
  const starts = [null, ...at.slice(0, -1), null];
  const shares = all.map(logistic);
  const digits = 2 + decimals(100 * (Math.max(...shares) - Math.min(...shares)));
  const under = chart.logistic ? (/** @type {number} */ tick) => write(logistic(tick), "percent", digits) : undefined;
  return drawRows({ ...chart, marks: [], rows }, width, finding, { bars: true, starts, fixed, under });
}
