"""A document as data: sections of paragraphs, lists, tables and statements; written out as Markdown, HTML, PDF or JSON.

Every statement says where it comes from: computed, or said by a person with name and date; what nobody said stays visibly empty.
"""

from dataclasses import dataclass
from typing import Literal

Source = Literal["computed", "human", "missing"]


@dataclass(frozen=True, kw_only=True)
class Paragraph:
    """Running text."""

    text: str
    kind: Literal["paragraph"] = "paragraph"


@dataclass(frozen=True, kw_only=True)
class Points:
    """A list, one sentence an item."""

    items: tuple[str, ...]
    kind: Literal["points"] = "points"


@dataclass(frozen=True, kw_only=True)
class Grid:
    """A table of words and numbers, already written out."""

    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    caption: str = ""
    kind: Literal["grid"] = "grid"


@dataclass(frozen=True, kw_only=True)
class Statement:
    """One labelled statement and who made it; a missing one has no value."""

    label: str
    value: str
    source: Source = "computed"
    author: str = ""
    date: str = ""
    kind: Literal["statement"] = "statement"


Block = Paragraph | Points | Grid | Statement


@dataclass(frozen=True, kw_only=True)
class Section:
    """A heading and what stands under it."""

    title: str
    blocks: tuple[Block, ...]


@dataclass(frozen=True, kw_only=True)
class Document:
    """A whole document.

    Parameters
    ----------
    title
        Its heading.
    lead
        What it says in two sentences.
    sections
        Its parts.
    small
        Small print: data, seed, method, date.
    """

    title: str
    lead: str
    sections: tuple[Section, ...]
    small: str = ""
