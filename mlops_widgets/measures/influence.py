"""What each unit adds to a metric: the metric without it tells."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from mlops_widgets.core.progress import Cancel, check_cancel
from mlops_widgets.measures.metric import Metric
from mlops_widgets.measures.weighted import Floats, Numbers

_BATCH_CELLS = 500_000
MOST_GROUPS = 800
SLOW_GROUPS = 50
"""Most groups where each costs a call of the user's own function."""


@dataclass(frozen=True, kw_only=True)
class Influence:
    """A metric as if it were a mean over groups of units.

    Parameters
    ----------
    value
        The metric on all rows.
    values
        (groups,) what each group contributes, less the mean: their spread over the root of their number is the metric's error.
        NaN where the metric has no value without most of them.
    units
        How many units there are in all.
    """

    value: float
    values: Floats
    units: int

    @property
    def variance(self) -> float:
        """Variance of the metric on one unit: over n, it is that on n units; NaN of fewer than two groups."""
        count = len(self.values)
        return float(self.values.var(ddof=1)) * self.units / count if count > 1 else float("nan")


def jackknife(
    metric: Metric, y: Numbers, output: Numbers, units: npt.NDArray[np.int64], *, sample_weights: Numbers | None = None,
    seed: int = 0, most_groups: int = MOST_GROUPS, cancel: Cancel | None = None,
) -> Influence:  # fmt: skip
    """Return what each unit adds to a metric, by leaving it out (Tukey 1958; Efron & Tibshirani 1993, chapter 11).

    More than `most_groups` units are dealt at random into so many groups, as equal as can be, and left out together.

    Parameters
    ----------
    metric
        The metric.
    y, output
        (n,) outcomes, (n,) or (n, K) outputs.
    units
        (n,) the unit of each row.
    sample_weights
        (n,) the user's own weights of the rows.
    seed
        Of the groups: two models on the same rows get the same ones.
    most_groups
        As above, 2 or more.
    cancel
        Looked at between batches.

    Examples
    --------
    >>> from mlops_widgets.measures.metrics import get_metric
    >>> found = jackknife(get_metric("mae", "regression"), np.zeros(4), np.array([1.0, 2.0, 3.0, 6.0]), np.arange(4))
    >>> found.value, found.values.round(6).tolist()
    (3.0, [-2.0, -1.0, 0.0, 3.0])
    """
    codes = np.unique(units, return_inverse=True)[1]
    count = int(codes.max()) + 1
    groups = min(count, SLOW_GROUPS if metric.slow else most_groups)
    dealt = np.random.default_rng(seed).permutation(count) % groups if groups < count else np.arange(count)
    group = dealt[codes]
    own = np.ones(len(y)) if sample_weights is None else np.asarray(sample_weights, dtype=np.float64)
    kernel = metric.prepare(np.asarray(y), np.asarray(output))
    batch = max(1, _BATCH_CELLS // len(y))
    without = []
    for start in range(0, groups, batch):
        check_cancel(cancel)
        left_out = np.arange(start, min(start + batch, groups))
        without.append(kernel(np.where(group == left_out[:, None], 0.0, own)))
    value = metric(y, output, sample_weights)
    pseudo = (groups - 1) * (value - np.concatenate(without))
    known = ~np.isnan(pseudo)
    if 2 * known.sum() < groups:
        return Influence(value=value, values=np.full(groups, np.nan), units=count)
    return Influence(value=value, values=np.where(known, pseudo - pseudo[known].mean(), 0.0), units=count)
