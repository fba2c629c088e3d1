"""The card of the audit: how far each column moves the answer in real rows, and in rows that explainers make."""

from mlops_widgets.core.display import register
from mlops_widgets.core.words import known, number
from mlops_widgets.explainability.trust.manipulation import ManipulationAudit
from mlops_widgets.explainability.trust.manipulation_verdicts import FlippedColumn
from mlops_widgets.ui.card import Axis, Card, Dots, Estimate, Mark, Role, Table
from mlops_widgets.ui.figures import small_print

_MOST_LINES = 15
_SAID = {
    "hidden": "■ hidden from explainers", "shown": "▲ shown to explainers alone", "alike": "● alike", "open": "◇ not enough data",
    "small": "● hardly matters",
}  # fmt: skip


@register
def card_of_audit(result: ManipulationAudit) -> Card:
    """Return each column's exchanges in real rows and in the made rows that differ most."""
    shown = [column for column in result.columns if column.rows][:_MOST_LINES]
    first = result.findings[0]
    return Card(
        headline=result.headline, status=result.status, charts=(_dots(result, shown),) if shown else (),
        findings=result.findings[1:], table=_table(result), action=first.action,
        small=small_print(result, of=result.table), reference=result.reference,
        empty="" if shown else "No column could be exchanged between near neighbours.",
    )  # fmt: skip


def _dots(result: ManipulationAudit, shown: list[FlippedColumn]) -> Dots:
    matters = result.matters * result.spread
    return Dots(
        rows=tuple(_real(column) for column in shown), others=tuple(_made(column) for column in shown),
        labels=("in real rows", "where explainers ask"),
        axis=Axis(label=f"change of {result.scale}", lower=0.0),
        marks=(Mark(value=matters, label="matters from here"),), title="The same exchange in real rows and in made ones",
    )  # fmt: skip


def _real(column: FlippedColumn) -> Estimate:
    role: Role = "bad" if column.verdict == "hidden" else "reference"
    name = f"{column.column} (group)" if column.group else column.column
    return Estimate(
        label=name,
        value=column.real,
        lower=known(column.real_lower),
        upper=known(column.real_upper),
        n=column.rows,
        role=role,
    )


def _made(column: FlippedColumn) -> Estimate:
    each = column.widest
    return Estimate(
        label=column.column, value=each.made, lower=known(each.made_lower), upper=known(each.made_upper), role="accent"
    )


def _table(result: ManipulationAudit) -> Table:
    rows = tuple(
        (
            column.column, _SAID[column.verdict], f"{column.rows:,}", number(column.real),
            *(number(each.made) for each in column.compared), number(column.attribution, "percent"),
        )
        for column in result.columns
    )  # fmt: skip
    kinds = tuple(each.kind for column in result.columns[:1] for each in column.compared)
    return Table(columns=("column", "verdict", "rows", "real rows", *kinds, "share of SHAP"), rows=rows)
