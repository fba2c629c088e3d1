"""A full diagnosis of 20,000 rows × 20 features with gradient boosting, and skore's 16 checks on the same work.

    OMP_NUM_THREADS=1 python benchmarks/full_diagnosis.py [path of a Python that has skore]

15,000 rows are the reference, 5,000 the test; both tools get the same rows and the same settings of
HistGradientBoostingClassifier, which skore fits itself and we are given fitted, so the fit is counted for both. CPU seconds
are what counts (walls vary with the machine's load); ours include the intervals of every number. One strategy a line, so
that the costliest is seen. Exits with an error if the diagnosis takes more CPU seconds than the budget.
"""

import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pandas as pd
from sklearn.datasets import make_classification
from sklearn.ensemble import HistGradientBoostingClassifier

import mlops_widgets as mw

BUDGET_CPU_SECONDS = 5.0
ROWS, FEATURES, TRAIN = 20_000, 20, 15_000

DIAGNOSIS = (
    "compare_live", "find_leaks", "compare_baselines", "measure_calibration", "find_weak_slices", "measure_coverage",
    "estimate_selection_bias", "choose_threshold",
)  # fmt: skip
"""What answers the questions of skore's checks, and more: gap, leaks, baselines, calibration, slices, shift, selection."""

SKORE = """
import json, sys, time
import pandas as pd
from sklearn.ensemble import HistGradientBoostingClassifier
import skore
frame = pd.read_parquet(sys.argv[1])
X, y, train = frame.drop(columns="y"), frame["y"], int(sys.argv[2])
start = time.process_time()
report = skore.EstimatorReport(
    HistGradientBoostingClassifier(random_state=0),
    X_train=X[:train], y_train=y[:train], X_test=X[train:], y_test=y[train:],
)
checks = len(report.checks.summarize().frame())
print(json.dumps({"seconds": time.process_time() - start, "checks": checks, "version": skore.__version__}))
"""


def made() -> pd.DataFrame:
    """Return the rows: 20 features, 8 of them informative, 5 % of the labels flipped."""
    X, y = make_classification(ROWS, FEATURES, n_informative=8, flip_y=0.05, random_state=0)
    return pd.DataFrame(X, columns=[f"x{i}" for i in range(FEATURES)]).assign(y=y)


def ours(frame: pd.DataFrame) -> float:
    """Fit, load, diagnose; print each step and return the CPU seconds of all."""
    began = time.process_time()
    train, test = frame[:TRAIN], frame[TRAIN:]
    model = HistGradientBoostingClassifier(random_state=0).fit(train.drop(columns="y"), train["y"])
    fitted = time.process_time()
    study = mw.load_study(model=model, reference=train, test=test, target="y")
    print(f"  fit {fitted - began:6.2f} s, load {time.process_time() - fitted:.2f} s")
    for name in DIAGNOSIS:
        start = time.process_time()
        result = getattr(mw.overfitting, name)(study)
        print(f"  {name:26s}{time.process_time() - start:6.2f} s  {result.status:16s} {result.headline[:90]}")
    return time.process_time() - began


def skores(python: str, frame: pd.DataFrame) -> dict[str, float]:
    """Run skore's checks in the other Python on the same rows."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "rows.parquet"
        frame.to_parquet(path)
        done = subprocess.run([python, "-c", SKORE, str(path), str(TRAIN)], capture_output=True, text=True, check=True)
    found: dict[str, float] = json.loads(done.stdout.strip().splitlines()[-1])
    return found


def main(python: str | None = None) -> None:
    frame = made()
    mw.overfitting.compare_live(mw.sample("census"), draws=100, folds=2)  # imports, once
    print("mlops-widgets")
    seconds = ours(frame)
    print(f"  all {seconds:6.2f} CPU s, with intervals")
    if python is not None:
        other = skores(python, frame)
        print(f"skore {other['version']}: {other['checks']} checks {other['seconds']:.2f} CPU s; ours / theirs "
              f"{seconds / other['seconds']:.2f}")  # fmt: skip
    if seconds > BUDGET_CPU_SECONDS:
        sys.exit(f"{seconds:.2f} CPU s, budget {BUDGET_CPU_SECONDS:g}")


if __name__ == "__main__":
    main(*sys.argv[1:2])
