// Dots with intervals, one estimate a row.
import { drawRows } from "./rows.js";

/** @param {import("../types").Dots} chart @param {number} width @param {string} finding */
export const dots = (chart, width, finding) => drawRows(chart, width, finding, { bars: false });
