"""The errors that were found, taken out of rows kind by kind, as far as anybody knows what belongs there."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from mlops_widgets.data_quality.cleaning.repairs import with_cells
from mlops_widgets.data_quality.cleaning.rules.suspects import is_missing
from mlops_widgets.data_quality.detection.errors import CERTAIN, ErrorsResult
from mlops_widgets.study.study import Study
from mlops_widgets.study.tables import Table, as_numbers, holds_numbers

Integers = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]

ROW_KINDS = frozenset({"duplicate", "near_duplicate"})
"""Kinds whose repair is to leave the row out."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Repairs:
    """What repairs one kind of error in one table.

    Parameters
    ----------
    kind
        The kind.
    rows, columns, values
        Position, column and new cell of each repair, shape (n,).
    dropped
        Rows that go, shape (m,).
    unrepaired
        Cells of the kind for which nobody knows what belongs there.
    """

    kind: str
    rows: Integers
    columns: tuple[str, ...]
    values: tuple[Any, ...]
    dropped: Integers
    unrepaired: int = 0

    @property
    def hit(self) -> int:
        """How many cells, or rows, are repaired."""
        return len(self.rows) + len(self.dropped)

    def taken(self, positions: Integers) -> "Repairs":
        """Return the repairs of a table made of these rows of this one."""
        place = {int(row): at for at, row in enumerate(positions)}
        kept = [at for at, row in enumerate(self.rows) if int(row) in place]
        return Repairs(
            kind=self.kind, rows=np.array([place[int(self.rows[at])] for at in kept], dtype=np.int64),
            columns=tuple(self.columns[at] for at in kept), values=tuple(self.values[at] for at in kept),
            dropped=np.array([place[int(row)] for row in self.dropped if int(row) in place], dtype=np.int64),
            unrepaired=self.unrepaired,
        )  # fmt: skip

    def applied(
        self, table: Table, *, target: str, fill: Mapping[str, Any] | None = None, learning: bool = True
    ) -> Table:
        """Return the repaired table.

        Parameters
        ----------
        table
            The rows.
        target
            The label's column. Labels are repaired only where a model learns: those it is scored by stay as recorded.
        fill
            Column → what takes the place of a cell whose repair is that it is missing; None to leave it missing.
        learning
            Whether a model is to learn from the rows; only then are rows left out and labels repaired.
        """
        frame = table.pandas()
        for name in dict.fromkeys(self.columns):
            if name == target and not learning:
                continue
            at = [place for place, column in enumerate(self.columns) if column == name]
            cells = [self.values[place] for place in at]
            if fill is not None and name in fill:
                cells = [fill[name] if is_missing(cell) else cell for cell in cells]
            frame[name] = with_cells(frame[name], self.rows[at], cells)
        if learning and len(self.dropped):
            frame = frame.iloc[np.setdiff1d(np.arange(len(frame)), self.dropped)]
        return table.replace(frame)


def repairs_of(errors: ErrorsResult, study: Study) -> tuple[Repairs, ...]:
    """Return one a kind of error that the model can feel: cells of its columns or of the target, of those taken as certain."""
    found = errors.frame()
    felt = {*study.model.features, study.outcome.target}
    sure = found[(found["confidence"] >= CERTAIN) & (found["column"].isin(felt) | found["column"].isna())]
    return tuple(_of_kind(str(kind), part) for kind, part in sure.groupby("kind", sort=False))


def _of_kind(kind: str, found: pd.DataFrame) -> Repairs:
    none = np.zeros(0, dtype=np.int64)
    if kind in ROW_KINDS or found["column"].isna().all():
        dropped = np.unique(found["row"].to_numpy(dtype=np.int64))
        return Repairs(kind=kind, rows=none, columns=(), values=(), dropped=dropped)
    found = found[found["column"].notna()]
    known = found[[repair is not None for repair in found["repair"]]].drop_duplicates(["row", "column"])
    return Repairs(
        kind=kind, rows=known["row"].to_numpy(dtype=np.int64), columns=tuple(known["column"]), values=tuple(known["repair"]),
        dropped=none, unrepaired=len(found) - len(known),
    )  # fmt: skip


def makes_missing(repairs: Repairs) -> bool:
    """Say whether some cells are repaired by making them missing, which not every model takes."""
    return any(is_missing(value) for value in repairs.values)


def usual_cells(table: Table, columns: Sequence[str]) -> dict[str, Any]:
    """Return the median of each column of numbers, and the most frequent cell of each other one."""
    return {name: cell for name in dict.fromkeys(columns) if (cell := _usual(table[name])) is not None}


def _usual(column: "pd.Series[Any]") -> Any:  # noqa: ANN401 - a cell
    numbers = as_numbers(column)
    known = numbers[np.isfinite(numbers)]
    if holds_numbers(column) or len(known) > len(column) / 2:
        return float(np.median(known)) if len(known) else None
    counts = column.dropna().astype(str).value_counts()
    return None if counts.empty else counts.index[0]


def twins_of(table: Table, features: Sequence[str], rows: Integers) -> Integers:
    """Return for each of `rows` the position of the row that is nearest to it: what it repeats.

    By standardised numbers, and by texts that have to be the same.
    """
    from scipy.spatial import KDTree

    columns = [_place(table[name]) for name in features[:_MOST_COMPARED]]
    if not len(rows) or not columns or table.rows < 2:
        return np.zeros(0, dtype=np.int64)
    points = np.column_stack(columns)
    near = np.asarray(KDTree(points).query(points[rows], k=2)[1], dtype=np.int64)
    return np.where(near[:, 0] == rows, near[:, 1], near[:, 0])


_MOST_COMPARED = 40
_APART = 10.0
"""How many standard deviations two different texts lie apart, at least."""


def _place(column: "pd.Series[Any]") -> Floats:
    if not holds_numbers(column):
        return _APART * pd.factorize(column.astype(str))[0].astype(np.float64)
    numbers = np.nan_to_num(as_numbers(column), nan=0.0, posinf=0.0, neginf=0.0)
    spread = float(numbers.std())
    return (numbers - float(numbers.mean())) / spread if spread > 0 else np.zeros(len(numbers))
