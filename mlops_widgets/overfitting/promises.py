"""Which number would have told what production gives: before and after each strategy."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from mlops_widgets.core.result import Finding, NoResult, Result, Status
from mlops_widgets.core.words import capital, digits_for, number
from mlops_widgets.core.words import estimate as written
from mlops_widgets.errors import InputError
from mlops_widgets.measures.intervals import Estimate, difference
from mlops_widgets.overfitting.experiments.rollout import RolloutResult
from mlops_widgets.overfitting.monitoring.label_free import LabelFreeResult
from mlops_widgets.overfitting.monitoring.live_gap import LiveGapResult, Stage
from mlops_widgets.overfitting.representative.reweighting import ReweightResult
from mlops_widgets.overfitting.validation.cross_validation import CrossValidationResult

if TYPE_CHECKING:
    import pandas as pd

_AVERAGES = frozenset({"accuracy", "log_loss", "brier", "brier_multiclass", "mae", "mse", "mape"})
_METHOD = (
    "Distances: differences of independent samples (Newcombe 1998, method 10); which is closer: "
    "4,000 draws of both promises and production, independent and normal on each side of their values"
)
_SHARED_ROWS = (
    ". {name} and production share rows, which makes the interval of its distance too wide rather than too narrow"
)
_FOLD_MEANS = (
    ". {label} isn't an average over rows: a mean over folds is not what all their rows together would score, so part of "
    "a scheme's distance may be that"
)


Remedy = CrossValidationResult | ReweightResult | LabelFreeResult | RolloutResult
"""What can promise better than the score that would have been quoted: one result of each strategy."""


@dataclass(frozen=True, kw_only=True)
class Promise:
    """One number with its 95 % interval and its distance from production, |promise − production|.

    `called` is its name inside a sentence; `distance_lower` and `distance_upper` bound the distance, promise and production
    being independent samples.
    """

    name: str
    label: str
    called: str
    value: float
    lower: float
    upper: float
    distance: float
    distance_lower: float
    distance_upper: float


@dataclass(frozen=True, kw_only=True)
class PromiseResult(Result):
    """Each promise beside what production gave.

    Parameters
    ----------
    metric_label
        The metric.
    margin
        The largest distance that doesn't matter.
    promises
        Train, tests, and what the remedies promised.
    before, after
        Names of the number that would have been quoted (the test's, else train's) and of the last remedy's.
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
    live: LiveGapResult | NoResult, *remedies: Remedy | NoResult, margin: float | None = None
) -> PromiseResult | NoResult:
    """Find out whether a strategy would have promised what production gave, and the quoted score not.

    Parameters
    ----------
    live
        What `compare_live` returned: production's score and the offline ones.
    remedies
        What `reweight_metric`, `cross_validate`, `estimate_without_labels` or `replay_rollout` returned for the same study
        and metric. The last one is "after"; the others are shown beside it.
    margin
        The largest distance from production that doesn't matter, in the metric's unit, above 0; by default that of `live`.

    Returns
    -------
    PromiseResult or NoResult
        Finding OV-PR-01. It says so where the remedy came no closer than the quoted score, or can't be told apart
        from it: what came closer is judged by the interval of the difference of both distances.

    Raises
    ------
    InputError
        If there is no remedy, or `margin` isn't above 0.
    """
    if margin is not None and not 0 < margin < float("inf"):
        raise InputError(f"margin={margin}. Pass the largest distance that doesn't matter, above 0.")
    if not remedies:
        raise InputError(
            "compare_promises(live) has nothing to compare. Pass what cross_validate or another remedy returned."
        )
    production = live.stage("production") if isinstance(live, LiveGapResult) else None
    if not isinstance(live, LiveGapResult) or production is None:
        return _nothing("production score", "Pass labelled production rows as production=.", live)
    offers = [_offers(remedy, live) for remedy in remedies]
    if not offers[-1]:
        return _nothing(*_lacking(remedies[-1]), remedies[-1])
    stages = [(s, _test_called(s)) for s in live.stages if s.name not in {"production", "out_of_fold"}]
    promises = tuple(
        _promise(stage, called, production) for stage, called in (*stages, *(o for each in offers for o in each))
    )
    after = offers[-1][0][0].name
    tests = [s.name for s, _ in stages if s.name != "train"]
    before = tests[0] if tests else stages[0][0].name if stages else after
    named = {promise.name: promise for promise in promises}
    closer, (closer_lower, closer_upper) = _closer(named[before], named[after], production)
    result = PromiseResult(
        findings=(), rows=live.rows, seed=live.seed, method=_method(live, remedies),
        closer=closer, closer_lower=closer_lower, closer_upper=closer_upper,
        metric_label=live.metric_label, margin=live.margin if margin is None else margin, promises=promises, before=before, after=after,
        production=production.value, production_lower=production.lower, production_upper=production.upper,
    )  # fmt: skip
    return replace(result, findings=(_finding(result, remedies[-1]),))


def _offers(remedy: Remedy | NoResult, live: LiveGapResult) -> list[tuple[Stage, str]]:
    """Return what a remedy promises, the number that it stands for first, each with its name inside a sentence."""
    if isinstance(remedy, CrossValidationResult):
        measured = sorted((s for s in remedy.schemes if s.status == "measured"), key=lambda s: not s.recommended)
        if not measured or not measured[0].recommended:
            return []
        return [
            (_stage(s.name, s.label, (s.value, s.lower, s.upper), live.rows), f"{s.label} cross-validation")
            for s in measured
        ]
    if isinstance(remedy, ReweightResult):
        score = (remedy.value, remedy.lower, remedy.upper)
        words = "the reweighted test" if remedy.trusted else "the reweighted test, which its own checks don't trust,"
        return _one("reweighted", "test, reweighted", score, remedy.test_rows, words)
    if isinstance(remedy, LabelFreeResult) and remedy.metric == live.metric:
        score = (remedy.value, remedy.lower, remedy.upper)
        return _one("label_free", "estimate without labels", score, remedy.rows, "the estimate without labels")
    if isinstance(remedy, RolloutResult):
        score = (remedy.first_value, remedy.first_lower, remedy.first_upper)
        return _one("first_stage", "first stage of the rollout", score, remedy.rows, "the first stage of the rollout")
    return []


def _one(name: str, label: str, score: tuple[float, float, float], rows: int, called: str) -> list[tuple[Stage, str]]:
    """Return the one promise of a remedy, or none where it has no finite interval."""
    return [(_stage(name, label, score, rows), called)] if np.isfinite(score).all() else []


def _stage(name: str, label: str, score: tuple[float, float, float], rows: int) -> Stage:
    return Stage(name=name, label=label, value=score[0], lower=score[1], upper=score[2], rows=rows, events=0)


def _method(live: LiveGapResult, remedies: Sequence[Remedy | NoResult]) -> str:
    words = _METHOD
    if any(isinstance(remedy, LabelFreeResult) for remedy in remedies):
        words += _SHARED_ROWS.format(name="The estimate without labels")
    if any(isinstance(remedy, RolloutResult) for remedy in remedies):
        words += _SHARED_ROWS.format(name="The first stage of the rollout")
    average = live.metric in _AVERAGES or live.metric.startswith("pinball")
    if not average and any(isinstance(remedy, CrossValidationResult) for remedy in remedies):
        words += _FOLD_MEANS.format(label=live.metric_label)
    return words


def _lacking(remedy: Result) -> tuple[str, str]:
    """Return what a remedy didn't give, and what would make it give it."""
    if isinstance(remedy, LabelFreeResult):
        return (
            "estimate without labels of the study's own metric",
            f"{remedy.metric_label} is what can be estimated here.",
        )
    if isinstance(remedy, RolloutResult):
        return "score of a rollout's first stage", "Pass more labelled production rows."
    if isinstance(remedy, ReweightResult):
        return "reweighted score", "Pass production rows like those of the test."
    strategy = remedy.strategy if isinstance(remedy, NoResult) else ""
    return {
        "reweight_metric": ("reweighted score", "Pass production rows as production=."),
        "estimate_without_labels": ("estimate without labels", "Pass a model with probabilities, and production rows."),
        "replay_rollout": ("first stage of a rollout", "Pass another model as challenger=, and labelled production rows."),
    }.get(strategy, ("cross-validated score", "Pass a model that can be refitted, and its training rows as reference=."))  # fmt: skip


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


def _promise(stage: Stage, called: str, production: Stage) -> Promise:
    gap = difference(_as_estimate(stage), _as_estimate(production))
    nearest = 0.0 if gap.lower <= 0 <= gap.upper else min(abs(gap.lower), abs(gap.upper))
    return Promise(name=stage.name, label=stage.label, called=called, value=stage.value, lower=stage.lower, upper=stage.upper,
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


def _test_called(stage: Stage) -> str:
    """Return an offline score's name inside a sentence."""
    if stage.name == "train":
        return "the score on the training rows"
    return "the test" if stage.label == "test" else f"the test {stage.name!r}"


def _which_came_closer(result: PromiseResult) -> str:
    if result.closer_lower > 0:
        return "the former came closer"
    if result.closer_upper < 0:
        return "the former came no closer here"
    apart = written(result.closer, result.closer_lower, result.closer_upper)
    return f"which came closer can't be told (distances differ by {apart})"


def _finding(result: PromiseResult, remedy: Result) -> Finding:
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
        f"{capital(after.called)} promised {number(after.value, digits=digits)}, {number(after.distance, digits=digits)} away "
        f"({verdict}); {before.called} promised {number(before.value, digits=digits)}, "
        f"{number(before.distance, digits=digits)} away: {_which_came_closer(result)}."
    )
    evidence = {
        "before": before.distance, "after": after.distance, "margin": result.margin, "closer": result.closer,
        "closer_lower": result.closer_lower, "closer_upper": result.closer_upper,
    }  # fmt: skip
    return Finding(code="OV-PR-01", status=status, claim=claim, action=_action(result, status, remedy), cost=after.distance,
                   cost_unit=result.metric_label, evidence=evidence)  # fmt: skip


def _action(result: PromiseResult, status: Status, remedy: Result) -> str:
    before, after = result.promise(result.before), result.promise(result.after)
    if status == "failed" and before.distance_lower <= result.margin:
        folds = (
            " Its folds learn from fewer rows than the model did." if isinstance(remedy, CrossValidationResult) else ""
        )
        return f"{capital(before.called)} isn't beyond the margin: find out why {after.called} is.{folds}"
    if status == "failed":
        return "No offline number holds here: production differs from all the rows you have. Measure it, and retrain."
    if result.closer_lower > 0:
        return (
            f"Go live in stages, and hold the promise against {after.called} before the next one."
            if after.name == "first_stage"
            else f"Quote the score of {after.called} with its interval when you propose a model."
        )
    return f"Quote both with their intervals: on these data {before.called} was as good a promise."
