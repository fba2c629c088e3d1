"""How a decision path looks: its conditions, and what became of the rows that took it, against the model's answer."""

from math import isfinite

from mlops_widgets.core.display import register
from mlops_widgets.core.words import Form
from mlops_widgets.explainability.local.decision_path import DecisionPathResult, PathRows
from mlops_widgets.ui.card import Axis, Card, Dots, Estimate, Mark, Table
from mlops_widgets.ui.figures import small_print


@register
def card_of_decision_path(result: DecisionPathResult) -> Card:
    """Return the conditions in words and a table, and the rows of each table that take the path."""
    first = result.findings[0]
    charts = _chart(result)
    return Card(
        headline=first.claim, status=first.status, charts=charts, findings=result.findings[1:], table=_table(result),
        action=first.action, small=small_print(result), reference=result.reference,
        empty="" if charts else f"There is no path to draw. {first.action}",
    )  # fmt: skip


def _chart(result: DecisionPathResult) -> tuple[Dots, ...]:
    parts = [part for part in result.parts if part.labelled]
    if not result.conditions or not parts:
        return ()
    form: Form = "percent" if result.share else "number"
    label = f"share with {result.outcome}" if result.share else f"mean {result.outcome}"
    marks = (Mark(value=result.answer, label="the model's answer"),) if isfinite(result.answer) else ()
    axis = Axis(label=label, form=form, lower=0.0 if result.share else None)
    return (Dots(rows=tuple(map(_row, parts)), axis=axis, marks=marks, title="The rows that take this path"),)


def _row(part: PathRows) -> Estimate:
    known = isfinite(part.lower)
    return Estimate(
        label=part.table, value=part.value, lower=part.lower if known else None, upper=part.upper if known else None,
        n=part.labelled, role="muted" if part.table == "reference" else "reference",
        note="the tree learned from them" if part.table == "reference" else "",
    )  # fmt: skip


def _table(result: DecisionPathResult) -> Table | None:
    if not result.conditions:
        return None
    return Table(columns=("column", "condition"), rows=tuple((each.column, each.text) for each in result.conditions))
