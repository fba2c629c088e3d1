// Who serves when under a retraining policy, what that costs, and the best that could have been done: the twin of
// measures/retraining. Models and chunks are counted from the first model on.

/** @typedef {{ size: number, losses: Float64Array, rows: Float64Array, halves: Float64Array[], signals: Record<string, Float64Array>, late: string[] }} Grid
 *  losses by model and chunk, flat; NaN where there is none; `late` signals need labels */
/** @typedef {{ kind: string, every: number, signal: string, threshold: number, gate: number, horizon: number }} Policy */
/** @typedef {{ cost: number, value: number, labels: number, deploy: number }} Terms */
/** @typedef {{ serving: number[], decided: number[], refused: number[], installs: [number, number][], total: number }} Path */

/**
 * A square from its upper triangle, row by row; NaN below.
 * @param {ArrayLike<number>} triangle
 * @param {number} size
 */
export function squared(triangle, size) {
  const square = new Float64Array(size * size).fill(Number.NaN);
  let at = 0;
  for (let i = 0; i < size; i++) for (let j = i; j < size; j++) square[i * size + j] = triangle[at++];
  return square;
}

/** Whether there is a model i. @param {Grid} grid @param {number} i */
const exists = ({ losses, size }, i) => !Number.isNaN(losses[i * size + size - 1]);

/**
 * What a policy does from chunk `start` on, the first model serving at first.
 * @param {Grid} grid
 * @param {Policy} policy
 * @param {Terms} terms
 * @param {number} start
 */
export function walk(grid, policy, terms, start) {
  const wants = (/** @type {number} */ t, /** @type {number} */ serving) => decides(grid, policy, terms, t, serving, start); // prettier-ignore
  return walked(grid, wants, terms, start, grid.losses, policy.gate);
}

/** @param {Grid} grid @param {(t: number, serving: number) => boolean} wants @param {Terms} terms @param {number} start @param {Float64Array} losses @param {number} gate @returns {Path} */
function walked(grid, wants, { cost, value, labels, deploy }, start, losses, gate) {
  const { size } = grid;
  /** @type {Path} */
  const path = { serving: [], decided: [], refused: [], installs: [], total: 0 };
  let serving = 0;
  let pending = [-1, -1];
  for (let t = start; t < size; t++) {
    const candidate = t - labels;
    const install = () => path.installs.push([t, (serving = pending[1])]);
    if (pending[0] === t) install();
    const able = pending[0] <= t && t > start && candidate > serving && exists(grid, candidate);
    if (able && (!gate || candidate - gate > serving) && wants(t, serving)) {
      path.decided.push(t);
      path.total += cost;
      if (gate && !beats(grid, candidate, serving, gate)) path.refused.push(t);
      else {
        pending = [t + deploy, candidate];
        if (!deploy) install();
      }
    }
    path.serving.push(serving);
    path.total += losses[serving * size + t] * value;
  }
  return path;
}

/** Whether a challenger's twin beats the champion on the newest labelled chunks. @param {Grid} grid @param {number} candidate @param {number} serving @param {number} gate */
function beats(grid, candidate, serving, gate) {
  const twin = candidate - gate;
  const sum = (/** @type {number} */ model) =>
    grid.losses.subarray(model * grid.size + twin, model * grid.size + candidate).reduce((all, each) => all + each, 0);
  return exists(grid, twin) && sum(twin) < sum(serving);
}

/** @param {Grid} grid @param {Policy} policy @param {Terms} terms @param {number} t @param {number} serving @param {number} start */
function decides(grid, policy, terms, t, serving, start) {
  const known = t - terms.labels;
  if (policy.kind === "every") return (t - start) % policy.every === 0;
  if (policy.kind === "forecast") return gain(grid, policy, terms, t, serving) > terms.cost;
  if (policy.kind !== "signal") return false;
  const read = grid.late.includes(policy.signal) ? known : t;
  return read > serving && grid.signals[policy.signal][serving * grid.size + read - 1] > policy.threshold;
}

/** What a retrain is expected to save, from a weighted line of the loss over the model's age. @param {Grid} grid @param {Policy} policy @param {Terms} terms @param {number} t @param {number} serving */
function gain({ rows, losses, size }, { threshold, horizon }, { value, labels, deploy }, t, serving) {
  const ages = Array.from({ length: Math.max(0, t - labels - serving) }, (_, age) => age).filter((age) => rows[serving + age] > 0); // prettier-ignore
  if (ages.length < 4) return -Infinity;
  const weight = (/** @type {number} */ age) => rows[serving + age];
  const lost = (/** @type {number} */ age) => losses[serving * size + serving + age] / weight(age);
  const sum = (/** @type {(age: number) => number} */ of) => ages.reduce((all, age) => all + weight(age) * of(age), 0);
  const all = sum(() => 1);
  const [x, y] = [sum((age) => age) / all, sum(lost) / all];
  const spread = sum((age) => (age - x) ** 2);
  const slope = sum((age) => (age - x) * (lost(age) - y)) / spread;
  const noise = sum((age) => (lost(age) - y - slope * (age - x)) ** 2) / (ages.length - 2);
  const ahead = horizon * (t + deploy - serving) + (horizon * (horizon - 1)) / 2;
  return (slope - threshold * Math.sqrt(noise / spread)) * ahead * (all / ages.length) * value;
}

/**
 * The least total: chosen on one half of the rows and scored on the other, both ways; in hindsight where there are no halves.
 * @param {Grid} grid
 * @param {Terms} terms
 * @param {number} start
 */
export function oracle(grid, terms, start) {
  const path = hindsight(grid, terms, grid.losses, start);
  if (!grid.halves.length) return { path, total: path.total };
  const scored = [0, 1].map((half) => {
    const chosen = hindsight(grid, terms, grid.halves[half], start).decided;
    return walked(grid, (t) => chosen.includes(t), terms, start, grid.halves[1 - half], 0).total;
  });
  return { path, total: (scored[0] + scored[1]) / 2 };
}

/** The path of least cost, by dynamic programming from the end. @param {Grid} grid @param {Terms} terms @param {Float64Array} losses @param {number} start */
function hindsight(grid, terms, losses, start) {
  const { size } = grid;
  const { cost, value, labels, deploy } = terms;
  const lost = (/** @type {number} */ i, /** @type {number} */ t) => losses[i * size + t] * value;
  const least = Array.from({ length: size + 1 }, () => new Float64Array(size));
  const retrains = Array.from({ length: size }, () => new Uint8Array(size));
  for (let t = size - 1; t >= start; t--) {
    const candidate = t - labels;
    const able = t > start && candidate > 0 && exists(grid, candidate) && t + deploy < size;
    for (let i = 0; i <= t; i++) {
      least[t][i] = lost(i, t) + least[t + 1][i];
      if (!able || i >= candidate) continue;
      let instead = cost + (deploy ? least[t + deploy][candidate] : lost(candidate, t) + least[t + 1][candidate]);
      for (let j = t; j < t + deploy; j++) instead += lost(i, j);
      if (instead < least[t][i]) [least[t][i], retrains[t][i]] = [instead, 1];
    }
  }
  return walked(grid, (t, serving) => !!retrains[t][serving], terms, start, losses, 0);
}
