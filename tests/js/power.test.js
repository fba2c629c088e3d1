import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import {
  between,
  controlRowsFor,
  drift,
  normalCdf,
  normalQuantile,
  power,
  reaches,
} from "../../mlops_widgets/ui/js/power_arithmetic.js";

const { cases, normal } = JSON.parse(readFileSync(new URL("fixtures/power.json", import.meta.url), "utf8"));
const near = (value, wanted, tolerance) =>
  assert.ok(Math.abs(value - wanted) <= tolerance, `${value} is not ${wanted} to ${tolerance}`);

test("the normal distribution and its inverse agree with the fixture", () => {
  for (const [z, share] of normal) {
    near(normalCdf(z), share, 1e-11 * share);
    if (Math.abs(z) < 6) near(normalQuantile(share), z, 1e-9);
  }
});

for (const each of cases) {
  test(`power and rows agree with the fixture: ${each.name}`, () => {
    const mean = each.outcome.kind === "mean";
    near(power(each.effect, each.control_rows, each.outcome, each.design), each.power, mean ? 0.003 : 1e-9);
    near(
      controlRowsFor(each.effect, each.aim, each.outcome, each.design),
      each.needed,
      mean ? 0.5 : 1e-6 * each.needed,
    );
    near(drift(each.effect, each.control_rows, each.outcome, each.design.ratio), each.drift, 1e-9);
  });
}

test("an effect of nothing needs more rows than there are", () => {
  assert.ok(Number.isNaN(controlRowsFor(0, 0.8, cases[0].outcome, cases[0].design)));
});

test("a table is read between its entries and turned around", () => {
  const table = [0, 0.1, 0.5, 0.9];
  near(between(table, 0.5, 0.75), 0.3, 1e-12);
  assert.equal(between(table, 0.5, 99), 0.9);
  near(reaches(table, 0.5, 0.3), 0.75, 1e-12);
  assert.ok(Number.isNaN(reaches(table, 0.5, 0.95)));
});
