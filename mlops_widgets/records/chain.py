"""A record, and the chain of hashes by which a change to an older one shows."""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any

from mlops_widgets.errors import InputError

START = "0" * 64
"""What the first record has in the place of the digest of the one before it."""
MOST_BYTES = 16_000_000
"""Largest payload of one record."""
MOST_LINE_BYTES = MOST_BYTES + 1_000
"""Longest line that a record makes: more is none."""
RECOVERY = "recovery"
"""Kind of the record that says what a damaged store lost."""
_LONGEST_KIND = 80
_MOST_NUMBER = 2**62
_BEGINS = re.compile(rb'\{"at":"')
_UNLINKED = "doesn't follow the one before it"
_DECODER = json.JSONDecoder()

Span = tuple[int, int]
"""First and last number of records that follow each other."""


@dataclass(frozen=True, kw_only=True)
class Record:
    """One entry of the store.

    Parameters
    ----------
    number
        Its place, 1 and on, without gaps.
    kind
        What it is about, such as `"audit"`.
    at
        When it was written, ISO 8601 with a zone.
    payload
        What it says, as plain JSON.
    previous
        Digest of the record before it; of the first, 64 zeros.
    digest
        SHA-256 of all of the above, as hex digits.
    """

    number: int
    kind: str
    at: str
    payload: Mapping[str, Any]
    previous: str
    digest: str

    def line(self) -> str:
        """Return the record as one line of JSON: what is hashed, and the digest."""
        return json.dumps({**self._hashed(), "digest": self.digest}, **_PLAIN)

    def computed(self) -> str:
        """Return the digest that the record should have."""
        return sha256(json.dumps(self._hashed(), **_PLAIN).encode()).hexdigest()

    def _hashed(self) -> dict[str, Any]:
        return {
            "number": self.number,
            "kind": self.kind,
            "at": self.at,
            "payload": self.payload,
            "previous": self.previous,
        }


_PLAIN: dict[str, Any] = {"sort_keys": True, "separators": (",", ":"), "ensure_ascii": True, "allow_nan": False}


@dataclass(frozen=True, kw_only=True)
class Problem:
    """What is wrong with a store, and at which record.

    Parameters
    ----------
    number
        The record, or 0 where it is the store as a whole.
    what
        A sentence.
    known
        Whether a record of the store itself says so: it was lost, or differed, when the store was recovered.
    """

    number: int
    what: str
    known: bool = False


def make_record(number: int, kind: Any, payload: Any, *, at: Any, previous: str) -> Record:  # noqa: ANN401 - what was passed
    """Return the next record of a chain.

    Raises
    ------
    InputError
        If the kind is no short text, the payload isn't plain JSON or is larger than 16 MB, or `at` has no zone.
    """
    if not isinstance(kind, str) or not kind.strip() or len(kind) > _LONGEST_KIND:
        raise InputError(f"kind={str(kind)[:60]!r}. Pass a word or two of at most {_LONGEST_KIND} characters.")
    if not isinstance(at, datetime) or at.tzinfo is None:
        raise InputError(f"at={str(at)[:60]} has no zone. Pass a time with one, such as datetime.now(UTC).")
    record = Record(number=number, kind=kind, at=at.isoformat(), payload=_copied(payload), previous=previous, digest="")
    return Record(**{**vars(record), "digest": record.computed()})


def _copied(payload: Any) -> dict[str, Any]:  # noqa: ANN401 - what was passed
    """Return the payload as JSON gives it back, so that what is hashed is what is read later."""
    if not isinstance(payload, Mapping):
        raise InputError(f"payload={type(payload).__name__}. Pass a map of names to plain JSON.")
    try:
        text = json.dumps(dict(payload), **_PLAIN)
        copied: dict[str, Any] = json.loads(text)
    except (TypeError, ValueError, RecursionError) as error:
        raise InputError(
            f"payload= isn't plain JSON: {str(error)[:200]}. Pass texts, finite numbers, truth values, lists and maps."
        ) from error
    if len(text) > MOST_BYTES:
        raise InputError(
            f"payload= has {len(text):,} bytes of JSON. Allowed: {MOST_BYTES:,}. Record a summary, or a digest."
        )
    if not _same_keys(payload, copied):
        raise InputError("payload= has keys that aren't texts, which JSON would turn into some. Pass texts as keys.")
    return copied


def _same_keys(given: Any, copied: Any) -> bool:  # noqa: ANN401 - JSON
    if isinstance(copied, dict):
        return set(given) == set(copied) and all(_same_keys(given[key], copied[key]) for key in copied)
    if isinstance(copied, list):
        return all(map(_same_keys, given, copied))
    return True


def read_line(line: object) -> Record | None:
    """Return the record that a line of JSON holds, or None where it holds none; whether it is whole, `intact` says."""
    if not isinstance(line, str | bytes) or len(line) > MOST_LINE_BYTES:
        return None
    try:
        return _record(json.loads(line))
    except (ValueError, RecursionError):
        return None


def _record(plain: object) -> Record | None:
    types = {"number": int, "kind": str, "at": str, "payload": dict, "previous": str, "digest": str}
    if not isinstance(plain, dict) or set(plain) != set(types):
        return None
    if any(type(plain[name]) is not kind for name, kind in types.items()) or not 0 < plain["number"] < _MOST_NUMBER:
        return None
    return Record(**plain)


def intact(record: Record) -> bool:
    """Say whether a record has the digest that it should have."""
    try:
        return record.computed() == record.digest
    except (TypeError, ValueError, RecursionError):
        return False


def carved(data: bytes, *, longest: int = MOST_LINE_BYTES) -> Iterator[Record]:
    """Yield the records that stand whole anywhere in damaged bytes, such as in a line whose end was overwritten.

    Parameters
    ----------
    data
        The bytes; a map of a file too.
    longest
        How far to look from where a record begins.
    """
    end = 0
    for found in _BEGINS.finditer(data):
        if found.start() < end:
            continue  # inside of a record that was read
        text = bytes(data[found.start() : found.start() + longest]).decode("latin-1")
        try:
            plain, length = _DECODER.raw_decode(text)
        except (ValueError, RecursionError):
            continue
        record = _record(plain)
        if record is not None and intact(record):
            end = found.start() + length
            yield record


def check_chain(records: Iterable[Record]) -> list[Problem]:
    """Return what is wrong with a chain: records that were changed, are missing, or stand elsewhere.

    A chain shows edits, gaps and another order. It can't show that its end was cut off, or that all of it was written anew: for
    that keep the digest of the last record elsewhere. What a record of kind "recovery" says was lost is a problem still, a known one.
    """
    found: list[tuple[Span, str]] = []
    said: list[Span] = []
    previous, expected = START, 1
    for record in records:
        found += _wrong(record, expected, previous)
        if record.kind == RECOVERY:
            said += said_by(record)
        previous, expected = record.digest, record.number + 1
    return [Problem(number=span[0], what=what, known=_told(span, what, said)) for span, what in found]


def _wrong(record: Record, expected: int, previous: str) -> Iterator[tuple[Span, str]]:
    number = record.number
    here = (number, number)
    if number < expected:
        yield here, f"Record {number} stands after one with a higher number."
    elif number > expected:
        yield (expected, number - 1), f"{spans([(expected, number - 1)])} missing."
    elif record.previous != previous:
        yield here, f"Record {number} {_UNLINKED}."
    if not intact(record):
        yield here, f"Record {number} was changed after it was written."


def _told(span: Span, what: str, said: list[Span]) -> bool:
    may_be = what.endswith(("missing.", f"{_UNLINKED}."))
    return may_be and any(first <= span[0] and span[1] <= last for first, last in said)


def said_by(record: Record) -> list[Span]:
    """Return the spans, first and last number, that a record of kind "recovery" says were lost or doesn't follow."""
    listed = [*record.payload.get("lost", ()), *record.payload.get("broken", ())]
    return [
        (each[0], each[1]) for each in listed if isinstance(each, list) and [type(end) for end in each] == [int, int]
    ]


def spans(numbers: Iterable[Span]) -> str:
    """Return spans of numbers as the subject of a sentence, with its verb.

    Examples
    --------
    >>> spans([(3, 3)]), spans([(3, 3), (7, 9)])
    ('Record 3 is', 'Records 3, 7 to 9 are')
    """
    listed = list(numbers)
    words = ", ".join(str(first) if first == last else f"{first} to {last}" for first, last in listed)
    return f"Record {words} is" if len(listed) == 1 and listed[0][0] == listed[0][1] else f"Records {words} are"
