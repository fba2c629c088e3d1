"""How often compare_models calls one of two equal models better or worse, and lets one that is worse by the margin pass.

Null: both score the same signal plus noise of their own of equal size, so no metric can prefer one. Margin: the challenger's noise is
larger, and the margin is set to the true loss, measured once on 400,000 rows; every "no worse" or "better" is an error. Settings differ
in rows, metric and resampling unit. Run: `python benchmarks/compare_models.py [seeds]`.
"""

import sys
import time
from collections import Counter
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from mlops_widgets.lifecycle import ComparisonResult, compare_models
from mlops_widgets.measures.metrics import Task, get_metric
from mlops_widgets.study.loading import load_study

Floats = npt.NDArray[np.float64]
NOISE, WORSE = 1.0, 1.6


@dataclass(frozen=True)
class Setting:
    """How many rows, by which metric, and in groups of how many rows that hang together (1: each is its own unit)."""

    rows: int
    metric: str
    of_unit: int = 1

    @property
    def task(self) -> Task:
        """The task."""
        return "regression" if self.metric in {"mae", "rmse"} else "binary"


SETTINGS = (
    Setting(300, "roc_auc"), Setting(1500, "roc_auc"), Setting(1500, "log_loss"), Setting(1500, "mae"), Setting(300, "rmse"),
    Setting(1500, "roc_auc", of_unit=15),
)  # fmt: skip


def rows_of(rng: np.random.Generator, setting: Setting, rows: int) -> pd.DataFrame:
    """Return a signal, the noise of either model, and outcomes; what rows of a unit share is in all three."""
    unit = np.arange(rows) // setting.of_unit
    shared = rng.normal(size=(unit.max() + 1, 3))[unit] if setting.of_unit > 1 else np.zeros((rows, 3))
    x, own, other = (shared + rng.normal(size=(rows, 3))).T / np.sqrt(1 + (setting.of_unit > 1))
    y = x + rng.normal(size=rows) if setting.task == "regression" else (rng.random(rows) < 1 / (1 + np.exp(-2 * x))) * 1
    group = np.where(rng.random(rows) < 0.4, "A", "B")
    return pd.DataFrame({"x": x, "own": own, "other": other, "unit": unit, "group": group, "y": y})


def answers(frame: pd.DataFrame, noise: str, size: float, setting: Setting) -> Floats:
    """Return what a model says that sees the signal through noise of this size."""
    seen = np.asarray(frame["x"] + size * frame[noise], dtype=np.float64)
    return seen / 2 if setting.task == "regression" else 1 / (1 + np.exp(-seen))


def true_loss(setting: Setting) -> float:
    """Return how much worse the noisier model is by the metric, on very many rows."""
    frame = rows_of(np.random.default_rng(99), Setting(400_000, setting.metric), 400_000)
    metric, y = get_metric(setting.metric, setting.task), frame["y"].to_numpy()
    ours, theirs = (metric(y, answers(frame, "own", size, setting)) for size in (NOISE, WORSE))
    return float(metric.gain(ours, theirs))


def compared(setting: Setting, seed: int, size: float, margin: float) -> ComparisonResult:
    """Return one comparison on new rows."""
    frame = rows_of(np.random.default_rng(seed), setting, setting.rows)
    name = "predict" if setting.task == "regression" else "predict_proba"
    arguments: dict[str, Any] = {
        name: lambda table: answers(table, "own", NOISE, setting), "production": frame, "target": "y", "metric": setting.metric,
        "features": ["x", "own", "other"], "groups": ["group"], "unit": "row",
    }  # fmt: skip
    if setting.of_unit > 1:
        arguments |= {"entity": "unit", "unit": "entity"}
    study = load_study(**arguments)
    found = compare_models(
        study, lambda table: answers(table, "other", size, setting), margin=margin, draws=200, seed=seed
    )
    assert isinstance(found, ComparisonResult), str(found)
    return found


def main(seeds: int) -> None:
    """Print the shares of false verdicts."""
    began = time.process_time()
    print(f"{seeds} seeds; a share of .05 is known to about ±{1.96 * np.sqrt(0.05 * 0.95 / seeds):.3f}")
    print("rows metric    unit  | equal: better  surely worse  group fails  metric warns | loss = margin: passes")
    for setting in SETTINGS:
        margin = true_loss(setting)
        counts: Counter[str] = Counter()
        for seed in range(seeds):
            null = compared(setting, seed, NOISE, margin)
            statuses = {finding.code: finding.status for finding in null.findings}
            counts["better"] += null.verdict == "better"
            counts["worse"] += null.gain_upper < 0
            counts["group"] += statuses["LC-CM-06"] == "failed"
            counts["metric"] += statuses.get("LC-CM-03") == "warning"
            counts["passes"] += compared(setting, seed, WORSE, margin).verdict in {"better", "no worse"}
        share = {name: counts[name] / seeds for name in ("better", "worse", "group", "metric", "passes")}
        print(
            f"{setting.rows:5d} {setting.metric:9s} {setting.of_unit:4d}  | {share['better']:13.3f} {share['worse']:13.3f} {share['group']:12.3f} "
            f"{share['metric']:13.3f} | {share['passes']:10.3f}  (margin {margin:.4f})"
        )
    print(f"{time.process_time() - began:.0f} s of CPU")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 150)
