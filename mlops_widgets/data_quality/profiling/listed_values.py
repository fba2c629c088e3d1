"""Values and how many rows hold each, as files may say it: only those that five rows hold."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from mlops_widgets.measures.sketches.frequent import FrequentValues
from mlops_widgets.study.tables import FEWEST_QUOTED

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
    counts: npt.NDArray[np.int64] = field(default_factory=lambda: np.zeros(0, dtype=np.int64))
    error: int = 0
    unlisted: int = 0

    @property
    def complete(self) -> bool:
        """Whether all values are listed."""
        return self.unlisted == 0


def listed_values(found: FrequentValues) -> ListedValues:
    """Return what may be said of counted values.

    Examples
    --------
    >>> cells = FrequentValues(
    ...     keys=np.array([1, 2], dtype=np.uint64), counts=np.array([9, 2]), labels=np.array(["a", "b"])
    ... )
    >>> listed_values(cells)
    ListedValues(values=('a',), counts=array([9]), error=0, unlisted=4)
    """
    counts = {label: int(count) for label, count in zip(found.labels, found.counts, strict=True) if label is not None}
    long = [int(count) for label, count in zip(found.labels, found.counts, strict=True) if label is None]
    return _cut(counts, found.error, max([0, *long]) + found.error)


def _cut(counts: Mapping[str, int], error: int, unlisted: int) -> ListedValues:
    ordered = sorted(counts.items(), key=lambda each: (-each[1], each[0]))
    kept = [each for each in ordered[:MOST_LISTED] if each[1] >= FEWEST_QUOTED]
    left = ordered[len(kept) :]
    if left:  # how rare the rare ones are, four or less, is theirs alone
        unlisted = max(unlisted, max(left[0][1], FEWEST_QUOTED - 1) + error)
    return ListedValues(
        values=tuple(value for value, _ in kept), counts=np.array([count for _, count in kept], dtype=np.int64),
        error=error if kept else 0, unlisted=unlisted,
    )  # fmt: skip


def merge(a: ListedValues, b: ListedValues) -> ListedValues:
    """Return the list of both together, as far as the two lists know.

    Examples
    --------
    >>> one = ListedValues(values=("x",), counts=np.array([5]), unlisted=4)
    >>> merge(one, ListedValues(values=("x", "y"), counts=np.array([7, 6])))
    ListedValues(values=('x', 'y'), counts=array([12,  6]), error=4, unlisted=4)
    """
    first, second = (dict(zip(each.values, map(int, each.counts), strict=True)) for each in (a, b))
    joint = {value: first.get(value, 0) + second.get(value, 0) for value in [*first, *second]}
    errors = [
        (a.error if value in first else a.unlisted) + (b.error if value in second else b.unlisted) for value in joint
    ]
    return _cut(joint, max(errors, default=0), a.unlisted + b.unlisted)
