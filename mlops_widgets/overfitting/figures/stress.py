"""How the fault bench looks: a grid of faults and columns, each cell with its outcome in shape, word and colour."""

from collections.abc import Sequence
from math import isnan

import numpy as np

from mlops_widgets.core.display import register
from mlops_widgets.core.words import estimate, number
from mlops_widgets.overfitting.representative.fault_costs import FaultCell
from mlops_widgets.overfitting.representative.faults import BY_NAME, FAULTS
from mlops_widgets.overfitting.representative.stress import StressResult
from mlops_widgets.ui.card import Axis, Card, HeatMap, Table, View
from mlops_widgets.ui.figures import small_print

_WHOLE = "whole table"
_WORDS = {
    "raises": "refused", "abstains": "no answer", "changes": "changed silently", "unchanged": "unchanged", "not_run": "not run",
}  # fmt: skip
_VERDICTS = {"failed": ", beyond the margin", "passed": ", within the margin", "not_enough_data": ", cost not settled"}


@register
def card_of_stress(result: StressResult) -> Card:
    """Return the grid: in the picture the share of answers moved without an error, in the browser every outcome."""
    first = result.findings[0]
    return Card(
        headline=first.claim, status=first.status, summary=_summary(result), charts=(_chart(result),), view=_view(result),
        findings=result.findings[1:], table=_table(result), action=first.action, small=_small(result),
        reference=result.reference,
    )  # fmt: skip


def _summary(result: StressResult) -> str:
    counts = {name: sum(cell.outcome == name for cell in result.cells) for name in _WORDS}
    said = [f"{counts[name]:,} {word}" for name, word in _WORDS.items() if counts[name]]
    return f"Faults tried: {', '.join(said)}. An error is the good outcome."


def _places(result: StressResult) -> list[str]:
    return [*result.columns, *([""] if any(not cell.column for cell in result.cells) else [])]


def _chart(result: StressResult) -> HeatMap:
    shown = [fault for fault in FAULTS if fault.scope == "column" and result.of(fault.name)]
    values = np.full((len(result.columns), max(len(shown), 1)), np.nan)
    for c, fault in enumerate(shown):
        for cell in result.of(fault.name):
            if cell.outcome in {"changes", "unchanged"} and cell.column:
                values[result.columns.index(cell.column), c] = cell.moved_share
    moved = (
        "decisions that flip" if not result.moved_by else f"answers that move by more than {number(result.moved_by)}"
    )
    return HeatMap(
        values=values, rows=result.columns, columns=tuple(fault.short for fault in shown) or ("",),
        axis=Axis(label=f"share of {moved}", form="percent", lower=0.0), title=f"Share of {moved}, without an error (empty: refused, or can't be)",
    )  # fmt: skip


def _view(result: StressResult) -> View:
    tried = [fault for fault in FAULTS if result.of(fault.name)]
    places = _places(result)
    cells = [
        {
            "fault": [fault.name for fault in tried].index(cell.fault), "place": places.index(cell.column), "outcome": cell.outcome,
            "status": cell.status, "says": _says(result, cell),
        }
        for cell in result.cells
    ]  # fmt: skip
    faults = [{"short": fault.short, "label": fault.label, "guard": fault.guard} for fault in tried]
    state = {
        "faults": faults, "places": [place or _WHOLE for place in places], "cells": cells, "start": _start(result.cells),
    }  # fmt: skip
    return View(name="stress", state=state)


def _start(cells: Sequence[FaultCell]) -> int:
    """Return the place of the cell that the headline is about: the costliest of the gravest verdict."""
    rank = {"failed": 0, "not_enough_data": 1}

    def order(place: int) -> tuple[int, bool, float, float, str]:
        cell = cells[place]
        grave = rank.get(cell.status, 2 if cell.outcome == "changes" else 3)
        loss = 0.0 if isnan(cell.loss) else -cell.loss
        return grave, grave == 1 and not cell.confirmed, loss, -cell.moved_share, cell.column

    return min(range(len(cells)), key=order, default=0)


def _says(result: StressResult, cell: FaultCell) -> str:
    """Return one sentence on a cell, as shown where it is chosen."""
    if cell.outcome == "raises":
        return f"Refused with {cell.error}: production would notice."
    if cell.outcome == "unchanged":
        return "The answers stay the same."
    if cell.outcome == "not_run":
        return "Not run: the time budget was used up."
    moved = "decisions flip" if not result.moved_by else f"answers move by more than {number(result.moved_by)}"
    missing = f"{number(cell.missing_share, 'percent')} of the rows get no answer; " if cell.missing_share > 0 else ""
    flips = "" if isnan(cell.moved_share) else f"{number(cell.moved_share, 'percent')} of the {moved} without an error"
    cost = "" if isnan(cell.loss) else f", {estimate(cell.loss, cell.lower, cell.upper)} {result.metric_label} lost"
    fresh = ", measured on fresh rows" if cell.confirmed else ""
    return f"{missing}{flips}{cost}{_VERDICTS.get(cell.status, '')}{fresh}."


def _table(result: StressResult) -> Table:
    rank = {"failed": 0, "not_enough_data": 1, "passed": 2, "": 3}
    ordered = sorted(
        result.cells, key=lambda cell: (rank.get(cell.status, 3), -cell.loss if not isnan(cell.loss) else 0.0)
    )
    rows = tuple(
        (BY_NAME[cell.fault].label, cell.column or _WHOLE, _outcome(cell),
         "–" if isnan(cell.moved_share) else number(cell.moved_share, "percent"),
         "–" if isnan(cell.loss) else estimate(cell.loss, cell.lower, cell.upper))
        for cell in ordered
    )  # fmt: skip
    return Table(columns=("fault", "column", "outcome", "answers moved", f"{result.metric_label} lost"), rows=rows)


def _outcome(cell: FaultCell) -> str:
    said = _WORDS[cell.outcome] + (f" ({cell.error})" if cell.error else "")
    return said + _VERDICTS.get(cell.status, "")


def _small(result: StressResult) -> str:
    share = (
        "" if result.affected_share == 1
        else f"each fault befalls {number(result.affected_share, 'percent')} of the rows"
    )  # fmt: skip
    return small_print(
        result, f"{result.labelled_rows:,} labelled", share, f"margin {number(result.margin)}", of=result.table
    )
