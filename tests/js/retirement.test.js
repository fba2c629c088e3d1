import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { costSince, firstFiring } from "../../mlops_widgets/ui/js/retirement_arithmetic.js";

const fixture = JSON.parse(readFileSync(new URL("fixtures/retirement.json", import.meta.url), "utf8"));
const numbers = (values) => Float64Array.from(values, (each) => each ?? Number.NaN);
const near = (found, wanted) => assert.ok(Math.abs(found - wanted) <= 1e-12 * Math.max(1, Math.abs(wanted)));

for (const [place, { ends, first, ...rule }] of fixture.firing.entries()) {
  test(`a rule fires first at the chunk that Python says (${place})`, () => {
    assert.equal(firstFiring(numbers(ends), rule), first);
  });
}

for (const [place, { edge, errors, rows, chunk, total, value, error, count }] of fixture.cost.entries()) {
  test(`waiting costs what Python says (${place})`, () => {
    const found = costSince({ edge: numbers(edge), errors: numbers(errors), rows: numbers(rows) }, chunk, total);
    assert.equal(found.rows, count);
    if (value === null) return;
    near(found.value, value);
    near(found.error, error);
  });
}
