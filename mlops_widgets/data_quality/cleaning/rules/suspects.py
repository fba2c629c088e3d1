"""The suspected cells of a column that somebody can repair, with what belongs there."""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from mlops_widgets.data_quality.detection.errors import CERTAIN, ErrorsResult
from mlops_widgets.study.tables import holds_numbers

Integers = npt.NDArray[np.int64]


_LONGEST = 64
"""Letters of the longest text that is read as a number."""


class Suspect(NamedTuple):
    """A suspected cell: where it is, the kind of error, what it holds, what belongs there (NaN: nothing), and why."""

    row: int
    kind: str
    value: Any
    repair: Any
    reason: str


@dataclass(frozen=True)
class Suspects:
    """Suspected cells of one column, each once: the surest suspicion that says what belongs there.

    Parameters
    ----------
    column
        The column.
    cells
        The cells.
    """

    column: str
    cells: tuple[Suspect, ...]

    def __len__(self) -> int:
        """Return how many there are."""
        return len(self.cells)

    def __iter__(self) -> Iterator[Suspect]:
        """Yield each."""
        return iter(self.cells)

    @cached_property
    def rows(self) -> Integers:
        """Their positions, shape (n,)."""
        return np.array([each.row for each in self], dtype=np.int64)

    def where(self, holds: Callable[[Suspect], bool]) -> "Suspects":
        """Return those that fulfil a condition."""
        return Suspects(self.column, tuple(filter(holds, self)))

    @property
    def reason(self) -> str:
        """The reason that most of them share; of equally frequent ones, the surest."""
        return Counter(each.reason for each in self).most_common(1)[0][0]


def suspects_of(errors: ErrorsResult) -> dict[str, Suspects]:
    """Return, by column, the cells that count as errors and of which it is known what belongs there."""
    every = errors.frame()
    known = np.array([repair is not None for repair in every["repair"]], dtype=bool)
    sure = every[(every["confidence"].to_numpy() >= CERTAIN) & known & every["column"].notna().to_numpy()]
    once = sure.drop_duplicates(["row", "column"])  # the surest stands first
    by_column: dict[str, list[Suspect]] = {}
    for name, *cell in zip(
        *(once[name] for name in ("column", "row", "kind", "value", "repair", "reason")), strict=True
    ):
        by_column.setdefault(name, []).append(Suspect(*cell))
    return {name: Suspects(name, tuple(cells)) for name, cells in by_column.items()}


def is_missing(cell: object) -> bool:
    """Say whether a cell is missing, or a text of blanks."""
    if isinstance(cell, str):
        return not cell.strip()
    return cell is None or (pd.api.types.is_scalar(cell) and bool(pd.isna(cell)))  # type: ignore[call-overload]  # a scalar


def as_number(cell: object) -> float:
    """Return what a number or a text of one says, NaN for anything else."""
    if isinstance(cell, bool | np.bool_) or not isinstance(cell, int | float | np.number | str):
        return np.nan
    if isinstance(cell, str) and len(cell) > _LONGEST:
        return np.nan
    try:
        number = float(cell)
    except (ValueError, OverflowError):
        return np.nan
    return number if np.isfinite(number) else np.nan


def numbers_in(cells: "pd.Series[Any]") -> npt.NDArray[np.float64]:
    """Return what cells say as numbers, texts too, NaN where they are none or beyond what a float holds, shape (rows,)."""
    if holds_numbers(cells):
        return cells.to_numpy(dtype=np.float64, na_value=np.nan)
    return np.array([as_number(cell) for cell in cells], dtype=np.float64)
