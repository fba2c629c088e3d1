"""A column in sixteen heights: where its numbers lie, or how often its values come."""

import numpy as np
import numpy.typing as npt

from mlops_widgets.data_quality.profiling.column_profile import ColumnProfile
from mlops_widgets.data_quality.profiling.numbers import Numbers

Floats = npt.NDArray[np.float64]

PARTS = 16
_STEPS = 400
_TAIL = 0.01


def outline(column: ColumnProfile) -> Floats:
    """Return up to sixteen shares of a column's cells: of numbers and times in even steps, of texts by value or by length.

    The lowest and the highest one percent share the first and the last step with their neighbours, so that one number far out
    doesn't flatten all others.

    Examples
    --------
    >>> import pandas as pd
    >>> from mlops_widgets.data_quality import profile
    >>> outline(profile(pd.DataFrame({"a": ["x"] * 15 + ["y"] * 5}))["a"]).tolist()
    [0.75, 0.25]
    """
    if column.kind in {"truth value", "text"} and column.values.values:
        return np.asarray(column.values.counts[:PARTS] / column.present)
    return numbers_outline(column.lengths if column.kind == "text" else column.numbers)


def numbers_outline(numbers: Numbers) -> Floats:
    """Return the share of numbers in each of sixteen even steps; nothing where there are too few to say."""
    if not numbers.moments.count or not len(numbers.linear.keys):
        return np.zeros(0)
    values = numbers.quantiles((np.arange(_STEPS) + 0.5) / _STEPS).values
    low, high = values[int(_TAIL * _STEPS)], values[-1 - int(_TAIL * _STEPS)]
    if not high > low:
        return np.ones(1)
    step = np.clip(((values - low) / (high - low) * PARTS).astype(np.int64), 0, PARTS - 1)
    return np.bincount(step, minlength=PARTS) / _STEPS
