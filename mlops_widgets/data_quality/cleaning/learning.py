"""What steps learn from the rows of `fit`, and from no others: the majority of each group, the value that fills a column."""

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from mlops_widgets.data_quality.cleaning.actions import keys_of, numbers_of
from mlops_widgets.data_quality.cleaning.steps import Step
from mlops_widgets.study.tables import holds_numbers

_LARGEST = 1e308
_FEWEST = 2
"""Rows of a group that must agree before they outvote another."""


def learn(step: Step, frame: pd.DataFrame) -> Step:
    """Return the step with what it learns from these rows."""
    if step.kind not in _LEARNERS:
        return step
    return replace(step, parameters={**step.parameters, **_LEARNERS[step.kind](step, frame)})


def majorities(frame: pd.DataFrame, column: str, by: tuple[str, ...]) -> dict[str, tuple[Any, float, int]]:
    """Return, by key of a group, the cell that most of its rows hold, its share of those that hold anything, and its rows.

    Of cells that are equally frequent, the one that comes first stands.
    """
    votes: dict[str, Counter[Any]] = {}
    for key, cell in zip(keys_of(frame, by), frame[column], strict=True):
        if key is not None and is_known(cell):
            votes.setdefault(key, Counter())[cell.strip() if isinstance(cell, str) else cell] += 1
    first = {key: count.most_common(1)[0] for key, count in votes.items()}
    return {key: (cell, rows / votes[key].total(), rows) for key, (cell, rows) in first.items()}


def is_known(cell: Any) -> bool:  # noqa: ANN401 - any cell
    """Say whether a cell holds a text, a truth value or a finite number: what can be counted, and written to a file."""
    if isinstance(cell, str):
        return bool(cell.strip())
    if isinstance(cell, bool | np.bool_):
        return True
    return isinstance(cell, int | float | np.integer | np.floating) and bool(-_LARGEST <= cell <= _LARGEST)


def _majority(step: Step, frame: pd.DataFrame) -> dict[str, Any]:
    every = majorities(frame, step.columns[0], step.parameters["by"])
    least = step.parameters["least_share"]
    return {
        "majority": [
            (key, _plain(cell)) for key, (cell, share, rows) in every.items() if share > least and rows >= _FEWEST
        ]
    }


def _fillers(step: Step, frame: pd.DataFrame) -> dict[str, Any]:
    return {"values": [_filler(frame[name]) for name in step.columns]}


def _filler(column: "pd.Series[Any]") -> float | str | bool | None:
    """Return the median of numbers, the most frequent of anything else; None where nothing is known."""
    if holds_numbers(column):
        known = column.dropna()
        return None if known.empty else float(pd.Series(numbers_of(known)).median())
    texts = Counter(
        str(cell) for cell, gone in zip(column, column.isna(), strict=True) if not gone and str(cell).strip()
    )
    return texts.most_common(1)[0][0] if texts else None


def _plain(value: Any) -> Any:  # noqa: ANN401 - a cell
    plain = value.item() if hasattr(value, "item") else value
    return plain if isinstance(plain, str | bool | int | float) else str(plain)


_LEARNERS: dict[str, Callable[[Step, pd.DataFrame], dict[str, Any]]] = {
    "fill_dependency": _majority, "impute": _fillers,
}  # fmt: skip
