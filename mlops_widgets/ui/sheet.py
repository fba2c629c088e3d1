"""The paper a picture is drawn on: blocks from top to bottom, measured in css pixels.

Every colour, width and font is given here, none taken from matplotlib's settings: a notebook's own style must not change
the picture, and a picture drawn in a worker thread must not change the notebook's style.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Rectangle
from matplotlib.patheffects import withStroke

from mlops_widgets.ui.lettering import Weight, cut, drawable
from mlops_widgets.ui.style import BACKGROUND, BODY, FONT, GRID, LABEL, MARGIN, ROLES, TEXT, WIDTH

MUTED = ROLES["muted"]
_DPI = 100


@dataclass(frozen=True)
class Block:
    """A part of the picture: how high it is, and how it is drawn at a distance from the top.

    On paper, where there is an end of the page, it may want to stay with the block after it (a heading), and what stands
    above it may have to stand above it again on the next page (a table's heading).
    """

    height: float
    draw: Callable[["Sheet", float], None]
    stays: bool = False
    under: "Block | None" = None


class Sheet:
    """A figure that is drawn on in css pixels, from the top left; `border` is left free on both sides of the usual width."""

    def __init__(self, height: float, *, border: float = 0.0) -> None:
        self.height, self._border, self._width = height, border, WIDTH + 2 * border
        size = (self._width / _DPI, height / _DPI)
        self.figure = Figure(figsize=size, dpi=_DPI, facecolor=BACKGROUND, edgecolor="none")
        self._order = 1.0

    def _across(self, x: float) -> float:
        return (x + self._border) / self._width

    def _up(self, y: float) -> float:
        return 1 - y / self.height

    def _next(self) -> float:
        """Return the drawing order of the next shape: what is drawn later lies above, and all below the texts."""
        self._order += 0.001
        return self._order

    def text(
        self, x: float, y: float, text: str, *, size: float = LABEL, color: str = TEXT, weight: Weight = "normal",
        align: str = "left", valign: str = "baseline", turn: float = 0.0, halo: bool = False,
    ) -> None:  # fmt: skip
        """Write one line with its anchor at (x, y); with `halo`, readable over lines."""
        effects = [withStroke(linewidth=points(4), foreground=BACKGROUND)] if halo else []
        self.figure.text(
            self._across(x), self._up(y), drawable(text), fontsize=points(size), color=color, fontweight=weight,
            ha=align, va=valign, rotation=turn, rotation_mode="anchor",
            path_effects=effects, **LETTERS,
        )  # fmt: skip

    def line(
        self, xs: Sequence[float], ys: Sequence[float], *, color: str, width: float = 1.0, dashed: bool = False
    ) -> None:
        """Draw a line through the points."""
        self.figure.add_artist(
            Line2D(
                [self._across(x) for x in xs], [self._up(y) for y in ys], color=color, linewidth=points(width),
                linestyle=DASHES if dashed else "-", marker="", solid_capstyle="round", transform=self.figure.transFigure, zorder=self._next(),
            )
        )  # fmt: skip

    def box(self, x: float, y: float, wide: float, high: float, *, color: str, edge: str = "none") -> None:
        """Fill a rectangle whose top left corner is (x, y)."""
        corner = (self._across(x), self._up(y + high))
        self.figure.add_artist(
            Rectangle(
                corner, wide / self._width, high / self.height, facecolor=color, edgecolor=edge, linewidth=points(1),
                hatch=None, transform=self.figure.transFigure, zorder=self._next(),
            )
        )  # fmt: skip

    def axes(self, left: float, top: float, right: float, bottom: float) -> Axes:
        """Return bare axes between the given edges: no frame, no ticks, no grid."""
        start = (self._across(left), self._up(bottom))
        area = (*start, (right - left) / self._width, (bottom - top) / self.height)
        axes = self.figure.add_axes(area, facecolor="none", frameon=False)
        axes.grid(visible=False, which="both")
        axes.set_axisbelow(True)
        axes.set_autoscale_on(False)
        axes.set_xticks([])
        axes.set_yticks([])
        return axes


LETTERS: dict[str, Any] = {"fontfamily": [FONT], "fontstyle": "normal", "parse_math": False, "usetex": False}
DASHES: tuple[float, tuple[float, float]] = (0, (4.0, 3.0))


def points(pixels: float) -> float:
    """Return matplotlib's points for css pixels on a sheet."""
    return pixels * 72 / _DPI


def compose(blocks: Sequence[Block]) -> Figure:
    """Return the figure with `blocks` below each other."""
    sheet = Sheet(math.ceil(sum(block.height for block in blocks)))
    top = 0.0
    for block in blocks:
        block.draw(sheet, top)
        top += block.height
    return sheet.figure


def value_ticks(axes: Axes, ticks: Sequence[float], labels: Sequence[str], *, along: Literal["x", "y"]) -> None:
    """Write the numbers of a value axis in muted ink and draw a hair line at each."""
    style: dict[str, Any] = {"fontsize": points(LABEL), "color": MUTED, **LETTERS}
    if along == "x":
        axes.set_xticks(ticks, labels, **style)
        axes.vlines(ticks, *axes.get_ylim(), colors=GRID, linewidth=points(1), linestyles="solid", zorder=0)
    else:
        axes.set_yticks(ticks, labels, **style)
        axes.hlines(ticks, *axes.get_xlim(), colors=GRID, linewidth=points(1), linestyles="solid", zorder=0)
    axes.tick_params(
        axis=along, which="both", length=0, pad=points(6), labelsize=points(LABEL), labelcolor=MUTED, labelrotation=0,
        top=False, right=False, bottom=True, left=True, labeltop=False, labelright=False, labelbottom=True, labelleft=True,
    )  # fmt: skip


def chart_title(sheet: Sheet, title: str, top: float) -> None:
    """Write the title of a chart, if it has one, at the top of its block."""
    if title:
        sheet.text(MARGIN, top + 14, cut(title, BODY, WIDTH - 2 * MARGIN, "bold"), size=BODY, weight="bold")


def axis_title(sheet: Sheet, title: str, middle: float, y: float) -> None:
    """Write the title of a horizontal axis, centred under it and inside the margins."""
    room = 2 * min(middle - MARGIN, WIDTH - MARGIN - middle)
    sheet.text(middle, y, cut(title, LABEL, room), color=MUTED, align="center")
