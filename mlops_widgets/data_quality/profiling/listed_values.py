"""Values and how many rows hold each, as files may say it: only those that five rows hold."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from mlops_widgets.measures.sketches.frequent import FrequentValues
from mlops_widgets.study.tables import FEWEST_QUOTED

Integers = npt.NDArray[np.int64]

MOST_LISTED = 64


@dataclass(frozen=True, kw_only=True)
class ListedValues:
    """The most frequent values.

    Parameters
    ----------
    values
        The values as text, the most frequent first.
    counts
        (k,) rows that hold each, at least.
    error
        By how many rows a count may be too low; 0: the counts are exact.
    unlisted
        How many rows a value that isn't listed may be held by, at most; 0: all values are listed.
    """

    values: tuple[str, ...] = ()
    counts: Integers = field(default_factory=lambda: np.zeros(0, dtype=np.int64))
    error: int = 0
    unlisted: int = 0

    @property
    def complete(self) -> bool:
        """Whether all values are listed."""
        return self.unlisted == 0

    def rows_by_value(self) -> dict[str, int]:
        """Return value → rows."""
        return dict(zip(self.values, map(int, self.counts), strict=True))


def listed_values(found: FrequentValues, write: Callable[[Any], str] = str) -> ListedValues:
    """Return what may be said of counted values; one that is None (too long to show) isn't listed.

    Parameters
    ----------
    found
        The counted values.
    write
        What a value reads as.

    Examples
    --------
    >>> keys, labels = np.array([1, 2], dtype=np.uint64), np.array(["a", "b"], dtype=object)
    >>> found = listed_values(FrequentValues(keys=keys, counts=np.array([9, 2]), labels=labels))
    >>> found.values, found.counts.tolist(), found.unlisted
    (('a',), [9], 4)
    """
    often = [place for place in np.flatnonzero(found.counts >= FEWEST_QUOTED) if found.labels[place] is not None]
    values, counts = [write(found.labels[place]) for place in often], found.counts[often]
    others = np.delete(found.counts, often)
    return _cut(values, counts, found.error, unlisted=_most(others, found.error) if len(others) else found.error)


def _most(others: Integers, error: int) -> int:
    """Return how many rows may hold a value that isn't listed: four at least, for how rare a rare one is is its own affair."""
    return max(int(others.max()), FEWEST_QUOTED - 1) + error


def _cut(values: list[str], counts: Integers, error: int, *, unlisted: int) -> ListedValues:
    order = sorted(range(len(values)), key=lambda place: (-counts[place], values[place]))
    kept, left = order[:MOST_LISTED], order[MOST_LISTED:]
    return ListedValues(
        values=tuple(values[place] for place in kept), counts=np.asarray(counts, dtype=np.int64)[kept], error=error if kept else 0,
        unlisted=max(unlisted, _most(np.asarray(counts)[left], error)) if left else unlisted,
    )  # fmt: skip


def merge(a: ListedValues, b: ListedValues) -> ListedValues:
    """Return the list of both together, as far as the two lists know.

    Examples
    --------
    >>> one = ListedValues(values=("x",), counts=np.array([5]), unlisted=4)
    >>> merge(one, ListedValues(values=("x", "y"), counts=np.array([7, 6])))
    ListedValues(values=('x', 'y'), counts=array([12,  6]), error=4, unlisted=4)
    """
    first, second = a.rows_by_value(), b.rows_by_value()
    joint = {value: first.get(value, 0) + second.get(value, 0) for value in [*first, *second]}
    errors = [
        (a.error if value in first else a.unlisted) + (b.error if value in second else b.unlisted) for value in joint
    ]
    counts = np.array(list(joint.values()), dtype=np.int64)
    return _cut(list(joint), counts, max(errors, default=0), unlisted=a.unlisted + b.unlisted)
