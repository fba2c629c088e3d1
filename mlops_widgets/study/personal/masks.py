"""How a personal cell is shown: its shape without its content."""

import re
from collections.abc import Iterable, Mapping
from functools import cached_property
from weakref import WeakKeyDictionary

from mlops_widgets.study.personal.detection import PersonalColumn, personal_columns
from mlops_widgets.study.personal.kinds import KINDS
from mlops_widgets.study.tables import Table

DOT = "•"
_MOST_ROWS = 1_000
_MOST_LETTERS = 60
_PATTERNS = {kind.name: kind.pattern for kind in KINDS}
_LETTERS = re.compile(r"[^\W\d_]+")
_DIGIT = re.compile(r"\d")
_MAIL = re.compile(r"([\w.%+\-]{1,64})@([A-Za-z0-9.\-]{1,255})\.([A-Za-z]{2,24})")


def mask(text: str) -> str:
    """Return a text with letters and digits as dots: separators stay, of an e-mail address the last part does.

    Words become three dots each, so that their length tells nothing.

    Examples
    --------
    >>> mask("ada@example.org"), mask("+44 20 7946 0958"), mask("Ada King")
    ('•••@•••.org', '+•• •• •••• ••••', '••• •••')
    """
    parts = _MAIL.split(text)
    if len(parts) > 1:
        kept = [f"{DOT * 3}@{DOT * 3}.{tail}" for tail in parts[3::4]]
        rest = [_plain_mask(each) for each in parts[::4]]
        masked = "".join(a + b for a, b in zip(rest, [*kept, ""], strict=True))
    else:
        masked = _plain_mask(text)
    return masked if len(masked) <= _MOST_LETTERS else masked[: _MOST_LETTERS - 1] + "…"


def _plain_mask(text: str) -> str:
    return _DIGIT.sub(DOT, _LETTERS.sub(DOT * 3, text))


class Personal:
    """The personal columns of some tables, found when they are asked for the first time.

    Parameters
    ----------
    tables
        The tables; of each column, 1,000 cells that aren't missing are read.
    said
        Column → whether it is personal: what a person said goes before what was found.
    """

    def __init__(self, tables: Iterable[Table] = (), said: Mapping[str, bool] | None = None) -> None:
        self._tables = tuple(tables)
        self.said = dict(said or {})

    @cached_property
    def columns(self) -> Mapping[str, tuple[PersonalColumn, ...]]:
        """Column → what was found in it, or said of it."""
        found: dict[str, tuple[PersonalColumn, ...]] = {}
        for table in self._tables:
            for each in _columns_of(table):
                before = found.get(each.column, ())
                if each.kind not in {other.kind for other in before}:
                    found[each.column] = (*before, each)
        told = {name: (_told(name),) for name, personal in self.said.items() if personal}
        return {name: kinds for name, kinds in {**found, **told}.items() if self.said.get(name, True)}

    def __contains__(self, column: object) -> bool:
        """Say whether a column is personal."""
        return column in self.columns

    def masked(self, column: str, text: str) -> str:
        """Return a cell's text as it may be shown: as it is in other columns, in longer texts with what was recognised masked.

        Examples
        --------
        >>> said = Personal(said={"who": True})
        >>> said.masked("who", "Ada"), said.masked("age", "36")
        ('•••', '36')
        """
        kinds = self.columns.get(column)
        if not kinds:
            return text
        if not all(each.embedded for each in kinds):
            return mask(text)
        for each in kinds:
            text = _PATTERNS[each.kind].sub(lambda found: mask(found.group()), text)
        return text


_READ: "WeakKeyDictionary[Table, tuple[PersonalColumn, ...]]" = WeakKeyDictionary()
"""What was found in each table that is still in use: a form shows the same one after every click."""


def _columns_of(table: Table) -> tuple[PersonalColumn, ...]:
    if table not in _READ:
        _READ[table] = personal_columns(table.pandas(), most_rows=_MOST_ROWS)
    return _READ[table]


def _told(column: str) -> PersonalColumn:
    return PersonalColumn(
        column=column, kind="said", label="personal data", basis="said", share=1.0, lower=0.0, upper=1.0, cells=0
    )


NOTHING = Personal()
"""No personal column."""
