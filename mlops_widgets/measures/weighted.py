"""Weighted sums of rows for many weightings at once: what every vectorised metric is built on."""

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Numbers = npt.NDArray[np.floating | np.integer]
Kernel = Callable[[Numbers], Floats]
"""Weights (B, n) → the metric under each weighting (B,); NaN where it has no value."""
Prepare = Callable[[Numbers, Numbers], Kernel]
"""Outcomes (n,) and outputs (n,) or (n, K) → kernel: sorting and losses happen once, not once a draw."""


def weighted_sums(weights: Numbers, values: Numbers) -> Floats:
    """Return the sum of `values` under each weighting, `weights @ values` in double precision at the end.

    Parameters
    ----------
    weights
        (B, n), of any real type. Single precision halves the time; the sums then carry about 6 digits.
    values
        (n,) or (n, c).

    Returns
    -------
    ndarray of shape (B,) or (B, c)
    """
    if weights.dtype != np.float32:
        return np.asarray(weights @ values, dtype=np.float64)
    largest = float(np.max(np.abs(values), initial=0.0))
    if not np.isfinite(largest) or largest == 0.0:
        return np.asarray(weights.astype(np.float64) @ values, dtype=np.float64)
    scaled = (values / largest).astype(np.float32)  # squares of large targets overflow single precision
    return np.asarray((weights @ scaled).astype(np.float64) * largest)


def totals(weights: Numbers) -> Floats:
    """Return the sum of each weighting (B,)."""
    return np.asarray(weights.sum(axis=1, dtype=np.float64))


def ratio(above: Floats, below: Floats) -> Floats:
    """Return `above / below`, NaN where `below` is 0."""
    undefined = np.full(np.broadcast(above, below).shape, np.nan)
    return np.asarray(np.divide(above, below, out=undefined, where=below > 0))


def weighted_means(weights: Numbers, values: Numbers) -> Floats:
    """Return the mean of `values` (n,) under each weighting (B,); NaN where the weights sum to 0."""
    return ratio(weighted_sums(weights, values), totals(weights))
