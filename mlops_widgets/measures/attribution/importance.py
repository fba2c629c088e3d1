"""How much worse a model scores when a column says nothing any more: permutation importance with paired intervals."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import stats

from mlops_widgets.core.progress import Cancel
from mlops_widgets.measures.metrics import Metric
from mlops_widgets.measures.resampling import Resampler
from mlops_widgets.measures.weighted import Numbers

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
    metric: Metric, y: Numbers, output: Numbers, without: Sequence[Sequence[Numbers]], drawing: Resampler, *, units: int, weights: Numbers | None = None, level: float = 0.95, cancel: Cancel | None = None,
) -> list[Loss]:  # fmt: skip
    """Return how much worse the metric is on scrambled columns, mean of the repeats (Breiman 2001; Fisher et al. 2019).

    Both are measured on the same rows and drawn by the same resamples, so what the rows have in common falls out. The
    interval is Student's t on the standard deviation of the drawn differences; it holds the chance of the rows and, with
    them, of what each row was given. A column whose scrambling changes no answer costs exactly 0.

    Parameters
    ----------
    metric
        The study's metric.
    y, output
        (n,) outcomes, and the outputs on the rows as they are.
    without
        For each column (or group of them) the outputs of each repeat.
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
    scored = {"as it is": (metric, y, output)}
    moved = [any(not np.array_equal(each, output) for each in repeats) for repeats in without]
    for place, repeats in enumerate(without):
        if moved[place]:
            scored |= {f"{place} {k}": (metric, y, each) for k, each in enumerate(repeats)}
    drawn = drawing.draws(scored, sample_weights=weights, cancel=cancel)
    own = np.ones((1, len(y))) if weights is None else np.asarray(weights, dtype=np.float64)[None, :]
    value = {name: float(metric.draws(y, each, own)[0]) for name, (_, _, each) in scored.items()}
    found = []
    for place, repeats in enumerate(without):
        if not moved[place]:
            found.append(Loss(value=0.0, lower=0.0, upper=0.0, error=0.0, moved=False))
            continue
        names = [f"{place} {k}" for k in range(len(repeats))]
        gaps = np.mean([metric.gain(drawn["as it is"], drawn[name]) for name in names], axis=0)
        cost = float(np.mean([metric.gain(value["as it is"], value[name]) for name in names]))
        found.append(_loss(cost, gaps, units, level))
    return found


def _loss(value: float, gaps: Floats, units: int, level: float) -> Loss:
    defined = gaps[~np.isnan(gaps)]
    error = reach = float("inf")
    if units > 1 and 2 * len(defined) > len(gaps):
        error = float(defined.std()) * float(np.sqrt(units / (units - 1)))
        reach = float(stats.t.ppf(0.5 + level / 2, units - 1)) * error
    return Loss(value=value, lower=value - reach, upper=value + reach, error=error, moved=True)
