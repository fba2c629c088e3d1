"""Whether two names are one person's: nobody approves a model of their own under another spelling."""

import re
import unicodedata
from collections import Counter

from mlops_widgets.core.statements import BLANKS, person
from mlops_widgets.errors import InputError

_NOT_LETTERS = re.compile(r"[\W_]+")
_UNSEEN = frozenset({"Mn", "Me", "Cf", "Cc", "Cs"})
_ALPHABETS = ("LATIN", "CYRILLIC", "GREEK", "ARMENIAN", "CHEROKEE", "COPTIC", "LISU")
"""Alphabets whose letters look like each other's."""
_LOOKS = str.maketrans(
    "iı1|ιіɪɩłø0оοօаαɑᴀеёрρсϲуухχѕјһнħкκᴋмтτŧвβνυηɴɡɢđᴅ",
    "llllllllloooooaaaaeeppccyyxxsjhhhkkkmtttbbvunnggdd",
)
"""Letters that are read as others, after casefold and without marks: of other alphabets, and 1 and 0."""


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
    """Say whether two names are one person's.

    Neither case, spaces, marks, accents, the order of words nor letters that look alike matter, and what one name has beside two words or
    more of the other doesn't ("Ada M. King", "Dr. Ada King"): who is independent has another name.

    Examples
    --------
    >>> same_person("Ada King", "king, ADA"), same_person("Ada King", "Ada M. King")
    (True, True)
    >>> same_person("Ada King", "Ada Kling"), same_person("Ada", "Ada King")
    (False, False)
    """
    a, b = _parts(one), _parts(other)
    if not a or not b:
        return False
    less, more = sorted((Counter(a), Counter(b)), key=Counter.total)
    return "".join(a) == "".join(b) or less == more or (less.total() > 1 and less <= more)


def _parts(name: str) -> list[str]:
    plain = unicodedata.normalize("NFKD", unicodedata.normalize("NFKC", name).casefold())
    seen = "".join(letter for letter in plain if unicodedata.category(letter) not in _UNSEEN and letter not in BLANKS)
    read = seen.translate(_LOOKS)
    for spelled, letter in (("ae", "a"), ("oe", "o"), ("ue", "u")):  # Jürgen and Juergen
        read = read.replace(spelled, letter)
    return sorted(part for part in _NOT_LETTERS.split(read) if part)


def _mixes(word: str) -> bool:
    alphabets = {unicodedata.name(letter, "").partition(" ")[0] for letter in unicodedata.normalize("NFKC", word)}
    return len(alphabets & set(_ALPHABETS)) > 1
