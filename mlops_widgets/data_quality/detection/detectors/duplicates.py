"""Rows that repeat another one, wholly or nearly, more often than chance makes rows alike."""

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from mlops_widgets.core.words import number
from mlops_widgets.data_quality.detection.columns import Column, Columns
from mlops_widgets.data_quality.detection.detectors.spellings import key_of
from mlops_widgets.data_quality.detection.suspicions import ColumnNote, Suspicion

Integers = npt.NDArray[np.int64]
Keys = npt.NDArray[np.uint64]

_UNIQUE = 0.98
_FEWEST_COLUMNS = 3
_GRID = 20.0
"""Steps of a number's grid within its interquartile range: numbers in one step are near."""
_PAIRS_OF_COLUMNS = 40
_MOST_KEYS = 20_000


def detect(columns: Columns) -> Iterator[Suspicion | ColumnNote]:
    """Suspect rows that repeat another one in all columns, or in all but one, leaving out columns that number the rows.

    Where rows are alike by chance, more pairs agree in all columns but one than in all: what is beyond that is copied.
    """
    every = list(columns.columns.values())
    if columns.rows < 2 or not every:
        return
    telling = [each for each in every if not _numbers_rows(each)]
    whole = _hashes([each.levels.codes for each in every])
    copies = _copies(_hashes([each.levels.codes for each in telling])) if len(telling) >= _FEWEST_COLUMNS else None
    if copies is not None:
        yield from _suspicions("duplicate", *copies, columns, "repeats an earlier one in every column that doesn't number the rows")
    elif len(every) >= _FEWEST_COLUMNS:
        found = _copies(whole)
        if found is not None:
            yield from _suspicions("duplicate", *found, columns, "repeats an earlier one in every column")
    if len(telling) > _FEWEST_COLUMNS:
        near = _near(_hashes([_coarse(each) for each in telling]), copies[0] if copies else np.zeros(0, dtype=np.int64))
        if near is not None:
            yield from _suspicions("near_duplicate", *near, columns, "repeats another one nearly: at most one column differs, and numbers lie close")


def _numbers_rows(column: Column) -> bool:
    """Say whether a column only tells rows apart: nearly all different, and no measurement."""
    levels = column.levels
    if len(levels.values) < _UNIQUE * max(int(levels.counts.sum()), 1) or len(levels.values) < 2:
        return False
    if column.kind == "number":
        numbers = column.numbers[np.isfinite(column.numbers)]
        return bool((numbers == np.round(numbers)).all())
    return column.kind == "text" and not any(" " in str(value) for value in levels.values[:100])


def _hashes(columns: list[Integers]) -> Keys:
    """Return a number for each cell, shape (columns, rows): a row's number is their sum, so one column is easily left out."""
    found = np.empty((len(columns), len(columns[0]) if columns else 0), dtype=np.uint64)
    for at, codes in enumerate(columns):
        found[at] = _mixed(codes.astype(np.uint64) + np.uint64((at + 1) * 0x9E3779B97F4A7C15 % 2**64))
    return found


def _mixed(keys: Keys) -> Keys:
    """Return well-mixed numbers (splitmix64, Steele, Lea & Flood 2014)."""
    keys = (keys ^ (keys >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    keys = (keys ^ (keys >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return keys ^ (keys >> np.uint64(31))


def _ties(keys: Keys) -> int:
    """Return how many rows have an equal one before them."""
    return len(keys) - len(np.unique(keys))


def _copies(hashes: Keys) -> tuple[Integers, float] | None:
    """Return the rows that equal an earlier one, and the share of them that chance doesn't explain."""
    total = hashes.sum(axis=0)
    _, first, inverse = np.unique(total, return_index=True, return_inverse=True)
    rows = np.flatnonzero(first[inverse] != np.arange(len(total)))
    if not len(rows):
        return None
    but_one = sum(_ties(total - each) - len(rows) for each in hashes)
    return rows, max(0.0, 1 - but_one / len(rows))


def _near(hashes: Keys, known: Integers) -> tuple[Integers, float] | None:
    """Return the rows that equal an earlier one in all columns but one at most, and the share that chance doesn't explain."""
    total = hashes.sum(axis=0)
    equal = _later(total)
    found = equal.copy()
    for each in hashes:
        found |= _later(total - each)
    found[known] = False
    rows = np.flatnonzero(found)
    if not len(rows):
        return None
    count = len(hashes)
    pairs = [(a, b) for a in range(count) for b in range(a)]
    rng = np.random.default_rng(0)
    some = [pairs[at] for at in rng.permutation(len(pairs))[:_PAIRS_OF_COLUMNS]]
    near = found.sum() + len(known)
    beyond = sum(max(0, int(_later(total - hashes[a] - hashes[b]).sum()) - int(near)) for a, b in some)
    by_chance = beyond * len(pairs) / max(len(some), 1)
    return rows, max(0.0, 1 - by_chance / len(rows))


def _later(keys: Keys) -> npt.NDArray[np.bool_]:
    """Return which rows have an equal one before them, shape (rows,)."""
    _, first, inverse = np.unique(keys, return_index=True, return_inverse=True)
    return np.asarray(first[inverse] != np.arange(len(keys)))


def _coarse(column: Column) -> Integers:
    """Return codes in which near values are the same: numbers by a grid, texts by what their spellings have in common."""
    numbers = column.numbers
    finite = np.isfinite(numbers)
    if column.kind == "number" and finite.any():
        low, high = np.percentile(numbers[finite], [25, 75])
        step = (high - low) / _GRID
        if step > 0 and len(column.levels.values) > _GRID:
            scaled = np.clip(np.where(finite, numbers, 0.0) / step, -1e15, 1e15)
            return np.where(finite, np.round(scaled), -(2**62)).astype(np.int64)
    if column.kind == "text" and len(column.levels.values) <= _MOST_KEYS:
        keys: dict[str, int] = {}
        of = [keys.setdefault(key_of(str(value)), len(keys)) for value in column.levels.values]
        return np.append(np.array(of, dtype=np.int64), -1)[column.levels.codes]
    return column.levels.codes


def _suspicions(kind: str, rows: Integers, beyond: float, columns: Columns, what: str) -> Iterator[Suspicion]:
    if beyond <= 0:
        return
    share = len(rows) / columns.rows
    yield Suspicion(
        kind=kind, column=None, rows=rows, confidence=np.full(len(rows), min(beyond, 0.95)),
        reason=f"The row {what} ({number(len(rows), 'integer')} rows, {number(share, 'percent', digits=1)}).",
    )  # fmt: skip
