"""What belongs in single cells, put there: for pricing errors one kind at a time, where no rule is wanted."""

from collections.abc import Collection
from typing import Any

import pandas as pd

from mlops_widgets.data_quality.cleaning.rules.suspects import is_missing, suspects_of
from mlops_widgets.data_quality.detection.errors import ErrorsResult
from mlops_widgets.study.tables import holds_numbers


def repair_cells(frame: pd.DataFrame, errors: ErrorsResult, *, kinds: Collection[str] | None = None) -> pd.DataFrame:
    """Return a copy with each cell that counts as an error, and whose repair is known, repaired on its own.

    Parameters
    ----------
    frame
        The table that `errors` is of; rows in the same order.
    errors
        What `find_errors` found.
    kinds
        Kinds of errors that are repaired; by default all.

    Examples
    --------
    >>> frame = pd.DataFrame({"a": [1.0, 2.0]})
    >>> from mlops_widgets.data_quality import find_errors
    >>> repair_cells(frame, find_errors(frame)).equals(frame)
    True
    """
    repaired = frame.copy()
    for name, every in suspects_of(errors).items():
        chosen = [each for each in every if kinds is None or each.kind in kinds]
        if not chosen or name not in repaired:
            continue
        column = repaired[name]
        cells = column.astype(object).to_numpy(copy=True)
        for each in chosen:
            cells[each.row] = None if is_missing(each.repair) else each.repair
        repaired[name] = _in_type(pd.Series(cells, index=column.index, dtype=object), column)
    return repaired


def _in_type(cells: "pd.Series[Any]", column: "pd.Series[Any]") -> "pd.Series[Any]":
    """Return cells in their column's type: whole numbers as floats, categories with the new ones, else as the cells are."""
    if isinstance(column.dtype, pd.CategoricalDtype):
        names = list(dict.fromkeys([*column.cat.categories, *cells.dropna()]))
        return cells.astype(pd.CategoricalDtype(names, ordered=column.cat.ordered))
    if holds_numbers(column):
        numbers = pd.to_numeric(cells, errors="coerce")
        return numbers.astype("float64" if pd.api.types.is_integer_dtype(column.dtype) else column.dtype)
    if pd.api.types.is_datetime64_any_dtype(column.dtype) or isinstance(column.dtype, pd.StringDtype):
        texts = isinstance(column.dtype, pd.StringDtype)
        return (cells.map(lambda cell: cell if cell is None else str(cell)) if texts else cells).astype(column.dtype)
    return cells
