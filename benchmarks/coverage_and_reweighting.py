"""How often measure_coverage cries wolf, what it finds, and whether reweighted intervals hold the score in production.

Null: test and production are samples of one population; "failed" and "warning" are false alarms, and so is a joint
p-value of 0.05 or less. Power: a hole in the test, or a moved column. Coverage: the share of seeds in which the 95 %
interval of `reweight_metric` holds the score of the whole production population (500,000 rows), where only features moved
(covariate shift), or only the share of the classes (label shift). Run: `python benchmarks/coverage_and_reweighting.py [seeds]`.
"""

import sys
import time
from collections import Counter
from collections.abc import Callable
from functools import partial

import numpy as np
import pandas as pd

from mlops_widgets.measures.metrics import METRICS
from mlops_widgets.overfitting.representative.coverage import CoverageResult, measure_coverage
from mlops_widgets.overfitting.representative.reweighting import ReweightResult, reweight_metric
from mlops_widgets.study.loading import load_study
from mlops_widgets.study.study import Study

FEATURES = ["a", "b", "c", "d", "area"]


def part(rng: np.random.Generator, rows: int, *, shift: float = 0.0, a_unit: int = 1, first: int = 0) -> pd.DataFrame:
    """Four numbers, a word, and an outcome that the score predicts worse where a is high; units share their features."""
    units = rows // a_unit
    frame = pd.DataFrame(rng.normal(size=(units, 4)), columns=list("abcd"))
    frame["a"] += shift
    frame["area"] = rng.choice(["north", "south", "west"], units, p=[0.5, 0.3, 0.2])
    frame = frame.loc[np.repeat(np.arange(units), a_unit)].reset_index(drop=True)
    frame["customer"] = np.repeat(np.arange(units), a_unit) + first
    frame["y"] = rng.integers(0, 2, len(frame))
    frame["score"] = rng.normal(size=len(frame)) + (1.8 - 0.6 * frame["a"]) * frame["y"]
    return frame


def study_of(test: pd.DataFrame, production: pd.DataFrame, *, entity: bool = False) -> Study:
    return load_study(
        scores="score", test=test, production=production, target="y", features=FEATURES,
        entity="customer" if entity else None,
    )  # fmt: skip


def null(rng: np.random.Generator, *, rows: int, a_unit: int = 1) -> Study:
    test, production = part(rng, rows, a_unit=a_unit), part(rng, rows, a_unit=a_unit, first=rows)
    return study_of(test, production, entity=a_unit > 1)


def moved(rng: np.random.Generator, *, rows: int, shift: float) -> Study:
    return study_of(part(rng, rows), part(rng, rows, shift=shift))


def hole(rng: np.random.Generator, *, rows: int) -> Study:
    """A tenth of production, of which the test has one row in twenty."""
    test, production = part(rng, rows), part(rng, rows)
    lost = (test["area"] == "south") & (test["b"] > 0.43) & (rng.random(rows) < 0.95)
    return study_of(test[~lost], production)


def coverage(name: str, make: Callable[[np.random.Generator], Study], seeds: int, *, is_null: bool = False) -> None:
    flagged: Counter[str] = Counter()
    start = time.process_time()
    for seed in range(seeds):
        result = measure_coverage(make(np.random.default_rng(seed)), draws=199, seed=seed)
        assert isinstance(result, CoverageResult)
        flagged.update(f.code for f in result.findings if f.status in {"failed", "warning"})
        flagged["p ≤ .05"] += result.auc_p <= 0.05
        flagged["a column"] += bool((result.adjusted <= 0.05).any())
    shares = ", ".join(f"{what} {flagged[what] / seeds:.1%}" for what in ("p ≤ .05", "a column", "OV-CO-01", "OV-CO-02", "OV-CO-03", "OV-CO-04"))  # fmt: skip
    print(f"{name:<44} {shares}; {(time.process_time() - start) / seeds:.2f} s a run", flush=True)
    if is_null:
        most = 0.05 + 3 * np.sqrt(0.05 * 0.95 / seeds)
        assert all(flagged[what] / seeds <= most for what in flagged), (
            "false alarms beyond 5 % and three standard errors"
        )


def reweighting(name: str, seeds: int, *, rows: int, shift: float, prior: float | None = None) -> None:
    truth = part(np.random.default_rng(10**6), 500_000, shift=shift)
    metric = METRICS["roc_auc"]
    if prior is not None:
        metric = METRICS["accuracy"]
        weights = np.where(truth["y"] == 1, prior, 1 - prior)
        said = (truth["score"] > 0.9).astype(float).to_numpy()
        true = metric(truth["y"].to_numpy(), said, weights)
    else:
        true = metric(truth["y"].to_numpy(), truth["score"].to_numpy())
    held = plain = trusted = held_trusted = 0
    for seed in range(seeds):
        rng = np.random.default_rng(seed)
        test, production = part(rng, rows), part(rng, rows, shift=shift)
        if prior is None:
            result = reweight_metric(study_of(test, production), draws=300, seed=seed)
        else:
            logged = test.assign(said=(test["score"] > 0.9).astype(int))
            study = load_study(predictions="said", test=logged, target="y", features=FEATURES, metric="accuracy")
            result = reweight_metric(study, to={"target": {1: prior}}, draws=300, seed=seed)
        assert isinstance(result, ReweightResult)
        inside = result.lower <= true <= result.upper
        held += inside
        plain += result.unweighted_lower <= true <= result.unweighted_upper
        trusted += result.trusted
        held_trusted += inside and result.trusted
    print(
        f"{name:<44} holds {held / seeds:.1%}, the unweighted one {plain / seeds:.1%}; trusted {trusted / seeds:.0%}, of these "
        f"holds {held_trusted / max(trusted, 1):.1%}",
        flush=True,
    )


def main() -> None:
    seeds = int(sys.argv[1]) if len(sys.argv) > 1 else 200
    print(f"{seeds} seeds each")
    coverage("null, 1,000 + 1,000 rows", partial(null, rows=1000), seeds, is_null=True)
    coverage("null, 200 + 200 rows", partial(null, rows=200), seeds, is_null=True)
    coverage("null, 100 + 100 customers of ten rows", partial(null, rows=1000, a_unit=10), seeds, is_null=True)
    coverage("one of five columns moved .3 sd, 1,000 rows", partial(moved, rows=1000, shift=0.3), seeds)
    coverage("one of five columns moved 1 sd, 1,000 rows", partial(moved, rows=1000, shift=1.0), seeds)
    coverage("hole of 10 % of production, 2,000 rows", partial(hole, rows=2000), seeds)
    reweighting("label shift, .5 → .2, 1,000 rows", seeds, rows=1000, shift=0.0, prior=0.2)
    for shift in (0.0, 0.5, 1.0):
        reweighting(f"covariate shift of {shift} sd, 1,000 rows", seeds, rows=1000, shift=shift)


if __name__ == "__main__":
    main()
