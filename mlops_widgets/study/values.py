"""What outcomes are worth: money on true and false positives and negatives."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from numbers import Real
from typing import Any

import numpy as np
import numpy.typing as npt

from mlops_widgets.errors import InputError, UnknownNameError, did_you_mean, listed
from mlops_widgets.study.predictor import numeric_column
from mlops_widgets.study.tables import Table

Floats = npt.NDArray[np.float64]
OUTCOMES = ("true_negative", "false_positive", "false_negative", "true_positive")

_SHORT = {"tn": "true_negative", "fp": "false_positive", "fn": "false_negative", "tp": "true_positive"}


@dataclass(frozen=True, kw_only=True)
class Values:
    """Gain (positive) or loss (negative) of each outcome: a number, or the column that holds it row by row."""

    of: Mapping[str, float | str]

    @classmethod
    def read(cls, values: Any, *, columns: tuple[str, ...]) -> "Values":  # noqa: ANN401
        """Return what `values=` says.

        Parameters
        ----------
        values
            A mapping from "true_positive", "false_positive", "false_negative", "true_negative" (or "tp", "fp", "fn",
            "tn"; missing ones are 0) to a number or column; a 2 × 2 matrix in the order of scikit-learn's confusion matrix
            (`[[true negative, false positive], [false negative, true positive]]`); or a column with the gain of
            deciding positively, 0 being the gain of deciding negatively.
        columns
            Columns of the tables.

        Raises
        ------
        InputError
            If it is something else, or names an unknown outcome or column.
        """
        if isinstance(values, str):
            values = {"true_positive": values, "false_positive": values}
        if not isinstance(values, Mapping):
            values = _matrix(values)
        names = [_SHORT.get(str(name).lower(), name) for name in values]
        if len(set(names)) < len(names):
            raise InputError(f"values= names an outcome twice: {listed(values)}.")
        values = dict(zip(names, values.values(), strict=True))
        unknown = sorted(map(str, set(values) - set(OUTCOMES)))
        if unknown:
            raise UnknownNameError(
                f"Unknown outcome {unknown[0]!r} in values=. Outcomes: {listed(OUTCOMES)}."
                f"{did_you_mean(unknown[0], OUTCOMES)}"
            )
        for name, value in values.items():
            if not isinstance(value, str) and not (isinstance(value, Real) and math.isfinite(value)):
                raise InputError(f"values= has {value!r} for {name}. Pass a number, or a column of numbers.")
            if isinstance(value, str) and value not in columns:
                raise UnknownNameError(
                    f"Unknown column {value!r} in values= ({name}). Columns: {listed(columns)}.{did_you_mean(value, columns)}"
                )
        return cls(of={name: values.get(name, 0.0) for name in OUTCOMES})

    @property
    def columns(self) -> tuple[str, ...]:
        """Columns that hold values row by row."""
        return tuple({value: None for value in self.of.values() if isinstance(value, str)})

    def of_rows(self, table: Table, y: Floats, decided: Floats) -> Floats:
        """Return each row's value, shape (rows,), from labels and decisions (0 or 1); NaN where the label is missing."""
        which = 2 * y + decided
        total = np.full(table.rows, np.nan)
        for code, name in enumerate(OUTCOMES):
            value = self.of[name]
            gain = (
                numeric_column(table, value, argument="values")
                if isinstance(value, str)
                else np.full(table.rows, value)
            )
            total = np.where(which == code, gain, total)
        return total


def _matrix(values: Any) -> dict[str, Any]:  # noqa: ANN401 - anything
    rows = values.tolist() if isinstance(values, np.ndarray) else values
    if isinstance(rows, list | tuple) and [len(r) if isinstance(r, list | tuple) else 0 for r in rows] == [2, 2]:
        return dict(zip(OUTCOMES, [*rows[0], *rows[1]], strict=True))
    raise InputError(f"values={str(values)[:100]}. Pass 2 × 2 numbers, a mapping from {listed(OUTCOMES)}, or a column.")
