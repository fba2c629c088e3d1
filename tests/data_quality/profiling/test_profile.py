"""Profiles: known answers from numpy, polars and DuckDB, equal whoever holds the rows, and no cell in a file."""

import datetime as dt
import json
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from pyarrow import parquet

import mlops_widgets as mw
from mlops_widgets.core.result import Result
from mlops_widgets.data_quality import Profile, profile
from mlops_widgets.errors import CancelledError, InputError, UnknownNameError

ROWS = 34_000


@cache
def mixed() -> pa.Table:
    """Return numbers, categories, ids, texts, dates, truth values and gaps, in two batches."""
    rng = np.random.default_rng(0)

    def with_gaps(cells: Any, share: float) -> pa.Array:
        return pa.array(cells, mask=rng.random(ROWS) < share)

    return pa.table({
        "amount": with_gaps(np.exp(rng.normal(7, 1, ROWS)).round(2), 0.1),
        "age": with_gaps(rng.integers(18, 90, ROWS), 0.05),
        "id": pa.array(np.arange(ROWS)),
        "town": with_gaps(np.array(["Oslo", "Bodø", " ", "Voss"])[rng.integers(0, 4, ROWS)], 0.02),
        "email": with_gaps([f"user{k}@mail.com" for k in rng.integers(0, 30_000, ROWS)], 0.0),
        "flag": with_gaps(rng.random(ROWS) < 0.3, 0.01),
        "time": with_gaps(np.datetime64("2024-01-01", "us") + rng.integers(0, 10**13, ROWS).astype("timedelta64[us]"), 0.03),
        "day": pa.array([dt.date(2024, 1, 1) + dt.timedelta(days=int(k)) for k in rng.integers(0, 90, ROWS)]),
    })  # fmt: skip


def _folder(path: Path) -> Path:
    (path / "parts").mkdir()
    for number, first in enumerate(range(0, ROWS, 12_000)):
        parquet.write_table(mixed().slice(first, 12_000), path / "parts" / f"{number}.parquet")
    return path / "parts"


def _file(path: Path) -> str:
    parquet.write_table(mixed(), path / "t.parquet", row_group_size=7000)
    return str(path / "t.parquet")


HOLDERS: dict[str, Callable[[Path], Any]] = {
    "pandas": lambda _: mixed().to_pandas(),
    "pandas of Arrow": lambda _: mixed().to_pandas(types_mapper=pd.ArrowDtype),
    "polars": lambda _: pl.from_arrow(mixed()),
    "polars, lazy": lambda _: pl.from_arrow(mixed()).lazy(),  # type: ignore[union-attr]  # a frame
    "DuckDB": lambda _: duckdb.from_arrow(mixed()),
    "Parquet": _file,
    "folder of Parquet": _folder,
    "reader": lambda _: mixed().to_reader(max_chunksize=1234),
}


@cache
def whole() -> Profile:
    found = profile(mixed())
    assert isinstance(found, Profile)
    return found


def _numbers(found: Result) -> dict[str, Any]:
    plain = found.to_dict()
    for column in plain["columns"]:
        del column["stored"]  # what a library calls its type is its own affair
    return plain


@pytest.mark.parametrize("holder", HOLDERS)
def test_every_number_is_the_same_whoever_holds_the_rows(holder: str, tmp_path: Path) -> None:
    assert _numbers(profile(HOLDERS[holder](tmp_path))) == _numbers(whole())


def test_exact_numbers_are_those_of_polars() -> None:
    frame = pl.from_arrow(mixed())
    assert isinstance(frame, pl.DataFrame)
    for column in whole().columns:
        cells = frame[column.name]
        assert column.missing == cells.null_count()
        if column.known_distinct >= 0:
            assert column.known_distinct == cells.drop_nulls().n_unique()
        if column.name in {"amount", "age"}:
            moments = column.numbers.moments
            assert [moments.mean, moments.sd, moments.skewness, moments.kurtosis] == pytest.approx(
                [cells.mean(), cells.std(), cells.skew(), cells.kurtosis()], rel=1e-9
            )
            assert [column.numbers.minimum, column.numbers.maximum] == [cells.min(), cells.max()]
        if column.kind == "text":
            assert column.lengths.moments.mean == pytest.approx(cells.str.len_chars().mean())
            assert column.blank == int((cells.str.strip_chars() == "").sum())


def test_numbers_are_those_of_duckdb_summarize() -> None:
    rows = mixed()  # noqa: F841 - DuckDB finds it by its name
    told = duckdb.sql("from (summarize select amount, age from rows)").df().set_index("column_name")  # type: ignore[union-attr]  # a query
    for name in ("amount", "age"):
        row, numbers = told.loc[name], whole()[name].numbers
        assert numbers.moments.mean == pytest.approx(float(row["avg"]), rel=1e-9)
        assert numbers.moments.sd == pytest.approx(float(row["std"]), rel=1e-9)
        assert [numbers.minimum, numbers.maximum] == [float(row["min"]), float(row["max"])]
        assert numbers.quantiles([0.5]).values[0] == pytest.approx(float(row["q50"]), rel=0.02)


def test_estimates_lie_within_their_stated_errors() -> None:
    frame = mixed().to_pandas()
    for name in ("amount", "id", "email"):
        lower, upper = whole()[name].distinct_interval
        assert lower <= frame[name].nunique() <= upper
    found = whole()["amount"].numbers.quantiles([0.1, 0.5, 0.9])
    true = np.quantile(frame["amount"].dropna(), [0.1, 0.5, 0.9], method="inverted_cdf")
    assert ((found.lower <= true) & (true <= found.upper)).all()


def test_an_id_is_told_from_a_value_that_hardly_repeats() -> None:
    assert whole()["id"].flags == ("one value a row",)
    assert whole()["id"].distinct == ROWS
    assert whole()["email"].flags == ()
    found = profile(pd.DataFrame({"a": [*range(9000), 0]}))
    assert isinstance(found, Profile)
    assert (found["a"].known_distinct, found["a"].repeated, found["a"].flags) == (9000, 1.0, ())


def test_whole_numbers_have_whole_quantiles() -> None:
    ages = mixed().to_pandas()["age"].dropna()
    found = whole()["age"].numbers.quantiles([0.25, 0.5]).values
    assert found.tolist() == np.quantile(ages, [0.25, 0.5], method="inverted_cdf").tolist()


def test_frequent_values_and_shapes_are_counted() -> None:
    counts = mixed().to_pandas()["town"].value_counts()
    assert whole()["town"].values.rows_by_value() == counts.to_dict()
    assert whole()["email"].shapes.values[0] == "a99999@a.a"


def test_repeated_rows_are_counted() -> None:
    frame = mixed().to_pandas().head(3000)
    twice = pd.concat([frame, frame.head(70), frame.head(20)])
    found = profile(twice)
    assert isinstance(found, Profile)
    assert (found.repeated, found.repeated_lower, found.repeated_upper) == (90.0, 90.0, 90.0)
    assert "90 rows" in next(each.claim for each in found.findings if each.code == "DQ-PR-11")


@pytest.mark.parametrize(
    ("cells", "flag"),
    [
        ([None] * 30, "empty"), ([None] * 25 + ["x"] * 5, "mostly missing"), (["x"] * 30, "constant"),
        ([f"n{i}" for i in range(30)], "one value a row"), ([f"{i},5" for i in range(30)], "numbers as text"),
        ([f"2024-01-{i + 1:02}" for i in range(30)], "dates as text"), (["", "x"] * 15, "blank cells"), (["x" * 40, " " * 40], "blank cells"),
        ([np.inf, 1.0], "infinite"), ([[1], [2]], "not described"),
    ],
)  # fmt: skip
def test_what_strikes_about_a_column_is_said(cells: list[Any], flag: str) -> None:
    found = profile(pd.DataFrame({"a": cells, "other": range(len(cells))}))
    assert isinstance(found, Profile)
    assert flag in found["a"].flags
    assert len(found.findings) >= 2


def test_a_clean_sample_raises_no_finding_of_status_failed() -> None:
    found = profile(mw.sample("census"))
    assert {finding.status for finding in found.findings} <= {"passed", "warning"}


def test_nan_is_missing_and_told_from_null_where_the_source_does() -> None:
    cells = pa.array([1.0, None, float("nan"), float("inf")])
    found = profile(pa.table({"a": cells}))
    assert isinstance(found, Profile)
    column = found["a"]
    assert (column.missing, column.not_a_number, column.numbers.infinite, column.known_distinct) == (2, 1, 1, 2)


def test_large_whole_numbers_are_told_apart() -> None:
    found = profile(pd.DataFrame({"a": [2**63 - 1, 2**63 - 2, -(2**63)] * 5}))
    assert isinstance(found, Profile)
    assert found["a"].known_distinct == 3
    assert str(2**63 - 1) in found["a"].values.values


def test_times_are_said_as_times_in_one_order_whatever_the_zone() -> None:
    times = pd.to_datetime(["2024-03-31 00:30", "2024-03-31 12:00"] * 5).tz_localize("Europe/Oslo")
    found = profile(pd.DataFrame({"a": times, "b": times.tz_convert("UTC")}))
    assert isinstance(found, Profile)
    assert found["a"].values.values == found["b"].values.values == ("2024-03-30 23:30:00", "2024-03-31 10:00:00")


def test_a_file_holds_no_value_that_fewer_than_five_rows_hold() -> None:
    secret = pd.DataFrame({
        "name": ["Ann Secretive"] * 4 + ["x"] * 30, "pay": [987654.25] * 4 + [100.0] * 30, "rare": [31337.5] + [None] * 33,
        "born": [dt.datetime(1977, 7, 7)] * 4 + [dt.datetime(1990, 1, 1)] * 30,  # noqa: DTZ001 - as in most tables
    })  # fmt: skip
    found = profile(secret)
    text = json.dumps(found.to_dict()) + json.dumps(_card_text(found))
    for cell in ("Secretive", "987654", "987,654", "31337", "31,337", "1977-07-07"):
        assert cell not in text


def _card_text(found: Result) -> str:
    from mlops_widgets.core.display import card_of

    return repr(card_of(found))


def test_a_sample_says_so_and_with_what_uncertainty() -> None:
    found = profile(pd.DataFrame({"a": range(5000)}), max_rows=1000, seed=3)
    assert isinstance(found, Profile)
    assert (found.rows, found.source_rows, found.seed) == (1000, 5000, 3)
    assert "within 3.1 percentage points" in next(each.claim for each in found.findings if each.code == "DQ-PR-12")


def test_progress_reaches_the_end_and_cancel_stops_between_batches() -> None:
    told: list[float] = []
    profile(mixed(), progress=lambda share, _: told.append(share))
    assert told == sorted(told)
    assert told[-1] == 1.0
    with pytest.raises(CancelledError):
        profile(mixed(), cancel=lambda: bool(len(told)))


def test_options_are_checked() -> None:
    with pytest.raises(InputError, match="max_rows=0"):
        profile(mixed(), max_rows=0)
    with pytest.raises(UnknownNameError, match="Did you mean 'age'"):
        profile(mixed(), columns=["agee"])
    with pytest.raises(UnknownNameError, match="Unknown column 'agee'"):
        whole()["agee"]


def test_a_wide_table_and_a_long_cell_are_read() -> None:
    wide = profile(pd.DataFrame(np.random.default_rng(0).normal(size=(50, 120)), columns=[f"c{i}" for i in range(120)]))
    assert len(wide.frame()) == 120
    long = profile(pd.DataFrame({"a": ["x" * 10_000_000] + ["y"] * 5}))
    assert isinstance(long, Profile)
    assert long["a"].numbers.moments.count == 0
    assert long["a"].lengths.maximum == 10_000_000
    assert long["a"].values.values == ("y",)
    assert long["a"].values.unlisted == 4
