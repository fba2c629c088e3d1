"""Whether explain_change's covariate part and remainder hit the known parts of made-up changes.

Five features, of which two decide the outcome and one its noise; the model is a fixed logistic curve. Production's rows
differ (covariate shift), or what decides the outcome does (concept shift), or both, or neither. The true parts are those
of a million rows. Counted: how often the 95 % interval of each part holds its truth, the mean error of each part in its
own standard errors, how often a part that is 0 is called a cause. Run: `python benchmarks/change_parts.py [seeds]`.
"""

import sys
import time
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

import mlops_widgets as mw
from mlops_widgets.measures.change import Change
from mlops_widgets.overfitting.monitoring.change_pair import pair_of, sample_of
from mlops_widgets.study.over_time.stages import Settings

Floats = npt.NDArray[np.float64]
NAMES = [f"x{i}" for i in range(5)]
SHIFT, TURN, LARGE = 0.7, 0.5, 1_000_000


def _sigmoid(x: Floats) -> Floats:
    return np.asarray(1 / (1 + np.exp(-x)))


def features(rng: np.random.Generator, rows: int, *, moved: bool) -> Floats:
    x = rng.normal(size=(rows, len(NAMES)))
    x[:, :2] += SHIFT * moved
    return np.asarray(x)


def outcomes(rng: np.random.Generator, x: Floats, *, turned: bool) -> Floats:
    """Steep where x1 is low, flat where it is high: rows of another kind are harder, not only other."""
    steep = 3 * _sigmoid(-1.5 * x[:, 1])
    slope = np.where(turned & (x[:, 2] > 0), 1 - 2 * TURN, 1.0)
    return np.asarray((rng.random(len(x)) < _sigmoid(steep * slope * (x[:, 0] - 0.2))).astype(np.float64))


def said(frame: pd.DataFrame) -> Floats:
    p = _sigmoid(1.5 * (frame["x0"].to_numpy() - 0.2))
    return np.column_stack([1 - p, p])


def frame_of(rng: np.random.Generator, rows: int, *, moved: bool, turned: bool, customers: int = 0) -> pd.DataFrame:
    count = rows if not customers else rows // customers
    x = features(rng, count, moved=moved)
    if customers:
        x = np.repeat(x, customers, axis=0)
    frame = pd.DataFrame(x, columns=NAMES).assign(y=outcomes(rng, x, turned=turned))
    return frame if not customers else frame.assign(who=np.repeat(rng.permutation(10**6)[:count], customers))


def truth(metric: str, *, moved: bool, turned: bool) -> tuple[float, float]:
    """Return the covariate part and the remainder, positive where worse."""
    rng = np.random.default_rng(99)
    tables = {
        "before": frame_of(rng, LARGE, moved=False, turned=False),
        "mixed": frame_of(rng, LARGE, moved=moved, turned=False) if moved else None,
        "after": frame_of(rng, LARGE, moved=moved, turned=turned) if turned else None,
    }
    scored: dict[str, float] = {}
    last = float("nan")
    for name, table in tables.items():
        if table is not None:
            study = mw.load_study(predict_proba=said, features=NAMES, test=table, target="y", metric=metric)
            rows = study.measure(study.need("test"))
            last = float(rows.metric(rows.y, rows.output))
        scored[name] = last
    gain = study.metric.gain
    return float(gain(scored["before"], scored["mixed"])), float(gain(scored["mixed"], scored["after"]))


def parts(metric: str, seeds: int, *, moved: bool, turned: bool, rows: int = 2000, customers: int = 0) -> None:
    start, truths = time.process_time(), truth(metric, moved=moved, turned=turned)
    held, z, blamed = np.zeros(2), np.zeros((seeds, 2)), np.zeros(2)
    settings: dict[str, Any] = {"folds": 2, "draws": 200, "max_fit_rows": 20_000}
    errors = np.zeros((seeds, 2))
    for seed in range(seeds):
        rng = np.random.default_rng(seed)
        study = mw.load_study(
            predict_proba=said, features=NAMES, test=frame_of(rng, rows, moved=False, turned=False, customers=customers),
            production=frame_of(rng, rows, moved=moved, turned=turned, customers=customers), target="y", metric=metric,
            entity="who" if customers else None,
        )  # fmt: skip
        pair = pair_of(study, Settings(**settings, seed=seed))
        change = Change(study.metric, sample_of(study, pair.before), sample_of(study, pair.after), draws=200, seed=seed)
        split = change.split(*pair.strata)
        for i, (part, true) in enumerate(zip((split.mix, split.remainder), truths, strict=True)):
            held[i] += part.lower <= true <= part.upper
            blamed[i] += part.lower > 0 or part.upper < 0
            errors[seed, i] = part.value - true
            z[seed, i] = (part.value - true) / ((part.upper - part.lower) / 2 / 1.96)
    seconds = time.process_time() - start
    kind = {(0, 0): "nothing", (1, 0): "covariate", (0, 1): "concept", (1, 1): "both"}[int(moved), int(turned)]
    print(
        f"{kind:<10} {metric:<9} {rows:>5} rows{' by customer' * bool(customers):<12} covariate part {truths[0]:+.4f} (bias "
        f"{errors[:, 0].mean():+.4f}, held {held[0] / seeds:.0%}, not 0 in {blamed[0] / seeds:.0%}); remainder "
        f"{truths[1]:+.4f} (bias {errors[:, 1].mean():+.4f}, held {held[1] / seeds:.0%}, not 0 in {blamed[1] / seeds:.0%}); "
        f"z {z.mean(axis=0).round(2)} sd {z.std(axis=0).round(2)}; {seconds:.0f} s",
        flush=True,
    )


def main() -> None:
    seeds = int(sys.argv[1]) if len(sys.argv) > 1 else 100
    print(f"{seeds} seeds each")
    for moved, turned in ((False, False), (True, False), (False, True), (True, True)):
        parts("accuracy", seeds, moved=moved, turned=turned)
    for metric in ("roc_auc", "brier"):
        parts(metric, seeds, moved=True, turned=False)
    for moved in (False, True):
        parts("roc_auc", seeds, moved=moved, turned=False, rows=500)
    parts("accuracy", seeds, moved=True, turned=True, customers=5)


if __name__ == "__main__":
    main()
