"""What the validation curve says in words: whether the user's value stands well, and whether a simpler one would do."""

from typing import TYPE_CHECKING

from mlops_widgets.core.result import Finding, Status
from mlops_widgets.core.words import estimate, number
from mlops_widgets.measures.verdicts import judge

if TYPE_CHECKING:
    from mlops_widgets.overfitting.validation.validation_curve import ValidationCurveResult


def find(result: "ValidationCurveResult") -> tuple[Finding, ...]:
    """Return the findings: the user's value, the ends of what was tried, and the one-standard-error choice."""
    return _own(result), _ends(result), *_simpler(result)


def _own(result: "ValidationCurveResult") -> Finding:
    best = f"{result.parameter}={result.labels[result.best]}"
    if result.own < 0:
        return Finding(
            code="OV-VC-01", status="not_applicable", action="Read the curve: it says what each value scores.",
            claim=f"The model's own {result.parameter} is no number among those tried; {best} scores best.",
        )  # fmt: skip
    own = f"{result.parameter}={result.labels[result.own]}"
    verdict = judge(result.loss_lower, result.loss_upper, margin=result.margin, n=result.rows, estimate=result.loss)
    status: Status = "warning" if verdict.status == "failed" else verdict.status
    said = estimate(result.loss, result.loss_lower, result.loss_upper)
    lost = f"{said} {result.metric_label} worse on unseen folds than {best}, the best tried"
    margin = number(result.margin)
    stands = "it is the best tried" if result.own == result.best else f"it is {lost}, within the margin of {margin}"
    claim = {
        "warning": f"Your {own} costs more than the margin of {margin}: it is {lost}.",
        "passed": f"Your {own} stands well: {stands}.",
        "not_enough_data": f"Whether your {own} costs more than the margin of {margin} can't be told: it is {lost}.",
    }[status]  # fmt: skip
    fewer = result.available_rows > 1.5 * result.rows
    again = f"Measured on {result.rows:,} of {result.available_rows:,} rows, and fewer rows favour simpler models: repeat with max_fit_rows={result.available_rows}, then refit with the best"
    action = {
        "warning": f"{again if fewer else f'Refit with {best}'}, and confirm it on rows that chose nothing.",
        "passed": "Don't tune it further for the score's sake: that would fit the folds.",
        "not_enough_data": f"{verdict.sentence} {'Raise max_fit_rows= before changing it.' if fewer else 'Keep it until more training rows tell.'}",
    }[status]  # fmt: skip
    return Finding(
        code="OV-VC-01", status=status, claim=claim, action=action, evidence={
            "parameter": result.path, "own": result.labels[result.own], "best": result.labels[result.best], "loss": result.loss,
            "lower": result.loss_lower, "upper": result.loss_upper, "margin": result.margin, "rows": result.rows,
        },
        cost=max(result.loss, 0.0) if status == "warning" else None, cost_unit=result.metric_label,
    )  # fmt: skip


def _ends(result: "ValidationCurveResult") -> Finding:
    last = len(result.labels) - 1
    best = f"{result.parameter}={result.labels[result.best]}"
    tried = f"{result.labels[0]} to {result.labels[-1]}"
    if result.best not in {0, last} or result.own == result.best:
        claim = f"The best value tried, {best}, is what the model has." if result.own == result.best else (
            f"The best value tried, {best}, lies inside the range tried ({tried})."
        )  # fmt: skip
        return Finding(code="OV-VC-02", status="passed", claim=claim)
    side = "lower" if result.best == 0 else "higher"
    return Finding(
        code="OV-VC-02", status="warning", claim=f"The best value tried, {best}, is at the end of the range ({tried}): the best may lie beyond.",
        action=f"Try {side} values: values=[…] with some {side} than {result.labels[result.best]}.",
        evidence={"best": result.labels[result.best], "lowest": result.labels[0], "highest": result.labels[-1]},
    )  # fmt: skip


def _simpler(result: "ValidationCurveResult") -> tuple[Finding, ...]:
    if result.chosen < 0 or result.own < 0:
        return ()
    chosen, own = result.labels[result.chosen], result.labels[result.own]
    evidence: dict[str, float | int | str | bool | None] = {
        "chosen": chosen,
        "own": own,
        "best": result.labels[result.best],
        "error": result.error,
    }
    simpler = result.chosen < result.own if result.simple == "low" else result.chosen > result.own
    if result.chosen == result.best:
        claim = f"A simpler {result.parameter}={chosen} than yours ({own}) is the best tried."
    else:
        claim = f"A simpler {result.parameter}={chosen} is as good as the best to within one standard error; yours is {own}."
    if not simpler:
        return (
            Finding(code="OV-VC-03", status="passed", evidence=evidence, claim=f"No simpler {result.parameter} than yours ({own}) is as good to within one standard error of the best."),
        )  # fmt: skip
    return (
        Finding(
            code="OV-VC-03", status="warning", evidence=evidence,
            claim=claim,
            action=f"Prefer {result.parameter}={chosen} if a simpler model is worth something: it follows its rows less closely.",
        ),
    )  # fmt: skip
