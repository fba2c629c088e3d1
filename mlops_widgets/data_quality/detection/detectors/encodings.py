"""Texts that were read or written in the wrong encoding: garbled letters, left-over escapes, lost characters."""

import html
import re
from collections.abc import Iterator
from contextlib import suppress

import numpy as np

from mlops_widgets.core.words import number, short
from mlops_widgets.data_quality.detection.columns import Columns
from mlops_widgets.data_quality.detection.suspicions import ColumnNote, Suspicion

_GARBLED = re.compile(
    "[\u00c2\u00c3\u00e2][\u0080-\u00bf\u20ac\u201a-\u2122\u0152\u0153\u0160\u0161\u0178\u017d\u017e\u0192]"
)
"""What the lead byte of a character of UTF-8 and the next one look like when each is read as a letter of Windows-1252."""
_ESCAPED = re.compile(
    r"&(?:#\d{2,6}|#x[0-9a-fA-F]{2,5}|amp|lt|gt|quot|apos|nbsp|[aeiouAEIOU](?:uml|acute|grave|circ));"
)
_LOST = "\ufffd"
_LONGEST = 10_000


def detect(columns: Columns) -> Iterator[Suspicion | ColumnNote]:
    """Suspect garbled texts; what they were is known where the garbling can be undone."""
    for column in columns.texts:
        values = column.levels.values
        right = np.array([_right(value) for value in values], dtype=object)
        lost = np.array([_LOST in value[:_LONGEST] for value in values], dtype=bool)
        known = np.array([each is not None for each in right], dtype=bool)
        for chosen, sure, what in (
            (known, 0.9, "garbled, and what it was can be told"),
            (lost & ~known, 0.8, "with lost characters"),
        ):
            rows = column.levels.rows(chosen)
            if len(rows):
                yield Suspicion(
                    kind="format", column=column.name, rows=rows, confidence=np.full(len(rows), sure), repair=right[column.levels.codes[rows]],
                    reason=f"{number(len(rows), 'integer')} cells of {short(column.name)} hold text in a wrong encoding, {what}.",
                )  # fmt: skip


def _right(value: str) -> str | None:
    """Return what a garbled text was, or None where it isn't garbled or can't be undone."""
    if not ("&" in value or not value.isascii()) or len(value) > _LONGEST:
        return None
    found = html.unescape(value) if _ESCAPED.search(value) else value
    if _GARBLED.search(found):
        with suppress(UnicodeError):
            found = found.encode("cp1252").decode("utf-8")
    return found if found != value else None
