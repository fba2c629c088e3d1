"""What only a person can say: taken as it is said, never guessed, and never a placeholder."""

import re
import unicodedata
from datetime import date, datetime
from typing import Any

from mlops_widgets.core.document import Statement, sound
from mlops_widgets.errors import InputError, WrongTypeError

_NOBODY = frozenset({
    "tbd", "tba", "na", "none", "nobody", "someone", "anyone", "everyone", "unknown", "todo", "me", "us", "we", "team", "theteam", "owner",
    "user", "name", "yourname", "person", "admin", "xxx", "test", "placeholder", "nn", "tbc",
})  # fmt: skip
_PLACEHOLDERS = frozenset({"tbd", "tba", "tbc", "todo", "na", "nn", "xxx", "xx", "placeholder", "fillin"})
_DAY = re.compile(r"\d{4}-\d\d-\d\d(T\d\d:\d\d.*)?")
_TO_FILL = re.compile(r"\[\s*fill\s+in\b", re.IGNORECASE)
_LONGEST = 1000
BLANKS = "\u115f\u1160\u2800\u3164\uffa0"
"""Letters and signs that nobody sees."""


def person(argument: str, given: Any) -> str:  # noqa: ANN401 - checked here
    """Return a person's or a team's name; "" where none was given.

    Raises
    ------
    InputError
        If it is a placeholder.

    Examples
    --------
    >>> person("decided_by", "Ada King")
    'Ada King'
    """
    text = words(argument, given)
    parts = [part.lower() for part in re.findall(r"[^\W\d_]+", "".join(each for each in text if each not in BLANKS))]
    letters = "".join(parts)
    if text and (letters in _NOBODY or len(letters) < 2 or set(parts) & _PLACEHOLDERS or set(parts) <= _NOBODY):
        raise InputError(
            f"{argument}={text[:60]!r} names nobody. Pass a person's or a team's name, or leave it out: it then stands as missing."
        )
    return text


def statement(argument: str, given: Any) -> str:  # noqa: ANN401 - checked here
    """Return what a person says, in one line; "" for None, and for what says nothing: no letter or digit that is seen, or a placeholder.

    Examples
    --------
    >>> statement("purpose", " To lend  safely. "), statement("purpose", "TBD"), statement("purpose", "[fill in: why]")
    ('To lend safely.', '', '')
    """
    text = words(argument, given)
    seen = "".join(letter for letter in text if letter.isalnum() and letter not in BLANKS).lower()
    return "" if not seen or seen in _PLACEHOLDERS or _TO_FILL.match(text) else text


def same_words(one: str, other: str) -> bool:
    """Say whether two names or words are one: neither case, spaces nor the form of letters makes another.

    Examples
    --------
    >>> same_words("Ada King", " ada  KING "), same_words("Ada King", "Bo Lee")
    (True, False)
    """
    return _plain(one) == _plain(other)


def _plain(name: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", name).casefold().split())


def words(argument: str, given: Any) -> str:  # noqa: ANN401 - checked here
    """Return a text in one line; "" for None."""
    if given is None:
        return ""
    if not isinstance(given, str):
        raise WrongTypeError(f"{argument}= is {type(given).__name__}. Allowed: text.")
    text = sound(given)
    if len(text) > _LONGEST:
        raise InputError(f"{argument}= has {len(text):,} characters. Allowed: {_LONGEST:,} at most.")
    return text


def day(argument: str, given: Any) -> str:  # noqa: ANN401 - checked here
    """Return a day as 2026-03-31; "" for None or an empty text."""
    if isinstance(given, datetime):
        given = given.date()
    text = given.isoformat() if isinstance(given, date) else words(argument, given)
    if not text:
        return ""
    try:
        return date.fromisoformat(text[:10] if _DAY.fullmatch(text) else "").isoformat()
    except ValueError:
        raise InputError(f"{argument}={text[:40]!r}. Pass a day as 2026-03-31.") from None


def said(label: str, text: str, *, by: str, on: str) -> Statement:
    """Return the statement of a person, visibly missing where nobody said it."""
    if not text:
        return Statement(label=label, value="", source="missing")
    return Statement(label=label, value=text, source="human", author=by, date=on)
