"""Reading a .skops file with all checks against bare `skops.io.load`, same files, same run.

    python benchmarks/model_doors.py

Prints milliseconds and the ratio for a random forest of 300 trees and histogram boosting of 100 rounds, and what the walk
through the loaded model alone takes. Exits with an error if the walk over the forest takes over 50 ms.
"""

import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import skops.io
from sklearn.datasets import load_breast_cancer
from sklearn.ensemble import HistGradientBoostingClassifier, RandomForestClassifier

from mlops_widgets.study.model_files.door import read_model
from mlops_widgets.study.model_files.structure import check_structure

BUDGET_MILLISECONDS = 50.0


def milliseconds(work: Callable[[], Any], times: int = 7) -> float:
    taken = []
    for _ in range(times):
        start = time.perf_counter()
        work()
        taken.append((time.perf_counter() - start) * 1000)
    return float(np.median(taken))


def main() -> None:
    X, y = load_breast_cancer(return_X_y=True)
    models = {
        "RandomForest 300": RandomForestClassifier(300, random_state=0).fit(X, y),
        "HistGradientBoosting 100": HistGradientBoostingClassifier(max_iter=100, random_state=0).fit(X, y),
    }
    walks = {}
    for label, model in models.items():
        path = Path(tempfile.mkdtemp()) / "model.skops"
        skops.io.dump(model, path)
        types = skops.io.get_untrusted_types(file=path)
        bare = milliseconds(lambda path=path, types=types: skops.io.load(path, trusted=types))  # type: ignore[misc] # bound now
        checked = milliseconds(lambda path=path: read_model(path))  # type: ignore[misc] # bound now
        walks[label] = milliseconds(lambda model=model: check_structure(model, name="model"))  # type: ignore[misc] # bound now
        print(
            f"{label:26s} {path.stat().st_size / 1e6:6.1f} MB  bare {bare:7.1f} ms  checked {checked:7.1f} ms  "
            f"ratio {checked / bare:4.2f}  walk {walks[label]:5.1f} ms"
        )
    assert walks["RandomForest 300"] < BUDGET_MILLISECONDS


if __name__ == "__main__":
    main()
