"""How a review of production looks: the realised metric over chunks above the columns' drift where it is an alarm."""

import numpy as np

from mlops_widgets.core.display import register
from mlops_widgets.core.words import estimate as written
from mlops_widgets.core.words import number
from mlops_widgets.overfitting.monitoring.drift_review import DriftReviewResult
from mlops_widgets.ui.card import Axis, Card, Chart, HeatMap, Line, Mark, Series, Table
from mlops_widgets.ui.figures import small_print

_MOST_COLUMNS = 16


@register
def card_of_drift_review(result: DriftReviewResult) -> Card:
    """Return the metric over time where labels are, and the drift of the columns that moved most."""
    first = result.findings[0]
    return Card(
        headline=first.claim, status=first.status, charts=(*_metric(result), _drift(result)), findings=result.findings[1:],
        table=_table(result), action=first.action, small=small_print(result), reference=result.reference,
    )  # fmt: skip


def _metric(result: DriftReviewResult) -> tuple[Chart, ...]:
    known = ~np.isnan(result.values)
    if known.sum() < 2:
        return ()
    value = result.baseline_value
    worse = value - result.margin if result.greater_is_better else value + result.margin
    marks = (
        Mark(value=value, label=f"test {number(value)}", role="reference"),
        Mark(value=worse, label=f"margin {number(worse)}", role="bad"),
    )
    line = Line(
        x=result.chunk_starts[known],
        x_axis=Axis(label=f"by {result.chunks_by}", form="date" if result.chunks_are_dates else "integer"),
        y_axis=Axis(label=result.metric_label), marks=marks,
        series=(Series(label="production", y=result.values[known], lower=result.lower[known], upper=result.upper[known],
                       role="production", end=result.chunk_labels[int(np.flatnonzero(known)[-1])]),),
        title=f"{result.metric_label} of mature chunks, with 95 % intervals",
    )  # fmt: skip
    return (line,)


def _drift(result: DriftReviewResult) -> HeatMap:
    """Show how far columns moved: only where that is an alarm, everywhere where nothing is."""
    alarmed = bool(result.alarms.any())
    shown = [index for index in _most_moved(result) if not alarmed or result.alarms[index].any()]
    moved = np.where(result.alarms[shown] > 0, result.distances[shown], np.nan) if alarmed else result.distances[shown]
    title = (
        f"Columns in alarm against the {result.baseline} (–: as chance would have it)"
        if alarmed
        else "No column is in alarm"
    )
    return HeatMap(
        values=moved, columns=result.chunk_labels, rows=tuple(result.columns[index] for index in shown), title=title,
        axis=Axis(label="rows that lie elsewhere", form="percent", lower=0.0),
    )  # fmt: skip


def _most_moved(result: DriftReviewResult) -> list[int]:
    largest = np.nan_to_num(result.standardised, nan=-np.inf).max(axis=1, initial=-np.inf)
    order = np.argsort(-largest, kind="stable")[:_MOST_COLUMNS]
    return [int(index) for index in order]


def _table(result: DriftReviewResult) -> Table:
    rows = []
    alarms = result.alarms.sum(axis=0)
    for index, label in enumerate(result.chunk_labels):
        value, lower, upper = (float(each[index]) for each in (result.values, result.lower, result.upper))
        share = float(result.matured[index])
        score = "–" if np.isnan(value) else written(value, lower, upper)
        labelled = "–" if np.isnan(share) else number(share, "percent")
        rows.append((label, f"{int(result.chunk_rows[index]):,}", labelled, score, f"{int(alarms[index])}"))
    return Table(columns=("chunk", "rows", "labels here", result.metric_label, "columns in alarm"), rows=tuple(rows))
