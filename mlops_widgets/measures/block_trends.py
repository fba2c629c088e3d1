"""Whether a short series whose neighbours are alike rises or falls: a weighted slope under a moving-block bootstrap."""

import numpy as np
import numpy.typing as npt
from scipy import stats

from mlops_widgets.measures.trends import FEWEST, Trend

Floats = npt.NDArray[np.float64]

_MOST_ALIKE = 0.9
_NOTHING = 1e-12
"""Squares of residuals, in units of the points' own errors, that are but rounding."""


def block_trend(
    y: npt.ArrayLike, errors: npt.ArrayLike, *, x: npt.ArrayLike | None = None, draws: int = 999, seed: int = 0
) -> Trend:
    """Return the slope of y along x, with an interval that holds where neighbours are alike.

    The weighted least-squares slope. Its standard error is the largest of three: of residuals drawn in moving blocks of ⌈√n⌉ points
    (Künsch 1989; for regressions, Fitzenberger 1997), its square enlarged by n / (n - 2); of neighbours that correlate by r, as a first-order
    autoregression does (r from the residuals, corrected for its bias, 0 to .9); and of what the points' own errors make. Student's t
    with n (1 - r) / (1 + r) - 2 degrees of freedom, 1 at least. Simulated sizes are in the methods document.

    Parameters
    ----------
    y
        (n,) values in the order of time; NaN are left out.
    errors
        (n,) standard error of each value.
    x
        (n,) where they are; by default 0, 1, 2, ….
    draws
        Bootstrap draws.
    seed
        Of the draws.

    Returns
    -------
    Trend
        Slope per unit of x with its 95 % interval and two-sided p-value, all NaN below eight points.

    Examples
    --------
    >>> trend = block_trend(0.1 * np.arange(12) + np.tile([0.01, -0.01], 6), np.full(12, 0.01))
    >>> round(trend.slope, 3), trend.p_value < 0.001
    (0.1, True)
    """
    values, spread = np.asarray(y, dtype=np.float64), np.asarray(errors, dtype=np.float64)
    along = np.arange(len(values), dtype=np.float64) if x is None else np.asarray(x, dtype=np.float64)
    kept = ~np.isnan(values) & (spread > 0) & np.isfinite(spread)
    values, spread, along = values[kept], spread[kept], along[kept]
    count = len(values)
    if count < FEWEST:
        return Trend(slope=np.nan, lower=np.nan, upper=np.nan, p_value=np.nan, points=count)
    weights = 1 / spread**2
    centred = along - np.average(along, weights=weights)
    pull = weights * centred / (weights * centred**2).sum()
    slope = float(pull @ values)
    residuals = values - np.average(values, weights=weights) - slope * centred
    length = int(np.ceil(np.sqrt(count)))
    drawn = _slopes(residuals / spread, pull * spread, length, draws, seed) * np.sqrt(count / (count - 2))
    likeness = _likeness(residuals / spread)
    design = np.column_stack([np.ones(count), along]) / spread[:, None]
    error = max(float(drawn.std()), _autoregressive(residuals / spread, pull * spread, design, likeness),
                float(np.sqrt((pull**2 * spread**2).sum())))  # fmt: skip
    freedom = max(1.0, count * (1 - likeness) / (1 + likeness) - 2)
    half = float(stats.t.ppf(0.975, freedom)) * error
    return Trend(slope=slope, lower=slope - half, upper=slope + half, points=count,
                 p_value=float(2 * stats.t.sf(abs(slope) / error, freedom)))  # fmt: skip


def neighbours_likeness(y: npt.ArrayLike, errors: npt.ArrayLike) -> float:
    """Return by how much neighbours of a series correlate around its trend, 0 to .9; NaN below eight points.

    Examples
    --------
    >>> neighbours_likeness(np.tile([0.0, 1.0], 6), np.ones(12))
    0.0
    """
    values, spread = np.asarray(y, dtype=np.float64), np.asarray(errors, dtype=np.float64)
    kept = ~np.isnan(values) & (spread > 0) & np.isfinite(spread)
    if kept.sum() < FEWEST:
        return float("nan")
    line = np.polyfit(np.flatnonzero(kept), values[kept], 1, w=1 / spread[kept])
    return _likeness((values[kept] - np.polyval(line, np.flatnonzero(kept))) / spread[kept])


def _likeness(residuals: Floats) -> float:
    """Return the first autocorrelation, corrected for the bias of a fitted line (n r + 2) / (n - 4), 0 to .9."""
    square, count = float(residuals @ residuals), len(residuals)
    if square < _NOTHING:
        return 0.0
    found = float(residuals[1:] @ residuals[:-1]) / square
    return min(max((count * found + 2) / (count - 4), 0.0), _MOST_ALIKE)


def _autoregressive(residuals: Floats, pull: Floats, design: Floats, likeness: float) -> float:
    """Return the slope's standard error where points correlate by `likeness` to the power of their distance."""
    place = np.arange(len(residuals))
    alike = likeness ** np.abs(np.subtract.outer(place, place))
    base = np.linalg.qr(design)[0]
    left = len(residuals) - float(np.trace(base.T @ alike @ base))
    return float(np.sqrt(residuals @ residuals / left * (pull @ alike @ pull)))


def _slopes(standardised: Floats, pull: Floats, length: int, draws: int, seed: int) -> Floats:
    """Return the slope of series made of blocks of standardised residuals, (draws,)."""
    count = len(standardised)
    blocks = -(-count // length)
    begin = np.random.default_rng(seed).integers(0, count - length + 1, (draws, blocks, 1))
    order = (begin + np.arange(length)).reshape(draws, -1)[:, :count]
    centred = standardised - standardised.mean()
    return np.asarray(centred[order] @ pull)
