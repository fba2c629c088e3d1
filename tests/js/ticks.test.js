import assert from "node:assert/strict";
import { test } from "node:test";
import { dateTicks, ticks } from "../../mlops_widgets/ui/js/ticks.js";

const days = (from, to, count) =>
  dateTicks(Date.parse(`${from}Z`), Date.parse(`${to}Z`), count).map((tick) => new Date(tick).toISOString());

test("ticks are the round values within an axis, as d3-array 3.2.5 chose them", () => {
  assert.deepEqual(ticks(0, 1, 5), [0, 0.2, 0.4, 0.6, 0.8, 1]);
  assert.deepEqual(ticks(-0.13, 0.42, 6), [-0.1, 0, 0.1, 0.2, 0.3, 0.4]);
  assert.deepEqual(ticks(0.71, 0.86, 4), [0.75, 0.8, 0.85]);
  assert.deepEqual(ticks(592, 810, 5), [600, 650, 700, 750, 800]);
  assert.deepEqual(ticks(-5e5, 3e6, 3), [0, 1e6, 2e6, 3e6]);
  assert.deepEqual(ticks(3, 3, 5), [3]);
});

test("no tick has digits of a sum, and zero has no sign", () => {
  assert.deepEqual(ticks(0.1, 0.7, 6), [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7]);
  for (const tick of ticks(-1, 1, 4)) assert.ok(!Object.is(tick, -0));
});

test("dates stand on the days, months and years of the calendar, as d3-time 3.1.1 chose them", () => {
  const hours = ["05T06", "05T12", "05T18", "06T00"].map((hour) => `2024-03-${hour}:00:00.000Z`);
  assert.deepEqual(days("2024-03-05T03:04", "2024-03-06T03:04", 5), hours);
  const months = ["2024-04-01", "2024-05-01", "2024-06-01", "2024-07-01"].map((day) => `${day}T00:00:00.000Z`);
  assert.deepEqual(days("2024-03-05T03:04", "2024-07-03T03:04", 6), months);
  const quarters = days("2024-03-05T00:00", "2025-07-18T00:00", 8).map((day) => day.slice(0, 10));
  assert.deepEqual(quarters, ["2024-04-01", "2024-07-01", "2024-10-01", "2025-01-01", "2025-04-01", "2025-07-01"]);
  const years = days("2024-03-05T00:00", "2060-01-02T00:00", 8).map((day) => day.slice(0, 10));
  assert.deepEqual(
    years,
    [2025, 2030, 2035, 2040, 2045, 2050, 2055, 2060].map((year) => `${year}-01-01`),
  );
});

test("weeks begin on a Monday", () => {
  const weeks = days("2024-03-05T00:00", "2024-04-04T00:00", 6);
  assert.deepEqual([...new Set(weeks.map((day) => new Date(day).getUTCDay()))], [1]);
  assert.equal(weeks.length, 4);
});

test("a span too short for the clock's minutes has no tick twice", () => {
  assert.deepEqual(days("2024-03-05T00:00:10", "2024-03-05T00:02:10", 9), [
    "2024-03-05T00:01:00.000Z",
    "2024-03-05T00:02:00.000Z",
  ]);
});
