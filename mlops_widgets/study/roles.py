"""What columns mean, and what is resampled whole because of it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import get_args

from mlops_widgets.errors import InputError, MissingInputError, TableError, did_you_mean, listed
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

    @property
    def not_inputs(self) -> frozenset[str]:
        """Columns that say what a row is, when, whose, or what was answered: a model's inputs are others, groups too."""
        single = (self.target, self.time, self.label_time, self.entity, self.weights, self.decision, self.predictions)
        return frozenset(name for name in (*single, *self.ids, *self.scores) if name is not None)


_WITHOUT = {
    "time": "its rows have no order in time", "decision": "the model's own decisions are taken there",
    "groups": "groups can't be compared there",
}  # fmt: skip
"""What follows where a table lacks a column that it may lack."""


def check_roles(roles: Roles, tables: Iterable[Table]) -> list[str]:
    """Return a note for each column that a table with labels lacks and may lack.

    Raises
    ------
    TableError
        If such a table lacks the entity or the weights, without which it can't be measured, or production the time.
    """
    notes = []
    for table in tables:
        if roles.target not in table or table[roles.target].isna().all():
            continue
        named = {"entity": roles.entity, "weights": roles.weights, "time": roles.time, "decision": roles.decision}
        asked = [(role, column) for role, column in named.items() if column is not None]
        for role, column in (*asked, *(("groups", column) for column in roles.groups)):
            if column in table:
                continue
            if role in {"entity", "weights"} or (role == "time" and table.name == "production"):
                raise TableError(
                    f"{table.name} has labels but no column {column!r}, which {role}= names: pass it there too. Columns: "
                    f"{listed(table.columns)}.{did_you_mean(column, table.columns)}"
                )
            notes.append(f"{table.name} has no column {column!r} ({role}=): {_WITHOUT[role]}.")
    return notes


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
