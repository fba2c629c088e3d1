"""Kinds of personal data that have no shape of their own: the column's name has to speak of them, and the cells to fit."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd

from mlops_widgets.study.personal.scanning import Texts
from mlops_widgets.study.tables import distinct, holds_numbers

_WORDS = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])|\d+")
_NAMES = frozenset(
    [
        "firstname",
        "lastname",
        "surname",
        "forename",
        "fullname",
        "givenname",
        "familyname",
        "middlename",
        "vorname",
        "nachname",
        "familienname",
        "prenom",
        "apellido",
        "apellidos",
        "nombre",
        "cognome",
    ]
)
_WHOSE = frozenset(
    [
        "customer",
        "client",
        "patient",
        "employee",
        "person",
        "user",
        "applicant",
        "borrower",
        "contact",
        "holder",
        "member",
        "guest",
        "passenger",
    ]
)
_BORN = frozenset(
    ["dob", "birthdate", "birthday", "birth", "geburtsdatum", "geboren", "naissance", "nacimiento", "nascita"]
)
_PLACE = frozenset(["address", "addr", "street", "strasse", "adresse", "direccion", "indirizzo", "homeaddress"])
_POINT = frozenset(["lat", "latitude", "lon", "lng", "longitude"])
_A_NAME = re.compile(r"[^\W\d_][^\d_]{0,60}")
_A_PLACE = re.compile(r"(?=.{0,200}\d)(?=.{0,200}[^\W\d_]).{5,200}")
_FITS = 0.8
_DIFFERENT = 0.2
_FEWEST_DIFFERENT = 3
_OLDEST, _YOUNGEST = 1880, 2100
_PRECISE = 1e-4
_DATES_READ, _MOST_COMPARED = 2_000, 500


@dataclass(frozen=True)
class Named:
    """A kind that a column's name speaks of, and the share of its cells that fit, 0 to 1."""

    name: str
    label: str
    share: float


def words_of(column: str) -> frozenset[str]:
    """Return the words of a column's name, and its neighbours joined.

    Examples
    --------
    >>> sorted(words_of("customerFirst_name"))
    ['customer', 'customerfirst', 'first', 'firstname', 'name']
    """
    words = [word.lower() for word in _WORDS.findall(column)]
    return frozenset([*words, *(a + b for a, b in pairwise(words))])


def named_kind(name: str, column: "pd.Series[Any]", texts: Texts) -> Named | None:
    """Return the kind that a column is by its name, if its cells fit."""
    words = words_of(name)
    if words & _BORN and not words & {"place", "country", "weight", "rate", "order"}:
        return _if_most("birth_date", "dates of birth", _dates(column))
    if words & _POINT and holds_numbers(column):
        return _if_most("location", "precise places", _precise(column))
    told = bool(words & _NAMES)
    if told or ("name" in words and words & _WHOSE) or words == {"name"}:
        enough = _differ(texts, least=0.0 if told else _DIFFERENT)
        return (
            _if_most("name", "names of persons", _share(texts, lambda cell: _is_name(cell, told=told)))
            if enough
            else None
        )
    if words & _PLACE and not words & {"ip", "email", "mail", "mac"} and _differ(texts, least=_DIFFERENT):
        return _if_most("address", "postal addresses", _share(texts, lambda cell: bool(_A_PLACE.fullmatch(cell))))
    return None


def _if_most(name: str, label: str, share: float) -> Named | None:
    return Named(name, label, share) if share >= _FITS else None


def _share(texts: Texts, fits: Callable[[str], bool]) -> float:
    held = sum(int(count) for cell, count in zip(texts.cells, texts.counts, strict=True) if fits(cell))
    return held / texts.rows


def _differ(texts: Texts, *, least: float) -> bool:
    """Say whether enough cells differ, as a share of at most 500 rows: few values would be groups, not persons."""
    values = len(texts.cells)
    return values >= max(min(_FEWEST_DIFFERENT, texts.rows), 1) and values >= least * min(texts.rows, _MOST_COMPARED)


def _is_name(cell: str, *, told: bool) -> bool:
    """Say whether a text may be a person's name; of a column called just "name", one of two words at least."""
    parts = cell.split()
    least = 1 if told else 2
    return (
        least <= len(parts) <= 6
        and bool(_A_NAME.fullmatch(cell))
        and sum(part[:1].isupper() for part in parts) >= least
    )


def _dates(column: "pd.Series[Any]") -> float:
    """Return the share of cells that are dates of people who may live."""
    known = column.dropna().iloc[:_DATES_READ]
    if not len(known) or holds_numbers(column):
        return 0.0
    try:
        read = pd.to_datetime(known.astype(str), errors="coerce", format="mixed", utc=True)
    except (TypeError, ValueError, OverflowError):
        return 0.0
    return float(read.dt.year.between(_OLDEST, _YOUNGEST).mean())


def _precise(column: "pd.Series[Any]") -> float:
    """Return the share of numbers that are degrees with four decimals or more (11 m), where most differ."""
    numbers = column.dropna().to_numpy(dtype=np.float64)
    if not len(numbers) or distinct(column) < _FITS / 2 * len(numbers):
        return 0.0
    scaled = numbers * 1000
    fine = (np.abs(scaled - np.round(scaled)) > _PRECISE) & (np.abs(numbers) <= 180)
    return float(fine.mean())
