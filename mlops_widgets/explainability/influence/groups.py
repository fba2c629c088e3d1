"""Columns that go together so closely that what one says the other says too."""

import numpy as np
import numpy.typing as npt
import pandas as pd

from mlops_widgets.explainability.influence.cuts import as_measured
from mlops_widgets.measures.attribution.association import associations, clusters

Floats = npt.NDArray[np.float64]

CLOSE = 0.7
_MOST_ROWS = 1000


def columns_together(rows: pd.DataFrame, *, least: float = CLOSE) -> tuple[list[tuple[str, ...]], Floats]:
    """Return the columns in groups, those with a close companion together, and how closely each two go together (p, p)."""
    few = rows.iloc[:: max(1, len(rows) // _MOST_ROWS)].iloc[:_MOST_ROWS]
    close = associations([as_measured(few[name]) for name in few.columns])
    names = list(rows.columns)
    return [tuple(names[k] for k in group) for group in clusters(close, least=least)], close


def named(group: tuple[str, ...]) -> str:
    """Return what a group is called."""
    return group[0] if len(group) == 1 else " + ".join(group)
