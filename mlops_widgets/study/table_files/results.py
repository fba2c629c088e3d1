"""What a Python database connection answers, row by row, as Arrow."""

from collections.abc import Generator, Iterable, Sequence
from typing import TYPE_CHECKING, Any

import pandas as pd

from mlops_widgets.errors import TableError
from mlops_widgets.study.table_files.sources import arrow_frame, check_names

if TYPE_CHECKING:
    import pyarrow as pa

FETCHED_ROWS = 2_000


class QueryResult:
    """The rows that a query gives: read once, in order.

    Parameters
    ----------
    tables
        The rows as they come.
    name
        The argument that the query was passed as.
    """

    again = False
    reading = ""

    def __init__(self, tables: "Generator[pa.Table, None, None]", *, name: str) -> None:
        self._tables, self._name = tables, name

    def batches(self, columns: Sequence[str] | None = None) -> "Generator[pa.Table, None, None]":
        """Yield the rows once, in order."""
        for table in self._tables:
            check_names(table.schema.names, name=self._name)
            yield table if columns is None else table.select([c for c in columns if c in table.schema.names])

    def frame(self, rows: "pa.Table") -> pd.DataFrame:
        """Return rows as pandas."""
        return arrow_frame(rows)


def arrow_rows(rows: Iterable[Sequence[Any]], columns: Sequence[str], *, name: str) -> "pa.Table":
    """Return rows of Python values as Arrow.

    Raises
    ------
    TableError
        If a column mixes types, or holds what no table holds.
    """
    import pyarrow as pa

    cells = list(zip(*rows, strict=True)) or [() for _ in columns]
    check_names(columns, name=name)
    arrays = []
    for column, values in zip(columns, cells, strict=True):
        try:
            arrays.append(pa.array(values))
        except (pa.ArrowException, OverflowError, UnicodeEncodeError) as error:
            kinds = sorted({type(value).__name__ for value in values if value is not None})
            raise TableError(
                f"{name}=: column {column[:60]!r} of the query holds {' and '.join(kinds[:5])}, which no column of a table "
                "can. Give it one type: CAST(… AS TEXT)."
            ) from error
    return pa.table(arrays, names=list(columns))
