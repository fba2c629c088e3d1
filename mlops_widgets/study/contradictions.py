"""Where tables and roles don't fit each other: said in notes, since the study may be meant so."""

import re
from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from mlops_widgets.study.dates import read_dates
from mlops_widgets.study.roles import Roles
from mlops_widgets.study.tables import Table, as_numbers, row_hashes
from mlops_widgets.study.timeline import times_of

_SHARED = 0.2
"""Share of rows found in the reference from which it is said."""
_FEWEST_FOUND = 10
"""Rows found in a sampled reference from which it is said: one or two would stand for many."""
_LEAST_GROUPS, _MOST_COLUMNS = 10, 20
_GROUP_SIZES = (2, 100)
_COVERED = 0.9
_ID_NAME = re.compile(
    r"(^|_)(id|ids|key|cust|customer|client|user|account|patient|member|person|device|machine|sensor|vehicle|store|"
    r"household|subject|session|borrower|merchant)(_|$|id$|no$)",
    re.IGNORECASE,
)


def contradictions(reference: Table | None, later: list[Table], roles: Roles) -> list[str]:
    """Return a note for each thing that looks like a mistake in what was passed as what.

    Parameters
    ----------
    reference
        What the model learned from.
    later
        Tests and production.
    roles
        What columns mean.
    """
    notes = [] if reference is None else [note for table in later for note in _against(reference, table, roles)]
    first = reference if reference is not None else next(iter(later), None)
    if roles.entity is None and first is not None:
        notes += _unused_entity(first, roles)
    return notes


def _against(reference: Table, table: Table, roles: Roles) -> Iterator[str]:
    same = _rows_in_both(reference, table, roles)
    if same:
        sampled = reference.kept < 1
        yield (
            f"{table.name}: {'an estimated ' if sampled else ''}{same:,} of {table.rows:,} rows are also in the reference, "
            f"value for value{f' (counted where {_kept(reference)})' if sampled else ''}: scores on rows that the model "
            "learned from promise too much."
        )
    early = _rows_before(reference, table, roles)
    if early:
        yield (
            f"{table.name}: {early:,} of {table.rows:,} rows lie before the reference in {roles.time!r}. Are the tables swapped?"
        )
    entity = roles.entity
    if entity is not None and entity in reference and entity in table and table.name != "production":
        tested = pd.unique(_cells(table[entity].dropna(), reference[entity]))
        both = int(np.isin(tested, pd.unique(_cells(reference[entity].dropna(), table[entity]))).sum())
        if both:
            least, of = ("at least ", f", of which {_kept(reference)}") if reference.kept < 1 else ("", "")
            yield (
                f"{table.name}: {least}{both:,} of {len(tested):,} {entity!r} are in the reference too{of}: it doesn't test on "
                "new ones."
            )


def _kept(reference: Table) -> str:
    return f"{reference.rows:,} of {reference.source_rows:,} rows were kept"


def _rows_in_both(reference: Table, table: Table, roles: Roles) -> int:
    """Return how many rows of `table` the reference holds, if these are many more than it holds twice itself.

    Of a reference that was sampled as large a share of them is found as was kept, and the number is an estimate.
    """
    asked = [*roles.features, roles.target] if roles.features else list(reference.columns)
    columns = [c for c in asked if c in reference and c in table]
    if len(columns) < 2 or roles.target not in columns:
        return 0
    ours, theirs = _hashes(table, columns, reference), _hashes(reference, columns, table)
    found = pd.Series(ours).isin(theirs)
    by_chance = float(pd.Series(theirs).duplicated(keep=False).mean())  # few different rows recur in any two samples
    more = float(found.mean()) - by_chance
    if reference.kept < 1:
        shared = min(1.0, more / reference.kept)
        return round(shared * table.rows) if shared >= _SHARED and found.sum() >= _FEWEST_FOUND else 0
    return int(found.sum()) if more >= _SHARED else 0


def _hashes(table: Table, columns: list[str], other: Table) -> npt.NDArray[np.uint64]:
    """Return a number for each row, the same for rows of equal cells."""
    total = np.zeros(table.rows, dtype=np.uint64)
    for place, column in enumerate(columns):
        total += _cells(table[column], other[column]) * np.uint64(2 * place + 3)
    return total


def _cells(cells: "pd.Series[Any]", other: "pd.Series[Any]") -> npt.NDArray[np.uint64]:
    """Return a number for each cell, the same for equal cells of both columns, also where one holds 1 and one 1.0."""
    if cells.dtype != other.dtype:
        both_numbers = all(pd.api.types.is_numeric_dtype(kind) for kind in (cells.dtype, other.dtype))
        cells = pd.Series(as_numbers(cells)) if both_numbers else cells.map(str)
    return row_hashes(cells)


def _rows_before(reference: Table, table: Table, roles: Roles) -> int:
    """Return how many rows lie before nearly all of the reference, if most do."""
    if roles.time is None or roles.time not in reference or roles.time not in table:
        return 0
    (known, dates), (asked, as_dates) = times_of(reference, roles.time), times_of(table, roles.time)
    if dates != as_dates or np.isnan(known).all():
        return 0
    early = int((asked < np.nanquantile(known, 0.1)).sum())
    return early if 2 * early > table.rows else 0


def _unused_entity(table: Table, roles: Roles) -> list[str]:
    named: set[str | None] = {roles.target, *roles.features, *roles.ids, *roles.groups, *roles.scores}
    named |= {roles.time, roles.label_time, roles.weights, roles.decision, roles.predictions}
    unused = [column for column in table.columns if column not in named][:_MOST_COLUMNS]
    for column in unused:
        # Without a list of features any whole number, such as an age, is unused: then the name must say more.
        each = _rows_each(table[column], whole_numbers=bool(roles.features or _ID_NAME.search(column)))
        if each:
            return [f"Each {column!r} has about {each:.0f} rows, and rows count as independent: entity={column!r}?"]
    return []


def _rows_each(cells: "pd.Series[Any]", *, whole_numbers: bool) -> float:
    """Return how many rows a value has, if the column looks like one that tells customers or machines apart; else 0."""
    kind = cells.dtype
    whole = pd.api.types.is_integer_dtype(kind)
    if (whole and not whole_numbers) or not (
        whole or pd.api.types.is_object_dtype(kind) or isinstance(kind, pd.StringDtype | pd.CategoricalDtype)
    ):
        return 0.0
    try:
        counts = cells.value_counts()
    except TypeError:  # cells such as lists
        return 0.0
    sizes = counts[(counts >= _GROUP_SIZES[0]) & (counts <= _GROUP_SIZES[1])]
    if len(sizes) < _LEAST_GROUPS or sizes.sum() < _COVERED * len(cells):
        return 0.0
    if not whole and read_dates(pd.Series(sizes.index[:20].map(str), dtype=object)).notna().any():
        return 0.0
    return float(sizes.mean())
