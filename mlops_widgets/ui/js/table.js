// The numbers, folded unless they are all there is. Where it is narrow, a row of many columns becomes a block of named values.
import { h, textWidth } from "./dom.js";

const NUMBER = /^[[(]?[−–-]?[\d.,]+/;
const NARROW = 480;

/** @param {import("./types").Table} table @param {boolean} open @returns {import("./types").Part} */
export function foldedTable(table, open) {
  const right = table.columns.map(
    (_, column) =>
      column > 0 && table.rows.every((row) => !row[column] || NUMBER.test(row[column]) || row[column] === "–"),
  );
  const side = (/** @type {number} */ column) => ({ class: right[column] ? "mw-right" : null });
  const head = h(
    "tr",
    {},
    ...table.columns.map((name, column) => h("th", { scope: "col", ...side(column), dir: "auto" }, name)),
  );
  const body = table.rows.map((row) =>
    h(
      "tr",
      {},
      ...row.map((text, column) =>
        h("td", { ...side(column), dir: "auto", "data-mw-column": table.columns[column] }, text),
      ),
    ),
  );
  const grid = h("table", { class: "mw-table" }, h("thead", {}, head), h("tbody", {}, ...body));
  if (table.caption) grid.prepend(h("caption", { dir: "auto" }, table.caption));
  const count = table.rows.length > 12 ? `${table.rows.length} rows` : "";
  const node = h(
    "details",
    { class: "mw-fold", open: open ? "" : null },
    h("summary", {}, "Numbers", h("span", { class: "mw-tally" }, count)),
    grid,
  );
  const least = leastWidth(table, right);
  const stacked = (/** @type {number} */ width) => (width < NARROW && table.columns.length > 3) || width < least;
  return { node, draw: (width) => grid.classList.toggle("mw-stacked", stacked(width)) };
}

/** Pixels below which the columns can't stand beside each other: headings break between words, numbers don't. */
/** @param {import("./types").Table} table @param {boolean[]} right */
function leastWidth(table, right) {
  const size = { size: 13, bold: true };
  const words = (/** @type {string} */ text) =>
    Math.max(...text.split(/\s/).map((word) => textWidth(word.slice(0, 60), size)));
  const widths = table.columns.map((name, column) =>
    Math.max(words(name), ...(right[column] ? table.rows.map((row) => words(row[column])) : [])),
  );
  return widths.reduce((sum, width) => sum + width + 16, 0);
}
