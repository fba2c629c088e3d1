"""How much worse a model scores when a column says nothing any more: permutation importance with paired intervals."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import stats

from mlops_widgets.core.progress import Cancel, check_cancel
from mlops_widgets.measures.metrics import Metric
from mlops_widgets.measures.resampling import Resampler
from mlops_widgets.measures.weighted import Kernel, Numbers

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]


@dataclass(frozen=True, kw_only=True)
class Loss:
    """What scrambling costs.

    Parameters
    ----------
    value, lower, upper
        How much worse the metric is, with its interval.
    error
        Its standard error; infinite where there is none.
    moved
        Whether any answer changed at all.
    """

    value: float
    lower: float
    upper: float
    error: float
    moved: bool


def scrambled(rows: int, *, repeats: int, seed: int) -> Integers:
    """Return `repeats` random orders of the rows, (repeats, rows)."""
    rng = np.random.default_rng(seed)
    return np.array([rng.permutation(rows) for _ in range(repeats)], dtype=np.int64)


def losses(
    metric: Metric, y: Numbers, output: Numbers, without: Sequence[Sequence[Numbers]], orders: Integers, *,
    drawing: Resampler, units: int, weights: Numbers | None = None, level: float = 0.95, cancel: Cancel | None = None,
) -> list[Loss]:  # fmt: skip
    """Return how much worse the metric is on scrambled columns, mean of the repeats (Breiman 2001; Fisher et al. 2019).

    Both are measured on the same rows and draws, so what the rows have in common falls out. A scrambled row is a pair: one
    row that keeps its other cells and one that gave its own; in each resample the pair counts as often as both were drawn, one
    times the other, because both are a sample (the importance
    is a U-statistic: Fisher et al. 2019). That holds the truth somewhat more often than it says. The interval is Student's t on the standard deviation of the drawn differences. A column whose scrambling changes no
    answer costs exactly 0.

    Parameters
    ----------
    metric
        The study's metric.
    y, output
        (n,) outcomes, and the outputs on the rows as they are.
    without
        For each column (or group of them) the outputs of each repeat.
    orders
        (repeats, n) which row gave its cells to each.
    drawing
        Resamples of the rows.
    units
        Resampling units among the rows that decide the metric.
    weights
        (n,) the user's own weights of the rows.
    level
        Coverage of the intervals.
    cancel
        Looked at between batches.
    """
    moved = [any(not np.array_equal(each, output) for each in repeats) for repeats in without]
    own = np.ones(len(y)) if weights is None else np.asarray(weights, dtype=np.float64)
    scrambled_ones = [
        [metric.prepare(y, each) for each in repeats] if moves else []
        for repeats, moves in zip(without, moved, strict=True)
    ]
    plain = metric.prepare(y, output)
    kernels = _Kernels(metric=metric, plain=plain, scrambled=scrambled_ones, orders=orders, own=own)
    once = kernels.gaps(np.ones((1, len(y)), dtype=np.float32))
    parts = []
    for batch in drawing.weights(len(y), draws=drawing.draws_of([metric])):
        check_cancel(cancel)
        parts.append(kernels.gaps(batch))
    drawn = np.concatenate(parts, axis=1)
    nothing = Loss(value=0.0, lower=0.0, upper=0.0, error=0.0, moved=False)
    return [
        _loss(float(once[place, 0]), drawn[place], units, level) if moves else nothing
        for place, moves in enumerate(moved)
    ]


@dataclass(frozen=True, kw_only=True, eq=False)
class _Kernels:
    """The metric on the rows as they are and scrambled, as functions of weights."""

    metric: Metric
    plain: Kernel
    scrambled: list[list[Kernel]]
    orders: Integers
    own: Floats

    def gaps(self, drawn: Numbers) -> Floats:
        """Return what each column's scrambling costs, mean of the repeats, under each draw (b, n): (columns, b)."""
        found = np.zeros((len(self.scrambled), len(drawn)))
        for repeat, order in enumerate(self.orders):
            weights = drawn * drawn[:, order] * self.own
            as_it_is = self.plain(weights)
            for place, kernels in enumerate(self.scrambled):
                if kernels:
                    found[place] += self.metric.gain(as_it_is, kernels[repeat](weights)) / len(self.orders)
        return found


def _loss(value: float, gaps: Floats, units: int, level: float) -> Loss:
    defined = gaps[~np.isnan(gaps)]
    error = reach = float("inf")
    if units > 1 and 2 * len(defined) > len(gaps):
        error = float(defined.std()) * float(np.sqrt(units / (units - 1)))
        reach = float(stats.t.ppf(0.5 + level / 2, units - 1)) * error
    return Loss(value=value, lower=value - reach, upper=value + reach, error=error, moved=True)
