import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { gate, verdictOf } from "../../mlops_widgets/ui/js/disparity_arithmetic.js";

const fixture = JSON.parse(readFileSync(new URL("fixtures/disparity.json", import.meta.url), "utf8"));

for (const [place, { lower, upper, limit, status }] of fixture.gates.entries()) {
  test(`a gate stands as Python says (${place})`, () => {
    assert.equal(gate(lower ?? Number.NaN, upper ?? Number.NaN, limit), status);
  });
}

for (const [place, { gain, least_gain, losses, verdict }] of fixture.verdicts.entries()) {
  test(`a candidate is what Python says (${place})`, () => {
    assert.equal(verdictOf(gain, least_gain, losses), verdict);
  });
}

test("a loss that nothing could measure isn't counted", () => {
  assert.equal(verdictOf([0.1, 0.2], 0.05, [[0, 0.01, 0.03], [null, null, 0.03]]), "better"); // prettier-ignore
});
