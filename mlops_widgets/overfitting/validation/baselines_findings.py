"""What the baselines say in words: whether the model is worth having beside what costs nothing."""

from dataclasses import replace
from typing import TYPE_CHECKING

from mlops_widgets.core.result import Finding, Status
from mlops_widgets.core.words import estimate, number
from mlops_widgets.measures.verdicts import judge

if TYPE_CHECKING:
    from mlops_widgets.overfitting.validation.baselines import Baseline, BaselineResult

_CODES = {
    "constant": "OV-BL-02", "one_feature": "OV-BL-03", "linear": "OV-BL-04", "last_value": "OV-BL-05",
    "last_period": "OV-BL-06", "calendar": "OV-BL-07",
}  # fmt: skip
_USE = {
    "constant": "Look for a bug in features, labels or the join before anything else: a model that can't beat a constant learned nothing.",
    "one_feature": "Put that feature's small tree into production in its place, or find out why the other features add nothing.",
    "linear": "Prefer the linear model: it is easier to explain, to check and to keep.",
    "last_value": "Put the last known value into production in its place, or give the model that value as a feature.",
    "last_period": "Put the last period's mean into production in its place, or give the model that mean as a feature.",
    "calendar": "Put the calendar's means into production in their place, or give the model weekday and hour as features.",
}  # fmt: skip


def find(result: "BaselineResult") -> "BaselineResult":
    """Return the result with its findings: the strongest baseline first, then each of them."""
    strongest = result.strongest
    others = sorted((_of(result, each, _CODES[each.name]) for each in result.baselines), key=lambda each: each.order)
    return replace(result, findings=(_of(result, strongest, "OV-BL-01", leading=True), *others))


def _of(result: "BaselineResult", each: "Baseline", code: str, *, leading: bool = False) -> Finding:
    # The advantage is judged as a harm of going without the model: failed there means that it is worth having.
    verdict = judge(each.gain_lower, each.gain_upper, margin=result.margin, n=result.rows, estimate=each.gain)
    status: Status = {"failed": "passed", "passed": "failed"}.get(verdict.status, "not_enough_data")  # type: ignore[assignment]  # statuses all
    if status == "failed" and each.name == "linear" and each.gain_lower > -result.margin:
        status = "warning"  # as good as a linear model is no fault, and the linear one is cheaper
    which = f"the strongest baseline ({each.label})" if leading else _named(each)
    said = estimate(each.gain, each.gain_lower, each.gain_upper)
    scores = f"{number(result.value)} against {number(each.value)} {result.metric_label} on {result.table}"
    worse = f"The model is worse than {which} by {estimate(-each.gain, -each.gain_upper, -each.gain_lower)}: {scores}."
    claim = worse if each.gain_upper < 0 else {
        "passed": f"The model beats {which} by {said}: {scores}.",
        "failed": f"The model isn't better than {which} by what matters: its advantage is {said}, the margin {number(result.margin)}; {scores}.",
        "warning": f"The model isn't better than {which} by what matters: its advantage is {said}, the margin {number(result.margin)}; {scores}.",
        "not_enough_data": f"Whether the model beats {which} by what matters can't be told: its advantage is {said}, the margin {number(result.margin)}; {scores}.",
    }[status]  # fmt: skip
    action = {"passed": "Keep this comparison beside every new version of the model.",
              "not_enough_data": f"{verdict.sentence} Until then the simple model is the safer choice."}.get(status, _USE[each.name])  # fmt: skip
    return Finding(
        code=code, status=status, claim=claim, action=action, evidence={
            "baseline": each.name, "model": result.value, "value": each.value, "gain": each.gain, "lower": each.gain_lower,
            "upper": each.gain_upper, "margin": result.margin, "rows": result.rows, "needed_rows": verdict.needed,
        },
        cost=max(0.0, result.margin - each.gain) if status in {"failed", "warning"} else None, cost_unit=result.metric_label,
    )  # fmt: skip


def _named(each: "Baseline") -> str:
    return {"one_feature": each.label, "constant": "a constant answer", "linear": f"a {each.label}"}.get(
        each.name, each.label
    )
