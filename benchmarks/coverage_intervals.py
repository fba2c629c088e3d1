"""How often do the intervals hold the truth? Simulated at known truths, for rows and for clusters, for one sample and
for the difference of two without any real change.

    python benchmarks/coverage_intervals.py [replications]

Every line: how often the 95 % interval of `measure` (and, to compare, the percentile interval) held the truth, its mean
width, and for differences how often `judge` called a harm that wasn't there. Scores and errors of a cluster share a
normal effect with an intra-class correlation of 0.3. The truth is that of new clusters; pairs within a cluster rank
better, so the AUC of a sample of few clusters is biased upwards, which its interval can't know.
"""

import sys
import time
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
from scipy import stats

from mlops_widgets.measures.intervals import Estimate, estimate_of, harm, interval
from mlops_widgets.measures.metrics import METRICS
from mlops_widgets.measures.ranks import auc_interval
from mlops_widgets.measures.resampling import Resampler, Scored
from mlops_widgets.measures.verdicts import judge

Floats = npt.NDArray[np.float64]
CORRELATION = 0.3
DRAWS = 400
NAMES = ("roc_auc", "accuracy", "rmse")


@dataclass(frozen=True, kw_only=True)
class World:
    """One setting with its truth."""

    rows: int
    clusters: int | None = None
    auc: float = 0.8
    accuracy: float = 0.85
    prevalence: float = 0.5
    share: float = 1.0  # of the replications: large settings get fewer

    def units(self) -> npt.NDArray[np.intp] | None:
        return None if self.clusters is None else np.arange(self.rows) % self.clusters

    def noise(self, rng: np.random.Generator) -> Floats:
        own = rng.normal(size=self.rows)
        units = self.units()
        if units is None:
            return own
        shared = rng.normal(size=int(units.max()) + 1)[units]
        return np.asarray(np.sqrt(CORRELATION) * shared + np.sqrt(1 - CORRELATION) * own)

    def sample(self, rng: np.random.Generator) -> dict[str, Scored]:
        y = (rng.random(self.rows) < self.prevalence).astype(np.float64)
        y[:2] = 0, 1
        scores = np.sqrt(2) * stats.norm.ppf(self.auc) * y + self.noise(rng)
        right = self.noise(rng) < stats.norm.ppf(self.accuracy)
        return {
            "roc_auc": (METRICS["roc_auc"], y, scores),
            "accuracy": (METRICS["accuracy"], y, np.where(right, y, 1 - y)),
            "rmse": (METRICS["rmse"], np.zeros(self.rows), self.noise(rng)),
        }

    @property
    def truth(self) -> dict[str, float]:
        return {"roc_auc": self.auc, "accuracy": self.accuracy, "rmse": 1.0}

    def __str__(self) -> str:
        units = "rows" if self.clusters is None else f"{self.clusters} clusters"
        return f"{self.rows:>5} {units:<13} AUC {self.auc:.2f} acc. {self.accuracy:.2f} positives {self.prevalence:.0%}"


@dataclass
class Tally:
    """Intervals seen so far."""

    below: list[bool] = field(default_factory=list)
    above: list[bool] = field(default_factory=list)
    widths: list[float] = field(default_factory=list)

    def add(self, lower: float, upper: float, truth: float) -> None:
        self.below.append(truth < lower)
        self.above.append(truth > upper)
        self.widths.append(upper - lower)

    def __str__(self) -> str:
        low, high = 100 * np.mean(self.below), 100 * np.mean(self.above)
        return f"{100 - low - high:5.1f} % (misses {low:4.1f} low, {high:4.1f} high) width {np.mean(self.widths):.3f}"


Tallies = dict[tuple[str, str], Tally]


def replicate(world: World, rng: np.random.Generator, seed: int, tallies: Tallies) -> dict[str, Estimate]:
    scored, resampler = world.sample(rng), Resampler(world.units(), draws=DRAWS, seed=seed)
    draws, found = resampler.draws(scored), {}
    for name, truth in world.truth.items():
        found[name] = estimate_of(scored[name], draws[name], resampler)
        tallies.setdefault((name, "measure"), Tally()).add(found[name].lower, found[name].upper, truth)
        tallies.setdefault((name, "percentile"), Tally()).add(*interval(draws[name], kind="percentile"), truth)
    if world.clusters is None:
        _, y, scores = scored["roc_auc"]
        (lower,), (upper,) = auc_interval(y, scores[None, :])
        tallies.setdefault(("roc_auc", "auc_interval"), Tally()).add(lower, upper, world.auc)
    return found


def report(world: World, replications: int) -> None:
    rng, tallies = np.random.default_rng(1), Tallies()
    alarms, passes = dict.fromkeys(NAMES, 0), dict.fromkeys(NAMES, 0)
    for seed in range(replications):
        test, later = (replicate(world, rng, 2 * seed + each, tallies) for each in range(2))
        for name in NAMES:
            metric = METRICS[name]
            worse = harm(metric, test[name], later[name])
            tallies.setdefault((name, "difference"), Tally()).add(worse.lower, worse.upper, 0.0)
            verdict = judge(worse.lower, worse.upper, margin=metric.default_margin(test[name].value), n=world.rows)
            alarms[name] += verdict.status == "failed"
            passes[name] += verdict.status == "passed"
    print(f"\n{world}; {replications} pairs of samples")
    for (name, kind), tally in sorted(tallies.items()):
        verdicts = f" failed {alarms[name] / replications:.1%} passed {passes[name] / replications:.1%}"
        print(f"  {name:<9}{kind:<13}{tally}{verdicts if kind == 'difference' else ''}", flush=True)


WORLDS = (
    World(rows=50),
    World(rows=50, auc=0.97, accuracy=0.97),
    World(rows=50, prevalence=0.15),
    World(rows=200),
    World(rows=200, auc=0.97, accuracy=0.98, prevalence=0.1),
    World(rows=2000, share=0.4),
    World(rows=200, clusters=5),
    World(rows=200, clusters=8),
    World(rows=200, clusters=20),
    World(rows=200, clusters=50, prevalence=0.2),
    World(rows=2000, clusters=8, share=0.4),
    World(rows=2000, clusters=100, share=0.4),
)


def main(replications: int = 1000) -> None:
    start = time.process_time()
    for world in WORLDS:
        report(world, round(replications * world.share))
    print(f"\n{DRAWS} draws a sample; {time.process_time() - start:.0f} s of CPU")


if __name__ == "__main__":
    main(*(int(each) for each in sys.argv[1:]))
