"""Pictures of values one by one: rows of dots above and below a line."""

import math

from mlops_widgets.ui.card import Floats, Swarm
from mlops_widgets.ui.lettering import cut, width
from mlops_widgets.ui.scales import span, ticks
from mlops_widgets.ui.sheet import MUTED, Block, Sheet, axis_title, chart_title, points, value_ticks
from mlops_widgets.ui.style import BODY, GHOST, GRID, LABEL, MARGIN, ROLES, WIDTH

_ROW = 34.0
_LABEL_ROOM = 200.0
_STEP, _MOST_STEPS = 3.0, 4.0
_BIN = 4.0
_SIZE = 4.6
_HALF = 0.5


def swarm(chart: Swarm) -> Block:
    """Return a row of dots a name: high values above its line in one colour, low ones below it in the other."""
    head = (26.0 if chart.title else 6.0) + 22.0
    room = min(max((width(name, BODY) for name in chart.rows), default=0.0), _LABEL_ROOM)
    left, right = MARGIN + room + 18, WIDTH - MARGIN - 8.0

    def draw(sheet: Sheet, top: float) -> None:
        start, end = top + head, top + head + _ROW * len(chart.rows)
        chart_title(sheet, chart.title, top)
        _key(sheet, chart, start - 10)
        axes = sheet.axes(left, start, right, end)
        low, high = span(chart.values.ravel().tolist(), chart.axis, zero=True)
        axes.set_xlim(low, high)
        axes.set_ylim(end - start, 0)
        value_ticks(axes, *ticks(low, high, chart.axis.form), along="x")
        axes.vlines([0.0], 0, end - start, colors=ROLES["truth"], linewidth=points(1.2), zorder=1)
        for row, name in enumerate(chart.rows):
            middle = _ROW * (row + 0.5)
            axes.hlines([middle], low, high, colors=GRID, linewidth=points(1), zorder=0.5)
            rises = heights((chart.values[row] - low) / (high - low) * (right - left), chart.ranks[row])
            for role, kept in _sides(chart.ranks[row]):
                axes.plot(
                    chart.values[row][kept], middle - rises[kept], ls="", marker="o", ms=points(_SIZE), mfc=role, mec="white",
                    mew=points(0.5), zorder=3,
                )  # fmt: skip
            sheet.text(left - 14, start + middle + 5, cut(name, BODY, _LABEL_ROOM), size=BODY, align="right")
        axis_title(sheet, chart.axis.label, (left + right) / 2, end + 38)

    return Block(head + _ROW * len(chart.rows) + 46.0, draw)


def heights(places: Floats, ranks: Floats) -> Floats:
    """Return how far each dot stands above its row's line, in pixels: dots at one place are stacked, high ranks upwards.

    Parameters
    ----------
    places
        (n,) where the dots lie, in pixels.
    ranks
        (n,) 0 to 1, NaN for those that stand on either side in turn.
    """
    rises = places * 0.0
    count: dict[tuple[int, int], int] = {}
    for k, (place, rank) in enumerate(zip(places.tolist(), ranks.tolist(), strict=True)):
        side = (1 if k % 2 else -1) if math.isnan(rank) else 1 if rank >= _HALF else -1
        bin_ = math.floor(place / _BIN), side
        rises[k] = side * _STEP * (min(count.get(bin_, 0), _MOST_STEPS) + 0.5)
        count[bin_] = count.get(bin_, 0) + 1
    return rises


def _sides(ranks: Floats) -> list[tuple[str, Floats]]:
    return [
        (ROLES["reference"], ranks < _HALF), (ROLES["production"], ranks >= _HALF), (GHOST, ranks != ranks),  # noqa: PLR0124 - NaN
    ]  # fmt: skip


def _key(sheet: Sheet, chart: Swarm, y: float) -> None:
    x = float(MARGIN)
    for text, color in (
        (f"above the line: {chart.high}", ROLES["production"]), (f"below: {chart.low}", ROLES["reference"]),
        ("grey: no order", MUTED),
    ):  # fmt: skip
        sheet.box(x, y - 8, 8, 8, color=color)
        sheet.text(x + 13, y, text, color=color)
        x += 13 + width(text, LABEL) + 20
