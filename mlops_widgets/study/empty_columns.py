"""Features that one table has and another hardly holds a value of: they were lost on the way, or came later."""

from collections.abc import Sequence

from mlops_widgets.errors import listed
from mlops_widgets.study.tables import Table

_EMPTY, _KNOWN = 0.95, 0.5
"""Share missing from which a column counts as empty, and up to which another table shows that it needn't be."""


def empty_columns(tables: Sequence[Table], features: Sequence[str]) -> list[str]:
    """Return a note for each table in which features are (almost) all missing that another table knows.

    A pipeline that fills gaps answers there without a word, and worse.

    Parameters
    ----------
    tables
        Reference, tests and production.
    features
        Columns that the model takes.
    """
    filled = [table for table in tables if table.rows]
    shares = [{c: float(table[c].isna().mean()) for c in features if c in table} for table in filled]
    notes = []
    for table, share in zip(filled, shares, strict=True):
        lost = {c: _known_in(c, filled, shares) for c in share if share[c] >= _EMPTY}
        known = [(column, other) for column, other in lost.items() if other is not None]
        if known:
            column, other = known[0]
            more = listed(repr(name) for name, _ in known[1:])
            notes.append(
                f"{table.name}: {column!r} is missing in {_counted(table, column)} rows, in {other.name} in "
                f"{_counted(other, column)}. The model answers there without it: was the column lost on the way?"
                + (f" The same holds for {more}." if more else "")
            )
    return notes


def _known_in(column: str, tables: Sequence[Table], shares: Sequence[dict[str, float]]) -> Table | None:
    """Return the first table that holds the column's values, or None."""
    return next((t for t, share in zip(tables, shares, strict=True) if share.get(column, 1.0) <= _KNOWN), None)


def _counted(table: Table, column: str) -> str:
    return f"{int(table[column].isna().sum()):,} of {table.rows:,}"
