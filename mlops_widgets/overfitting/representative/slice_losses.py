"""What each row cost the model, and what its own probabilities said it would cost."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from mlops_widgets.errors import InputError, MissingInputError, did_you_mean, listed
from mlops_widgets.measures.losses import (
    absolute_errors,
    brier_losses,
    class_brier_losses,
    class_log_losses,
    hits,
    log_losses,
    squared_errors,
)
from mlops_widgets.study.study import Study
from mlops_widgets.study.tables import Table

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]
Loss = Literal["error", "log", "squared", "absolute"]

_OF_METRIC: Mapping[str, Loss] = {
    "log_loss": "log", "brier": "squared", "brier_multiclass": "squared", "mae": "absolute", "mape": "absolute",
}  # fmt: skip
_LABELS: Mapping[Loss, str] = {
    "error": "error rate", "log": "log loss", "squared": "squared error", "absolute": "absolute error",
}  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class RowLosses:
    """Losses of the labelled rows of a table.

    Parameters
    ----------
    kind
        "error" (0 or 1 for the decision), "log", "squared" or "absolute".
    rows
        (n,) positions of the labelled rows in the table.
    loss
        (n,) loss of each.
    expected
        (n,) loss that the model's own probabilities let expect; None without probabilities.
    units
        (n,) resampling unit, codes from 0.
    weights
        (n,) weight of each row, or None where all are equal.
    """

    kind: Loss
    rows: Integers
    loss: Floats
    expected: Floats | None
    units: Integers
    weights: Floats | None

    @property
    def label(self) -> str:
        """What the loss is called."""
        return _LABELS[self.kind]

    @property
    def excess(self) -> Floats:
        """Loss beyond what was expected, (n,); the loss itself where nothing was."""
        return self.loss if self.expected is None else self.loss - self.expected

    def take(self, chosen: "npt.NDArray[np.integer | np.bool_]") -> "RowLosses":
        """Return these of the rows (positions or a mask)."""
        return RowLosses(
            kind=self.kind, rows=self.rows[chosen], loss=self.loss[chosen],
            expected=None if self.expected is None else self.expected[chosen],
            units=np.unique(self.units[chosen], return_inverse=True)[1].astype(np.int64),
            weights=None if self.weights is None else self.weights[chosen],
        )  # fmt: skip

    def mean(self, values: Floats, chosen: "npt.NDArray[np.bool_] | slice" = slice(None)) -> float:
        """Return the weighted mean of `values` over chosen rows."""
        return float(np.average(values[chosen], weights=None if self.weights is None else self.weights[chosen]))


def loss_of(study: Study, loss: str | None) -> Loss:
    """Return the loss to look at: as told, else the one that fits the study's metric.

    Log loss and Brier scores bring their own. So does MAE (and MAPE) in regression, where else it is the squared error.
    Every other metric of classification gets the 0/1 error of the decision: rankings such as ROC AUC have no loss a row.

    Raises
    ------
    InputError
        If there is no such loss for the task.
    """
    regression = study.task == "regression"
    allowed: tuple[Loss, ...] = ("squared", "absolute") if regression else ("error", "log", "squared")
    if loss is None:
        return _OF_METRIC.get(study.metric.name, allowed[0])
    for each in allowed:
        if loss == each:
            return each
    raise InputError(f"loss={loss!r}. Allowed for {study.task}: {listed(allowed)}.{did_you_mean(str(loss), allowed)}")


def row_losses(study: Study, table: Table, kind: Loss) -> RowLosses:
    """Return the losses of the rows of `table` that have a label, an answer and a weight above 0.

    Raises
    ------
    MissingInputError
        If the model gives no decisions (or, for "log" and "squared" of classes, no probabilities), or no row has a label.
    """
    y = study.labels(table)
    model = study.model
    output = model.predictions(table) if kind == "error" or study.task == "regression" else model.probabilities(table)
    p = model.probabilities(table) if study.task != "regression" and "probabilities" in model.can else None
    known = ~np.isnan(y) & ~_any_nan(output) & (study.weights(table) > 0)
    rows = np.flatnonzero(known if p is None else known & ~_any_nan(p))
    if not len(rows):
        raise MissingInputError(f"labelled rows in {table.name}", "Pass rows with their outcome.")
    weights = study.weights(table)[rows]
    return RowLosses(
        kind=kind, rows=rows, loss=_losses(kind, study.task, y[rows], output[rows]),
        expected=None if p is None else _expected(kind, output[rows], p[rows]),
        units=np.unique(study.units(table)[rows], return_inverse=True)[1].astype(np.int64),
        weights=weights if np.ptp(weights) > 0 else None,
    )  # fmt: skip


def _any_nan(values: Floats) -> "npt.NDArray[np.bool_]":
    return np.asarray(np.isnan(values.reshape(len(values), -1)).any(axis=1))


def _losses(kind: Loss, task: str, y: Floats, output: Floats) -> Floats:
    if kind == "error":
        return 1 - hits(y, output)
    if kind == "absolute":
        return absolute_errors(y, output)
    if task == "regression":
        return squared_errors(y, output)
    if kind == "log":
        return log_losses(y, output) if output.ndim == 1 else class_log_losses(y, output)
    return brier_losses(y, output) if output.ndim == 1 else class_brier_losses(y, output)


def _expected(kind: Loss, output: Floats, p: Floats) -> Floats:
    """Return the mean of the loss over the outcomes as probable as the model says, (n,)."""
    by_class = np.column_stack([1 - p, p]) if p.ndim == 1 else p
    by_class = by_class / np.maximum(by_class.sum(axis=1, keepdims=True), 1e-12)
    if kind == "error":
        return np.asarray(1 - by_class[np.arange(len(p)), output.astype(np.int64)])
    if kind == "log":
        safe = np.clip(by_class, np.finfo(np.float64).eps, 1)
        return np.asarray(-(by_class * np.log(safe)).sum(axis=1))
    left = 1 - (by_class**2).sum(axis=1)
    return np.asarray(left / 2 if p.ndim == 1 else left)
