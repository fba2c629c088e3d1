"""The same figure as in the browser, by matplotlib: for files, for readers that run no script, for screen readers."""

import io
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from matplotlib.figure import Figure

from mlops_widgets.core.document import Document
from mlops_widgets.core.result import MARKS, Finding
from mlops_widgets.ui import draw_grids, draw_lines, draw_rows, draw_swarm
from mlops_widgets.ui.card import Card
from mlops_widgets.ui.lettering import Weight, balance, width, wrap
from mlops_widgets.ui.sheet import MUTED, Block, Sheet, compose
from mlops_widgets.ui.style import BODY, GRID, LABEL, MARGIN, PANEL, ROLES, SMALL, STATUS_ROLES, TEXT, TITLE, WIDTH

_ROOM = WIDTH - 2.0 * MARGIN
_MOST_BYTES = 90_000
_SCALE, _COLORS = 1.6, 96
_MOST_FINDINGS = 8
_MOST_PARAGRAPHS = 6
_DRAW: dict[str, Callable[[Any], Block]] = {
    "dots": draw_rows.dots, "bars": draw_rows.bars, "ranked": draw_rows.ranked, "beforeafter": draw_rows.before_after,
    "waterfall": draw_rows.waterfall,
    "swarm": draw_swarm.swarm, "line": draw_lines.line, "slope": draw_lines.slope,
    "heatmap": draw_grids.heat_map, "distributions": draw_grids.distributions,
}  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Picture:
    """A drawn card: the PNG file, with more than one pixel a css pixel, and its size in css pixels."""

    png: bytes
    width: int
    height: int


def draw(card: Card) -> Figure:
    """Return `card` as a figure: headline, verdict, charts, what to do, small print. The card stays as it is."""
    return compose([gap(20), *card_blocks(card), gap(14)])


def card_blocks(card: Card) -> list[Block]:
    """Return the parts of a card from top to bottom."""
    blocks = [_headline(card), *_verdict(card)]
    if card.empty:
        blocks.append(_empty(card.empty))
    blocks += chart_blocks(card)
    if card.document:
        blocks += _document(card.document)
    elif not card.charts:
        blocks += [finding_block(finding) for finding in card.findings[:_MOST_FINDINGS]]
    return [*blocks, *_action(card), *_code(card), *_small(card)]


def chart_blocks(card: Card) -> list[Block]:
    """Return the charts of a card."""
    return [_DRAW[chart.kind](chart) for chart in card.charts]


def charts_png(card: Card) -> bytes:
    """Return the charts of a card alone as a PNG file."""
    return _saved(compose([gap(8), *chart_blocks(card)]), _SCALE, _COLORS)


def gap(height: float) -> Block:
    """Return an empty space."""
    return Block(height, _nothing)


def _document(document: Document) -> list[Block]:
    """Return how a document begins; the page and the PDF hold all of it."""
    texts = [block.text for section in document.sections for block in section.blocks if block.kind == "paragraph"]
    return [
        _paragraph(document.title, size=BODY, bold=True),
        *(_paragraph(text, size=BODY, most=5, after=8) for text in (document.lead, *texts[:_MOST_PARAGRAPHS]) if text),
    ]


def picture(card: Card) -> Picture:
    """Return `card` as a PNG of at most 90 kB: a palette of 96 colours, and where that is not enough, fewer pixels.

    A chapter holds thirty of them and is to stay under 3 MB.
    """
    figure = draw(card)
    scale = _SCALE
    png = _saved(figure, scale, _COLORS)
    while len(png) > _MOST_BYTES and scale > 0.5:
        scale = max(0.5, scale * 0.95 * (_MOST_BYTES / len(png)) ** 0.5)
        png = _saved(figure, scale, _COLORS)
    return Picture(png=png, width=WIDTH, height=round(float(figure.get_figheight() * figure.dpi)))


def _saved(figure: Figure, scale: float, colors: int) -> bytes:
    """Return the figure as a PNG with a palette; maximum coverage keeps rare colours, which here carry meaning."""
    from PIL import Image

    drawn, packed = io.BytesIO(), io.BytesIO()
    figure.savefig(
        drawn,
        format="rgba",
        dpi=figure.dpi * scale,
        facecolor=figure.get_facecolor(),
        edgecolor="none",
        bbox_inches=None,
    )
    width, height = (int(inches * figure.dpi * scale) for inches in figure.get_size_inches())
    image = Image.frombuffer("RGBA", (width, height), drawn.getvalue(), "raw", "RGBA", 0, 1)
    flat = image.convert("RGB").quantize(colors, Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE)
    flat.save(packed, "PNG", compress_level=7)
    return packed.getvalue()


def _nothing(_sheet: Sheet, _top: float) -> None:
    """Leave the space empty."""


def _paragraph(
    text: str, *, size: float, color: str = TEXT, bold: bool = False, most: int = 4, indent: float = 0.0,
    after: float = 6.0, lead: float = 0.0,
) -> Block:  # fmt: skip
    weight: Weight = "bold" if bold else "normal"
    if lead:
        lines = wrap(text, size, _ROOM - indent, weight=weight, most=most, lead=lead)
    else:
        lines = balance(text, size, _ROOM - indent, weight=weight, most=most)
    step = size * 1.42

    def draw_lines_of_text(sheet: Sheet, top: float) -> None:
        for number_of_line, line in enumerate(lines):
            left = MARGIN + indent + (0.0 if number_of_line else lead)
            sheet.text(left, top + step * number_of_line + size, line, size=size, color=color, weight=weight)

    return Block(step * len(lines) + after, draw_lines_of_text)


def _headline(card: Card) -> Block:
    return _paragraph(card.headline, size=TITLE, bold=True, most=6, after=4)


def _verdict(card: Card) -> list[Block]:
    if card.status is None:
        return [_paragraph(card.summary, size=BODY, color=MUTED, after=12)] if card.summary else [gap(8)]
    return [_marked(card.status, card.summary, after=12)]


def finding_block(finding: Finding) -> Block:
    """Return a finding: its verdict and its claim."""
    return _marked(finding.status, finding.claim, after=6)


def _marked(status: Any, text: str, *, after: float) -> Block:  # noqa: ANN401 - a Status
    """Return a line that begins with the status as shape, word and colour."""
    chip = f"{MARKS[status]} {status.replace('_', ' ')}"
    indent = width(chip, BODY, "bold") + 12
    words = _paragraph(text, size=BODY, color=MUTED, indent=indent, after=after)

    def draw_marked(sheet: Sheet, top: float) -> None:
        sheet.text(MARGIN, top + BODY, chip, size=BODY, weight="bold", color=ROLES[STATUS_ROLES[status]])
        words.draw(sheet, top)

    return Block(max(words.height, BODY * 1.42 + after), draw_marked)


def _empty(text: str) -> Block:
    """Return the shape of a figure in grey with the reason on it: an impossible state, designed."""
    lines = wrap(text, BODY, _ROOM - 80, most=4)
    height = 140.0 + 19 * len(lines)

    def draw_empty(sheet: Sheet, top: float) -> None:
        sheet.box(MARGIN, top, _ROOM, height - 16, color=PANEL, edge=GRID)
        base = top + height - 38
        sheet.line([MARGIN + 40, WIDTH - MARGIN - 40], [base, base], color=GRID)
        xs = [MARGIN + 40 + (_ROOM - 80) * k / 6 for k in range(7)]
        sheet.line(xs, [base - rise for rise in (44, 52, 40, 36, 22, 28, 12)], color=GRID, width=3)
        for number_of_line, line in enumerate(lines):
            sheet.text(WIDTH / 2, top + 34 + 19 * number_of_line, line, size=BODY, color=MUTED, align="center")

    return Block(height, draw_empty)


def _action(card: Card) -> list[Block]:
    if not card.action:
        return []
    lead = "Do this on Monday:"
    indent = 14.0
    lead_width = width(lead + " ", BODY, "bold")
    words = _paragraph(card.action, size=BODY, indent=indent, most=5, after=0, lead=lead_width)

    def draw_action(sheet: Sheet, top: float) -> None:
        sheet.box(MARGIN, top + 6, 3, words.height + 4, color=ROLES["good"])
        sheet.text(MARGIN + indent, top + 8 + BODY, lead, size=BODY, weight="bold")
        words.draw(sheet, top + 8)

    return [Block(words.height + 22, draw_action)]


def _code(card: Card) -> list[Block]:
    return [_paragraph(line, size=LABEL, indent=14, most=4, after=6) for line in card.code.splitlines() if line.strip()]


def _small(card: Card) -> list[Block]:
    text = " · ".join(part for part in (card.small, card.reference) if part)
    return [_paragraph(text, size=SMALL, color=MUTED, after=2)] if text else []
