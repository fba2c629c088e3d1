"""Plain data as TOML that `tomllib` reads back exactly: the standard library reads TOML and writes none."""

import math
import re
import unicodedata
from collections.abc import Mapping, Sequence
from typing import Any

from mlops_widgets.errors import InputError

_BARE = re.compile(r"[A-Za-z0-9_-]+")
_ESCAPES = {"\b": "\\b", "\t": "\\t", "\n": "\\n", "\f": "\\f", "\r": "\\r", '"': '\\"', "\\": "\\\\"}
_HIDDEN = frozenset({"Cc", "Cf", "Zl", "Zp"})
"""Unicode categories written as numbers: what controls a terminal, turns the direction of text, or isn't seen."""

_LINE = 100
_LARGEST = 2**63


def write_toml(data: Mapping[str, Any]) -> str:
    r"""Return the text of a TOML file that holds `data`: `tomllib.loads` of it is equal to `data`.

    Parameters
    ----------
    data
        Names with texts, numbers, true or false, lists and maps of these.

    Raises
    ------
    InputError
        If a value is something else, a number isn't finite or has more than 64 bits, or a text holds half a character.

    Examples
    --------
    >>> print(write_toml({"target": "y", "scores": ["a", "b"], "split": {"test": 0.25}}), end="")
    target = "y"
    scores = ["a", "b"]
    <BLANKLINE>
    [split]
    test = 0.25
    """
    lines = _section(data, ())
    return "\n".join(lines[1:] if lines and not lines[0] else lines) + "\n"


def _section(data: Mapping[str, Any], path: tuple[str, ...]) -> list[str]:
    """Return the lines of a map: its values first, then a section of its own for each map, if it is long or the outermost."""
    lines, sections = [], []
    for name, value in data.items():
        whole = (*path, name)
        line = (
            ""
            if isinstance(value, Mapping) and not path
            else f"{_key(name)} = {_value(value, '.'.join(map(str, whole)))}"
        )
        if line and not (isinstance(value, Mapping) and value and len(line) > _LINE):
            lines.append(line)
        else:
            sections += ["", f"[{'.'.join(map(_key, whole))}]", *_section(value, whole)]
    return lines + sections


def quoted_text(text: str, name: str) -> str:
    """Return `text` as a basic string of TOML, in one line."""
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise InputError(f"{name} holds half a character (a lone surrogate), which no text file can hold.") from error
    return f'"{"".join(map(_character, text))}"'


def _character(character: str) -> str:
    if character in _ESCAPES:
        return _ESCAPES[character]
    if unicodedata.category(character) in _HIDDEN:
        return f"\\u{ord(character):04X}" if ord(character) < 0x10000 else f"\\U{ord(character):08X}"
    return character


def _key(name: Any) -> str:  # noqa: ANN401 - checked here
    if not isinstance(name, str):
        raise InputError(f"A name in a TOML file is text, not {type(name).__name__}.")
    return name if _BARE.fullmatch(name) else quoted_text(name, "a name")


def _value(value: Any, name: str) -> str:  # noqa: ANN401 - checked here
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return quoted_text(value, name)
    if isinstance(value, int | float):
        return _number(value, name)
    if isinstance(value, Mapping):
        inner = ", ".join(f"{_key(key)} = {_value(item, f'{name}.{key}')}" for key, item in value.items())
        return f"{{ {inner} }}" if inner else "{}"
    if isinstance(value, Sequence) and not isinstance(value, bytes | bytearray):
        return _array([_value(item, name) for item in value])
    raise InputError(f"{name} is {type(value).__name__}, which a TOML file can't hold. Allowed: text, numbers, "
                     "true or false, lists and maps of these.")  # fmt: skip


def _number(value: float, name: str) -> str:
    if isinstance(value, int):
        if not -_LARGEST <= value < _LARGEST:
            raise InputError(f"{name} is a whole number of more than 64 bits, which a TOML file can't hold.")
        return str(int(value))
    if not math.isfinite(value):
        raise InputError(f"{name}={value!r}. Pass a finite number.")
    return repr(float(value))


def _array(items: list[str]) -> str:
    line = f"[{', '.join(items)}]"
    if len(line) <= _LINE or any("{" in item for item in items):  # inline maps inside stay readable on one line
        return line
    return "[\n" + "".join(f"    {item},\n" for item in items) + "]"
