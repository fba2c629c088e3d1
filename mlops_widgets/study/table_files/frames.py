"""Frames of other libraries: polars, pyarrow, DuckDB relations and whatever else narwhals knows, all through Arrow."""

from collections.abc import Generator, Sequence
from typing import TYPE_CHECKING, Any

import pandas as pd

from mlops_widgets.errors import TableError
from mlops_widgets.study.table_files.sources import BATCH_ROWS, arrow_frame

if TYPE_CHECKING:
    import pyarrow as pa


class ForeignFrame:
    """A frame that another library holds, or will compute.

    Parameters
    ----------
    data
        The frame.
    name
        The argument that it was passed as.
    forms
        What may be passed, for the message.

    Raises
    ------
    TableError
        If it is no frame that is known.
    """

    reading = ""

    def __init__(self, data: Any, *, name: str, forms: str) -> None:  # noqa: ANN401 - anything
        import pyarrow as pa

        self._data, self._name = data, name
        self.again = isinstance(data, pa.Table | pa.RecordBatch)
        if self.again or _streams(data) is not None:
            return
        import narwhals as nw

        try:
            self._data = nw.from_native(data)
        except TypeError as error:
            raise TableError(f"{name}= is {type(data).__name__[:100]}. Pass {forms}.") from error

    def batches(self, columns: Sequence[str] | None = None) -> "Generator[pa.Table, None, None]":
        """Yield the rows once, in order."""
        try:
            for table in _tables(self._data):
                yield table if columns is None else table.select([c for c in columns if c in table.schema.names])
        except Exception as error:  # a lazy frame runs the user's own query, which may raise anything
            raise TableError(
                f"{self._name}= raised {type(error).__name__} while it was read. Collect it yourself first."
            ) from error

    def frame(self, rows: "pa.Table") -> pd.DataFrame:
        """Return rows as pandas."""
        return arrow_frame(rows)


def _tables(data: Any) -> "Generator[pa.Table, None, None]":  # noqa: ANN401 - any frame
    import narwhals as nw
    import pyarrow as pa

    streams = _streams(data)
    if isinstance(data, pa.Table):
        yield from _slices(data)
    elif isinstance(data, pa.RecordBatch):
        yield pa.Table.from_batches([data])
    elif streams is not None:
        yield from streams
    elif isinstance(data, nw.LazyFrame):
        yield from _slices(data.collect("pyarrow").to_arrow())
    else:
        yield from _slices(data.to_arrow())


def _slices(table: "pa.Table") -> "Generator[pa.Table, None, None]":
    yield table.slice(0, BATCH_ROWS)
    for first in range(BATCH_ROWS, table.num_rows, BATCH_ROWS):
        yield table.slice(first, BATCH_ROWS)


def _streams(data: Any) -> "Generator[pa.Table, None, None] | None":  # noqa: ANN401 - any frame
    """Return the batches of a frame that can compute them one after the other; None of any other."""
    import pyarrow as pa

    if isinstance(data, pa.RecordBatchReader):
        return _of_reader(data)
    library = type(data).__module__.partition(".")[0]
    if library in {"duckdb", "_duckdb"} and hasattr(data, "fetch_arrow_reader"):
        return relation_tables(data)
    if library == "polars" and hasattr(data, "collect_batches"):
        return _of_lazy(data)
    return None


def _of_reader(reader: "pa.RecordBatchReader") -> "Generator[pa.Table, None, None]":
    import pyarrow as pa

    yield reader.schema.empty_table()
    for batch in reader:
        yield pa.Table.from_batches([batch])


def relation_tables(relation: Any) -> "Generator[pa.Table, None, None]":  # noqa: ANN401 - DuckDB has no types
    """Yield the rows of a DuckDB relation as they are computed."""
    fetch = getattr(relation, "to_arrow_reader", None) or relation.fetch_arrow_reader
    with fetch(BATCH_ROWS) as reader:
        yield from _of_reader(reader)


def _of_lazy(frame: Any) -> "Generator[pa.Table, None, None]":  # noqa: ANN401 - polars isn't a dependency
    schema = frame.head(0).collect()
    yield schema.to_arrow()
    for batch in frame.collect_batches(chunk_size=BATCH_ROWS, maintain_order=True):
        yield batch.to_arrow()
