"""How importance looks: what moves the answers beside what the score rests on, each row's contribution, and along a column."""

from math import isnan

import numpy as np

from mlops_widgets.core.display import register
from mlops_widgets.core.words import estimate, known, number
from mlops_widgets.explainability.figures.choice import Choice, choice
from mlops_widgets.explainability.influence.column_importance import ColumnImportance
from mlops_widgets.explainability.influence.importance import ImportanceResult
from mlops_widgets.explainability.influence.swarms import Dependence
from mlops_widgets.ui.card import Axis, Bars, Card, Chart, Dots, Estimate, Line, Mark, Series, Swarm, Table
from mlops_widgets.ui.figures import small_print

_MOST_BARS = 10


@register
def card_of_importance(result: ImportanceResult) -> Card:
    """Return both measures side by side and the swarm; in the browser also the mean contribution along a column."""
    first = result.findings[0]
    charts = (*_bars(result), _swarm(result))
    choices = [_dependence(each, result) for each in result.dependences]
    return Card(
        headline=first.claim, status=first.status, summary=_summary(result), charts=charts,
        view=choice("Column", choices, first=charts), findings=result.findings[1:], table=_table(result), action=first.action,
        small=small_print(result, f"{result.explained_rows:,} explained", of=result.table), reference=result.reference,
    )  # fmt: skip


def _summary(result: ImportanceResult) -> str:
    if isnan(result.score):
        return "How far each column moves the answers. Without labels nothing can be said of what the score rests on."
    return f"How far each column moves the answers, and how much {result.metric_label} ({number(result.score)}) loses without it."


def _bars(result: ImportanceResult) -> tuple[Chart, ...]:
    shown = result.entries[:_MOST_BARS]
    moved = Bars(
        rows=tuple(
            Estimate(label=entry.name, value=entry.share, lower=known(entry.share_lower), upper=known(entry.share_upper))
            for entry in shown
        ),
        axis=Axis(label=f"share of mean |SHAP| ({result.scale})", form="percent", lower=0.0), title="What moves the answers",
    )  # fmt: skip
    if isnan(result.score):
        return (moved,)
    lost = Bars(
        rows=tuple(
            Estimate(
                label=entry.name, value=entry.loss, lower=known(entry.loss_lower), upper=known(entry.loss_upper), role="production"
            )
            for entry in shown
        ),
        axis=Axis(label=f"{result.metric_label} lost when scrambled"), marks=(Mark(value=result.margin, label="margin"),),
        title="What the score rests on",
    )  # fmt: skip
    return moved, lost


def _swarm(result: ImportanceResult) -> Swarm:
    return Swarm(
        rows=result.swarm_columns, values=result.effects, ranks=result.ranks,
        axis=Axis(label=f"contribution to {result.shown_output} ({result.scale})"),
        title=f"Contributions row by row, {result.effects.shape[1]:,} rows",
    )  # fmt: skip


def _dependence(each: Dependence, result: ImportanceResult) -> Choice:
    label = f"mean contribution to {each.output} ({result.scale})"
    title = f"Mean contribution along {each.column}"
    zero = (Mark(value=0.0, label="none"),)
    lowest, highest = int(np.nanargmin(each.mean)), int(np.nanargmax(each.mean))
    says = (
        f"On average {each.column} contributes {number(each.mean[lowest])} at {each.labels[lowest]} and "
        f"{number(each.mean[highest])} at {each.labels[highest]} ({result.scale})."
    )
    if each.kind == "category" or len(each.points) <= 2:
        rows = tuple(
            Estimate(label=name, value=each.mean[k], lower=known(each.lower[k]), upper=known(each.upper[k]), n=each.counts[k])
            for k, name in enumerate(each.labels)
        )  # fmt: skip
        return Choice(
            name=each.column, says=says, charts=(Dots(rows=rows, axis=Axis(label=label), marks=zero, title=title),)
        )
    series = Series(
        label="mean contribution", y=np.array(each.mean), lower=np.array(each.lower), upper=np.array(each.upper)
    )
    x_axis = Axis(label=each.column, form="date" if each.kind == "date" else "number")
    drawn = Line(
        x=np.array(each.points), x_axis=x_axis, y_axis=Axis(label=label), series=(series,), marks=zero, title=title
    )
    return Choice(name=each.column, says=says, charts=(drawn,))


def _table(result: ImportanceResult) -> Table:
    rows = tuple(_row(entry, "") for entry in result.entries) + tuple(_row(each, "alone") for each in result.singles)
    return Table(columns=("column", "", "mean |SHAP|", "share", f"{result.metric_label} lost", "used"), rows=rows)


def _row(entry: ColumnImportance, how: str) -> tuple[str, ...]:
    lost = "–" if isnan(entry.loss) else estimate(entry.loss, known(entry.loss_lower), known(entry.loss_upper))
    return (
        entry.name, how, estimate(entry.moved, known(entry.moved_lower), known(entry.moved_upper)),
        estimate(entry.share, known(entry.share_lower), known(entry.share_upper), "percent"), lost, "yes" if entry.used else "no",
    )  # fmt: skip
