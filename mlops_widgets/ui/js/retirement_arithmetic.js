// When a rule fires, and what waiting since then cost: the twin of lifecycle/retirement/firing.py and waiting_cost.py.

/**
 * The first chunk at whose beginning a rule fires (the number of chunks: today), or -1.
 * @param {ArrayLike<number>} ends the judged end of each chunk's interval, NaN where it wasn't measured
 * @param {{ below: boolean, bound: number, wait: number, k: number, n: number }} rule
 */
export function firstFiring(ends, { below, bound, wait, k, n }) {
  const past = Array.from(ends, (end) => (Number.isNaN(end) ? null : below ? end < bound : end > bound));
  for (let now = 0; now <= past.length; now += 1) {
    const last = past
      .slice(0, Math.max(0, now - wait))
      .filter((each) => each !== null)
      .slice(-n);
    if (last.filter(Boolean).length >= k) return now;
  }
  return -1;
}

/**
 * What waiting from a chunk on cost, its standard error and the rows: a total, or the mean a row.
 * @param {{ edge: ArrayLike<number>, errors: ArrayLike<number>, rows: ArrayLike<number> }} arrays
 * @param {number} chunk
 * @param {boolean} total
 */
export function costSince({ edge, errors, rows }, chunk, total) {
  let [sum, squares, count] = [0, 0, 0];
  for (let j = chunk; j < edge.length; j += 1) {
    if (Number.isNaN(edge[j] + errors[j])) continue;
    sum += rows[j] * edge[j];
    squares += (rows[j] * errors[j]) ** 2;
    count += rows[j];
  }
  const by = total && count ? 1 : count;
  return { value: sum / by, error: Math.sqrt(squares) / by, rows: count };
}
