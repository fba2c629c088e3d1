"""What a person said of some rows: which of their cells are wrong."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from mlops_widgets.errors import InputError, UnknownNameError, WrongTypeError, did_you_mean, listed

Integers = npt.NDArray[np.int64]
Booleans = npt.NDArray[np.bool_]

Said = Iterable[str] | Sequence[bool] | Mapping[str, bool]
"""Of one row: the names of its wrong columns, a truth value a column in their order, or column → whether it is wrong."""
Oracle = Callable[[int], Said]
"""Judges a row by its position."""


@dataclass(frozen=True)
class Answers:
    """What a person said of some rows.

    Parameters
    ----------
    rows
        Their positions, each once, shape (n,).
    wrong
        Which of their cells are wrong, shape (n, columns).
    """

    rows: Integers
    wrong: Booleans

    def joined(self, others: "Answers") -> "Answers":
        """Return these answers and others; of a row that stands in both, the others'."""
        kept = ~np.isin(self.rows, others.rows)
        return Answers(
            np.concatenate([self.rows[kept], others.rows]), np.concatenate([self.wrong[kept], others.wrong])
        )  # fmt: skip


def no_answers(columns: Sequence[str]) -> Answers:
    """Return that nothing was said yet."""
    return Answers(np.zeros(0, dtype=np.int64), np.zeros((0, len(columns)), dtype=bool))


def read_answers(labels: Any, columns: Sequence[str], rows: int) -> Answers:  # noqa: ANN401 - whatever the user passed
    """Return labels as a person gives them.

    Parameters
    ----------
    labels
        Row position → what is said of the row, as in `Said` (an empty list: nothing is wrong); or a frame of truth values with
        a column for some or all columns, whose index holds row positions.
    columns
        Columns of the table, in order.
    rows
        Number of its rows.

    Raises
    ------
    WrongTypeError
        If it is neither.
    InputError
        If a row doesn't exist, or what is said of it can't be read.
    UnknownNameError
        If a column doesn't exist.

    Examples
    --------
    >>> read_answers({3: ["age"], 5: []}, ["name", "age"], rows=10).wrong.tolist()
    [[False, True], [False, False]]
    """
    if isinstance(labels, pd.DataFrame):
        labels = {row: dict(zip(map(str, labels.columns), cells, strict=True)) for row, cells in
                  zip(labels.index, labels.to_numpy(dtype=object).tolist(), strict=True)}  # fmt: skip
    if not isinstance(labels, Mapping):
        raise WrongTypeError(
            f"labels={type(labels).__name__}. Pass row position → names of its wrong columns, such as {{12: ['age'], 40: []}}, "
            "or a frame of truth values whose index holds row positions."
        )
    positions = np.array([_position(row, rows) for row in labels], dtype=np.int64)
    said = [read_row(said, columns, row) for row, said in labels.items()]
    return Answers(positions, np.array(said, dtype=bool).reshape(len(said), len(columns)))


def _position(row: object, rows: int) -> int:
    if isinstance(row, bool) or not isinstance(row, int | np.integer) or not 0 <= row < rows:
        raise InputError(f"labels: no row {str(row)[:40]!r}. Rows are positions from 0 to {rows - 1:,}.")
    return int(row)


def read_row(said: Any, columns: Sequence[str], row: int) -> Booleans:  # noqa: ANN401 - whatever the user said
    """Return which cells of a row are wrong, shape (columns,), from what is said of it; see `Said`."""
    wrong = np.zeros(len(columns), dtype=bool)
    if isinstance(said, Mapping):
        said = [name for name, is_wrong in said.items() if _truth(is_wrong, row)]
    elif isinstance(said, str):
        said = [said]
    elif not isinstance(said, Iterable):
        raise InputError(
            f"labels: row {row} says {type(said).__name__}. Pass the names of its wrong columns ([] for none), or a truth value "
            "for each column."
        )
    else:
        said = list(said)
    if said and all(isinstance(each, bool | np.bool_) for each in said):
        if len(said) != len(columns):
            raise InputError(
                f"labels: row {row} has {len(said)} truth values for {len(columns)} columns. Pass one each."
            )
        return np.array(said, dtype=bool)
    for name in said:
        if name not in columns:
            hint = did_you_mean(str(name)[:60], columns)
            raise UnknownNameError(
                f"labels: row {row} names unknown column {str(name)[:60]!r}. Columns: {listed(columns)}.{hint}"
            )
        wrong[columns.index(name)] = True
    return wrong


def _truth(value: object, row: int) -> bool:
    if not isinstance(value, bool | np.bool_):
        raise InputError(
            f"labels: row {row} says {str(value)[:40]!r} of a cell. Pass True where it is wrong, else False."
        )
    return bool(value)
