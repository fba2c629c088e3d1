"""A table of a study as the bytes of a Parquet file that gives the same table back."""

import io
import json
from typing import TYPE_CHECKING

import pandas as pd

from mlops_widgets.errors import InputError, TableError, listed
from mlops_widgets.study.table_files.sources import NOTED_TYPES
from mlops_widgets.study.tables import Table

if TYPE_CHECKING:
    import pyarrow as pa


def table_bytes(table: Table) -> bytes:
    """Return the rows as Parquet: types, categories, time zones and the order of rows are kept.

    Raises
    ------
    TableError
        If a column holds cells that Parquet has no type for, such as texts beside numbers; its name is said.
    """
    from pyarrow import parquet

    stream = io.BytesIO()
    parquet.write_table(_arrow(table), stream, compression="zstd")
    return stream.getvalue()


def changed_columns(table: Table, again: Table) -> list[str]:
    """Return the columns that came back in another type than they had, with both types."""
    before, after = table.pandas().dtypes, again.pandas().dtypes
    return [f"{name!r} ({before[name]} → {after[name]})" for name in before.index if before[name] != after[name]]


def _arrow(table: Table) -> "pa.Table":
    import pyarrow as pa

    frame = table.pandas()
    frame.attrs = {}  # the user's own notes on a frame may be anything
    try:
        rows = pa.Table.from_pandas(frame, preserve_index=False)
    except (pa.ArrowException, ValueError, TypeError, OverflowError) as error:
        raise _unwritable(table, frame, error) from error
    # Text in an object column would come back as pandas' own text type, which some models take for something else, and
    # Parquet has no seconds.
    types = {
        name: str(kind)
        for name, kind in frame.dtypes.items()
        if kind.kind in "OmM" and not isinstance(kind, pd.CategoricalDtype)
    }
    return rows.replace_schema_metadata({**(rows.schema.metadata or {}), NOTED_TYPES: json.dumps(types).encode()})


def _unwritable(table: Table, frame: pd.DataFrame, error: Exception) -> InputError:
    import pyarrow as pa

    bad = []
    for name in frame:
        try:
            pa.array(frame[name], from_pandas=True)
            str(name).encode()
        except (pa.ArrowException, ValueError, TypeError, OverflowError):
            kinds = sorted({type(cell).__name__ for cell in frame[name].dropna().head(10_000)})
            bad.append(f"{str(name)[:60]!r} (cells of type {listed(kinds)})")
    return TableError(
        f"{table.name} can't be saved as Parquet: {listed(bad) or type(error).__name__}. Give each column one type, such as "
        f"{table.name}[column].astype(str), and load the study again."
    )
