"""Whether a short series rises or falls: a robust slope with its interval, and a test of any order."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import stats

Floats = npt.NDArray[np.float64]

FEWEST = 8
"""Points below which no trend is told: of seven, one order in 5,040 rises throughout, and every near miss is common."""


@dataclass(frozen=True, kw_only=True)
class Trend:
    """A slope and how sure it is.

    Parameters
    ----------
    slope, lower, upper
        Median of the slopes between all pairs of points, per unit of x, with its interval; NaN where there are too few points.
    p_value
        How often points without order are ordered as much, two-sided; NaN where there are too few.
    points
        How many points there are.
    """

    slope: float
    lower: float
    upper: float
    p_value: float
    points: int


def theil_sen(x: npt.ArrayLike, y: npt.ArrayLike, *, level: float = 0.95) -> Trend:
    """Return the trend of y along x by the medians of slopes (Theil 1950; Sen 1968) and Kendall's test (Mann 1945).

    Points count as independent: where each is like the one before it, the p-value is too small.

    Parameters
    ----------
    x, y
        (n,) where and what; points with NaN are left out.
    level
        Coverage of the interval.

    Examples
    --------
    >>> trend = theil_sen(range(10), [0, 1, 2, 3, 4, 5, 6, 7, 8, 30])
    >>> trend.slope, trend.p_value < 0.001
    (1.0, True)
    """
    along, values = np.asarray(x, dtype=np.float64), np.asarray(y, dtype=np.float64)
    known = ~np.isnan(along) & ~np.isnan(values)
    along, values = along[known], values[known]
    if len(values) < FEWEST or len(np.unique(along)) < FEWEST:
        return Trend(slope=np.nan, lower=np.nan, upper=np.nan, p_value=np.nan, points=len(values))
    if (values == values[0]).all():
        return Trend(slope=0.0, lower=0.0, upper=0.0, p_value=1.0, points=len(values))
    slope, _, lower, upper = stats.theilslopes(values, along, alpha=level)
    p_value = float(stats.kendalltau(along, values).pvalue)
    return Trend(slope=float(slope), lower=float(lower), upper=float(upper), p_value=p_value, points=len(values))
