// Horizontal bars from zero, with intervals where given.
import { drawRows } from "./rows.js";

/** @param {import("../types").Bars | import("../types").Ranked} chart @param {number} width @param {string} finding */
export const bars = (chart, width, finding) => drawRows(chart, width, finding, { bars: true });
