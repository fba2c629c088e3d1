"""What is read from a fitted model: its trees or weights, on which scale they add up, and how it takes its inputs."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from mlops_widgets.errors import MlopsWidgetsError
from mlops_widgets.measures.attribution.forests import Forest

Floats = npt.NDArray[np.float64]
Scale = Literal["log-odds", "probability", "score", "prediction", "logarithm of the prediction"]

_MOST_CELLS = 20_000_000


class UnreadableError(MlopsWidgetsError):
    """A model that a route can't read; the text says why."""


@dataclass(frozen=True, kw_only=True, eq=False)
class TreesRead:
    """The trees of a fitted model.

    Parameters
    ----------
    forest
        They and what they add to.
    scale
        On which they add up.
    cells
        From what the model is given to the numbers that its trees compare, (rows, features).
    """

    forest: Forest
    scale: Scale
    cells: Callable[[Any], Floats]


def numbers_of(inputs: Any) -> Floats:  # noqa: ANN401 - a frame, an array or a sparse matrix
    """Return what a model is given as numbers, (rows, features), missing cells as NaN.

    Raises
    ------
    UnreadableError
        If a cell is no number, or a sparse matrix is too large to be filled up.
    """
    if hasattr(inputs, "toarray"):
        if inputs.shape[0] * inputs.shape[1] > _MOST_CELLS:
            raise UnreadableError(f"its sparse inputs have {inputs.shape[1]:,} columns, too many to be filled up")
        inputs = inputs.toarray()
    try:
        if isinstance(inputs, pd.DataFrame):
            columns = [inputs.iloc[:, k].to_numpy(dtype=np.float64, na_value=np.nan) for k in range(inputs.shape[1])]
            return np.column_stack(columns)
        return np.asarray(inputs, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise UnreadableError("it takes columns that aren't numbers, which its reader doesn't know") from error


def coded(inputs: Any, levels: "list[list[Any] | None]") -> Floats:  # noqa: ANN401 - a frame or an array
    """Return the same, category columns of a frame as codes of the model's own levels: NaN for a level that it lacks.

    Parameters
    ----------
    inputs
        A frame, an array or a sparse matrix.
    levels
        For each column the levels that the model learned, or None where it is given codes or numbers.
    """
    if not isinstance(inputs, pd.DataFrame) or not any(isinstance(kind, pd.CategoricalDtype) for kind in inputs.dtypes):
        return numbers_of(inputs)
    columns = []
    for k in range(inputs.shape[1]):
        cells = inputs.iloc[:, k]
        known = levels[k] if k < len(levels) else None
        if isinstance(cells.dtype, pd.CategoricalDtype):
            codes = (cells if known is None else cells.cat.set_categories(known)).cat.codes.to_numpy(dtype=np.float64)
            columns.append(np.where(codes < 0, np.nan, codes))
        else:
            columns.append(numbers_of(cells.to_frame())[:, 0])
    return np.column_stack(columns)
