"""How often a ramp errs: worse challengers shipped, equal ones rolled back, and whether the replay foretells it.

Rollouts are simulated from scratch: new rows in every stage, each served by one model, each arm's metric and its standard error
(DeLong's for ROC AUC, the sample's for a share and a mean of skewed losses) computed from its own rows at every look, stages
weighted by precision. The replay's chances come from one sample of 5,000 rows that both models answered, by the jackknife. The true
difference is known: scores are normal in each class. Run: `python benchmarks/rollout.py [rollouts]`.
"""

import sys
import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import stats

from mlops_widgets.measures.experiments.confidence_sequences import boundary
from mlops_widgets.measures.experiments.ramps import Guard, Plan, chances, walk
from mlops_widgets.measures.influence import jackknife
from mlops_widgets.measures.metrics import get_metric
from mlops_widgets.measures.ranks import auc, auc_variance

Floats = npt.NDArray[np.float64]
POSITIVE = 0.2
SHAPE = 1.0  # of lognormal losses
SAMPLE_ROWS = 5000
Drawn = tuple[Floats, Floats]


@dataclass(frozen=True)
class World:
    """A metric, rows whose model has a given true value of it, and the arm's estimate with its variance."""

    name: str
    task: str
    level: float
    margin: float
    sign: int
    draw: Callable[[np.random.Generator, int, float], Drawn]
    estimate: Callable[[Floats, Floats], tuple[float, float]]


def scores(rng: np.random.Generator, rows: int, value: float) -> Drawn:
    y = (rng.random(rows) < POSITIVE).astype(np.float64)
    return y, y * np.sqrt(2) * stats.norm.ppf(value) + rng.normal(size=rows)


def ranked(y: Floats, output: Floats) -> tuple[float, float]:
    if not 1 < y.sum() < len(y) - 1:
        return np.nan, np.nan
    return auc(y, output), float(auc_variance(y, output[None, :])[0])


def decisions(rng: np.random.Generator, rows: int, value: float) -> Drawn:
    y = (rng.random(rows) < 0.5).astype(np.float64)
    return y, np.where(rng.random(rows) < value, y, 1 - y)


def losses(rng: np.random.Generator, rows: int, value: float) -> Drawn:
    return np.zeros(rows), value * np.exp(SHAPE * rng.normal(size=rows) - SHAPE**2 / 2)


def mean_of(y: Floats, output: Floats) -> tuple[float, float]:
    right = (y == output).astype(np.float64)
    return float(right.mean()), float(right.var(ddof=1) / len(right))


def mean_loss(_: Floats, output: Floats) -> tuple[float, float]:
    return float(output.mean()), float(output.var(ddof=1) / len(output))


WORLDS = (
    World("roc_auc", "binary", 0.75, 0.03, 1, scores, ranked),
    World("accuracy", "binary", 0.85, 0.03, 1, decisions, mean_of),
    World("mae", "regression", 1.0, 0.05, -1, losses, mean_loss),
)


def one_rollout(world: World, plan: Plan, gain: float, rng: np.random.Generator) -> tuple[bool, bool, bool]:
    """Shipped, rolled back, and whether the first stage's higher number was the challenger's."""
    values = world.level, world.level + world.sign * gain
    weighted = information = 0.0
    planned = 1.0
    naive = False
    z, limit = 0.0, np.inf
    for stage, share in enumerate(plan.shares):
        arms = [[world.draw(rng, 0, world.level)] for _ in values]
        sizes = [round(plan.units / plan.looks * part) for part in (1 - share, share)]
        for look in range(plan.looks):
            for arm, value, size in zip(arms, values, sizes, strict=True):
                arm.append(world.draw(rng, size, value))
            found = [world.estimate(*(np.concatenate(each) for each in zip(*arm, strict=True))) for arm in arms]
            apart, variance = world.sign * (found[1][0] - found[0][0]), found[0][1] + found[1][1]
            if stage == 0 and look == plan.looks - 1:
                naive = bool(apart > 0)
            if not variance > 0:
                continue
            total, gathered = weighted + apart / variance, information + 1 / variance
            if stage == 0 and planned == 1.0:
                planned = expected_information(plan, variance * sum(sizes) * (look + 1), share)
            z = total / np.sqrt(gathered)
            readable = plan.readable[stage * plan.looks + look]
            limit = (
                float(boundary(np.array([gathered]), tuned_rows=planned, alpha=plan.alpha)[0]) if readable else np.inf
            )
            if z < -limit:
                return False, True, naive
        weighted, information = (total, gathered) if variance > 0 else (weighted, information)
    return bool(z + world.margin * np.sqrt(information) > limit), False, naive


def expected_information(plan: Plan, unit_variance: float, share: float) -> float:
    """About what the ramp gathers in all: equal spread in both arms."""
    spread = unit_variance * share * (1 - share)
    return sum(plan.units * each * (1 - each) / spread for each in plan.shares)


def foretold(world: World, plan: Plan, seed: int) -> dict[float, tuple[float, float, float]]:
    rng = np.random.default_rng(10_000 + seed)
    y, first = world.draw(rng, SAMPLE_ROWS, world.level)
    second = world.draw(rng, SAMPLE_ROWS, world.level)[1]
    if world.name == "roc_auc":
        second = 0.8 * first + 0.6 * rng.normal(size=SAMPLE_ROWS) + 0.2 * y
    metric = get_metric(world.name, world.task)  # type: ignore[arg-type]  # one of them
    rows = np.arange(SAMPLE_ROWS)
    parts = [jackknife(metric, y, output, rows) for output in (first, second)]
    guard = Guard(incumbent=parts[0], challenger=parts[1], margin=world.margin, sign=world.sign)
    walks = walk([guard], plan, simulations=4000, seed=seed)
    assert walks is not None
    out = {}
    for times in (-1.0, 0.0, 1.0):
        found = chances(walks, [guard], [times * world.margin])
        out[times] = found.shipped, float(found.rolled_back[-1]), float(found.looks_better[0])
    return out


def main() -> None:
    rollouts = int(sys.argv[1]) if len(sys.argv) > 1 else 300
    began = time.process_time()
    for world in WORLDS:
        for units in (4000.0, 20_000.0):
            plan = Plan(shares=(0.01, 0.05, 0.25), units=units, looks=5)
            told = foretold(world, plan, 0)
            for times, expected in told.items():
                rng = np.random.default_rng(round(units) + round(10 * times))
                ended = np.array([one_rollout(world, plan, times * world.margin, rng) for _ in range(rollouts)])
                shipped, back, naive = ended.mean(axis=0)
                print(
                    f"{world.name:<9} {units:>7,.0f} rows a stage, truly {times:+.0f} margin: shipped {shipped:6.1%} (foretold "
                    f"{expected[0]:6.1%}), rolled back {back:6.1%} ({expected[1]:6.1%}), first stage's higher number {naive:4.0%} "
                    f"({expected[2]:4.0%})"
                )
                room = 0.05 + 3 * np.sqrt(0.05 * 0.95 / rollouts)
                assert times >= 0 or shipped <= room, "a worse challenger is shipped more often than promised"
                assert times < 0 or back <= room, "one that is no worse is rolled back more often than promised"
    print(f"{rollouts} rollouts each, {time.process_time() - began:.0f} s CPU")


if __name__ == "__main__":
    main()
