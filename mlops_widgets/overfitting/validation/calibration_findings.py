"""What reliability curves say: findings OV-CA-01 to OV-CA-04."""

from typing import TYPE_CHECKING

import numpy as np

from mlops_widgets.core.result import Finding, Status
from mlops_widgets.core.words import Form, estimate, number, p_words
from mlops_widgets.measures.verdicts import Verdict, judge

if TYPE_CHECKING:
    from mlops_widgets.overfitting.validation.calibration import CalibrationResult, Reliability

SLOPE_MARGIN = 0.2
"""A slope within .8 to 1.2 leaves a probability of 10 % between 7 and 15 %."""
_LEVEL = 0.05


def find(result: "CalibrationResult") -> tuple[Finding, ...]:
    """Return the findings, failed ones first."""
    test, *later = result.tables
    found = [_gap(result, test, "OV-CA-01"), _bias(result, test), _slope(test)]
    found += [_gap(result, each, "OV-CA-04") for each in later]
    # A model calibrated on an old test is no good news while production says otherwise: what failed leads.
    return tuple(sorted(found, key=lambda finding: finding.status != "failed"))


def form_of(result: "CalibrationResult") -> Form:
    """Return how forecasts are written: probabilities as percents."""
    return "number" if result.task == "regression" else "percent"


def _points(result: "CalibrationResult", value: float, lower: float, upper: float) -> str:
    """Return a distance: percentage points for probabilities, the target's unit else."""
    if result.task == "regression":
        return estimate(value, lower, upper)
    text = estimate(100 * value, 100 * lower, 100 * upper)
    return f"{text} percentage points" if np.isfinite(value) else "–"


def _where(each: "Reliability") -> str:
    return "in production" if each.table == "production" else f"on the {each.table}"


def _promise(result: "CalibrationResult", each: "Reliability") -> str:
    """Return what was forecast on average and what came, in a clause."""
    digits = 1 if form_of(result) == "percent" else None
    forecast, came = (
        number(value, form_of(result), digits=digits) for value in (each.forecast_mean, each.observed_mean)
    )
    if result.task == "regression":
        return f"the model forecast {forecast} on average and {came} came"
    if result.task == "multiclass":
        return f"the model was {forecast} sure of its class on average and right in {came}"
    return f"the model promised {forecast} on average and {came} came true"


def _judged(each: "Reliability") -> tuple[Status, Verdict]:
    """Return the verdict on the gap: failed needs the region beyond the margin and the CORP test against calibration."""
    verdict = judge(each.gap_lower, each.gap_upper, margin=each.margin, n=each.rows, estimate=each.gap)
    if verdict.status == "failed" and each.p_value >= _LEVEL:
        return "not_enough_data", verdict
    if verdict.status == "passed" and beyond_chance(each) > each.margin and each.p_value < _LEVEL:
        return "warning", verdict
    return verdict.status, verdict


def beyond_chance(each: "Reliability") -> float:
    """Return the root of the miscalibration that chance doesn't explain: a distance as of the gap, of any shape."""
    return float(np.sqrt(max(0.0, each.parts.miscalibration - each.chance)))


def _gap(result: "CalibrationResult", each: "Reliability", code: str) -> Finding:
    status, verdict = _judged(each)
    name = _where(each)[0].upper() + _where(each)[1:]
    if not np.isfinite(each.gap):
        claim = f"{name} {_promise(result, each)}; the forecasts or outcomes don't vary enough for a curve."
    else:
        off = _points(result, each.gap, each.gap_lower, each.gap_upper)
        claim = f"{name} {_promise(result, each)}; a forecast is typically {off} from the average outcome of rows forecast alike."
    if status == "warning":
        claim = claim[:-1] + (
            f", and the curve bends by {_points(result, beyond_chance(each), np.nan, np.nan)} where no straight line sees it."
        )
    return Finding(
        code=code, status=status, claim=claim, evidence=_evidence(each), action=_gap_action(result, each, status, verdict),
        cost=max(each.parts.miscalibration - each.chance, 0.0) if status == "failed" else None,
        cost_unit="squared error" if result.task == "regression" else "Brier score",
    )  # fmt: skip


def _evidence(each: "Reliability") -> dict[str, float | int | str | bool | None]:
    return {
        "gap": each.gap, "lower": each.gap_lower, "upper": each.gap_upper, "margin": each.margin, "p_value": each.p_value,
        "miscalibration": each.parts.miscalibration, "chance": each.chance,
        "discrimination": each.parts.discrimination, "uncertainty": each.parts.uncertainty, "score": each.parts.score,
        "rows": each.rows, "events": each.events, "units": each.units,
    }  # fmt: skip


def _gap_action(result: "CalibrationResult", each: "Reliability", status: Status, verdict: Verdict) -> str:
    if status in {"failed", "warning"}:
        rows = (
            "recent labelled production rows"
            if each.table == "production"
            else "rows that neither trained nor tested it"
        )
        how = (
            "regress the outcome on the prediction"
            if result.task == "regression"
            else "CalibratedClassifierCV(FrozenEstimator(model), method='isotonic')"
        )
        return f"Recalibrate on {rows} ({how}) and measure again; until then don't multiply these numbers by money."
    if status == "passed":
        return "The forecasts may be read as they are; measure again when production's labels come."
    if not np.isfinite(each.gap):
        return "Collect rows of both outcomes, with forecasts that differ."
    what = "forecasts" if result.task == "regression" else "probabilities"
    if verdict.status == "failed":
        return (
            f"Don't act on single {what} yet: the best straight correction lies beyond the margin, but the whole curve could "
            f"still be chance ({p_words(each.p_value)}). Measure again with more rows."
        )
    return f"Don't act on single {what} yet. {verdict.sentence}"


def _bias(result: "CalibrationResult", each: "Reliability") -> Finding:
    lower, upper = max(each.bias_lower, -each.bias_upper), max(each.bias_upper, -each.bias_lower)
    verdict = judge(lower, upper, margin=each.margin, n=each.rows, estimate=abs(each.bias))
    side = "low" if each.bias > 0 else "high"
    low, high = (each.bias_lower, each.bias_upper) if each.bias > 0 else (-each.bias_upper, -each.bias_lower)
    off = _points(result, abs(each.bias), low, high)
    claim = f"On average the forecasts {_where(each)} are {off} too {side}."
    action = {
        "failed": "Shift or recalibrate the forecasts: totals made of them, such as expected losses, are off by as much.",
        "passed": "Totals made of these forecasts can be trusted within the margin.",
        "not_enough_data": f"Don't budget by the sum of the forecasts yet. {verdict.sentence}",
    }[verdict.status]
    evidence = {
        "bias": each.bias, "lower": each.bias_lower, "upper": each.bias_upper, "margin": each.margin, "rows": each.rows
    }  # fmt: skip
    return Finding(code="OV-CA-02", status=verdict.status, claim=claim, evidence=dict(evidence), action=action)


def _slope(each: "Reliability") -> Finding:
    if not np.isfinite(each.slope):
        return Finding(
            code="OV-CA-03", status="not_enough_data", claim=f"No slope of calibration can be given {_where(each)}.",
            action="Collect rows of both outcomes, with forecasts that differ.",
        )  # fmt: skip
    lower, upper = each.slope_lower - 1, each.slope_upper - 1
    verdict = judge(
        max(lower, -upper), max(upper, -lower), margin=SLOPE_MARGIN, n=each.rows, estimate=abs(each.slope - 1)
    )
    status: Status = "warning" if verdict.status == "failed" else verdict.status
    said = estimate(each.slope, each.slope_lower, each.slope_upper)
    extreme = "too extreme" if each.slope < 1 else "too timid"
    claim = {
        "warning": f"The forecasts are {extreme}: their calibration slope {_where(each)} is {said}, 1 being right.",
        "passed": f"The forecasts are neither too extreme nor too timid: their calibration slope {_where(each)} is {said}.",
    }.get(status, f"Whether forecasts are too extreme or too timid can't be told: the slope {_where(each)} is {said}.")
    action = {
        "warning": (
            "Recalibrate; forecasts too extreme are what overfitting leaves, so try more regularisation too."
            if each.slope < 1
            else "Recalibrate; forecasts too timid are what averaging and strong regularisation leave."
        ),
        "passed": "Keep the forecasts' spread as it is.",
    }.get(status, verdict.sentence)
    evidence = {
        "slope": each.slope, "lower": each.slope_lower, "upper": each.slope_upper, "margin": SLOPE_MARGIN, "rows": each.rows
    }  # fmt: skip
    return Finding(code="OV-CA-03", status=status, claim=claim, evidence=dict(evidence), action=action)
