"""Columns of pandas as Arrow: every cell arrives, whatever it is."""

import datetime as dt
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd
import pytest

from mlops_widgets.study.table_streams.pandas_columns import arrow_column

COLUMNS: dict[str, tuple[Any, list[Any], str]] = {
    "numbers": ([1.5, None, np.nan], [1.5, None, None], "float64"),
    "huge whole numbers": (pd.Series([2**70, None], dtype=object), [float(2**70), None], "object"),
    "beyond all floats": (pd.Series([10**400, -(10**400)], dtype=object), [np.inf, -np.inf], "object"),
    "several types": (pd.Series([1, "x", None], dtype=object), ["1", "x", None], "object of int, str"),
    "halves of characters": (pd.Series(["\ud800x", None], dtype=object), ["?x", None], "object"),
    "decimals": (pd.Series([Decimal("1.5"), None], dtype=object), [Decimal("1.5"), None], "object"),
    "lists": (pd.Series([[1], None], dtype=object), [[1], None], "object"),
    "complex": (pd.Series([1 + 2j]), ["(1+2j)"], "complex128"),
    "sparse": (pd.Series(pd.arrays.SparseArray([0, 0, 1])), [0, 0, 1], "int64"),
    "mixed categories": (pd.Series(pd.Categorical([1, "a", None])), ["1", "a", None], "category of int, str"),
}


@pytest.mark.parametrize("kind", COLUMNS)
def test_cells_arrive(kind: str) -> None:
    given, expected, called = COLUMNS[kind]
    cells, name = arrow_column(pd.Series(given))
    assert cells.to_pylist() == expected
    assert called.removeprefix("int64") in name


def test_months_are_times() -> None:
    cells, name = arrow_column(pd.Series(pd.period_range("2020-02", periods=1, freq="M")))
    assert cells.to_pylist()[0].isoformat() == "2020-02-01T00:00:00"
    assert name == "period[M]"


def test_times_with_and_without_a_zone_are_not_put_in_one_order() -> None:
    mixed = pd.Series([dt.datetime(2020, 1, 1, tzinfo=dt.UTC), dt.datetime(2020, 1, 1)], dtype=object)  # noqa: DTZ001 - the point
    cells, name = arrow_column(mixed)
    assert cells.to_pylist() == ["2020-01-01 00:00:00+00:00", "2020-01-01 00:00:00"]
    assert name == "object with and without a time zone"
