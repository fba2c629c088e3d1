"""The arguments that made a study as plain data, and the two texts that make it again: Python and `study.toml`."""

import math
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, time
from keyword import iskeyword
from types import BuiltinFunctionType, FunctionType
from typing import Any

import numpy as np
import pandas as pd

from mlops_widgets.errors import InputError
from mlops_widgets.study.saved.toml_text import quoted_text, write_toml
from mlops_widgets.study.wording import cell_text, holds_words

TABLES = ("data", "reference", "test", "production", "labels")
"""Arguments of `load_study` that are tables."""

MODELS = ("model", "challenger")
"""Arguments of `load_study` that may be model files."""

_LINE = 100
_TRUST = "# trust= is given in the call, never saved: look at the model file's source, then add it."
_INDENT = "    "


@dataclass(frozen=True)
class Live:
    """Stands for a live object, such as a frame or an estimator, which no text can hold.

    Parameters
    ----------
    name
        What the caller calls it: `to_code` writes this name.
    kind
        Name of its type.
    """

    name: str
    kind: str = ""


def record(arguments: Mapping[str, Any], defaults: Mapping[str, Any]) -> dict[str, Any]:
    """Return the arguments as plain data, without those left at their default, without `trust`; live objects as `Live`.

    Parameters
    ----------
    arguments
        What `load_study` was called with, by name.
    defaults
        What each argument is where it isn't given.

    Examples
    --------
    >>> from pathlib import Path
    >>> record({"test": Path("log.csv"), "target": "y", "seed": 0, "metric": len}, {"seed": 0})
    {'test': 'log.csv', 'target': 'y', 'metric': Live(name='len', kind='builtin_function_or_method')}
    """
    found: dict[str, Any] = {}
    for name, value in arguments.items():
        if name == "trust" or value is None or _is_default(value, defaults.get(name)):
            continue
        try:
            found[name] = _recorded(name, value)
        except TypeError:
            found[name] = Live(_called(value, name), type(value).__name__)
    return found


def _recorded(name: str, value: Any) -> Any:  # noqa: ANN401 - any argument
    if name == "labels":
        return plain_labels(value)
    return plain_table(value) if name in TABLES else plain(value, lists=name not in MODELS)


def plain_labels(labels: Any) -> Any:  # noqa: ANN401 - a table or a map
    """Return a table of outcomes, or the map of it and of what columns and cells are called, as plain data.

    Raises
    ------
    TypeError
        If the table is something live; in a map, `Live` stands for it.
    """
    if not holds_words(labels):
        return plain_table(labels)
    found = {str(part): _texts(texts) for part, texts in labels.items() if part != "outcomes" and texts}
    outcomes = labels.get("outcomes")
    try:
        return found if outcomes is None else {"outcomes": plain_table(outcomes), **found}
    except TypeError:
        return {"outcomes": Live("outcomes", type(outcomes).__name__), **found}


def _texts(texts: Any) -> Any:  # noqa: ANN401 - plain data
    if isinstance(texts, Mapping):
        return {cell_text(key): _texts(text) for key, text in texts.items()}
    return plain(texts)


def _called(value: Any, name: str) -> str:  # noqa: ANN401 - any argument
    """Return what a function is called where that is a name; else the argument's name."""
    own = value.__name__ if isinstance(value, FunctionType | BuiltinFunctionType) else name
    return own if own.isidentifier() and not iskeyword(own) else name


def _is_default(value: Any, default: Any) -> bool:  # noqa: ANN401 - any argument
    return type(value) is type(default) and isinstance(value, str | int | tuple) and value == default


def plain_table(table: Any) -> Any:  # noqa: ANN401 - any table
    """Return a path, a list or map of paths, or a database and its SELECT as plain data.

    Raises
    ------
    TypeError
        If the table is something live.
    """
    if isinstance(table, str | os.PathLike):
        return _path(table)
    if isinstance(table, tuple) and len(table) == 2 and all(isinstance(each, str | os.PathLike) for each in table):
        return {"database": _path(table[0]), "sql": str(table[1])}
    if isinstance(table, Mapping):
        return {str(name): plain_table(each) for name, each in table.items()}
    if isinstance(table, list) and table:
        return [plain_table(each) for each in table]
    raise TypeError(type(table).__name__)


def _path(path: Any) -> str:  # noqa: ANN401 - str or PathLike
    text = os.fspath(path)
    if not isinstance(text, str):
        raise TypeError(type(path).__name__)
    return text


def plain(value: Any, *, lists: bool = True) -> Any:  # noqa: ANN401 - any argument
    """Return texts, numbers, dates (as text) and, with `lists`, lists and maps of them as plain data.

    Raises
    ------
    TypeError
        If the value is something live.
    """
    if isinstance(value, np.datetime64):
        value = pd.Timestamp(value)
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, os.PathLike):
        return _path(value)
    if isinstance(value, str | bool | int | float):
        return value
    if isinstance(value, date | time):
        return value.isoformat()
    if isinstance(value, Mapping) and lists:
        return {str(name): plain(each) for name, each in value.items() if each is not None}
    if isinstance(value, Sequence | np.ndarray | pd.Index) and lists and not isinstance(value, bytes | bytearray):
        return [plain(each) for each in value]
    raise TypeError(type(value).__name__)


def to_toml(arguments: Mapping[str, Any]) -> str:
    """Return the text of the `study.toml` that holds these arguments of `load_study`.

    A live object can't stand in a file: a comment says so, and `study.save` writes it beside one.

    Parameters
    ----------
    arguments
        Arguments by name; None and `trust` are left out. Or `sample` with its flags.

    Raises
    ------
    InputError
        If a value is something that a TOML file can't hold.

    Examples
    --------
    >>> print(to_toml({"model": Live("clf"), "test": "test.csv", "target": "y"}), end="")
    # model is a live object ("clf"): study.save(…) writes it to a file.
    test = "test.csv"
    target = "y"
    """
    given = _given(arguments)
    live = {name: value for name, value in given.items() if isinstance(value, Live)}
    held = {name: value for name, value in given.items() if name not in live}
    labels = held.get("labels")
    if isinstance(labels, Mapping) and isinstance(labels.get("outcomes"), Live):
        live["labels.outcomes"] = labels["outcomes"]
        held["labels"] = {part: texts for part, texts in labels.items() if part != "outcomes"}
    comments = [
        f"# {name} is a live object ({quoted_text(value.name, name)}): study.save(…) writes it to a file.\n"
        for name, value in live.items()
    ]
    return "".join(comments) + write_toml(held)


def to_code(arguments: Mapping[str, Any], *, needs_trust: bool = False) -> str:
    """Return the Python that makes the study of these arguments.

    Parameters
    ----------
    arguments
        Arguments by name; None and `trust` are left out. Or `sample` with its flags.
    needs_trust
        Whether a model file among them was only read because the caller trusts it: a comment says what to add.

    Raises
    ------
    InputError
        If a value can't be written, or a live object has no name to write.

    Examples
    --------
    >>> print(to_code({"model": Live("clf"), "test": "test.csv", "target": "y"}))
    study = mw.load_study(model=clf, test="test.csv", target="y")
    """
    given = _given(arguments)
    first = [_python(given.pop("sample"), "sample")] if "sample" in given else []
    function = "mw.sample" if first else "mw.load_study"
    written = [*first, *(f"{name}={_python(value, name)}" for name, value in given.items())]
    comment = f"{_TRUST}\n" if needs_trust else ""
    line = f"study = {function}({', '.join(written)})"
    if len(line) > _LINE:
        line = f"study = {function}(\n" + "".join(f"{_INDENT}{each},\n" for each in written) + ")"
    return comment + line


def _given(arguments: Mapping[str, Any]) -> dict[str, Any]:
    """Return the arguments that a text can hold, as plain data."""
    found: dict[str, Any] = {}
    for name, value in arguments.items():
        if name == "trust" or value is None:
            continue
        try:
            found[name] = value if isinstance(value, Live) else _plain_argument(name, value)
        except TypeError as error:
            raise InputError(
                f"{name}= is {type(value).__name__}, a live object. Pass Live('its name') for it."
            ) from error
    return found


def _plain_argument(name: str, value: Any) -> Any:  # noqa: ANN401 - any argument
    return _recorded(name, value) if name == "labels" or name in TABLES else plain(value)


def _python(value: Any, name: str) -> str:  # noqa: ANN401 - plain data or a Live
    """Return `value` as Python writes it, texts in double quotes where that needs no escape."""
    if isinstance(value, Live):
        if not all(part.isidentifier() and not iskeyword(part) for part in value.name.split(".")):
            raise InputError(f"{name}: the live object's name {value.name!r} isn't one that Python can read.")
        return value.name
    if isinstance(value, str):
        text = repr(value)
        return text if '"' in value or "'" in value else f'"{text[1:-1]}"'
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{_python(key, name)}: {_python(each, name)}" for key, each in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(_python(each, name) for each in value) + "]"
    if isinstance(value, float) and not math.isfinite(value):
        raise InputError(f"{name}={value!r}. Pass a finite number.")
    return repr(value)
