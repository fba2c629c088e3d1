"""What `find_errors` returns: suspected cells, ranked, each with its kind, its reason and what belongs there."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from mlops_widgets.core.codec import IN_MEMORY
from mlops_widgets.core.result import Result
from mlops_widgets.data_quality.detection.labelling import Taught
from mlops_widgets.data_quality.detection.suspicions import CERTAIN, ColumnNote

__all__ = ["CERTAIN", "ErrorsResult", "Reason"]

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]


@dataclass(frozen=True, kw_only=True)
class Reason:
    """Why cells are suspected, said once for all of them: the kind of error and a sentence."""

    kind: str
    text: str


@dataclass(frozen=True, kw_only=True)
class ErrorsResult(Result):
    """Suspected cells, the surest first. Cells and repairs stay in memory: files hold positions, kinds and reasons.

    Parameters
    ----------
    columns
        Columns of the table, in order.
    reasons
        The reasons there are, each with its kind.
    cell_rows, cell_columns
        Position of each suspected cell in the table, shape (n,): row, and index into `columns`, -1 where the row as a whole is
        suspected, as one that repeats another.
    cell_reasons
        Why each is suspected: an index into `reasons`, shape (n,).
    confidence
        How sure the detectors are that it is wrong, 0 to 1, shape (n,), falling; from .5 it counts as an error.
    notes
        What is wrong with columns as a whole.
    table
        What the table is called.
    table_rows
        Number of rows of the table.
    margin
        Share of wrong cells from which the verdict is "failed".
    labelled
        Positions of the rows that a person judged.
    taught
        What these changed, and how good they say the result is; None where nobody judged any.
    values, repairs
        The cells and what belongs there, in the same order; empty in a result that was read from a file.
    """

    columns: tuple[str, ...]
    reasons: tuple[Reason, ...]
    cell_rows: Integers
    cell_columns: Integers
    cell_reasons: Integers
    confidence: Floats
    notes: tuple[ColumnNote, ...]
    table: str
    table_rows: int
    margin: float
    labelled: tuple[int, ...] = ()
    taught: Taught | None = None
    values: Sequence[Any] = field(default=(), metadata=IN_MEMORY, repr=False)
    repairs: Sequence[Any] = field(default=(), metadata=IN_MEMORY, repr=False)

    @property
    def kinds(self) -> tuple[str, ...]:
        """Kind of each suspected cell, in order."""
        return tuple(self.reasons[at].kind for at in self.cell_reasons)

    @property
    def scores(self) -> pd.DataFrame:
        """How sure the detectors are that each cell of the table is wrong, 0 to 1: a frame of the table's shape."""
        scores = np.zeros((self.table_rows, len(self.columns)))
        of_cells = self.cell_columns >= 0
        scores[self.cell_rows[of_cells], self.cell_columns[of_cells]] = self.confidence[of_cells]
        return pd.DataFrame(scores, columns=list(self.columns))

    @property
    def cells(self) -> pd.DataFrame:
        """Which cells count as errors: a frame of truth values of the table's shape."""
        return self.scores >= CERTAIN

    @property
    def repeated_rows(self) -> Integers:
        """Positions of the rows that count as repeating another one, rising."""
        whole = (self.cell_columns < 0) & (self.confidence >= CERTAIN)
        return np.unique(self.cell_rows[whole])

    def frame(self) -> pd.DataFrame:
        """Return one row a suspected cell, the surest first: row, column, kind, confidence, reason, value, repair.

        The column is None where the row as a whole is suspected.
        """
        count = len(self.cell_rows)
        names = np.array([*self.columns, None], dtype=object)
        kinds = np.array([*(each.kind for each in self.reasons), None], dtype=object)
        texts = np.array([*(each.text for each in self.reasons), None], dtype=object)
        return pd.DataFrame({
            "row": self.cell_rows, "column": pd.Series(names[self.cell_columns], dtype=object),
            "kind": pd.Series(kinds[self.cell_reasons], dtype=object), "confidence": self.confidence,
            "reason": pd.Series(texts[self.cell_reasons], dtype=object),
            "value": pd.Series(_or_none(self.values, count), dtype=object),
            "repair": pd.Series(_or_none(self.repairs, count), dtype=object),
        })  # fmt: skip


def _or_none(cells: Sequence[Any], count: int) -> npt.NDArray[Any]:
    """Return the cells as objects of shape (count,), or None for each where they weren't kept."""
    found = np.empty(count, dtype=object)
    if len(cells):
        found[:] = cells
    return found
