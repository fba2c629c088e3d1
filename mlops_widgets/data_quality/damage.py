"""Errors of known kind and place, put into a copy of a table: what is spilled, priced, and looked for in tests."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from mlops_widgets.errors import UnknownNameError, did_you_mean, listed
from mlops_widgets.study.tables import holds_numbers

Booleans = npt.NDArray[np.bool_]
Integers = npt.NDArray[np.int64]


@dataclass(frozen=True, kw_only=True)
class Damaged:
    """A damaged copy, and where the damage is.

    Parameters
    ----------
    frame
        The copy; new rows, if any, at its end.
    cells
        Which cells differ from what they should be, a frame of truth values with the copy's shape.
    origin
        Position in the original of each row, shape (rows,).
    """

    frame: pd.DataFrame
    cells: pd.DataFrame
    origin: Integers


def damage(
    frame: pd.DataFrame, kind: str, share: float, *, columns: Sequence[str], target: str | None = None, seed: int = 0
) -> Damaged:
    """Return a copy of `frame` with one kind of error in a share of its rows.

    Parameters
    ----------
    frame
        Rows that are taken as right.
    kind
        One of `KINDS`.
    share
        Share of rows that are hit, 0 to 1.
    columns
        Columns that are hit, where the kind is of cells.
    target
        The label's column, where the kind is of labels.
    seed
        Seed of the rows that are hit.

    Examples
    --------
    >>> bad = damage(pd.DataFrame({"a": [1.0, 2.0, 3.0, 4.0]}), "unit", 0.5, columns=["a"], seed=0)
    >>> int(bad.cells["a"].sum())
    2
    """
    if kind not in KINDS:
        raise UnknownNameError(f"Unknown kind of damage {kind!r}. Kinds: {listed(KINDS)}.{did_you_mean(kind, KINDS)}")
    rng = np.random.default_rng(seed)
    hit = np.sort(rng.choice(len(frame), round(share * len(frame)), replace=False)).astype(np.int64)
    return KINDS[kind](frame, hit, tuple(columns), target, rng)


def _compared(frame: pd.DataFrame, copy: pd.DataFrame, origin: Integers | None = None) -> Damaged:
    """Return the copy with the cells that changed against the rows they come from."""
    rows = np.arange(len(frame), dtype=np.int64) if origin is None else origin
    before = frame.iloc[rows].reset_index(drop=True)
    after = copy.reset_index(drop=True)
    cells = pd.DataFrame({name: _differ(before[name], after[name]) for name in frame.columns}, columns=frame.columns)
    return Damaged(frame=after, cells=cells, origin=rows)


def _differ(before: "pd.Series[Any]", after: "pd.Series[Any]") -> Booleans:
    missing = before.isna().to_numpy(), after.isna().to_numpy()
    unequal = before.astype(object).to_numpy() != after.astype(object).to_numpy()
    changed: Booleans = (unequal & ~(missing[0] & missing[1])).astype(bool)
    return changed


def _missing(
    frame: pd.DataFrame, hit: Integers, columns: Sequence[str], target: str | None, rng: np.random.Generator
) -> Damaged:
    copy = frame.copy()
    for name in columns:
        copy[name] = copy[name].mask(np.isin(np.arange(len(frame)), hit))
    return _compared(frame, copy)


def _unit(
    frame: pd.DataFrame, hit: Integers, columns: Sequence[str], target: str | None, rng: np.random.Generator
) -> Damaged:
    copy = frame.copy()
    for name in columns:
        if holds_numbers(copy[name]):
            values = copy[name].to_numpy(dtype=np.float64, na_value=np.nan).copy()
            values[hit] /= 1000
            copy[name] = values
    return _compared(frame, copy)


Spill = Callable[[pd.DataFrame, Integers, Sequence[str], str | None, np.random.Generator], Damaged]

KINDS: Mapping[str, Spill] = {"missing": _missing, "unit": _unit}
"""Kind → what makes it."""
