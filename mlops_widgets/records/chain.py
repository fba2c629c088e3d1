"""A record, and the chain of hashes by which a change to an older one shows."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any

from mlops_widgets.errors import InputError

START = "0" * 64
"""What the first record has in the place of the digest of the one before it."""
MOST_BYTES = 16_000_000
"""Largest payload of one record."""
_LONGEST_KIND = 80


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
    """

    number: int
    what: str


def make_record(number: int, kind: str, payload: Mapping[str, Any], *, at: datetime, previous: str) -> Record:
    """Return the next record of a chain.

    Raises
    ------
    InputError
        If the kind is no short text, the payload isn't plain JSON or is larger than 16 MB, or `at` has no zone.
    """
    if not isinstance(kind, str) or not kind.strip() or len(kind) > _LONGEST_KIND:
        raise InputError(f"kind={str(kind)[:60]!r}. Pass a word or two of at most {_LONGEST_KIND} characters.")
    if at.tzinfo is None:
        raise InputError(f"at={at.isoformat()} has no zone. Pass a time with one, such as datetime.now(UTC).")
    record = Record(number=number, kind=kind, at=at.isoformat(), payload=_copied(payload), previous=previous, digest="")
    return Record(**{**vars(record), "digest": record.computed()})


def _copied(payload: Mapping[str, Any]) -> dict[str, Any]:
    """Return the payload as JSON gives it back, so that what is hashed is what is read later."""
    try:
        text = json.dumps(dict(payload), **_PLAIN)
    except (TypeError, ValueError) as error:
        raise InputError(
            f"payload= isn't plain JSON: {error}. Pass texts, finite numbers, truth values, lists and maps."
        ) from error
    if len(text) > MOST_BYTES:
        raise InputError(
            f"payload= has {len(text):,} bytes of JSON. Allowed: {MOST_BYTES:,}. Record a summary, or a digest."
        )
    copied: dict[str, Any] = json.loads(text)
    return copied


def read_line(line: str) -> Record | None:
    """Return the record that a line of JSON holds, or None where it holds none."""
    try:
        plain = json.loads(line)
    except (ValueError, RecursionError):
        return None
    types = {"number": int, "kind": str, "at": str, "payload": dict, "previous": str, "digest": str}
    if not isinstance(plain, dict) or set(plain) != set(types):
        return None
    if any(type(plain[name]) is not kind for name, kind in types.items()):
        return None
    return Record(**plain)


def check_chain(records: Iterable[Record]) -> list[Problem]:
    """Return what is wrong with a chain: records that were changed, are missing, or stand elsewhere.

    A chain shows edits, gaps and another order. It can't show that its end was cut off, or that all of it was written anew: for
    that keep the digest of the last record elsewhere.
    """
    problems = []
    previous, expected = START, 1
    for record in records:
        if record.number != expected:
            problems.append(Problem(number=record.number, what=f"Record {expected} is missing or stands elsewhere."))
        elif record.previous != previous:
            problems.append(
                Problem(number=record.number, what=f"Record {record.number} doesn't follow the one before it.")
            )
        if not _intact(record):
            problems.append(
                Problem(number=record.number, what=f"Record {record.number} was changed after it was written.")
            )
        previous, expected = record.digest, record.number + 1
    return problems


def _intact(record: Record) -> bool:
    try:
        return record.computed() == record.digest
    except (TypeError, ValueError):
        return False
