"""Whatever columns a user has, they become finite numbers, by what the training rows said."""

import datetime as dt
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pytest

from mlops_widgets.study.encoding import learn_encoding
from mlops_widgets.study.tables import Table

Floats = npt.NDArray[np.float64]


def encode(train: Any, other: Any = None) -> Floats:
    table = Table(pd.DataFrame({"x": train}), name="reference")
    rest = table if other is None else Table(pd.DataFrame({"x": other}), name="production")
    return learn_encoding(table, ["x"]).numbers(rest)[0]


def test_numbers_are_scaled_by_the_training_rows_alone() -> None:
    assert encode([0.0, 2.0], [4.0])[:, 0].tolist() == [3.0]


def test_gaps_become_the_median_and_a_column_of_their_own() -> None:
    assert encode([0.0, 1.0, 5.0, np.nan], [np.nan, 1.0])[:, 1].tolist() == [1.0, 0.0]
    filled = encode([0.0, 1.0, 5.0, np.nan], [np.nan, 1.0])[:, 0]
    assert filled[0] == filled[1]


def test_one_wild_cell_goes_ten_standard_deviations_at_most() -> None:
    assert np.abs(encode([1.0, 2.0, 3.0], [1e300, -np.inf, np.inf])).max() <= 10


@pytest.mark.parametrize(
    "column", [[1, 1, 1], [np.nan] * 3, [None] * 3, ["a", "a", "a"], ["a", "b", "c"], [pd.NaT] * 3]
)
def test_columns_that_tell_no_rows_apart_are_left_out(column: Any) -> None:
    assert encode(column).shape == (3, 0)


def test_frequent_words_get_columns_and_rare_or_new_ones_none() -> None:
    assert encode(["a", "a", "b", "b", "c"], ["a", "b", "c", "new", None]).tolist() == [
        [1, 0],
        [0, 1],
        [0, 0],
        [0, 0],
        [0, 0],
    ]


def test_high_cardinality_keeps_ten_levels() -> None:
    assert encode([f"street {i // 2}" for i in range(200)]).shape[1] == 10


@pytest.mark.parametrize(
    "column",
    [
        pd.Series([True, False, True, False]),
        pd.Series([True, False, None, False], dtype="boolean"),
        pd.Series([1, 2, None, 4], dtype="Int64"),
        pd.Series(["a", "b", "a", "b"], dtype="category"),
        pd.to_datetime(pd.Series(["2024-01-01", "2024-01-02", None, "2024-02-01"])),
        pd.to_datetime(pd.Series(["2024-01-01", "2024-01-02", None, "2024-02-01"]), utc=True),
        pd.Series(pd.period_range("2024-01", periods=4, freq="M")),
        pd.to_timedelta(pd.Series([1, 2, 3, 4]), unit="h"),
        pd.Series([[1], [1], [2], [2]]),
        pd.Series([1, "a", 1, "a"], dtype=object),
        pd.Series([1 + 2j, 1 + 2j, 3, 3]),
        pd.Series(["1,5", "1,5", "x", "x"]),
        pd.Series([dt.date(2024, 1, 1), dt.date(2024, 1, 1), None, None]),
    ],
)
def test_any_kind_of_column_becomes_finite_numbers(column: Any) -> None:
    encoded = encode(column, column[::-1].reset_index(drop=True))
    assert encoded.shape[1] > 0
    assert np.isfinite(encoded).all()


def test_text_that_reads_as_dates_is_in_order() -> None:
    days = [str(day) for day in pd.date_range("2024-01-01", periods=40).date]
    encoded = encode(days)
    assert encoded.shape == (40, 1)
    assert (np.diff(encoded[:, 0]) > 0).all()


def test_text_that_reads_as_numbers_is_numbers() -> None:
    assert encode(["1.5", "2.5", "3.5"]).shape == (3, 1)


def test_a_column_that_changes_its_type_is_read_as_the_training_rows_said() -> None:
    assert np.isfinite(encode([1.0, 2.0, np.nan], ["3", "x", None])).all()


def test_origin_names_the_feature_of_each_column() -> None:
    frame = pd.DataFrame({"n": [1.0, 2.0, np.nan, 3.0], "same": [1] * 4, "w": ["a", "a", "b", "b"]})
    encoding = learn_encoding(Table(frame, name="reference"), ["n", "same", "w"])
    numbers, origin = encoding.numbers(Table(frame, name="test"))
    assert encoding.features == ("n", "w")
    assert origin.tolist() == [0, 0, 1, 1]
    assert numbers.shape == (4, 4)


def test_no_feature_gives_no_columns() -> None:
    frame = pd.DataFrame({"same": [1, 1]})
    assert learn_encoding(Table(frame, name="reference"), ["same"]).numbers(Table(frame, name="test"))[0].shape == (
        2,
        0,
    )
