"""What cross-validation found: the scheme to believe, what shuffling and tuning flatter, and whether refits agree."""

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from mlops_widgets.core.result import Finding, Status
from mlops_widgets.core.words import estimate, number
from mlops_widgets.measures import intervals
from mlops_widgets.measures.optimism import Optimism
from mlops_widgets.measures.verdicts import judge
from mlops_widgets.overfitting.validation.folds.schemes import SchemeScore
from mlops_widgets.study.searches import search_of, tuned_score
from mlops_widgets.study.study import Study

if TYPE_CHECKING:
    from mlops_widgets.overfitting.validation.cross_validation import CrossValidationResult, HeldOutScore

Evidence = dict[str, float | int | str | bool | None]

"""Below three there is no time after those tested, whose rows a shuffled fold could learn from."""


def _said(value: float, lower: float, upper: float) -> str:
    bounded = abs(lower) != float("inf") and abs(upper) != float("inf")
    return estimate(value, lower, upper) if bounded else number(value) + " (no interval)"


def find(study: Study, result: "CrossValidationResult") -> tuple[Finding, ...]:
    """Return the findings of a cross-validation, the recommended scheme's first."""
    reference = study.need("reference")
    whole = int((~np.isnan(study.labels(reference))).sum()) if reference.rows == reference.source_rows else None
    return (
        _headline(result), of_time(study, result), _of_group(study, result), of_refit(result, whole=whole),
        _of_tuning(study, result),
    )  # fmt: skip


def _headline(result: "CrossValidationResult") -> Finding:
    best = result.recommended
    label = best.label[0].upper() + best.label[1:]
    claim = f"{label} cross-validation says {_said(best.value, best.lower, best.upper)} {result.metric_label}"
    shuffled = _shuffled(result)
    if shuffled is not None:
        claim += f"; the shuffled one says {_said(shuffled.value, shuffled.lower, shuffled.upper)}"
    test = result.held_out
    if test is not None:
        claim += f"; the test says {_said(test.value, test.lower, test.upper)}"
    status, action, harm = _against_test(result)
    evidence: Evidence = {
        "scheme": best.label, "value": best.value, "lower": best.lower, "upper": best.upper, "folds": best.folds,
        "rows": result.rows, "shuffled": None if shuffled is None else shuffled.value,
        "test": None if test is None else test.value, "margin": result.margin,
    }  # fmt: skip
    return Finding(
        code="OV-CV-01", status=status, claim=claim + ".", evidence=evidence, action=action,
        cost=harm if status == "warning" else None, cost_unit=result.metric_label,
    )  # fmt: skip


def _shuffled(result: "CrossValidationResult") -> SchemeScore | None:
    best = result.recommended
    if best.name in {"random", "stratified", "repeated"}:
        return None
    return next((s for s in map(result.scheme, ("repeated", "stratified", "random")) if s.status == "measured"), None)


def _against_test(result: "CrossValidationResult") -> tuple[Status, str, float]:
    """Judge how much kinder the test is than the recommended scheme; without a test, how precise the scheme is."""
    best, test, margin = result.recommended, result.held_out, result.margin
    if test is None:
        verdict = judge(best.lower - best.value, best.upper - best.value, margin=margin, n=result.rows)
        action = f"Report the {best.label} score with its interval. {result.reason}"
        return ("passed", action, 0.0) if verdict.status == "passed" else ("not_enough_data", verdict.sentence, 0.0)
    gap = intervals.difference(_as_estimate(test, test.rows), _as_estimate(best, result.rows))
    sign = 1 if result.greater_is_better else -1
    harm, ends = sign * gap.value, sorted((sign * gap.lower, sign * gap.upper))
    verdict = judge(*ends, margin=margin, n=gap.rows, estimate=harm)
    if verdict.status == "failed":
        return "warning", (
            f"Expect the {best.label} score until you know why the test is kinder: it may have been used to choose the "
            "model, or resemble the training rows. Folds also learn from fewer rows than the model did."
        ), harm  # fmt: skip
    if verdict.status == "passed":
        return "passed", f"Report the {best.label} score with its interval. {result.reason}", harm
    action = f"Report the {best.label} score with its interval, not the test's alone. {verdict.sentence}"
    return "not_enough_data", action, harm


def _as_estimate(score: "SchemeScore | HeldOutScore", rows: int) -> intervals.Estimate:
    return intervals.Estimate(
        value=score.value, lower=score.lower, upper=score.upper, level=0.95, rows=rows, units=rows, events=rows
    )  # fmt: skip


def _gap_finding(code: str, gap: Optimism, *, knowing: str, how: str, failed: str, passed: str, unit: str) -> Finding:
    said = _said(gap.value, gap.lower, gap.upper)
    verdict = gap.verdict
    claim, action = {
        "failed": (f"{knowing} is worth {said} {unit}: {how}, {number(gap.flattering)} against {number(gap.honest)}.", failed),
        "passed": (f"{knowing} is worth {said} {unit}, not beyond the margin of {number(gap.margin)}.", passed),
        "not_enough_data": (
            f"{knowing} may be worth {said} {unit}; the margin is {number(gap.margin)}.",
            f"Keep to the stricter split for now. {verdict.sentence}",
        ),
    }[verdict.status]  # fmt: skip
    evidence: Evidence = {
        "value": gap.value, "lower": gap.lower, "upper": gap.upper, "flattering": gap.flattering, "honest": gap.honest,
        "rows": gap.rows, "units": gap.units, "events": gap.events, "train_rows": gap.train_rows, "margin": gap.margin,
        "needed_rows": verdict.needed,
    }  # fmt: skip
    cost = max(gap.value, 0.0) if verdict.status == "failed" else None
    return Finding(
        code=code, status=verdict.status, claim=claim, evidence=evidence, action=action, cost=cost, cost_unit=unit
    )  # fmt: skip


def _unmeasured(code: str, what: str, result: "CrossValidationResult", names: Sequence[str], remedy: str) -> Finding:
    """Say why a comparison wasn't made: a scheme that doesn't apply, wasn't wanted, or has too few rows."""
    for scheme in map(result.scheme, names):
        if scheme.status == "not_applicable":
            claim = f"{what} can't be measured here: {scheme.missing}."
            return Finding(code=code, status="not_applicable", claim=claim, action=remedy)
        if scheme.status == "not_run":
            claim = f"{what} wasn't measured: the {scheme.label} scheme wasn't asked for."
            return Finding(code=code, status="not_run", claim=claim, action=f"Add {scheme.name!r} to schemes=.")
    claim, action = f"{what} can't be told: no fold has a value on both sides.", "Pass more rows, and repeats= above 1."
    return Finding(code=code, status="not_enough_data", claim=claim, action=action)


def of_time(study: Study, result: "CrossValidationResult") -> Finding:
    """OV-CV-02: what knowing other times is worth."""
    if result.time is None:
        return _unmeasured("OV-CV-02", "What knowing other times is worth", result, ["time"], "Pass time=, a column.")
    found = _gap_finding(
        "OV-CV-02", result.time, knowing="Knowing the test's own time and later", unit=study.metric.label,
        how="trained on as many rows and tested on the same ones, models that learned from all times score better than "
        "those that learned from the past",
        failed="Judge this model by time-ordered folds: shuffled ones know what rows of one day share, and what changes "
        "later. Look for columns that tell the time, and plan for retraining.",
        passed="On average over these folds, rows of other times don't flatter this model. That doesn't rule out drift, "
        "which may help in one period what it harms in another: watch production.",
    )  # fmt: skip
    gap = result.time
    if gap.upper >= -gap.margin:
        return found
    said = _said(-gap.value, -gap.upper, -gap.lower)
    return replace(
        found, status="warning", cost=-gap.value,
        claim=f"Rows of other times mislead this model: at equal training size those just before score {said} "
        f"{study.metric.label} better on the same rows.",
        action="What is to be learned changes over time: try training on recent rows only, and plan for retraining.",
    )  # fmt: skip


def _of_group(study: Study, result: "CrossValidationResult") -> Finding:
    entity = study.roles.entity or "entity"
    what = f"What knowing other rows of the same {entity} is worth"
    if result.group is None:
        return _unmeasured("OV-CV-03", what, result, ["grouped", "repeated"], "Pass entity=, a column.")
    return _gap_finding(
        "OV-CV-03", result.group, knowing=f"Knowing other rows of the same {entity}", unit=study.metric.label,
        how=f"on the same test rows, models that learned from that {entity} score better than those that never saw it",
        failed=f"Split by {entity} wherever this model is judged or tuned: production brings ones that it never saw.",
        passed=f"Rows of one {entity} on both sides of a split don't flatter this model; grouped folds cost nothing, so "
        "keep them.",
    )  # fmt: skip


def of_refit(result: "CrossValidationResult", *, whole: int | None = None) -> Finding:
    """OV-CV-04: whether the training rows produce the model; `whole` is how many there are, None if not all were passed."""
    found = result.refit
    if found is None and not result.sampled:
        claim = "Whether the training rows produce this model can't be told: refits can't take the row weights."
        return Finding(code="OV-CV-04", status="not_applicable", claim=claim, action="Leave out weights= to compare.")
    if found is None:
        claim = "The model wasn't refitted on its whole reference: the folds were taken from a sample of it."
        action = (
            "Pass the whole reference and a max_fit_rows= above its rows." if whole is None
            else f"Set max_fit_rows={whole} to compare on the whole reference."
        )  # fmt: skip
        return Finding(code="OV-CV-04", status="not_run", claim=claim, action=action)
    evidence = {name: value for name, value in vars(found).items() if name != "status"} | {"margin": result.margin}
    action = "Keep the training rows with the model: they reproduce it."
    if found.status in {"warning", "failed"}:
        action = (
            "Find the rows, parameters, weights or versions that the model was made with: until then its scores can't "
            "be reproduced, and cross-validation speaks of another model."
        )
    if found.status == "not_enough_data":
        action = "Pass more labelled test rows to tell the two apart."
    cost = abs(found.difference or 0.0) if found.status == "failed" else None
    return Finding(
        code="OV-CV-04", status=found.status, claim=found.sentence(result.metric_label), evidence=evidence,
        action=action, cost=cost, cost_unit=result.metric_label,
    )  # fmt: skip


def _of_tuning(study: Study, result: "CrossValidationResult") -> Finding:
    if result.tuning is not None:
        return _gap_finding(
            "OV-CV-05", result.tuning, knowing="Choosing by the same folds that score the choice",
            unit=study.metric.label, how="the search's own best score against tuning repeated in every fold",
            failed="Report the nested score: the search's own is the best of many tries, and part of it is luck.",
            passed="The search's own score is about what nested tuning confirms; report the nested one.",
        )  # fmt: skip
    nested = result.scheme("nested")
    if nested.status == "measured" and search_of(study.model) is not None and tuned_score(study) is None:
        claim = (
            f"The search was tuned by another metric than {result.metric_label}, so its own score can't be compared."
        )
        action = f"Tune by the metric that counts: give the search scoring={_scoring(study)!r}."
        return Finding(code="OV-CV-05", status="not_applicable", claim=claim, action=action)
    return _unmeasured("OV-CV-05", "What tuning flatters", result, ["nested"], "Pass a fitted search as model=.")


def _scoring(study: Study) -> str:
    """Return the metric's name as scikit-learn's searches spell it."""
    from sklearn.metrics import get_scorer_names

    known, name = get_scorer_names(), study.metric.name
    usual = {"rmse": "neg_root_mean_squared_error", "mae": "neg_mean_absolute_error", "mse": "neg_mean_squared_error",
             "mape": "neg_mean_absolute_percentage_error", "brier": "neg_brier_score", "mcc": "matthews_corrcoef"}  # fmt: skip
    spelled = usual.get(name, f"neg_{name}" if f"neg_{name}" in known else name)
    if spelled == "roc_auc" and study.task == "multiclass":
        return "roc_auc_ovr"
    return spelled
