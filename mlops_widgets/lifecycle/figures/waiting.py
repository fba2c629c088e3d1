"""What looking away costs, as a card: the whole price and what is left of it, and where along production it arose."""

import numpy as np

from mlops_widgets.core.display import register
from mlops_widgets.core.words import estimate, known, number
from mlops_widgets.lifecycle.waiting.waiting import Wait, WaitingResult
from mlops_widgets.ui.card import Axis, Bars, BeforeAfter, Card, Chart, Estimate, Mark, Role, Table
from mlops_widgets.ui.figures import small_print


@register
def card_of_waiting(result: WaitingResult) -> Card:
    """Return before and after where a strategy was priced; else the price chunk by chunk."""
    first, nobody, last = result.findings[0], result.waits[0], result.waits[-1]
    axis = Axis(label=f"cost above a fresh model ({result.unit})")
    charts: list[Chart] = [_chunks(result)]
    if last is not nobody:
        charts = [
            BeforeAfter(before=_bar(nobody, "muted"), after=_bar(last, "accent"), axis=axis, title="Before and after")
        ]
    rows = tuple(
        (each.label, each.noticed or "never", estimate(each.value, known(each.lower), known(each.upper)),
         "–" if each is nobody else estimate(each.saved, known(each.saved_lower), known(each.saved_upper)))
        for each in result.waits
    )  # fmt: skip
    return Card(
        headline=first.claim, status=first.status, charts=tuple(charts), findings=result.findings[1:], action=first.action,
        table=Table(columns=("who looks", "acted on from", f"cost ({result.unit})", "less than with nobody looking"), rows=rows),
        small=f"{small_print(result)}; margin {number(result.margin)}", reference=result.reference,
    )  # fmt: skip


def _bar(wait: Wait, role: Role) -> Estimate:
    return Estimate(label=wait.label, value=wait.value, lower=known(wait.lower), upper=known(wait.upper), role=role)


def _chunks(result: WaitingResult) -> Bars:
    """Return the cost of each chunk, in at most thirteen bars."""
    parts = np.array_split(np.arange(len(result.chunks)), min(13, len(result.chunks)))
    rows = tuple(
        Estimate(
            label=result.chunks[part[0]] if len(part) == 1 else f"{result.chunks[part[0]]} to {result.chunks[part[-1]]}",
            value=float(result.excess[part].sum()), role="bad" if result.excess[part].sum() > 0 else "muted",
        )
        for part in parts
    )  # fmt: skip
    return Bars(rows=rows, axis=Axis(label=f"cost above a fresh model ({result.unit})"), marks=(Mark(value=0.0, label="zero"),),
                title="Where it arose: the parts add up to the price")  # fmt: skip
