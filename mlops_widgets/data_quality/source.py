"""One door for what chapter 4 looks at: a study, or any table that a study accepts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any

from mlops_widgets.errors import InputError, MissingInputError, UnknownNameError, did_you_mean, listed
from mlops_widgets.study.personal.masks import Personal
from mlops_widgets.study.roles import Roles
from mlops_widgets.study.study import Study
from mlops_widgets.study.tables import MAX_ROWS, Table, read_table

_ROLES = tuple(each.name for each in fields(Roles))
_SEVERAL = ("features", "ids", "groups", "scores")


@dataclass(frozen=True, kw_only=True)
class Source:
    """A table, with what is known of its columns.

    Parameters
    ----------
    table
        The rows.
    roles
        What columns mean; with an empty target where none is known.
    study
        The study that it comes from, or None.
    """

    table: Table
    roles: Roles
    study: Study | None = None

    @property
    def personal(self) -> Personal:
        """Which columns are about persons, so that their cells are shown masked."""
        return Personal([self.table]) if self.study is None else self.study.personal

    @property
    def target(self) -> str | None:
        """The target, where it is named and the table has it."""
        return self.roles.target if self.roles.target in self.table else None


def source_of(
    data: Any,  # noqa: ANN401 - a study, or any form of table
    *,
    table: str | None = None,
    roles: Roles | Mapping[str, str | Sequence[str]] | None = None,
    max_rows: int | None = MAX_ROWS,
    seed: int = 0,
) -> Source:
    """Return what is to be looked at.

    Parameters
    ----------
    data
        A Study, or any table that a study accepts.
    table
        Of a study: which of its tables; by default the reference, else the test, else production.
    roles
        What columns mean, as `load_study` names them (`{"target": "y", "time": "date"}`); a study brings its own.
    max_rows
        Most rows of a table that are looked at; more are sampled, and the table says so.
    seed
        Seed of the sample.

    Raises
    ------
    TableError
        If the table can't be read.
    UnknownNameError
        If a study has no such table, or a role doesn't exist.

    Examples
    --------
    >>> import pandas as pd
    >>> source_of(pd.DataFrame({"a": [1, 2], "y": [0, 1]}), roles={"target": "y"}).target
    'y'
    """
    if isinstance(data, Study):
        return Source(table=_table_of(data, table), roles=_roles(roles) or data.roles, study=data)
    if isinstance(data, Source):
        return data
    if isinstance(data, Table):
        return Source(table=data, roles=_roles(roles) or Roles(target=""))
    if table is not None:
        raise InputError(f"table={table!r} names a table of a study, but a table was passed. Leave it out.")
    read = read_table(data, name="table", max_rows=max_rows, seed=seed)
    return Source(table=read, roles=_roles(roles) or Roles(target=""))


def _table_of(study: Study, name: str | None) -> Table:
    tables = study.tables
    if not tables:
        raise MissingInputError("table", "Pass reference=, test= or production=.")
    if name is None:
        return next(iter(tables.values()))
    if name not in tables:
        raise UnknownNameError(f"table={name!r}. Tables of this study: {listed(tables)}.{did_you_mean(name, tables)}")
    return tables[name]


def _roles(given: Roles | Mapping[str, str | Sequence[str]] | None) -> Roles | None:
    if given is None or isinstance(given, Roles):
        return given
    for name in given:
        if name not in _ROLES:
            raise UnknownNameError(
                f"roles: unknown role {str(name)[:60]!r}. Roles: {listed(_ROLES)}.{did_you_mean(name, _ROLES)}"
            )
    plain: dict[str, Any] = {name: _names(name, value) for name, value in given.items()}
    return Roles(**({"target": ""} | plain))


def _names(role: str, value: str | Sequence[str]) -> str | tuple[str, ...]:
    if role not in _SEVERAL:
        return str(value)
    return (value,) if isinstance(value, str) else tuple(map(str, value))
