"""Steps for cells that contradict, or follow from, another column: which column decides is found from the repairs."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from mlops_widgets.data_quality.cleaning.rows import said
from mlops_widgets.data_quality.cleaning.rules.suspects import Suspects, is_missing
from mlops_widgets.data_quality.cleaning.steps import Step

Integers = npt.NDArray[np.int64]
Booleans = npt.NDArray[np.bool_]

_SHARES = (0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9)
_MOST_GROUPS = 0.6
"""Most groups, as a share of the rows: a column that names rows decides nothing."""
_LEAST_EXPLAINED = 0.1
_FEWEST = 2
_MOST_STEPS = 3
_FINE_COSTS = 2
"""How much worse it is to change a cell that nobody suspected than to leave one that somebody did."""


class Codes:
    """The columns of a frame as whole numbers, each read once.

    Parameters
    ----------
    frame
        The rows.
    """

    def __init__(self, frame: pd.DataFrame) -> None:
        self._frame = frame
        self._codes: dict[str, tuple[Integers, dict[object, int]]] = {}

    def __getitem__(self, name: str) -> tuple[Integers, dict[object, int]]:
        """Return the code of each cell, -1 where it is missing, and cell as said → code."""
        if name not in self._codes:
            index: dict[object, int] = {}
            cells = self._frame[name]
            missing = np.array([is_missing(cell) for cell in cells], dtype=bool)
            codes = [
                -1 if gone else index.setdefault(said(cell), len(index))
                for gone, cell in zip(missing, cells, strict=True)
            ]
            self._codes[name] = np.array(codes, dtype=np.int64), index
        return self._codes[name]


def dependencies(frame: pd.DataFrame, suspects: Suspects, codes: Codes, *, deciders: tuple[str, ...]) -> Iterator[Step]:
    """Propose to write what most rows of a group hold, by the column whose majorities are the repairs.

    Parameters
    ----------
    frame
        The rows.
    suspects
        Suspected cells of the column; those that a step before repaired are left alone.
    codes
        The frame's columns as codes.
    deciders
        Columns that may decide.
    """
    cells = frame[suspects.column]
    asked = suspects.where(lambda each: not is_missing(each.repair) and said(cells.iloc[each.row]) != said(each.repair))
    suspected = np.zeros(len(frame), dtype=bool)
    suspected[suspects.rows] = True
    for _ in range(_MOST_STEPS):
        best = _best(asked, codes, [name for name in deciders if name != asked.column], suspected)
        if best is None:
            return
        name, share, explained = best
        parameters = {
            "by": [name], "least_share": share, "fills": any(is_missing(each.value) for each in asked),
        }  # fmt: skip
        yield Step(kind="fill_dependency", columns=(asked.column,), parameters=parameters, reason=asked.reason)
        asked = Suspects(asked.column, tuple(each for each in asked if each.row not in explained))


def _best(
    asked: Suspects, codes: Codes, deciders: list[str], suspected: Booleans
) -> tuple[str, float, set[int]] | None:
    """Return the decider and least share that explain most repairs and change fewest other cells, and the rows explained."""
    if not len(asked):
        return None
    cells, index = codes[asked.column]
    repairs = np.array([index.get(said(each.repair), -2) for each in asked], dtype=np.int64)
    fills = any(is_missing(each.value) for each in asked)
    best, found = max(_FEWEST, _LEAST_EXPLAINED * len(asked)), None
    for name in deciders:
        groups, _ = codes[name]
        count = int(groups.max()) + 1
        if not _FEWEST <= count <= _MOST_GROUPS * len(groups):
            continue
        value, share = _majority(groups, cells, count)
        for least in _SHARES:
            told = np.where((groups >= 0) & (share[groups] > least), value[groups], -1)
            right = told[asked.rows] == repairs
            changed = (told >= 0) & (told != cells) & ((cells >= 0) | fills) & ~suspected
            others = (told[asked.rows] >= 0) & ~right
            gain = right.sum() - others.sum() - _FINE_COSTS * changed.sum()
            if gain > best:
                best, found = gain, (name, least, set(asked.rows[right].tolist()))
    return found


def _majority(groups: Integers, cells: Integers, count: int) -> tuple[Integers, npt.NDArray[np.float64]]:
    """Return, by group, the most frequent cell and its share of those that hold anything; 0 where fewer than two agree."""
    known = (groups >= 0) & (cells >= 0)
    width = int(cells.max()) + 1 if len(cells) else 0
    value, share = np.full(count, -1, dtype=np.int64), np.zeros(count)
    if not known.any():
        return value, share
    keys, rows = np.unique(groups[known] * width + cells[known], return_counts=True)
    group = keys // width
    order = np.lexsort((-rows, group))
    first = order[np.unique(group[order], return_index=True)[1]]
    total = np.bincount(group, weights=rows, minlength=count)
    value[group[first]] = keys[first] % width
    share[group[first]] = np.where(rows[first] >= _FEWEST, rows[first] / total[group[first]], 0.0)
    return value, share


def may_decide(frame: pd.DataFrame, left_out: set[str]) -> tuple[str, ...]:
    """Return the columns whose groups may decide another's cells: texts, categories, truth values, whole numbers."""
    return tuple(str(name) for name in frame.columns if name not in left_out and _has_groups(frame[name]))


def _has_groups(cells: "pd.Series[Any]") -> bool:
    if pd.api.types.is_float_dtype(cells.dtype):
        known = cells.to_numpy(dtype=np.float64, na_value=np.nan)
        known = known[np.isfinite(known)]
        return bool(len(known)) and bool((known == np.floor(known)).all())
    return not pd.api.types.is_datetime64_any_dtype(cells.dtype)
