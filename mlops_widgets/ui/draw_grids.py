"""Pictures of many values at once: heat maps, and two distributions over the same bins."""

import math

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap, Normalize, TwoSlopeNorm, to_hex

from mlops_widgets.core.words import number
from mlops_widgets.ui.card import Distributions, Floats, HeatMap
from mlops_widgets.ui.lettering import cut, width
from mlops_widgets.ui.scales import range_digits, ticks
from mlops_widgets.ui.sheet import LETTERS, MUTED, Block, Sheet, axis_title, chart_title, points, value_ticks
from mlops_widgets.ui.style import BACKGROUND, BODY, LABEL, MARGIN, ROLES, SMALL, TEXT, WIDTH, tint

_LIGHT = "#eef3f8"
_HEIGHT = 220.0
_LABEL_ROOM = 190.0
_MOST_NAMES = 20


def heat_map(chart: HeatMap) -> Block:
    """Return the grid with a scale, and the numbers in the cells where they can be read."""
    rows, columns = chart.values.shape
    left = MARGIN + min(max((width(name, LABEL) for name in chart.rows), default=0.0), _LABEL_ROOM) + 12
    wide = (WIDTH - MARGIN - left) / max(columns, 1)
    high = min(34.0, max(12.0, 420.0 / max(rows, 1)))
    turned = any(width(name, LABEL) > wide - 6 for name in chart.columns)
    depth = min(max((width(name, LABEL) for name in chart.columns), default=0.0), 110.0) * 0.71 + 18 if turned else 20.0
    foot = depth + 6 + (20.0 if chart.column_title else 0.0)
    head = (24.0 if chart.title else 0.0) + 34.0

    def draw(sheet: Sheet, top: float) -> None:
        start = top + head
        _scale_bar(sheet, chart, top + (24.0 if chart.title else 0.0))
        chart_title(sheet, chart.title, top)
        axes = sheet.axes(left, start, WIDTH - MARGIN, start + high * rows)
        _cells(axes, chart, wide=wide, high=high)
        _cell_names(sheet, chart, (left, start, wide, high), depth=depth, turned=turned)

    return Block(head + high * rows + foot + 8, draw)


def distributions(chart: Distributions) -> Block:
    """Return both distributions: as steps over numeric bins, as pairs of bars over named ones."""
    return _named(chart) if chart.edges is None else _binned(chart, chart.edges)


def _colors(chart: HeatMap) -> tuple[LinearSegmentedColormap, Normalize]:
    there = chart.values[np.isfinite(chart.values)]
    low, high = (float(there.min()), float(there.max())) if there.size else (0.0, 1.0)
    low = low if chart.axis.lower is None else chart.axis.lower
    high = high if chart.axis.upper is None else chart.axis.upper
    if chart.centre is None:
        ramp = LinearSegmentedColormap.from_list("mw", [_LIGHT, "#6aa3d0", ROLES["reference"], "#00304f"])
        return ramp, Normalize(low, high if high > low else low + 1)
    reach = max(high - chart.centre, chart.centre - low, 1e-12)
    ramp = LinearSegmentedColormap.from_list("mw", [ROLES["reference"], BACKGROUND, ROLES["production"]])
    return ramp, TwoSlopeNorm(chart.centre, chart.centre - reach, chart.centre + reach)


def _cells(axes: Axes, chart: HeatMap, *, wide: float, high: float) -> None:
    rows, columns = chart.values.shape
    ramp, scale = _colors(chart)
    axes.set_xlim(0, max(columns, 1))
    axes.set_ylim(max(rows, 1), 0)
    axes.set_facecolor("none")
    grid = np.ma.masked_invalid(chart.values)
    axes.pcolormesh(
        np.arange(columns + 1), np.arange(rows + 1), grid, cmap=ramp, norm=scale, edgecolors=BACKGROUND,
        linewidth=points(1.5), shading="flat", antialiased=False, rasterized=False,
    )  # fmt: skip
    digits = range_digits(float(scale.vmin or 0.0), float(scale.vmax or 0.0)) if chart.axis.form == "number" else None
    texts = [[number(float(v), chart.axis.form, digits=digits) for v in row] for row in chart.values]
    if high < 16 or max((width(t, SMALL) for row in texts for t in row), default=0.0) > wide - 6:
        return
    for r, c in np.ndindex(rows, columns):
        value = float(chart.values[r, c])
        ink = MUTED if math.isnan(value) else _ink(ramp(float(scale(value))))
        axes.text(
            c + 0.5, r + 0.5, texts[r][c], fontsize=points(SMALL), color=ink, ha="center", va="center",
            **LETTERS,
        )  # fmt: skip


def _ink(color: tuple[float, float, float, float]) -> str:
    """Return black or white, whichever reads better on `color` (WCAG relative luminance)."""
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in color[:3]]
    return TEXT if 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2] > 0.22 else BACKGROUND


def _cell_names(
    sheet: Sheet, chart: HeatMap, area: tuple[float, float, float, float], *, depth: float, turned: bool
) -> None:
    left, start, wide, high = area
    bottom = start + high * len(chart.rows)
    for r, name in enumerate(chart.rows):
        sheet.text(
            left - 8, start + high * (r + 0.5), cut(name, LABEL, _LABEL_ROOM), align="right", valign="center_baseline"
        )
    every = max(1, math.ceil(20 / wide)) if turned else 1
    for c, name in list(enumerate(chart.columns))[::every]:
        middle = left + wide * (c + 0.5)
        if turned:
            sheet.text(middle + 4, bottom + 12, cut(name, LABEL, 110), align="right", turn=45)
        else:
            sheet.text(middle, bottom + 17, name, align="center")
    if chart.column_title:
        sheet.text(
            left + wide * len(chart.columns) / 2,
            bottom + depth + 14,
            cut(chart.column_title, LABEL, 400),
            color=MUTED,
            align="center",
        )
    if chart.row_title:
        sheet.text(MARGIN, start - 8, cut(chart.row_title, LABEL, 260), color=MUTED)


def _scale_bar(sheet: Sheet, chart: HeatMap, top: float) -> None:
    """Draw the colours from the lowest to the highest value with their numbers, at the top right."""
    ramp, scale = _colors(chart)
    low, high = float(scale.vmin or 0.0), float(scale.vmax or 0.0)
    ends = number(low, chart.axis.form), number(high, chart.axis.form)
    label = cut(chart.axis.label, LABEL, 220)
    right = WIDTH - MARGIN - width(ends[1], LABEL) - 6
    for step in range(60):
        sheet.box(right - 120 + step * 2, top + 4, 2.2, 11, color=to_hex(ramp(step / 59)))
    sheet.text(right + 6, top + 14, ends[1], color=MUTED)
    sheet.text(right - 126, top + 14, ends[0], color=MUTED, align="right")
    sheet.text(right - 126 - width(ends[0], LABEL) - 10, top + 14, label, color=MUTED, align="right")


def _legend(sheet: Sheet, chart: Distributions, top: float) -> None:
    chart_title(sheet, chart.title, top)
    y = top + (38 if chart.title else 14)
    x = float(MARGIN)
    for name, role in zip(chart.labels, ("reference", "production"), strict=True):
        text = cut(name, LABEL, 260, "bold")
        if role == "reference":
            sheet.box(x, y - 10, 14, 11, color=tint(ROLES["reference"], 0.4))
        else:
            sheet.line([x, x + 14], [y - 4, y - 4], color=ROLES["production"], width=2.4)
        sheet.text(
            x + 20, y, text, color=ROLES["reference"] if role == "reference" else ROLES["production"], weight="bold"
        )
        x += 20 + width(text, LABEL, "bold") + 22


def _binned(chart: Distributions, edges: Floats) -> Block:
    head = (48.0 if chart.title else 24.0) + 26.0

    def draw(sheet: Sheet, top: float) -> None:
        start, end = top + head, top + head + _HEIGHT
        tall = float(np.nanmax([*chart.reference, *chart.production, 1e-9])) * 1.08
        places, names = ticks(0.0, tall, "percent", 4)
        left = MARGIN + max(width(name, LABEL) for name in names) + 10
        _legend(sheet, chart, top)
        sheet.text(MARGIN, start - 10, "share of rows", color=MUTED)
        axes = sheet.axes(left, start, WIDTH - MARGIN, end)
        axes.set_xlim(float(edges[0]), float(edges[-1]))
        axes.set_ylim(0, tall)
        value_ticks(axes, places, names, along="y")
        where, words = ticks(float(edges[0]), float(edges[-1]), chart.axis.form, 8)
        value_ticks(axes, where, words, along="x")
        axes.collections[-1].remove()
        axes.set_ylim(0, tall)
        axes.stairs(chart.reference, edges, fill=True, color=tint(ROLES["reference"], 0.4), lw=0, zorder=2)
        axes.stairs(chart.production, edges, fill=False, color=ROLES["production"], lw=points(2.2), ls="-", zorder=3)
        axis_title(sheet, chart.axis.label, (left + WIDTH - MARGIN) / 2, end + 40)

    return Block(head + _HEIGHT + 48, draw)


def _named(chart: Distributions) -> Block:
    head, row = (48.0 if chart.title else 24.0) + 8.0, 34.0
    shown = min(len(chart.names), _MOST_NAMES)
    more = len(chart.names) - shown

    def draw(sheet: Sheet, top: float) -> None:
        start, end = top + head, top + head + row * shown
        room = min(max((width(name, BODY) for name in chart.names[:shown]), default=0.0), _LABEL_ROOM)
        left = MARGIN + room + 14
        tall = float(np.nanmax([*chart.reference[:shown], *chart.production[:shown], 1e-9])) * 1.05
        _legend(sheet, chart, top)
        axes = sheet.axes(left, start, WIDTH - MARGIN, end)
        axes.set_xlim(0, tall)
        axes.set_ylim(max(shown, 1), 0)
        value_ticks(axes, *ticks(0.0, tall, "percent"), along="x")
        at = np.arange(shown) + 0.5
        axes.barh(
            at - 0.18, chart.reference[:shown], height=0.3, color=tint(ROLES["reference"], 0.4), linewidth=0, zorder=2
        )
        axes.barh(at + 0.18, chart.production[:shown], height=0.3, color=ROLES["production"], linewidth=0, zorder=2)
        for r, name in enumerate(chart.names[:shown]):
            sheet.text(MARGIN + room, start + row * (r + 0.5) + 4, cut(name, BODY, room + 1), size=BODY, align="right")
        rest = f"… and {more} more · " if more else ""
        axis_title(sheet, f"{rest}share of rows by {chart.axis.label}", (left + WIDTH - MARGIN) / 2, end + 40)

    return Block(head + row * shown + 50, draw)
