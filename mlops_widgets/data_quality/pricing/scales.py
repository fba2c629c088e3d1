"""The metrics that a price is stated in: the user's own first, then what is usual for the task, then money."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from mlops_widgets.errors import ModelError
from mlops_widgets.measures.losses import mean_of
from mlops_widgets.measures.metrics import Metric, get_metric
from mlops_widgets.study.metric import ABILITY_FOR
from mlops_widgets.study.predictor import Predictor
from mlops_widgets.study.study import Study
from mlops_widgets.study.tables import Table

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]

_USUAL: Mapping[str, tuple[str, ...]] = {
    "binary": ("log_loss", "brier", "roc_auc"),
    "multiclass": ("log_loss", "brier_multiclass", "roc_auc"),
    "regression": ("mae", "rmse"),
}

MONEY = Metric(
    name="money", label="value a row", needs="predictions", tasks=frozenset({"binary"}), greater_is_better=True, lower=None,
    upper=None, relative_margin=True, prepare=mean_of(lambda _, worth: np.asarray(worth, dtype=np.float64)),
)  # fmt: skip
"""Mean of what the decisions were worth; its outputs are these values, so it needs no outcomes."""


def metrics_of(study: Study) -> tuple[Metric, ...]:
    """Return the metrics, the study's own first, without those that the model gives no answers for."""
    known = [study.metric]
    for name in _USUAL[study.task]:
        metric = get_metric(name, study.task)
        if metric.name not in {each.name for each in known} and ABILITY_FOR[metric.needs] in study.model.can:
            known.append(metric)
    if study.values is not None and study.task == "binary" and "predict" in study.model.can:
        known.append(MONEY)
    return tuple(known)


@dataclass(frozen=True, kw_only=True, eq=False)
class Questioned:
    """Rows that models are asked about, with what they should have answered.

    Parameters
    ----------
    study
        The study.
    table
        The rows as they are; each has a label.
    metrics
        What is measured on them.
    """

    study: Study
    table: Table
    metrics: tuple[Metric, ...]

    @cached_property
    def y(self) -> Floats:
        """Encoded labels, shape (rows,), as recorded."""
        return self.study.labels(self.table)

    @cached_property
    def units(self) -> Integers | None:
        """Resampling unit of each row, shape (rows,), or None where each row is its own."""
        return None if self.study.unit == "row" else self.study.units(self.table)

    @cached_property
    def weights(self) -> Floats | None:
        """Weight of each row, shape (rows,), or None."""
        return self.study.weights(self.table) if self.study.roles.weights else None

    def answers(self, model: Predictor, table: Table | None = None) -> dict[str, Floats]:
        """Return for each metric what it needs of the model's answers to `table`, by default the rows as they are.

        Raises
        ------
        ModelError
            If the model raises, or leaves a row without an answer.
        """
        asked = self.table if table is None else table
        found = {metric.name: self._output(model, asked, metric) for metric in self.metrics}
        if any(np.isnan(output).any() for output in found.values()):
            raise ModelError(f"{model.name} gave no number for some rows of {asked.name}")
        return found

    def _output(self, model: Predictor, asked: Table, metric: Metric) -> Floats:
        if metric is not MONEY or self.study.values is None:
            return self.study.output(asked, metric, model)
        return self.study.values.of_rows(self.table, self.y, model.predictions(asked))

    def scores(self, answers: Mapping[str, Floats], kept: npt.NDArray[np.bool_] | None = None) -> Floats:
        """Return each metric on the rows, or on those `kept` (rows,): shape (metrics,), NaN where it has no value."""
        chosen = np.arange(len(self.y)) if kept is None else np.flatnonzero(kept)
        if not len(chosen):
            return np.full(len(self.metrics), np.nan)
        own = np.ones(len(chosen)) if self.weights is None else self.weights[chosen]
        return np.array([
            float(metric.draws(self.y[chosen], answers[metric.name][chosen], own[None, :])[0]) for metric in self.metrics
        ])  # fmt: skip
