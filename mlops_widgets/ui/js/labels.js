// Where labels go so that none covers another.

/**
 * Positions as near as possible to those wanted, at least `gap` apart and within [low, high].
 *
 * @param {number[]} wanted
 * @param {number} gap
 * @param {number} low
 * @param {number} high
 * @returns {number[]} in the order of `wanted`; when there is no room for all, the gap shrinks
 */
export function spread(wanted, gap, low, high) {
  const order = wanted.map((_, index) => index).sort((a, b) => wanted[a] - wanted[b] || a - b);
  const room = Math.min(gap, (high - low) / Math.max(1, wanted.length - 1));
  /** @type {{ sum: number, members: number[] }[]} */
  const blocks = [];
  for (const index of order) {
    let block = { sum: wanted[index], members: [index] };
    while (
      blocks.length &&
      start(block) < start(blocks[blocks.length - 1]) + blocks[blocks.length - 1].members.length * room
    ) {
      const before = /** @type {typeof block} */ (blocks.pop());
      // each member would start its block where it wants to be, less its place in the block
      block = {
        sum: before.sum + block.sum - before.members.length * block.members.length * room,
        members: [...before.members, ...block.members],
      };
    }
    blocks.push(block);
  }
  /** @type {number[]} */
  const places = new Array(wanted.length);
  for (const block of blocks) block.members.forEach((index, place) => (places[index] = start(block) + place * room));
  return places;

  /** @param {{ sum: number, members: number[] }} block */
  function start(block) {
    const length = (block.members.length - 1) * room;
    return Math.max(low, Math.min(high - length, block.sum / block.members.length));
  }
}

/**
 * Row of each horizontal span, the lowest row where it overlaps none before it.
 * @param {[number, number][]} spans
 * @returns {number[]}
 */
export function stack(spans) {
  /** @type {number[]} */
  const ends = [];
  const rows = new Array(spans.length).fill(0);
  const order = spans.map((_, index) => index).sort((a, b) => spans[a][0] - spans[b][0]);
  for (const index of order) {
    const [from, to] = spans[index];
    let row = 0;
    while (row < ends.length && ends[row] > from) row += 1;
    ends[row] = to;
    rows[index] = row;
  }
  return rows;
}
