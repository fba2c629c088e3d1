"""Two tables of a study side by side: their columns as numbers or levels, their units, and which row is of which."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from mlops_widgets.core.words import number
from mlops_widgets.errors import MissingInputError
from mlops_widgets.study.encoding import as_words, holds_dates, number_reader
from mlops_widgets.study.study import Study
from mlops_widgets.study.tables import FEWEST_QUOTED, Table
from mlops_widgets.study.timeline import codes

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]
Marks = npt.NDArray[np.bool_]

MOST_CELLS = 16
"""Quantile bins of a column of numbers, and most levels of one of words, when shares are compared."""

MISSING = "missing"
_SPECIAL = 0.01
"""Least share of missing cells that counts as something a rule may speak of."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Column:
    """One column of both tables.

    Parameters
    ----------
    name
        Its name.
    kind
        How its values are written: numbers, dates (days since 1970), or levels by code.
    values
        (n,) number, days, or code of the level; NaN where the cell is missing.
    levels
        Words of the codes, the most frequent first; "" for one that too few rows hold to be quoted.
    """

    name: str
    kind: Literal["number", "date", "level"]
    values: Floats
    levels: tuple[str, ...] = ()

    def take(self, rows: "npt.NDArray[Any]") -> "Column":
        """Return the column of these rows."""
        return Column(name=self.name, kind=self.kind, values=self.values[rows], levels=self.levels)

    def written(self, value: float) -> str:
        """Return a threshold as text."""
        if self.kind == "date":
            return number(value * 86_400_000, "date")
        return number(value, digits=0) if abs(value) >= 1000 or value == round(value) else number(value)

    def cells(self) -> Integers:
        """Return the cell of each row, from 0: missing first, then quantile bins of all rows, or the frequent levels."""
        missing = np.isnan(self.values)
        if self.kind == "level":
            capped = np.minimum(np.where(missing, 0, self.values), MOST_CELLS - 1)
            return np.where(missing, 0, capped + 1).astype(np.int64)
        present = self.values[~missing]
        if not len(present):
            return np.zeros(len(self.values), dtype=np.int64)
        edges = np.unique(np.quantile(present, np.arange(1, MOST_CELLS) / MOST_CELLS, method="inverted_cdf"))
        binned = 1 + np.searchsorted(edges, np.where(missing, 0.0, self.values), side="left")
        return np.where(missing, 0, binned).astype(np.int64)


@dataclass(frozen=True, kw_only=True, eq=False)
class Pair:
    """Rows of an earlier and a later table, pooled.

    Parameters
    ----------
    names
        What the two tables are called.
    columns
        The columns that both have.
    later
        (n,) whether a row is of the later table.
    units
        (n,) resampling unit; one that is in both tables is the same number.
    weights
        (n,) the user's own weights of the rows.
    """

    names: tuple[str, str]
    columns: tuple[Column, ...]
    later: Marks
    units: Integers
    weights: Floats

    @property
    def rows_are_units(self) -> bool:
        """Whether each row is a unit of its own."""
        return len(np.unique(self.units)) == len(self.units)

    @property
    def sides(self) -> Integers:
        """The unit of each row, where one that is in both tables counts as two, (n,)."""
        return self.units * 2 + self.later

    def take(self, rows: "npt.NDArray[Any]") -> "Pair":
        """Return the pair of these rows (positions or a mask)."""
        return Pair(
            names=self.names, columns=tuple(column.take(rows) for column in self.columns), later=self.later[rows],
            units=self.units[rows], weights=self.weights[rows],
        )  # fmt: skip

    def thinned(self, most_rows: int, *, seed: int) -> Integers:
        """Return positions of at most so many rows of each table, drawn at random, in order."""
        return np.sort(np.concatenate([self.sampled(side, most_rows, seed=seed) for side in (False, True)]))

    def sampled(self, later: bool, most_rows: int, *, seed: int) -> Integers:  # noqa: FBT001 - which of two tables
        """Return positions of at most so many rows of one table, drawn at random, in order."""
        rows = np.flatnonzero(self.later == later)
        drawn = np.random.default_rng([seed, later]).choice(rows, min(most_rows, len(rows)), replace=False)
        return np.sort(drawn)

    def halves(self, *, seed: int) -> Marks:
        """Return a mask (n,) of one half of the units; half of each table's own units, and half of those in both."""
        rng = np.random.default_rng(seed)
        first = np.zeros(int(self.units.max()) + 1, dtype=np.bool_)
        early, late = (np.unique(self.units[self.later == side]) for side in (False, True))
        both = np.intersect1d(early, late)
        for group in (np.setdiff1d(early, both), np.setdiff1d(late, both), both):
            first[rng.permutation(group)[: (len(group) + 1) // 2]] = True
        return first[self.units]


def compared_tables(study: Study) -> tuple[Table, Table]:
    """Return the test and production, or, of a study that has only one of them, reference and that one.

    Raises
    ------
    MissingInputError
        If there aren't two tables.
    """
    found = [table for table in (study.reference, study.test, study.production) if table is not None]
    if len(found) < 2:
        missing = "production table" if study.test is not None else "second table"
        raise MissingInputError(missing, "Pass later rows as production=; they need no labels.")
    return found[-2], found[-1]


def compared_names(study: Study, tables: Sequence[Table]) -> tuple[str, ...]:
    """Return the columns to compare: the features; of a log without any, what the model answered.

    Time differs between any two periods, and so do identifiers, so none of them is compared, even where it is a feature.
    """
    roles = study.roles
    apart = {roles.target, roles.time, roles.label_time, roles.entity, roles.weights, *roles.ids}
    logged = (roles.predictions, *roles.scores)
    shared = [name for name in tables[0].columns if all(name in table for table in tables)]
    for candidates in (roles.features, logged):
        names = tuple(name for name in candidates if name in shared and name not in apart)
        if names:
            return names
    raise MissingInputError("features that both tables hold", "Pass features=, or tables with the model's columns.")


def pair_of(study: Study, early: Table, late: Table) -> Pair:
    """Return two tables side by side, all rows."""
    names = compared_names(study, (early, late))
    later = np.repeat([False, True], [early.rows, late.rows])
    columns = tuple(read_column(name, (early[name], late[name])) for name in names)
    return Pair(
        names=(early.name, late.name), columns=columns, later=later, units=joint_units(study, (early, late)),
        weights=np.concatenate([study.weights(early), study.weights(late)]),
    )  # fmt: skip


def joint_units(study: Study, tables: Sequence[Table]) -> Integers:
    """Return the resampling unit of each row of all tables, (n,): an entity in two of them is one unit."""
    if study.unit == "entity" and study.roles.entity is not None and all(study.roles.entity in t for t in tables):
        return codes(pd.concat([t[study.roles.entity] for t in tables], ignore_index=True))
    times = [study.times(table) for table in tables] if study.unit == "time block" and study.block else []
    if times and study.block and all(each is not None for each in times):
        return codes(np.concatenate([each for each in times if each is not None]) // study.block[1])
    return np.arange(sum(table.rows for table in tables))


def read_column(name: str, parts: "Sequence[pd.Series[Any]]") -> Column:
    """Return one column of several tables, its cells one table after the other."""
    cells = pd.concat(list(parts), ignore_index=True)
    read = number_reader(cells)
    if read is None:
        return _levels(name, cells)
    return Column(name=name, kind="date" if holds_dates(cells) else "number", values=read(cells))


def _levels(name: str, cells: "pd.Series[Any]") -> Column:
    words = as_words(cells)
    counts = words.value_counts()
    ordered = sorted(counts.index, key=lambda level: (-int(counts[level]), level))
    code = {level: float(index) for index, level in enumerate(ordered)}
    values = words.map(code).to_numpy(dtype=np.float64, na_value=np.nan)
    quoted = tuple(level[:60] if counts[level] >= FEWEST_QUOTED else "" for level in ordered)
    return Column(name=name, kind="level", values=values, levels=quoted)


def has_gaps(column: Column) -> bool:
    """Say whether enough cells are missing for that to be something a rule may speak of."""
    return bool(np.isnan(column.values).mean() >= _SPECIAL)
