import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { said } from "../../mlops_widgets/ui/js/article.js";

const cases = JSON.parse(readFileSync(new URL("fixtures/origins.json", import.meta.url), "utf8"));

test("a statement says who made it, in the same words as in Python", () => {
  for (const { words, ...statement } of cases) assert.equal(said(statement), words);
});
