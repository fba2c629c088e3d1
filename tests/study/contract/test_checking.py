"""A contract put to tables: the same answers from every library, by hand, and on tables that nobody meant to check."""

import datetime as dt
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from mlops_widgets.errors import TableError, UnknownNameError
from mlops_widgets.study.contract.checking import Checked, as_moment, check
from mlops_widgets.study.contract.columns import ColumnRules
from mlops_widgets.study.contract.contract import Contract, Dependency, Freshness, Key, Order
from mlops_widgets.study.contract.files import contract_of
from tests.study.contract.dirty_tables import DAMAGES, clean, contract

NOW = dt.datetime(2024, 1, 1)  # noqa: DTZ001 - UTC where it has no zone


def _all_dirty() -> pd.DataFrame:
    """One table with most of the damages, every column of one type so that all libraries hold it."""
    frame = clean()
    for name in ("a repeated id", "a sentinel", "an infinite price", "another city", "missing cities", "a code with a blank",
                 "an early day", "an end before its start", "four weights in words", "a shop in two regions"):  # fmt: skip
        frame = DAMAGES[name](frame)
    return frame.assign(price=frame["price"].where(frame.index > 3))


FORMS: dict[str, Callable[[pd.DataFrame], Any]] = {
    "objects": lambda frame: frame.astype(object),
    "pyarrow": lambda frame: pa.Table.from_pandas(frame, preserve_index=False),
    "polars": pl.from_pandas,
    "lazy polars": lambda frame: pl.from_pandas(frame).lazy(),
    "polars with NaN": lambda frame: pl.from_pandas(frame).with_columns(pl.col("price").fill_null(float("nan"))),
    "duckdb": lambda frame: duckdb.from_arrow(pa.Table.from_pandas(frame, preserve_index=False)),
    "in another zone": lambda frame: frame.assign(end=frame["end"].dt.tz_localize("UTC").dt.tz_convert("Asia/Tokyo")),
}  # fmt: skip


def _said(found: Checked) -> list[tuple[Any, ...]]:
    return [
        (each.rule.id, each.checked, each.broken, each.reason, found.failing(each.rule.id).tolist())
        for each in found.outcomes
    ]


@pytest.mark.parametrize("form", FORMS)
def test_every_library_gives_the_same_answers(form: str) -> None:
    frame = _all_dirty()
    said = _said(check(frame, contract()))
    assert sum(broken > 0 for _, _, broken, _, _ in said) >= 9
    assert _said(check(FORMS[form](frame), contract())) == said


def test_a_parquet_file_is_scanned_where_it_is_whatever_its_name(tmp_path: Path) -> None:
    frame = _all_dirty()
    file = tmp_path / "all*[0].parquet"
    frame.to_parquet(file)
    frame.head(3).to_parquet(tmp_path / "all_others0.parquet")
    assert _said(check(file, contract())) == _said(check(frame, contract()))


def test_counts_are_those_by_hand() -> None:
    frame = _all_dirty()
    broken = {each.rule.id: each.broken for each in check(frame, contract()).outcomes}
    price, city = frame["price"], frame["city"]
    assert broken["age: range"] == int((~frame["age"].between(18, 99)).sum())
    assert broken["price: range"] == int((~((price > 0) & (price <= 1000.5)) & price.notna()).sum())
    assert broken["price: missing"] == int(price.isna().sum()) == 4
    assert broken["city: allowed"] == int((~city.isin(["Bern", "Chur"]) & city.notna()).sum())
    assert broken["code: pattern"] == int((~frame["code"].str.fullmatch("[A-Z]{2}-[0-9]{3}")).sum())
    assert broken["id: unique"] == int(frame["id"].duplicated().sum())
    assert broken["key: shop, code"] == int(frame.duplicated(["shop", "code"]).sum())
    assert broken["order: start ≤ end"] == int((frame["start"] > frame["end"]).sum())
    assert broken["dependency: shop → region"] == 1


def test_positions_are_those_of_the_rows_that_break_a_rule() -> None:
    found = check(_all_dirty(), contract())
    assert found.failing("age: range").tolist() == [5]
    assert found.failing("weight: type").tolist() == [0, 1, 2, 3]
    assert found.failing("id: unique").tolist() == [3]
    assert found.failing("dependency: shop → region").tolist() == [5]
    assert found.failing("weight: type", most=2).tolist() == [0, 1]
    with pytest.raises(UnknownNameError, match="Did you mean 'age: range'"):
        found.failing("age: rang")


def _one(column: ColumnRules, cells: Any, **more: Any) -> dict[str, tuple[int, int]]:
    found = check(pd.DataFrame({column.name: cells}), Contract(name="t", columns=(column,), **more))
    return {each.rule.kind: (each.broken, each.checked) for each in found.outcomes}


def test_a_column_of_text_that_should_be_numbers_fails_where_it_is_none_or_everywhere() -> None:
    column = ColumnRules(name="a", type="number")
    assert _one(column, ["1", "x", None])["type"] == (1, 2)
    assert _one(column, ["1", "2", None])["type"] == (2, 2)
    assert _one(ColumnRules(name="a", type="number", as_text=True), ["1", "-2.5e3", None])["type"] == (0, 2)


@pytest.mark.parametrize(("kind", "cells", "broken"), [
    ("integer", [1.0, 2.5, None], 1), ("integer", [Decimal(1), Decimal("1.5")], 1), ("number", [True, False], 2),
    ("boolean", [0, 1], 2), ("boolean", [True, None], 0), ("string", [1, 2], 2), ("string", ["a", None], 0),
    ("date", [dt.date(2024, 1, 1)], 0), ("timestamp", [dt.date(2024, 1, 1)], 0), ("date", [NOW, NOW + dt.timedelta(hours=1)], 1),
    ("string", [["a"], ["b"]], 2), ("number", ["a", 1, None], 2), ("string", pd.Categorical(["a", "b"]), 0),
    ("integer", pd.Categorical([1, 2]), 0), ("number", [10**30, 1], 0), ("date", ["2024-02-30", "2024-13-01", "x"], 2),
])  # fmt: skip
def test_what_is_of_a_type(kind: Any, cells: Any, broken: int) -> None:
    text = kind == "date" and isinstance(cells[0], str)
    assert _one(ColumnRules(name="a", type=kind, as_text=text), cells)["type"][0] == broken


def test_bounds_of_dates_hold_for_moments_days_and_iso_text() -> None:
    column = ColumnRules(name="a", type="timestamp", as_text=True, lower="2024-01-02", upper="2024-12-31 12:00")
    days: list[Any] = ["2024-01-01", "2024-01-02", "2024-12-31 13:00", None]
    assert _one(column, days)["range"] == (2, 3)
    assert _one(column, pd.to_datetime(days, format="ISO8601"))["range"] == (2, 3)
    assert _one(column, [dt.date(2024, 1, 1), dt.date(2024, 1, 2)])["range"] == (1, 2)


def test_excluded_bounds_exclude() -> None:
    column = ColumnRules(name="a", lower=0, upper=1, lower_inclusive=False, upper_inclusive=False)
    assert _one(column, [0.0, 0.5, 1.0, np.nan, np.inf])["range"] == (3, 4)


def test_missing_keys_and_determinants_are_no_evidence() -> None:
    columns = tuple(ColumnRules(name=name, unique=name == "c") for name in "abc")
    promised = Contract(
        name="t",
        columns=columns,
        keys=(Key(columns=("a", "b")),),
        dependencies=(Dependency(determinant=("a",), dependent="b"),),
    )
    frame = pd.DataFrame({"a": [1, None, None, 2], "b": ["x", "y", "z", None], "c": [None, None, 1, 2]})
    assert [each.broken for each in check(frame, promised).outcomes] == [0] * 6


def test_freshness_is_judged_at_the_moment_that_is_said() -> None:
    promised = Contract(name="t", columns=(ColumnRules(name="at"),), freshness=Freshness(column="at", hours=24))
    frame = pd.DataFrame({"at": pd.to_datetime(["2023-12-30", "2023-12-31"])})
    fresh, late = (check(frame, promised, now=now).outcomes[-1] for now in (NOW, NOW + dt.timedelta(hours=1)))
    assert (fresh.broken, late.broken) == (0, 1)
    assert check(frame, promised, now=NOW.replace(tzinfo=dt.timezone(dt.timedelta(hours=-1)))).outcomes[-1].broken == 1
    assert not check(frame, promised).outcomes[-1].measured
    assert as_moment("2024-01-01T01:00+01:00") == NOW


def test_a_missing_column_breaks_its_presence_alone() -> None:
    found = check(clean().drop(columns="age"), contract()).outcomes
    of_age = [each for each in found if "age" in each.rule.columns]
    assert [(each.rule.kind, each.broken) for each in of_age if each.measured] == [("present", 1)]
    assert all("no column 'age'" in each.reason for each in of_age)


def test_rules_that_are_off_are_not_checked() -> None:
    promised = contract().set_severity("age: range", "off")
    assert "age: range" not in [each.rule.id for each in check(clean(), promised).outcomes]


HOSTILE: dict[str, Callable[[], Any]] = {
    "no rows": lambda: pd.DataFrame({"a": pd.Series([], dtype=object), "b": pd.Series([], dtype="float64")}),
    "no rows in polars": lambda: pl.DataFrame({"a": [], "b": []}),
    "one row": lambda: pd.DataFrame({"a": ["x"], "b": [1]}),
    "nothing but gaps": lambda: pd.DataFrame({"a": [None, None], "b": [np.nan, np.nan]}),
    "nested": lambda: pl.DataFrame({"a": [["x"], ["y"]], "b": [{"c": 1}, {"c": 2}]}),
    "nested in duckdb": lambda: duckdb.sql("select [1, 2] a, {'c': 1} b"),
    "halves of characters": lambda: pd.DataFrame({"a": pd.Series(["\ud800", "x"], dtype=object), "b": [1, 2]}),
    "a cell of 10 MB": lambda: pd.DataFrame({"a": ["x" * 10_000_000, "y"], "b": [1, 2]}),
    "huge numbers": lambda: pd.DataFrame({"a": ["x", "y"], "b": pd.Series([10**400, 1], dtype=object)}),
    "complex numbers": lambda: pd.DataFrame({"a": ["x", "y"], "b": [1j, 2.0]}),
    "zones mixed": lambda: pd.DataFrame({"a": ["x", "y"], "b": pd.Series([pd.Timestamp("2024-01-01", tz="Asia/Tokyo"), pd.Timestamp("2024-01-01")], dtype=object)}),
    "empty names": lambda: pd.DataFrame([["x", 1, 2]], columns=["a", "b", ""]),
    "numbers as names": lambda: pd.DataFrame([["x", 1, 2]], columns=["a", "b", 3]),
    "periods": lambda: pd.DataFrame({"a": ["x", "y"], "b": pd.period_range("2024", periods=2, freq="D")}),
}  # fmt: skip


@pytest.mark.parametrize("table", HOSTILE)
def test_hostile_tables_are_checked(table: str) -> None:
    columns = (
        ColumnRules(
            name="a", type="string", missing_share=0, unique=True, allowed=("x", "y"), pattern="[xy]", longest=3
        ),
        ColumnRules(name="b", type="number", missing_share=0.5, unique=True, lower=0, upper=9),
    )
    promised = Contract(name="t", columns=columns, least_rows=1, keys=(Key(columns=("a", "b")),), dependencies=(Dependency(determinant=("a",), dependent="b"),), orders=(Order(first="b", second="a"),))  # fmt: skip
    found = check(HOSTILE[table](), promised)
    for each in found.outcomes:
        assert 0 <= each.broken <= max(each.checked, 1)
        found.failing(each.rule.id)


def test_repeated_names_are_refused() -> None:
    with pytest.raises(TableError, match="a"):
        check(pd.DataFrame([[1, 2]], columns=["a", "a"]), contract())


def test_200_columns_are_checked_in_one_scan() -> None:
    names = [f"c{at}" for at in range(200)]
    frame = pd.DataFrame(np.zeros((50, 200)), columns=names)
    frame.iloc[7, 199] = 2.0
    promised = contract_of(
        {"contract": 1, "name": "wide", "columns": [{"name": name, "type": "number", "upper": 1} for name in names]},
        "wide",
    )
    found = check(frame, promised)
    assert [each.rule.id for each in found.outcomes if each.broken] == ["c199: range"]
    assert found.failing("c199: range").tolist() == [7]
