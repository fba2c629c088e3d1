"""Any table as a pandas frame that may be changed, with its index; and cells of before and after, compared."""

from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from mlops_widgets.data_quality.source import Source, source_of
from mlops_widgets.errors import InputError, TableError, listed
from mlops_widgets.study.study import Study
from mlops_widgets.study.tables import Table, holds_numbers, read_table

Booleans = npt.NDArray[np.bool_]


def frame_of_table(table: Any) -> pd.DataFrame:  # noqa: ANN401 - any form of table
    """Return a copy of a table (of a study: its reference, else its test), all rows of it, with texts as column names.

    Raises
    ------
    TableError
        If the table can't be read, or two columns have one name.
    """
    if isinstance(table, Study | Table | Source):
        return source_of(table).table.pandas()
    if not isinstance(table, pd.DataFrame):
        return read_table(table, name="table").pandas()
    frame = table.copy()
    if not all(isinstance(name, str) for name in frame.columns):
        frame.columns = pd.Index([str(name) for name in frame.columns], dtype=object)
    twice = frame.columns[frame.columns.duplicated()]
    if len(twice):
        raise TableError(f"table= has several columns named {listed(twice, most=3)}. Rename them.")
    return frame


def changed_cells(before: "pd.Series[Any]", after: "pd.Series[Any]") -> Booleans:
    """Return which cells say something else than before, shape (rows,): "12" and 12.0 say the same, and so do two blanks.

    Parameters
    ----------
    before, after
        Two columns of equal length.
    """
    if len(before) != len(after):
        raise InputError("before and after have different lengths.")
    if before is after:
        return np.zeros(len(before), dtype=bool)
    missing = before.isna().to_numpy() | blank(before), after.isna().to_numpy() | blank(after)
    if holds_numbers(before) and holds_numbers(after):
        numbers = [each.to_numpy(dtype=np.float64, na_value=np.nan) for each in (before, after)]
        differ = numbers[0] != numbers[1]
    else:
        differ = np.array([said(old) != said(new) for old, new in zip(before, after, strict=True)], dtype=bool)
    unlike: Booleans = np.where(missing[0] | missing[1], missing[0] != missing[1], differ)
    return unlike


def blank(column: "pd.Series[Any]") -> Booleans:
    """Return which cells are texts of blanks alone, shape (rows,)."""
    if holds_numbers(column) or pd.api.types.is_datetime64_any_dtype(column.dtype):
        return np.zeros(len(column), dtype=bool)
    return np.array([isinstance(cell, str) and not cell.strip() for cell in column], dtype=bool)


def said(cell: Any) -> str | float:  # noqa: ANN401 - any cell
    """Return what a cell says, whether it is written as a text or a number."""
    if isinstance(cell, bool | np.bool_):
        return str(cell)
    if isinstance(cell, int | float | np.integer | np.floating):
        return float(cell) if -_LARGEST <= cell <= _LARGEST else str(cell)
    text = str(cell).strip()
    if text[:1] not in _STARTS or len(text) > _LONGEST:
        return text
    try:
        return float(text)
    except ValueError:
        return text


_STARTS = frozenset("+-.0123456789")
_LONGEST = 40
_LARGEST = 1e308
