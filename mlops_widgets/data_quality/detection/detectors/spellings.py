"""Several spellings of one value: other case, blanks, punctuation, accents or encoding."""

import html
import re
import unicodedata
from collections.abc import Iterator
from contextlib import suppress

import numpy as np
import numpy.typing as npt

from mlops_widgets.core.words import number, short
from mlops_widgets.data_quality.detection.columns import Column, Columns
from mlops_widgets.data_quality.detection.shapes import said
from mlops_widgets.data_quality.detection.suspicions import ColumnNote, Suspicion

Integers = npt.NDArray[np.int64]

_BETWEEN = re.compile(r"[\s_./,;:'’`\"()]+|(?<=\w)-(?=\w)|(?<=\s)-(?=\s)")
_LETTER = re.compile("[A-Za-z]")
_MOST_LEVELS = 100_000
_LONGEST = 200
_NEAR_UNIQUE = 0.9
_MOSTLY_ACCENTED = 0.9
_MAY_DIFFER = 0.45
"""How sure it is that an accent is a slip, unless nine tenths are written the other way: García and Garcia are two people."""


def detect(columns: Columns) -> Iterator[Suspicion | ColumnNote]:
    """Suspect the rarer spellings of values that are the same but for case, blanks, punctuation, accents or encoding."""
    for column in columns.texts:
        written = column.written
        if column.kind == "number" or not 1 < len(written.values) <= _MOST_LEVELS:
            continue
        if len(written.values) > _NEAR_UNIQUE * max(int(written.counts.sum()), 1):
            continue
        found = _rarer(column)
        if found is not None:
            yield found


def key_of(text: str) -> str:
    """Return what all spellings of a value have in common; "" where nothing is left.

    Examples
    --------
    >>> key_of("St. Mary&#39;s"), key_of("ST MARYS"), key_of("São  Paulo"), key_of("B"), key_of("B-")
    ('stmarys', 'stmarys', 'saopaulo', 'b', 'b-')
    """
    text = text[:_LONGEST]
    if text.isascii() and "&" not in text:
        return _BETWEEN.sub("", text).casefold() if _LETTER.search(text) else text.strip()
    text = html.unescape(text)
    if _garbled(text):
        with suppress(UnicodeError):
            text = text.encode("cp1252").decode("utf-8")
    if not any(character.isalpha() for character in text):
        return text.strip()
    plain = unicodedata.normalize("NFKD", text)
    bare = "".join(character for character in plain if not unicodedata.combining(character))
    return _BETWEEN.sub("", bare).casefold()


def _rarer(column: Column) -> Suspicion | None:
    written = column.written
    keys = np.array([key_of(text) for text in written.values], dtype=object)
    groups: dict[str, list[int]] = {}
    for at, key in enumerate(keys):
        if key:
            groups.setdefault(key, []).append(at)
    several = {key: members for key, members in groups.items() if len(members) > 1}
    if not several:
        return None
    sure = np.zeros(len(keys))
    right = np.full(len(keys), -1, dtype=np.int64)
    for members in several.values():
        _judge(written.values, written.counts, np.array(members), sure, right)
    rows = written.rows(sure > 0)
    if not len(rows):
        return None
    codes = written.codes[rows]
    best = right[codes]
    spelt = np.array([text.strip() for text in written.values], dtype=object)
    most = int(np.argmax(np.where(sure > 0, written.counts, 0)))
    return Suspicion(
        kind="variant", column=column.name, rows=rows, confidence=sure[codes], repair=np.where(best >= 0, spelt[best], np.array(None, dtype=object)),
        reason=f"{_several(int((sure > 0).sum()))} of {short(column.name)} but for case, blanks, signs, accents or encoding, such as "
        f"{said(written.values[most], int(written.counts[most]))}.",
    )  # fmt: skip


def _several(count: int) -> str:
    return (
        "One value is another spelling of a commoner one"
        if count == 1
        else f"{number(count, 'integer')} values are spellings of commoner ones"
    )


def _judge(
    texts: npt.NDArray[np.object_], counts: Integers, members: Integers, sure: npt.NDArray[np.float64], right: Integers
) -> None:
    """Set how likely each spelling of one value is wrong, and which is right: the commonest, the surer the commoner it is."""
    best = members[np.argmax(counts[members])]
    for at in members:
        if at == best:
            continue
        share = counts[best] / (counts[best] + counts[at])
        sure[at] = min(0.95, share) if counts[best] > counts[at] else 0.4
        if share < _MOSTLY_ACCENTED and _by_accents(texts[at], texts[best]):
            sure[at] = min(sure[at], _MAY_DIFFER)
        right[at] = best if counts[best] > counts[at] else -1


def _by_accents(one: str, other: str) -> bool:
    """Say whether two spellings of a value differ in accents, whatever else they differ in."""
    return _accents(one) != _accents(other) and not _garbled(one) and not _garbled(other)


def _accents(text: str) -> list[str]:
    plain = unicodedata.normalize("NFKD", html.unescape(text[:_LONGEST]))
    return [character for character in plain if unicodedata.combining(character)]


def _garbled(text: str) -> bool:
    """Say whether a text looks like UTF-8 that was read as Windows-1252."""
    return "Ã" in text or "â" in text
