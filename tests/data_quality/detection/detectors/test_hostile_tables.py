"""Tables that no detector of numbers, dates and whole columns may stumble over."""

import datetime as dt
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd
import pytest

from mlops_widgets.data_quality.detection.detectors import (
    arithmetic,
    conflicting_labels,
    dates,
    numbers,
    skew,
    whole_columns,
)
from mlops_widgets.data_quality.detection.suspicions import Suspicion

from .said import said

ROWS = 60
_RNG = np.random.default_rng(0)


def _objects(cell: object) -> "pd.Series[Any]":
    cells = np.empty(ROWS, dtype=object)
    cells[:] = [cell] * ROWS
    return pd.Series(cells, dtype=object)


HOSTILE: dict[str, dict[str, object]] = {
    "all null": {"a": [np.nan] * ROWS, "b": [pd.NaT] * ROWS, "c": [None] * ROWS},
    "infinite": {"a": [np.inf] * ROWS, "b": [np.inf, -np.inf] * 30, "c": np.r_[_RNG.normal(size=58), np.inf, np.nan]},
    "ends of types": {
        "a": np.array([np.iinfo(np.int64).min] * 5 + list(range(55))), "b": np.array([2**64 - 1] * 5 + list(range(55)), dtype=np.uint64),
        "c": np.r_[[1.7e308] * 30, [-1.7e308] * 30], "d": 1e300 * _RNG.normal(size=ROWS), "e": 1e-300 * _RNG.normal(size=ROWS),
    },
    "complex": {"a": _RNG.normal(size=ROWS) + 1j},
    "nested": {"a": _objects([1, 2]), "b": _objects({"x": 1}), "c": _objects((1, 2)), "d": _objects(np.array([1, 2]))},
    "zones": {
        "a": [pd.Timestamp("2020-01-01", tz="UTC"), pd.Timestamp("2020-01-01", tz="Europe/Oslo"), pd.Timestamp("2021-01-01")] * 20,
        "b": pd.date_range("2020", periods=ROWS, tz="Asia/Tokyo"), "c": ["2020-01-01T10:00+01:00", "2020-01-01T10:00Z", "01/02/2020"] * 20,
    },
    "halves of characters": {"a": _objects("\ud800"), "b": _objects("\udfff2020-01-01")},
    "odd types": {
        "a": [Decimal(k) / 7 for k in range(ROWS)], "b": [dt.date(2020, 1, 1 + k % 28) for k in range(ROWS)],
        "c": pd.to_timedelta(np.arange(ROWS), unit="D"), "d": pd.period_range("2020", periods=ROWS, freq="M"),
        "e": pd.Categorical([1, 900] * 30), "f": pd.array([True, None] * 30, dtype="boolean"), "g": pd.array([1, None] * 30, dtype="Int64"),
    },
    "far dates": {
        "a": [pd.Timestamp("9999-12-31")] * 5 + [pd.Timestamp("2020-01-01")] * 55, "b": ["0001-01-01"] * 5 + ["2020-01-02"] * 55,
        "c": ["99/99/9999"] * 5 + [f"{1 + k % 28:02}/{1 + k % 12:02}/2020" for k in range(55)],
    },
    "mixed": {"a": [1, "x", None, 3.5, b"z", [1]] * 10, "": _RNG.normal(size=ROWS), "long": ["x" * 1_000_000] + ["y"] * 59},
}  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE)
@pytest.mark.parametrize("rows", [0, 1, ROWS])
def test_every_table_gets_a_clear_answer(name: str, rows: int) -> None:
    frame = pd.DataFrame(HOSTILE[name]).assign(y=np.arange(ROWS) % 2).iloc[:rows]
    for detector in (numbers, dates, arithmetic, conflicting_labels, whole_columns, skew):
        for each in said(detector, frame, target="y"):
            assert each.reason
            if isinstance(each, Suspicion):
                assert ((each.confidence >= 0) & (each.confidence <= 1)).all()
                assert len(each.rows) == len(each.confidence)
                assert each.repair is None or len(each.repair) == len(each.rows)
