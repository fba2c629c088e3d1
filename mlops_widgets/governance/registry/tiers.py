"""Risk tiers as data: which exposure and purpose make which tier, and after how many days a tier is audited again."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mlops_widgets.core.fields import only, sections, text, texts, whole
from mlops_widgets.core.toml_files import read_toml
from mlops_widgets.errors import InputError, listed

_SHIPPED = Path(__file__).parent / "tiers.toml"
_FORMAT = 1
_MOST_DAYS = 3650
_TOP = ("tiers", "name", "version", "source", "last_checked", "exposures", "purposes", "levels")
_LEVEL = ("name", "says", "audit_days", "cells")


@dataclass(frozen=True, kw_only=True)
class Tier:
    """A tier: what it means, after how many days its models are audited again, and which cells "exposure / purpose" make it."""

    name: str
    says: str
    audit_days: int
    cells: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class TierMap:
    """Which exposure and purpose make which tier.

    Parameters
    ----------
    name, version, source, last_checked
        What it is called, its version, where it is from, and when somebody last looked there.
    exposures, purposes
        The words that are allowed.
    levels
        The tiers; each cell is in one of them.

    Raises
    ------
    InputError
        If a cell is in no tier, or in two.
    """

    name: str
    exposures: tuple[str, ...]
    purposes: tuple[str, ...]
    levels: tuple[Tier, ...]
    version: str = ""
    source: str = ""
    last_checked: str = ""

    def __post_init__(self) -> None:
        """Refuse a map with a hole, or with two answers."""
        wanted = {f"{exposure} / {purpose}" for exposure in self.exposures for purpose in self.purposes}
        given = [cell for level in self.levels for cell in level.cells]
        holes, odd = sorted(wanted - set(given)), sorted(set(given) - wanted)
        twice = sorted({cell for cell in given if given.count(cell) > 1})
        for what, cells in (("no tier", holes), ("no exposure and purpose of this map", odd), ("two tiers", twice)):
            if cells:
                raise InputError(f"Tiers {self.name!r}: {what} for {listed(cells)}. Each cell is in one tier.")
        if len({level.name for level in self.levels}) < len(self.levels):
            raise InputError(f"Tiers {self.name!r}: two have one name. Give each a name of its own.")

    def tier(self, name: str) -> Tier | None:
        """Return the tier of that name, or None."""
        return next((each for each in self.levels if each.name == name), None)

    def of(self, exposure: str, purpose: str) -> Tier | None:
        """Return the tier of an exposure and a purpose, or None where one of them isn't of this map.

        Examples
        --------
        >>> read_tiers().of("medium", "decides").name
        '1'
        """
        cell = f"{exposure} / {purpose}"
        return next((each for each in self.levels if cell in each.cells), None)


def read_tiers(path: str | os.PathLike[str] | None = None) -> TierMap:
    """Return the map of risk tiers that a TOML file holds; by default the one that comes with the package.

    Parameters
    ----------
    path
        A file of the same form: `tiers = 1`, name, exposures, purposes, and under each `[[levels]]` name, says, audit_days, cells.

    Raises
    ------
    InputError
        If the file holds anything else.

    Examples
    --------
    >>> [(each.name, each.audit_days) for each in read_tiers().levels]
    [('1', 180), ('2', 365), ('3', 730)]
    """
    file = _SHIPPED if path is None else Path(path)
    plain = read_toml(file, what="map of tiers", missing="Copy the form that read_tiers describes.")
    top = only(file.name, plain, _TOP, needed=("tiers", "name", "exposures", "purposes", "levels"))
    if top["tiers"] != _FORMAT:
        raise InputError(f"{file.name}: tiers={top['tiers']!r}. A map of tiers begins with tiers = {_FORMAT}.")
    told = {each: text(each, top.get(each, "")) for each in ("name", "version", "source", "last_checked")}
    levels = tuple(
        _level(each, place) for place, each in enumerate(sections(file.name, top["levels"], "levels"), start=1)
    )
    return TierMap(
        **told, exposures=texts("exposures", top["exposures"], needed=True), purposes=texts("purposes", top["purposes"], needed=True),
        levels=levels,
    )  # fmt: skip


def _level(given: Any, place: int) -> Tier:  # noqa: ANN401 - of a file
    where = f"Level {place}"
    plain: Mapping[str, Any] = only(where, given, _LEVEL, needed=("name", "audit_days", "cells"))
    days = whole(f"{where}: audit_days", plain["audit_days"], most=_MOST_DAYS)
    if not days:
        raise InputError(f"{where}: audit_days=0. Pass 1 to {_MOST_DAYS}.")
    return Tier(
        name=text(f"{where}: name", plain["name"], needed=True), says=text(f"{where}: says", plain.get("says", "")), audit_days=days,
        cells=texts(f"{where}: cells", plain["cells"], needed=True),
    )  # fmt: skip
