"""What belongs in a cell, in the form that the column has."""

from typing import Any

import numpy as np
import numpy.typing as npt

from mlops_widgets.data_quality.detection.columns import Column

Objects = npt.NDArray[Any]


def cells_of(column: Column, codes: npt.NDArray[np.int64]) -> Objects:
    """Return the values of these codes as the column holds them, objects of shape (n,); None for -1."""
    levels = column.levels
    wanted, inverse = np.unique(codes, return_inverse=True)
    known = np.flatnonzero(levels.codes >= 0)
    first = np.zeros(len(levels.values), dtype=np.int64)
    first[levels.codes[known][::-1]] = known[::-1]
    found = np.empty(len(wanted), dtype=object)
    for at, code in enumerate(wanted):
        if code >= 0:
            cell = column.cells.iat[first[code]]
            found[at] = levels.values[code] if isinstance(cell, str) else cell
    return found[inverse]


def made_missing(count: int) -> Objects:
    """Return what makes cells missing, objects of shape (n,)."""
    return np.full(count, np.nan, dtype=object)
