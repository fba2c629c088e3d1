import assert from "node:assert/strict";
import { test } from "node:test";
import { gridOf, look, pages, step } from "../../mlops_widgets/ui/js/views/stress.js";

const cell = (fault, place, outcome = "changes", status = "") => ({ fault, place, outcome, status, says: "" });
const faults = [0, 1, 2].map((each) => ({ short: `${each}`, label: `${each}`, guard: "" }));
const state = { faults, places: ["a", "b", "c"], cells: [cell(0, 0), cell(2, 0), cell(0, 2), cell(1, 1)] };

test("a grid holds each cell at its place and fault, and nothing where a fault can't be", () => {
  const grid = gridOf(state);
  assert.equal(grid[0][2], state.cells[1]);
  assert.equal(grid[0][1], undefined);
});

test("arrow keys leap over what can't be and stop at the ends", () => {
  const grid = gridOf(state);
  assert.deepEqual(step(grid, 0, 0, "ArrowRight"), { row: 0, column: 2 });
  assert.deepEqual(step(grid, 0, 0, "ArrowDown"), { row: 2, column: 0 });
  assert.equal(step(grid, 0, 0, "ArrowUp"), null);
  assert.equal(step(grid, 1, 1, "ArrowRight"), null);
  assert.equal(step(grid, 1, 1, "Enter"), null);
});

test("each outcome has a shape and a word of its own, whatever its colour", () => {
  const all = [
    cell(0, 0, "raises"),
    cell(0, 0, "unchanged"),
    cell(0, 0, "not_run"),
    cell(0, 0, "abstains"),
    cell(0, 0, "changes", "failed"),
    cell(0, 0, "changes", "passed"),
    cell(0, 0, "changes", "not_enough_data"),
  ].map(look);
  assert.equal(new Set(all.map((each) => each.shape)).size, all.length);
  assert.equal(new Set(all.map((each) => each.word)).size, all.length);
});

test("faults stand in one table where there is room, else in even ones that hold each fault once", () => {
  assert.deepEqual(pages(21, 860), [[0, 21]]);
  for (const [count, width] of [[21, 340], [21, 500], [3, 100], [8, 340]]) {
    const parts = pages(count, width);
    assert.deepEqual(parts.flatMap(([from, to]) => Array.from({ length: to - from }, (_, index) => from + index)), Array.from({ length: count }, (_, index) => index));
    assert.ok(Math.max(...parts.map(([from, to]) => to - from)) - Math.min(...parts.map(([from, to]) => to - from)) <= parts.length);
  }
}); // prettier-ignore
