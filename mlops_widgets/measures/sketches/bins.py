"""Counts of numbers in bins of widths that are powers of two: quantiles and histograms that can be added up exactly.

Bins begin at multiples of their width, so two neighbours make one of the next level. The level is the finest that leaves at
most `MOST_BINS` bins filled and bins no narrower than a floor; both depend on the numbers alone and only rise when more come,
so the bins of a whole are the bins of its parts added up, whatever the parts (uniform collapse: Epicoco et al. 2020).
"""

from dataclasses import dataclass, field
from math import frexp
from typing import Literal

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]
Scale = Literal["linear", "log"]

MOST_BINS = 256
_RANGE_BITS = 9
"""Linear bins are at least 1/512 of the range wide."""

_FINEST_LOG = 45
"""Logarithmic bins keep 52 - 45 = 7 binary digits of a number: they are at least 1/256 of it wide, at most 1/128."""

_COARSEST_LOG = 61
_LARGEST = float(np.finfo(np.float64).max)


def _empty() -> Integers:
    return np.zeros(0, dtype=np.int64)


@dataclass(frozen=True, kw_only=True)
class Bins:
    """Filled bins in order.

    Parameters
    ----------
    scale
        "linear": bins are 2^level wide. "log": numbers whose first binary digits agree share a bin.
    level
        How coarse they are.
    keys
        (k,) which bins are filled, rising.
    counts
        (k,) how many numbers each holds.
    """

    scale: Scale
    level: int = -1074
    keys: Integers = field(default_factory=_empty)
    counts: Integers = field(default_factory=_empty)

    @property
    def lower(self) -> Floats:
        """Where each bin begins, shape (k,)."""
        return self._edge(self.keys)

    @property
    def upper(self) -> Floats:
        """Where each bin ends, shape (k,)."""
        return self._edge(self.keys + 1)

    def _edge(self, keys: Integers) -> Floats:
        with np.errstate(over="ignore"):
            return (
                np.ldexp(keys.astype(np.float64), self.level)
                if self.scale == "linear"
                else _ordered_float(keys, self.level)
            )

    def at(self, level: int) -> "Bins":
        """Return the same numbers in coarser bins."""
        if level <= self.level or not len(self.keys):
            return self if level <= self.level else Bins(scale=self.scale, level=level)
        keys, counts = _grouped(self.keys >> min(level - self.level, 63), self.counts)
        return Bins(scale=self.scale, level=level, keys=keys, counts=counts)


def bins_of(values: Floats, counts: Integers, scale: Scale, *, least: int = -1074) -> Bins:
    """Return the bins of finite numbers.

    Parameters
    ----------
    values
        (n,) finite numbers, rising.
    counts
        (n,) how often each comes.
    scale
        "linear" or "log".
    least
        A level that the bins will be brought to anyway, since those that they are added to have it.

    Examples
    --------
    >>> found = bins_of(np.array([0.0, 1.0, 3.0]), np.array([5, 2, 1]), "linear")
    >>> found.lower.tolist(), found.counts.tolist()
    ([0.0, 1.0, 3.0], [5, 2, 1])
    """
    if not len(values):
        return Bins(scale=scale, level=_FINEST_LOG if scale == "log" else -1074)
    level = _FINEST_LOG if scale == "log" else floor_level(*rounded_outwards(float(values[0]), float(values[-1])))
    level = max(level, least)
    keys, added = _grouped(_keys(values, scale, level), counts)
    return _collapsed(Bins(scale=scale, level=level, keys=keys, counts=added))


def merge(a: Bins, b: Bins, *, least: int) -> Bins:
    """Return the bins of both together, no finer than level `least`: the floor of their joint range."""
    if not len(a.keys) or not len(b.keys):
        return _collapsed((a if len(a.keys) else b).at(least))
    level = max(a.level, b.level, least)
    a, b = a.at(level), b.at(level)
    keys, inverse = np.unique(np.concatenate([a.keys, b.keys]), return_inverse=True)
    counts = np.bincount(inverse, weights=np.concatenate([a.counts, b.counts])).astype(np.int64)
    return _collapsed(Bins(scale=a.scale, level=level, keys=keys, counts=counts))


def floor_level(lowest: float, highest: float) -> int:
    """Return the finest level that linear bins may have between the two ends that `rounded_outwards` gives.

    Examples
    --------
    >>> floor_level(0.0, 511.0), floor_level(0.0, 513.0)
    (0, 1)
    """
    digits = frexp(highest / 2 - lowest / 2)[1] + 1 - _RANGE_BITS
    return max(digits, frexp(max(abs(lowest), abs(highest)))[1] - 62, -1074)


def rounded_outwards(lowest: float, highest: float) -> tuple[float, float]:
    """Return the edges of the finest logarithmic bins around a range: what a file may say of its two ends.

    Examples
    --------
    >>> rounded_outwards(1234.5, 98765.0)
    (1232.0, 98816.0)
    """
    keys = _keys(np.array([lowest, highest]), "log", _FINEST_LOG) + np.array([0, 1])
    low, high = np.clip(_ordered_float(keys, _FINEST_LOG), -_LARGEST, _LARGEST)
    return float(low), float(high)


def _collapsed(bins: Bins) -> Bins:
    """Return the bins at the first level that leaves at most `MOST_BINS` filled."""
    level, keys = bins.level, bins.keys
    while len(keys) > MOST_BINS and (bins.scale == "linear" or level < _COARSEST_LOG):
        level += 1
        keys = keys >> 1
        keys = keys[np.concatenate([[True], keys[1:] != keys[:-1]])]
    return bins.at(level)


def _keys(values: Floats, scale: Scale, level: int) -> Integers:
    if scale == "linear":
        scaled = np.ldexp(values, -level)
        vanished = (scaled == 0) & (values < 0)  # too near zero to be told from it, but on its other side
        return np.floor(np.where(vanished, -1.0, scaled)).astype(np.int64)
    bits = (values + 0.0).view(np.int64)
    ordered: Integers = np.where(bits < 0, np.int64(-(2**63)) - bits, bits)
    return ordered >> level


def _ordered_float(keys: Integers, level: int) -> Floats:
    """Return the number at which a logarithmic bin begins."""
    limit = np.int64(0x7FF0000000000000)  # infinity's
    most = (int(limit) >> level) + 1
    ordered = np.clip(np.clip(keys, -most, most) << np.int64(level), -limit, limit)
    floats: Floats = np.where(ordered < 0, np.int64(-(2**63)) - ordered, ordered).astype(np.int64).view(np.float64)
    return floats


def _grouped(keys: Integers, counts: Integers) -> tuple[Integers, Integers]:
    """Return rising keys once each, with the sums of their counts."""
    starts = np.flatnonzero(np.concatenate([[True], keys[1:] != keys[:-1]]))
    return keys[starts], np.add.reduceat(counts, starts)
