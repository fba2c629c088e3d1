import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { heights } from "../../mlops_widgets/ui/js/charts/swarm.js";

const fixture = JSON.parse(readFileSync(new URL("./fixtures/swarm.json", import.meta.url), "utf8"));

test("dots are stacked as in the picture: high ranks upwards, low ones downwards, those without one in turn", () => {
  const ranks = fixture.ranks.map((rank) => rank ?? NaN);
  assert.deepEqual(heights(fixture.places, ranks), fixture.heights);
});
