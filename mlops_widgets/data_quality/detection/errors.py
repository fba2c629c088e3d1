"""What `find_errors` returns: suspected cells, ranked, each with its kind, its reason and what belongs there."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from mlops_widgets.core.codec import IN_MEMORY
from mlops_widgets.core.result import Result
from mlops_widgets.data_quality.detection.suspicions import ColumnNote

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]

CERTAIN = 0.5
"""Confidence from which a cell counts as an error."""


@dataclass(frozen=True, kw_only=True)
class ErrorsResult(Result):
    """Suspected cells, the surest first. Cells and repairs stay in memory: files hold positions, kinds and reasons.

    Parameters
    ----------
    columns
        Columns of the table, in order.
    kinds
        Kind of each suspected cell, shape (n,).
    reasons
        Why each is suspected.
    cell_rows, cell_columns
        Position of each in the table, shape (n,): row, and index into `columns`.
    confidence
        How sure the detectors are that it is wrong, 0 to 1, shape (n,), falling.
    notes
        What is wrong with columns as a whole.
    table_rows
        Number of rows of the table.
    labelled
        Rows that a person judged.
    values, repairs
        The cells and what belongs there, in the same order; empty in a result that was read from a file.
    """

    columns: tuple[str, ...]
    kinds: tuple[str, ...]
    reasons: tuple[str, ...]
    cell_rows: Integers
    cell_columns: Integers
    confidence: Floats
    notes: tuple[ColumnNote, ...]
    table_rows: int
    labelled: tuple[int, ...] = ()
    values: Sequence[Any] = field(default=(), metadata=IN_MEMORY, repr=False)
    repairs: Sequence[Any] = field(default=(), metadata=IN_MEMORY, repr=False)

    @property
    def scores(self) -> pd.DataFrame:
        """How sure the detectors are that each cell of the table is wrong, 0 to 1: a frame of the table's shape."""
        scores = np.zeros((self.table_rows, len(self.columns)))
        np.maximum.at(scores, (self.cell_rows, self.cell_columns), self.confidence)
        return pd.DataFrame(scores, columns=list(self.columns))

    @property
    def cells(self) -> pd.DataFrame:
        """Which cells count as errors: a frame of truth values of the table's shape."""
        return self.scores >= CERTAIN

    def frame(self) -> pd.DataFrame:
        """Return one row a suspected cell, the surest first: row, column, kind, confidence, reason, value, repair."""
        count = len(self.kinds)
        return pd.DataFrame({
            "row": self.cell_rows, "column": [self.columns[index] for index in self.cell_columns], "kind": list(self.kinds),
            "confidence": self.confidence, "reason": list(self.reasons),
            "value": pd.Series(list(self.values) or [None] * count, dtype=object),
            "repair": pd.Series(list(self.repairs) or [None] * count, dtype=object),
        })  # fmt: skip
