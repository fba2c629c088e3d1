"""What a comparison of SHAP and LIME says, in words."""

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from mlops_widgets.core.result import Finding, Status
from mlops_widgets.core.words import estimate, known, number
from mlops_widgets.explainability.trust.agreement_verdicts import Cause, Measured

if TYPE_CHECKING:
    from mlops_widgets.explainability.trust.agreement import MethodComparison

_ACTIONS = {
    "scale": "Ask both about the same scale, and say which it is.",
    "baseline": "Say against what a contribution counts: SHAP's against the average row, LIME's against the other ranges.",
    "ranges": "Read LIME's weights as being of the row's range, not of its value; SHAP's are of the value.",
    "correlated columns": "Put the columns that go together into groups= and read them as one.",
    "interaction": "Neither number is a column's own: look at the interactions with mw.explainability.find_interactions(study).",
    "instability": "Draw more samples, such as samples=20_000, before comparing.",
}
_NO_CAUSE = (
    "Name only columns that both methods name, and look at the model with measure_effects before telling anyone."
)


def find(result: "MethodComparison") -> "MethodComparison":
    """Return the comparison with its findings."""
    return replace(result, findings=(_agreement(result), *_causes(result), _again(result), _fit(result)))


def _agreement(result: "MethodComparison") -> Finding:
    found, cause = result.agreement, result.cause
    status = _status(found, result.agree)
    share = estimate(found.value, known(found.lower), known(found.upper), "percent")
    rows = f"{len(result.row_names):,} rows" if len(result.row_names) > 1 else result.row_names[0]
    said = f"SHAP and LIME name {share} of the {_leading(result)} with the same sign, over {rows}"
    if np.isnan(found.value):
        said, status = f"Neither method finds a column that moves the model's answer, over {rows}", "not_enough_data"
    elif status != "passed":
        said += f"; {_because(cause)}"
    return Finding(
        code="EX-CM-01", status=status, claim=f"{said}.", action="" if status == "passed" else _action(cause),
        evidence={
            "agreement": known(found.value), "lower": known(found.lower), "upper": known(found.upper), "margin": result.agree,
            "chance": result.chance, **{each.name: known(each.value) for each in result.measured},
            "cause": cause.name if cause else None,
        },
    )  # fmt: skip


def _leading(result: "MethodComparison") -> str:
    return "leading column" if result.top == 1 else f"{result.top} leading columns"


def _status(found: Measured, agree: float) -> Status:
    if found.lower >= agree:
        return "passed"
    return "warning" if found.upper < agree else "not_enough_data"


def _because(cause: Cause | None) -> str:
    if cause is None:
        return "removing any one difference between them adds no agreement beyond noise"
    return f"most of it comes back when {cause.removed}: {number(cause.agreement.value, 'percent')}" if _most(cause) else (
        f"{number(cause.agreement.value, 'percent')} when {cause.removed}"
    )  # fmt: skip


def _most(cause: Cause) -> bool:
    before = cause.agreement.value - cause.gain.value
    return cause.gain.value > (1 - before) / 2


def _action(cause: Cause | None) -> str:
    return _NO_CAUSE if cause is None else _ACTIONS[cause.name]


def _causes(result: "MethodComparison") -> tuple[Finding, ...]:
    tried = [cause for cause in result.causes if cause.tried]
    if not tried or np.isnan(result.agreement.value):
        return ()
    before = number(result.agreement.value, "percent")
    told = [f"{cause.name} {_gain(cause)}" for cause in tried]
    cause, agree = result.cause, _status(result.agreement, result.agree) == "passed"
    claim = f"Gains in agreement when one difference is removed: {', '.join(told)}."
    if cause is not None:
        claim = f"{before} → {number(cause.agreement.value, 'percent')} when {cause.removed}. {claim}"
    return (
        Finding(
            code="EX-CM-02", status="passed" if cause or agree else "not_enough_data", claim=claim,
            action="" if agree else _action(cause),
            evidence={each.name: known(each.gain.value) for each in tried}
            | {f"{each.name}, lower": known(each.gain.lower) for each in tried},
        ),
    )  # fmt: skip


def _gain(cause: Cause) -> str:
    return estimate(cause.gain.value, known(cause.gain.lower), known(cause.gain.upper), "percent")


def _again(result: "MethodComparison") -> Finding:
    lime, shap = result.lime_again, result.shap_again
    status: Status = "not_enough_data" if np.isnan(lime.lower) else "passed" if min(lime.lower, shap.lower) >= result.agree else "warning"  # fmt: skip
    exact = (
        "SHAP's are exact for this baseline" if shap.lower == shap.upper == 1 else f"two runs of SHAP on {_in(shap)}"
    )
    return Finding(
        code="EX-CM-03", status=status,
        claim=f"Two runs of LIME agree on {_in(lime)} of the leading columns and signs; {exact}. Two methods can't agree better.",
        evidence={"lime": known(lime.value), "lime_lower": known(lime.lower), "shap": known(shap.value), "margin": result.agree},
        action="" if status == "passed" else _ACTIONS["instability"],
    )  # fmt: skip


def _in(found: Measured) -> str:
    return estimate(found.value, known(found.lower), known(found.upper), "percent")


def _fit(result: "MethodComparison") -> Finding:
    r2 = result.r2[np.isfinite(result.r2)]
    if not len(r2):
        return Finding(
            code="EX-CM-04", status="not_applicable", claim="The model's answers don't vary around these rows."
        )
    return Finding(
        code="EX-CM-04", status="passed",
        claim=f"LIME's surrogates explain {number(max(float(np.median(r2)), 0.0), 'percent')} (R², median over rows) of how the "
        "answers vary around a row: told, and no reason to believe or disbelieve them.",
        evidence={"r2": float(np.median(r2)), "least": float(r2.min())},
    )  # fmt: skip
