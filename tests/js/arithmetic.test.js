import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { better, leaderboard, optimism, quantile, trueRank, winner } from "../../mlops_widgets/ui/js/arithmetic.js";

const { cases } = JSON.parse(readFileSync(new URL("fixtures/tournament.json", import.meta.url), "utf8"));
const numbers = (values) => Float64Array.from(values, (value) => value ?? Number.NaN);
const plain = (entry) => JSON.parse(JSON.stringify(entry)); // NaN becomes null, as in the fixtures

for (const each of cases) {
  test(`winner and leaderboard agree with the fixture: ${each.name}`, () => {
    const [offline, later] = [numbers(each.offline), numbers(each.later)];
    assert.deepEqual(plain(winner(offline, later, each.k, each.greater)), each.winner);
    assert.deepEqual(plain(leaderboard(offline, later, each.k, each.greater, each.top)), each.leaderboard);
  });
}

test("the winner's score never gets worse as more models are tried", () => {
  const [offline, later] = [numbers(cases[0].offline), numbers(cases[0].later)];
  const scores = offline.map((_, index) => winner(offline, later, index + 1, true).offline);
  assert.ok(scores.every((score, index) => index === 0 || score >= scores[index - 1]));
});

test("what is not a number is better than nothing and ranks last", () => {
  assert.equal(better(Number.NaN, 0.1, true), false);
  assert.equal(better(0.1, Number.NaN, false), true);
  assert.equal(trueRank([0.5, Number.NaN, 0.7], 1, 3, true), 3);
});

test("optimism is positive when the offline score looked better, in both directions", () => {
  assert.ok(optimism(0.8, 0.7, true) > 0);
  assert.ok(optimism(10, 12, false) > 0);
});

test("quantile interpolates between sorted values and ignores what is not a number", () => {
  assert.equal(quantile([3, 1, 2, Number.NaN], 0.25), 1.5);
  assert.ok(Number.isNaN(quantile([], 0.5)));
});
