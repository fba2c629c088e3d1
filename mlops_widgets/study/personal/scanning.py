"""Text of a column's cells, and where in it a kind of personal data stands."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from mlops_widgets.study.personal.kinds import Kind, bare
from mlops_widgets.study.tables import holds_numbers

Integers = npt.NDArray[np.int64]

MOST_LETTERS = 10_000
"""Letters of a cell that are read."""
MOST_TEXT = 8_000_000
"""Letters of a column that are read."""
_FEWEST_DIGITS = 10**8
_MAY_HOLD = re.compile(r"@|\d(?:\D{0,8}\d){3}")
_NUMBER = re.compile(r"[+\-]?(?:\d{1,7}|\d{0,20}\.\d{1,25})(?:[eE][+\-]?\d{1,3})?")
"""Amounts: whatever has a decimal point, or seven digits at most."""
_EXACT = 2**53


@dataclass(frozen=True, kw_only=True)
class Texts:
    """The different cells of a column as texts, one after the other.

    Parameters
    ----------
    cells
        The texts, shape (values,).
    counts
        How many rows hold each, shape (values,).
    whole
        Whether all of the column was read.
    """

    cells: tuple[str, ...]
    counts: Integers
    whole: bool

    @property
    def rows(self) -> int:
        """Rows that were read: those whose cell isn't missing."""
        return int(self.counts.sum())

    @cached_property
    def _searched(self) -> tuple[Integers, Integers, str]:
        """Places of the cells that may hold anything, where each ends in their joined text, and this text."""
        places = [at for at, cell in enumerate(self.cells) if _MAY_HOLD.search(cell) and not _NUMBER.fullmatch(cell)]
        cells = [self.cells[at] for at in places]
        ends = np.cumsum([len(cell) + 1 for cell in cells], dtype=np.int64)
        return np.array(places, dtype=np.int64), ends, "\n".join(cells)

    def matches(self, pattern: re.Pattern[str]) -> Iterator[tuple[int, str, bool]]:
        """Yield the place of a cell, the text that fits in it, and whether that is all of the cell.

        One pass over the cells joined by line breaks, which no pattern reads across, instead of a call a cell.
        """
        places, ends, text = self._searched
        for found in pattern.finditer(text):
            at = int(places[np.searchsorted(ends, found.start(), side="right")])
            yield at, found.group(), len(found.group()) == len(self.cells[at])


@dataclass(frozen=True, kw_only=True)
class Hits:
    """What of a column is of a kind.

    Parameters
    ----------
    candidates, passed
        Different numbers of the form, and those among them whose check digit is right; the same where there is none.
    places
        Cells that hold one which passed, as places in the texts.
    filled
        How many rows hold nothing else.
    """

    candidates: int
    passed: int
    places: Integers
    filled: int


def texts_of(column: "pd.Series[Any]", *, most_rows: int | None = None) -> Texts:
    """Return the different cells of a column as texts; of `most_rows` rows, evenly spread, where there are more.

    Numbers count where they are whole and have nine digits at least: shorter ones name nobody.
    """
    known = column.dropna()
    every = len(known)
    if most_rows is not None and every > most_rows:
        known = known.iloc[np.linspace(0, every - 1, most_rows).astype(np.int64)]
    texts = _number_texts(known) if holds_numbers(column) else _cell_texts(known)
    counts = texts.value_counts(sort=False)
    room = np.cumsum([len(text) + 1 for text in counts.index]) <= MOST_TEXT
    kept = counts[room] if len(counts) else counts
    whole = len(kept) == len(counts) and len(known) == every
    return Texts(cells=tuple(kept.index), counts=np.asarray(kept.to_numpy(), dtype=np.int64), whole=whole)


def _number_texts(known: "pd.Series[Any]") -> "pd.Series[str]":
    numbers = known.to_numpy(dtype=np.float64)
    usable = np.isfinite(numbers) & (numbers >= _FEWEST_DIGITS) & (numbers == np.floor(numbers))
    long = known[usable] if pd.api.types.is_integer_dtype(known.dtype) else known[usable & (numbers < _EXACT)]
    if not usable.any() or usable.mean() < 1 / 2:
        return pd.Series(dtype=object)
    return pd.Series([str(int(cell)) for cell in long.tolist()], dtype=object)


def _cell_texts(known: "pd.Series[Any]") -> "pd.Series[str]":
    """Return texts in one line each; other objects, such as lists, as they are written."""
    if isinstance(known.dtype, pd.CategoricalDtype):
        known = known.astype(object)
    cells = known.tolist() if known.dtype == object or isinstance(known.dtype, pd.StringDtype) else []
    texts = [cell if isinstance(cell, str) else str(cell) if not isinstance(cell, bool) else "" for cell in cells]
    one_line = (" ".join(text[:MOST_LETTERS].split()) for text in texts)
    return pd.Series([text for text in one_line if text], dtype=object)


def hits_of(texts: Texts, kind: Kind, *, named: bool) -> Hits:
    """Return what of the texts is of a kind; with its wider pattern where the column's name speaks of it."""
    verdicts: dict[str, bool] = {}
    places: set[int] = set()
    full: set[int] = set()
    for at, text, whole in _found(texts, kind, named=named):
        number = bare(text) if kind.check is not None or kind.name in _BARE else text
        if number not in verdicts:
            if not kind.form(number):
                continue
            verdicts[number] = kind.check is None or kind.check(number)
        if verdicts[number]:
            places.add(at)
            full |= {at} if whole else set()
    rows = int(texts.counts[sorted(full)].sum()) if full else 0
    where = np.array(sorted(places), dtype=np.int64)
    return Hits(candidates=len(verdicts), passed=sum(verdicts.values()), places=where, filled=rows)


_BARE = frozenset({"us_ssn"})


def _found(texts: Texts, kind: Kind, *, named: bool) -> Iterator[tuple[int, str, bool]]:
    yield from texts.matches(kind.pattern)
    if named and kind.named is not None:
        for at, text in enumerate(texts.cells):
            if kind.named.fullmatch(text):
                yield at, text, True
