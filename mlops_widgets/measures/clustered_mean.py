"""The mean of rows that come in units, with its interval."""

import numpy as np
import numpy.typing as npt
from scipy import stats

Floats = npt.NDArray[np.float64]


def clustered_mean(values: Floats, units: npt.NDArray[np.int64], *, level: float = 0.95) -> tuple[float, float, float]:
    """Return mean, lower and upper end: Student's t over the units' sums of deviations (Cochran 1977, section 9.3).

    Parameters
    ----------
    values
        (n,) numbers.
    units
        (n,) unit of each; rows of one unit are never taken for independent.
    level
        Of the interval; its ends are NaN with fewer than two units.

    Examples
    --------
    >>> [round(each, 3) for each in clustered_mean(np.array([1.0, 2.0, 3.0]), np.arange(3))]
    [2.0, -0.484, 4.484]
    """
    code = np.unique(units, return_inverse=True)[1]
    count, mean = int(code.max()) + 1 if len(code) else 0, float(values.mean()) if len(values) else np.nan
    if count < 2:
        return mean, np.nan, np.nan
    sums = np.bincount(code, weights=values - mean)
    error = float(np.sqrt((sums**2).sum() * count / (count - 1))) / len(values)
    half = float(stats.t.ppf((1 + level) / 2, count - 1)) * error
    return mean, mean - half, mean + half
