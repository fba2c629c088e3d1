import assert from "node:assert/strict";
import { test } from "node:test";
import { digitsApart } from "../../mlops_widgets/ui/js/charts/rows.js";

const axis = (form) => ({ label: "", form, lower: null, upper: null });

test("numbers without intervals have the decimals that the exported picture gives them, as in tests/ui/test_scales.py", () => {
  const cases = [[[-2.19, -0.4], 2], [[-1.7, -0.93], 2], [[0.01, 0.05], 3], [[3, 40], 1], [[0, 12000], 0], [[1, 1], 2]]; // prettier-ignore
  for (const [values, digits] of cases) assert.equal(digitsApart(values, axis("number")), digits);
  assert.equal(digitsApart([0.06, 0.32], axis("percent")), 2);
  assert.equal(digitsApart([0.06, 0.07], axis("percent")), 4);
  assert.equal(digitsApart([0.5, null, NaN], axis("number")), 2);
});
