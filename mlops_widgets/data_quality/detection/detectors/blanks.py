"""Cells that are missing."""

from collections.abc import Iterator

import numpy as np

from mlops_widgets.data_quality.detection.columns import Columns
from mlops_widgets.data_quality.detection.suspicions import ColumnNote, Suspicion

_UNSURE = 0.3


def detect(columns: Columns) -> Iterator[Suspicion | ColumnNote]:
    """Suspect missing cells: weakly, since a cell may be missing for a good reason."""
    for column in columns.columns.values():
        rows = np.flatnonzero(column.missing)
        if 0 < len(rows) < columns.rows:
            share = len(rows) / columns.rows
            yield Suspicion(
                kind="missing", column=column.name, rows=rows, confidence=np.full(len(rows), _UNSURE),
                reason=f"{share:.1%} of {column.name} is missing.",
            )  # fmt: skip
