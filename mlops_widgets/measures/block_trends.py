"""Whether a short series whose neighbours are alike rises or falls: a weighted slope under a moving-block bootstrap."""

import numpy as np
import numpy.typing as npt
from scipy import stats

from mlops_widgets.measures.trends import FEWEST, Trend

Floats = npt.NDArray[np.float64]


def block_trend(
    y: npt.ArrayLike, errors: npt.ArrayLike, *, x: npt.ArrayLike | None = None, draws: int = 999, seed: int = 0
) -> Trend:
    """Return the slope of y along x, with an interval that holds where neighbours are alike.

    The weighted least-squares slope; its standard error from residuals drawn in moving blocks of ⌈√n⌉ points (Künsch 1989;
    for regressions, Fitzenberger 1997), its square enlarged by n / (n - 2), and never below what the points' own errors make. Student's t with as
    many degrees of freedom as there are blocks less one: few blocks say little of their own spread. Simulated without a trend, 8
    to 52 points, .05 aimed at (400 series each, `benchmarks/performance_reviews.py`): .02 to .06 of independent series are called a trend,
    .08 to .11 where neighbours correlate by .5, .12 to .18 at .7.

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
    error = max(float(drawn.std()), float(np.sqrt((pull**2 * spread**2).sum())))
    freedom = max(1, round(count / length) - 1)
    half = float(stats.t.ppf(0.975, freedom)) * error
    return Trend(slope=slope, lower=slope - half, upper=slope + half, points=count,
                 p_value=float(2 * stats.t.sf(abs(slope) / error, freedom)))  # fmt: skip


def _slopes(standardised: Floats, pull: Floats, length: int, draws: int, seed: int) -> Floats:
    """Return the slope of series made of blocks of standardised residuals, (draws,)."""
    count = len(standardised)
    blocks = -(-count // length)
    begin = np.random.default_rng(seed).integers(0, count - length + 1, (draws, blocks, 1))
    order = (begin + np.arange(length)).reshape(draws, -1)[:, :count]
    centred = standardised - standardised.mean()
    return np.asarray(centred[order] @ pull)
