"""What a finished text claims: its sentences, table rows and statements read back into slots."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from mlops_widgets.core.document import Document
from mlops_widgets.explainability.stakeholders.report import sentences as s
from mlops_widgets.explainability.stakeholders.report.finished_text import Line, lines_of

UNREAD = "unread"
SENTENCES: dict[str, s.Sentence] = {
    "mean_prediction": s.MEAN_PREDICTION, "prediction": s.PREDICTION, "move": s.MOVE, "rest": s.REST,
    "rest_nothing": s.REST_NOTHING, "nothing": s.NOTHING, "most": s.MOST, "driver": s.DRIVER, "related": s.RELATED, "related_many": s.RELATED_MANY,
    "failed": s.FAILED, "unsure": s.UNSURE, "exact": s.EXACT, "unknown": s.UNKNOWN, "rows": s.ROWS, "cut": s.CUT,
    **{f"caveat_{place}": caveat for place, caveat in enumerate(s.CAVEATS)},
}  # fmt: skip
_TABLES = {s.DRIVER_COLUMNS: "drivers", s.NUMBER_COLUMNS: "numbers", s.CHECK_COLUMNS: "checks"}
_AMOUNT = re.compile(r"(−?)([\d,]*\.?\d+)(\u202f%| percentage points?)?")


@dataclass(frozen=True, kw_only=True)
class Claim:
    """One thing that a text says.

    Parameters
    ----------
    kind
        Which sentence, or "title", "heading", "row", "table", "statement", "written", "unread".
    text
        The words.
    slots
        What they were filled with.
    row
        Which explained row they are about, by the headings before them; 0 before the first.
    way
        Under "moved it up most" or "down": which.
    table
        Which table they stand in.
    """

    kind: str
    text: str
    slots: dict[str, str] = field(default_factory=dict)
    row: int = 0
    way: str = ""
    table: str = ""


@dataclass(frozen=True)
class Amount:
    """A number read back: its value in its own unit, how many decimals it has, and the unit as written."""

    value: float
    digits: int
    unit: str


def read_amount(text: str) -> Amount | None:
    """Return the number in a text, or None where there is none.

    Examples
    --------
    >>> read_amount("−1,234.5"), read_amount("1 percentage point")
    (Amount(value=-1234.5, digits=1, unit=''), Amount(value=1.0, digits=0, unit='points'))
    """
    found = _AMOUNT.fullmatch(text)
    if found is None:
        return None
    sign, digits, unit = found.groups()
    unit = "points" if "point" in (unit or "") else "%" if unit else ""
    if unit == "points" and ("points" in text) == (digits == "1"):
        return None
    value = float(digits.replace(",", ""))
    return Amount(-value if sign else value, len(digits.partition(".")[2]), unit)


def claims_of(text: str | Document) -> list[Claim]:
    """Return what a document, or its text in Markdown or HTML, claims, in its order."""
    return list(_Reader().read(lines_of(text)))


class _Reader:
    """Reads lines one after the other, and knows under which heading it is."""

    def __init__(self) -> None:
        self.row, self.rows, self.way, self.table = 0, 0, "", ""

    def read(self, lines: tuple[Line, ...]) -> Iterator[Claim]:
        for line in lines:
            if not line.text:
                continue
            if line.kind == "row":
                yield from self._cells(line)
            else:
                self.table = ""
                yield self._line(line)

    def _line(self, line: Line) -> Claim:
        if line.kind == "heading":
            return self._heading(line.text)
        if line.kind == "title":
            return self._claim("title", line.text)
        if line.kind == "statement":
            return self._claim(
                "statement", line.text, dict(zip(("label", "value", "origin"), line.parts, strict=False))
            )
        if line.kind == "small":
            slots = s.WRITTEN.read(line.text)
            return self._claim("written" if slots else UNREAD, line.text, slots)
        claim = self._sentence(line.text)
        if line.kind != "item":
            self.way = claim.slots["way"] if claim.kind == "most" else ""
        if (line.kind == "item") != (claim.kind in {"move", "driver"}) or (line.kind == "warning") != (
            claim.kind == "failed"
        ):
            return self._claim(UNREAD, line.text)
        return claim

    def _heading(self, text: str) -> Claim:
        slots = s.ROW.read(text)
        if slots is None:
            return self._claim("heading", text)
        self.row, self.rows = self.rows, self.rows + 1
        return self._claim("row", text, slots)

    def _sentence(self, text: str) -> Claim:
        for kind, sentence in SENTENCES.items():
            slots = sentence.read(text)
            if slots is not None:
                return self._claim(kind, text, slots)
        return self._claim(UNREAD, text)

    def _cells(self, line: Line) -> Iterator[Claim]:
        if line.parts in _TABLES:
            self.table, self.rows = _TABLES[line.parts], 0 if _TABLES[line.parts] == "drivers" else self.rows
            yield self._claim("table", line.text)
            return
        columns = next((columns for columns, table in _TABLES.items() if table == self.table), ())
        if not columns or len(columns) != len(line.parts):
            yield self._claim(UNREAD, line.text)
            return
        if self.table == "drivers":
            self.row, self.rows = self.rows, self.rows + 1
        yield self._claim(f"{self.table}_row", line.text, dict(zip(columns, line.parts, strict=True)))

    def _claim(self, kind: str, text: str, slots: s.Slots | None = None) -> Claim:
        return Claim(kind=kind, text=text, slots=slots or {}, row=self.row, way=self.way, table=self.table)
