"""What a detector says: which cells, how sure, why, and what belongs there."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]

CERTAIN = 0.5
"""Confidence from which a cell counts as an error."""


@dataclass(frozen=True, kw_only=True)
class Suspicion:
    """Cells of one column that one detector suspects for one reason.

    Parameters
    ----------
    kind
        The kind of error, one of `KINDS`.
    column
        The column; None where rows as a whole are suspected, as of repeating others.
    rows
        Positions of the cells, shape (n,).
    confidence
        How sure the detector is that each cell is wrong, 0 to 1, shape (n,); from .5 a cell counts as an error.
    reason
        Why, in a sentence that quotes no cell that fewer than five rows hold.
    repair
        What belongs there, shape (n,), objects: None where nobody can say; NaN to make it missing.
    systematic
        Whether it may be true of most cells of the column: by default a column of which most cells are suspected for how
        they are written is one note, since what most cells do isn't an error.
    """

    kind: str
    column: str | None
    rows: Integers
    confidence: Floats
    reason: str
    repair: npt.NDArray[Any] | None = field(default=None)
    systematic: bool = False


@dataclass(frozen=True, kw_only=True)
class ColumnNote:
    """What is wrong with a column as a whole: constant, like an id, leaky, of another distribution than in training.

    Parameters
    ----------
    kind
        The kind of error.
    column
        The column.
    confidence
        How sure the detector is, 0 to 1.
    reason
        Why, in a sentence.
    action
        What to do about it.
    """

    kind: str
    column: str
    confidence: float
    reason: str
    action: str


KINDS: dict[str, str] = {
    "missing": "missing cells",
    "disguised_missing": "missing cells written as a value",
    "wrong_type": "cells of another type than their column",
    "out_of_range": "values that can't be",
    "unit": "values in another unit",
    "variant": "several spellings of one value",
    "typo": "misspelt values",
    "format": "cells written unlike the rest",
    "dependency": "cells that contradict other columns",
    "outlier": "numbers far from all others",
    "duplicate": "repeated rows",
    "near_duplicate": "nearly repeated rows",
    "date": "dates that can't be",
    "conflicting_label": "equal rows with different labels",
    "constant": "columns with one value",
    "id_like": "columns that only name rows",
    "leak": "columns that know the outcome",
    "skew": "columns that differ between training and serving",
    "labelled": "cells like those that a person called wrong",
}
"""Kind of error → what it is, in words."""

EVIDENCE: dict[str, str] = {
    "missing": "absence", "disguised_missing": "writing", "wrong_type": "writing", "variant": "writing", "typo": "writing",
    "format": "writing", "out_of_range": "size", "unit": "size", "outlier": "size", "date": "time", "dependency": "context",
}  # fmt: skip
"""Kind of error → what the suspicion rests on: two that rest on the same don't add up."""
