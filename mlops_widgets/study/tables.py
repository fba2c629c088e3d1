"""One door for tables: whatever comes in leaves as pandas that shares no memory a caller can write to."""

from collections.abc import Hashable, Iterable, Mapping, Sequence
from decimal import Decimal
from functools import cached_property
from hashlib import sha256
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from mlops_widgets.errors import TableError, listed
from mlops_widgets.study.dates import Order
from mlops_widgets.study.table_files.forms import FORMS, open_table
from mlops_widgets.study.table_files.sampling import Sample, draw_sample
from mlops_widgets.study.table_files.sources import HELD_BYTES, check_names, count_frame

if TYPE_CHECKING:
    import narwhals as nw

MAX_ROWS = 200_000
"""Rows kept of one table by default; more are sampled, and the study says so."""

FEWEST_QUOTED = 5
"""Rows that must hold a value before an error quotes it."""


class Table:
    """One table of a study: rows in their given order, column names as text.

    Parameters
    ----------
    frame
        The rows; shared copy-on-write, never modified.
    name
        What the study calls it: "reference", "test", "production", or the user's own name of a test.
    source_rows
        How many rows the source had; more than `rows` where the table was sampled, and about as many where it was cut then.

    Attributes
    ----------
    date_orders
        Order of day and month in columns of dates with the year last, where it was settled over all tables.
    reading
        What was decided while the file was read, in a sentence, or "".
    sampling
        That and how the rows were sampled, in a sentence for each time.
    read_times
        Times that `times_of` read before: parsing text is slow.
    """

    def __init__(self, frame: pd.DataFrame, *, name: str, source_rows: int | None = None) -> None:
        names = [str(column) for column in frame.columns]
        self.original_names: dict[str, Hashable] = dict(zip(names, frame.columns, strict=True))
        self.name = name
        self._frame = frame.set_axis(names, axis=1).reset_index(drop=True)
        self.source_rows = len(frame) if source_rows is None else source_rows
        self.date_orders: dict[str, Order] = {}
        self.reading = ""
        self.sampling: tuple[str, ...] = ()
        self.read_times: dict[tuple[str, Order | None], tuple[np.typing.NDArray[np.float64], bool]] = {}

    @property
    def rows(self) -> int:
        """Number of rows."""
        return len(self._frame)

    @property
    def kept(self) -> float:
        """Share of the source's rows that are in the table: 1 where it wasn't sampled."""
        return self.rows / self.source_rows if self.source_rows else 1.0

    @property
    def columns(self) -> tuple[str, ...]:
        """Column names, in order."""
        return tuple(self._frame.columns)

    def pandas(self) -> pd.DataFrame:
        """Return the rows as a pandas frame that may be changed freely: copy-on-write keeps the table as it is."""
        return self._frame.copy(deep=False)

    @property
    def native(self) -> "nw.DataFrame[pd.DataFrame]":
        """The rows as a narwhals frame, for scans that don't care which library holds them."""
        import narwhals as nw

        return nw.from_native(self._frame, eager_only=True)

    def __getitem__(self, column: str) -> "pd.Series[Any]":
        """Return one column."""
        return self._frame[column]

    def __contains__(self, column: object) -> bool:
        """Say whether there is a column of this name."""
        return column in self._frame.columns

    def __len__(self) -> int:
        """Return the number of rows."""
        return len(self._frame)

    def __repr__(self) -> str:
        """Return the name and the shape."""
        return f"Table({self.name!r}, {self.rows:,} rows, {len(self.columns)} columns)"

    @cached_property
    def fingerprint(self) -> str:
        """First 16 hex digits of the SHA-256 of names, types and values, in row order."""
        digest = sha256(repr([(name, str(kind)) for name, kind in self._frame.dtypes.items()]).encode())
        for name in self._frame:
            digest.update(row_hashes(self._frame[name]).tobytes())
        return digest.hexdigest()[:16]

    def take(
        self, rows: "np.typing.NDArray[Any]", *, name: str | None = None, source_rows: int | None = None
    ) -> "Table":
        """Return a table of these row positions, in this order; of the same source unless `source_rows` says its size."""
        part = self.replace(self._frame.iloc[rows], name=name)
        part.source_rows = self.source_rows if source_rows is None else source_rows
        return part

    def replace(self, frame: pd.DataFrame, *, name: str | None = None) -> "Table":
        """Return a table of other rows or columns that keeps the original names and the source's size."""
        table = Table(frame, name=name or self.name, source_rows=self.source_rows)
        table.original_names = {column: self.original_names.get(column, column) for column in table.columns}
        table.date_orders, table.reading, table.sampling = dict(self.date_orders), self.reading, self.sampling
        return table


def row_hashes(column: "pd.Series[Any]") -> "np.typing.NDArray[np.uint64]":
    """Return a number for each cell, shape (rows,): the same for equal cells of one type."""
    try:
        hashes = pd.util.hash_pandas_object(column, index=False)
    except (TypeError, UnicodeEncodeError):  # cells such as lists, or halves of characters
        hashes = pd.util.hash_pandas_object(column.map(ascii).astype(object), index=False)
    return np.asarray(hashes.to_numpy())


def read_table(
    data: Any,  # noqa: ANN401 - any form
    *,
    name: str,
    target: str | None = None,
    columns: Sequence[str] = (),
    max_rows: int | None = None,
    seed: int = 0,
    only: Sequence[str] = (),
    entity: str | None = None,
    cut_later: bool = False,
    held_bytes: int = HELD_BYTES,
) -> Table:
    """Return the table that `data` holds.

    Parameters
    ----------
    data
        A pandas or polars frame (lazy too), a pyarrow table or reader, a DuckDB relation, `(X, y)`,
        `(connection or path of a database, SQL)` or `{"database": path, "sql": SQL}`, a path to CSV, TSV, Parquet, Arrow,
        Feather or JSON lines, a folder of Parquet, or a list of batches. Text files may be packed (.gz, .zst).
    name
        What to call it in messages: the argument's name.
    target
        Column name that the `y` of `(X, y)` gets; by default its own name, else "target". Samples are stratified by it.
    columns
        Names for the columns of a plain array.
    max_rows
        Most rows that are kept; None for all. What is larger is never held whole: a first pass counts its rows and reads
        the target, and a second one picks those that `cap_rows` would. The types of a CSV are then those of the rows that
        are kept.
    seed
        Seed of the sample.
    only
        Columns to read, where the format allows it; () for all.
    entity
        Column of whose values all rows are kept, or none, as far as `max_rows` allows; then samples aren't stratified.
    cut_later
        Whether all rows are returned in spite of `max_rows` if memory holds them: whoever cuts the table samples the parts.
    held_bytes
        Bytes up to which a file or query is held whole in spite of `max_rows`.

    Raises
    ------
    TableError
        If `data` isn't one of these, can't be read, is empty, or has repeated column names.

    Examples
    --------
    >>> read_table(pd.DataFrame({"a": range(10)}), name="test", max_rows=3).sampling
    ('test: 3 of 10 rows, sampled at random (max_rows=, seed 0).',)
    """
    source = open_table(data, name=name, target=target, columns=columns, only=only)
    counted = source.count(target, entity=entity, most_rows=max_rows, held_bytes=held_bytes)
    if max_rows is None or counted.rows <= max_rows or (cut_later and counted.held):
        table = _checked(source.pick(None), name=name, source_rows=counted.rows)
    else:
        sample = draw_sample(counted, max_rows, name=name, by=target, entity=entity, seed=seed)
        table = _checked(source.pick(sample.rows), name=name, source_rows=counted.rows)
        table.sampling = (_sampling(table, sample, f"{counted.rows:,} rows", entity=entity),)
    table.reading = f"{name}: {source.reading}" if source.reading else ""
    return table


def _checked(frame: pd.DataFrame, *, name: str, source_rows: int) -> Table:
    names = [str(column) for column in frame.columns]
    check_names(names, name=name)
    if not names:
        raise TableError(f"{name}= has no columns. Pass {FORMS}.")
    if frame.empty:
        raise TableError(f"{name}= has a header ({listed(names)}) but no rows.")
    return Table(frame, name=name, source_rows=source_rows)


def _sampling(table: Table, sample: Sample, of: str, *, entity: str | None) -> str:
    said = f"{table.name}: {table.rows:,} of {of}{sample.how}."
    if not sample.torn or entity is None or entity not in table:
        return said
    return f"{said} Rows of one {entity[:60]!r} were torn apart ({sample.torn}), so what they share looks smaller than it is."


def quoted(cells: "pd.Series[Any]", *, most: int = 3) -> str:
    """Return what may be said of cells that can't be used: those that recur, else how many there are, where and what.

    An error's text stays in a saved notebook, so a value that only a few rows hold isn't quoted: it may tell who they are.
    """
    counts = cells.map(str).value_counts()
    often = [str(text) for text in counts.index[counts >= FEWEST_QUOTED]]
    if often:
        return listed(often, most=most)
    kind, count = type(cells.iloc[0]).__name__, len(cells)
    return f"{count:,} {'cell' if count == 1 else 'cells'} ({kind}), the first in row {int(cells.index[0]) + 1:,}"


def cap_rows(table: Table, *, max_rows: int, by: str | None, seed: int, entity: str | None = None) -> Table:
    """Return `table`, or an honest sample of it in the original order: whole values of `entity`, or stratified by `by`."""
    if table.rows <= max_rows:
        return table
    counted = count_frame(table.pandas(), by, entity=entity, most_rows=max_rows)
    sample = draw_sample(counted, max_rows, name=table.name, by=by, entity=entity, seed=seed)
    capped = table.take(sample.rows)
    before = f" (of about {table.source_rows:,} in the source)" if table.rows < table.source_rows else ""
    capped.sampling = (*table.sampling, _sampling(capped, sample, f"{table.rows:,} rows{before}", entity=entity))
    return capped


def distinct(column: "pd.Series[Any]") -> int:
    """Return how many different values there are; of cells that can't be compared, such as lists, as many as rows."""
    try:
        return int(column.nunique())
    except TypeError:
        return len(column)


def inferred(values: "pd.Series[Any]") -> "pd.Series[Any]":
    """Return an object column in the type of its cells; as it is where these are halves of characters."""
    try:
        return values.infer_objects()
    except UnicodeEncodeError:
        return values


def frame_of(columns: Mapping[str, Any], names: Iterable[str]) -> pd.DataFrame:
    """Return a frame of arrays, each column in its array's own type: pandas makes text of objects, and NaN of their None.

    Parameters
    ----------
    columns
        Name → cells, as numpy's or pandas' array.
    names
        The columns, in order.

    Examples
    --------
    >>> frame_of({"a": np.array(["x", None], dtype=object)}, ["a"])["a"].tolist()
    ['x', None]
    """
    objects = {name for name, cells in columns.items() if pd.api.types.is_object_dtype(cells.dtype)}
    kept = {name: pd.Series(cells, dtype=object) if name in objects else cells for name, cells in columns.items()}
    return pd.DataFrame(kept, columns=list(names))


def holds_numbers(column: "pd.Series[Any]") -> bool:
    """Say whether the column's type is of numbers that can be ordered: booleans too, complex ones not."""
    return pd.api.types.is_numeric_dtype(column.dtype) and not pd.api.types.is_complex_dtype(column.dtype)


_HUGE = 1 << 1023


def _is_huge(cell: object) -> bool:
    """Say whether a whole number is beyond what a float holds."""
    return isinstance(cell, int) and not -_HUGE < cell < _HUGE


def as_numbers(values: "pd.Series[Any]") -> "np.typing.NDArray[np.float64]":
    """Return cells as floats, shape (rows,); NaN where a cell is missing, no number, or a whole one beyond floats."""
    if holds_numbers(values):
        return values.to_numpy(dtype=np.float64, na_value=np.nan)
    if values.dtype != object and not isinstance(values.dtype, pd.CategoricalDtype | pd.StringDtype):
        return np.full(len(values), np.nan)  # dates and spans of time aren't numbers
    cells = [
        cell if isinstance(cell, str | int | float | Decimal | np.number) and not _is_huge(cell) else None
        for cell in values
    ]
    return pd.to_numeric(pd.Series(cells, dtype=object), errors="coerce").to_numpy(dtype=np.float64, na_value=np.nan)
