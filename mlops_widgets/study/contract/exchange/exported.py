"""A contract as text in another format, with what that format can't say."""

from typing import Self


class Exported(str):
    """The text, and what was lost.

    Attributes
    ----------
    lost
        What the format can't say, a sentence each; empty where it says everything.
    """

    __slots__ = ("lost",)
    lost: tuple[str, ...]

    def __new__(cls, text: str, lost: tuple[str, ...] = ()) -> Self:
        """Make the text."""
        made = super().__new__(cls, text)
        made.lost = tuple(dict.fromkeys(lost))
        return made
