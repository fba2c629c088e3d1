"""Which rows are explained, and against which: taken from a study's tables or given, in the types that the model learned."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from numbers import Integral
from typing import Any

import numpy as np
import pandas as pd

from mlops_widgets.core.options import check_counts
from mlops_widgets.errors import InputError, UnknownNameError, did_you_mean, listed
from mlops_widgets.study.study import Study
from mlops_widgets.study.tables import Table, as_numbers, holds_numbers

Rows = int | Sequence[int] | pd.DataFrame | Mapping[str, Any] | None
"""Positions in the table, or rows of one's own; None for the first of the table."""
Row = int | Mapping[str, Any] | pd.DataFrame
"""A position in the table, or one row of one's own."""
Background = int | pd.DataFrame | Table
"""How many rows of the reference to draw, or the rows themselves."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Chosen:
    """Rows with what they are called.

    Parameters
    ----------
    frame
        The model's columns, in its order.
    names
        What each row is called.
    positions
        Where the rows stand in their table; empty where they were given.
    """

    frame: pd.DataFrame
    names: tuple[str, ...]
    positions: tuple[int, ...] = ()


def home_of(study: Study) -> Table:
    """Return the table that says what is usual: the reference, else the test, else production."""
    return study.reference or study.test or study.need("production")


def choose_rows(study: Study, rows: "Rows | pd.Series[Any]", table: str | None, features: Sequence[str]) -> Chosen:
    """Return the rows to explain.

    Raises
    ------
    UnknownNameError
        If there is no such table.
    InputError
        If there is no such position, or given rows lack a column or hold what the model can't have learned.
    """
    if isinstance(rows, pd.Series):
        rows = {str(name): cell for name, cell in rows.items()}
    if isinstance(rows, pd.DataFrame | Mapping | Table):
        if table is not None:
            raise InputError(
                "table= says where positions count, and rows= holds rows of its own. Pass positions, or leave table= out."
            )
        frame = _given(rows, features, home_of(study).pandas(), argument="rows")
        return Chosen(frame=frame, names=row_names(rows, frame))
    home = table_of(study, table)
    positions = _positions(rows, home)
    frame = home.pandas()[list(features)].iloc[positions].reset_index(drop=True)
    names = tuple(f"row {k} of {home.name}" for k in positions)
    return Chosen(frame=frame, names=names, positions=tuple(positions))


def check_one_row(rows: pd.DataFrame) -> None:
    """Raise `InputError` unless these rows, given as `row=`, are one."""
    if len(rows) != 1:
        raise InputError(f"row= holds {len(rows):,} rows. Pass one: its position, or a mapping of cells.")


def choose_background(
    study: Study, background: Background, features: Sequence[str], seed: int
) -> tuple[pd.DataFrame, str]:
    """Return the rows that a column's absence is averaged over, and what they are in words.

    Raises
    ------
    InputError
        If they are too few, or lack a column.
    """
    home = home_of(study)
    if isinstance(background, pd.DataFrame | Table):
        given = _given(background, features, home.pandas(), argument="background")
        return given, f"the average over the {len(given):,} rows that were given as background"
    check_counts(background=(background, 1))
    drawn = np.sort(np.random.default_rng(seed).permutation(home.rows)[: int(background)])
    frame = home.pandas()[list(features)].iloc[drawn].reset_index(drop=True)
    if len(drawn) == home.rows:
        return frame, f"the average over all {len(drawn):,} rows of {home.name}"
    return frame, f"the average over {len(drawn):,} rows drawn from {home.name} (seed {seed})"


def row_names(given: Any, frame: pd.DataFrame) -> tuple[str, ...]:  # noqa: ANN401 - a frame, or one row
    """Return what given rows are called: by their frame's index."""
    labels = given.index if isinstance(given, pd.DataFrame) else frame.index
    return tuple(f"row {str(label)[:60]}" for label in labels)


def _given(
    rows: pd.DataFrame | Mapping[str, Any] | Table, features: Sequence[str], like: pd.DataFrame, *, argument: str
) -> pd.DataFrame:
    return rows_like(_as_frame(rows), features, like, argument=argument)


def _as_frame(rows: pd.DataFrame | Mapping[str, Any] | Table) -> pd.DataFrame:
    if isinstance(rows, Table):
        return rows.pandas()
    if isinstance(rows, pd.DataFrame):
        return rows
    return pd.DataFrame({name: pd.Series([cell]) for name, cell in rows.items()})


def rows_like(rows: pd.DataFrame, features: Sequence[str], like: pd.DataFrame, *, argument: str) -> pd.DataFrame:
    """Return the rows' columns `features`, in that order and in the types of `like`; other columns are left out.

    Parameters
    ----------
    rows
        As they were given: columns in any order.
    features
        Columns to return.
    like
        A frame that holds them in the types that the model learned.
    argument
        What the rows are called in an error.

    Raises
    ------
    InputError
        If a column lacks or comes twice, there are no rows, or a cell can't be of the column's type.
    """
    frame = rows.set_axis([str(column) for column in rows.columns], axis=1).reset_index(drop=True)
    missing = [column for column in features if column not in frame]
    if missing:
        raise InputError(
            f"{argument}= lacks {listed(missing)}. The model takes {listed(features)}."
            f"{did_you_mean(missing[0], frame.columns)}"
        )
    twice = [column for column in features if isinstance(frame[column], pd.DataFrame)]
    if twice:
        raise InputError(f"{argument}= has {listed(twice)} more than once. Keep one column of each name.")
    if not len(frame):
        raise InputError(f"{argument}= has no rows. Pass one or more.")
    return pd.DataFrame({
        column: _typed(frame[column], like[column], f"{argument}=") for column in features
    }, columns=list(features))  # fmt: skip


def _typed(cells: "pd.Series[Any]", like: "pd.Series[Any]", where: str) -> "pd.Series[Any]":
    """Return cells in the type of a column, or in the nearest that holds them."""
    kind: Any = like.dtype
    if cells.dtype == kind:
        return cells
    if isinstance(kind, pd.CategoricalDtype):
        new = [level for level in cells.dropna().unique() if level not in kind.categories]
        return cells.astype(object).astype(pd.CategoricalDtype([*kind.categories, *new], ordered=kind.ordered))
    if holds_numbers(like):
        return _as_numbers(cells, like, where)
    if isinstance(kind, pd.DatetimeTZDtype) or kind.kind == "M":
        return _as_times(cells, kind, where, like.name)
    return cells.astype(kind)


def _as_numbers(cells: "pd.Series[Any]", like: "pd.Series[Any]", where: str) -> "pd.Series[Any]":
    numbers = pd.Series(as_numbers(cells))
    if (numbers.isna() & cells.notna()).any():
        raise InputError(
            f"{where} holds something that is no number in {like.name!r}, where the model learned numbers."
        )
    if pd.api.types.is_bool_dtype(like.dtype):
        return numbers.astype(bool).astype(like.dtype) if numbers.isin([0, 1]).all() else cells.astype(object)
    whole = bool(np.isfinite(numbers).all()) and bool((numbers == numbers.round()).all())
    nullable = not isinstance(like.dtype, np.dtype)
    if pd.api.types.is_float_dtype(like.dtype) or whole or (nullable and bool((numbers.dropna() % 1 == 0).all())):
        return numbers.astype(like.dtype)
    return numbers


def _as_times(cells: "pd.Series[Any]", kind: Any, where: str, name: object) -> "pd.Series[Any]":  # noqa: ANN401
    try:
        times = pd.to_datetime(cells)
        zoned, wanted = getattr(times.dtype, "tz", None), getattr(kind, "tz", None)
        if zoned is None and wanted is not None:
            times = times.dt.tz_localize(wanted)
        elif zoned is not None and wanted is None:
            times = times.dt.tz_localize(None)
        return times.astype(kind)
    except (TypeError, ValueError) as error:
        raise InputError(
            f"{where} holds something that is no date in {name!r}, where the model learned dates."
        ) from error


def table_of(study: Study, name: str | None) -> Table:
    """Return the table of this name; by default the test, else production, else the reference.

    Raises
    ------
    UnknownNameError
        If there is no such table.
    """
    if name is None:
        found = study.test or study.production
        return study.need("reference") if found is None else found
    if name not in study.tables:
        raise UnknownNameError(
            f"Unknown table={name!r:.80}. Tables: {listed(study.tables)}.{did_you_mean(str(name), study.tables)}"
        )
    return study.tables[name]


def _positions(rows: Any, home: Table) -> list[int]:  # noqa: ANN401 - checked here
    if rows is None:
        return [0]
    given = [rows] if _is_whole(rows) else rows
    if isinstance(given, str | bytes) or not isinstance(given, Sequence | np.ndarray) or not len(given):
        raise InputError(f"rows={rows!r:.60}. Pass a row's position, several, or a frame of the model's columns.")
    bad = [k for k in given if not _is_whole(k) or not -home.rows <= int(k) < home.rows]
    if bad:
        raise InputError(f"rows= holds {bad[0]!r:.60}. Positions in {home.name} go from 0 to {home.rows - 1:,}.")
    return [int(k) % home.rows for k in given]


def _is_whole(value: object) -> bool:
    return isinstance(value, Integral) and not isinstance(value, bool)
