"""The suspected cells of a column that somebody can repair, with what belongs there."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from mlops_widgets.data_quality.detection.errors import CERTAIN, ErrorsResult

Integers = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class Suspects:
    """Suspected cells of one column, each once: the surest suspicion that says what belongs there.

    Parameters
    ----------
    column
        The column.
    rows
        Their positions, shape (n,).
    kinds, values, repairs, reasons
        Kind of error, cell, what belongs there (NaN: nothing), and why, one a cell.
    """

    column: str
    rows: Integers
    kinds: tuple[str, ...]
    values: tuple[Any, ...]
    repairs: tuple[Any, ...]
    reasons: tuple[str, ...]

    def __len__(self) -> int:
        """Return how many there are."""
        return len(self.rows)

    def __iter__(self) -> Iterator[tuple[int, str, Any, Any]]:
        """Yield row, kind, cell and repair of each."""
        yield from zip(self.rows.tolist(), self.kinds, self.values, self.repairs, strict=True)

    def where(self, holds: Callable[[str, Any, Any], bool]) -> "Suspects":
        """Return those whose kind, cell and repair fulfil a condition."""
        kept = [at for at, (_, kind, value, repair) in enumerate(self) if holds(kind, value, repair)]
        return Suspects(
            column=self.column, rows=self.rows[kept], kinds=tuple(self.kinds[at] for at in kept),
            values=tuple(self.values[at] for at in kept), repairs=tuple(self.repairs[at] for at in kept),
            reasons=tuple(self.reasons[at] for at in kept),
        )  # fmt: skip

    def at(self, rows: Integers) -> "Suspects":
        """Return those in these rows."""
        wanted = set(rows.tolist())
        kept = [at for at, row in enumerate(self.rows.tolist()) if row in wanted]
        return Suspects(
            column=self.column, rows=self.rows[kept], kinds=tuple(self.kinds[at] for at in kept),
            values=tuple(self.values[at] for at in kept), repairs=tuple(self.repairs[at] for at in kept),
            reasons=tuple(self.reasons[at] for at in kept),
        )  # fmt: skip

    @property
    def reason(self) -> str:
        """The reason that most of them share."""
        return max(dict.fromkeys(self.reasons), key=self.reasons.count) if len(self) < _FEW else self.reasons[0]


_FEW = 5000


def suspects_of(errors: ErrorsResult) -> dict[str, Suspects]:
    """Return, by column, the cells that count as errors and that somebody can repair."""
    every = errors.frame()
    known = np.array([repair is not None for repair in every["repair"]], dtype=bool)
    sure = every[(every["confidence"].to_numpy() >= CERTAIN) & known]
    once = sure.drop_duplicates(["row", "column"])  # the surest stands first
    return {
        str(name): Suspects(
            column=str(name), rows=part["row"].to_numpy(dtype=np.int64), kinds=tuple(part["kind"]),
            values=tuple(part["value"]), repairs=tuple(part["repair"]), reasons=tuple(part["reason"]),
        )
        for name, part in once.groupby("column", sort=False)
    }  # fmt: skip


def is_missing(cell: object) -> bool:
    """Say whether a cell is missing, or a text of blanks."""
    if isinstance(cell, str):
        return not cell.strip()
    return cell is None or (pd.api.types.is_scalar(cell) and bool(pd.isna(cell)))  # type: ignore[call-overload]  # a scalar


def as_number(cell: object) -> float:
    """Return what a number or a text of one says, NaN for anything else."""
    if isinstance(cell, bool | np.bool_) or not isinstance(cell, int | float | np.number | str):
        return np.nan
    try:
        number = float(cell)
    except (ValueError, OverflowError):
        return np.nan
    return number if np.isfinite(number) else np.nan
