"""A contract with a rule of every kind, a table that keeps it, and thirty that don't or just do."""

from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

import numpy as np
import pandas as pd

from mlops_widgets.study.contract.columns import ColumnRules
from mlops_widgets.study.contract.contract import Contract, Dependency, Key, Order

ROWS = 60


@cache
def contract() -> Contract:
    return Contract(
        name="orders", version="2.1.0",
        columns=(
            ColumnRules(name="id", type="integer", missing_share=0, unique=True),
            ColumnRules(name="age", type="integer", missing_share=0, lower=18, upper=99),
            ColumnRules(name="price", type="number", missing_share=0.1, lower=0, lower_inclusive=False, upper=1000.5),
            ColumnRules(name="city", type="string", missing_share=0.2, allowed=("Bern", "Chur")),
            ColumnRules(name="code", type="string", missing_share=0, pattern="[A-Z]{2}-[0-9]{3}", shortest=6, longest=6),
            ColumnRules(name="start", type="date", missing_share=0, lower="2020-01-01"),
            ColumnRules(name="end", type="timestamp", missing_share=1),
            ColumnRules(name="paid", type="boolean", missing_share=0),
            ColumnRules(name="weight", type="number", as_text=True, missing_share=0, lower=0, tolerance=0.05),
            ColumnRules(name="shop", type="integer", missing_share=0),
            ColumnRules(name="region", type="string", missing_share=0),
        ),
        least_rows=10, most_rows=100, keys=(Key(columns=("shop", "code")),),
        dependencies=(Dependency(determinant=("shop",), dependent="region"),), orders=(Order(first="start", second="end"),), closed=True,
    )  # fmt: skip


@cache
def _clean() -> pd.DataFrame:
    rng = np.random.default_rng(0)
    shop = np.arange(ROWS) % 5
    start = pd.Timestamp("2020-01-01") + pd.to_timedelta(rng.integers(0, 300, ROWS), unit="D")
    return pd.DataFrame({
        "id": np.arange(ROWS), "age": rng.integers(18, 99, ROWS), "price": rng.uniform(1, 1000, ROWS).round(2),
        "city": rng.choice(["Bern", "Chur"], ROWS), "code": [f"AB-{at:03d}" for at in range(ROWS)], "start": start,
        "end": start + pd.to_timedelta(rng.integers(0, 90, ROWS), unit="h"), "paid": rng.random(ROWS) > 0.5,
        "weight": [f"{value:.1f}" for value in rng.uniform(1, 9, ROWS)], "shop": shop, "region": np.array(["N", "S"])[shop % 2],
    })  # fmt: skip


def clean() -> pd.DataFrame:
    """A frame that keeps the contract; the caller's own."""
    return _clean().copy()


def _with(column: str, cells: Mapping[int, Any], kind: Any = None) -> Callable[[pd.DataFrame], pd.DataFrame]:
    def damage(frame: pd.DataFrame) -> pd.DataFrame:
        values = frame[column].astype(kind or object).copy()
        for row, value in cells.items():
            values.iloc[row] = value
        return frame.assign(**{column: values if kind else values.infer_objects()})

    return damage


DAMAGES: dict[str, Callable[[pd.DataFrame], pd.DataFrame]] = {
    "nothing": lambda frame: frame,
    "a repeated id": _with("id", {3: 2}),
    "ids with a gap": _with("id", {3: None}, "float64"),
    "a sentinel": _with("age", {5: -999}),
    "the lowest age": _with("age", {5: 18}),
    "half a year": _with("age", {5: 20.5}),
    "whole years as fractions": lambda frame: frame.assign(age=frame["age"].astype("float64")),
    "years as text": lambda frame: frame.assign(age=frame["age"].astype(str)),
    "one year as text": _with("age", {5: "forty"}),
    "a price of nothing": _with("price", {5: 0.0}),
    "the highest price": _with("price", {5: 1000.5}),
    "an infinite price": _with("price", {5: np.inf}),
    "few missing prices": _with("price", dict.fromkeys(range(6), np.nan), "float64"),
    "many missing prices": _with("price", dict.fromkeys(range(7), np.nan), "float64"),
    "another city": _with("city", {5: "Basel"}),
    "cities in capitals": lambda frame: frame.assign(city=frame["city"].str.upper()),
    "cities as categories": lambda frame: frame.assign(city=frame["city"].astype("category")),
    "missing cities": _with("city", dict.fromkeys(range(30), None)),
    "a code with a blank": _with("code", {5: "AB-005 "}),
    "codes as numbers": lambda frame: frame.assign(code=np.arange(ROWS)),
    "an early day": _with("start", {5: pd.Timestamp("2019-12-31")}, "datetime64[us]"),
    "a moment in a day": _with("start", {5: pd.Timestamp("2020-01-02 10:00")}, "datetime64[us]"),
    "an end before its start": _with("end", {5: pd.Timestamp("2000-01-01")}, "datetime64[us]"),
    "days as text": lambda frame: frame.assign(start=frame["start"].dt.strftime("%Y-%m-%d")),
    "paid as numbers": lambda frame: frame.assign(paid=frame["paid"].astype(int)),
    "three weights in words": _with("weight", dict.fromkeys(range(3), "heavy")),
    "four weights in words": _with("weight", dict.fromkeys(range(4), "heavy")),
    "negative weights": _with("weight", dict.fromkeys(range(10), "-1.5")),
    "a shop in two regions": _with("region", {5: "W"}),
    "a shop's code twice": _with("code", {5: "AB-010"}),
    "few rows": lambda frame: frame.iloc[:9],
    "rows loaded twice": lambda frame: pd.concat([frame, frame], ignore_index=True),
    "a column gone": lambda frame: frame.drop(columns="paid"),
    "another column": lambda frame: frame.assign(more=1),
}  # fmt: skip
"""What is done to the clean table."""
