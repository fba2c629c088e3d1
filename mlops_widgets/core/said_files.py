"""Statements of people by field, from a mapping or a TOML file: text, who said it, and when."""

from collections.abc import Iterable, Mapping
from os import PathLike
from pathlib import Path
from typing import Any

from mlops_widgets.core.document import Statement
from mlops_widgets.core.statements import day, person, said, statement
from mlops_widgets.core.toml_files import read_toml
from mlops_widgets.errors import InputError, UnknownNameError, WrongTypeError, did_you_mean, listed

_PARTS = ("text", "by", "on")


def read_said(argument: str, given: Any, known: Iterable[str]) -> dict[str, Statement]:  # noqa: ANN401 - checked here
    """Return one statement a known field, visibly missing where nobody said it, or nobody's name or no day stands beside it.

    Parameters
    ----------
    argument
        What to call it in an error.
    given
        None, a mapping field → {"text": …, "by": …, "on": …}, or the path of a TOML file of this form.
    known
        The fields.

    Raises
    ------
    InputError
        If the file can't be read, or a field holds something else.
    UnknownNameError
        If a field isn't known.

    Examples
    --------
    >>> told = read_said(
    ...     "statements", {"owner": {"text": "Credit risk", "by": "Ada King", "on": "2026-03-01"}}, ["owner", "uses"]
    ... )
    >>> told["owner"].origin, told["uses"].source
    ('said by Ada King on 2026-03-01', 'missing')
    """
    names, fields = list(known), _mapping(argument, given)
    for name in fields:
        if name not in names:
            raise UnknownNameError(
                f"Unknown field {str(name)[:40]!r} in {argument}=. Fields: {listed(names, most=40)}.{did_you_mean(str(name), names)}"
            )
    return {name: _statement(f"{argument}[{name!r}]", name, fields.get(name)) for name in names}


def _mapping(argument: str, given: Any) -> Mapping[str, Any]:  # noqa: ANN401 - checked here
    if given is None:
        return {}
    if isinstance(given, Mapping):
        return given
    if not isinstance(given, str | PathLike):
        raise WrongTypeError(f"{argument}= is {type(given).__name__}. Pass a mapping, or the path of a TOML file.")
    return read_toml(
        Path(given), what="file of statements", missing=f"Pass {argument}= as a mapping, or write the file."
    )


def _statement(where: str, label: str, given: Any) -> Statement:  # noqa: ANN401 - checked here
    if given is None:
        return said(label, "", by="", on="")
    if not isinstance(given, Mapping) or set(given) - set(_PARTS):
        raise InputError(f"{where} must be a mapping of {listed(_PARTS)}: what was said, by whom, and on which day.")
    text, by, on = (
        statement(f"{where}.text", given.get("text")),
        person(f"{where}.by", given.get("by")),
        day(f"{where}.on", given.get("on")),
    )
    return said(label, text if by and on else "", by=by, on=on)
