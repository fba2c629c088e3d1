"""A finished text back to lines: from Markdown, from HTML, or from the document itself."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from html.parser import HTMLParser
from typing import Literal

from mlops_widgets.core.document import Block, Document, Grid, Paragraph, Points, Statement
from mlops_widgets.core.markdown import unescaped

Kind = Literal["title", "heading", "text", "warning", "item", "row", "statement", "small"]


@dataclass(frozen=True)
class Line:
    """One paragraph, item of a list, row of a table (a cell each) or statement (label, value, origin)."""

    kind: Kind
    parts: tuple[str, ...]

    @property
    def text(self) -> str:
        """The line in one piece."""
        return " | ".join(self.parts)


def lines_of(text: str | Document) -> tuple[Line, ...]:
    """Return the lines of a document, or of its text in Markdown or HTML; pictures are left out."""
    if isinstance(text, Document):
        return tuple(_document_lines(text))
    return tuple(_Page(text).lines if text.lstrip().startswith("<") else _markdown_lines(text))


def _document_lines(document: Document) -> Iterator[Line]:
    yield Line("title", (document.title,))
    yield Line("text", (document.lead,))
    for section in document.sections:
        yield Line("heading", (section.title,))
        for block in section.blocks:
            yield from _block_lines(block)
    yield Line("small", (document.small,))


def _block_lines(block: Block) -> list[Line]:
    match block:
        case Paragraph():
            return [Line("warning" if block.tone == "warning" else "text", (block.text,))]
        case Points():
            return [Line("item", (item,)) for item in block.items]
        case Grid():
            caption = [Line("text", (block.caption,))] if block.caption else []
            return [*caption, *(Line("row", row) for row in (block.columns, *block.rows))]
        case Statement():
            return [Line("statement", (block.label, block.value, block.origin))]


_STATEMENT = re.compile(r"\*\*(.+):\*\*(?: (.*))? \*\((.*)\)\*")
_STARTS: tuple[tuple[str, Kind], ...] = (
    (r"## ", "heading"), (r"# ", "title"), (r"> \*\*Warning\.\*\* ", "warning"), (r"(?:-|\d+\.) ", "item"),
)  # fmt: skip


def _markdown_lines(text: str) -> Iterator[Line]:
    small = False
    for line in filter(None, text.splitlines()):
        if line == "---":
            small = True
        elif not re.fullmatch(r"\|(?: --- \|)+", line):
            yield Line("small", (unescaped(line),)) if small else _markdown_line(line)


def _markdown_line(line: str) -> Line:
    if line.startswith("| "):
        return Line("row", tuple(unescaped(cell) for cell in line[2:].removesuffix(" |").split(" | ")))
    statement = _STATEMENT.fullmatch(line)
    if statement:
        return Line("statement", tuple(unescaped(part or "") for part in statement.groups()))
    for start, kind in _STARTS:
        found = re.match(start, line)
        if found:
            return Line(kind, (unescaped(line[found.end() :]),))
    return Line("text", (unescaped(line),))


_KINDS: dict[str, Kind] = {
    "h1": "title", "h2": "heading", "p": "text", "li": "item", "tr": "row", "dl": "statement", "footer": "small",
}  # fmt: skip
_PARTS = ("td", "th", "dt", "dd", "span")
_MARK = "▲ Warning. "


class _Page(HTMLParser):
    """The lines of an article in a page."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.lines: list[Line] = []
        self._inside = False
        self._kind: Kind | None = None
        self._parts: list[str] = []
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._inside = self._inside or tag == "article"
        if not self._inside:
            return
        if tag in _KINDS:
            warns = ("class", "mw-warns") in attrs
            self._kind, self._parts = "warning" if warns else _KINDS[tag], []
        elif tag in _PARTS:
            self._parts.append("")

    def handle_data(self, data: str) -> None:
        if self._inside and not self._kind and data.strip():  # a report has no text outside of these
            self.lines.append(Line("text", (data.strip(),)))
        if self._kind:
            self._parts = [*self._parts[:-1], (self._parts[-1] if self._parts else "") + data]

    def handle_endtag(self, tag: str) -> None:
        if tag == "article":
            self._inside = False
        if self._kind and tag in _KINDS:
            parts = [part.removeprefix(_MARK).strip() for part in self._parts or [""]]
            if self._kind == "statement":
                parts[-1] = parts[-1].removeprefix("(").removesuffix(")")
            self.lines.append(Line(self._kind, tuple(parts)))
            self._kind = None
