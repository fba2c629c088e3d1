import assert from "node:assert/strict";
import { test } from "node:test";
import { spread, stack } from "../../mlops_widgets/ui/js/labels.js";

test("labels with room stay where they are wanted", () => {
  assert.deepEqual(spread([10, 50, 90], 16, 0, 100), [10, 50, 90]);
});

test("labels that would touch move apart by the gap and keep their order", () => {
  assert.deepEqual(spread([50, 50], 16, 0, 100), [42, 58]);
  assert.deepEqual(spread([98, 99], 16, 0, 100), [84, 100]);
});

test("labels never leave their range nor come nearer than the gap, from any start", () => {
  let seed = 7;
  const random = () => (seed = (seed * 16807) % 2147483647) / 2147483647;
  for (let round = 0; round < 300; round += 1) {
    const wanted = Array.from({ length: 1 + Math.floor(random() * 7) }, () => random() * 200);
    const places = spread(wanted, 16, 0, 200).map((place, index) => [place, wanted[index]]);
    const sorted = places.map(([place]) => place).sort((a, b) => a - b);
    assert.ok(sorted[0] >= -1e-9 && sorted[sorted.length - 1] <= 200 + 1e-9);
    assert.ok(sorted.every((place, index) => index === 0 || place - sorted[index - 1] >= 16 - 1e-9));
    const byWish = places.sort((a, b) => a[1] - b[1]).map(([place]) => place);
    assert.ok(byWish.every((place, index) => index === 0 || place >= byWish[index - 1]));
  }
});

test("with too many labels the gap shrinks rather than the range", () => {
  assert.deepEqual(spread([1, 2, 3], 60, 0, 100), [0, 50, 100]);
});

test("spans that overlap take different rows", () => {
  assert.deepEqual(stack([[0, 10], [5, 15], [12, 20]]), [0, 1, 0]); // prettier-ignore
});
