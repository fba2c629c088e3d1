"""One door to errors of known kind and place, put into a copy of a table."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from mlops_widgets.data_quality.damage import cells, rows
from mlops_widgets.errors import InputError, UnknownNameError, did_you_mean, listed

Booleans = npt.NDArray[np.bool_]
Integers = npt.NDArray[np.int64]

KINDS: Mapping[str, str] = MappingProxyType({
    "missing": "cells that went missing",
    "sentinel": "missing cells written as a value",
    "unit": "numbers in another unit",
    "shuffled": "rows mixed up by a bad join",
    "duplicates": "rows booked twice, nearly the same",
    "labels": "wrong labels",
    "late_labels": "positive outcomes not booked yet",
    "typo": "misspelt texts",
    "variant": "texts in another case, or with blanks around them",
    "types": "texts in a column of numbers",
})  # fmt: skip
"""Kind of damage → what it is, in words."""

OF_LABELS = frozenset({"labels", "late_labels"})
"""Kinds that hit the target; `columns` don't matter to them."""

_OF_CELLS: Mapping[str, cells.Spoil] = {
    "missing": cells.missing, "sentinel": cells.sentinel, "unit": cells.unit, "typo": cells.typo, "variant": cells.variant,
    "types": cells.types,
}  # fmt: skip
_OF_ROWS = {"shuffled": rows.shuffled, "duplicates": rows.duplicates}


@dataclass(frozen=True, kw_only=True)
class Damaged:
    """A damaged copy, and where the damage is.

    Parameters
    ----------
    frame
        The copy, its rows numbered from 0; new rows, if any, at its end.
    cells
        Which cells are wrong, a frame of truth values with the copy's shape; of a row that shouldn't be there all are.
    origin
        Position in the original of each row, shape (rows,).
    """

    frame: pd.DataFrame
    cells: pd.DataFrame
    origin: Integers


def damage(
    frame: pd.DataFrame, kind: str, share: float, *, columns: Sequence[str] | None = None, target: str | None = None,
    positive: Any = None, seed: int = 0,  # noqa: ANN401 - a label
) -> Damaged:  # fmt: skip
    """Return a copy of `frame` with one kind of error in a share of its rows.

    Columns that can't have such an error stay as they are: texts have no unit, numbers no spelling. Whole numbers become
    floats where the error needs it, and categories get the texts that they lack.

    Parameters
    ----------
    frame
        Rows that are taken as right; it stays as it is.
    kind
        One of `KINDS`.
    share
        Share of rows that are hit, 0 to 1; of `"late_labels"`, the positive ones among them change.
    columns
        Columns that are hit; by default all but the target. Of `"duplicates"`, those whose numbers differ a little.
    target
        The label's column, for the kinds in `OF_LABELS`; never hit by the others unless `columns` names it.
    positive
        For `"late_labels"`, the class that is booked late; by default the last in order.
    seed
        Seed of the rows that are hit, and of what befalls them.

    Raises
    ------
    UnknownNameError
        If there is no such kind or column.
    InputError
        If the share is out of its range, or a kind of labels has no target.

    Examples
    --------
    >>> bad = damage(pd.DataFrame({"a": [1.0, 2.0, 3.0, 4.0]}), "unit", 0.5, columns=["a"], seed=0)
    >>> int(bad.cells["a"].sum())
    2
    """
    chosen = _checked(frame, kind, share, columns, target)
    rng = np.random.default_rng(seed)
    hit = np.sort(rng.choice(len(frame), round(share * len(frame)), replace=False)).astype(np.int64)
    if kind in _OF_ROWS:
        copy, origin = _OF_ROWS[kind](frame, hit, chosen, rng)
        return _compared(frame, copy, hit, chosen, origin)
    copy = frame.copy()
    for name in chosen:
        copy[name] = _spoiled(frame[name], kind, hit, rng, positive)
    return _compared(frame, copy, hit, chosen, np.arange(len(frame), dtype=np.int64))


def _checked(
    frame: pd.DataFrame, kind: str, share: float, columns: Sequence[str] | None, target: str | None
) -> tuple[str, ...]:
    """Return the columns that are hit."""
    if kind not in KINDS:
        raise UnknownNameError(
            f"Unknown kind of damage kind={str(kind)[:60]!r}. Kinds: {listed(KINDS, most=12)}.{did_you_mean(kind, KINDS)}"
        )
    if not 0 <= share <= 1:
        raise InputError(f"share={share}. Pass the share of rows that are hit, 0 to 1.")
    if kind in OF_LABELS and target is None:
        raise InputError(f"kind={kind!r} hits labels. Name their column as target=.")
    chosen = [name for name in frame.columns if name != target] if columns is None else list(columns)
    if target is not None and kind in OF_LABELS:
        chosen = [target]
    unknown = next((name for name in chosen if name not in frame.columns), None)
    if unknown is not None:
        raise UnknownNameError(
            f"No column {str(unknown)[:60]!r} to damage. Columns: {listed(map(str, frame.columns))}."
            f"{did_you_mean(str(unknown), list(map(str, frame.columns)))}"
        )
    return tuple(dict.fromkeys(chosen))


def _spoiled(
    column: "pd.Series[Any]", kind: str, hit: Integers, rng: np.random.Generator, positive: Any  # noqa: ANN401 - a label
) -> "pd.Series[Any]":  # fmt: skip
    if not len(hit):
        return column
    if kind == "labels":
        return rows.flipped(column, hit, rng)
    if kind == "late_labels":
        return rows.not_yet_booked(column, hit, positive)
    return _OF_CELLS[kind](column, hit, rng)


def _compared(
    frame: pd.DataFrame, copy: pd.DataFrame, hit: Integers, columns: Sequence[str], origin: Integers
) -> Damaged:
    """Return the copy with the cells that changed; only rows that were hit and columns that were named can have."""
    after = copy.reset_index(drop=True)
    wrong = np.zeros(after.shape, dtype=np.bool_)
    wrong[len(frame) :] = True
    if len(origin) == len(frame):
        for name in columns:
            wrong[hit, frame.columns.get_loc(name)] = _differ(frame[name].iloc[hit], after[name].iloc[hit])
    return Damaged(frame=after, cells=pd.DataFrame(wrong, columns=frame.columns), origin=origin)


def _differ(before: "pd.Series[Any]", after: "pd.Series[Any]") -> Booleans:
    gone = before.isna().to_numpy(), after.isna().to_numpy()
    if all(isinstance(each.dtype, np.dtype) and each.dtype.kind == "f" for each in (before, after)):
        unequal = before.to_numpy() != after.to_numpy()
    else:
        pairs = zip(before.to_numpy(dtype=object), after.to_numpy(dtype=object), strict=True)
        unequal = np.array([_unequal(a, b) for a, b in pairs], dtype=np.bool_)
    changed: Booleans = (unequal & ~(gone[0] & gone[1])) | (gone[0] != gone[1])
    return changed


def _unequal(a: Any, b: Any) -> bool:  # noqa: ANN401 - cells
    """Say whether two cells differ; cells that hold arrays are compared as they print."""
    try:
        return bool(a != b)
    except (TypeError, ValueError):
        return repr(a) != repr(b)
