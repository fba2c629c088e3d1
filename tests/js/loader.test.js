import assert from "node:assert/strict";
import { test } from "node:test";
import { CHUNK_BYTES, hex, piece, sizeWords } from "../../mlops_widgets/ui/js/chunks.js";
import { goal } from "../../mlops_widgets/ui/js/views/loader_browser.js";

test("pieces cover a file once, in order, none over the limit", () => {
  for (const size of [1, CHUNK_BYTES - 1, CHUNK_BYTES, CHUNK_BYTES + 1, 3 * CHUNK_BYTES + 7]) {
    let end = 0;
    for (let index = 0; ; index++) {
      const part = piece(index, size);
      if (!part) break;
      assert.equal(part.start, end);
      assert.ok(part.end - part.start <= CHUNK_BYTES && part.end > part.start);
      end = part.end;
    }
    assert.equal(end, size);
  }
});

test("there is no piece of an empty file, before the first or between two", () => {
  assert.equal(piece(0, 0), null);
  assert.equal(piece(-1, 10), null);
  assert.equal(piece(0.5, 10), null);
});

test("bytes are written as the hex digits that Python writes", () => {
  assert.equal(hex(Uint8Array.of(0, 10, 255).buffer), "000aff");
});

test("sizes are written as Python writes them", () => {
  const words = [0, 999, 1_500, 12_000_000, 3_200_000_000].map(sizeWords);
  assert.deepEqual(words, ["0 B", "999 B", "1.5 kB", "12 MB", "3.2 GB"]);
});

const entries = ["..", "archive", "data", "log.csv", "Lines.csv"].map((name) => ({ name }));

test("arrow keys walk through a folder and stop at its ends", () => {
  assert.equal(goal("ArrowDown", 1, entries), 2);
  assert.equal(goal("ArrowDown", 4, entries), 4);
  assert.equal(goal("ArrowUp", 0, entries), 0);
  assert.equal(goal("End", 0, entries), 4);
  assert.equal(goal("PageUp", 3, entries), 0);
});

test("a letter leads to the next name that begins with it, whatever its capitals", () => {
  assert.equal(goal("l", 0, entries), 3);
  assert.equal(goal("l", 3, entries), 4);
  assert.equal(goal("L", 4, entries), 3);
  assert.equal(goal("z", 0, entries), null);
  assert.equal(goal("Tab", 0, entries), null);
});
