"""A cell that only a few rows hold may tell who they are: no result or picture of this pitfall says one."""

from collections.abc import Callable
from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np
import pandas as pd
import pytest

import mlops_widgets as mw
from tests.cells import CANARY, cells_in, rare_cells

ROWS = 401
"""One more than a multiple of most numbers of bins: a quantile is then a cell, and no mean of two."""
FEATURES = ["salary", "ratio", "children", "town", "note"]
OVERFITTING = mw.overfitting


class Rule:
    """A model that needs no fit: its answers follow two of the columns."""

    classes_ = np.array(["no", "yes"])

    def fit(self, _inputs: pd.DataFrame, _target: Any) -> "Rule":
        return self

    def predict_proba(self, inputs: pd.DataFrame) -> Any:
        p = 1 / (1 + np.exp(-(inputs["ratio"].clip(-3, 3) + (inputs["town"] == "Oslo")).to_numpy()))
        return np.column_stack([1 - p, p])

    def predict(self, inputs: pd.DataFrame) -> Any:
        return self.classes_[(self.predict_proba(inputs)[:, 1] > 0.5).astype(int)]


def table(part: int) -> pd.DataFrame:
    """Return rows in which salaries and moments are a row's own, and some of the other cells too."""
    rng = np.random.default_rng(part)
    seconds = np.sort(rng.choice(100 * 86_400, ROWS, replace=False))
    frame = pd.DataFrame({
        "salary": rng.integers(20_000, 9_000_000, ROWS),
        "ratio": rng.normal(part == 2, 1.0, ROWS),
        "children": rng.choice([1.0, 2.0, 3.0], ROWS),
        "town": rng.choice(["Oslo", "Rome"], ROWS).astype(object),
        "note": [f"{CANARY}-{part}-{row}" if row % 100 == 7 else "fine" for row in range(ROWS)],
        "when": pd.Timestamp("2024-01-01") + pd.to_timedelta(seconds, unit="s") + pd.Timedelta(days=100 * part),
    })  # fmt: skip
    frame.loc[3, ["children", "town"]] = 7773.0, CANARY
    frame.loc[4, "salary"] = 98_765_432
    wrong = (part == 2) & (frame["salary"] > 6_000_000)
    frame["sold"] = np.where((frame["ratio"] + rng.normal(size=ROWS) > 0) != wrong, "yes", "no")
    return frame


PARTS = [table(part) for part in range(3)]


@cache
def study() -> mw.Study:
    reference, test, production = PARTS
    return mw.load_study(
        model=Rule(), reference=reference, test=test, production=production, target="sold", positive="yes", time="when",
        features=FEATURES,
    )  # fmt: skip


RARE = rare_cells(PARTS, ["salary", "children", "when"])


RUNS: dict[str, Callable[[mw.Study], Any]] = {
    "leaks": lambda s: OVERFITTING.find_leaks(s, max_rows=ROWS),
    "coverage": lambda s: OVERFITTING.measure_coverage(s, draws=99),
    "reweighted": lambda s: OVERFITTING.reweight_metric(s, draws=100),
    "reweighted to": lambda s: OVERFITTING.reweight_metric(s, to={"salary": [0.5, 0.2, 0.2, 0.1]}, draws=100),
    "slices": OVERFITTING.find_weak_slices,
    "calibration": lambda s: OVERFITTING.measure_calibration(s, draws=100),
    "threshold": lambda s: OVERFITTING.choose_threshold(s, draws=100),
    "drift": lambda s: OVERFITTING.review_drift(s, draws=100),
    "without labels": lambda s: OVERFITTING.estimate_without_labels(s, draws=50),
    "change": lambda s: OVERFITTING.explain_change(s, draws=100, retrain=False),
    "stress": lambda s: OVERFITTING.stress(s, faults=["stale", "outlier"], max_rows=60, draws=100),
}


@pytest.mark.parametrize("run", RUNS.values(), ids=RUNS)
def test_no_cell_that_few_rows_hold_is_told(run: Callable[[mw.Study], Any]) -> None:
    result = run(study())
    assert type(result).__name__ != "NoResult"
    assert cells_in(result, RARE) == set()


def test_the_search_for_cells_finds_one() -> None:
    drift = OVERFITTING.review_drift(study(), draws=100)
    finding = drift.findings[0]
    cell = min((x for x in RARE if isinstance(x, float)), key=lambda x: abs(x - 5e6))
    for said in (f"salary above {cell:,.0f}", CANARY):
        hinted = replace(drift, findings=(replace(finding, claim=said),))
        assert cells_in(hinted, RARE)
