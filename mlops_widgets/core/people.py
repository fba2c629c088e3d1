"""Whether two names are one person's: nobody approves a model of their own under another spelling."""

import re
import unicodedata

from mlops_widgets.core.statements import person
from mlops_widgets.errors import InputError

_NOT_LETTERS = re.compile(r"[\W_]+")
_INVISIBLE = re.compile(r"[\u200c\u200d]")
_ALPHABETS = ("LATIN", "CYRILLIC", "GREEK", "ARMENIAN", "CHEROKEE")
"""Alphabets whose letters look like each other's."""


def named(argument: str, given: object) -> str:
    """Return the name of somebody who answers for it.

    Raises
    ------
    InputError
        If it is empty or a placeholder, or a word of it mixes letters of alphabets that look alike.

    Examples
    --------
    >>> named("approver", " Ada King ")
    'Ada King'
    """
    name = person(argument, given)
    if not name:
        raise InputError(f"{argument}='' names nobody. Pass the name of the person who answers for it.")
    mixed = next((word for word in name.split() if _mixes(word)), None)
    if mixed is not None:
        raise InputError(
            f"{argument}={name[:60]!r}: {mixed[:40]!r} mixes letters of several alphabets that look alike. Type the name in one."
        )
    return name


def same_person(one: str, other: str) -> bool:
    """Say whether two names are one person's: neither case, spaces, marks, accents, the order of words nor the form of letters matters.

    Letters of another alphabet that look alike make another name, where a whole word is written in them.

    Examples
    --------
    >>> same_person("Ada King", "king, ADA"), same_person("Ada King", "Ada Kling")
    (True, False)
    """
    return bool(_parts(one)) and _parts(one) == _parts(other)


def _parts(name: str) -> list[str]:
    plain = unicodedata.normalize("NFKD", unicodedata.normalize("NFKC", _INVISIBLE.sub("", name)).casefold())
    letters = "".join(letter for letter in plain if not unicodedata.combining(letter))
    return sorted(part for part in _NOT_LETTERS.split(letters) if part)


def _mixes(word: str) -> bool:
    alphabets = {unicodedata.name(letter, "").partition(" ")[0] for letter in unicodedata.normalize("NFKC", word)}
    return len(alphabets & set(_ALPHABETS)) > 1
