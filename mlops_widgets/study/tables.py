"""One door for tables: whatever comes in leaves as pandas that shares no memory a caller can write to."""

from collections.abc import Hashable, Sequence
from decimal import Decimal
from functools import cached_property
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from mlops_widgets.errors import TableError, listed
from mlops_widgets.study.csv_files import HOW, read_csv
from mlops_widgets.study.dates import Order

if TYPE_CHECKING:
    import narwhals as nw

MAX_ROWS = 200_000
"""Rows kept of one table by default; more are sampled, and the study says so."""

FEWEST_QUOTED = 5
"""Rows that must hold a value before an error quotes it."""

_FORMS = "a pandas or polars frame, a pyarrow table, (X, y), a path to .csv, .tsv or .parquet, or a list of these"


class Table:
    """One table of a study: rows in their given order, column names as text.

    Parameters
    ----------
    frame
        The rows; shared copy-on-write, never modified.
    name
        What the study calls it: "reference", "test", "production", or the user's own name of a test.
    source_rows
        How many rows the source had; more than `rows` where the table was sampled.

    Attributes
    ----------
    date_orders
        Order of day and month in columns of dates with the year last, where it was settled over all tables.
    reading
        What was decided while the file was read, in a sentence, or "".
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
        self.read_times: dict[tuple[str, Order | None], tuple[np.typing.NDArray[np.float64], bool]] = {}

    @property
    def rows(self) -> int:
        """Number of rows."""
        return len(self._frame)

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
        table.date_orders, table.reading = dict(self.date_orders), self.reading
        return table


def row_hashes(column: "pd.Series[Any]") -> "np.typing.NDArray[np.uint64]":
    """Return a number for each cell, shape (rows,): the same for equal cells of one type."""
    try:
        hashes = pd.util.hash_pandas_object(column, index=False)
    except (TypeError, UnicodeEncodeError):  # cells such as lists, or halves of characters
        hashes = pd.util.hash_pandas_object(column.map(ascii).astype(object), index=False)
    return np.asarray(hashes.to_numpy())


def read_table(data: Any, *, name: str, target: str | None = None, columns: Sequence[str] = ()) -> Table:  # noqa: ANN401
    """Return the table that `data` holds.

    Parameters
    ----------
    data
        A pandas or polars frame, a pyarrow table, `(X, y)`, a path to CSV, TSV or Parquet, or a list of batches.
    name
        What to call it in messages: the argument's name.
    target
        Column name that the `y` of `(X, y)` gets; by default its own name, else "target".
    columns
        Names for the columns of a plain array.

    Raises
    ------
    TableError
        If `data` isn't one of these, can't be read, is empty, or has repeated column names.
    """
    frame = _frame_of(data, name=name, target=target, columns=columns)
    reading = frame.attrs.pop(HOW, "")
    names = [str(column) for column in frame.columns]
    repeated = sorted({column for column in names if names.count(column) > 1})
    if repeated:
        raise TableError(f"{name}= has repeated column names: {listed(repeated)}. Give each column its own name.")
    if not names:
        raise TableError(f"{name}= has no columns. Pass {_FORMS}.")
    if frame.empty:
        raise TableError(f"{name}= has a header ({listed(names)}) but no rows.")
    table = Table(frame, name=name)
    table.reading = f"{name}: {reading}" if reading else ""
    return table


def _frame_of(data: Any, *, name: str, target: str | None, columns: Sequence[str]) -> pd.DataFrame:  # noqa: ANN401
    if isinstance(data, tuple) and len(data) == 2:
        return _join_labels(data[0], data[1], name=name, target=target, columns=columns)
    if isinstance(data, list) and data and not np.isscalar(data[0]):
        return _join_batches(data, name=name, target=target, columns=columns)
    if isinstance(data, np.ndarray):
        return _array_frame(data, name=name, columns=columns)
    if isinstance(data, str | Path):
        return _read_file(Path(data), name=name)
    frame = data.pandas() if isinstance(data, Table) else data
    # Copy-on-write: neither side sees the other's later writes.
    return frame.copy(deep=False) if isinstance(frame, pd.DataFrame) else _foreign_frame(frame, name=name)


def _foreign_frame(data: Any, *, name: str) -> pd.DataFrame:  # noqa: ANN401
    """Bring a frame of another library to pandas through Arrow: decimals to float, dates to datetime64."""
    import narwhals as nw
    import pyarrow as pa

    try:
        table = nw.from_native(data)
    except TypeError as error:
        raise TableError(f"{name}= is {type(data).__name__}. Pass {_FORMS}.") from error
    try:
        arrow = (table.collect("pyarrow") if isinstance(table, nw.LazyFrame) else table).to_arrow()
    except Exception as error:  # a lazy frame runs the user's own query, which may raise anything
        raise TableError(
            f"{name}= raised {type(error).__name__} while it was read. Collect it yourself first."
        ) from error
    for i, column in enumerate(arrow.schema):  # to_pandas makes Python objects of decimals, which no model takes
        if pa.types.is_decimal(column.type):
            arrow = arrow.set_column(i, column.name, arrow[column.name].cast(pa.float64()))
    frame: pd.DataFrame = arrow.to_pandas(ignore_metadata=True, date_as_object=False)
    return frame


def _join_labels(x: Any, y: Any, *, name: str, target: str | None, columns: Sequence[str]) -> pd.DataFrame:  # noqa: ANN401
    frame = _frame_of(x, name=name, target=None, columns=columns)
    labels = _one_column(y)
    if labels.ndim != 1 or len(labels) != len(frame):
        raise TableError(f"{name}=(X, y): X has {len(frame):,} rows and y has shape {labels.shape}. They must match.")
    label = target or label_name(y)
    if label in [str(column) for column in frame.columns]:
        raise TableError(f"{name}=(X, y): X already has a column {label!r}. Name the labels with target=.")
    return frame.assign(**{label: labels})


def label_name(y: Any) -> str:  # noqa: ANN401 - anything with a length
    """Return what the labels of `(X, y)` call themselves, else "target"."""
    columns = list(getattr(y, "columns", ()))
    own = columns[0] if columns else getattr(y, "name", None)
    return "target" if own is None or own == "" else str(own)


def _one_column(y: Any) -> Any:  # noqa: ANN401 - anything with a length
    """Return labels without an index: scikit-learn joins X and y by position; a frame of one column is its column."""
    if isinstance(y, pd.DataFrame) and y.shape[1] == 1:
        y = y.iloc[:, 0]
    if isinstance(y, pd.Series):
        return y.array
    labels = np.asarray(y)
    return labels.ravel() if labels.ndim == 2 and labels.shape[1] == 1 else labels


def _array_frame(data: "np.typing.NDArray[Any]", *, name: str, columns: Sequence[str]) -> pd.DataFrame:
    if data.ndim != 2:
        raise TableError(f"{name}= is an array of shape {data.shape}. Pass two dimensions: rows × columns.")
    named = list(columns) if len(columns) == data.shape[1] else [f"x{i}" for i in range(data.shape[1])]
    return pd.DataFrame(data, columns=named)


def _join_batches(data: list[Any], *, name: str, target: str | None, columns: Sequence[str]) -> pd.DataFrame:
    batches = [_frame_of(batch, name=name, target=target, columns=columns) for batch in data]
    first = list(batches[0].columns)
    for number, batch in enumerate(batches[1:], start=2):
        differ = set(first) ^ set(batch.columns)
        if differ:
            raise TableError(
                f"{name}=: batch {number} and batch 1 differ in columns {listed(sorted(map(str, differ)))}."
            )
        if len(batch.columns) != len(first):
            raise TableError(f"{name}=: batch {number} has repeated column names. Give each column its own name.")
    return pd.concat(_same_categories([batch[first] for batch in batches]), ignore_index=True)


def _same_categories(batches: list[pd.DataFrame]) -> list[pd.DataFrame]:
    """Give every batch the categories of all: pandas makes plain objects of columns whose categories differ."""
    if batches[0].columns.has_duplicates:
        return batches
    for column in batches[0].columns:
        kinds = [batch[column].dtype for batch in batches]
        if all(isinstance(kind, pd.CategoricalDtype) for kind in kinds) and len(set(kinds)) > 1:
            levels = pd.Index(dict.fromkeys(level for batch in batches for level in batch[column].cat.categories))
            batches = [batch.assign(**{column: batch[column].cat.set_categories(levels)}) for batch in batches]
    return batches


def _read_file(path: Path, *, name: str) -> pd.DataFrame:
    from pyarrow import ArrowException

    suffix = path.suffix.lower()
    if suffix not in {".parquet", ".csv", ".tsv"}:
        raise TableError(f"{name}={path.name[:100]!r}: files end in .csv, .tsv or .parquet.")
    try:
        found = path.is_file()
        if found and suffix == ".parquet":
            return pd.read_parquet(path)
        if found:
            return read_csv(path)
    except (OSError, ValueError, ArrowException) as error:  # pandas' parser's and decoding errors are ValueErrors
        raise TableError(f"{name}={path.name!r} can't be read: {error}") from error
    raise TableError(f"{name}={str(path)!r}: no such file (looked in {path.resolve().parent.name}/).")


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


def cap_rows(table: Table, *, max_rows: int, by: str | None, seed: int) -> Table:
    """Return `table`, or an honest sample of it: seeded, stratified by column `by`, in the original order."""
    if table.rows <= max_rows:
        return table
    rng = np.random.default_rng(seed)
    labels = table[by] if by is not None and by in table else None
    if labels is None or distinct(labels) > 20:
        rows = rng.choice(table.rows, max_rows, replace=False)
    else:
        codes = pd.factorize(labels)[0]
        order = rng.permutation(table.rows)
        order = order[np.argsort(codes[order], kind="stable")]
        rows = order[np.linspace(0, table.rows - 1, max_rows).round().astype(int)]
    return table.take(np.sort(rows))


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


def as_numbers(values: "pd.Series[Any]") -> "np.typing.NDArray[np.float64]":
    """Return cells as floats, shape (rows,); NaN where a cell is missing or no number."""
    if pd.api.types.is_numeric_dtype(values) and not pd.api.types.is_complex_dtype(values):
        return values.to_numpy(dtype=np.float64, na_value=np.nan)
    if values.dtype != object and not isinstance(values.dtype, pd.CategoricalDtype | pd.StringDtype):
        return np.full(len(values), np.nan)  # dates and spans of time aren't numbers
    cells = [cell if isinstance(cell, str | int | float | Decimal | np.number) else None for cell in values]
    return pd.to_numeric(pd.Series(cells, dtype=object), errors="coerce").to_numpy(dtype=np.float64, na_value=np.nan)
