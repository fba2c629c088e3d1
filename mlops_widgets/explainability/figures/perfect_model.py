"""The perfect model's card: every model's fall from test to production, and the columns that the shipped one leans on."""

from mlops_widgets.core.codec import to_plain
from mlops_widgets.core.display import register
from mlops_widgets.core.words import estimate, number
from mlops_widgets.explainability.perfect_model import WRITTEN, Candidate, PerfectModelResult
from mlops_widgets.ui.card import Axis, Bars, Card, Estimate, Mark, Slope, SlopeRow, Table, View
from mlops_widgets.ui.figures import small_print

_MOST_SHARES = 6


@register
def card_of_perfect_model(result: PerfectModelResult) -> Card:
    """Return the fall and the winner's explanation; in the browser, a model is chosen by its test score, shipped and opened."""
    first = result.findings[0]
    return Card(
        headline=result.headline, status=result.status, charts=(_slope(result), _bars(result.winner)), view=_view(result),
        findings=result.findings[1:], table=_table(result), action=first.action, small=small_print(result),
        reference=result.reference,
    )  # fmt: skip


def _slope(result: PerfectModelResult, shipped: Candidate | None = None) -> Slope:
    """Return every model's fall; of one that is shipped, the others as ghosts."""
    rows = tuple(
        SlopeRow(label=each.name, left=each.test, right=each.production, role="bad" if each.columns else "good", emphasised=True)
        if shipped in {None, each} else SlopeRow(label=each.name, left=each.test, right=each.production)
        for each in result.candidates
    )  # fmt: skip
    best = result.best_possible
    return Slope(
        left="test", right="production", rows=rows, axis=Axis(label=result.metric_label),
        marks=(Mark(value=best, label=f"best possible {number(best)}"),), title="Before and after shipping",
    )  # fmt: skip


def _bars(candidate: Candidate) -> Bars:
    rows = tuple(
        Estimate(label=share.column, value=share.value, lower=share.lower, upper=share.upper,
                 role="bad" if share.column in candidate.columns else "reference")
        for share in candidate.shares[:_MOST_SHARES]
    )  # fmt: skip
    return Bars(
        rows=rows, axis=Axis(label="share of all contributions (mean |SHAP|)", form="percent", lower=0.0),
        title=f"What {candidate.name} leans on, seen before it is shipped",
    )  # fmt: skip


def _view(result: PerfectModelResult) -> View:
    models = [
        {
            "name": each.name, "test": estimate(each.test, each.test_lower, each.test_upper),
            "production": estimate(each.production, each.production_lower, each.production_upper),
            "top": each.top.column, "share": estimate(each.top.value, each.top.lower, each.top.upper, "percent"),
            "why": f" It is {WRITTEN[each.top.column]}." if each.top.column in WRITTEN else "",
            "slope": to_plain(_slope(result, shipped=each)), "bars": to_plain(_bars(each)),
        }
        for each in result.candidates
    ]  # fmt: skip
    return View(
        name="perfect_model",
        state={"models": models, "winner": result.candidates.index(result.winner), "metric": result.metric_label},
    )


def _table(result: PerfectModelResult) -> Table:
    rows = tuple(
        (each.name, estimate(each.test, each.test_lower, each.test_upper),
         estimate(each.production, each.production_lower, each.production_upper), each.top.column,
         estimate(each.top.value, each.top.lower, each.top.upper, "percent"))
        for each in result.candidates
    )  # fmt: skip
    columns = ("model", f"{result.metric_label}, test", "production", "first column", "its share of contributions")
    return Table(columns=columns, rows=rows)
