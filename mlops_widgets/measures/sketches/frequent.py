"""The values that come most often, from a fixed number of counters (Misra–Gries), with how far a count may be too low."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

Words = npt.NDArray[np.uint64]
Integers = npt.NDArray[np.int64]

COUNTERS = 1024


@dataclass(frozen=True, kw_only=True)
class FrequentValues:
    """Counted values.

    Of n cells no count is too low by more than n / 1025, and counts are exact while there are at most 1,024 values
    (Misra & Gries 1982; added up: Agarwal et al. 2012).

    Parameters
    ----------
    keys
        (k,) hashes of the values, rising.
    counts
        (k,) how often each came at least.
    labels
        (k,) the values themselves.
    error
        By how much a count may be too low, and how often a value without a counter may have come.
    """

    keys: Words = field(default_factory=lambda: np.zeros(0, dtype=np.uint64))
    counts: Integers = field(default_factory=lambda: np.zeros(0, dtype=np.int64))
    labels: npt.NDArray[Any] = field(default_factory=lambda: np.zeros(0, dtype=object))
    error: int = 0


def heaviest(counts: Integers) -> tuple[Integers, int]:
    """Return the places that keep a counter, and what is taken off each: the count of the first that doesn't, or 0.

    Examples
    --------
    >>> places, taken = heaviest(np.ones(2000, dtype=np.int64))
    >>> len(places), taken
    (0, 1)
    """
    if len(counts) <= COUNTERS:
        return np.arange(len(counts)), 0
    taken = int(np.partition(counts, -COUNTERS - 1)[-COUNTERS - 1])
    return np.flatnonzero(counts > taken), taken


def merge(a: FrequentValues, b: FrequentValues) -> FrequentValues:
    """Return the counters of both together.

    Examples
    --------
    >>> one = FrequentValues(
    ...     keys=np.array([3], dtype=np.uint64), counts=np.array([2]), labels=np.array(["x"], dtype=object)
    ... )
    >>> merge(one, one).counts.tolist()
    [4]
    """
    if not len(a.keys) or not len(b.keys):
        full = a if len(a.keys) else b
        return FrequentValues(keys=full.keys, counts=full.counts, labels=full.labels, error=a.error + b.error)
    keys, first, inverse = np.unique(np.concatenate([a.keys, b.keys]), return_index=True, return_inverse=True)
    counts = np.bincount(inverse, weights=np.concatenate([a.counts, b.counts])).astype(np.int64)
    kept, taken = heaviest(counts)
    labels = np.concatenate([a.labels, b.labels])[first][kept]
    return FrequentValues(keys=keys[kept], counts=counts[kept] - taken, labels=labels, error=a.error + b.error + taken)
