"""A study's features as plain numbers, whatever they are: how is learned on the training rows only."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from mlops_widgets.study.dates import Order, order_of, read_dates
from mlops_widgets.study.tables import Table, holds_numbers

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]

MOST_LEVELS = 10
_LARGEST = 1e100  # squares of larger numbers overflow
_FURTHEST = 10.0  # standard deviations; one mistyped cell would else outweigh all others
_READABLE = 0.95  # share of the cells that must read as numbers or dates for text to count as such


@dataclass(frozen=True, kw_only=True)
class _Numeric:
    """A column read as numbers: gaps filled with the median, in standard deviations from the mean."""

    read: Callable[["pd.Series[Any]"], Floats]
    middle: float
    mean: float
    spread: float
    gaps: bool

    def numbers(self, column: "pd.Series[Any]") -> Floats:
        values = self.read(column)
        missing = np.isnan(values)
        scaled = (np.where(missing, self.middle, values) - self.mean) / self.spread
        encoded = [np.clip(scaled, -_FURTHEST, _FURTHEST)] + ([missing.astype(np.float64)] if self.gaps else [])
        return np.column_stack(encoded)


@dataclass(frozen=True, kw_only=True)
class _Levels:
    """A column read as words: one 0/1 column for each of its frequent levels."""

    levels: tuple[str, ...]

    def numbers(self, column: "pd.Series[Any]") -> Floats:
        words = as_words(column).to_numpy(dtype=object)
        return np.column_stack([(words == level).astype(np.float64) for level in self.levels])


@dataclass(frozen=True, kw_only=True)
class Encoding:
    """How each feature becomes numbers.

    Parameters
    ----------
    features
        The features that tell rows apart; one that is constant or empty on the training rows is left out.
    rules
        How each is encoded.
    """

    features: tuple[str, ...]
    rules: "tuple[_Numeric | _Levels, ...]"

    def numbers(self, table: Table) -> tuple[Floats, Integers]:
        """Return the encoded rows (rows, columns), and of which feature (its position) each column tells (columns,)."""
        parts = [rule.numbers(table[name]) for name, rule in zip(self.features, self.rules, strict=True)]
        if not parts:
            return np.zeros((table.rows, 0)), np.zeros(0, dtype=np.int64)
        origin = np.repeat(np.arange(len(parts)), [part.shape[1] for part in parts])
        return np.hstack(parts), origin.astype(np.int64)


def learn_encoding(table: Table, features: Sequence[str]) -> Encoding:
    """Return how to encode `features`, learned on `table` alone.

    Numbers and dates (also those written as text): gaps become the median with a 0/1 column where there were any, then
    centred and scaled, at most ten standard deviations out. Anything else: 0/1 columns of its ten most frequent levels
    that occur twice or more; what is rare or new is 0 in all of them.

    Examples
    --------
    >>> rooms = Table(pd.DataFrame({"size": [1.0, 3.0], "same": [7, 7]}), name="reference")
    >>> encoding = learn_encoding(rooms, ["size", "same"])
    >>> encoding.features, encoding.numbers(rooms)[0].tolist()
    (('size',), [[-1.0], [1.0]])
    """
    rules = {name: _learn(table[name]) for name in features}
    kept = {name: rule for name, rule in rules.items() if rule is not None}
    return Encoding(features=tuple(kept), rules=tuple(kept.values()))


def _learn(column: "pd.Series[Any]") -> "_Numeric | _Levels | None":
    read = number_reader(column)
    return _learn_levels(column) if read is None else _learn_numbers(column, read)


def _learn_numbers(column: "pd.Series[Any]", read: Callable[["pd.Series[Any]"], Floats]) -> _Numeric | None:
    values = read(column)
    missing = np.isnan(values)
    if missing.all():
        return None
    middle = float(np.median(values[~missing]))
    filled = np.where(missing, middle, values)
    mean, spread = float(filled.mean()), float(filled.std())
    constant = spread <= 1e-12 * max(abs(mean), 1e-300)
    if constant and not missing.any():
        return None
    return _Numeric(read=read, middle=middle, mean=mean, spread=1.0 if constant else spread, gaps=bool(missing.any()))


def _learn_levels(column: "pd.Series[Any]") -> _Levels | None:
    counts = as_words(column).value_counts()
    frequent = counts[counts >= 2]
    if frequent.empty or (len(frequent) == 1 and counts.sum() == frequent.iloc[0] == len(column)):
        return None
    # Equally frequent levels are taken in the order of their names, so that row order doesn't matter.
    ordered = sorted(frequent.index, key=lambda level: (-int(frequent[level]), level))
    return _Levels(levels=tuple(ordered[:MOST_LEVELS]))


def number_reader(column: "pd.Series[Any]") -> Callable[["pd.Series[Any]"], Floats] | None:
    """Return what reads this column as numbers, or None where it holds words."""
    kind = column.dtype
    if pd.api.types.is_datetime64_any_dtype(kind) or isinstance(kind, pd.PeriodDtype):
        return _days
    if pd.api.types.is_timedelta64_dtype(kind):
        return _spans
    if holds_numbers(column):
        return _numbers
    if isinstance(kind, pd.CategoricalDtype):
        return None
    present = column.dropna()
    # Text that reads as dates is only taken for dates where it has more values than words have.
    readers = (
        (_numbers, partial(_days, order=order_of([column])))
        if as_words(present).nunique() > MOST_LEVELS
        else (_numbers,)
    )
    for read in readers:
        if len(present) and np.mean(~np.isnan(read(present))) >= _READABLE:
            return read
    return None


def holds_dates(column: "pd.Series[Any]") -> bool:
    """Say whether what `number_reader` reads of this column are days: dates, also those written as text."""
    kind = column.dtype
    if pd.api.types.is_datetime64_any_dtype(kind) or isinstance(kind, pd.PeriodDtype):
        return True
    if pd.api.types.is_numeric_dtype(kind) or pd.api.types.is_timedelta64_dtype(kind):
        return False
    return bool(pd.to_numeric(as_words(column).dropna(), errors="coerce").isna().all())


def _numbers(column: "pd.Series[Any]") -> Floats:
    plain = column if holds_numbers(column) else as_words(column)
    values = pd.to_numeric(plain, errors="coerce").to_numpy(dtype=np.float64, na_value=np.nan)
    return np.clip(np.where(np.isinf(values), np.nan, values), -_LARGEST, _LARGEST)


def _days(column: "pd.Series[Any]", order: Order | None = None) -> Floats:
    """Read dates as days since 1970, in UTC where they carry a zone; day and month as the training rows order them."""
    moments = read_dates(column, order=order).to_numpy(dtype="datetime64[ms]")
    days: Floats = np.where(np.isnat(moments), np.nan, moments.astype(np.float64) / 86_400_000)
    return days


def _spans(column: "pd.Series[Any]") -> Floats:
    """Read spans of time as seconds."""
    seconds = pd.to_timedelta(column, errors="coerce").dt.total_seconds()
    return np.asarray(seconds, dtype=np.float64)


def as_words(column: "pd.Series[Any]") -> "pd.Series[Any]":
    """Return every cell as text, missing ones as None: cells may be of any kind, also lists."""
    try:
        codes, levels = pd.factorize(column)
    except TypeError:  # cells that can't be hashed
        codes, levels = pd.factorize(column.map(str, na_action="ignore"))
    words = np.array([*(str(level) for level in levels), None], dtype=object)
    return pd.Series(words[codes], dtype=object)  # a missing cell has code -1: the last word
