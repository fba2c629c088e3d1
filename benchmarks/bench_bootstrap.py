"""1,000 bootstrap draws of four metrics: this package against a loop over scikit-learn, same rows, same run.

    python benchmarks/bench_bootstrap.py [rows] [draws] [loop draws]

The loop is timed on fewer draws and scaled up, as it takes the same time for each. Exits with an error if the
vectorised draws take longer than a second or differ from scikit-learn's on the same resamples.
"""

import sys
import time
from collections.abc import Callable

import numpy as np
import numpy.typing as npt
from sklearn.metrics import accuracy_score, brier_score_loss, log_loss, roc_auc_score

from mlops_widgets.measures.metrics import METRICS
from mlops_widgets.measures.resampling import Resampler, Scored
from mlops_widgets.measures.weighted import Numbers

Floats = npt.NDArray[np.float64]
BUDGET_SECONDS = 1.0

REFERENCES: dict[str, Callable[[Numbers, Numbers], float]] = {
    "roc_auc": roc_auc_score, "accuracy": accuracy_score, "brier": brier_score_loss, "log_loss": log_loss,
}  # fmt: skip


def made(rows: int) -> dict[str, Scored]:
    rng = np.random.default_rng(0)
    y = (rng.random(rows) < 0.3).astype(np.float64)
    p = np.round(np.clip(0.3 + 0.2 * (y - 0.3) + rng.normal(0, 0.15, rows), 0.01, 0.99), 3)  # rounded: with ties
    return {name: (METRICS[name], y, (p > 0.5).astype(np.float64) if name == "accuracy" else p) for name in REFERENCES}


def looped(scored: dict[str, Scored], weights: npt.NDArray[np.float32]) -> dict[str, Floats]:
    draws: dict[str, list[float]] = {name: [] for name in scored}
    for each in weights:
        rows = np.repeat(np.arange(len(each)), each.astype(np.intp))
        for name, (_, y, output) in scored.items():
            draws[name].append(REFERENCES[name](y[rows], output[rows]))
    return {name: np.array(values) for name, values in draws.items()}


def main(rows: int = 5000, draws: int = 1000, loop_draws: int = 100) -> None:
    scored, resampler = made(rows), Resampler(draws=draws)
    resampler.draws(scored)  # warm up
    seconds = []
    for _ in range(5):
        start = time.perf_counter()
        fast = resampler.draws(scored)
        seconds.append(time.perf_counter() - start)
    weights = np.concatenate(list(resampler.weights(rows)))[:loop_draws]
    start = time.perf_counter()
    slow = looped(scored, weights)
    loop_seconds = (time.perf_counter() - start) * draws / loop_draws
    worst = max(float(np.abs(slow[name] - fast[name][:loop_draws]).max()) for name in scored)
    print(f"{draws:,} draws of {len(scored)} metrics on {rows:,} rows")
    print(f"  vectorised  {np.median(seconds):8.3f} s  (median of {len(seconds)}, fastest {min(seconds):.3f} s)")
    print(f"  sklearn loop{loop_seconds:8.3f} s  (timed on {loop_draws} draws)")
    print(f"  ratio       {loop_seconds / np.median(seconds):8.0f}")
    print(f"  largest difference of a draw {worst:.1e}")
    assert worst < 1e-5
    assert np.median(seconds) < BUDGET_SECONDS * max(1, rows * draws / 5e6)


if __name__ == "__main__":
    main(*(int(each) for each in sys.argv[1:]))
