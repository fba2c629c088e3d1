"""Shares of a whole with their intervals: how much of all contributions each column has, drawn by the resampling unit."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import stats

from mlops_widgets.measures.resampling import Resampler

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class Drawn:
    """Numbers of columns with their bootstrap draws.

    Parameters
    ----------
    values
        (p,) one a column.
    draws
        (B, p) the same under resamples of units; undefined (NaN) ones are left out.
    units
        How many units were drawn from.
    """

    values: Floats
    draws: Floats
    units: int

    @property
    def error(self) -> Floats:
        """Standard errors (p,), with the correction for few units; infinite for fewer than two."""
        if self.units < 2 or np.isnan(self.draws).all(axis=0).any():
            return np.full(len(self.values), np.inf)
        return np.asarray(np.nanstd(self.draws, axis=0) * np.sqrt(self.units / (self.units - 1)))

    def bounds(self, level: float = 0.95) -> tuple[Floats, Floats]:
        """Return both ends of the intervals (p,) by Student's t with as many degrees of freedom as units less one."""
        reach = float(stats.t.ppf((1 + level) / 2, max(self.units - 1, 1))) * self.error
        return self.values - reach, self.values + reach


def drawn_shares(sizes: Floats, resampler: Resampler) -> Drawn:
    """Return each column's share of the mean of `sizes`.

    Parameters
    ----------
    sizes
        (rows, p) how much each column does in each row, 0 or more: absolute contributions, or distances.
    resampler
        Draws the rows' units.

    Returns
    -------
    Drawn
        Shares from 0 to 1; 0 for all where every size is 0.

    Examples
    --------
    >>> drawn_shares(np.array([[3.0, 1.0], [3.0, 1.0]]), Resampler(draws=10)).values.tolist()
    [0.75, 0.25]
    """
    rows = len(sizes)
    sums = np.vstack([weights.astype(np.float64) @ sizes for weights in resampler.weights(rows)])
    units = resampler.count(np.ones(rows, dtype=np.bool_))
    return Drawn(values=_normed(sizes.mean(axis=0)), draws=_normed(sums), units=units)


def _normed(sizes: Floats) -> Floats:
    total = sizes.sum(axis=-1, keepdims=True)
    return np.asarray(np.divide(sizes, total, out=np.zeros_like(sizes), where=total > 0), dtype=np.float64)
