"""What a file that people write may hold (a policy, a regime, a checklist): names and texts checked at the door, every message naming the place."""

import math
from collections.abc import Iterable, Mapping
from typing import Any

from mlops_widgets.core.document import sound
from mlops_widgets.errors import InputError, UnknownNameError, WrongTypeError, did_you_mean, listed

LONGEST = 600
MOST = 400
"""Of requirements, items of a regime, or sign-offs in one file."""


def text(where: str, given: Any, *, needed: bool = False) -> str:  # noqa: ANN401 - checked here
    """Return a text in one line.

    Raises
    ------
    InputError
        If it is none, too long, or empty where it is needed.
    """
    if not isinstance(given, str):
        raise WrongTypeError(f"{where} is {type(given).__name__}. Allowed: text.")
    told = sound(given)
    if len(told) > LONGEST or (needed and not told):
        raise InputError(f"{where} has {len(told):,} characters. Allowed: {int(needed)} to {LONGEST}.")
    return told


def texts(where: str, given: Any, *, needed: bool = False) -> tuple[str, ...]:  # noqa: ANN401 - checked here
    """Return a list of texts, each of them said."""
    if isinstance(given, str) or not isinstance(given, Iterable):
        raise WrongTypeError(f"{where} is {type(given).__name__}. Allowed: a list of texts.")
    told = tuple(text(where, each, needed=True) for each in given)
    if len(told) > MOST or (needed and not told):
        raise InputError(f"{where} holds {len(told):,} texts. Allowed: {int(needed)} to {MOST}.")
    return told


def one_of(where: str, given: object, allowed: Iterable[str]) -> str:
    """Return a word of those allowed.

    Raises
    ------
    UnknownNameError
        If it is another one.
    """
    words = tuple(allowed)
    if not isinstance(given, str) or given not in words:
        raise UnknownNameError(
            f"{where}={str(given)[:60]!r}. Allowed: {listed(words)}.{did_you_mean(str(given), words)}"
        )
    return given


def whole(where: str, given: Any, *, most: int) -> int:  # noqa: ANN401 - checked here
    """Return a whole number from 0 to `most`."""
    if isinstance(given, bool) or not isinstance(given, int) or not 0 <= given <= most:
        raise InputError(f"{where}={str(given)[:40]}. Pass a whole number from 0 to {most:,}.")
    return given


def finite(where: str, given: Any) -> float:  # noqa: ANN401 - checked here
    """Return a finite number."""
    if isinstance(given, bool) or not isinstance(given, int | float) or not math.isfinite(given):
        raise InputError(f"{where}={str(given)[:40]}. Pass a finite number.")
    return float(given)


def truth(where: str, given: Any) -> bool:  # noqa: ANN401 - checked here
    """Return true or false."""
    if not isinstance(given, bool):
        raise WrongTypeError(f"{where}={str(given)[:40]}. Allowed: true or false.")
    return given


def only(where: str, given: Any, known: Iterable[str], *, needed: Iterable[str] = ()) -> Mapping[str, Any]:  # noqa: ANN401 - checked here
    """Return the section of a file, whose keys are known and whose needed keys are there.

    Raises
    ------
    InputError
        If it is no section, or a key is unknown or lacks.
    """
    if not isinstance(given, Mapping):
        raise InputError(f"{where} is no section of names and values. Write name = value, one a line.")
    names = tuple(known)
    odd = next((each for each in given if each not in names), None)
    if odd is not None:
        raise InputError(
            f"{where} holds {str(odd)[:60]!r}. Allowed: {listed(names, most=30)}.{did_you_mean(str(odd), names)}"
        )
    lacking = [each for each in needed if each not in given]
    if lacking:
        raise InputError(f"{where} lacks {listed(lacking)}. Write them.")
    return given


def sections(where: str, given: Any, name: str) -> list[Any]:  # noqa: ANN401 - checked here
    """Return the list of sections called `name`, of a length that somebody could read."""
    if not isinstance(given, list) or not 0 < len(given) <= MOST:
        raise InputError(f"{where}: {name} holds no list of 1 to {MOST} sections. Write each under [[{name}]].")
    return given
