"""What the test says under other weights: the metric with its interval, and whether these weights can be trusted."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from mlops_widgets.core.progress import Cancel, check_cancel
from mlops_widgets.measures.importance import effective_rows, pareto_k, pareto_limit, whole_counts
from mlops_widgets.measures.intervals import Estimate, estimate_from, estimate_of, paired_difference
from mlops_widgets.measures.resampling import Resampler
from mlops_widgets.measures.weighted import Floats, Numbers
from mlops_widgets.study.scoring import resampler_of, weights_of
from mlops_widgets.study.study import Measured, Study

Marks = npt.NDArray[np.bool_]
Reweigh = Callable[[Numbers], Floats]
"""Weights of rows (B, n), such as those of bootstrap draws → weights under the wanted mix (B, n)."""

_SAME = 1e-5
"""Relative difference below which draws are the same: they are summed in single precision."""

_WHOLE_ROWS = 4
"""Rows drawn for each row of the test where a metric takes no weights, so that these are hit to a quarter."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Reweighted:
    """The metric on the test as it is and under another mix.

    Parameters
    ----------
    before, after
        The two estimates, from the same draws.
    harm
        How much worse it is under the mix, with its paired interval.
    effective_rows, effective_share
        How many equally weighted rows the weights leave (Kish 1965), and as a share of what the test has.
    pareto_k, pareto_limit
        Shape of the weights' tail and its limit; NaN where the weights take few values.
    """

    before: Estimate
    after: Estimate
    harm: Estimate
    effective_rows: float
    effective_share: float
    pareto_k: float
    pareto_limit: float


def reweighted(
    study: Study, test: Measured, reweigh: Reweigh, *, draws: int, seed: int, cancel: Cancel | None
) -> Reweighted:
    """Return the metric on the test as it is and with its rows reweighed, in each draw anew."""
    resampler = resampler_of(study, test.units, draws=draws, seed=seed)
    metric, own = test.metric, weights_of(study, test)
    scored = metric, test.y, test.output
    plain = resampler.draws({"score": scored}, sample_weights=own, cancel=cancel)["score"]
    before = estimate_of(scored, plain, resampler, sample_weights=own)
    weights = reweigh(test.weights[None, :])[0]
    drawn = _draws(test, reweigh, resampler, cancel=cancel)
    events = metric.events(test.y, test.output)
    after = estimate_from(
        metric, weighted_value(test, weights), drawn, rows=test.n, units=resampler.count(np.ones(test.n, dtype=np.bool_)),
        events=min(resampler.count(events), _effective_events(weights, events)),
    )  # fmt: skip
    harm = paired_difference(metric, before, after, plain, drawn)
    if np.nanmax(np.abs(plain - drawn), initial=0.0) <= _SAME * max(abs(before.value), 1e-300):
        harm = replace(harm, value=0.0, lower=0.0, upper=0.0)  # these weights can't move the metric, whatever the rows
    if not metric.greater_is_better:
        harm = replace(harm, value=-harm.value, lower=-harm.upper, upper=-harm.lower)
    rows = effective_rows(weights)
    return Reweighted(
        before=before, after=after, harm=harm, effective_rows=rows,
        effective_share=min(1.0, rows / effective_rows(test.weights)), pareto_k=pareto_k(weights),
        pareto_limit=pareto_limit(test.n),
    )  # fmt: skip


def _effective_events(weights: Floats, events: Marks) -> int:
    held = weights[events]
    return int(effective_rows(held)) if held.sum() > 0 else 0


def weighted_value(test: Measured, weights: Floats) -> float:
    """Return the metric under these weights (n,): of rows drawn in proportion where it takes none."""
    rows = whole_counts(weights, _WHOLE_ROWS * test.n) if test.metric.whole_weights else weights
    return test.metric(test.y, test.output, rows)


def weighted_values(test: Measured, weights: Numbers) -> Floats:
    """Return the metric under each of `weights` (B, n), (B,); NaN where it has no value."""
    rows: Numbers = weights
    if test.metric.whole_weights:
        drawn = [whole_counts(each, _WHOLE_ROWS * test.n) if each.sum() > 0 else np.zeros(test.n) for each in weights]
        rows = np.array(drawn)
    return test.metric.draws(test.y, test.output, rows)


def _draws(test: Measured, reweigh: Reweigh, resampler: Resampler, *, cancel: Cancel | None) -> Floats:
    kernel = test.metric.prepare(test.y, test.output)
    found = []
    for batch in resampler.weights(test.n, draws=resampler.draws_of([test.metric])):
        check_cancel(cancel)
        weights = reweigh(batch * test.weights)
        if test.metric.whole_weights:
            weights = np.array([whole_counts(each, _WHOLE_ROWS * test.n) for each in weights])
        found.append(kernel(weights))
    return np.concatenate(found)
