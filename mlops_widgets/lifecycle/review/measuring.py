"""All that a review measures, under one budget of false alarms."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from mlops_widgets.errors import MissingInputError
from mlops_widgets.lifecycle.review.budget import Budget, budget_of
from mlops_widgets.lifecycle.review.changes import SERIES, Change, find_changes
from mlops_widgets.lifecycle.review.drifted import Drifted, measure_drifted
from mlops_widgets.lifecycle.review.mean_signals import Watched, mean_signal, watched_gaps
from mlops_widgets.lifecycle.review.metric_signal import Sampling, metric_signal
from mlops_widgets.lifecycle.review.promised import Promised, row_numbers
from mlops_widgets.lifecycle.review.review_result import Slope
from mlops_widgets.lifecycle.review.signals import Signal
from mlops_widgets.measures.block_trends import block_trend
from mlops_widgets.study.over_time.drift import chunks_a_year

Floats = npt.NDArray[np.float64]

_PROBABILITY_MARGIN, _RESIDUAL_SHARE = 0.02, 0.1
_WITHOUT_TEST = "The study has no test, which would have made the promise: pass test= with labels."


@dataclass(frozen=True, kw_only=True)
class Parts:
    """What was measured; the fields are those of `ReviewResult`."""

    metric: Signal | None
    calibration: Signal | None
    value: Signal | None
    gaps: tuple[Signal, ...]
    drift: Drifted | None
    slope: Slope
    changes: tuple[Change, ...]
    budget: Budget
    missing: Mapping[str, str]
    calibration_margin: float


@dataclass(frozen=True, kw_only=True)
class _Numbers:
    """Numbers of single rows of the test and of production, by name: see `row_numbers`."""

    before: Mapping[str, Floats]
    after: Mapping[str, Floats]

    def both(self, name: str) -> bool:
        return name in self.before and name in self.after


def measure_parts(p: Promised, sampling: Sampling, *, accepted: float) -> Parts:
    """Return all that this study lets a review measure; what it doesn't is said in `missing`."""
    numbers = _Numbers(
        before={} if p.test is None else row_numbers(p.study, p.test), after=row_numbers(p.study, p.production)
    )
    gaps, missing = _gaps(p, numbers), {}
    names = [name for name in ("calibration", "value") if numbers.both(name)]
    labelled = p.test is not None and p.maturity.mature.any()
    parts = (
        *(("metric", "trend", *names) if labelled else ()), *(("change",) if labelled and _any(numbers) else ()), "drift",
        *(("groups",) if gaps else ()),
    )  # fmt: skip
    budget = budget_of(accepted, chunks=p.count, chunks_a_year=chunks_a_year(p.chunks), parts=parts)
    metric, why = _metric(p, sampling, budget)
    if metric is None:
        missing["metric"] = why
    signals = {
        name: _mean(p, numbers, name, budget.tail) if name in names and labelled else None
        for name in ("calibration", "value")
    }
    found = [mean_signal(p, each, tail=budget.tail / len(gaps)) for each in gaps]
    drift = measure_drifted(
        p, tail=budget.tail, draws=max(sampling.draws, 200), seed=sampling.seed, cancel=sampling.cancel
    )
    changes = (
        find_changes(p, numbers.before, numbers.after, level=budget.level, seed=sampling.seed, cancel=sampling.cancel)
        if labelled
        else ()
    )
    parts_found = Parts(
        metric=metric, **signals, gaps=tuple(each for each in found if each is not None), drift=drift, slope=_slope(metric),
        changes=changes, budget=budget, missing=missing, calibration_margin=_calibration_margin(p, numbers),
    )  # fmt: skip
    missing.update(_reasons(p, numbers, parts_found))
    return parts_found


def _any(numbers: _Numbers) -> bool:
    return any(numbers.both(name) for name in SERIES)


def _metric(p: Promised, sampling: Sampling, budget: Budget) -> tuple[Signal | None, str]:
    if p.test is None:
        return None, _WITHOUT_TEST
    try:
        return metric_signal(p, sampling, tail=budget.tail), ""
    except MissingInputError as error:
        return None, f"Missing: {error.missing}. {error.remedy}"


_MEANS = {"calibration": ("outcomes less predictions", "either"), "value": ("value of a decision", "lower")}


def _mean(p: Promised, numbers: _Numbers, name: str, tail: float) -> Signal | None:
    label, worse = _MEANS[name]
    one, other = numbers.before[name], numbers.after[name]
    return mean_signal(
        p,
        Watched(name=name, label=label, worse="lower" if worse == "lower" else "either", before=one, after=other),
        tail=tail,
    )


def _gaps(p: Promised, numbers: _Numbers) -> list[Watched]:
    """Return the gaps between groups: of positive decisions, else of residuals, else of losses."""
    kinds = (("decided", "share of positive decisions", False), ("calibration", "outcomes less predictions", True),
             ("loss", "loss per row", True))  # fmt: skip
    for name, label, labelled in kinds:
        if numbers.both(name) and (not labelled or p.maturity.mature.any()):
            return watched_gaps(p, numbers.before[name], numbers.after[name], label=label, labelled=labelled)
    return []


def _slope(metric: Signal | None) -> Slope:
    """Return the harm of the metric's straight line from the first chunk judged to the last."""
    nothing = float("nan")
    if metric is None:
        return Slope(harm=nothing, lower=nothing, upper=nothing, p_value=nothing, points=0)
    judged = np.flatnonzero(metric.judged)
    trend = block_trend(metric.values[judged], metric.errors[judged], x=judged)
    span = float(judged[-1] - judged[0]) if len(judged) else 0.0
    ends = [span * trend.slope, span * trend.lower, span * trend.upper]
    if metric.worse == "lower":
        ends = [-ends[0], -ends[2], -ends[1]]
    return Slope(harm=ends[0], lower=ends[1], upper=ends[2], p_value=trend.p_value, points=trend.points)


def _calibration_margin(p: Promised, numbers: _Numbers) -> float:
    """Return the largest mean residual that doesn't matter: two points of probability, or a tenth of the outcomes' spread."""
    if p.study.task != "regression":
        return _PROBABILITY_MARGIN
    if p.test is None or "calibration" not in numbers.before:
        return float("nan")
    return _RESIDUAL_SHARE * float(np.nanstd(p.study.labels(p.test))) or 1e-12


def _reasons(p: Promised, numbers: _Numbers, parts: Parts) -> dict[str, str]:
    """Return why parts can't be judged, by part."""
    test = p.test is not None
    waiting = "No chunk of production has all its labels yet." if test else _WITHOUT_TEST
    found: dict[str, str] = {}
    if parts.calibration is None:
        found["calibration"] = (
            waiting
            if numbers.both("calibration") or not test
            else "It needs probabilities, or predictions of a number."
        )
    if parts.value is None:
        found["value"] = (
            waiting if numbers.both("value") else "The study has no values: pass values={'true_positive': …}."
        )
    if not parts.gaps:
        found["groups"] = "The study names no groups with rows enough: pass groups=." if test else _WITHOUT_TEST
    if parts.drift is None:
        found["drift"] = "There is nothing to compare production with."
    if not parts.changes:
        found["change"] = (
            waiting if test and not p.maturity.mature.any() else "There are too few labelled rows in too few pieces."
        )
    found["contract"] = "None was passed: contract=mw.data_quality.infer_contract(study)."
    return found
