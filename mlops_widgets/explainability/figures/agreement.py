"""The card of the comparison of SHAP and LIME: how far they agree, what makes the difference, and one row by both."""

import numpy as np

from mlops_widgets.core.display import register
from mlops_widgets.core.words import Form, known, number
from mlops_widgets.explainability.trust.agreement import MethodComparison
from mlops_widgets.explainability.trust.agreement_verdicts import Cause, Measured
from mlops_widgets.ui.card import Axis, Bars, Card, Chart, Dots, Estimate, Mark, Role, Table
from mlops_widgets.ui.figures import small_print

_MEASURES = {
    "feature": "same leading columns", "sign": "… with the same sign", "rank": "… in the same place",
}  # fmt: skip
_WITHOUT = {
    "scale": "on another scale", "baseline": "with one baseline", "ranges": "numbers, not ranges",
    "correlated columns": "correlated ones as one", "interaction": "without interactions", "instability": "with more samples",
}  # fmt: skip
_MOST_COLUMNS = 10
_MOST_TABLE_ROWS = 50


@register
def card_of_comparison(result: MethodComparison) -> Card:
    """Return what removing each difference does, agreement by each measure, and the row on which they differ most."""
    causes = _causes(result)
    charts: list[Chart] = [*([causes] if causes.rows else []), _agreement(result), _row(result)]
    first = result.findings[0]
    return Card(
        headline=result.headline, status=result.status, charts=tuple(charts), findings=result.findings[1:], table=_table(result),
        action=first.action, small=small_print(result, of=result.table), reference=result.reference,
    )  # fmt: skip


def _causes(result: MethodComparison) -> Dots:
    before = result.agreement.value
    rows = tuple(_cause(cause) for cause in result.causes if cause.tried)
    return Dots(
        rows=rows, axis=_axis(), marks=(Mark(value=before, label=f"as they are: {number(before, 'percent')}"),) if rows else (),
        title="Agreement with one difference removed",
    )  # fmt: skip


def _cause(cause: Cause) -> Estimate:
    role: Role = "good" if cause.explains else "muted"
    return _estimate(cause.agreement, _WITHOUT[cause.name], role)


def _agreement(result: MethodComparison) -> Bars:
    rows = [
        _estimate(each, _MEASURES[each.name], "accent" if each.name == "sign" else "reference")
        for each in result.measured
        if each.name in _MEASURES
    ]
    rows.append(_estimate(result.lime_again, "LIME with itself, signed", "muted"))
    return Bars(
        rows=tuple(rows), axis=_axis(),
        marks=(
            Mark(value=result.chance, label=f"by chance {number(result.chance, 'percent')}"),
            Mark(value=result.agree, label="they agree from here", role="good"),
        ),
        title="The leading columns by SHAP and LIME",
    )  # fmt: skip


def _axis() -> Axis:
    return Axis(label="share of the leading columns", form="percent", lower=0.0, upper=1.0)


def _estimate(found: Measured, label: str, role: Role) -> Estimate:
    lower, upper = known(found.lower), known(found.upper)
    return Estimate(
        label=label, value=found.value, lower=None if lower is None else max(lower, 0.0),
        upper=None if upper is None else min(upper, 1.0), role=role,
    )  # fmt: skip


def _row(result: MethodComparison) -> Dots:
    """Return both methods on one axis for the first row that was named, else for the one on which they agree least."""
    row = 0 if result.named else int(np.argmin(np.nan_to_num(result.sign, nan=np.inf)))
    shap, lime = result.shap[row], result.lime[row]
    order = np.argsort(-np.maximum(np.abs(shap), np.abs(lime)), kind="stable")[:_MOST_COLUMNS]
    least = "" if result.named or len(result.row_names) == 1 else ", where they agree least"
    scale = (
        result.scale if result.scale == result.lime_scale else f"{result.scale} (SHAP) and {result.lime_scale} (LIME)"
    )
    return Dots(
        rows=tuple(Estimate(label=result.columns[k], value=float(shap[k]), role="reference") for k in order),
        others=tuple(Estimate(label=result.columns[k], value=float(lime[k]), role="accent") for k in order),
        labels=("SHAP", "LIME"), axis=Axis(label=f"contribution to {scale}"), marks=(Mark(value=0.0, label="nothing"),),
        title=f"{result.row_names[row]}{least}",
    )  # fmt: skip


def _table(result: MethodComparison) -> Table:
    rows = tuple(
        tuple(["–" if np.isnan(value) else number(value, form) for value, form in _numbers(result, k)])
        for k in range(min(len(result.row_names), _MOST_TABLE_ROWS))
    )
    named = tuple((name, *row) for name, row in zip(result.row_names, rows, strict=False))
    return Table(
        columns=("row", "same columns", "same sign", "same place", "rank correlation", "LIME's R²"), rows=named
    )


def _numbers(result: MethodComparison, row: int) -> list[tuple[float, Form]]:
    shares: list[tuple[float, Form]] = [(float(each[row]), "percent") for each in (result.feature, result.sign, result.rank)]  # fmt: skip
    return [*shares, (float(result.correlation[row]), "number"), (float(result.r2[row]), "percent")]
