"""Which chunks of production look unlike the test, by one rule for all columns and the model's answers."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from mlops_widgets.core.progress import Cancel
from mlops_widgets.errors import MissingInputError
from mlops_widgets.lifecycle.review.promised import Promised
from mlops_widgets.study.over_time.drift import measure_drift, rule_for
from mlops_widgets.study.over_time.streams import choose_baseline, count_units, watch

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]

_LEAST_SHARE = 0.05


@dataclass(frozen=True, kw_only=True)
class Drifted:
    """Drift of the columns and the model's answers.

    Parameters
    ----------
    baseline
        What production is compared with.
    columns
        What is watched; those that alarm most first.
    standardised
        (columns, chunks) distance in standard deviations from what it is without drift; NaN of small chunks.
    alarms
        (columns, chunks) 1 where it is an alarm.
    threshold
        Standard deviations from which on it is.
    """

    baseline: str
    columns: tuple[str, ...]
    standardised: Floats
    alarms: Integers
    threshold: float


def measure_drifted(p: Promised, *, tail: float, draws: int, seed: int, cancel: Cancel | None) -> Drifted | None:
    """Return drift by the rule that alarms in a share `tail` of chunks without drift; None where nothing can be watched."""
    try:
        seen = watch(p.study, choose_baseline(p.study, None), p.chunks)
    except MissingInputError:
        return None
    units = count_units(p.study, seen, p.chunks, seed=seed)
    null, rule = rule_for(units, tail, seed=seed, draws=draws, cancel=cancel)
    drift = measure_drift(seen, units, p.chunks, null=null, rule=rule, least_share=_LEAST_SHARE)
    order = np.argsort(-drift.alarms.sum(axis=1), kind="stable")
    return Drifted(
        baseline=seen.baseline.name, columns=tuple(seen.watched[int(at)].name for at in order),
        standardised=drift.standardised[order], alarms=drift.alarms[order], threshold=rule.threshold,
    )  # fmt: skip
