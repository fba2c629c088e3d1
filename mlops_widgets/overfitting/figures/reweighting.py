"""How a reweighted score looks: the test as it is, under the mix, production's own, and a mix to drag."""

from itertools import pairwise

import numpy as np

from mlops_widgets.core.display import register
from mlops_widgets.core.words import estimate as written
from mlops_widgets.core.words import known, number
from mlops_widgets.overfitting.representative.reweighting import ReweightResult
from mlops_widgets.overfitting.representative.reweighting_findings import (
    FEWEST_EFFECTIVE_ROWS,
    LEAST_EFFECTIVE_SHARE,
    MOST_UNSUPPORTED,
)
from mlops_widgets.ui.card import Axis, Card, Dots, Estimate, Mark, Table, View
from mlops_widgets.ui.figures import small_print


@register
def card_of_reweighting(result: ReweightResult) -> Card:
    """Return the three scores as dots with intervals; in the browser a mix to drag beside them."""
    first = result.findings[0]
    return Card(
        headline=first.claim, status=first.status, summary=f"This assumes {result.assumption}.", charts=(_scores(result),),
        view=_view(result) if result.mixes else None, findings=result.findings[1:], table=_table(result), action=first.action,
        small=small_print(result), reference=result.reference,
    )  # fmt: skip


def _scores(result: ReweightResult) -> Dots:
    rows = [
        Estimate(label="test as it is", value=result.unweighted, lower=known(result.unweighted_lower),
                 upper=known(result.unweighted_upper), n=result.test_rows, role="reference"),
        Estimate(label=f"test, {result.mix}", value=result.value, lower=known(result.lower), upper=known(result.upper),
                 n=round(result.effective_rows), role="accent" if result.trusted else "muted",
                 note="" if result.trusted else "not to be trusted"),
    ]  # fmt: skip
    if np.isfinite(result.realised):
        rows.append(Estimate(label="production, realised", value=result.realised, lower=known(result.realised_lower),
                             upper=known(result.realised_upper), role="production"))  # fmt: skip
    marks = (Mark(value=result.unweighted, label="", role="reference"),)
    return Dots(
        rows=tuple(rows), axis=Axis(label=result.metric_label), marks=marks, title="The promise under another mix"
    )


def _view(result: ReweightResult) -> View:
    state = {
        "metric": result.metric_label, "test_rows": result.test_rows, "test": known(result.unweighted),
        "realised": known(result.realised), "start": _start(result), "fewest_rows": FEWEST_EFFECTIVE_ROWS,
        "least_share": LEAST_EFFECTIVE_SHARE, "most_unsupported": MOST_UNSUPPORTED,
        "mixes": [
            {"column": mix.column, "kind": mix.kind, "levels": list(mix.levels), "rows": list(mix.rows),
             "tested": [known(each) for each in mix.tested], "produced": [known(each) for each in mix.produced],
             "inside": [known(each) for each in mix.inside], "outside": [known(each) for each in mix.outside]}
            for mix in result.mixes
        ],
    }  # fmt: skip
    arrays = {
        "values": result.grid_values.ravel(),
        "lower": result.grid_lower.ravel(),
        "upper": result.grid_upper.ravel(),
    }
    rows = _scores(result)
    return View(name="mix", state=state | {"scores": _plain(rows)}, arrays=arrays)


def _plain(chart: Dots) -> dict[str, object]:
    """Return the chart as plain data, for a view that draws it itself."""
    return {
        "kind": chart.kind, "title": chart.title, "axis": vars(chart.axis), "marks": [vars(mark) for mark in chart.marks],
        "rows": [vars(row) for row in chart.rows],
    }  # fmt: skip


def _start(result: ReweightResult) -> int:
    """Return the mix that moves the score most: there a hand on the slider learns something."""
    ends, moved = np.cumsum([0, *(len(mix.levels) for mix in result.mixes)]), []
    for start, end in pairwise(ends):
        known = result.grid_values[start:end]
        moved.append(float(np.nanmax(known) - np.nanmin(known)) if np.isfinite(known).any() else 0.0)
    return int(np.argmax(moved))


def _table(result: ReweightResult) -> Table:
    rows = [
        (str(name), written(value, known(lower), known(upper)))
        for name, value, lower, upper in result.frame().itertuples(index=False)
    ]
    rows += [
        ("effective rows", f"{number(result.effective_rows, 'integer')} of {result.test_rows:,}"),
        ("mix without support in the test", number(result.unsupported_share, "percent")),
        ("Pareto k̂ (limit)", f"{number(result.pareto_k)} ({number(result.pareto_limit)})"),
        ("most different column before, after", " → ".join(
            number(each, "percent") for each in (result.imbalance_before, result.imbalance_after))),
    ]  # fmt: skip
    return Table(columns=("", result.metric_label), rows=tuple(rows))
