import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { cheapest, confusion, costs, nearest, priced, reach } from "../../mlops_widgets/ui/js/cost_arithmetic.js";

const fixture = JSON.parse(readFileSync(new URL("fixtures/decision.json", import.meta.url), "utf8"));
const close = (a, b) => assert.ok(Math.abs(a - b) <= 1e-12 * Math.max(1, Math.abs(b)), `${a} isn't ${b}`);
const rows = fixture.y.length;
const share = fixture.y.reduce((sum, value) => sum + value, 0) / rows;

for (const each of fixture.cases) {
  test(`costs and the cheapest threshold agree with the fixture at ${each.positive_price}:${each.negative_price}`, () => {
    const found = costs(fixture.false_positive, fixture.false_negative, each.positive_price, each.negative_price);
    found.forEach((value, index) => close(value, each.cost[index]));
    assert.equal(cheapest(found), each.cheapest);
  });
}

test("the four outcomes agree with a count of rows", () => {
  for (const { at, ...wanted } of fixture.confusion) {
    const found = confusion(rows, share, fixture.false_positive[at], fixture.false_negative[at]);
    for (const [name, count] of Object.entries(wanted)) close(found[name], count);
  }
});

test("the nearest price ratio is nearest in relative terms", () => {
  for (const each of fixture.nearest) assert.equal(nearest(fixture.ratios, each.ratio), each.nearest);
});

test("the band's half width agrees with the fixture and never is a root of less than nothing", () => {
  for (const each of fixture.reach)
    close(reach(...each.variances, each.positive_price, each.negative_price), each.reach);
  assert.equal(reach(0, -1, 0, 1, 1), 0);
});

test("a price moves by tenths of a power of ten, to two digits, and is itself where it began", () => {
  assert.equal(priced(123, 0), 123);
  assert.equal(priced(1, 10), 10);
  assert.equal(priced(200, -10), 20);
  assert.equal(priced(1, 3), 2);
});

test("costs that differ by half precision alone are equal, and the first of equals is the cheapest", () => {
  const cost = 0.1519019019;
  assert.equal(cheapest(Float32Array.of(0.2, cost, cost * (1 - 1e-7), 0.3)), 1);
  assert.equal(cheapest(Float64Array.of(0.2, cost, cost * (1 - 1e-4), 0.3)), 2);
  assert.equal(cheapest(Float64Array.of(0, 0)), 0);
});
