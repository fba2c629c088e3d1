"""A document as Markdown (CommonMark with tables), in which no text from the user's data can become a mark."""

import re
from collections.abc import Sequence

from mlops_widgets.core.document import Block, Document, Grid, Paragraph, Points, Statement

_ANYWHERE = re.compile(r"([\\`*_\[\]|~$])")
_TAGS = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}
_AT_START = re.compile(r"^(\s*)([#+=-]|\d+(?=[.)]))")
_ADDRESS = re.compile(r"(?i)(://|www\.|@)")
"""What Markdown readers make a link of without being told."""
_REFERENCE = re.compile(r"&#(\d+);|\\([!-/:-@\[-`{-~])|&(amp|lt|gt);")
_NAMED = {"amp": "&", "lt": "<", "gt": ">"}


def markdown(document: Document) -> str:
    r"""Return `document` as Markdown text.

    Examples
    --------
    >>> from mlops_widgets.core.document import Document
    >>> print(markdown(Document(title="Loans", lead="About *this* model.", sections=())))
    # Loans
    <BLANKLINE>
    About \*this\* model.
    <BLANKLINE>
    """
    parts = [f"# {escaped(document.title)}", escaped(document.lead)]
    for section in document.sections:
        if section.title:
            parts.append(f"## {escaped(section.title)}")
        parts += [_block(block) for block in section.blocks]
    if document.small:
        parts += ["---", escaped(document.small)]
    return "\n\n".join(part for part in parts if part) + "\n"


def escaped(text: str) -> str:
    r"""Return one line of text so that Markdown shows it as it is.

    Examples
    --------
    >>> escaped("1. a_b <i> [x](y)")
    '1\\. a\\_b &lt;i&gt; \\[x\\](y)'
    """
    plain = re.sub("[&<>]", lambda match: _TAGS[match[0]], text)
    marked = _ADDRESS.sub(_unlinked, _ANYWHERE.sub(r"\\\1", plain))
    start = _AT_START.match(marked)
    if start is None:
        return marked
    end = start.end()
    return f"{marked[:end]}\\{marked[end:]}" if start[2].isdigit() else f"{start[1]}\\{marked[end - 1 :]}"


def _unlinked(match: re.Match[str]) -> str:
    """Return the sign by which a reader knows an address, with its first letter as a character reference."""
    return f"{match[1][:-1]}&#{ord(match[1][-1])};"


def unescaped(text: str) -> str:
    r"""Return what `escaped` was given.

    Examples
    --------
    >>> unescaped(escaped("1. a_b & @c"))
    '1. a_b & @c'
    """
    return _REFERENCE.sub(lambda match: chr(int(match[1])) if match[1] else match[2] or _NAMED[match[3]], text)


def _block(block: Block) -> str:
    match block:
        case Paragraph():
            return f"> **Warning.** {escaped(block.text)}" if block.tone == "warning" else escaped(block.text)
        case Points():
            marks = [f"{k}." if block.numbered else "-" for k in range(1, len(block.items) + 1)]
            return "\n".join(f"{mark} {escaped(item)}" for mark, item in zip(marks, block.items, strict=True))
        case Grid():
            return _table(block)
        case Statement():
            value = f" {escaped(block.value)}" if block.value else ""
            return f"**{escaped(block.label)}:**{value} *({escaped(block.origin)})*"


def _table(grid: Grid) -> str:
    caption = [f"*{escaped(grid.caption)}*", ""] if grid.caption else []
    head = [_row(grid.columns), _row(["---"] * len(grid.columns), plain=True)]
    return "\n".join([*caption, *head, *(_row(row) for row in grid.rows)])


def _row(cells: Sequence[str], *, plain: bool = False) -> str:
    return "| " + " | ".join(cell if plain else escaped(cell) for cell in cells) + " |"
