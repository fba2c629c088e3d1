"""What the cost of mistakes says: findings OV-DE-01 to OV-DE-03."""

from typing import TYPE_CHECKING

import numpy as np

from mlops_widgets.core.result import Finding, Status
from mlops_widgets.core.words import estimate, number
from mlops_widgets.errors import listed
from mlops_widgets.measures.verdicts import judge
from mlops_widgets.overfitting.validation.decision_prices import price_text

if TYPE_CHECKING:
    from mlops_widgets.overfitting.validation.decisions import ThresholdResult

_UNIT = "price units a row"


def find(result: "ThresholdResult", *, groups: bool) -> tuple[Finding, ...]:
    """Return the findings: what moving saves, slices, and where calibrated probabilities would put the threshold."""
    return _moving(result), _slices(result, groups=groups), _ideal(result)


def prices_in_words(result: "ThresholdResult") -> str:
    """Return the prices that a claim is about."""
    if result.priced_by_row:
        return "at the prices in your table"
    a, b = price_text(result.false_positive_price), price_text(result.false_negative_price)
    if not result.prices_given:
        return "with both mistakes at the same price (nobody gave others)"
    return f"at {a} a false positive and {b} a false negative"


def threshold_text(result: "ThresholdResult", value: float) -> str:
    """Return a threshold with as many digits as tell neighbours apart."""
    span = float(result.thresholds[-1] - result.thresholds[0])
    return number(value, digits=int(np.clip(2 - np.floor(np.log10(span * 0.999)), 0, 6)) if span > 0 else 2)


def _range(result: "ThresholdResult") -> str:
    texts = [threshold_text(result, v) for v in (result.threshold, result.threshold_lower, result.threshold_upper)]
    return f"{texts[0]} [{texts[1]}, {texts[2]}]"


def _moving(result: "ThresholdResult") -> Finding:
    evidence: dict[str, float | int | str | bool | None] = {
        "threshold": result.threshold, "threshold_lower": result.threshold_lower, "threshold_upper": result.threshold_upper,
        "present": result.present, "cost": result.cost, "cost_present": result.cost_present, "gain": result.gain,
        "lower": result.gain_lower, "upper": result.gain_upper, "margin": result.margin, "rows": result.rows,
        "false_positive_price": result.false_positive_price, "false_negative_price": result.false_negative_price,
        "production_gain": result.production_gain, "production_lower": result.production_lower,
        "production_upper": result.production_upper, "production_rows": result.production_rows,
    }  # fmt: skip
    start = f"{prices_in_words(result)}, a threshold of {_range(result)} costs least"
    if np.isnan(result.present):
        return Finding(
            code="OV-DE-01", status="not_applicable", evidence=evidence,
            claim=f"{start}; which one is in use isn't known, so what moving saves can't be told.",
            action="Pass decision_threshold= to load_study.",
        )  # fmt: skip
    verdict = judge(result.gain_lower, result.gain_upper, margin=result.margin, n=result.rows, estimate=result.gain)
    saves = estimate(result.gain, result.gain_lower, result.gain_upper)
    present = threshold_text(result, result.present)
    if result.threshold_lower <= result.present <= result.threshold_upper and verdict.status != "failed":
        claim = f"{start}; your {present} can't be told from the best on these rows."
    else:
        claim = f"{start}; moving there from your {present} saves {saves} a row of {number(result.cost_present)}."
    refuted = verdict.status == "failed" and result.production_upper < 0
    failed: Status = "failed" if result.prices_given and not refuted else "warning"
    status = failed if verdict.status == "failed" else verdict.status
    if verdict.status == "failed":
        claim = f"{claim}{_in_production(result)}"
    return Finding(
        code="OV-DE-01", status=status, claim=claim, evidence=evidence,
        action=_REFUTED if refuted else _moving_action(result, verdict.status, verdict.sentence),
        cost=result.gain if status == "failed" else None, cost_unit=_UNIT,
    )  # fmt: skip


_REFUTED = "Don't move yet: find out what changed between the test and production, and choose on recent rows."


def _in_production(result: "ThresholdResult") -> str:
    """Return what the move would have saved in production, in a sentence."""
    if not result.production_rows or result.threshold == result.present:
        return ""
    saved = estimate(result.production_gain, result.production_lower, result.production_upper)
    return f" On {result.production_rows:,} labelled production rows, which chose nothing, that move saves {saved}."


def _moving_action(result: "ThresholdResult", status: str, sentence: str) -> str:
    own = (
        "" if result.prices_given else " First say what mistakes cost: false_positive_price= and false_negative_price=."
    )
    best = threshold_text(result, result.threshold)
    if status == "failed":
        return f"Decide at {best} from now on (load_study(decision_threshold={best}, …)), and look again when prices change.{own}"
    if status == "passed":
        return f"Keep the threshold; what could be saved is within the margin of {number(result.margin)} a row.{own}"
    return f"Keep the threshold until more rows tell. {sentence}{own}"


def _slices(result: "ThresholdResult", *, groups: bool) -> Finding:
    if not result.slices:
        return Finding(
            code="OV-DE-02", status="not_applicable",
            claim="No slice is large enough for a threshold of its own: none has 100 rows with 20 of either outcome.",
            action="Pass groups= with the columns whose levels matter, and more rows.",
        )  # fmt: skip
    apart = [each for each in result.slices if not each.lower <= result.threshold <= each.upper]
    evidence: dict[str, float | int | str | bool | None] = {
        "slices": len(result.slices),
        "apart": len(apart),
        "threshold": result.threshold,
    }
    if not apart:
        return Finding(
            code="OV-DE-02", status="passed", evidence=evidence,
            claim=f"One threshold fits all {len(result.slices)} slices looked at, as far as their rows can tell.",
            action="Keep one threshold for everybody.",
        )  # fmt: skip
    told = listed((f"{each.name} ({threshold_text(result, each.threshold)})" for each in apart), most=4)
    lawful = (
        " A threshold of their own for protected groups may be unlawful: look for what the model misses about them first."
        if groups
        else ""
    )
    return Finding(
        code="OV-DE-02", status="warning", evidence=evidence,
        claim=f"{len(apart)} of {len(result.slices)} slices would be cheaper at another threshold: {told}.",
        action=f"Find out why scores mean something else there; calibration by slice is the usual reason.{lawful}",
    )  # fmt: skip


def _ideal(result: "ThresholdResult") -> Finding:
    if np.isnan(result.ideal):
        why = "prices differ by row" if result.priced_by_row else "the scores are no probabilities"
        return Finding(
            code="OV-DE-03", status="not_applicable",
            claim=f"Where calibrated probabilities would put the threshold can't be said: {why}.",
            action="Pass a model with probabilities, and one price for each mistake.",
        )  # fmt: skip
    evidence: dict[str, float | int | str | bool | None] = {
        "ideal": result.ideal, "lower": result.threshold_lower, "upper": result.threshold_upper
    }  # fmt: skip
    ideal = threshold_text(result, result.ideal)
    if result.threshold_lower <= result.ideal <= result.threshold_upper:
        return Finding(
            code="OV-DE-03", status="passed", evidence=evidence,
            claim=f"Calibrated probabilities would put the threshold at {ideal}; the rows agree.",
            action="When prices change, the threshold may follow them: false positive price over the sum of both.",
        )  # fmt: skip
    return Finding(
        code="OV-DE-03", status="warning", evidence=evidence,
        claim=f"Calibrated probabilities would put the threshold at {ideal}; on these rows {_range(result)} costs least.",
        action="Don't derive thresholds from these probabilities: see measure_calibration.",
    )  # fmt: skip
