"""Profile a table: one pass over its rows, whatever holds them."""

from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from mlops_widgets.core.options import check_counts
from mlops_widgets.core.progress import Cancel, Progress, check_cancel, tell
from mlops_widgets.core.strategy import strategy
from mlops_widgets.data_quality.profiling.column_profile import column_profile
from mlops_widgets.data_quality.profiling.profile_findings import find
from mlops_widgets.data_quality.profiling.profile_result import Profile
from mlops_widgets.data_quality.profiling.scan import ColumnScan
from mlops_widgets.data_quality.source import Source, source_of
from mlops_widgets.measures.sketches.hashes import mix
from mlops_widgets.measures.sketches.repeats import HashSample
from mlops_widgets.study.study import Study
from mlops_widgets.study.table_streams.streams import TableStream, open_stream
from mlops_widgets.study.tables import Table, read_table

if TYPE_CHECKING:
    import pyarrow as pa

Words = npt.NDArray[np.uint64]

_WORKERS = 2
_METHOD = (
    "One pass over all rows; moments by Pébay's sums, quantiles from bins of powers of two, distinct values exact up to 16,384 and by "
    "HyperLogLog beyond (standard error 2.3 %), frequent values by Misra–Gries counters, repeated rows by distinct sampling"
)
_REFERENCE = "Pébay 2008; Flajolet et al. 2007; Ertl 2017; Misra & Gries 1982; Gibbons 2001; Epicoco et al. 2020"


@strategy("DQ-PR", takes_data=True)
def profile(
    table: Any,  # noqa: ANN401 - a study, or any form of table
    *,
    columns: Sequence[str] | None = None,
    max_rows: int | None = None,
    seed: int = 0,
    progress: Progress | None = None,
    cancel: Cancel | None = None,
) -> Profile:
    """Return what is in a table, column by column, in numbers that can be added up.

    All rows are read, once and in batches, so a Parquet file may be larger than memory. The numbers are the same whether
    the rows come from pandas, polars, pyarrow, DuckDB or Parquet.

    Parameters
    ----------
    table
        A Study (its reference, else its test), or any table that a study accepts: a frame of pandas, polars (lazy too) or
        pyarrow, a DuckDB relation, a query, a file, a folder of Parquet, a list of these.
    columns
        Columns to look at; by default all.
    max_rows
        Most rows that are looked at, 1 or more: of more, a sample, which says so. By default all rows.
    seed
        Seed of the sample.
    progress, cancel
        Callbacks: see `mlops_widgets.core.progress`.

    Returns
    -------
    Profile or NoResult
        Findings: DQ-PR-01 the table, DQ-PR-02 to DQ-PR-10 what strikes about columns, DQ-PR-11 repeated rows, DQ-PR-12 what a
        sample can't say.

    Raises
    ------
    TableError
        If the table can't be read.
    UnknownNameError
        If there is no such column.

    Examples
    --------
    >>> import pandas as pd
    >>> found = profile(pd.DataFrame({"a": [1, 2, 2, None], "b": ["x", "x", "x", "y"]}))
    >>> found["a"].missing, found["b"].distinct
    (1, 2.0)
    """
    check_counts(seed=(seed, 0), **({} if max_rows is None else {"max_rows": (max_rows, 1)}))
    stream, notes, source_rows = _opened(table, max_rows, seed)
    if isinstance(columns, str):
        columns = [columns]
    scans, rows, sample = _read(stream, columns, progress, cancel)
    described = [scan for scan in scans if scan.kind != "other"]
    repeated = sample.repeats() if described else (0.0, 0.0, 0.0)
    result = Profile(
        findings=(), rows=rows, seed=seed if source_rows is not None and source_rows > rows else None, method=_METHOD,
        reference=_REFERENCE, table=stream.name, columns=tuple(column_profile(scan, tells_nan=not stream.stored) for scan in scans),
        source_rows=source_rows or rows, repeated=repeated[0], repeated_lower=repeated[1], repeated_upper=repeated[2],
        compared_columns=len(described), notes=notes, row_sample=sample,
    )  # fmt: skip
    return replace(result, findings=find(result))


def _opened(table: Any, max_rows: int | None, seed: int) -> tuple[TableStream, tuple[str, ...], int | None]:  # noqa: ANN401
    """Return the rows to read, what was decided about them, and how many the source has, where that is known."""
    if isinstance(table, Study | Source):
        table = source_of(table).table
    if max_rows is not None and not isinstance(table, Table):
        table = read_table(table, name="table", max_rows=max_rows, seed=seed)
    if not isinstance(table, Table):
        stream = open_stream(table, name="table")
        return stream, (stream.reading,) if stream.reading else (), None
    if max_rows is not None and table.rows > max_rows:
        table = read_table(table, name=table.name, max_rows=max_rows, seed=seed)
    stream = replace(open_stream(table, name="table"), name=table.name)
    return stream, (*([table.reading] if table.reading else []), *table.sampling), table.source_rows


def _read(
    stream: TableStream, columns: Sequence[str] | None, progress: Progress | None, cancel: Cancel | None
) -> tuple[list[ColumnScan], int, HashSample]:
    scans: list[ColumnScan] = []
    rows, sample = 0, HashSample()
    with closing(stream.batches(columns)) as batches, ThreadPoolExecutor(_WORKERS) as pool:
        for batch in _ahead(batches, pool, ahead=stream.any_thread):
            check_cancel(cancel)
            scans = scans or [
                ColumnScan(name, stream.stored.get(name) or str(kind)[:60]) for name, kind in _types(batch)
            ]
            hashes = [each for each in pool.map(_scanned, scans, batch.columns) if len(each)]
            sample = sample.added(_of_rows(hashes)) if hashes else sample
            rows += batch.num_rows
            tell(progress, rows / stream.rows if stream.rows else 0.0, f"{rows:,} rows read")
    tell(progress, 1.0, f"{rows:,} rows read")
    return scans, rows, sample


def _types(batch: "pa.Table") -> "list[tuple[str, pa.DataType]]":
    return list(zip(batch.column_names, batch.schema.types, strict=True))


def _ahead(batches: "Iterator[pa.Table]", pool: ThreadPoolExecutor, *, ahead: bool) -> "Iterator[pa.Table]":
    """Yield batches, the next one being read while one is worked on, where any thread may read."""
    if not ahead:
        yield from batches
        return
    coming: Future[pa.Table | None] = pool.submit(next, batches, None)
    while (batch := coming.result()) is not None:
        coming = pool.submit(next, batches, None)
        yield batch


def _scanned(scan: ColumnScan, cells: "pa.ChunkedArray") -> Words:
    parts = [scan.add(chunk) for chunk in cells.chunks]
    return parts[0] if len(parts) == 1 else np.concatenate(parts)


def _of_rows(hashes: list[Words]) -> Words:
    """Return one hash a row from those of its cells."""
    rows = hashes[0].copy()
    for cells in hashes[1:]:
        rows *= np.uint64(0x9E3779B97F4A7C15)
        rows += cells
    return mix(rows)
