"""How effects look: which columns move the answers, and the curve of each column."""

import numpy as np
import pandas as pd

from mlops_widgets.core.display import register
from mlops_widgets.core.words import capital
from mlops_widgets.explainability.figures.choice import Choice, choice
from mlops_widgets.explainability.influence.curves import EffectCurve
from mlops_widgets.explainability.influence.effects import EffectsResult
from mlops_widgets.explainability.influence.effects_findings import moves, says
from mlops_widgets.ui.card import Axis, Bars, Card, Chart, Dots, Estimate, Line, Mark, Series
from mlops_widgets.ui.figures import small_print, table_of

_MOST_BARS = 12
_MOST_CHOICES = 40


@register
def card_of_effects(result: EffectsResult) -> Card:
    """Return how far each column moves the answers, and the strongest column's curve; in the browser any column's."""
    first, strongest = result.findings[0], result.strongest
    sizes = _sizes(result) if strongest else None
    choices = [_choice(curve, result) for curve in strongest[:_MOST_CHOICES]]
    return Card(
        headline=first.claim, status=first.status, summary=_summary(result), charts=_charts(sizes, choices),
        view=choice("Column", choices, first=() if sizes is None else (sizes,)), findings=result.findings[1:],
        table=table_of(_table(result)), action=first.action, small=small_print(result, of=result.table),
        reference=result.reference, empty="" if strongest else "No column of the model could be looked at.",
    )  # fmt: skip


def _charts(sizes: Bars | None, choices: list[Choice]) -> tuple[Chart, ...]:
    return () if sizes is None else (sizes, *(chart for each in choices[:2] for chart in each.charts[:1]))


def _summary(result: EffectsResult) -> str:
    return f"How the model's answers ({result.scale}) follow one column at a time; not what a column does to the world."


def _table(result: EffectsResult) -> pd.DataFrame:
    frame = result.frame()
    return frame.drop(columns="output") if len(result.outputs) == 1 else frame


def _sizes(result: EffectsResult) -> Bars:
    rows = tuple(
        Estimate(
            label=curve.column, value=curve.size, lower=curve.lower, upper=curve.upper, note=says(curve),
            role="reference" if curve.upper >= result.margin else "muted",
        )
        for curve in result.strongest[:_MOST_BARS]
    )  # fmt: skip
    marks = (Mark(value=result.margin, label="margin"),)
    title = "From the lowest to the highest point of each column's effect"
    return Bars(
        rows=rows, axis=Axis(label=f"accumulated local effect ({result.scale})", lower=0.0), marks=marks, title=title
    )


def _choice(curve: EffectCurve, result: EffectsResult) -> Choice:
    told = f"Along {curve.column} the answer ({curve.output}) {moves(curve, result.scale)}."
    lines = (_own_lines(curve, result),) if curve.ice and curve.kind != "category" else ()
    return Choice(name=curve.column, says=capital(told), charts=(_curve(curve, result), *lines))


def _curve(curve: EffectCurve, result: EffectsResult) -> Chart:
    """Return local effects and partial dependence, both with mean 0, over ordered points or beside categories."""
    title = f"{curve.column}: {curve.output}"
    axis = Axis(label=f"{result.scale}, against the mean over the rows")
    if curve.kind == "category":
        rows = tuple(
            Estimate(label=label, value=curve.ale[k], lower=curve.ale_lower[k], upper=curve.ale_upper[k], n=curve.counts[k])
            for k, label in enumerate(curve.labels)
        )  # fmt: skip
        return Dots(rows=rows, axis=axis, marks=(Mark(value=0.0, label="mean"),), title=title)
    series = (
        Series(
            label="accumulated local effect",
            y=np.array(curve.ale),
            lower=np.array(curve.ale_lower),
            upper=np.array(curve.ale_upper),
        ),
        Series(label="partial dependence", y=np.array(curve.pd_centred), role="muted", dashed=True),
    )
    x_axis = Axis(label=f"{curve.column} ({_rows_a_bin(curve)})", form="date" if curve.kind == "date" else "number")
    return Line(x=np.array(curve.points), x_axis=x_axis, y_axis=axis, series=series, title=title)


def _rows_a_bin(curve: EffectCurve) -> str:
    fewest, most = min(curve.counts), max(curve.counts)
    return f"{fewest:,} rows a bin" if fewest == most else f"{fewest:,} to {most:,} rows a bin"


def _own_lines(curve: EffectCurve, result: EffectsResult) -> Line:
    """Return the middle four fifths of the rows' own curves."""
    series = Series(
        label="middle row", y=np.array(curve.ice_middle), lower=np.array(curve.ice_low), upper=np.array(curve.ice_high),
        role="accent",
    )  # fmt: skip
    return Line(
        x=np.array(curve.points), x_axis=Axis(label=curve.column, form="date" if curve.kind == "date" else "number"),
        y_axis=Axis(label=f"{result.scale}, change from the first point"), series=(series,),
        marks=(Mark(value=0.0, label="no change"),), title=f"What {curve.column} does row by row: the middle 80 % of {result.dependence_rows:,} rows",
    )  # fmt: skip
