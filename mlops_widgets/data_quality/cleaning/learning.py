"""What steps learn from the rows of `fit`, and from no others: the majority of each group, the value that fills a column."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from mlops_widgets.data_quality.cleaning.actions import keys_of, numbers_of
from mlops_widgets.data_quality.cleaning.steps import Step

_LARGEST = 1e308
_FEWEST = 2
"""Rows of a group that must agree before they outvote another."""


def learn(step: Step, frame: pd.DataFrame) -> Step:
    """Return the step with what it learns from these rows."""
    if step.kind not in _LEARNERS:
        return step
    return replace(step, parameters={**step.parameters, **_LEARNERS[step.kind](step, frame)})


def majorities(frame: pd.DataFrame, column: str, by: tuple[str, ...]) -> pd.DataFrame:
    """Return one row a group of `by`: its key, the value that most of its rows hold, that value's share, and its rows.

    Shares are of the rows of the group that hold anything. Of values that are equally frequent, the one that comes first stands.
    """
    votes = pd.DataFrame({"key": keys_of(frame, by), "value": frame[column].astype(object)})
    votes = votes[[key is not None and is_known(cell) for key, cell in zip(votes["key"], votes["value"], strict=True)]]
    votes["value"] = [cell.strip() if isinstance(cell, str) else cell for cell in votes["value"]]
    counts = votes.groupby(["key", "value"], sort=False, observed=True).size().reset_index(name="rows")
    total = counts.groupby("key", sort=False)["rows"].transform("sum")
    counts["share"] = counts["rows"] / total
    order = counts.sort_values("rows", ascending=False, kind="stable")
    return order.drop_duplicates("key").sort_index()[["key", "value", "share", "rows"]]


def is_known(cell: Any) -> bool:  # noqa: ANN401 - any cell
    """Say whether a cell is a text, a truth value or a finite number: what can be counted, and written to a file."""
    return isinstance(cell, str | bool | np.bool_) or (
        isinstance(cell, int | float | np.integer | np.floating) and bool(-_LARGEST <= cell <= _LARGEST)
    )


def _majority(step: Step, frame: pd.DataFrame) -> dict[str, Any]:
    every = majorities(frame, step.columns[0], step.parameters["by"])
    sure = every[(every["share"] > step.parameters["least_share"]) & (every["rows"] >= _FEWEST)]
    return {"majority": [(key, _plain(value)) for key, value in zip(sure["key"], sure["value"], strict=True)]}


def _fillers(step: Step, frame: pd.DataFrame) -> dict[str, Any]:
    return {"values": [_filler(frame[name]) for name in step.columns]}


def _filler(column: "pd.Series[Any]") -> float | str | bool | None:
    """Return the median of numbers, the most frequent of anything else; None where nothing is known."""
    present = column.dropna()
    if present.empty:
        return None
    if pd.api.types.is_numeric_dtype(column.dtype):
        return float(pd.Series(numbers_of(present)).median())
    counts = present.map(str).value_counts(sort=True)
    return str(counts.index[0])


def _plain(value: Any) -> Any:  # noqa: ANN401 - a cell
    plain = value.item() if hasattr(value, "item") else value
    return plain if isinstance(plain, str | bool | int | float) else str(plain)


_LEARNERS: dict[str, Callable[[Step, pd.DataFrame], dict[str, Any]]] = {
    "fill_dependency": _majority, "impute": _fillers,
}  # fmt: skip
