"""How cross-validation looks: one dot a scheme, the recommended one in colour, the study's test as a line."""

from math import isfinite

from mlops_widgets.core.display import register
from mlops_widgets.core.words import estimate as written
from mlops_widgets.core.words import number
from mlops_widgets.overfitting.validation.cross_validation import CrossValidationResult
from mlops_widgets.overfitting.validation.folds.schemes import SchemeScore
from mlops_widgets.ui.card import Axis, Card, Dots, Estimate, Mark, Table
from mlops_widgets.ui.figures import small_print


@register
def card_of_cross_validation(result: CrossValidationResult) -> Card:
    """Return the schemes as dots with intervals, beside the score on the study's test."""
    measured = [scheme for scheme in result.schemes if scheme.status == "measured"]
    test = result.held_out
    marks = () if test is None else (Mark(value=test.value, label=f"test {number(test.value)}"),)
    dots = Dots(
        rows=tuple(_dot(scheme, result.rows) for scheme in sorted(measured, key=lambda scheme: not scheme.recommended)),
        axis=Axis(label=f"{result.metric_label}, mean over folds"), marks=marks, title="What each split says",
    )  # fmt: skip
    first = result.findings[0]
    return Card(
        headline=first.claim, status=first.status, summary=f"Recommended: {result.recommended.label}. {result.reason}",
        charts=(dots,), findings=result.findings[1:], table=_table(result), action=first.action, small=_small(result),
        reference=result.reference,
    )  # fmt: skip


def _dot(scheme: SchemeScore, rows: int) -> Estimate:
    bounded = isfinite(scheme.lower) and isfinite(scheme.upper)
    return Estimate(
        label=scheme.label, value=scheme.value, lower=scheme.lower if bounded else None,
        upper=scheme.upper if bounded else None, n=min(rows, round(scheme.test_rows * scheme.folds)),
        role="accent" if scheme.recommended else "reference", note="recommended" if scheme.recommended else "",
    )  # fmt: skip


def _table(result: CrossValidationResult) -> Table:
    columns = (
        "scheme",
        result.metric_label,
        "folds",
        "rows learned from",
        "rows tested",
        "interval, or why there is none",
    )
    return Table(
        columns=columns, rows=tuple(_row(scheme, result.rows) for scheme in result.schemes), caption="One row a scheme."
    )


def _row(scheme: SchemeScore, rows: int) -> tuple[str, ...]:
    label = f"{scheme.label} (recommended)" if scheme.recommended else scheme.label
    if scheme.status != "measured":
        why = {"not_applicable": f"not applicable: {scheme.missing}", "not_run": "not asked for"}
        return label, "–", "–", "–", "–", why.get(scheme.status, scheme.missing)
    dot = _dot(scheme, rows)
    return (
        label, written(scheme.value, dot.lower, dot.upper), str(scheme.folds), number(scheme.train_rows, "integer"),
        number(scheme.test_rows, "integer"), scheme.method,
    )  # fmt: skip


def _small(result: CrossValidationResult) -> str:
    sampled = "training rows are a sample of the reference" if result.sampled else ""
    means = "rows learned from and tested are means a fold"
    return small_print(result, sampled, means, f"margin {number(result.margin)}")
