"""How often labels refute a true estimate, how often they find a wrong one, and whether its intervals hold.

Null: the outcome follows from the answers in production as it did in the test, and the answers themselves shift; the
model's probabilities are wrong in the same way in both. Every refutation is then a false one, and each chunk's 95 %
interval should hold the realised metric. Power: in production the outcome follows from the answers more weakly, from one
chunk on. Run: `python benchmarks/label_free.py [seeds]`.
"""

import sys
import time
from collections.abc import Callable
from functools import partial

import numpy as np
import numpy.typing as npt
import pandas as pd

from mlops_widgets.overfitting.monitoring.label_free import LabelFreeResult, estimate_without_labels
from mlops_widgets.study.loading import load_study
from mlops_widgets.study.study import Study

Floats = npt.NDArray[np.float64]
CHUNKS = 8


def _sigmoid(x: Floats) -> Floats:
    return np.asarray(1 / (1 + np.exp(-x)))


def _scores(rng: np.random.Generator, *, test: int, live: int, drift: float, day_rows: int) -> pd.DataFrame:
    """Scores whose true log-odds are .7 · score - .5; from the fourth chunk on `drift` of the slope is lost."""
    rows = test + live
    day = np.arange(rows) // day_rows
    level = 0.6 * rng.normal(size=int(day[-1]) + 1)[day] if day_rows > 1 else np.zeros(rows)
    late = np.arange(rows) >= test + live * 3 // CHUNKS
    z = rng.normal(size=rows) * 1.5 + 0.3 * (np.arange(rows) >= test)  # the answers shift, which is no refutation
    truth = 0.7 * z * (1 - drift * late) - 0.5 + level
    y = (rng.random(rows) < _sigmoid(truth)).astype(int)
    return pd.DataFrame(
        {"s": _sigmoid(1.2 * z), "y": y, "when": pd.Timestamp("2024-01-01") + pd.to_timedelta(day, "D")}
    )


def binary(
    rng: np.random.Generator, *, test: int = 2000, live: int = 4000, drift: float = 0.0, day_rows: int = 1,
    metric: str = "roc_auc",
) -> Study:  # fmt: skip
    frame = _scores(rng, test=test, live=live, drift=drift, day_rows=day_rows)
    if day_rows == 1:
        frame = frame.drop(columns="when")
    return load_study(
        scores="s", test=frame[:test], production=frame[test:], target="y", metric=metric,
        time="when" if day_rows > 1 else None,
    )  # fmt: skip


def regression(rng: np.random.Generator, *, test: int = 2000, live: int = 4000, drift: float = 0.0) -> Study:
    rows = test + live
    late = np.arange(rows) >= test + live * 3 // CHUNKS
    x = rng.normal(size=rows) + 0.3 * (np.arange(rows) >= test)
    y = x + rng.normal(size=rows) * (0.5 + 0.5 * _sigmoid(x)) * (1 + drift * late)
    frame = pd.DataFrame({"x": x, "said": x, "y": y})
    return load_study(
        predictions="said", test=frame[:test], production=frame[test:], target="y", task="regression", metric="rmse"
    )  # fmt: skip


def run(name: str, make: Callable[[np.random.Generator], Study], seeds: int, *, drifts: bool = False) -> bool:
    refuting = chunks = held = tested = refuted = 0
    start = time.process_time()
    for seed in range(seeds):
        study = make(np.random.default_rng(seed))
        result = estimate_without_labels(
            study, metrics=[study.metric.name], chunk_rows=study.need("production").rows // CHUNKS, seed=seed
        )
        assert isinstance(result, LabelFreeResult)
        refuting += bool(result.refuted.any() or result.whole_refuted)
        refuted += int(result.refuted.sum())
        tested += int(result.tested.sum())
        inside = (result.lowers <= result.realised_values) & (result.realised_values <= result.uppers)
        chunks, held = chunks + inside.size, held + int(inside.sum())
    seconds = time.process_time() - start
    print(
        f"{name:<52} studies refuted {refuting / seeds:6.1%}, chunks {refuted / max(tested, 1):6.1%}; 95 % intervals hold "
        f"{held / chunks:.1%}; {seconds:.0f} s",
        flush=True,
    )
    return drifts or refuting <= 0.05 * seeds + 2 * np.sqrt(0.05 * 0.95 * seeds)


def main() -> None:
    seeds = int(sys.argv[1]) if len(sys.argv) > 1 else 200
    print(f"{seeds} seeds each, {CHUNKS} chunks")
    nulls = [
        run("null, ROC AUC, 2,000 test rows", binary, seeds),
        run("null, ROC AUC, 400 test rows, 1,600 in production", partial(binary, test=400, live=1600), seeds),
        run("null, accuracy, 2,000 test rows", partial(binary, metric="accuracy"), seeds),
        run("null, F1, 2,000 test rows", partial(binary, metric="f1"), seeds),
        run("null, ROC AUC, days of 40 rows that differ", partial(binary, day_rows=40), seeds),
        run("null, RMSE", regression, seeds),
    ]
    for drift in (0.25, 0.5, 0.75):
        run(
            f"drift: {drift:.0%} of the slope lost, ROC AUC",
            partial(binary, drift=drift),
            max(seeds // 4, 1),
            drifts=True,
        )
    run("drift: errors 25 % larger, RMSE", partial(regression, drift=0.25), max(seeds // 4, 1), drifts=True)
    assert all(nulls), "false refutations beyond 5 % and two standard errors"


if __name__ == "__main__":
    main()
