"""Which offline number would have told what production gives: before and after cross-validation."""

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from mlops_widgets.core.result import Finding, NoResult, Result, Status
from mlops_widgets.core.words import digits_for, number
from mlops_widgets.core.words import estimate as written
from mlops_widgets.errors import InputError
from mlops_widgets.measures.intervals import Estimate, difference
from mlops_widgets.overfitting.monitoring.live_gap import LiveGapResult, Stage
from mlops_widgets.overfitting.validation.cross_validation import CrossValidationResult

if TYPE_CHECKING:
    import pandas as pd

_AVERAGES = frozenset({"accuracy", "log_loss", "brier", "brier_multiclass", "mae", "mse", "mape"})
_METHOD = (
    "Distances: differences of independent samples (Newcombe 1998, method 10); which is closer: "
    "4,000 draws of both promises and production, independent and normal on each side of their values"
)
_FOLD_MEANS = (
    ". {label} isn't an average over rows: a mean over folds is not what all their rows together would score, so part of "
    "a scheme's distance may be that"
)


@dataclass(frozen=True, kw_only=True)
class Promise:
    """One offline number with its 95 % interval and its distance from production, |promise − production|.

    `distance_lower` and `distance_upper` bound the distance, promise and production being independent samples.
    """

    name: str
    label: str
    value: float
    lower: float
    upper: float
    distance: float
    distance_lower: float
    distance_upper: float


@dataclass(frozen=True, kw_only=True)
class PromiseResult(Result):
    """Each offline number beside what production gave.

    Parameters
    ----------
    metric_label
        The metric.
    margin
        The largest distance that doesn't matter.
    promises
        Train, cross-validation schemes and tests.
    before, after
        Names of the number that would have been quoted (the test's, else train's) and of the recommended scheme.
    closer, closer_lower, closer_upper
        By how much `after` is closer to production than `before`, with its 95 % interval.
    production, production_lower, production_upper
        What production gave.
    """

    metric_label: str
    margin: float
    promises: tuple[Promise, ...]
    before: str
    after: str
    closer: float
    closer_lower: float
    closer_upper: float
    production: float
    production_lower: float
    production_upper: float

    def promise(self, name: str) -> Promise:
        """Return the promise of this name."""
        return next(promise for promise in self.promises if promise.name == name)

    def frame(self) -> "pd.DataFrame":
        """Return one row a promise: value, interval and distance from production."""
        import pandas as pd

        return pd.DataFrame([vars(promise) for promise in self.promises])


def compare_promises(
    live: LiveGapResult | NoResult, validation: CrossValidationResult | NoResult, *, margin: float | None = None
) -> PromiseResult | NoResult:
    """Find out whether cross-validation would have promised what production gave, and the quoted score not.

    Parameters
    ----------
    live
        What `compare_live` returned: production's score and the offline ones.
    validation
        What `cross_validate` returned for the same study and metric.
    margin
        The largest distance from production that doesn't matter, in the metric's unit, above 0; by default that of `live`.

    Returns
    -------
    PromiseResult or NoResult
        Finding OV-PR-01. It says so where cross-validation came no closer than the quoted score, or can't be told apart
        from it: what came closer is judged by the interval of the difference of both distances.

    Raises
    ------
    InputError
        If `margin` isn't above 0.
    """
    if margin is not None and not 0 < margin < float("inf"):
        raise InputError(f"margin={margin}. Pass the largest distance that doesn't matter, above 0.")
    production = live.stage("production") if isinstance(live, LiveGapResult) else None
    if not isinstance(live, LiveGapResult) or production is None:
        return _nothing("production score", "Pass labelled production rows as production=.", live)
    recommended = _recommended(validation)
    if not isinstance(validation, CrossValidationResult) or recommended is None:
        return _nothing(
            "cross-validated score",
            "Pass a model that can be refitted, and its training rows as reference=.",
            validation,
        )
    schemes = [Stage(name=s.name, label=s.label, value=s.value, lower=s.lower, upper=s.upper, rows=live.rows, events=0)
               for s in validation.schemes if s.status == "measured"]  # fmt: skip
    stages = [s for s in live.stages if s.name not in {"production", "out_of_fold"}]
    promises = tuple(_promise(stage, production) for stage in (*stages, *schemes))
    tests = [s.name for s in stages if s.name != "train"]
    before = tests[0] if tests else stages[0].name if stages else recommended
    named = {promise.name: promise for promise in promises}
    closer, (closer_lower, closer_upper) = _closer(named[before], named[recommended], production)
    average = live.metric in _AVERAGES or live.metric.startswith("pinball")
    result = PromiseResult(
        findings=(), rows=live.rows, seed=live.seed, method=_METHOD + ("" if average else _FOLD_MEANS.format(label=live.metric_label)),
        closer=closer, closer_lower=closer_lower, closer_upper=closer_upper,
        metric_label=live.metric_label, margin=live.margin if margin is None else margin, promises=promises, before=before, after=recommended,
        production=production.value, production_lower=production.lower, production_upper=production.upper,
    )  # fmt: skip
    return replace(result, findings=(_finding(result),))


def _recommended(validation: CrossValidationResult | NoResult) -> str | None:
    if not isinstance(validation, CrossValidationResult):
        return None
    return next((s.name for s in validation.schemes if s.recommended and s.status == "measured"), None)


def _nothing(missing: str, remedy: str, lacking: Result) -> NoResult:
    """Say what is missing and, in the words of the result that lacks it, why."""
    cause = next((f for f in lacking.findings if f.status in {"not_applicable", "failed", "not_run"}), None)
    if not isinstance(lacking, NoResult):
        cause = next((f for f in lacking.findings if f.code == "OV-LG-01" and f.status == "not_applicable"), None)
    why = "" if cause is None else f" {cause.claim}"
    if isinstance(lacking, NoResult) and lacking.missing:
        why = f" This study has no {lacking.missing}."
    claim = f"Can't be measured here: there is no {missing}.{why}"
    finding = Finding(
        code="OV-PR-00",
        status="not_applicable",
        claim=claim,
        action=remedy if cause is None else cause.action or remedy,
    )
    return NoResult(findings=(finding,), rows=0, strategy="compare_promises", missing=missing)


def _promise(stage: Stage, production: Stage) -> Promise:
    gap = difference(_as_estimate(stage), _as_estimate(production))
    nearest = 0.0 if gap.lower <= 0 <= gap.upper else min(abs(gap.lower), abs(gap.upper))
    return Promise(name=stage.name, label=stage.label, value=stage.value, lower=stage.lower, upper=stage.upper,
                   distance=abs(gap.value), distance_lower=nearest,
                   distance_upper=max(abs(gap.lower), abs(gap.upper)))  # fmt: skip


def _as_estimate(stage: Stage) -> Estimate:
    return Estimate(value=stage.value, lower=stage.lower, upper=stage.upper, level=0.95, rows=stage.rows, units=stage.rows,
                    events=stage.events)  # fmt: skip


def _closer(before: Promise, after: Promise, production: Stage) -> tuple[float, tuple[float, float]]:
    """Return by how much `after` is closer to production than `before`, and the 95 % interval of that."""
    if before.name == after.name:
        return 0.0, (0.0, 0.0)
    rng = np.random.default_rng(0)
    was, now, kept = (_drawn(each, rng) for each in (before, after, production))
    lower, upper = np.quantile(np.abs(was - kept) - np.abs(now - kept), [0.025, 0.975])
    return before.distance - after.distance, (float(lower), float(upper))


def _drawn(score: Promise | Stage, rng: np.random.Generator) -> "np.typing.NDArray[np.float64]":
    """Return draws whose middle 95 % are the score's interval, each side of its own width."""
    normal = rng.standard_normal(4000)
    return score.value + normal / 1.959964 * np.where(normal < 0, score.value - score.lower, score.upper - score.value)


def _capital(words: str) -> str:
    return words[:1].upper() + words[1:]


def _called(promise: Promise) -> str:
    """Return a promise's name inside a sentence."""
    if promise.name == "train":
        return "the score on the training rows"
    if promise.label == "test":
        return "the test"
    return f"the test {promise.name!r}" if promise.label.startswith("test: ") else f"{promise.label} cross-validation"


def _which_came_closer(result: PromiseResult) -> str:
    if result.closer_lower > 0:
        return "cross-validation came closer"
    if result.closer_upper < 0:
        return "cross-validation came no closer here"
    apart = written(result.closer, result.closer_lower, result.closer_upper)
    return f"which came closer can't be told (distances differ by {apart})"


def _finding(result: PromiseResult) -> Finding:
    before, after = result.promise(result.before), result.promise(result.after)
    status: Status = (
        "failed" if after.distance_lower > result.margin
        else "passed" if after.distance_upper < result.margin else "not_enough_data"
    )  # fmt: skip
    digits = digits_for(result.production_lower, result.production_upper)
    verdict = {
        "failed": f"beyond the margin of {number(result.margin)}",
        "passed": f"within the margin of {number(result.margin)}",
        "not_enough_data": f"too uncertain to hold against a margin of {number(result.margin)}",
    }[status]
    claim = (
        f"Production gave {written(result.production, result.production_lower, result.production_upper)}. "
        f"{_capital(_called(after))} promised {number(after.value, digits=digits)}, {number(after.distance, digits=digits)} away "
        f"({verdict}); {_called(before)} promised {number(before.value, digits=digits)}, "
        f"{number(before.distance, digits=digits)} away: {_which_came_closer(result)}."
    )
    if status == "failed" and before.distance_lower <= result.margin:
        action = (
            f"{_capital(_called(before))} isn't beyond the margin: find out why {_called(after)} is. Its folds learn from "
            "fewer rows than the model did."
        )
    elif status == "failed":
        action = "No offline number holds here: production differs from all the rows you have. Measure it, and retrain."
    elif result.closer_lower > 0:
        action = f"Quote the score of {_called(after)} with its interval when you propose a model."
    else:
        action = f"Quote both with their intervals: on these data {_called(before)} was as good a promise."
    evidence = {
        "before": before.distance, "after": after.distance, "margin": result.margin, "closer": result.closer,
        "closer_lower": result.closer_lower, "closer_upper": result.closer_upper,
    }  # fmt: skip
    return Finding(code="OV-PR-01", status=status, claim=claim, action=action, cost=after.distance,
                   cost_unit=result.metric_label, evidence=evidence)  # fmt: skip
