"""Open any table as a stream of batches."""

from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from mlops_widgets.errors import InputError, TableError, UnknownNameError, did_you_mean, listed
from mlops_widgets.study.table_files.arrow_files import ArrowFile
from mlops_widgets.study.table_files.forms import FORMS
from mlops_widgets.study.table_files.frames import ForeignFrame
from mlops_widgets.study.table_files.parquet_files import ParquetFile, ParquetFolder
from mlops_widgets.study.table_files.paths import find_table, open_path, reading
from mlops_widgets.study.table_files.queries import is_query, run_query
from mlops_widgets.study.table_files.sources import HELD_BYTES, check_names
from mlops_widgets.study.table_streams.pandas_columns import arrow_column
from mlops_widgets.study.table_streams.typed_text import TypedText
from mlops_widgets.study.tables import Table, read_table

if TYPE_CHECKING:
    import pyarrow as pa

_CELLS = 32_768 * 20
"""Cells of a batch: few enough for the processor's cache and for memory, enough for work on whole arrays to pay."""

_MOST_ROWS = 32_768
_FEWEST_ROWS = 1_024


@dataclass(frozen=True, kw_only=True)
class TableStream:
    """A table that is read once, in order.

    Parameters
    ----------
    name
        The argument that it was passed as.
    tables
        Called once; yields the rows as Arrow, in pieces of any size.
    stored
        What the source calls the type of a column, where Arrow's name isn't it.
    rows
        How many rows there are, where that is known before they are read.
    reading
        What was decided while it was opened, in sentences, or "".
    any_thread
        Whether another thread than the caller's may read it: connections belong to the thread that opened them.
    """

    name: str
    tables: "Callable[[], Iterator[pa.Table]]"
    stored: Mapping[str, str] = field(default_factory=dict)
    rows: int | None = None
    reading: str = ""
    any_thread: bool = False

    def batches(self, columns: Sequence[str] | None = None) -> "Generator[pa.Table, None, None]":
        """Yield the rows in batches of one size, which depends on the number of columns alone; the last is smaller.

        Parameters
        ----------
        columns
            Columns to keep; None for all.

        Raises
        ------
        TableError
            If the table has no columns or rows, names come twice, or it can't be read.
        UnknownNameError
            If there is no such column.
        """
        import pyarrow as pa

        held: list[pa.Table] = []
        size = count = 0
        with closing(_checked(self.tables(), columns, name=self.name)) as tables:
            for table in tables:
                most = batch_rows(table.num_columns)
                held, size = [*held, table], size + table.num_rows
                while size >= most:
                    joined = _joined(held, name=self.name)
                    yield joined.slice(0, most).combine_chunks()
                    held, size, count = [joined.slice(most)], size - most, count + most
        count += size
        if not count:
            raise TableError(f"{self.name}= has a header ({listed(held[0].column_names if held else [])}) but no rows.")
        if size:
            yield _joined(held, name=self.name).combine_chunks()


def batch_rows(columns: int) -> int:
    """Return how many rows a batch of a table with so many columns has.

    Examples
    --------
    >>> batch_rows(20), batch_rows(2000)
    (32768, 1024)
    """
    return max(_FEWEST_ROWS, min(_MOST_ROWS, _CELLS // max(columns, 1)))


def open_stream(data: Any, *, name: str) -> TableStream:  # noqa: ANN401 - any form
    """Return a table of any form as a stream; what is no frame in memory is never held whole, but for small files of text.

    Parameters
    ----------
    data
        As `study.tables.read_table` takes it.
    name
        The argument that it was passed as.

    Raises
    ------
    TableError
        If `data` is no table, or can't be opened.

    Examples
    --------
    >>> stream = open_stream(pd.DataFrame({"a": [1, 2]}), name="table")
    >>> [batch.to_pydict() for batch in stream.batches()]
    [{'a': [1, 2]}]
    """
    if isinstance(data, Table | pd.DataFrame):
        return _of_pandas(data.pandas() if isinstance(data, Table) else data, name=name)
    if is_query(data):
        result = run_query(data, name=name)
        return TableStream(name=name, tables=result.batches, reading=result.reading)
    if isinstance(data, str | Path):
        return _of_path(find_table(data, name=name), name=name)
    if isinstance(data, list) and data and (isinstance(data[0], str | Path) or not np.isscalar(data[0])):
        return _of_several([open_stream(each, name=name) for each in data], name=name)
    if isinstance(data, tuple | np.ndarray | Mapping | list):
        return _of_pandas(read_table(data, name=name).pandas(), name=name)
    rows = getattr(data, "num_rows", None)  # of pyarrow
    return TableStream(name=name, tables=ForeignFrame(data, name=name, forms=FORMS).batches, rows=rows)


def _of_pandas(frame: pd.DataFrame, *, name: str) -> TableStream:
    names = [str(column) for column in frame.columns]
    check_names(names, name=name)
    if not names:
        raise TableError(f"{name}= has no columns. Pass {FORMS}.")
    converted = [arrow_column(frame.iloc[:, at]) for at in range(len(names))]

    def tables() -> "Iterator[pa.Table]":
        import pyarrow as pa

        yield pa.table([cells for cells, _ in converted], names=names)

    stored = {column: called for column, (_, called) in zip(names, converted, strict=True)}
    return TableStream(name=name, tables=tables, stored=stored, rows=len(frame))


def _of_path(path: Path, *, name: str) -> TableStream:
    found = path.stat()
    state = found.st_size, found.st_mtime_ns
    with reading(path, name=name, before=state):
        reader = open_path(path, name=name)
    if isinstance(reader, ParquetFile | ParquetFolder | ArrowFile):
        source: Callable[[], Iterator[pa.Table]] = reader.batches
    elif found.st_size <= HELD_BYTES:
        return _of_pandas(read_table(path, name=name).pandas(), name=name)
    else:
        source = TypedText(reader).batches

    def tables() -> "Iterator[pa.Table]":
        with reading(path, name=name, before=state):
            yield from source()

    rows = _rows_of(path) if isinstance(reader, ParquetFile) else None
    return TableStream(name=name, tables=tables, rows=rows, reading=reader.reading, any_thread=True)


def _rows_of(path: Path) -> int:
    from pyarrow import parquet

    return int(parquet.read_metadata(str(path)).num_rows)


def _of_several(streams: Sequence[TableStream], *, name: str) -> TableStream:
    def tables() -> "Iterator[pa.Table]":
        first: list[str] = []
        for number, stream in enumerate(streams, start=1):
            for table in stream.tables():
                first = first or table.column_names
                differ = sorted(set(first) ^ set(table.column_names))
                if differ:
                    raise TableError(f"{name}=: batch {number} and batch 1 differ in columns {listed(differ)}.")
                yield table.select(first)

    known = [stream.rows for stream in streams if stream.rows is not None]
    return TableStream(
        name=name, tables=tables, stored=dict(streams[0].stored), rows=sum(known) if len(known) == len(streams) else None,
        reading=" ".join(dict.fromkeys(stream.reading for stream in streams if stream.reading)),
    )  # fmt: skip


def _checked(
    tables: "Iterable[pa.Table]", columns: Sequence[str] | None, *, name: str
) -> "Generator[pa.Table, None, None]":
    """Yield tables with the wanted columns, their names looked at once."""
    checked = False
    for table in tables:
        if not checked:
            check_names(table.column_names, name=name)
            _check_wanted(columns, table.column_names)
            checked = True
        yield table if columns is None else table.select(list(columns))


def _check_wanted(columns: Sequence[str] | None, names: Sequence[str]) -> None:
    if columns is not None and not columns:
        raise InputError("columns= is empty. Name at least one, or leave it out for all.")
    for column in columns or ():
        if column not in names:
            raise UnknownNameError(
                f"Unknown column {str(column)[:60]!r} in columns=. Columns: {listed(names)}.{did_you_mean(str(column), names)}"
            )


def _joined(tables: "list[pa.Table]", *, name: str) -> "pa.Table":
    import pyarrow as pa

    if len(tables) == 1:
        return tables[0]
    try:
        return pa.concat_tables(tables, promote_options="permissive")
    except (pa.ArrowInvalid, pa.ArrowTypeError) as error:  # their words name columns and types, no cells
        raise TableError(f"{name}= changes its types from batch to batch: {str(error)[:200]}") from error
