"""Files of text that are too large to hold: read once for the types of their columns, then once more with these types."""

from collections.abc import Generator
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from mlops_widgets.study.table_files.sources import BatchReader
from mlops_widgets.study.table_streams.pandas_columns import arrow_column

if TYPE_CHECKING:
    import pyarrow as pa


class TypedText:
    """A CSV or JSON-lines file whose batches may each look like another type.

    Parameters
    ----------
    reader
        The file.
    """

    def __init__(self, reader: BatchReader) -> None:
        self._reader = reader

    def batches(self) -> "Generator[pa.Table, None, None]":
        """Yield the rows in order, every column in one type: that of the whole file."""
        import pyarrow as pa

        kinds = self._kinds()
        for rows in self._reader.batches():
            frame = self._reader.frame(rows)
            yield pa.table({name: _typed(frame, rows, name, kind) for name, kind in kinds.items()})

    def _kinds(self) -> dict[str, str]:
        kinds: dict[str, str] = {}
        for rows in self._reader.batches():
            frame = self._reader.frame(rows)
            for name, cells in frame.items():
                kinds[str(name)] = _joint(kinds.get(str(name), ""), _kind(cells))
        return kinds


def _kind(cells: "pd.Series[Any]") -> str:
    if cells.isna().all():
        return ""
    if pd.api.types.is_bool_dtype(cells.dtype):
        return "truth value"
    if pd.api.types.is_numeric_dtype(cells.dtype):
        return "number"
    nested = cells.dtype == object and cells.map(lambda cell: isinstance(cell, list | dict)).any()
    return "nested" if nested else "text"


def _joint(a: str, b: str) -> str:
    return a or b if not a or not b or a == b else "text"


def _typed(frame: pd.DataFrame, rows: "pa.Table", name: str, kind: str) -> "pa.Array | pa.ChunkedArray":
    import pyarrow as pa

    cells = frame[name] if name in frame else pd.Series(np.nan, index=frame.index)
    if kind == "number":
        return pa.array(cells.to_numpy(dtype=np.float64, na_value=np.nan), from_pandas=True)
    if kind != "text":
        return arrow_column(cells)[0]
    if name in rows.column_names:  # as it stands in the file
        return pa.array(rows[name].to_numpy(), pa.large_string(), mask=cells.isna().to_numpy())
    return pa.array([None if _no_cell(cell) else _written(cell) for cell in cells], pa.large_string())


def _no_cell(cell: Any) -> bool:  # noqa: ANN401 - any cell of JSON
    return cell is None or (isinstance(cell, float) and np.isnan(cell))


def _written(cell: Any) -> str:  # noqa: ANN401 - any cell of JSON
    return str(cell).encode("utf-8", "replace").decode()
