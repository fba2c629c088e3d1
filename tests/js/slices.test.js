import assert from "node:assert/strict";
import { test } from "node:test";
import { status } from "../../mlops_widgets/ui/js/views/slices_words.js";

const slice = /** @type {any} */ ({ confirmed: true });

test("a slice says by shape and word whether it was confirmed, and of raw loss that nobody tested it", () => {
  assert.equal(status(slice, false), "■ confirmed");
  assert.equal(status({ ...slice, confirmed: false }, false), "◇ not confirmed");
  assert.equal(status(slice, true), "– not tested");
});
