import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import {
  counted,
  decimals,
  digitsFor,
  interval,
  ownDigits,
  percentDigits,
  sharedDigits,
  tickTexts,
  write,
} from "../../mlops_widgets/ui/js/numbers.js";

test("a share of one is written without its leading zero, and minus is a minus sign", () => {
  assert.equal(write(0.794), ".79");
  assert.equal(write(-0.05), "−.05");
  assert.equal(write(0.999), "1.00");
  assert.equal(write(10.5), "10.50");
  assert.equal(write(0), "0");
});

test("thousands are separated, percent has a narrow space, dates are in UTC", () => {
  assert.equal(write(12345.6, "number", 0), "12,346");
  assert.equal(write(0.125, "percent", 3), "12.5\u202f%");
  assert.equal(write(2000, "integer"), "2,000");
  assert.equal(write(Date.UTC(2024, 0, 31, 23, 59), "date"), "31 Jan 2024");
});

test("what is too small or too large to be written out has three digits and a power of ten", () => {
  assert.equal(write(-2.5e-6), "−2.5e−6");
  assert.equal(write(123456789012), "1.23e11");
  assert.equal(write(1e9), "1e9");
  assert.equal(write(-1234567.891, "number", 2), "−1,234,567.89");
  assert.equal(write(-0.001), ".00");
});

test("what is missing or infinite is said, never printed as NaN", () => {
  assert.equal(write(null), "–");
  assert.equal(write(Number.NaN, "percent"), "–");
  assert.equal(write(-Infinity), "−∞");
  assert.equal(interval(0.7, null), "");
  assert.equal(interval(0.7, 0.86), "[.70, .86]");
});

test("digits follow the span of the scale", () => {
  assert.deepEqual([0.03, 0.3, 1, 3, 30, 30000].map(decimals), [3, 2, 2, 1, 0, 0]);
  assert.equal(decimals(0), 2);
});

test("ticks show exactly the digits of their step", () => {
  assert.deepEqual(tickTexts([0.7, 0.75, 0.8], "number"), [".70", ".75", ".80"]);
  assert.deepEqual(tickTexts([0, 5000, 10000], "number"), ["0", "5,000", "10,000"]);
  assert.deepEqual(tickTexts([0, 0.1, 0.2], "percent"), ["0\u202f%", "10\u202f%", "20\u202f%"]);
  assert.deepEqual(tickTexts([Date.UTC(2024, 0), Date.UTC(2024, 3)], "date"), ["Jan 2024", "Apr 2024"]);
});

test("a count agrees with its noun", () => {
  assert.equal(counted(1, "models"), "1 model");
  assert.equal(counted(2000, "rows"), "2,000 rows");
});

test("a half is rounded away from zero in both precisions, as in tests/core/test_words.py", () => {
  const cases = [[0.745, 2, ".75"], [0.125, 2, ".13"], [0.375, 2, ".38"], [-0.745, 2, "−.75"], [0.7449, 2, ".74"], [2.5, 0, "3"], [1234.5, 0, "1,235"], [0.615, 2, ".62"]]; // prettier-ignore
  for (const [value, digits, text] of cases) {
    assert.equal(write(Number(value), "number", Number(digits)), text);
    assert.equal(write(Math.fround(Number(value)), "number", Number(digits)), text);
  }
});

const fixture = JSON.parse(readFileSync(new URL("fixtures/digits.json", import.meta.url), "utf8"));

test("numbers beside a chart have the digits that the exported picture gives them", () => {
  for (const { lower, upper, digits } of fixture.spans) assert.equal(digitsFor(lower, upper), digits);
  for (const { intervals, digits } of fixture.charts) assert.equal(sharedDigits(intervals), digits);
  for (const { value, text } of fixture.values) assert.equal(write(value, "number", ownDigits(value)), text);
  for (const { value, lower, upper, text, interval: ends } of fixture.shares) {
    const digits = 2 + percentDigits(value, lower, upper);
    const shown = write(value, "percent", digits);
    assert.equal(shown, text);
    assert.equal(interval(lower, upper, "percent", digits), ends);
  }
});
