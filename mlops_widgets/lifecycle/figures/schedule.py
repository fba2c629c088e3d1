"""How a schedule looks: what is planned, on which evidence, and its dates."""

import numpy as np

from mlops_widgets.core.display import register
from mlops_widgets.core.words import number
from mlops_widgets.lifecycle.scheduling.schedule import RetrainingSchedule
from mlops_widgets.ui.card import Axis, Card, Chart, Dots, Estimate, Mark, Table
from mlops_widgets.ui.figures import small_print


@register
def card_of_schedule(result: RetrainingSchedule) -> Card:
    """Return what is planned, what it saved while it was judged, and the dates."""
    first = result.findings[0]
    return Card(
        headline=first.claim, status=first.status, charts=_saved(result), findings=result.findings[1:], table=_dates(result),
        action=first.action, small=small_print(result), reference=result.reference,
    )  # fmt: skip


def _saved(result: RetrainingSchedule) -> tuple[Chart, ...]:
    if result.kind == "never" or not np.isfinite(result.saving):
        return ()
    ends = [end if np.isfinite(end) else None for end in (result.saving_lower, result.saving_upper)]
    row = Estimate(label=result.policy, value=result.saving, lower=ends[0], upper=ends[1], role="accent")
    unit = result.value_unit or result.loss_name
    chart = Dots(
        rows=(row,), axis=Axis(label=f"saved against never retraining ({unit})"), marks=(Mark(value=0.0, label="never"),),
        title=f"The evidence: {result.judged_chunks} judged chunks, a retrain at {number(result.retrain_cost)} {unit}",
    )  # fmt: skip
    return (chart,)


def _dates(result: RetrainingSchedule) -> Table | None:
    frame = result.frame()
    if frame.empty:
        return None
    rows = tuple((str(when), str(what)) for when, what in frame.itertuples(index=False))
    return Table(
        columns=("date", "what"), rows=rows, caption=f"The first dates; the schedule holds until {result.valid_until}."
    )
