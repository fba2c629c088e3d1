"""A document as data: sections of paragraphs, lists, tables and statements; written out as Markdown, HTML, PDF or JSON.

Every statement says where it comes from: computed, or said by a person with name and date; what nobody said stays visibly empty.
A Result carries one in a field or property called `document`; its Card then shows it, and `save` writes it.
"""

import unicodedata
from dataclasses import dataclass, fields
from typing import Any, Literal

from mlops_widgets.errors import InputError

Source = Literal["computed", "human", "missing"]
Tone = Literal["plain", "warning"]

NOBODY = "nobody has said this yet"
_JOINERS = "\u200c\u200d"
"""Invisible, and part of how some scripts and emoji are written."""


def sound(text: str) -> str:
    r"""Return `text` as one line that reads as it is written.

    Line breaks and controls become spaces, halves of characters the replacement mark; invisible characters go, among them
    those that turn the writing direction: inside a name, one could make "34 %" read as "43 %".

    Examples
    --------
    >>> sound("two\nlines, \u202e43 %")
    'two lines, 43 %'
    """
    letters = "".join(_sound_letter(letter) for letter in str(text))
    return " ".join(part for part in letters.split(" ") if part)


def _sound_letter(letter: str) -> str:
    kind = unicodedata.category(letter)
    if kind == "Cs":
        return "\N{REPLACEMENT CHARACTER}"
    if kind in {"Cc", "Zl", "Zp"}:
        return " "
    return "" if kind == "Cf" and letter not in _JOINERS else letter


class _Sound:
    """Makes the texts of a block sound once, so that no way of writing it out has to."""

    def __post_init__(self) -> None:
        for each in fields(self):  # type: ignore[arg-type]  # every block is a dataclass
            object.__setattr__(self, each.name, _sound_parts(getattr(self, each.name)))


def _sound_parts(value: Any) -> Any:  # noqa: ANN401 - a text, texts, or parts that are sound already
    if isinstance(value, str):
        return sound(value)
    return tuple(_sound_parts(part) for part in value) if isinstance(value, tuple) else value


@dataclass(frozen=True, kw_only=True)
class Paragraph(_Sound):
    """Running text; a warning stands out, by a mark too and not only by its colour."""

    text: str
    tone: Tone = "plain"
    kind: Literal["paragraph"] = "paragraph"


@dataclass(frozen=True, kw_only=True)
class Points(_Sound):
    """A list, one sentence an item; numbered where the order counts."""

    items: tuple[str, ...]
    numbered: bool = False
    kind: Literal["points"] = "points"


@dataclass(frozen=True, kw_only=True)
class Grid(_Sound):
    """A table of words and numbers, already written out."""

    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    caption: str = ""
    kind: Literal["grid"] = "grid"

    def __post_init__(self) -> None:
        """Refuse rows that aren't as long as the heading."""
        super().__post_init__()
        odd = [row for row in self.rows if len(row) != len(self.columns)]
        if odd:
            raise InputError(
                f"A row of {len(odd[0])} cells in a table of {len(self.columns)} columns. Fill every cell."
            )


@dataclass(frozen=True, kw_only=True)
class Statement(_Sound):
    """One labelled statement and who made it; a missing one has no value.

    Parameters
    ----------
    label
        What is stated, such as "Intended use".
    value
        The statement; empty where it is missing.
    source
        "computed" from the study, said by a "human", or "missing".
    author, date
        Who said it, and when; only of a human's.
    """

    label: str
    value: str
    source: Source = "computed"
    author: str = ""
    date: str = ""
    kind: Literal["statement"] = "statement"

    def __post_init__(self) -> None:
        """Refuse a statement that claims another source than it has."""
        super().__post_init__()
        if (self.source == "missing") == bool(self.value):
            raise InputError(
                f"Statement {self.label!r}: value={self.value!r:.60} with source={self.source!r}. "
                "A missing statement has no value, every other one has."
            )
        if self.source != "human" and (self.author or self.date):
            raise InputError(f"Statement {self.label!r}: author= and date= belong to source='human' only.")

    @property
    def origin(self) -> str:
        """Who says so, in words.

        Examples
        --------
        >>> Statement(label="Owner", value="Risk", source="human", author="Ada", date="2026-03-01").origin
        'said by Ada on 2026-03-01'
        """
        if self.source == "human":
            return f"said by {self.author or 'someone who left no name'}" + (f" on {self.date}" if self.date else "")
        return "computed" if self.source == "computed" else NOBODY


Block = Paragraph | Points | Grid | Statement


@dataclass(frozen=True, kw_only=True)
class Section(_Sound):
    """A heading and what stands under it."""

    title: str
    blocks: tuple[Block, ...]


@dataclass(frozen=True, kw_only=True)
class Document(_Sound):
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
    language
        Language tag of the text, for screen readers and hyphenation.
    """

    title: str
    lead: str
    sections: tuple[Section, ...]
    small: str = ""
    language: str = "en"


def document_of(result: object) -> Document | None:
    """Return the document that a Result carries in a field or property called `document`, or None."""
    found = getattr(result, "document", None)
    return found if isinstance(found, Document) else None
