"""How a review looks: the metric, calibration and money along the chunks, each against the band it would keep had nothing changed."""

import numpy as np

from mlops_widgets.core.display import register
from mlops_widgets.core.words import Form, estimate, number
from mlops_widgets.lifecycle.review.review_document import band_words
from mlops_widgets.lifecycle.review.review_result import ReviewResult
from mlops_widgets.lifecycle.review.signals import Signal
from mlops_widgets.ui.card import Axis, Card, Line, Mark, Series, Table
from mlops_widgets.ui.figures import small_print


@register
def card_of_review(result: ReviewResult) -> Card:
    """Return a panel a signal, the table of chunks, and the review's text."""
    first = result.findings[0]
    named = (
        (result.metric, "metric"),
        (result.calibration, "outcomes less predictions"),
        (result.value, "value of a decision"),
    )
    charts = tuple(
        _line(result, signal, label) for signal, label in named if signal is not None and signal.judged.sum() > 1
    )
    return Card(
        headline=first.claim, status=first.status, summary=_summary(result), charts=charts, findings=result.findings[1:],
        table=_table(result), action=first.action, small=small_print(result), reference=result.reference, document=result.document,
    )  # fmt: skip


def _summary(result: ReviewResult) -> str:
    waiting = int((result.mature == 0).sum())
    alarms = int((result.alarms() > 0).sum())
    told = f"{alarms} of {len(result.chunks)} chunks raise an alarm of any kind"
    wait = f"; {waiting} wait for labels" if waiting else ""
    return (
        f"{told}{wait}. Without any change, {number(result.budget.expected)} alarms would be expected in this review."
    )


def _line(result: ReviewResult, signal: Signal, label: str) -> Line:
    judged = signal.judged
    name = signal.label if label == "metric" else label
    form: Form = "date" if result.are_dates else "integer"
    low, high = (end[judged] for end in (signal.band_lower, signal.band_upper))
    # The harmless side of a band is open: it is drawn up to what was seen.
    tops = np.where(np.isfinite(high), high, np.fmax(np.nanmax(signal.values[judged]), signal.promise))
    bottoms = np.where(np.isfinite(low), low, np.fmin(np.nanmin(signal.values[judged]), signal.promise))
    unchanged = Series(
        label="promised", y=np.full(int(judged.sum()), signal.promise), lower=bottoms, upper=tops, role="muted", dashed=True
    )  # fmt: skip
    seen = Series(
        label="production",
        y=signal.values[judged],
        lower=signal.lower[judged],
        upper=signal.upper[judged],
        role="production",
    )
    return Line(
        x=result.starts[judged], x_axis=Axis(label=f"by {result.chunks_by}", form=form), y_axis=Axis(label=name),
        series=(unchanged, seen), events=_events(result) if form == "date" else (), title=_title(signal, name, int(judged.sum())),
    )  # fmt: skip


def _events(result: ReviewResult) -> tuple[Mark, ...]:
    """Return where a change most likely began, if one did."""
    sure = next((each for each in result.changes if each.significant and each.worse), None)
    if sure is None:
        return ()
    return (Mark(value=float(result.starts[sure.chunk]), label=f"change: {result.chunks[sure.chunk]}", role="bad"),)


def _title(signal: Signal, name: str, judged: int) -> str:
    return f"{name[:1].upper()}{name[1:]}: {int(signal.alarms.sum())} of {judged} beyond the grey band"


def _table(result: ReviewResult) -> Table:
    rows = []
    for at, label in enumerate(result.chunks):
        cells = [label, f"{result.rows_by_chunk[at]:,}", number(float(result.label_shares[at]), "percent")]
        cells += [
            _cell(signal, at) for signal in (result.metric, result.calibration, result.value) if signal is not None
        ]
        drifting = "–" if result.drift is None else str(int(result.drift.alarms[:, at].sum()))
        rows.append((*cells, drifting, str(sum(int(each.alarms[at]) for each in result.gaps))))
    names = [signal.label for signal in (result.metric, result.calibration, result.value) if signal is not None]
    columns = (result.chunks_by, "rows", "labelled", *names, "columns that drift", "groups beyond")
    return Table(
        columns=columns,
        rows=tuple(rows),
        caption="▲ beyond the band, which is given then. Intervals hold for all chunks at once.",
    )


def _cell(signal: Signal, at: int) -> str:
    if not signal.judged[at]:
        return "–"
    words = estimate(float(signal.values[at]), float(signal.lower[at]), float(signal.upper[at]))
    return f"▲ {words}, band {band_words(signal, at)}" if signal.alarms[at] else words
