"""Means by chunk with standard errors by resampling unit, and how far they are from what chance allows."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import stats

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]

_FEWEST_UNITS = 5
_FURTHEST = 38.0
"""Standard deviations whose tail a float still holds."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Groups:
    """Rows of one unit in one chunk, which vary together.

    Parameters
    ----------
    of_row
        Group of each row, (n,).
    chunk
        Chunk of each group, (groups,).
    chunks
        How many chunks there are.
    by_row
        Whether each row is its own group.
    """

    of_row: Integers
    chunk: Integers
    chunks: int
    by_row: bool


@dataclass(frozen=True, kw_only=True, eq=False)
class Means:
    """The mean of each chunk (T,), its standard error, the units it rests on, and the weight of its rows; NaN without any."""

    mean: Floats
    error: Floats
    units: Floats
    size: Floats


def groups_of(of_row: Integers, units: Integers, chunks: int) -> Groups:
    """Return groups by chunk and unit; single rows where a typical chunk has fewer than five units, such as days in a day."""
    pair = of_row * (int(units.max(initial=0)) + 1) + units
    found, place = np.unique(pair, return_inverse=True)
    chunk = found // (int(units.max(initial=0)) + 1)
    per_chunk = np.bincount(chunk, minlength=chunks)
    if np.median(per_chunk[per_chunk > 0]) < _FEWEST_UNITS:
        return Groups(of_row=np.arange(len(of_row)), chunk=of_row.copy(), chunks=chunks, by_row=True)
    return Groups(of_row=place.astype(np.int64), chunk=chunk, chunks=chunks, by_row=False)


def means_of(values: Floats, weights: Floats, groups: Groups, start: int) -> Means:
    """Return weighted means by chunk of the rows from `start` on, with the standard error of a mean of clusters.

    Parameters
    ----------
    values
        (n - start,); those with weight 0 aren't read.
    weights
        (n - start,) weight of each row, 0 to leave it out.
    groups, start
        The groups of all n rows, and the first row that is meant.

    Notes
    -----
    Linearised variance of a ratio of unit totals, G/(G - 1) Σ (e_g)² / (Σ w)² (Cochran 1977, section 11.4), e_g being a unit's total
    residual from the mean.
    """
    count, place = len(groups.chunk), groups.of_row[start:]
    size_of = np.bincount(place, weights=weights, minlength=count)
    total_of = np.bincount(place, weights=np.where(weights > 0, values, 0.0) * weights, minlength=count)
    size, total = (np.bincount(groups.chunk, weights=each, minlength=groups.chunks) for each in (size_of, total_of))
    units = np.bincount(groups.chunk, weights=size_of > 0, minlength=groups.chunks)
    mean = np.divide(total, size, out=np.full(groups.chunks, np.nan), where=size > 0)
    apart = np.where(size_of > 0, total_of - np.nan_to_num(mean)[groups.chunk] * size_of, 0.0)
    squares = np.bincount(groups.chunk, weights=apart**2, minlength=groups.chunks)
    enough = units > 1
    variance = np.divide(squares * units, (units - 1) * size**2, out=np.full(groups.chunks, np.nan), where=enough)
    return Means(
        mean=mean,
        error=np.sqrt(variance),
        units=np.asarray(units, dtype=np.float64),
        size=np.asarray(size, dtype=np.float64),
    )


def as_normal(t: Floats, freedom: Floats, *, two_sided: bool) -> Floats:
    """Return Student's t as the normal deviate with the same tail; its absolute value, or that of the upper side alone.

    Examples
    --------
    >>> as_normal(np.array([2.0]), np.array([1e9]), two_sided=True).round(3).tolist()
    [2.0]
    """
    used = np.abs(t) if two_sided else t
    tail = stats.t.sf(used, np.maximum(freedom, 1))
    return np.asarray(np.clip(stats.norm.isf(tail), -_FURTHEST, _FURTHEST))


def limit(readings: int, *, tests: int = 1, two_sided: bool, share: float) -> float:
    """Return the normal deviate that `readings` × `tests` all stay below with a chance of 1 - `share` if nothing changed (Bonferroni)."""
    return float(stats.norm.isf(share / max(readings * tests, 1) / (2 if two_sided else 1)))
