"""How cohorts look: what differs most, and what each column contributes in each cohort."""

import numpy as np

from mlops_widgets.core.display import register
from mlops_widgets.core.words import known, p_words
from mlops_widgets.explainability.influence.cohorts import CohortResult, CohortShare
from mlops_widgets.ui.card import Axis, Card, Chart, Dots, Estimate, HeatMap, Mark
from mlops_widgets.ui.figures import small_print, table_of

_MOST_ROWS = 10
_LEVEL = 0.05


@register
def card_of_cohorts(result: CohortResult) -> Card:
    """Return the largest differences with their intervals, and mean |contribution| by column and cohort."""
    first = result.findings[0]
    compared = [share for share in result.shares if not np.isnan(share.p_value)]
    return Card(
        headline=first.claim, status=first.status, summary=_summary(result),
        charts=(_differences(result, compared), _grid(result)) if compared else (), findings=result.findings[1:],
        table=table_of(result.frame()) if compared else None, action=first.action, small=small_print(result, of=result.table),
        reference=result.reference, empty="" if compared else "There are no two cohorts that are large enough to compare.",
    )  # fmt: skip


def _summary(result: CohortResult) -> str:
    said = ", ".join(f"{cohort.name} ({cohort.rows:,} rows)" for cohort in result.cohorts)
    return f"How far each column moves the answers, by cohort: {said}." if said else ""


def _differences(result: CohortResult, compared: list[CohortShare]) -> Dots:
    two = len(result.cohorts) == 2
    rows = tuple(
        Estimate(
            label=share.column if two else f"{share.column}, {share.cohort}", value=share.difference, lower=known(share.lower),
            upper=known(share.upper), note=p_words(share.p_value), role="production" if share.p_value < _LEVEL else "muted",
        )
        for share in sorted(compared, key=lambda each: (each.p_value, -abs(each.difference)))[:_MOST_ROWS]
    )  # fmt: skip
    beside = f"{result.cohorts[1].name} less {result.cohorts[0].name}" if two else "cohort less all others"
    return Dots(
        rows=rows, axis=Axis(label=f"difference of mean |SHAP| ({result.scale})"), marks=(Mark(value=0.0, label="same"),),
        title=f"What differs most: {beside}",
    )  # fmt: skip


def _grid(result: CohortResult) -> Chart:
    columns = list(dict.fromkeys(share.column for share in result.shares))
    moved = {(share.cohort, share.column): share.moved for share in result.shares}
    size = {name: max(moved[cohort.name, name] for cohort in result.cohorts) for name in columns}
    shown = sorted(columns, key=lambda name: -size[name])[:_MOST_ROWS]
    return HeatMap(
        values=np.array([[moved[cohort.name, name] for cohort in result.cohorts] for name in shown]), rows=tuple(shown),
        columns=tuple(cohort.name for cohort in result.cohorts), axis=Axis(label=f"mean |SHAP| ({result.scale})", lower=0.0),
        title="How far each column moves the answers",
    )  # fmt: skip
