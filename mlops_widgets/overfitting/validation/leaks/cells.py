"""Cells of any type as whole numbers: equal cells as equal codes, and values as a few levels."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from mlops_widgets.study.tables import as_numbers, holds_numbers

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]
Keys = npt.NDArray[np.uint64]

MOST_LEVELS = 32
_READABLE = 0.95


def joint_codes(columns: "Sequence[pd.Series[Any]]") -> list[Integers]:
    """Return each column of the same name in several tables as codes in the order of their values, missing cells as -1."""
    lengths = np.cumsum([len(column) for column in columns])[:-1]
    return [np.asarray(part) for part in np.split(_ordered_codes(_alike(columns)), lengths)]


def _alike(columns: "Sequence[pd.Series[Any]]") -> "npt.NDArray[Any]":
    if all(holds_numbers(column) for column in columns):
        return np.concatenate([as_numbers(column) for column in columns])
    if all(pd.api.types.is_datetime64_any_dtype(column.dtype) for column in columns):
        return np.concatenate([_moments(column) for column in columns])
    return np.concatenate([_words(column) for column in columns])


def _ordered_codes(cells: "npt.NDArray[Any]") -> Integers:
    return np.asarray(pd.factorize(cells, sort=True)[0], dtype=np.int64)


def _moments(column: "pd.Series[Any]") -> Floats:
    moments = pd.to_datetime(column, utc=True).to_numpy(dtype="datetime64[us]")
    return np.where(np.isnat(moments), np.nan, moments.astype(np.float64))


def _words(column: "pd.Series[Any]") -> "npt.NDArray[Any]":
    known = column.notna().to_numpy()
    words = np.full(len(column), None, dtype=object)
    words[known] = [cell if isinstance(cell, str) else ascii(cell) for cell in column.to_numpy(dtype=object)[known]]
    return words


def row_keys(codes: Sequence[Integers]) -> Keys:
    """Return one number a row: the same for rows that are equal in every column (64-bit mixing, so chance is out of it)."""
    keys = np.zeros(len(codes[0]), dtype=np.uint64)
    for code in codes:
        keys = pd.util.hash_array(keys ^ pd.util.hash_array(code))
    return keys


def levels_of(column: "pd.Series[Any]", others: "Sequence[pd.Series[Any]]") -> tuple[list[Integers], int]:
    """Return a column of the reference, and of other tables, as at most 33 levels learned on the reference.

    Numbers and dates: a level for each value where there are few, else 32 quantile bins; words: the 31 most frequent and
    one for the rest. Missing cells are a level of their own, the last one.
    """
    learned = _numbers(column)
    if learned is None:
        return _word_levels(column, others)
    each = [learned, *(_as_numbers_or_nan(other) for other in others)]
    known = learned[np.isfinite(learned)]
    distinct = np.unique(known)
    if len(distinct) <= MOST_LEVELS:
        edges = (distinct[1:] + distinct[:-1]) / 2
    else:
        edges = np.unique(np.quantile(known, np.linspace(0, 1, MOST_LEVELS + 1)[1:-1]))
    codes = [np.where(np.isnan(x), len(edges) + 1, np.searchsorted(edges, x, side="right")) for x in each]
    return [code.astype(np.int64) for code in codes], len(edges) + 2


def _numbers(column: "pd.Series[Any]") -> Floats | None:
    if pd.api.types.is_datetime64_any_dtype(column.dtype):
        return _moments(column)
    present = column.notna().to_numpy()
    numbers = as_numbers(column)
    read = np.isfinite(numbers).sum()
    return numbers if read and read >= _READABLE * present.sum() else None


def _as_numbers_or_nan(column: "pd.Series[Any]") -> Floats:
    return _moments(column) if pd.api.types.is_datetime64_any_dtype(column.dtype) else as_numbers(column)


def _word_levels(column: "pd.Series[Any]", others: "Sequence[pd.Series[Any]]") -> tuple[list[Integers], int]:
    counts = pd.Series(_words(column)).value_counts()
    frequent = sorted(counts.index, key=lambda word: (-int(counts[word]), word))[: MOST_LEVELS - 1]
    code_of = {word: code for code, word in enumerate(frequent)}
    rest, gap = len(frequent), len(frequent) + 1
    codes = [
        np.array([gap if word is None else code_of.get(word, rest) for word in _words(each)], dtype=np.int64)
        for each in (column, *others)
    ]
    return codes, gap + 1
