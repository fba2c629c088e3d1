"""The card of the search for shortcuts: what each column counts for in test and production, and what the suspects are worth."""

from mlops_widgets.core.display import register
from mlops_widgets.core.words import estimate, known, number
from mlops_widgets.explainability.trust.shortcuts import ShortcutResult
from mlops_widgets.explainability.trust.shortcuts_verdicts import ShortcutColumn, Span
from mlops_widgets.ui.card import Axis, Card, Chart, Dots, Estimate, Mark, Role, Slope, SlopeRow, Table
from mlops_widgets.ui.figures import small_print

_MOST_LINES = 15
_MOST_SHARES = 6
_MOST_NAMED = 5
_ROLES: dict[str, Role] = {"confirmed": "bad", "suspected": "warning", "open": "reference", "cleared": "muted"}


@register
def card_of_shortcuts(result: ShortcutResult) -> Card:
    """Return each column's importance in test and production, and what the suspects are worth in each."""
    first = result.findings[0]
    return Card(
        headline=result.headline, status=result.status, charts=(_slope(result), *_second(result)),
        findings=result.findings[1:], table=_table(result), action=first.action,
        small=small_print(result, f"margin {number(result.margin)} {result.metric_label}" if result.labelled else ""),
        reference=result.reference,
    )  # fmt: skip


def _slope(result: ShortcutResult) -> Slope:
    shown = sorted(result.columns, key=lambda column: column.verdict == "cleared")[:_MOST_LINES]
    named = [column for column in shown if column.verdict != "cleared"][:_MOST_NAMED] or [_strongest(result)]
    label = f"{result.metric_label} lost when shuffled"
    axis = (
        Axis(label=label)
        if result.labelled
        else Axis(label="share of how far answers move when shuffled", form="percent")
    )
    return Slope(
        left="test", right="production", rows=tuple(_line(result, column, named=column in named) for column in shown), axis=axis,
        title="What each column counts for",
    )  # fmt: skip


def _line(result: ShortcutResult, column: ShortcutColumn, *, named: bool) -> SlopeRow:
    left, right = _both(result, column)
    role: Role = "good" if named and column.verdict == "cleared" else _ROLES[column.verdict]
    return SlopeRow(label=column.column, left=left.value, right=right.value, role=role, emphasised=named)


def _both(result: ShortcutResult, column: ShortcutColumn) -> tuple[Span, Span]:
    if result.labelled:
        return column.importance_test, column.importance_production
    return column.lean_test, column.lean_production


def _strongest(result: ShortcutResult) -> ShortcutColumn:
    return max(result.columns, key=lambda column: _both(result, column)[0].value)


def _second(result: ShortcutResult) -> tuple[Chart, ...]:
    """Return what refitted columns are worth; without refits, the contributions' shares, where there are any."""
    refitted = [column for column in result.columns if column.worth_test]
    if refitted:
        return (
            Dots(
                rows=tuple(_estimate(each.column, each.worth_test, "reference") for each in refitted),
                others=tuple(_estimate(each.column, each.worth_production, "production") for each in refitted),
                labels=("test", "production"), axis=Axis(label=f"{result.metric_label} better with the column than without"),
                marks=(Mark(value=0.0, label="worth nothing"), Mark(value=result.margin, label="margin", role="warning")),
                title="What the column is worth, learned anew without it",
            ),
        )  # fmt: skip
    explained = [column for column in result.columns if column.shap_test]
    if not explained:
        return ()
    shown = sorted(explained, key=lambda column: -column.shap_test.value)[:_MOST_SHARES]
    return (
        Dots(
            rows=tuple(_estimate(each.column, each.shap_test, "reference") for each in shown),
            others=tuple(_estimate(each.column, each.shap_production, "production") for each in shown),
            labels=("test", "production"), title="What explanations show",
            axis=Axis(label="share of all contributions (mean |SHAP|)", form="percent", lower=0.0),
        ),
    )  # fmt: skip


def _estimate(label: str, span: Span, role: Role) -> Estimate:
    return Estimate(label=label, value=span.value, lower=known(span.lower), upper=known(span.upper), role=role)


def _table(result: ShortcutResult) -> Table:
    rows = tuple(
        (column.column, column.verdict, _words(column.importance_test), _words(column.importance_production),
         _words(column.shap_test, percent=True), _words(column.shap_production, percent=True), _words(column.worth_test),
         _words(column.worth_production))
        for column in result.columns
    )  # fmt: skip
    columns = (
        "column", "verdict", "importance, test", "importance, production", "contributions, test", "contributions, production",
        "worth, test", "worth, production",
    )  # fmt: skip
    return Table(columns=columns, rows=rows, caption=f"Importance and worth in {result.metric_label}")


def _words(span: Span, *, percent: bool = False) -> str:
    if not span:
        return "–"
    return estimate(span.value, known(span.lower), known(span.upper), "percent" if percent else "number")
