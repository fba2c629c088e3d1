"""Columns without the cells that look wrong: what a contract is learned from."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from mlops_widgets.data_quality.detection.errors import ErrorsResult
from mlops_widgets.errors import InputError
from mlops_widgets.study.contract.columns import DATE, MOMENT, NUMBER, TRUTH, WHOLE, ColumnType
from mlops_widgets.study.tables import Table, as_numbers, distinct, holds_numbers

Booleans = npt.NDArray[np.bool_]
Floats = npt.NDArray[np.float64]

_DAY = 86_400_000
_FEWEST_WHOLE = 1000
_READ_AS: tuple[tuple[ColumnType, str], ...] = (
    ("boolean", TRUTH), ("integer", WHOLE), ("number", NUMBER), ("date", DATE), ("timestamp", MOMENT),
)  # fmt: skip
_PADDED = r"-?0[0-9].*"
"""Numbers that begin with a zero, such as postal codes, are names."""


@dataclass(frozen=True)
class CleanColumn:
    """One column of a table.

    Parameters
    ----------
    name
        Its name.
    cells
        All its cells.
    wrong
        Which of them look wrong, shape (rows,).
    """

    name: str
    cells: "pd.Series[Any]"
    wrong: Booleans

    @cached_property
    def missing(self) -> Booleans:
        """Which cells are missing and aren't called wrong, shape (rows,)."""
        return self.cells.isna().to_numpy() & ~self.wrong

    @cached_property
    def kept(self) -> Booleans:
        """Which cells are present and right, shape (rows,)."""
        return ~self.cells.isna().to_numpy() & ~self.wrong

    @cached_property
    def present(self) -> "pd.Series[Any]":
        """The cells that are present and right."""
        return self.cells[self.kept]

    @property
    def is_text(self) -> bool:
        """Whether the column is stored as text."""
        kind = self.cells.dtype
        if isinstance(kind, pd.CategoricalDtype):
            return bool(pd.api.types.is_string_dtype(kind.categories.dtype))
        if isinstance(kind, pd.StringDtype):
            return True
        return pd.api.types.is_object_dtype(kind) and all(isinstance(cell, str) for cell in self.present)

    @cached_property
    def texts(self) -> "pd.Series[Any]":
        """The right cells of a column of text."""
        return self.present.astype(object)

    @cached_property
    def type(self) -> ColumnType | None:
        """What the right cells are; None for what has no type, such as lists."""
        if not len(self.present):
            return None
        if pd.api.types.is_datetime64_any_dtype(self.cells.dtype):
            return "date" if not (self.moments % _DAY).any() else "timestamp"
        if pd.api.types.is_bool_dtype(self.cells.dtype):
            return "boolean"
        if self.is_text:
            return self._read_as()
        return self._kind_of_number() if holds_numbers(self.cells) else None

    def _kind_of_number(self) -> ColumnType:
        """Whole numbers with gaps come as fractions in pandas: they are whole if very many say so."""
        if pd.api.types.is_integer_dtype(self.cells.dtype):
            return "integer"
        gaps = bool(self.cells.isna().any()) and len(self.numbers) >= _FEWEST_WHOLE
        return "integer" if gaps and bool((self.numbers == np.floor(self.numbers)).all()) else "number"

    def _read_as(self) -> ColumnType:
        levels = pd.Series(self.texts.unique(), dtype=object).str
        if levels.fullmatch(_PADDED).any() and not levels.fullmatch(rf"(?:{DATE}).*").all():
            return "string"
        return next((kind for kind, written in _READ_AS if levels.fullmatch(written).all()), "string")

    @cached_property
    def numbers(self) -> Floats:
        """The right cells as numbers, without those that are none."""
        numbers = as_numbers(self.present)
        return numbers[np.isfinite(numbers)]

    @cached_property
    def moments(self) -> Floats:
        """The right cells as milliseconds since 1970."""
        cells = pd.to_datetime(self.present, utc=True, format="ISO8601", errors="coerce").dropna()
        return cells.to_numpy(dtype="datetime64[ms]").astype(np.int64).astype(np.float64)

    @cached_property
    def distinct(self) -> int:
        """How many different right values there are."""
        return distinct(self.present)

    @cached_property
    def codes(self) -> npt.NDArray[np.int64]:
        """A number for each value, -1 for cells that are missing or look wrong, shape (rows,)."""
        try:
            codes, _ = pd.factorize(self.cells)
        except TypeError:  # lists can't be compared
            codes, _ = pd.factorize(self.cells.map(repr))
        return np.where(self.kept, codes, -1).astype(np.int64)


def clean_columns(table: Table, errors: ErrorsResult) -> Iterator[CleanColumn]:
    """Yield the columns of a table with the cells that count as errors.

    Raises
    ------
    InputError
        If the errors are of another table.
    """
    if errors.columns != table.columns or errors.table_rows != table.rows:
        raise InputError(
            f"errors= are of a table of {errors.table_rows:,} rows × {len(errors.columns):,} columns, and this one has "
            f"{table.rows:,} × {len(table.columns):,} or other names. Pass find_errors of this table, or leave it out."
        )
    wrong = errors.cells.to_numpy(copy=True)
    wrong[errors.repeated_rows] = True  # what a row repeats is no evidence
    for at, name in enumerate(table.columns):
        yield CleanColumn(name, table[name], wrong[:, at])
