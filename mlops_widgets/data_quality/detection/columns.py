"""The columns of a table as detectors read them: different values with their counts, texts, numbers, what is missing."""

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
Integers = npt.NDArray[np.int64]
Texts = npt.NDArray[Any]
Kind = Literal["number", "time", "truth value", "text", "other"]

_MOSTLY = 0.9
_BEYOND_FLOATS = 2**1023


@dataclass(frozen=True)
class Levels:
    """The different values of a column: work is done once a value, not once a row.

    Parameters
    ----------
    codes
        Which value each cell holds, an index into `values`, shape (rows,); -1 where the cell is missing.
    values
        The different values as texts, objects of shape (values,).
    counts
        How many cells hold each, shape (values,).
    """

    codes: Integers
    values: Texts
    counts: Integers

    def rows(self, chosen: Booleans) -> Integers:
        """Return the positions of the cells that hold one of the chosen values, a mask of shape (values,)."""
        return np.flatnonzero(np.append(chosen, False)[self.codes])


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
    def _factors(self) -> tuple[Integers, list[Any]]:
        """Return which value each cell holds, -1 where missing, and the values as they are."""
        try:
            codes, values = pd.factorize(self.cells)
        except TypeError:  # cells such as lists have no hash
            absent = self.cells.isna().to_numpy()
            texts = [None if gone else _text(cell) for cell, gone in zip(self.cells, absent, strict=True)]
            codes, values = pd.factorize(pd.Series(texts, dtype=object))
        return codes.astype(np.int64), list(values)

    @cached_property
    def written(self) -> Levels:
        """The different values as they are written, with the blanks around them."""
        codes, values = self._factors
        texts = np.array([_text(value) for value in values], dtype=object)
        return Levels(codes, texts, np.bincount(codes[codes >= 0], minlength=len(texts)))

    @cached_property
    def levels(self) -> Levels:
        """The different values, read without blanks around them; cells of blanks alone are missing."""
        written = self.written
        if not self.is_text:
            return written
        stripped = np.array([text.strip() or None for text in written.values], dtype=object)
        again, texts = pd.factorize(stripped)
        of = np.append(again, -1).astype(np.int64)[written.codes]
        return Levels(of, np.asarray(texts, dtype=object), np.bincount(of[of >= 0], minlength=len(texts)))

    @cached_property
    def missing(self) -> Booleans:
        """Which cells are missing, shape (rows,); cells of blanks alone are."""
        return np.asarray(self.levels.codes < 0) if self.is_text else self.cells.isna().to_numpy()

    @property
    def is_text(self) -> bool:
        """Whether the cells are texts, whatever they say."""
        return self.cells.dtype == object or isinstance(self.cells.dtype, pd.StringDtype | pd.CategoricalDtype)

    @cached_property
    def texts(self) -> Texts:
        """The cells as texts without blanks around them, "" where missing, objects of shape (rows,)."""
        found: Texts = np.append(self.levels.values, "")[self.levels.codes]
        return found

    @cached_property
    def numbers(self) -> Floats:
        """The cells as numbers, NaN where they are none, shape (rows,)."""
        if holds_numbers(self.cells):
            return as_numbers(self.cells)
        codes, values = self._factors
        return np.append(as_numbers(_objects(values)), np.nan)[codes] if self.is_text else as_numbers(self.cells)

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


def _text(value: Any) -> str:  # noqa: ANN401 - any cell
    try:
        return str(value)
    except ValueError:  # a whole number of more digits than Python writes
        return f"{type(value).__name__} of many digits"


def _objects(values: list[Any]) -> "pd.Series[Any]":
    """Return cells as objects, without whole numbers that no float holds."""
    cells = np.empty(len(values), dtype=object)
    cells[:] = [None if isinstance(value, int) and abs(value) >= _BEYOND_FLOATS else value for value in values]
    return pd.Series(cells, dtype=object)


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

    @property
    def texts(self) -> tuple[Column, ...]:
        """The columns that hold texts, whatever these say."""
        return tuple(column for column in self.columns.values() if column.is_text)


def prepare(source: Source) -> Columns:
    """Return the columns of a source, prepared for detectors."""
    return Columns(source, {name: Column(name, source.table[name]) for name in source.table.columns})
