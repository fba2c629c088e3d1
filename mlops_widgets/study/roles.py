"""What columns mean, and what is resampled whole because of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import get_args

from mlops_widgets.errors import InputError, MissingInputError, did_you_mean, listed
from mlops_widgets.study.tables import Table
from mlops_widgets.study.timeline import Unit, block_width, times_of


@dataclass(frozen=True, kw_only=True)
class Roles:
    """What columns mean. Columns that the model doesn't take are kept: groups and time usually aren't features."""

    target: str
    features: tuple[str, ...] = ()
    ids: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    time: str | None = None
    label_time: str | None = None
    entity: str | None = None
    weights: str | None = None
    decision: str | None = None
    predictions: str | None = None
    scores: tuple[str, ...] = ()


def resampling_unit(
    roles: Roles, tables: Mapping[str, Table], wanted: Unit | None
) -> tuple[Unit, tuple[str, float] | None]:
    """Return the resampling unit and time block: as told; else the entity; else days where there is time; else rows."""
    if wanted is not None and wanted not in get_args(Unit):
        raise InputError(f"unit={wanted!r}. Allowed: {listed(get_args(Unit))}.{did_you_mean(wanted, get_args(Unit))}")
    if wanted == "row" or (wanted is None and roles.entity is None and roles.time is None):
        return "row", None
    if wanted == "entity" or (wanted is None and roles.entity is not None):
        if roles.entity is None:
            raise MissingInputError("entity column", "Pass entity= to resample by entity.")
        return "entity", None
    if roles.time is None:
        raise MissingInputError("time column", "Pass time= to resample by time block.")
    found = [times_of(table, roles.time) for table in tables.values() if roles.time in table]
    block = block_width([times for times, _ in found]) if found and all(dates for _, dates in found) else None
    if block is None and wanted == "time block":
        raise MissingInputError(
            "time block", "A table spans fewer than twenty hours, or its times are numbers: pass unit='row'."
        )
    return ("time block", block) if block else ("row", None)
