"""Patterns that every engine reads alike and in linear time: a small part of regular expressions, checked before use.

RE2 (pyarrow, DuckDB, pandas' texts) and Rust's regex (polars) don't backtrack. What they don't share with each other, or with
Python, is refused here: look-around, references, flags, Unicode classes, lazy and possessive repetition.
"""

import re
from functools import lru_cache

from mlops_widgets.errors import InputError

MOST_LETTERS = 400
MOST_REPEATS = 500
_CLASSES = {"d": "0-9", "w": "A-Za-z0-9_", "s": r" \t\n\r\f\v"}
_PLAIN_ESCAPES = frozenset("tnrfv")
_TOKEN = re.compile(
    r"\\(?P<escape>.)|(?P<open>\((?:\?:)?)|(?P<set>\[\^?\]?)|(?P<repeat>[*+?]|\{[0-9]{1,4}(?:,[0-9]{0,4})?\})|(?P<other>.)",
    re.DOTALL,
)
_ALLOWED = "Allowed: literals, ., [sets], (groups), |, *, +, ?, {n,m}, \\d, \\w, \\s"


@lru_cache(maxsize=512)
def portable(pattern: str) -> str:
    r"""Return the pattern as all engines read it, matching whole cells.

    Parameters
    ----------
    pattern
        At most 400 letters; `^` at its start and `$` at its end may stand there and change nothing.

    Raises
    ------
    InputError
        If it holds what engines read differently, or is no regular expression.

    Examples
    --------
    >>> portable(r"[A-Z]{2}-\d+")
    '^(?:[A-Z]{2}-[0-9]+)$'
    """
    if len(pattern) > MOST_LETTERS:
        raise InputError(f"pattern={pattern[:40]!r}… has {len(pattern):,} letters. Allowed: {MOST_LETTERS}.")
    body = pattern.removeprefix("^")
    if body.endswith("$") and (len(body) - len(body[:-1].rstrip("\\")) - 1) % 2 == 0:
        body = body[:-1]
    whole = f"^(?:{_translated(body, pattern)})$"
    _compile(whole, pattern)
    return whole


def _refuse(pattern: str, what: str) -> InputError:
    return InputError(f"pattern={pattern[:60]!r} holds {what}. {_ALLOWED}; it always matches the whole cell.")


def _translated(body: str, pattern: str) -> str:
    parts: list[str] = []
    at, repeated, depth = 0, True, 0  # nothing to repeat at the start
    while at < len(body):
        found = _TOKEN.match(body, at)
        if found is None:
            raise _refuse(pattern, "a backslash at its end")
        text, at = found[0], found.end()
        if found["set"]:
            text, at = _read_set(body, found.start(), pattern)
        elif found["escape"]:
            text = _escape(found["escape"], pattern)
        elif found["repeat"]:
            _check_repeat(text, pattern, repeated=repeated)
        elif text in {"^", "$"}:
            raise _refuse(pattern, f"{text!r} inside")
        depth += text.startswith("(") - (text == ")")
        if depth > 10:
            raise _refuse(pattern, "groups in more than 10 others")
        repeated = bool(found["repeat"]) or bool(found["open"]) or text == "|"
        parts.append("(?:" if found["open"] else text)
    return "".join(parts)


def _escape(letter: str, pattern: str) -> str:
    if letter in _CLASSES:
        return f"[{_CLASSES[letter]}]"
    if letter in _PLAIN_ESCAPES or not letter.isalnum():
        return f"\\{letter}"
    raise _refuse(pattern, f"'\\{letter}'")


def _check_repeat(text: str, pattern: str, *, repeated: bool) -> None:
    if repeated:
        raise _refuse(pattern, f"{text!r} where there is nothing to repeat once")
    if any(int(number) > MOST_REPEATS for number in re.findall(r"[0-9]+", text)):
        raise _refuse(pattern, f"a repetition of more than {MOST_REPEATS}")


def _read_set(body: str, start: int, pattern: str) -> tuple[str, int]:
    r"""Return a set such as `[^a-z\d]` in portable form, and where the pattern goes on."""
    negated = body[start + 1 : start + 2] == "^"
    at = first = start + 2 if negated else start + 1
    parts = ["[^" if negated else "["]
    while at < len(body) and (body[at] != "]" or at == first):
        letter, at = body[at], at + 1
        if letter == "\\" and at < len(body):
            letter, at = _in_set(body[at], pattern), at + 1
        elif letter in "[]&~":
            letter = f"\\{letter}"
        parts.append(letter)
    inside = "".join(parts)
    if at >= len(body) or "--" in inside:
        raise _refuse(pattern, "a set without its end ']'" if at >= len(body) else "'--' in a set")
    return inside + "]", at + 1


def _in_set(letter: str, pattern: str) -> str:
    return _CLASSES[letter] if letter in _CLASSES else _escape(letter, pattern)


def _compile(whole: str, pattern: str) -> None:
    """Let Python and RE2 both read it: neither runs it on anything but the empty text."""
    import pyarrow as pa
    import pyarrow.compute as pc

    try:
        re.compile(whole)
        pc.match_substring_regex(pa.array([""]), whole)
    except (re.error, RecursionError, OverflowError, pa.ArrowInvalid, UnicodeEncodeError) as error:
        raise InputError(f"pattern={pattern[:60]!r} is no pattern: {str(error)[:120]}. {_ALLOWED}.") from error
