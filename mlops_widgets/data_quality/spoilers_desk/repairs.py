"""What can be put right after a spill, as somebody could who doesn't know where it went."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from mlops_widgets.study.tables import as_numbers

Floats = npt.NDArray[np.float64]
Correct = Callable[[Floats], Floats]

REREAD_ROWS = 300
_NEAR = 0.01
_FAR = 3.0
_FACTORS = (1000.0, 0.01)
_LEAST_KEPT = 0.02

REPAIRS: Mapping[str, str] = {
    "near_duplicates": "rows that agree with another but for a percent are dropped before the split",
    "flipped_labels": f"{REREAD_ROWS} labels are read again at the source, and probabilities corrected for the share found wrong",
    "late_labels": "probabilities are divided by the share of outcomes that older rows show to be booked by then",
    "sentinel": "the value far from all others is taken as missing and filled with the median of the rest",
    "unit": "values that fit the training rows only in the other unit are put back into theirs",
    "bad_join": "none, since nothing in the rows says which were mixed up; refuse the batch, and join again on the key",
}
"""Spill → what is repaired, and how."""


def without_near_copies(frame: pd.DataFrame, columns: Sequence[str], near: Sequence[str]) -> npt.NDArray[np.bool_]:
    """Return which rows (n,) are kept when of those alike the first stays.

    Two rows are alike if they agree in `columns`, and in the numbers of `near` to a percent.

    Examples
    --------
    >>> frame = pd.DataFrame({"a": [1, 1, 2], "b": [100.0, 100.2, 100.0]})
    >>> without_near_copies(frame, ["a"], ["b"]).tolist()
    [True, False, True]
    """
    exact = [name for name in columns if name not in near]
    code = frame.groupby(exact, sort=False, dropna=False).ngroup().to_numpy() if exact else np.zeros(len(frame), int)
    numbers = [as_numbers(frame[name]) for name in near]
    order = np.lexsort((np.arange(len(frame)), *numbers, code))
    alike = code[order][1:] == code[order][:-1]
    for values in numbers:
        one, other = values[order][1:], values[order][:-1]
        alike &= (np.abs(one - other) <= _NEAR * np.abs(other)) | (np.isnan(one) & np.isnan(other))
    cluster = np.cumsum(np.concatenate([[0], ~alike]))
    first = pd.Series(order).groupby(cluster).transform("min").to_numpy()
    kept = np.zeros(len(frame), dtype=np.bool_)
    kept[np.unique(first)] = True
    return kept


def without_sentinel(column: "pd.Series[Any]") -> "pd.Series[Any]":
    """Return the column with an end that lies far from the rest, and recurs, as the rest's median.

    Examples
    --------
    >>> without_sentinel(pd.Series([1.0, 2.0, 3.0, 9999.0, 9999.0])).tolist()
    [1.0, 2.0, 3.0, 2.0, 2.0]
    """
    values = as_numbers(column)
    for end in (np.nanmax(values), np.nanmin(values)):
        is_end = values == end
        rest = values[~is_end & ~np.isnan(values)]
        if is_end.sum() < 2 or not len(rest):
            continue
        low, middle, high = np.quantile(rest, [0.01, 0.5, 0.99])
        if min(abs(end - low), abs(end - high)) > _FAR * (high - low):
            return pd.Series(np.where(is_end, middle, values), index=column.index, name=column.name)
    return column


def in_one_unit(column: "pd.Series[Any]", known: "pd.Series[Any]") -> "pd.Series[Any]":
    """Return the column with what lies outside of the known range, and inside it in another unit, put into that.

    Examples
    --------
    >>> in_one_unit(pd.Series([31.0, 30500.0]), pd.Series([9000.0, 80000.0])).tolist()
    [31000.0, 30500.0]
    """
    values, low, high = as_numbers(column), known.min(), known.max()
    for factor in _FACTORS:
        other = values * factor
        fits = ((values < low) | (values > high)) & (other >= low) & (other <= high)
        values = np.where(fits, other, values)
    return pd.Series(values, index=column.index, name=column.name)


def for_wrong_labels(seen: "pd.Series[Any]", right: "pd.Series[Any]", *, seed: int) -> Correct | None:
    """Return what corrects probabilities for the share of labels that a second reading of some rows finds wrong.

    Labels that are wrong with probability r, whatever they are, make p into r + (1 − 2r)p; that is turned back (Natarajan et al.
    2013). None where half or more are wrong, and nothing can be turned back.
    """
    some = np.random.default_rng(seed).permutation(len(seen))[:REREAD_ROWS]
    wrong = float((seen.to_numpy()[some] != right.to_numpy()[some]).mean())
    if 1 - 2 * wrong < _LEAST_KEPT:
        return None
    return lambda p: np.clip((p - wrong) / (1 - 2 * wrong), 0.0, 1.0)


def for_late_labels(booked_share: float) -> Correct | None:
    """Return what corrects probabilities for positive outcomes of which only this share is booked (Elkan & Noto 2008)."""
    if booked_share < _LEAST_KEPT:
        return None
    return lambda p: np.clip(p / booked_share, 0.0, 1.0)
