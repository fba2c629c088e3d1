"""How often compare_live errs where nothing happened, how often its intervals hold, and what it finds where it broke.

Null: test, production and reference are samples of one population, so every verdict but "passed" and "not enough data"
is a false alarm. Coverage: each step's 95 % interval of the harm against the harm in the population, which is 0 for the
live step (and for out-of-fold → test with logged scores there is none). Power: production's scores lose separation by a
planted amount beyond the margin. Run: `python benchmarks/live_gap_null.py [seeds]`.
"""

import sys
import time
from collections import Counter
from collections.abc import Callable
from functools import partial

import numpy as np
import pandas as pd
from scipy.stats import norm
from sklearn.linear_model import LogisticRegression

from mlops_widgets.overfitting.monitoring.live_gap import LiveGapResult, compare_live
from mlops_widgets.study.loading import load_study
from mlops_widgets.study.study import Study

SEPARATION = 1.2  # distance of the classes' means in standard deviations: AUC = Φ(1.2 / √2) = .80
CODES = ("OV-LG-01", "OV-LG-02", "OV-LG-03")


def logged(rng: np.random.Generator, *, rows: int = 2000, lost: float = 0.0, a_unit: int = 1) -> Study:
    """Scores of a test and a production of `rows` each; with units, label and most of the score are the customer's."""

    def part(separation: float, first: int) -> pd.DataFrame:
        units = rows // a_unit
        y = rng.integers(0, 2, units)
        level = rng.normal(size=units) * np.sqrt(0.9 if a_unit > 1 else 1.0) + separation * y
        unit = np.repeat(np.arange(units), a_unit)
        score = level[unit] + (rng.normal(size=len(unit)) * np.sqrt(0.1) if a_unit > 1 else 0)
        return pd.DataFrame({"y": y[unit], "s": score, "customer": unit + first})

    return load_study(
        scores="s", test=part(SEPARATION, 0), production=part(SEPARATION - lost, rows), target="y",
        entity="customer" if a_unit > 1 else None,
    )  # fmt: skip


def fitted(rng: np.random.Generator) -> Study:
    """A logistic regression with reference, test and production of one population."""

    def part(rows: int) -> pd.DataFrame:
        y = rng.integers(0, 2, rows)
        x = rng.normal(size=(rows, 4))
        x[:, 0] += SEPARATION * y
        return pd.DataFrame(x, columns=list("abcd")).assign(y=y)

    reference = part(1000)
    model = LogisticRegression().fit(reference[list("abcd")], reference["y"])
    return load_study(model=model, reference=reference, test=part(1000), production=part(1000), target="y")


def run(name: str, make: Callable[[np.random.Generator], Study], seeds: int, *, harm: float = 0.0) -> None:
    alarms: Counter[str] = Counter()
    seen: Counter[str] = Counter()
    held: Counter[str] = Counter()
    steps: Counter[str] = Counter()
    start = time.process_time()
    for seed in range(seeds):
        result = compare_live(make(np.random.default_rng(seed)), draws=300, seed=seed)
        assert isinstance(result, LiveGapResult)
        for finding in result.findings:
            seen[finding.code] += 1
            alarms[finding.code] += finding.status in {"failed", "warning"}
        for step in result.steps:
            true = harm if step.name == "live" else 0.0
            steps[step.name] += 1
            held[step.name] += step.lower <= true <= step.upper
    shares = ", ".join(f"{code} {alarms[code] / seen[code]:.1%}" for code in CODES if seen[code])
    # Memorising truly costs something: its interval is no interval of 0.
    cover = ", ".join(f"{step} {held[step] / steps[step]:.1%}" for step in steps if step != "memorised")
    print(f"{name:<44} failed or warning: {shares}; interval holds: {cover}; {time.process_time() - start:.0f} s")
    if harm == 0:
        assert all(alarms[code] <= 0.05 * seen[code] for code in CODES), "false alarms beyond 5 %"


def auc(separation: float, *, noise: float = 1.0) -> float:
    return float(norm.cdf(separation / np.sqrt(2 * noise)))


def main() -> None:
    seeds = int(sys.argv[1]) if len(sys.argv) > 1 else 200
    print(f"{seeds} seeds each, margin .03 (default for ROC AUC)")
    run("null, logged scores, 2,000 + 2,000 rows", logged, seeds)
    run("null, logged scores, 200 + 200 rows", partial(logged, rows=200), seeds)
    run("null, 200 + 200 customers of ten rows", partial(logged, a_unit=10), seeds)
    run("null, logistic regression, 3 × 1,000 rows", fitted, seeds)
    for lost in (0.2, 0.4, 0.6):
        harm = auc(SEPARATION) - auc(SEPARATION - lost)
        run(f"AUC falls by {harm:.3f}, 2,000 + 2,000 rows", partial(logged, lost=lost), seeds, harm=harm)


if __name__ == "__main__":
    main()
