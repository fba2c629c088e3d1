"""Quantiles and shares below a value from bins, each with the ends between which the true one lies for certain."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from mlops_widgets.measures.sketches.bins import Bins

Floats = npt.NDArray[np.float64]

_LARGEST = float(np.finfo(np.float64).max)


@dataclass(frozen=True, kw_only=True)
class Quantiles:
    """Quantiles with bounds.

    Parameters
    ----------
    values
        (q,) the quantiles, numbers within a bin taken as evenly spread.
    lower, upper
        (q,) between which the quantiles of the numbers themselves lie: the ends of the narrowest bin that holds each.
    """

    values: Floats
    lower: Floats
    upper: Floats


def quantiles(sketches: Sequence[Bins], levels: npt.ArrayLike) -> Quantiles:
    """Return quantiles (the k-th smallest of n with k = ⌈level · n⌉, at least 1) of the numbers that all sketches describe.

    Parameters
    ----------
    sketches
        Bins of the same numbers, such as linear and logarithmic ones; where one is coarse, the other may be fine.
    levels
        (q,) shares from 0 to 1.

    Examples
    --------
    >>> from mlops_widgets.measures.sketches.bins import bins_of
    >>> numbers = np.arange(100.0)
    >>> found = quantiles([bins_of(numbers, np.ones(100, dtype=np.int64), "linear")], [0.5])
    >>> bool(found.lower[0] <= 49 < found.upper[0])
    True
    """
    shares = np.asarray(levels, dtype=np.float64)
    each = [_within(bins, shares) for bins in sketches if len(bins.keys)]
    if not each:
        nothing = np.full(len(shares), np.nan)
        return Quantiles(values=nothing, lower=nothing, upper=nothing)
    with np.errstate(over="ignore"):
        widths = np.array([one.upper - one.lower for one in each])
    best = np.argmin(widths, axis=0)
    values = np.choose(best, [one.values for one in each])
    lower = np.max([one.lower for one in each], axis=0)
    upper = np.min([one.upper for one in each], axis=0)
    return Quantiles(values=np.clip(values, lower, upper), lower=lower, upper=upper)


def _within(bins: Bins, shares: Floats) -> Quantiles:
    total = np.cumsum(bins.counts)
    rank = np.clip(np.ceil(shares * total[-1] - 1e-9), 1, total[-1])
    place = np.searchsorted(total, rank)
    lower, upper = (np.clip(ends[place], -_LARGEST, _LARGEST) for ends in (bins.lower, bins.upper))
    inside = (rank - 0.5 - (total - bins.counts)[place]) / bins.counts[place]
    return Quantiles(values=lower * (1 - inside) + upper * inside, lower=lower, upper=upper)


def common_bins(a: Bins, b: Bins) -> tuple[Bins, Bins]:
    """Return two sketches of one scale at the same level: whoever is finer gives up what the other can't tell."""
    level = max(a.level, b.level)
    return a.at(level), b.at(level)


def counts_over(a: Bins, b: Bins) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Return counts of two sketches over the same bins, all that either fills, in order.

    Examples
    --------
    >>> from mlops_widgets.measures.sketches.bins import bins_of
    >>> one = np.ones(2, dtype=np.int64)
    >>> p, q = counts_over(bins_of(np.array([0.0, 8.0]), one, "linear"), bins_of(np.array([4.0, 8.0]), one, "linear"))
    >>> p.tolist(), q.tolist()
    ([1, 0, 1], [0, 1, 1])
    """
    a, b = common_bins(a, b)
    keys = np.union1d(a.keys, b.keys)
    first, second = np.zeros(len(keys), dtype=np.int64), np.zeros(len(keys), dtype=np.int64)
    first[np.searchsorted(keys, a.keys)] = a.counts
    second[np.searchsorted(keys, b.keys)] = b.counts
    return first, second


def histogram(bins: Bins, most: int) -> tuple[Floats, npt.NDArray[np.int64]]:
    """Return (k + 1,) edges and (k,) counts of at most `most` linear bins, the empty ones between them too.

    Examples
    --------
    >>> from mlops_widgets.measures.sketches.bins import bins_of
    >>> edges, counts = histogram(bins_of(np.arange(16.0), np.ones(16, dtype=np.int64), "linear"), 4)
    >>> edges.tolist(), counts.tolist()
    ([0.0, 4.0, 8.0, 12.0, 16.0], [4, 4, 4, 4])
    """
    if not len(bins.keys):
        return np.zeros(0), np.zeros(0, dtype=np.int64)
    level = bins.level
    while int(bins.keys[-1] >> (level - bins.level)) - int(bins.keys[0] >> (level - bins.level)) + 1 > most:
        level += 1
    coarse = bins.at(level)
    first, last = int(coarse.keys[0]), int(coarse.keys[-1])
    counts = np.zeros(last - first + 1, dtype=np.int64)
    counts[coarse.keys - first] = coarse.counts
    every = Bins(scale=bins.scale, level=level, keys=np.arange(first, last + 1, dtype=np.int64), counts=counts)
    return np.append(every.lower, every.upper[-1]), counts
