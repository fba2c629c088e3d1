"""Every labelled row of a study in the order of time, and when its label was known."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from mlops_widgets.errors import MissingInputError, TableError
from mlops_widgets.study.study import Study
from mlops_widgets.study.tables import Table
from mlops_widgets.study.timeline import codes, times_of

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]

PARTS = ("reference", "test", "production")


@dataclass(frozen=True, kw_only=True, eq=False)
class LabelledRows:
    """The rows, oldest first; where nothing is dated, in the order of reference, tests, production.

    Parameters
    ----------
    table
        The rows with the columns that all tables share.
    y
        (n,) encoded labels; NaN where none has arrived.
    times
        (n,) milliseconds since 1970, numbers of the time column, or positions where there is no time.
    known_from
        (n,) when the label was known, on the scale of `times`: the row's own time without `label_time=`; infinity without label.
    part
        (n,) position in `PARTS` of the table that the row comes from.
    units
        (n,) resampling unit.
    weights
        (n,) row weights.
    are_dates, timed
        Whether `times` are dates; whether rows have a time at all.
    """

    table: Table
    y: Floats
    times: Floats
    known_from: Floats
    part: Integers
    units: Integers
    weights: Floats
    are_dates: bool
    timed: bool

    @property
    def labelled(self) -> Mask:
        """Which rows (n,) have a label."""
        return ~np.isnan(self.y)

    def known_at(self, moment: float) -> Mask:
        """Return which rows (n,) lay before `moment`, with a label that was known then."""
        before = self.times < moment
        return before & (self.known_from <= moment) & self.labelled


def labelled_rows(study: Study) -> LabelledRows:
    """Return the rows of all tables of a study in the order of time.

    Raises
    ------
    MissingInputError
        If no table has a labelled row that the model didn't learn from.
    """
    tables = [(0, study.reference), *((1, each) for each in study.tests.values()), (2, study.production)]
    kept = [(part, each) for part, each in tables if each is not None and _needed(study) <= set(each.columns)]
    if not any(part for part, _ in kept):
        raise MissingInputError(
            "labelled test or production", "Pass later rows with their outcome as production=, or test=."
        )
    found = _in_order(study, kept)
    if not (found.labelled & (found.part > 0)).any():
        raise MissingInputError(
            "labelled test or production", "Pass later rows with their outcome as production=, or test=."
        )
    return found


def _needed(study: Study) -> set[str]:
    """Return the columns without which a table can't stand among the others."""
    roles = study.roles
    dated = study.production is None or (roles.time is not None and roles.time in study.production)
    named = (
        study.outcome.target, *study.model.features, *roles.scores, roles.predictions, roles.entity, roles.weights,
        roles.time if dated else None,
    )  # fmt: skip
    return {name for name in named if name is not None}


def _in_order(study: Study, kept: list[tuple[int, Table]]) -> LabelledRows:
    columns = [name for name in kept[-1][1].columns if all(name in table for _, table in kept)]
    frame = pd.concat([table.pandas()[columns] for _, table in kept], ignore_index=True)
    part = np.repeat([part for part, _ in kept], [table.rows for _, table in kept]).astype(np.int64)
    times, are_dates, timed = _times(study, [table for _, table in kept])
    order = np.argsort(np.where(np.isnan(times), np.inf, times), kind="stable")
    table = kept[-1][1].replace(frame.iloc[order], name="all rows")
    y = np.concatenate([study.labels(each) for _, each in kept])[order]
    arrived = np.concatenate([_known_from(study, each, are_dates=are_dates) for _, each in kept])[order]
    times = times[order]
    known_from = np.where(np.isnan(y), np.inf, np.fmax(arrived, times))
    return LabelledRows(
        table=table, y=y, times=times, known_from=known_from, part=part[order], units=_units(study, table, kept)[order],
        weights=np.concatenate([study.weights(each) for _, each in kept])[order], are_dates=are_dates, timed=timed,
    )  # fmt: skip


def _times(study: Study, tables: list[Table]) -> tuple[Floats, bool, bool]:
    """Return times (n,), whether they are dates, and whether there are any."""
    column = study.roles.time
    if column is None or any(column not in table for table in tables):
        return np.arange(sum(table.rows for table in tables), dtype=np.float64), False, False
    read = [times_of(table, column) for table in tables]
    return np.concatenate([times for times, _ in read]), all(dates for _, dates in read), True


def _known_from(study: Study, table: Table, *, are_dates: bool) -> Floats:
    """Return when each label was known (n,); NaN where nothing says so."""
    column = study.roles.label_time
    if not are_dates or column is None or column not in table or not table[column].notna().any():
        return np.full(table.rows, np.nan)
    try:
        times, dates = times_of(table, column)
    except TableError:
        return np.full(table.rows, np.nan)
    return times if dates else np.full(table.rows, np.nan)


def _units(study: Study, table: Table, kept: list[tuple[int, Table]]) -> Integers:
    """Return the unit of each row in the tables' order: an entity is the same in all of them."""
    if study.unit == "entity" and study.roles.entity in table:
        return codes(pd.concat([each.pandas()[study.roles.entity] for _, each in kept], ignore_index=True))
    shift, found = 0, []
    for _, each in kept:
        own = study.units(each)
        found.append(own + shift)
        shift += int(own.max(initial=-1)) + 1
    return np.concatenate(found)
