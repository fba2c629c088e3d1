"""Count, mean and central moments up to the fourth, added up without reading anything twice."""

from dataclasses import dataclass
from math import nan, sqrt

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]


@dataclass(frozen=True, kw_only=True)
class Moments:
    """Count, mean and sums of powers of distances from the mean (Pébay 2008, equations 2.1 and 3.1).

    Parameters
    ----------
    count
        How many numbers there are.
    mean
        Their mean; NaN of none.
    m2, m3, m4
        Sums of the second, third and fourth powers of their distances from the mean; NaN where they overflow.
    """

    count: int = 0
    mean: float = nan
    m2: float = nan
    m3: float = nan
    m4: float = nan

    @property
    def sd(self) -> float:
        """Standard deviation, with n - 1 in the denominator; NaN of fewer than two numbers."""
        return sqrt(self.m2 / (self.count - 1)) if self.count > 1 and self.m2 >= 0 else nan

    @property
    def skewness(self) -> float:
        """g1 = √n m3 / m2^1.5, not corrected for bias; NaN of equal numbers."""
        return sqrt(self.count) * self.m3 / self.m2**1.5 if self.m2 > 0 else nan

    @property
    def kurtosis(self) -> float:
        """Excess kurtosis g2 = n m4 / m2² - 3, not corrected for bias; NaN of equal numbers."""
        return self.count * self.m4 / self.m2**2 - 3 if self.m2 > 0 else nan


def moments_of(values: Floats, counts: Integers | None = None) -> Moments:
    """Return the moments of finite numbers, each held `counts` times.

    Parameters
    ----------
    values
        (n,) finite numbers.
    counts
        (n,) how often each comes; None for once.

    Examples
    --------
    >>> found = moments_of(np.array([1.0, 2.0, 6.0]), np.array([1, 2, 1]))
    >>> found.mean, found.m2
    (2.75, 14.75)
    """
    if not len(values):
        return Moments()
    total = len(values) if counts is None else int(counts.sum())
    weights = np.ones(len(values)) if counts is None else counts.astype(np.float64)
    with np.errstate(over="ignore", invalid="ignore"):
        middle = values[len(values) // 2]
        first = float(weights @ (values - middle)) / total + float(middle)  # digits of a large offset don't cancel
        away = values - first
        squares = away * away
        weighted = squares if counts is None else squares * weights
        sums = [float(weighted.sum()), float(weighted @ away), float(weighted @ squares)]
    m2, m3, m4 = (each if np.isfinite(each) else nan for each in sums)
    return Moments(count=total, mean=first if np.isfinite(first) else nan, m2=m2, m3=m3, m4=m4)


def merge(a: Moments, b: Moments) -> Moments:
    """Return the moments of both together.

    Examples
    --------
    >>> merge(moments_of(np.array([1.0, 2.0])), moments_of(np.array([6.0]))).mean
    3.0
    """
    if not a.count or not b.count:
        return a if a.count else b
    n, m, total = a.count, b.count, a.count + b.count
    try:
        gap = b.mean - a.mean
        part = gap / total
        m2 = a.m2 + b.m2 + gap * part * n * m
        m3 = a.m3 + b.m3 + gap * part**2 * n * m * (n - m) + 3 * part * (n * b.m2 - m * a.m2)
        m4 = (
            a.m4 + b.m4 + gap * part**3 * n * m * (n * n - n * m + m * m)
            + 6 * part**2 * (n * n * b.m2 + m * m * a.m2) + 4 * part * (n * b.m3 - m * a.m3)
        )  # fmt: skip
    except OverflowError:
        m2 = m3 = m4 = nan
    return Moments(
        count=total, mean=a.mean + m * ((b.mean / total) - (a.mean / total)), m2=_finite(m2), m3=_finite(m3), m4=_finite(m4)
    )  # fmt: skip


def _finite(value: float) -> float:
    return value if np.isfinite(value) else nan
