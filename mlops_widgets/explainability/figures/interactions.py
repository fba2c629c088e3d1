"""How interactions look: pairs by strength, and what a pair does together over a grid."""

import numpy as np

from mlops_widgets.core.display import register
from mlops_widgets.core.words import known, number
from mlops_widgets.explainability.figures.choice import Choice, choice
from mlops_widgets.explainability.influence.interactions import InteractionsResult
from mlops_widgets.explainability.influence.pairs import Surface
from mlops_widgets.ui.card import Axis, Card, Dots, Estimate, HeatMap, Mark
from mlops_widgets.ui.figures import small_print, table_of

_MOST_PAIRS = 12


@register
def card_of_interactions(result: InteractionsResult) -> Card:
    """Return the pairs with their intervals and the joint part of the strongest; in the browser of the three strongest."""
    first = result.findings[0]
    pairs = _pairs(result)
    choices = [_surface(each, result) for each in result.surfaces]
    return Card(
        headline=first.claim, status=first.status, summary=_summary(result),
        charts=(pairs, *(chart for each in choices[:1] for chart in each.charts)) if result.pairs else (),
        view=choice("Pair", choices, first=(pairs,)), findings=result.findings[1:], table=table_of(result.frame()),
        action=first.action, small=small_print(result, of=result.table), reference=result.reference,
        empty="" if result.pairs else "There are no two columns to pair.",
    )  # fmt: skip


def _summary(result: InteractionsResult) -> str:
    return (
        f"How much of the variance of the answers ({result.output}, {result.scale}) two columns make together, beyond what each "
        f"makes alone."
    )


def _pairs(result: InteractionsResult) -> Dots:
    rows = tuple(
        Estimate(
            label=pair.name, value=pair.share, lower=known(pair.lower), upper=known(pair.upper),
            note=f"H² {number(pair.h2)}" if np.isfinite(pair.h2) else "", role="production" if pair.lower > result.margin_share else "reference",
        )
        for pair in result.pairs[:_MOST_PAIRS]
    )  # fmt: skip
    return Dots(
        rows=rows, axis=Axis(label="share of the variance of the answers", form="percent", lower=0.0),
        marks=(Mark(value=result.margin_share, label="margin"),), title=f"The joint part of each pair, {len(result.pairs):,} pairs",
    )  # fmt: skip


def _surface(each: Surface, result: InteractionsResult) -> Choice:
    joint = np.array(each.joint)
    drawn = HeatMap(
        values=joint, rows=each.first_labels, columns=each.second_labels, centre=0.0, row_title=each.first, column_title=each.second,
        axis=Axis(label=f"joint part ({result.scale})"), title=f"What {each.first} and {each.second} make together (empty: hardly any rows)",
    )  # fmt: skip
    if np.isnan(joint).all():
        return Choice(
            name=f"{each.first} × {each.second}", says="No place on the grid has five rows near it.", charts=(drawn,)
        )
    a, b = np.unravel_index(int(np.nanargmax(np.abs(joint))), joint.shape)
    value = float(joint[a, b])
    says = (
        f"With {each.first} near {each.first_labels[a]} and {each.second} near {each.second_labels[b]} the answer is "
        f"{number(abs(value))} ({result.scale}) {'above' if value > 0 else 'below'} what the two make one by one."
    )
    return Choice(name=f"{each.first} × {each.second}", says=says, charts=(drawn,))
