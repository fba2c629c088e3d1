"""How often a retraining policy is called better than never where it isn't, and whether noise alone shows regret to the oracle.

Run `python benchmarks/retraining_policies.py`; it takes a few minutes. The table of docs/methods.md is that of
`--seeds 300 --first-seed 50000`.

A timeline has 8 chunks before the first model and 12, 24, 44 or 88 after it. Every model loses the same on average: the loss of model
i in chunk j is the chunk's own plus noise that is independent ("exchangeable") or follows AR(1) with coefficient .5 along the
chunks. Nothing is to be gained, a retrain costs nothing, and eleven policies or more are compared with never at once. Counted are
timelines in which any of them is called better, and in which any is called worse.
"""

import argparse

import numpy as np

from mlops_widgets.lifecycle.retraining.result import RetrainingResult
from mlops_widgets.measures.retraining.grid import Floats, Grid
from mlops_widgets.measures.retraining.oracle import oracle
from mlops_widgets.measures.retraining.policies import Policy, Terms, walk

FIRST, ROWS = 8, 400.0


def timeline(rng: np.random.Generator, served: int, *, carried: float, gain: float = 0.0, own: float = 0.01) -> Grid:
    """Return a grid on which nothing is to be gained, or `gain` a row and chunk of age; `own` is the noise of a model in a chunk."""
    chunks = FIRST + served
    place = np.arange(chunks)
    level = 0.5 + _noise(rng, (1, chunks), carried, 0.03)
    age = np.maximum(place[None, :] - place[:, None], 0)
    read = (age > 0) | np.eye(chunks, dtype=bool)
    read[:FIRST] = False
    mean = level + _noise(rng, (chunks, chunks), carried, own) + gain * age
    halves = np.stack([mean + rng.normal(0, 0.01, mean.shape) for _ in range(2)]) * ROWS / 2
    monitor = np.abs(_noise(rng, (1, chunks), carried, 1.0)) + gain * age * 20
    signals = {"drift": np.where(read, monitor, np.nan), "calibration": np.where(read, mean - 0.5, np.nan)}
    return Grid(
        sums=np.where(read, halves, np.nan), counts=np.full((2, chunks), ROWS / 2), first=FIRST, label_delay=2,
        signals=signals, needs_labels=frozenset({"calibration"}),
    )  # fmt: skip


def _noise(rng: np.random.Generator, shape: tuple[int, int], carried: float, scale: float) -> Floats:
    """Return noise that follows AR(1) along the chunks, with this standard deviation."""
    steps = rng.normal(0, 1, shape)
    for j in range(1, shape[1]):
        steps[:, j] = carried * steps[:, j - 1] + np.sqrt(1 - carried**2) * steps[:, j]
    return np.asarray(scale * steps)


def verdicts(seeds: range, served: int, carried: float, gain: float = 0.0) -> tuple[float, float]:
    """Return the shares of timelines in which a policy is called better, and in which one is called worse."""
    found = []
    for seed in seeds:
        grid = timeline(np.random.default_rng(seed), served, carried=carried, gain=gain)
        said = {each.verdict for each in RetrainingResult.of(grid, seed=seed).policies}
        found.append(("better" in said, "worse" in said))
    better, worse = np.mean(found, axis=0)
    return float(better), float(worse)


def alarms(seeds: range) -> float:
    """Return the share of timelines of independent chunks in which a trigger, as tuned, fires on the judged part."""
    fired = []
    for seed in seeds:
        result = RetrainingResult.of(timeline(np.random.default_rng(seed), 24, carried=0.0), retrain_cost=20.0)
        fired.append([each.judged_retrains > 0 for each in result.policies if each.kind == "signal" and not each.gate])
    return float(np.mean(fired))


def regret(seeds: range) -> tuple[float, float]:
    """Return never's mean regret to the oracle of halves, and to hindsight, as shares of never's loss, where only the rows differ."""
    shares = []
    for seed in seeds:
        grid = timeline(np.random.default_rng(seed), 24, carried=0.0, own=0.0)
        never, best = walk(grid, Policy(), Terms()).total, oracle(grid, Terms())
        shares.append(((never - best.total) / never, (never - best.path.total) / never))
    honest, seen = np.mean(shares, axis=0)
    return float(honest), float(seen)


def main() -> None:
    """Print what was found."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=200, help="timelines of each kind")
    parser.add_argument("--first-seed", type=int, default=0, help="seed of the first timeline")
    given = parser.parse_args()
    seeds = range(given.first_seed, given.first_seed + given.seeds)
    for carried in (0.0, 0.5):
        for served in (12, 24, 44, 88):
            better, worse = verdicts(seeds, served, carried)
            print(f"AR {carried:.1f}, {served} chunks: called better {better:.3f}, called worse {worse:.3f}")
    print(f"gain .002 a chunk, 24 chunks: called better {verdicts(seeds, 24, 0.0, 0.002)[0]:.1%}")
    print(f"triggers that fire on 12 chunks without change: {alarms(seeds):.1%}")
    honest, seen = regret(seeds)
    print(f"never's regret on noise alone: {honest:+.2%} to the oracle of halves, {seen:+.2%} to hindsight")


if __name__ == "__main__":
    main()
