"""What the learning curve says in words: whether more rows would help."""

from typing import TYPE_CHECKING

from mlops_widgets.core.result import Finding, Status
from mlops_widgets.core.words import estimate, number
from mlops_widgets.measures.verdicts import judge

if TYPE_CHECKING:
    from mlops_widgets.overfitting.validation.learning_curve import LearningCurveResult


def find(result: "LearningCurveResult") -> tuple[Finding, ...]:
    """Return the finding: what the last doubling of the rows gained."""
    verdict = judge(result.gain_lower, result.gain_upper, margin=result.margin, n=result.rows, estimate=result.gain)
    status: Status = "warning" if verdict.status == "failed" else verdict.status
    before, last = (number(int(size), "integer") for size in result.sizes[-2:])
    said = f"from {before} to {last} rows gained {estimate(result.gain, result.gain_lower, result.gain_upper)} {result.metric_label}"
    margin = number(result.margin)
    more = result.available_rows > 1.5 * result.sizes[-1]
    claim = {
        "warning": f"More data would help: {said}, more than the margin of {margin}.",
        "passed": f"More data of the same kind would hardly help: {said}, within the margin of {margin}.",
        "not_enough_data": f"Whether more data would help can't be told: {said}; the margin is {margin}.",
    }[status]  # fmt: skip
    collect = "Learn from all rows first: raise max_fit_rows=." if more else "Collect more rows before tuning further."
    action = {
        "warning": collect,
        "passed": "Spend the effort on better features, or on rows of the kinds that the model gets wrong.",
        "not_enough_data": (
            f"Learn from all {result.available_rows:,} rows: max_fit_rows={result.available_rows} shows the next doubling."
            if more else f"{verdict.sentence} More repeats= narrow it too where refits differ by chance."
        ),
    }[status]  # fmt: skip
    finding = Finding(
        code="OV-LC-01", status=status, claim=claim, action=action, evidence={
            "gain": result.gain, "lower": result.gain_lower, "upper": result.gain_upper, "rows_before": int(result.sizes[-2]),
            "rows_after": int(result.sizes[-1]), "available_rows": result.available_rows, "margin": result.margin,
            "needed_rows": verdict.needed,
        },
        cost=max(result.gain, 0.0) if status == "warning" else None, cost_unit=result.metric_label,
    )  # fmt: skip
    return (finding,)
