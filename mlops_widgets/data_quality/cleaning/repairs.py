"""Other cells put into a column, in a type that it can have: for repairs that follow no rule."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from mlops_widgets.data_quality.cleaning.rules.suspects import is_missing
from mlops_widgets.study.tables import as_numbers, inferred

Integers = npt.NDArray[np.int64]


def with_cells(column: "pd.Series[Any]", rows: Integers, cells: Sequence[Any]) -> "pd.Series[Any]":
    """Return the column with other cells in some rows.

    Categories get those that they lack; whole numbers and truth values become floats, which can be missing; texts that hid
    numbers are numbers again once the last of them is repaired.

    Parameters
    ----------
    column
        The column.
    rows
        Positions, shape (n,).
    cells
        What belongs there, shape (n,); None, NaN or a text of blanks for nothing.

    Examples
    --------
    >>> with_cells(pd.Series(["~1.5", 2.5], dtype=object), np.array([0]), [1.5]).tolist()
    [1.5, 2.5]
    """
    copy = column.astype(object)
    copy.iloc[rows] = pd.Series([None if is_missing(cell) else cell for cell in cells], dtype=object).to_numpy()
    kind = column.dtype
    if isinstance(kind, pd.CategoricalDtype):
        names = list(dict.fromkeys([*kind.categories, *copy.dropna()]))
        return copy.astype(pd.CategoricalDtype(names, ordered=kind.ordered))
    if isinstance(kind, pd.StringDtype):
        return copy.map(lambda cell: cell if is_missing(cell) else str(cell)).astype(kind)
    if pd.api.types.is_datetime64_any_dtype(kind):
        return pd.Series(copy, dtype=kind)
    if not pd.api.types.is_numeric_dtype(kind) or pd.api.types.is_complex_dtype(kind):
        return inferred(copy)
    plain = isinstance(kind, np.dtype)
    floats: Any = kind if plain and kind.kind == "f" else "float64" if plain else "Float64"
    return pd.Series(as_numbers(copy), index=column.index, name=column.name).astype(floats)
