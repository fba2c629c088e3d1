import assert from "node:assert/strict";
import { test } from "node:test";
import { chosen } from "../../mlops_widgets/ui/js/views/profile.js";

/** @type {import("../../mlops_widgets/ui/js/views/profile.js").Line[]} */
const COLUMNS = [
  ["Town", "text", 0.1, "3", 3, "941", "Oslo 60 %", ""],
  ["age", "number", 0, "77", 77, "999", "40", ""],
  ["empty", "empty", 1, "0", 0, "", "no cells", "empty"],
];
const names = (/** @type {string} */ text, /** @type {string} */ order) =>
  chosen(COLUMNS, text, order).map(([name]) => name);

test("columns keep the table's order until another is asked for", () => {
  assert.deepEqual(names("", "as in the table"), ["Town", "age", "empty"]);
  assert.deepEqual(names("", "most missing"), ["empty", "Town", "age"]);
  assert.deepEqual(names("", "most different values"), ["age", "Town", "empty"]);
  assert.deepEqual(names("", "to look at first"), ["empty", "Town", "age"]);
  assert.deepEqual(names("", "name"), ["age", "empty", "Town"]);
});

test("the filter finds names, kinds and flags in any case", () => {
  assert.deepEqual(names(" TOWN ", "as in the table"), ["Town"]);
  assert.deepEqual(names("number", "as in the table"), ["age"]);
  assert.deepEqual(names("nothing like it", "name"), []);
});

test("sorting leaves the columns as they are", () => {
  names("", "most missing");
  assert.equal(COLUMNS[0][0], "Town");
});
