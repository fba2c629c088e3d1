"""Columns of pandas as Arrow, whatever their cells are."""

from decimal import Decimal
from numbers import Number
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    import pyarrow as pa

_MOST_KINDS = 4


def arrow_column(column: "pd.Series[Any]") -> "tuple[pa.Array | pa.ChunkedArray, str]":
    """Return a column as Arrow, NaN as missing, and what pandas calls its type.

    Cells of several types become text, and the type's name says which they were; whole numbers beyond 64 bits become floats.

    Examples
    --------
    >>> cells, called = arrow_column(pd.Series([1, "x", None], dtype=object))
    >>> cells.to_pylist(), called
    (['1', 'x', None], 'object of int, str')
    """
    import pyarrow as pa

    if isinstance(column.dtype, pd.SparseDtype):
        column = pd.Series(np.asarray(column))
    called = str(column.dtype)[:60]
    if isinstance(column.dtype, pd.PeriodDtype):
        return pa.Array.from_pandas(column.dt.to_timestamp()), called
    try:
        cells = pa.Array.from_pandas(column)
        return (
            _by_cell(column, f"{called} with and without a time zone")
            if _mixes_zones(column, cells)
            else (cells, called)
        )
    except (pa.ArrowException, TypeError, ValueError, OverflowError):
        return _by_cell(column, called)


def _mixes_zones(column: "pd.Series[Any]", cells: "pa.Array") -> bool:
    """Say whether some times of an object column have a time zone and others none, so that nobody can order them."""
    import pyarrow as pa

    if column.dtype != object or not pa.types.is_timestamp(cells.type):
        return False
    return len({getattr(cell, "tzinfo", None) is None for cell in column if not _is_missing(cell)}) > 1


def _by_cell(column: "pd.Series[Any]", called: str) -> "tuple[pa.Array, str]":
    import pyarrow as pa

    cells = [None if _is_missing(cell) else cell for cell in column]
    kinds = sorted({type(cell).__name__ for cell in cells if cell is not None})
    said = called if len(kinds) < 2 else f"{called} of {', '.join(kinds[:_MOST_KINDS])}"
    if all(cell is None or _is_real(cell) for cell in cells):
        return pa.array([np.nan if cell is None else _as_float(cell) for cell in cells], from_pandas=True), said
    return pa.array([None if cell is None else _as_text(cell) for cell in cells], pa.large_string()), said


def _is_missing(cell: Any) -> bool:  # noqa: ANN401 - any cell
    return cell is None or (np.isscalar(cell) and cell != cell) or cell is pd.NaT or cell is pd.NA  # noqa: PLR0124 - NaN


def _is_real(cell: Any) -> bool:  # noqa: ANN401 - any cell
    return isinstance(cell, Number | Decimal) and not isinstance(cell, bool | np.bool_ | complex | np.complexfloating)


def _as_float(cell: Any) -> float:  # noqa: ANN401 - any number
    try:
        return float(cell)
    except OverflowError:
        return float("inf") if cell > 0 else float("-inf")


def _as_text(cell: Any) -> str:  # noqa: ANN401 - any cell
    return str(cell).encode("utf-8", "replace").decode()  # halves of characters are no text
