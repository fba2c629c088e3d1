"""Misspelt values: rare ones that are a letter or two away from a much commoner one."""

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from mlops_widgets.core.words import number, short
from mlops_widgets.data_quality.detection.columns import Column, Columns
from mlops_widgets.data_quality.detection.detectors.spellings import key_of
from mlops_widgets.data_quality.detection.suspicions import ColumnNote, Suspicion

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]

_LONGEST = 80
_SHORTEST = 4
_TWO_LETTERS = 8
"""Length from which two wrong letters are still a typo."""
_OFTEN = 5
"""Cells that a value must have to be what others are misspelt from."""
_TIMES = 8.0
_FIRST_LETTER = 1.5
"""Log-odds lost where the first letter differs: slips spare it (Pollock & Zamora, CACM 1984)."""
_FEW_WORDS = 30
"""Common values up to which a column is of categories, where three letters are enough."""
_COMPARED = 300
_MOST_COMMON, _MOST_RARE = 3000, 20_000
_PAIRS_OF_COMMON = 0.05
"""Share of common values with a common near neighbour over which near values are normal: codes, series, forms of a word."""


def detect(columns: Columns) -> Iterator[Suspicion | ColumnNote]:
    """Suspect rare values near a much commoner one; digits never count as letters, since codes differ by a digit."""
    for column in columns.texts:
        if column.kind != "text" or len(column.levels.values) < 2:
            continue
        found = _misspelt(column)
        if found is not None:
            yield found


def _misspelt(column: Column) -> Suspicion | None:
    values, counts = column.levels.values, column.levels.counts
    usable = np.array([_SHORTEST - 1 <= len(value) <= _LONGEST for value in values])
    common = np.flatnonzero(usable & (counts >= _OFTEN))
    common = common[np.argsort(-counts[common], kind="stable")][:_MOST_COMMON]
    rare = np.flatnonzero(usable & (counts * _TIMES <= counts[common].max(initial=0)))
    if not len(common) or not 0 < len(rare) <= _MOST_RARE:
        return None
    near, distance = _nearest(values, rare, common, counts)
    if not (near >= 0).any():
        return None
    usual = _usual_neighbours(values, common, counts)
    sure = np.zeros(len(values))
    right = np.full(len(values), -1, dtype=np.int64)
    hit = near >= 0
    right[rare[hit]] = near[hit]
    ratio = counts[near[hit]] / counts[rare[hit]]
    pairs = [_slip(values[one], values[other]) for one, other in zip(rare[hit], near[hit], strict=True)]
    length = np.array([min(len(pair[0]), len(pair[1])) for pair in pairs])
    first = np.array([pair[0][:1] != pair[1][:1] for pair in pairs])
    odds = -1.0 + np.log(ratio / _TIMES) + 0.35 * (length - _SHORTEST) - 1.5 * (distance[hit] - 1) - 40 * usual
    odds -= _FIRST_LETTER * first
    # A slip of two letters hardly recurs in the same way: what does is another word, as one drug's name is near another's.
    odds -= (distance[hit] - 1) * np.log(counts[rare[hit]])
    sure[rare[hit]] = np.clip(1 / (1 + np.exp(-odds)), 0.05, 0.95)
    rows = column.levels.rows(right >= 0)
    codes = column.levels.codes[rows]
    return Suspicion(
        kind="typo", column=column.name, rows=rows, confidence=sure[codes], repair=values[right[codes]],
        reason=f"{_several(int(hit.sum()))} of {short(column.name)}, a letter or two away and at least {number(_TIMES, 'integer')} times as common.",
    )  # fmt: skip


def _several(count: int) -> str:
    return (
        "A rare value is close to another"
        if count == 1
        else f"{number(count, 'integer')} rare values are close to others"
    )


def _nearest(
    values: npt.NDArray[np.object_], rare: Integers, common: Integers, counts: Integers
) -> tuple[Integers, Integers]:
    """Return the nearest much commoner value of each rare one, -1 where there is none, and how many letters away it is."""
    from rapidfuzz import process
    from rapidfuzz.distance import OSA

    near, distance = np.full(len(rare), -1, dtype=np.int64), np.zeros(len(rare), dtype=np.int64)
    folded = [values[at].casefold() for at in common]
    few = len(common) <= _FEW_WORDS
    for start in range(0, len(rare), 500):
        some = rare[start : start + 500]
        queries = [values[at].casefold() for at in some]
        apart = process.cdist(queries, folded, scorer=OSA.distance, score_cutoff=2, workers=1, dtype=np.uint8)
        for line, column in zip(*np.nonzero((apart > 0) & (apart <= 2)), strict=True):
            place, one, other = start + line, some[line], common[column]
            steps = int(apart[line, column])
            better = near[place] < 0 or (steps, -counts[other]) < (distance[place], -counts[near[place]])
            if (
                better
                and counts[other] >= _TIMES * counts[one]
                and _is_slip(values[one], values[other], steps, few=few)
            ):
                near[place], distance[place] = other, steps
    return near, distance


def _slip(one: str, other: str) -> tuple[str, str]:
    """Return what differs, folded: the one word where only one does, since a long name may differ from another in a word."""
    left, right = one.casefold().split(), other.casefold().split()
    if len(left) == len(right):
        differing = [pair for pair in zip(left, right, strict=True) if pair[0] != pair[1]]
        if len(differing) == 1:
            return differing[0]
    return one.casefold(), other.casefold()


def _is_slip(one: str, other: str, steps: int, *, few: bool) -> bool:
    """Say whether a slip explains the difference: enough letters for it, and none of what differs is a digit."""
    left, right = _slip(one, other)
    shortest = (_SHORTEST - 1 if few else _SHORTEST) if steps == 1 else _TWO_LETTERS
    digits = [c for c in one if c.isdigit()] == [c for c in other if c.isdigit()]
    return min(len(left), len(right)) >= shortest and digits and key_of(one) != key_of(other)


def _usual_neighbours(values: npt.NDArray[np.object_], common: Integers, counts: Integers) -> float:
    """Return the share of common values, beyond the tolerated one, that have a neighbour a letter away about as common."""
    from rapidfuzz import process
    from rapidfuzz.distance import OSA

    common = common[:_COMPARED]
    some = [values[at].casefold() for at in common]
    if len(some) < 2:
        return 0.0
    apart = process.cdist(some, some, scorer=OSA.distance, score_cutoff=1, workers=1, dtype=np.uint8)
    np.fill_diagonal(apart, 9)
    weights = counts[common]
    alike = (apart <= 1) & (np.maximum.outer(weights, weights) < _TIMES * np.minimum.outer(weights, weights))
    # By cells, not by values: one slip repeated in a column of few categories makes many pairs of rare values.
    return max(0.0, float(weights[alike.any(axis=1)].sum() / weights.sum()) - _PAIRS_OF_COMMON)
