"""Who answers for what, by name: a checklist that doesn't pass while an item is empty."""

import re
from collections.abc import Mapping
from datetime import date
from typing import Any, Literal

from mlops_widgets.core.document import sound
from mlops_widgets.errors import InputError, UnknownNameError, WrongTypeError, did_you_mean, listed

TASKS: Mapping[str, str] = {
    "quality": "repairs what is wrong in the data",
    "access": "decides who may see them",
    "deletion": "deletes what is due",
    "requests": "answers people who ask what is held about them",
    "incidents": "is told when something goes wrong",
}
"""Task → what whoever is accountable for it does."""

Sensitivity = Literal["personal", "confidential", "public"]
SENSITIVITIES: tuple[Sensitivity, ...] = ("personal", "confidential", "public")
ALL_OTHERS = "*"
_NOBODY = frozenset(
    [
        "tbd",
        "tba",
        "tbc",
        "na",
        "none",
        "nil",
        "null",
        "nobody",
        "noone",
        "anyone",
        "someone",
        "somebody",
        "everyone",
        "everybody",
        "unknown",
        "unnamed",
        "unassigned",
        "todo",
        "fixme",
        "me",
        "i",
        "us",
        "we",
        "you",
        "self",
        "owner",
        "dataowner",
        "person",
        "team",
        "theteam",
        "staff",
        "admin",
        "administrator",
        "user",
        "name",
        "yourname",
        "xx",
        "xxx",
        "abc",
        "test",
        "foo",
        "bar",
        "placeholder",
        "various",
        "several",
        "later",
        "pending",
        "dummy",
        "example",
    ]
)
_LONGEST_NAME, _LONGEST_TEXT = 120, 1000
_FEWEST_LETTERS = 2


def named(argument: str, given: Any) -> str:  # noqa: ANN401 - checked here
    """Return a person's or team's name, "" where none was given.

    Raises
    ------
    InputError
        If it is a placeholder: the checklist is to show what is missing.

    Examples
    --------
    >>> named("owner", "Credit risk")
    'Credit risk'
    >>> named("owner", "TBD")
    Traceback (most recent call last):
    mlops_widgets.errors.InputError: owner='TBD' names nobody. Pass a person's or a team's name, or leave it out: it then stands as missing.
    """
    text = _text(argument, given, most=_LONGEST_NAME)
    letters = re.sub(r"[\W\d_]+", "", text).lower()
    if text and (letters in _NOBODY or len(letters) < _FEWEST_LETTERS):
        raise InputError(
            f"{argument}={text!r} names nobody. Pass a person's or a team's name, or leave it out: it then stands as missing."
        )
    return text


def told(argument: str, given: Any, *, most: int = _LONGEST_TEXT) -> str:  # noqa: ANN401 - checked here
    """Return a text in one line, "" where it is empty or says only that it will be said later."""
    text = _text(argument, given, most=most)
    if re.sub(r"\W+", "", text).lower() in {"tbd", "tba", "na", "none", "todo", "unknown"}:
        raise InputError(f"{argument}={text!r} says nothing. Write it, or leave it out: it then stands as missing.")
    return text


def _text(argument: str, given: Any, *, most: int) -> str:  # noqa: ANN401 - checked here
    if not isinstance(given, str):
        raise WrongTypeError(f"{argument}= is {type(given).__name__}. Allowed: text.")
    text = sound(given)
    if len(text) > most:
        raise InputError(f"{argument}= has {len(text):,} characters. Allowed: {most:,} at most.")
    return text


def read_tasks(given: Mapping[str, str] | None) -> dict[str, str]:
    """Return task → name, in the order of `TASKS`; own tasks after them.

    Raises
    ------
    UnknownNameError
        If a task is much like one of ours, and isn't.
    """
    found = dict.fromkeys(TASKS, "")
    for task, who in (given or {}).items():
        meant = did_you_mean(str(task), TASKS) if task not in TASKS else ""
        if meant:
            raise UnknownNameError(
                f"accountable= holds the task {str(task)[:60]!r}.{meant} Tasks: {listed(TASKS)}, or others of your own."
            )
        found[told("accountable", str(task), most=_LONGEST_NAME)] = named(f"accountable[{str(task)[:60]!r}]", who)
    return found


def read_sensitivity(given: Mapping[str, str] | None, columns: tuple[str, ...]) -> dict[str, Sensitivity]:
    """Return column → what a person said of it; "*" speaks of all columns that aren't named.

    Raises
    ------
    UnknownNameError
        If a column doesn't exist, or it is another word.
    """
    said: dict[str, Sensitivity] = {}
    for column, word in (given or {}).items():
        if word not in SENSITIVITIES:
            raise UnknownNameError(
                f"sensitivity[{str(column)[:60]!r}] is {str(word)[:60]!r}. Allowed: {listed(SENSITIVITIES)}.{did_you_mean(str(word), SENSITIVITIES)}"
            )
        if column not in columns and column != ALL_OTHERS:
            raise UnknownNameError(
                f"sensitivity= names the column {str(column)[:60]!r}, which isn't in the table.{did_you_mean(str(column), columns)} "
                f"Columns: {listed(columns)}, or '*' for all others."
            )
        said[str(column)] = word
    others = said.pop(ALL_OTHERS, None)
    return {column: said.get(column, others) for column in columns if said.get(column, others)}  # type: ignore[misc]  # not None


def read_day(argument: str, given: Any) -> str:  # noqa: ANN401 - checked here
    """Return an ISO date, "" where none was given."""
    text = told(argument, given)
    try:
        return date.fromisoformat(text).isoformat() if text else ""
    except ValueError:
        raise InputError(f"{argument}={text[:40]!r}. Pass a day as 2026-03-31.") from None
