"""How peeking looks: false alarms against looks; in the browser, a slider of looks over experiments without effect."""

import numpy as np
from scipy import stats

from mlops_widgets.core.display import register
from mlops_widgets.core.words import number
from mlops_widgets.overfitting.experiments.peeking import PeekingResult
from mlops_widgets.ui.card import Axis, Card, Line, Mark, Series, View
from mlops_widgets.ui.figures import small_print, table_of


@register
def card_of_peeking(result: PeekingResult) -> Card:
    """Return false alarms by number of looks; the browser draws the experiments in its place."""
    first = result.findings[0]
    return Card(
        headline=result.headline, status=result.status, charts=(_line(result),), view=_view(result),
        findings=result.findings[1:], table=table_of(result.frame()), action=first.action, small=small_print(result),
        reference=result.reference,
    )  # fmt: skip


def _line(result: PeekingResult) -> Line:
    return Line(
        x=result.counts.astype(np.float64), x_axis=Axis(label="looks", form="integer"),
        y_axis=Axis(label="tests without effect that looked significant", form="percent", lower=0.0),
        series=(
            Series(label="p-value", y=result.alarms, role="bad"),
            Series(label="simulated", y=result.simulated, lower=result.simulated_lower, upper=result.simulated_upper,
                   role="muted", dashed=True),
            Series(label="confidence sequence", y=result.sequence_alarms, role="good"),
        ),
        marks=(Mark(value=result.alpha, label=f"promised {number(result.alpha, 'percent')}"),),
    )  # fmt: skip


def _view(result: PeekingResult) -> View:
    state = {
        "alpha": result.alpha, "looks": result.looks, "critical": float(stats.norm.isf(result.alpha / 2)),
        "paths": len(result.paths) // result.looks, "source": result.source,
    }  # fmt: skip
    arrays = {
        "counts": result.counts.astype(np.float64), "alarms": result.alarms, "sequence_alarms": result.sequence_alarms,
        "paths": result.paths, "boundary": result.sequence_boundary,
    }  # fmt: skip
    return View(name="peeking", state=state, arrays=arrays)
