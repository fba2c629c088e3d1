"""TOML files that anybody may have written, read without harm: their size, names and nesting are checked first."""

import re
import tomllib
from pathlib import Path
from typing import Any

from mlops_widgets.errors import InputError

MOST_BYTES = 1_000_000
"""Of one file: ten thousand columns named in full fit."""
_MOST_WHOLE = 2**63

_PART = r"""(?:[A-Za-z0-9_-]++|"[^"\n]*+"|'[^'\n]*+')"""
# tomllib's time grows with the square of the parts of one dotted name: half a million parts would take hours.
_LONG_NAME = re.compile(rf"(?<![A-Za-z0-9_-]){_PART}(?:[ \t]*+\.[ \t]*+{_PART}){{16}}")


def read_toml(file: Path, *, what: str, missing: str) -> dict[str, Any]:
    """Return what a TOML file holds.

    Parameters
    ----------
    file
        The file.
    what
        What it is, for messages: "study file".
    missing
        What to do if there is no such file.

    Raises
    ------
    InputError
        If it can't be read, is too large, isn't UTF-8 or no TOML, or its names or its nesting are too deep.
    """
    try:
        if not file.is_file():
            raise InputError(f"{str(file)[:200]!r}: there is no such file. {missing}")
        with file.open("rb") as stream:
            content = stream.read(MOST_BYTES + 1)
    except (OSError, ValueError) as error:
        if isinstance(error, InputError):
            raise
        raise InputError(f"{str(file)[:200]!r} can't be read: {error}.") from error
    if len(content) > MOST_BYTES:
        raise InputError(f"{file.name} has more than {MOST_BYTES:,} bytes, too many for a {what}.")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise InputError(f"{file.name} isn't UTF-8 in line {line}. Save it as UTF-8.") from error
    return _parse(text, file.name, what)


def _parse(text: str, name: str, what: str) -> dict[str, Any]:
    if _LONG_NAME.search(text):
        raise InputError(f"{name} holds a name of more than 16 parts with dots. A {what} needs three at most.")
    try:
        found = tomllib.loads(text)
    except RecursionError as error:
        raise InputError(f"{name} is nested too deep. A {what} needs three levels at most.") from error
    except ValueError as error:  # also numbers of thousands of digits
        raise InputError(f"{name} is no TOML: {str(error)[:200]}.") from error
    _check_sizes(found, name)
    return found


def _check_sizes(found: dict[str, Any], name: str) -> None:
    """Refuse whole numbers beyond 64 bits, as TOML's own rules do: longer ones can be neither written as text nor as a float."""
    waiting: list[tuple[str, Any]] = [(name, found)]
    while waiting:
        where, part = waiting.pop()
        if isinstance(part, dict):
            waiting += ((f"{name}: {inner[:60]!r}", each) for inner, each in part.items())
        elif isinstance(part, list):
            waiting += ((where, each) for each in part)
        elif isinstance(part, int) and not -_MOST_WHOLE <= part < _MOST_WHOLE:
            raise InputError(f"{where} holds a whole number of more than 64 bits. Write a smaller one.")
