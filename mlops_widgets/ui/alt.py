"""What a picture shows, in words: for screen readers, and for whoever sees the picture's place but not the picture."""

from collections.abc import Sequence

import numpy as np

from mlops_widgets.core.words import Form, estimate, number
from mlops_widgets.ui.card import Card, Chart, Estimate, Line, Slope, Swarm

_MOST_LETTERS = 900
_MOST_ROWS = 6
_HALF = 0.5


def alt_text(card: Card) -> str:
    """Return the finding, its verdict, and the numbers of the charts."""
    parts = [card.headline]
    if card.status:
        parts.append(f"Verdict: {card.status.replace('_', ' ')}.")
    parts += [text for text in (card.summary, card.empty, card.document and card.document.lead) if text]
    return _short(" ".join([*parts, *map(_chart, card.charts)]))


def charts_in_words(card: Card) -> str:
    """Return the numbers of the charts."""
    return _short(" ".join(map(_chart, card.charts)))


def _short(text: str) -> str:
    return text if len(text) <= _MOST_LETTERS else text[: _MOST_LETTERS - 1].rsplit(" ", 1)[0] + "…"


def _chart(chart: Chart) -> str:
    if chart.kind == "line":
        words = _line(chart)
    elif chart.kind == "slope":
        words = _slope(chart)
    elif chart.kind == "heatmap":
        words = f"Heat map of {chart.axis.label}, {len(chart.rows)} rows by {len(chart.columns)} columns."
    elif chart.kind == "swarm":
        words = (
            f"One dot a row for each of {', '.join(chart.rows[:_MOST_ROWS])}, by {chart.axis.label}; {_sides(chart)}."
        )
    elif chart.kind == "distributions":
        words = f"Distributions of {chart.axis.label}: {chart.labels[0]} against {chart.labels[1]}."
    elif chart.kind == "beforeafter":
        words = f"{chart.axis.label}: {_rows((chart.before, chart.after), chart.axis.form)}."
    elif chart.kind == "waterfall":
        form = chart.axis.form
        ends = f"{chart.start_label} {number(chart.start, form)}, {chart.end_label} {number(chart.end, form)}"
        words = f"{chart.axis.label}: {ends}; steps: {_rows(chart.rows, form)}."
    else:
        words = f"{chart.axis.label}: {_rows(chart.rows, chart.axis.form)}."
    return f"{chart.title}: {words}" if chart.title else words


def _sides(chart: Swarm) -> str:
    """Return of which row's dots the high values lie to the right, and of which to the left."""
    right: list[str] = []
    left: list[str] = []
    for name, values, ranks in zip(chart.rows[:_MOST_ROWS], chart.values, chart.ranks, strict=False):
        high, low = values[ranks >= _HALF], values[ranks < _HALF]
        if high.size and low.size:
            (right if high.mean() > low.mean() else left).append(name)
    words = [
        f"{chart.high} to the {side} for {', '.join(names)}"
        for side, names in (("right", right), ("left", left))
        if names
    ]
    return "; ".join(words) or "in no order"


def _rows(rows: Sequence[Estimate], form: Form) -> str:
    shown = [f"{row.label} {estimate(row.value, row.lower, row.upper, form)}" for row in rows[:_MOST_ROWS]]
    more = len(rows) - len(shown)
    return "; ".join(shown) + (f"; and {more} more" if more > 0 else "")


def _line(chart: Line) -> str:
    parts = []
    for series in chart.series[:_MOST_ROWS]:
        there = series.y[np.isfinite(series.y)]
        if there.size:
            ends = number(float(there[0]), chart.y_axis.form), number(float(there[-1]), chart.y_axis.form)
            parts.append(f"{series.label} goes from {ends[0]} to {ends[1]}")
    return f"{chart.y_axis.label} by {chart.x_axis.label}: {'; '.join(parts) or 'no values'}."


def _slope(chart: Slope) -> str:
    form = chart.axis.form
    strong = [row for row in chart.rows if row.emphasised][:_MOST_ROWS]
    parts = [
        f"{row.label} {number(row.left, form)} {chart.left}, {number(row.right, form)} {chart.right}" for row in strong
    ]
    ghosts = len(chart.rows) - sum(row.emphasised for row in chart.rows)
    return f"{chart.axis.label}: {'; '.join(parts)}" + (f"; {ghosts} others in grey." if ghosts else ".")
