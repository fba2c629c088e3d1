import numpy as np
import numpy.typing as npt
import pandas as pd
import pytest

from mlops_widgets.errors import TableError
from mlops_widgets.study.tables import Table
from mlops_widgets.study.timeline import chunk_rows, codes, times_of, written


def _times(cells: object) -> tuple[npt.NDArray[np.float64], bool]:
    return times_of(Table(pd.DataFrame({"t": cells}), name="test"), "t")


@pytest.mark.parametrize(
    "cells",
    [
        ["2024-01-01", "2024-02-01", None],
        pd.to_datetime(["2024-01-01", "2024-02-01", "NaT"]),
        pd.to_datetime(["2024-01-01 01:00+01:00", "2024-02-01 01:00+01:00", "NaT"]),
        pd.PeriodIndex(["2024-01", "2024-02", None], freq="M"),
        pd.Categorical(["2024-01-01", "2024-02-01", None]),
    ],
)
def test_dates_in_any_form_are_the_same_moments(cells: object) -> None:
    times, are_dates = _times(cells)
    assert are_dates
    assert times[:2].tolist() == [1704067200000, 1706745600000]
    assert np.isnan(times[2])


def test_numbers_stay_and_what_is_no_date_is_refused() -> None:
    assert _times([2015, 2016])[0].tolist() == [2015, 2016]
    assert np.isnan(_times([1.0, np.inf])[0][1])
    with pytest.raises(TableError, match="no dates"):
        _times(["soon", "later"])


@pytest.mark.parametrize(
    ("days", "by", "count"),
    [(10, "day", 10), (100, "week", 15), (300, "month", 10), (2000, "quarter", 22), (9000, "year", 25)],
)
def test_chunks_are_the_shortest_calendar_periods_that_are_not_too_many(days: int, by: str, count: int) -> None:
    times = _times(pd.date_range("2024-01-01", periods=days))[0]
    chunks = chunk_rows(np.r_[times, np.nan], are_dates=True, rows=days + 1, name="t")
    assert (chunks.by, len(chunks.labels)) == (by, count)
    assert chunks.of_row[-1] == -1
    assert set(chunks.of_row[:-1]) == set(range(count))
    assert (np.diff(chunks.of_row[:-1]) >= 0).all()


def test_hours_numbers_and_runs_of_rows_are_chunks_too() -> None:
    hours = _times(pd.date_range("2024-01-01 05:30", periods=10, freq="h"))[0]
    assert chunk_rows(hours, are_dates=True, rows=10, name="t").labels[0] == "01-01 05:00"
    years = chunk_rows(np.array([2015.0, 2016.0, np.nan]), are_dates=False, rows=3, name="year")
    assert (years.labels, years.of_row.tolist()) == (("2015", "2016"), [0, 1, -1])
    assert len(chunk_rows(np.arange(100.0), are_dates=False, rows=100, name="n").labels) == 10
    runs = chunk_rows(None, are_dates=False, rows=25, name="rows")
    assert (runs.labels[0], runs.labels[-1], len(runs.labels)) == ("rows 1–2", "rows 23–25", 10)
    assert chunk_rows(np.array([np.nan]), are_dates=True, rows=1, name="t").labels == ()


def test_equal_values_are_one_unit_and_each_missing_one_its_own() -> None:
    assert codes(np.array(["a", None, "a", None], dtype=object)).tolist() == [0, 1, 0, 2]
    assert codes(pd.Series([[1], [1], [2]])).tolist() == [0, 0, 1]


def test_times_are_written_as_dates_minutes_or_numbers() -> None:
    assert written(1704067200000, are_dates=True) == "2024-01-01"
    assert written(1704070800000, are_dates=True) == "2024-01-01 01:00"
    assert written(2015, are_dates=False) == "2015"


def test_a_table_knows_its_size_its_columns_and_narwhals() -> None:
    table = Table(pd.DataFrame({"a": [1, 2]}), name="test")
    assert (len(table), table.columns, repr(table)) == (2, ("a",), "Table('test', 2 rows, 1 columns)")
    assert table.native["a"].to_list() == [1, 2]
