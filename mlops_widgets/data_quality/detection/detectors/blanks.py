"""Cells that are missing."""

from collections.abc import Iterator

import numpy as np

from mlops_widgets.core.words import number, short
from mlops_widgets.data_quality.detection.columns import Columns
from mlops_widgets.data_quality.detection.suspicions import ColumnNote, Suspicion

_UNSURE = 0.3
_ODD = 0.45
"""In a column that is otherwise complete a gap is odder; still, a gap is seen as one, and may have a good reason."""
_COMPLETE = 0.01


def detect(columns: Columns) -> Iterator[Suspicion | ColumnNote]:
    """Suspect missing cells: weakly, since a cell may be missing for a good reason; other detectors know what belongs there."""
    for column in columns.columns.values():
        rows = np.flatnonzero(column.missing)
        if 0 < len(rows) < columns.rows:
            share = len(rows) / columns.rows
            yield Suspicion(
                kind="missing", column=column.name, rows=rows, confidence=np.full(len(rows), _ODD if share <= _COMPLETE else _UNSURE),
                reason=f"{number(share, 'percent')} of {short(column.name)} is missing.",
            )  # fmt: skip
