"""Numbers of columns with their bootstrap draws, and shares of a whole made of them."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import stats

from mlops_widgets.study.scoring import resampler_of
from mlops_widgets.study.study import Study
from mlops_widgets.study.tables import Table

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class Drawn:
    """Numbers of columns with their bootstrap draws.

    Parameters
    ----------
    values
        (p,) one a column.
    draws
        (B, p) the same under resamples of the table's units.
    units
        How many units were drawn from.
    """

    values: Floats
    draws: Floats
    units: int

    @property
    def error(self) -> Floats:
        """Standard errors (p,), with the correction for few units; infinite for fewer than two."""
        if self.units < 2:
            return np.full(len(self.values), np.inf)
        spread = np.nanstd(self.draws, axis=0) if len(self.draws) else np.full(len(self.values), np.inf)
        return np.asarray(spread * np.sqrt(self.units / (self.units - 1)))

    def bounds(self, level: float = 0.95) -> tuple[Floats, Floats]:
        """Return both ends of the intervals (p,) by Student's t."""
        reach = float(stats.t.ppf((1 + level) / 2, max(self.units - 1, 1))) * self.error
        return self.values - reach, self.values + reach


def shares_of(study: Study, table: Table, sizes: Floats, *, draws: int, seed: int) -> Drawn:
    """Return each column's share of the mean of `sizes`, drawn by the study's resampling unit.

    Parameters
    ----------
    study, table
        The study, and the rows that the sizes are of.
    sizes
        (rows, p) how much each column does in each row, 0 or more.
    draws, seed
        Resamples, and their seed.

    Returns
    -------
    Drawn
        Shares from 0 to 1; 0 for all where every size is 0.
    """
    drawing = resampler_of(study, study.units(table), draws=draws, seed=seed)
    means = np.vstack([weights.astype(np.float64) @ sizes for weights in drawing.weights(table.rows)])
    units = drawing.count(np.ones(table.rows, dtype=np.bool_))
    return Drawn(values=_normed(sizes.mean(axis=0)), draws=_normed(means), units=units)


def _normed(sizes: Floats) -> Floats:
    total = sizes.sum(axis=-1, keepdims=True)
    return np.divide(sizes, total, out=np.zeros_like(sizes), where=total > 0)
