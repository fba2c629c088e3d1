"""Shares of rows with intervals that know of units, and their differences."""

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import stats

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]


@dataclass(frozen=True, kw_only=True)
class Share:
    """A share of rows, 0 to 1, with its interval; NaN where there are no rows."""

    value: float
    lower: float
    upper: float
    rows: int


NO_SHARE = Share(value=0.0, lower=0.0, upper=0.0, rows=0)
"""Nothing, for certain."""


def share_of(flags: npt.NDArray[np.bool_], units: Integers | None = None, *, level: float = 0.95) -> Share:
    """Return the share of rows that are marked, with Wilson's interval (1927) on the effective number of rows.

    Where rows of one unit are alike, they count for fewer: n over the design effect, which is the variance of the share
    over units (Taylor linearisation, Cochran 1977, section 3.12) against that of independent rows, never below 1.
    Where none or all are marked no spread is seen, and each unit counts once.

    Parameters
    ----------
    flags
        (n,) which rows are marked.
    units
        (n,) unit of each row; None where each row is its own.
    level
        Coverage aimed at, between 0 and 1.

    Examples
    --------
    >>> found = share_of(np.arange(100) < 10)
    >>> found.value, round(found.lower, 3), round(found.upper, 3)
    (0.1, 0.055, 0.174)
    """
    n = len(flags)
    if n == 0:
        return Share(value=np.nan, lower=np.nan, upper=np.nan, rows=0)
    value = float(flags.mean())
    effective = float(n) if units is None else _effective_rows(flags, units, value)
    z = float(stats.norm.ppf(0.5 + level / 2))
    middle = (value + z * z / (2 * effective)) / (1 + z * z / effective)
    half = z * math.sqrt(value * (1 - value) / effective + z * z / (4 * effective**2)) / (1 + z * z / effective)
    lower, upper = max(0.0, middle - half), min(1.0, middle + half)
    return Share(value=value, lower=lower if value > 0 else 0.0, upper=upper if value < 1 else 1.0, rows=n)


def _effective_rows(flags: npt.NDArray[np.bool_], units: Integers, value: float) -> float:
    n, code = len(flags), np.unique(units, return_inverse=True)[1]
    count = int(code.max()) + 1
    if count == n:
        return float(n)
    if value in {0.0, 1.0} or count < 2:
        return float(count)
    sums = np.bincount(code, weights=flags - value)
    variance = float((sums**2).sum()) / n**2 * count / (count - 1)
    return float(min(n, value * (1 - value) / variance)) if variance > 0 else float(n)


def excess(share: Share, control: Share) -> Share:
    """Return a share less an independent control, with Newcombe's interval (1998, method 10) from the two intervals.

    Examples
    --------
    >>> found = excess(share_of(np.arange(70) < 56), share_of(np.arange(80) < 48))
    >>> round(found.value, 2), round(found.lower, 4), round(found.upper, 4)  # Newcombe 1998, table II, case (a)
    (0.2, 0.0524, 0.3339)
    """
    value = share.value - control.value
    lower = value - math.hypot(share.value - share.lower, control.upper - control.value)
    upper = value + math.hypot(share.upper - share.value, control.value - control.lower)
    return Share(value=value, lower=lower, upper=upper, rows=share.rows)
