"""The columns of a table as detectors read them: texts, numbers, what is missing."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from mlops_widgets.data_quality.source import Source
from mlops_widgets.study.tables import as_numbers, distinct, holds_numbers

Floats = npt.NDArray[np.float64]
Booleans = npt.NDArray[np.bool_]
Kind = Literal["number", "time", "truth value", "text", "other"]

_MOSTLY = 0.9


@dataclass(frozen=True)
class Column:
    """One column.

    Parameters
    ----------
    name
        Its name.
    cells
        Its cells.
    """

    name: str
    cells: "pd.Series[Any]"

    @cached_property
    def missing(self) -> Booleans:
        """Which cells are missing, shape (rows,); cells of blanks alone are."""
        absent = self.cells.isna().to_numpy()
        return absent | (self.texts == "") if self.is_text else absent

    @property
    def is_text(self) -> bool:
        """Whether the cells are texts, whatever they say."""
        return self.cells.dtype == object or isinstance(self.cells.dtype, pd.StringDtype | pd.CategoricalDtype)

    @cached_property
    def texts(self) -> npt.NDArray[Any]:
        """The cells as texts without blanks around them, "" where missing, objects of shape (rows,)."""
        absent = self.cells.isna().to_numpy()
        return np.array(
            ["" if gone else str(cell).strip() for cell, gone in zip(self.cells, absent, strict=True)], dtype=object
        )

    @cached_property
    def numbers(self) -> Floats:
        """The cells as numbers, NaN where they are none, shape (rows,)."""
        return as_numbers(self.cells)

    @cached_property
    def distinct(self) -> int:
        """How many different values there are."""
        return distinct(self.cells)

    @cached_property
    def kind(self) -> Kind:
        """What the column holds: numbers written as text are numbers."""
        if isinstance(self.cells.dtype, pd.BooleanDtype) or self.cells.dtype == bool:
            return "truth value"
        if pd.api.types.is_datetime64_any_dtype(self.cells.dtype):
            return "time"
        if holds_numbers(self.cells):
            return "number"
        if not self.is_text:
            return "other"
        present = ~self.missing
        return "number" if present.any() and np.isfinite(self.numbers[present]).mean() >= _MOSTLY else "text"


@dataclass(frozen=True)
class Columns:
    """The prepared table.

    Parameters
    ----------
    source
        Where it comes from.
    columns
        Name → column, in order.
    """

    source: Source
    columns: Mapping[str, Column]

    @property
    def rows(self) -> int:
        """Number of rows."""
        return self.source.table.rows


def prepare(source: Source) -> Columns:
    """Return the columns of a source, prepared for detectors."""
    return Columns(source, {name: Column(name, source.table[name]) for name in source.table.columns})
