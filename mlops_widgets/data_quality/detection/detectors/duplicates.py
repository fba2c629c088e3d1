"""Rows that repeat another one, wholly or nearly, more often than chance makes rows alike."""

from collections.abc import Iterator
from typing import Any

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
_MOST_KEYS = 20_000
_MOST_COMPARED = 5000
_ROUNDS = 16
_COMPARED_SHARE = 0.6
_MOST_PAIRS_SHARE = 0.3
_ALIKE = 80
"""Of 100: two texts are alike from here (normalised indel similarity)."""
_LONGEST = 200


def detect(columns: Columns) -> Iterator[Suspicion | ColumnNote]:
    """Suspect rows that repeat another one in all columns, or in all but one, leaving out columns that number the rows.

    Where rows are alike by chance, more pairs agree in all columns but one than in all: what is beyond that is copied.
    """
    every = list(columns.columns.values())
    if columns.rows < 2 or not every:
        return
    ids = columns.source.roles.ids
    telling = [each for each in every if each.name not in ids and not _numbers_rows(each)]
    whole = _hashes([each.levels.codes for each in every])
    copies = _copies(_hashes([each.levels.codes for each in telling])) if len(telling) >= _FEWEST_COLUMNS else None
    if copies is not None:
        yield from _suspicions(
            "duplicate", *copies, columns, "repeats an earlier one in every column that doesn't number the rows"
        )
    elif len(every) >= _FEWEST_COLUMNS:
        found = _copies(whole)
        if found is not None:
            yield from _suspicions("duplicate", *found, columns, "repeats an earlier one in every column")
    if len(telling) > _FEWEST_COLUMNS:
        near = _near(telling, copies[0] if copies else np.zeros(0, dtype=np.int64))
        if near is not None:
            yield from _suspicions(
                "near_duplicate",
                *near,
                columns,
                "repeats another one nearly: all texts are alike and all numbers close",
            )


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


def _near(columns: list[Column], known: Integers) -> tuple[Integers, float] | None:
    """Return the rows near an earlier one in all columns, and the share of them that chance doesn't explain.

    Candidates agree, coarsely, in all columns but one. Where rows are alike by chance they differ there as any two rows do, so
    those that are far apart there count against those that are near.
    """
    hashes = _hashes([_coarse(each) for each in columns])
    total = hashes.sum(axis=0)
    near, far = np.zeros(len(total), dtype=bool), np.zeros(len(total), dtype=bool)
    for column, each in zip(columns, hashes, strict=True):
        first, later = _neighbours(total - each)
        close = _close(column, first, later)
        near[later[close]] = True
        far[later[~close]] = True
    near |= _near_in_several(columns, hashes)
    near[known] = False
    rows = np.flatnonzero(near)
    return (rows, max(0.0, 1 - float((far & ~near).sum()) / len(rows))) if len(rows) else None


def _near_in_several(columns: list[Column], hashes: Keys) -> npt.NDArray[np.bool_]:
    """Return which rows are near an earlier one though several numbers fall into another step of their grids.

    Some columns, drawn at random several times, must agree coarsely (locality-sensitive hashing); then all are compared.
    """
    rng = np.random.default_rng(0)
    near = np.zeros(hashes.shape[1], dtype=bool)
    for _ in range(_ROUNDS):
        chosen = rng.permutation(len(columns))[: max(2, round(_COMPARED_SHARE * len(columns)))]
        first, later = _neighbours(hashes[chosen].sum(axis=0))
        if len(first) > _MOST_PAIRS_SHARE * len(near):
            continue  # these columns tell too little apart
        for column in columns:
            if not len(first):
                break
            close = _close(column, first, later)
            first, later = first[close], later[close]
        gaps = np.zeros(len(first), dtype=np.int64)
        for column in columns if len(first) else ():
            missing = column.levels.codes < 0
            gaps += missing[first] != missing[later]
        near[later[gaps <= 1]] = True
    return near


def _neighbours(keys: Keys) -> tuple[Integers, Integers]:
    """Return pairs of rows with equal keys, the earlier and the later: each row with the one before it."""
    order = np.argsort(keys, kind="stable")
    same = np.flatnonzero(keys[order[1:]] == keys[order[:-1]])
    return order[same], order[same + 1]


def _close(column: Column, first: Integers, second: Integers) -> npt.NDArray[np.bool_]:
    """Return which pairs of rows hold near values: equal, missing in one, a step of the grid apart, or alike as texts."""
    if not len(first):
        return np.zeros(0, dtype=bool)
    codes = column.levels.codes
    close = (codes[first] == codes[second]) | (codes[first] < 0) | (codes[second] < 0)
    if column.kind == "number":
        numbers = column.numbers
        step = _step(numbers)
        if step > 0:
            close |= np.abs(numbers[first] - numbers[second]) <= step
    elif column.kind == "text":
        rest = np.flatnonzero(~close)[:_MOST_COMPARED]
        close[rest] = _alike(column.levels.values, codes[first[rest]], codes[second[rest]])
    return np.asarray(close)


def _alike(values: npt.NDArray[Any], one: Integers, other: Integers) -> npt.NDArray[np.bool_]:
    """Return which pairs of values are alike as texts; not those that differ in a digit, as codes and numbers do."""
    from rapidfuzz import fuzz

    pairs = [(str(values[a])[:_LONGEST], str(values[b])[:_LONGEST]) for a, b in zip(one, other, strict=True)]
    return np.array([_digits(a) == _digits(b) and fuzz.ratio(a, b) >= _ALIKE for a, b in pairs], dtype=bool)


def _digits(text: str) -> str:
    return "".join(character for character in text if character.isdigit())


def _step(numbers: npt.NDArray[np.float64]) -> float:
    """Return the width of a step of the grid, 0 where the numbers are too alike for one."""
    finite = numbers[np.isfinite(numbers)]
    if not len(finite):
        return 0.0
    low, high = np.percentile(finite, [25, 75])
    return float((high - low) / _GRID)


def _coarse(column: Column) -> Integers:
    """Return codes in which near values are the same: numbers by a grid, texts by what their spellings have in common."""
    numbers = column.numbers
    finite = np.isfinite(numbers)
    if column.kind == "number" and finite.any():
        step = _step(numbers)
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
