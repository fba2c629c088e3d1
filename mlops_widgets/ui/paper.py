"""A card on A4 pages: text that can be selected and searched, charts as lines, no date, so the same card gives the same file."""

import io
from collections.abc import Iterator, Sequence
from threading import Lock

import matplotlib as mpl
from matplotlib.backends.backend_pdf import PdfPages
from matplotlib.figure import Figure

from mlops_widgets.core.document import Block as Part
from mlops_widgets.core.document import Document, Grid, Paragraph, Points, Statement, sound
from mlops_widgets.core.result import MARKS
from mlops_widgets.ui.card import Card, Table
from mlops_widgets.ui.lettering import Weight, cut, width, wrap
from mlops_widgets.ui.pictures import card_blocks, chart_blocks, finding_block, gap
from mlops_widgets.ui.sheet import MUTED, Block, Sheet
from mlops_widgets.ui.style import BODY, GRID, MARGIN, ROLES, SMALL, TEXT, WIDTH

_A4_ACROSS, _A4_DOWN = 826.77, 1169.29
"""210 by 297 mm in css pixels of a sheet, of which 100 make an inch."""
_BORDER = (_A4_ACROSS - WIDTH) / 2
_TOP, _BOTTOM = 56.0, 64.0
_ROOM = WIDTH - 2.0 * MARGIN
_PROSE, _HEADING, _TITLE = 14.0, 16.0, 21.0
_ALL = 1_000_000
"""Lines of a text: paper keeps what a picture cuts."""
_MOST_TITLE = 300
"""Letters of the title that readers of PDF files show."""
_GUTTER = 14.0
_LEAST_COLUMN = 60.0
_MOST_TOGETHER = 8
"""Lines of a table's row that stay on one page."""
FONT_TYPE = 42
"""TrueType in the file, so that every letter can be selected and copied."""
_ONE_AT_A_TIME = Lock()
"""Matplotlib's settings belong to the process."""


def pdf(card: Card) -> bytes:
    """Return `card` as a PDF file: its document and charts, or the card itself with all findings and its table."""
    file = io.BytesIO()
    about = {"Title": _title(card), "Creator": "mlops-widgets", "Producer": None, "CreationDate": None}
    settings = mpl.rc_context(
        {"pdf.fonttype": FONT_TYPE, "pdf.compression": 6, "pdf.use14corefonts": False, "pdf.inheritcolor": False}
    )
    with _ONE_AT_A_TIME, settings, PdfPages(file, metadata=about) as pages:
        for figure in pages_of(card):
            pages.savefig(figure, facecolor=figure.get_facecolor(), edgecolor="none", bbox_inches=None)
    return file.getvalue()


def pages_of(card: Card) -> list[Figure]:
    """Return the pages of `card`."""
    blocks = _document_blocks(card, card.document) if card.document else _card_blocks(card)
    return on_pages(blocks, _title(card))


def _title(card: Card) -> str:
    return sound(card.document.title if card.document else card.headline)[:_MOST_TITLE]


def on_pages(blocks: Sequence[Block], title: str) -> list[Figure]:
    """Return `blocks` on pages, each page with its number; a block taller than a page gets a taller page."""
    pages = _filled(blocks)
    return [_page(each, f"page {k} of {len(pages)}", title) for k, each in enumerate(pages, 1)]


def _filled(blocks: Sequence[Block]) -> list[list[Block]]:
    room = _A4_DOWN - _TOP - _BOTTOM
    pages: list[list[Block]] = [[]]
    used = 0.0
    for run in _runs(blocks):
        height = sum(block.height for block in run)
        if pages[-1] and used + height > room:
            under = run[0].under
            pages.append([under] if under else [])
            used = under.height if under else 0.0
        pages[-1] += run
        used += height
    return pages


def _runs(blocks: Sequence[Block]) -> Iterator[list[Block]]:
    """Yield blocks that stay together: headings with what follows them."""
    run: list[Block] = []
    for block in blocks:
        run.append(block)
        if not block.stays:
            yield run
            run = []
    if run:
        yield run


def _page(blocks: Sequence[Block], number: str, title: str) -> Figure:
    needed = _TOP + sum(block.height for block in blocks) + _BOTTOM
    sheet = Sheet(max(_A4_DOWN, needed), border=_BORDER)
    top = _TOP
    for block in blocks:
        block.draw(sheet, top)
        top += block.height
    foot = sheet.height - 36
    sheet.text(MARGIN, foot, cut(title, SMALL, _ROOM - 120), size=SMALL, color=MUTED)
    sheet.text(WIDTH - MARGIN, foot, number, size=SMALL, color=MUTED, align="right")
    return sheet.figure


def _card_blocks(card: Card) -> list[Block]:
    blocks = card_blocks(card)
    if card.charts and card.findings:
        blocks += [*_heading("Findings"), *map(finding_block, card.findings)]
    return [*blocks, *([*_heading("Numbers"), *_table(card.table)] if card.table else [])]


def _document_blocks(card: Card, document: Document) -> list[Block]:
    blocks = [*_text(document.title, size=_TITLE, weight="bold", stays=True), gap(6)]
    blocks += [*_text(document.lead, size=_PROSE + 1), gap(8)]
    blocks += chart_blocks(card)
    for section in document.sections:
        blocks += _heading(section.title) if section.title else []
        for part in section.blocks:
            blocks += _part(part)
    return [*blocks, gap(18), *_text(document.small, size=SMALL, color=MUTED)]


def _heading(text: str) -> list[Block]:
    return [
        Block(18, gap(0).draw, stays=True), *_text(text, size=_HEADING, weight="bold", stays=True),
        Block(4, gap(0).draw, stays=True),
    ]  # fmt: skip


def _part(part: Part) -> list[Block]:
    match part:
        case Paragraph():
            return _paragraph(part)
        case Points():
            marks = [f"{k}." if part.numbered else "•" for k in range(1, len(part.items) + 1)]
            items = [_text(item, indent=22, mark=mark) for mark, item in zip(marks, part.items, strict=True)]
            return [*(block for item in items for block in [*item, gap(3)]), gap(4)]
        case Grid():
            return [*_table(part), gap(8)]
        case Statement():
            return _statement(part)


def _paragraph(part: Paragraph) -> list[Block]:
    if part.tone == "plain":
        return [*_text(part.text), gap(8)]
    return [*_text(f"{MARKS['warning']} Warning. {part.text}", weight="bold", color=ROLES["bad"]), gap(8)]


def _statement(part: Statement) -> list[Block]:
    said = _text(part.value) if part.value else []
    return [*_label(part), *said, gap(8)]


def _label(part: Statement) -> list[Block]:
    """Return a statement's label, and behind it, where there is room, who says so."""
    color = ROLES["warning"] if part.source == "missing" else MUTED
    origin, size, stays = f"({part.origin})", SMALL + 1, bool(part.value)
    left = width(part.label, _PROSE, "bold") + 8
    if left + width(origin, size) > _ROOM:
        return [*_text(part.label, weight="bold", stays=True), *_text(origin, size=size, color=color, stays=stays)]

    def draw(sheet: Sheet, top: float) -> None:
        sheet.text(MARGIN, top + _PROSE, part.label, size=_PROSE, weight="bold")
        sheet.text(MARGIN + left, top + _PROSE, origin, size=size, color=color)

    return [Block(_PROSE * 1.45, draw, stays=stays)]


def _text(
    text: str, *, size: float = _PROSE, weight: Weight = "normal", color: str = TEXT, indent: float = 0.0, mark: str = "",
    stays: bool = False,
) -> list[Block]:  # fmt: skip
    """Return a text as one block a line, so that it can go on over the end of a page; `mark` stands before the first."""
    lines = wrap(text, size, _ROOM - indent, weight=weight, most=_ALL)

    def line_block(place: int, line: str) -> Block:
        def draw(sheet: Sheet, top: float) -> None:
            if mark and not place:
                sheet.text(MARGIN, top + size, mark, size=size, color=color, weight=weight)
            sheet.text(MARGIN + indent, top + size, line, size=size, color=color, weight=weight)

        return Block(size * 1.45, draw, stays=stays)

    return [line_block(place, line) for place, line in enumerate(lines)]


def _table(table: Grid | Table) -> list[Block]:
    if not table.columns:
        return []
    widths = _widths(table)
    head = _row(table.columns, widths, weight="bold")
    heading = Block(sum(b.height for b in head), lambda sheet, top: _draw_all(head, sheet, top), stays=True)
    caption = (
        [*_text(table.caption, size=BODY, color=MUTED, stays=True), Block(3, gap(0).draw, stays=True)]
        if table.caption
        else []
    )
    rows = [block for row in table.rows for block in _row(row, widths, under=heading)]
    return [*caption, heading, *rows]


def _draw_all(blocks: Sequence[Block], sheet: Sheet, top: float) -> None:
    for block in blocks:
        block.draw(sheet, top)
        top += block.height


def _widths(table: Grid | Table) -> list[float]:
    """Return each column's room: what its texts want where all fit, else shares of the page by what they want."""
    texts = [[name, *(row[place] for row in table.rows)] for place, name in enumerate(table.columns)]
    wanted = [max(width(text[:120], BODY, "bold") for text in column) + _GUTTER for column in texts]
    if sum(wanted) <= _ROOM:
        return wanted
    least = min(_LEAST_COLUMN, _ROOM / len(wanted))
    spare = _ROOM - least * len(wanted)
    beyond = [max(each - least, 0.0) ** 0.5 for each in wanted]
    return [least + spare * each / sum(beyond) for each in beyond]


def _row(
    cells: Sequence[str], widths: Sequence[float], *, weight: Weight = "normal", under: Block | None = None
) -> list[Block]:
    """Return a row of a table as one block a line, the last with a rule below it."""
    lines = [
        wrap(cell, BODY, room - _GUTTER, weight=weight, most=_ALL) for cell, room in zip(cells, widths, strict=True)
    ]
    high = max(1, *map(len, lines))
    lefts = [MARGIN + sum(widths[:place]) for place in range(len(widths))]

    def line_block(place: int) -> Block:
        last = place == high - 1
        height = BODY * 1.4 + (6 if last else 0)

        def draw(sheet: Sheet, top: float) -> None:
            for left, column in zip(lefts, lines, strict=True):
                if place < len(column):
                    sheet.text(left, top + BODY + 2, column[place], size=BODY, weight=weight)
            if last:
                sheet.line(
                    [MARGIN, MARGIN + sum(widths) - _GUTTER / 2],
                    [top + height - 1] * 2,
                    color=TEXT if weight == "bold" else GRID,
                )

        return Block(height, draw, stays=not last and high <= _MOST_TOGETHER, under=under)

    return [line_block(place) for place in range(high)]
