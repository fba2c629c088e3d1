import assert from "node:assert/strict";
import { test } from "node:test";
import { DARK, FULLEST, LIGHT } from "../../mlops_widgets/ui/js/tokens.js";

const TEXT = ["fg", "muted", "reference", "production", "truth", "good", "warning", "bad", "accent"];
const channels = (hex) => [1, 3, 5].map((at) => Number.parseInt(hex.slice(at, at + 2), 16) / 255);
const linear = (value) => (value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4);
const luminance = (rgb) => rgb.reduce((sum, value, index) => sum + [0.2126, 0.7152, 0.0722][index] * linear(value), 0);

/** WCAG 2.2, contrast ratio. */
function contrast(a, b) {
  const [low, high] = [luminance(a), luminance(b)].sort((x, y) => x - y);
  return (high + 0.05) / (low + 0.05);
}
const mixed = (over, under, share) => over.map((value, index) => value * share + under[index] * (1 - share));

for (const [theme, tokens] of Object.entries({ light: LIGHT, dark: DARK })) {
  for (const ground of ["bg", "panel"]) {
    test(`${theme}: text reaches 4.5:1 and marks 3:1 on ${ground}`, () => {
      for (const name of TEXT) assert.ok(contrast(channels(tokens[name]), channels(tokens[ground])) >= 4.5, name);
      assert.ok(contrast(channels(tokens.ghost), channels(tokens[ground])) >= 3, "ghost");
    });
  }
  test(`${theme}: a number in the fullest cell of a heat map reaches 4.5:1`, () => {
    for (const role of ["reference", "production"]) {
      const cell = mixed(channels(tokens[role]), channels(tokens.bg), FULLEST);
      assert.ok(contrast(channels(tokens.fg), cell) >= 4.5, role);
    }
  });
  test(`${theme}: the word on a filled button and in a tooltip reaches 4.5:1`, () => {
    assert.ok(contrast(channels(tokens.bg), channels(tokens.production)) >= 4.5);
    assert.ok(contrast(channels(tokens.bg), channels(tokens.fg)) >= 4.5);
  });
}

test("light and dark name the same tokens", () => {
  assert.deepEqual(Object.keys(LIGHT), Object.keys(DARK));
});
