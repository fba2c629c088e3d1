"""Studies with errors of known place, and what an all-knowing detector says of them."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from mlops_widgets.core.result import Finding
from mlops_widgets.data_quality.damage import Damaged, damage
from mlops_widgets.data_quality.detection.errors import ErrorsResult, Reason
from mlops_widgets.study.loading import load_study
from mlops_widgets.study.study import Study

FEATURES = ["a", "b"]


def rows(count: int, seed: int = 0) -> pd.DataFrame:
    """Two numbers, the first of which decides most of the outcome."""
    rng = np.random.default_rng(seed)
    x = rng.normal(50, 10, size=(count, 2))
    return pd.DataFrame({"a": x[:, 0], "b": x[:, 1], "y": (x[:, 0] + rng.normal(0, 5, count) > 50).astype(int)})


def study_of(reference: pd.DataFrame, test: pd.DataFrame, **arguments: Any) -> Study:
    """A logistic regression on standardised numbers: it takes no gaps, and unit errors in training ruin it."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    model = make_pipeline(StandardScaler(), LogisticRegression()).fit(reference[FEATURES], reference["y"])
    return load_study(
        **({"model": model, "reference": reference, "test": test, "target": "y", "features": FEATURES} | arguments)
    )


def errors_in(clean: pd.DataFrame, found: Sequence[tuple[str, Damaged, bool]]) -> ErrorsResult:
    """Every wrong cell with its kind; the last says whether its repair is to make it missing. Added rows count as a whole."""
    at: list[tuple[int, int, int, Any]] = []
    cells = clean.to_numpy(dtype=object)
    for kind, (_, done, gap) in enumerate(found):
        places = np.argwhere(done.cells.to_numpy()[: len(clean)])
        at += [(row, column, kind, np.nan if gap else cells[row, column]) for row, column in places]
        at += [(row, -1, kind, None) for row in range(len(clean), len(done.frame))]
    found_at = np.array([each[:3] for each in at], dtype=np.int64).reshape(-1, 3)
    repairs = [each[3] for each in at]
    return ErrorsResult(
        findings=(Finding(code="DQ-FE-01", status="warning", claim="Cells look wrong."),), rows=len(clean),
        columns=tuple(clean.columns), reasons=tuple(Reason(kind=kind, text="") for kind, _, _ in found), notes=(),
        cell_rows=found_at[:, 0], cell_columns=found_at[:, 1], cell_reasons=found_at[:, 2], confidence=np.ones(len(at)),
        table="reference", table_rows=max(len(done.frame) for _, done, _ in found), margin=0.01, values=tuple(repairs), repairs=tuple(repairs),
    )  # fmt: skip


def unit_errors(share: float = 0.2, *, gap: bool = False) -> tuple[Study, ErrorsResult]:
    """A study whose reference has unit errors in the column that counts, and where they are."""
    clean = rows(400)
    done = damage(clean, "unit", share, columns=["a"], seed=1)
    return study_of(done.frame, rows(300, seed=2)), errors_in(clean, [("unit", done, gap)])
