import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { between, mixedEffectiveRows, reasonsAgainst } from "../../mlops_widgets/ui/js/mix_arithmetic.js";
import { together } from "../../mlops_widgets/ui/js/views/mix.js";

const fixture = JSON.parse(readFileSync(new URL("fixtures/mix.json", import.meta.url), "utf8"));
const limits = { fewest_rows: 100, least_share: 0.1, most_unsupported: 0.05 };

for (const { share, inside, outside, rows } of fixture.effective) {
  test(`effective rows agree with Python at a share of ${share} (${inside})`, () => {
    assert.ok(Math.abs(mixedEffectiveRows(share, inside, outside) - rows) <= 1e-9 * Math.max(rows, 1));
  });
}

for (const { share, value } of fixture.lookups) {
  test(`the grid is read by straight lines at ${share}, and a gap stays a gap`, () => {
    const grid = Float64Array.from(fixture.grid, (each) => each ?? Number.NaN);
    const found = between(grid, share);
    if (value === null) assert.ok(Number.isNaN(found));
    else assert.ok(Math.abs(found - value) <= 1e-12);
  });
}

test("few effective rows and a mix without rows speak against a score, each in its own words", () => {
  assert.deepEqual(reasonsAgainst({ effective: 500, testRows: 1000, unsupported: 0 }, limits), []);
  assert.deepEqual(reasonsAgainst({ effective: 99, testRows: 200, unsupported: 0 }, limits), ["few effective rows"]);
  assert.deepEqual(reasonsAgainst({ effective: 150, testRows: 2000, unsupported: 0 }, limits), ["few effective rows"]);
  assert.deepEqual(reasonsAgainst({ effective: 1900, testRows: 2000, unsupported: 0.2 }, limits), ["unsupported"]);
});

test("marks that look like one are one mark with all their names", () => {
  const mark = (value, label, role) => ({ value, label, role });
  const apart = [mark(0.1, "test", "reference"), mark(0.3, "production", "production"), mark(0.6, "now", "accent")];
  assert.deepEqual(together(apart), apart);
  const near = [mark(0.1, "test", "reference"), mark(0.3, "production", "production"), mark(0.101, "now", "accent")];
  assert.deepEqual(together(near), [mark(0.101, "test, now", "accent"), near[1]]);
});
