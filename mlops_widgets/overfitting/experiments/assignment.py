"""Which arm a unit belongs to: the same answer on every machine, without a table of who got what."""

import re
from collections.abc import Iterable, Mapping
from hashlib import sha256
from typing import Any

import numpy as np
import numpy.typing as npt

from mlops_widgets.errors import InputError

_WORD = re.compile(r"[A-Za-z0-9_.][A-Za-z0-9_. -]{0,99}")
_EXACT = 2**53
"""Whole numbers up to here are themselves as floats; larger ones may be another customer's."""

Unit = str | int | np.integer[Any]


def assign(unit: "Unit | Iterable[Any]", *, salt: str, shares: Mapping[str, float]) -> "str | npt.NDArray[np.object_]":
    """Return the arm of a unit, or of each of many: deterministic, and stable when shares are raised.

    Weighted rendezvous hashing (Thaler & Ravishankar 1998; weights as in Efraimidis & Spirakis 2006): every arm draws a number
    for the unit from a hash, exponential with the arm's share as its rate, and the smallest wins. An arm then gets its share of the units, and
    when shares change a unit moves only to an arm whose share grew in proportion to that of the one it leaves: a ramp from 1 % to
    5 % keeps everybody who was in.

    Parameters
    ----------
    unit
        Id of the unit that is randomised (a customer, a session), or many: text or whole numbers, 7 and "7" being the same.
        Assign the unit that your analysis counts.
    salt
        Name of the experiment. Another salt is another, independent assignment; the same salt in two experiments puts
        the same units together in both.
    shares
        Arm → its share of the units, 0 or more; together 1.

    Returns
    -------
    str or ndarray of object, shape (n,)
        The arm, or those of many units in their order.

    Raises
    ------
    InputError
        If a unit is missing or no text or whole number, shares don't add up to 1, or a name has other signs than letters,
        digits, space and "_.-".

    Notes
    -----
    For a service in another language: an arm's number is ``-log((n + 1/2) / 2**53) / share``, ``n`` being the first 53 bits
    of the SHA-256 of the UTF-8 text ``salt|arm|unit``.

    Examples
    --------
    >>> assign("customer 17", salt="pricing-7", shares={"incumbent": 0.95, "challenger": 0.05})
    'incumbent'
    >>> arms = assign(range(10_000), salt="pricing-7", shares={"incumbent": 0.95, "challenger": 0.05})
    >>> round(float((arms == "challenger").mean()), 2)
    0.05
    """
    check_word(salt, "salt")
    checked = check_shares(shares)
    if isinstance(unit, str | int | float | np.number):
        return _arm(_text(unit), salt, checked)
    if not isinstance(unit, Iterable):
        raise InputError(f"unit={type(unit).__name__}. Pass an id (text or whole number), or many.")
    return np.array([_arm(_text(each), salt, checked) for each in unit], dtype=object)


def check_shares(shares: Any) -> dict[str, float]:  # noqa: ANN401 - also what a file holds
    """Return arms and shares as they are; raise `InputError` if they can't be assigned by."""
    if not isinstance(shares, Mapping) or not shares:
        raise InputError(
            f"shares={shares!r}. Pass the share of each arm, such as {{'incumbent': 0.95, 'challenger': 0.05}}."
        )
    for arm, share in shares.items():
        check_word(arm, "shares")
        if isinstance(share, bool) or not isinstance(share, int | float) or not 0 <= share <= 1:
            raise InputError(f"shares[{arm!r}]={share!r}. Pass a share, 0 to 1.")
    total = sum(shares.values())
    if abs(total - 1) > 1e-9:
        raise InputError(f"shares= add up to {total:g}. They have to add up to 1: give the incumbent what is left.")
    return {arm: float(share) for arm, share in shares.items()}


def check_word(word: Any, argument: str) -> None:  # noqa: ANN401 - anything
    """Raise `InputError` if `word` is no name that stays one part of what is hashed."""
    if not isinstance(word, str) or not _WORD.fullmatch(word):
        shown = repr(word)[:60]
        raise InputError(f"{argument}={shown}. Pass a name of letters, digits, spaces and '_.-', 1 to 100 of them.")


def _arm(unit: str, salt: str, shares: Mapping[str, float]) -> str:
    if not unit:
        raise InputError("unit= holds an empty text. Every unit needs an id, or it has no arm.")
    waits = {arm: _wait(f"{salt}|{arm}|{unit}", share) for arm, share in shares.items() if share > 0}
    return min(waits, key=waits.__getitem__)


def _wait(key: str, share: float) -> float:
    first = int.from_bytes(sha256(key.encode("utf-8", "surrogatepass")).digest()[:8], "big") >> 11
    return float(-np.log((first + 0.5) / 2**53)) / share


def _text(unit: Any) -> str:  # noqa: ANN401 - an element of whatever was passed
    if isinstance(unit, str):
        return str(unit)
    if isinstance(unit, int | np.integer) and not isinstance(unit, bool | np.bool_):
        return str(int(unit))
    if isinstance(unit, float | np.floating) and float(unit).is_integer() and abs(float(unit)) <= _EXACT:
        return str(int(unit))  # ids beside a missing one are floats in pandas
    raise InputError(f"unit= holds a {type(unit).__name__} that is no id. Pass text or whole numbers, none missing.")
