import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { oracle, squared, walk } from "../../mlops_widgets/ui/js/retraining_arithmetic.js";

const fixture = JSON.parse(readFileSync(new URL("fixtures/retraining.json", import.meta.url), "utf8"));

/** The grid as the view unpacks it: from triangles, each half blown up to all rows. */
function gridOf({ size, first_half, second_half, counts, signals, late }) {
  const read = (values) => squared(Float64Array.from(values, (each) => each ?? Number.NaN), size); // prettier-ignore
  const [one, two] = [read(first_half), read(second_half)];
  const losses = one.map((each, at) => each + two[at]);
  const rows = Float64Array.from(counts[0], (each, at) => each + counts[1][at]);
  const blown = (half, count) =>
    half.map((each, at) => (count[at % size] ? (each * rows[at % size]) / count[at % size] : losses[at]));
  const halves = counts[1].some(Boolean) ? [blown(one, counts[0]), blown(two, counts[1])] : [];
  const read_signals = Object.entries(signals).map(([name, values]) => [name, read(values)]);
  return { size, losses, rows, halves, late, signals: Object.fromEntries(read_signals) };
}

const near = (found, wanted) => assert.ok(Math.abs(found - wanted) <= 1e-8 * Math.max(1, Math.abs(wanted)));

for (const given of fixture.grids) {
  const grid = gridOf(given);
  for (const { policy, terms, start, ...wanted } of given.walks) {
    test(`${given.size} chunks: ${JSON.stringify({ ...policy, ...terms, start })} goes the way that Python goes`, () => {
      const { total, serving, decided, refused } = walk(grid, policy, terms, start);
      near(total, wanted.total);
      assert.deepEqual({ serving, decided, refused }, { serving: wanted.serving, decided: wanted.decided, refused: wanted.refused }); // prettier-ignore
    });
  }
  for (const { terms, start, total, decided } of given.oracles) {
    test(`${given.size} chunks: the oracle under ${JSON.stringify(terms)} from ${start} on is Python's`, () => {
      const found = oracle(grid, terms, start);
      near(found.total, total);
      assert.deepEqual(found.path.decided, decided);
    });
  }
}
