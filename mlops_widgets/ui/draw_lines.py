"""Pictures of lines: values over a common axis with their bands, and slopes between two axes."""

import math
from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection

from mlops_widgets.core.words import Form, number
from mlops_widgets.ui.card import Line, Mark, Series, Slope, SlopeRow
from mlops_widgets.ui.lettering import Weight, cut, width
from mlops_widgets.ui.scales import span, spread, ticks
from mlops_widgets.ui.sheet import DASHES, MUTED, Block, Sheet, axis_title, chart_title, points, value_ticks
from mlops_widgets.ui.style import BODY, GHOST, LABEL, MARGIN, ROLES, WIDTH

_HEIGHT = 270.0
_SLOPE_HEIGHT = 320.0
_NAME_ROOM = 210.0
Label = tuple[str, float, str, Weight]
"""Text, value on the axis, colour, weight."""


def line(chart: Line) -> Block:
    """Return the lines with their bands, each named at its right end."""
    head = (24.0 if chart.title else 0.0) + (18.0 if chart.events else 0.0) + 26.0

    def draw(sheet: Sheet, top: float) -> None:
        _draw_line(sheet, chart, top, top + head)

    return Block(head + _HEIGHT + 48, draw)


def slope(chart: Slope) -> Block:
    """Return a line for each row from its left to its right value; emphasised rows above the ghosts."""
    head = (24.0 if chart.title else 0.0) + 44.0

    def draw(sheet: Sheet, top: float) -> None:
        _draw_slope(sheet, chart, top, top + head)

    return Block(head + _SLOPE_HEIGHT + 14, draw)


def _draw_line(sheet: Sheet, chart: Line, top: float, start: float) -> None:
    end = start + _HEIGHT
    low, high = _y_span(chart)
    places, names = ticks(low, high, chart.y_axis.form, 7)
    left = MARGIN + max((width(name, LABEL) for name in names), default=0.0) + 10
    labels = [*_series_labels(chart), *((m.label, m.value, ROLES[m.role], "normal") for m in chart.marks)]
    right = WIDTH - MARGIN - _names_room(labels) - 12
    chart_title(sheet, chart.title, top)
    above = 30 if chart.events else 12
    sheet.text(MARGIN, start - above, cut(chart.y_axis.label, LABEL, WIDTH - 2 * MARGIN), color=MUTED)
    axes = sheet.axes(left, start, right, end)
    axes.set_xlim(*span([float(x) for x in chart.x], chart.x_axis, pad=0.02))
    axes.set_ylim(low, high)
    value_ticks(axes, places, names, along="y")
    _x_ticks(axes, chart, right - left)
    for series in chart.series:
        _draw_series(axes, chart, series)
    for mark in chart.marks:
        axes.axhline(mark.value, color=ROLES[mark.role], lw=points(1.5), ls=DASHES, zorder=1.5)
    _events(sheet, axes, chart.events, (left, right), start)
    _names(sheet, axes, labels, right + 10, (start, end))
    axis_title(sheet, chart.x_axis.label, (left + right) / 2, end + 40)


def _y_span(chart: Line) -> tuple[float, float]:
    values = [mark.value for mark in chart.marks]
    for series in chart.series:
        for array in (series.y, series.lower, series.upper):
            values += [] if array is None else [float(v) for v in array]
    return span(values, chart.y_axis)


def _x_ticks(axes: Axes, chart: Line, room: float) -> None:
    form = chart.x_axis.form
    low, high = axes.get_xlim()
    places, names = ticks(low, high, form, max(3, int(room // (96 if form == "date" else 60))))
    grid_free = axes.get_ylim()
    value_ticks(axes, places, names, along="x")
    axes.collections[-1].remove()  # no vertical hair lines under lines over time
    axes.set_ylim(*grid_free)


def _draw_series(axes: Axes, chart: Line, series: Series) -> None:
    color = ROLES[series.role]
    if series.lower is not None and series.upper is not None:
        axes.fill_between(chart.x, series.lower, series.upper, color=color, alpha=0.16, linewidth=0, zorder=2)
    style = DASHES if series.dashed else "-"
    marker = "o" if len(series.y) <= 40 and not series.dashed else ""
    axes.plot(
        chart.x, series.y, color=color, lw=points(2.4), ls=style, marker=marker, ms=points(5), mfc=color, mec="white",
        mew=points(0.8), solid_capstyle="round", solid_joinstyle="round", zorder=3,
    )  # fmt: skip


def _series_labels(chart: Line) -> list[Label]:
    labels: list[Label] = []
    for series in chart.series:
        there = np.flatnonzero(np.isfinite(series.y))
        if there.size:
            value = float(series.y[there[-1]])
            text = _with_value(series.end or series.label, value, chart.y_axis.form)
            labels.append((text, value, ROLES[series.role], "bold"))
    return labels


def _events(sheet: Sheet, axes: Axes, events: Sequence[Mark], ends: tuple[float, float], start: float) -> None:
    """Draw a vertical line for each event, named above the plot."""
    left, right = ends
    low, high = axes.get_xlim()
    shown = [event for event in events if low <= event.value <= high]
    names = [cut(event.label, LABEL, (right - left) / max(len(shown), 1) - 12) for event in shown]
    places = [left + (event.value - low) / (high - low) * (right - left) for event in shown]
    gap = max((width(name, LABEL) for name in names), default=0.0) + 12
    for event, name, place in zip(shown, names, spread(places, gap, left + gap / 2, right - gap / 2), strict=True):
        axes.axvline(event.value, color=ROLES[event.role], lw=points(1.3), ls=DASHES, zorder=1.5)
        sheet.text(place, start - 8, name, color=ROLES[event.role], align="center")


def _draw_slope(sheet: Sheet, chart: Slope, top: float, start: float) -> None:
    end = start + _SLOPE_HEIGHT
    low, high = span(
        [v for row in chart.rows for v in (row.left, row.right)] + [m.value for m in chart.marks], chart.axis
    )
    places, names = ticks(low, high, chart.axis.form)
    strong = [row for row in chart.rows if row.emphasised]
    labels = [*(_right_label(row, chart) for row in strong), *_mark_labels(chart)]
    left = MARGIN + max((width(name, LABEL) for name in names), default=0.0) + 10
    right = WIDTH - MARGIN - _names_room(labels) - 12
    axes = sheet.axes(left, start, right, end)
    axes.set_xlim(0, 1)
    axes.set_ylim(low, high)
    value_ticks(axes, places, names, along="y")
    _draw_rows(axes, chart)
    chart_title(sheet, chart.title, top)
    _slope_heads(sheet, chart, (left, right), start)
    _names(sheet, axes, labels, right + 10, (start, end))
    numbers: list[Label] = [(number(row.left, chart.axis.form), row.left, ROLES[row.role], "bold") for row in strong]
    _names(sheet, axes, numbers, left + _LEFT * (right - left) - 14, (start, end), align="right")


_LEFT, _RIGHT = 0.2, 0.9
"""Where the two axes of a slope stand, as shares of the plot's width."""


def _draw_rows(axes: Axes, chart: Slope) -> None:
    ghosts = [row for row in chart.rows if not row.emphasised]
    faint = max(0.08, min(0.45, 12 / max(len(ghosts), 1)))
    paths = [[(_LEFT, row.left), (_RIGHT, row.right)] for row in ghosts]
    axes.add_collection(LineCollection(paths, colors=GHOST, alpha=faint, linewidths=points(1), zorder=1), autolim=False)
    for place, values in ((_LEFT, [row.left for row in ghosts]), (_RIGHT, [row.right for row in ghosts])):
        axes.plot(
            [place] * len(ghosts),
            values,
            ls="",
            marker="o",
            ms=points(4),
            mfc=GHOST,
            mec="none",
            alpha=0.55,
            zorder=1.2,
        )
    for mark in chart.marks:
        axes.axhline(mark.value, color=ROLES[mark.role], lw=points(1.5), ls=DASHES, zorder=1.5)
    for row in chart.rows:
        if row.emphasised:
            axes.plot(
                [_LEFT, _RIGHT], [row.left, row.right], color=ROLES[row.role], lw=points(2.6), ls="-", marker="o",
                ms=points(10), mfc=ROLES[row.role], mec="white", mew=points(1.4), zorder=4, clip_on=False,
            )  # fmt: skip


def _slope_heads(sheet: Sheet, chart: Slope, ends: tuple[float, float], start: float) -> None:
    left, right = ends
    room = (right - left) * 0.55
    for place, name in ((_LEFT, chart.left), (_RIGHT, chart.right)):
        text = cut(name, BODY, room, "bold")
        half = width(text, BODY, "bold") / 2
        middle = min(max(left + place * (right - left), MARGIN + half), WIDTH - MARGIN - half)
        sheet.text(middle, start - 24, text, size=BODY, weight="bold", align="center")
    sheet.text(MARGIN, start - 6, cut(chart.axis.label, LABEL, room), color=MUTED)


def _right_label(row: SlopeRow, chart: Slope) -> Label:
    return _with_value(row.label, row.right, chart.axis.form), row.right, ROLES[row.role], "bold"


def _with_value(name: str, value: float, form: Form) -> str:
    """Return the name with its value behind it, the name shortened so that the value stays."""
    text = number(value, form)
    return f"{cut(name, LABEL, _NAME_ROOM - width(f' {text}', LABEL, 'bold'), 'bold')} {text}"


def _mark_labels(chart: Slope) -> list[Label]:
    return [(mark.label, mark.value, ROLES[mark.role], "normal") for mark in chart.marks]


def _names_room(labels: Sequence[Label]) -> float:
    return max((min(width(text, LABEL, weight), _NAME_ROOM) for text, _, _, weight in labels), default=0.0)


def _names(
    sheet: Sheet, axes: Axes, labels: Sequence[Label], x: float, ends: tuple[float, float], *, align: str = "left"
) -> None:
    """Write each label at the height of its value, moved apart where they would touch."""
    start, end = ends
    low, high = axes.get_ylim()
    shown = [label for label in labels if math.isfinite(label[1])]
    places = [end - (min(max(value, low), high) - low) / (high - low) * (end - start) for _, value, _, _ in shown]
    for (text, _, color, weight), y in zip(shown, spread(places, 16, start, end), strict=True):
        sheet.text(x, y + 4, cut(text, LABEL, _NAME_ROOM, weight), color=color, weight=weight, align=align, halo=True)
