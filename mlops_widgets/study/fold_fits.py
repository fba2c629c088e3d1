"""The user's own model fitted on part of its rows and asked about the rest, fold by fold."""

from collections.abc import Sequence

import numpy as np

from mlops_widgets.core.progress import Cancel, Progress, check_cancel
from mlops_widgets.measures.fold_means import FoldOutput
from mlops_widgets.measures.splitters import Rows, Split
from mlops_widgets.study.fold_plan import TrainingRows
from mlops_widgets.study.predictor import Predictor
from mlops_widgets.study.study import Study


class FoldFits:
    """Fits the model on each split's training rows and asks it about the test rows.

    Parameters
    ----------
    study
        Metric, task and outcome.
    rows
        What the positions of the splits mean.
    fits
        How many fits there will be in all, for the progress.
    progress, cancel
        The caller's callbacks, or None; `cancel` is looked at before each fit.
    """

    def __init__(
        self, study: Study, rows: TrainingRows, *, fits: int, progress: Progress | None, cancel: Cancel | None
    ) -> None:
        self._study, self._rows, self._fits = study, rows, fits
        self._progress, self._cancel = progress, cancel
        self._done = 0

    def run(self, splits: Sequence[Split], model: Predictor) -> list[FoldOutput]:
        """Return what a refit of `model` says of each test set; splits whose training rows lack a class are left out."""
        outputs = []
        for split in splits:
            check_cancel(self._cancel)
            if self._teaches(split.train):
                outputs.append(self._fit(split, model))
            self._done += 1
            if self._progress is not None:
                self._progress(min(1.0, self._done / self._fits), f"fit {self._done} of {self._fits}")
        return outputs

    def _teaches(self, train: Rows) -> bool:
        if self._study.task == "regression":
            return len(train) > 1
        present = len(np.unique(self._rows.y[train]))
        # Without one of the classes a model has no column for it, and no score of several classes is defined.
        every = self._study.task == "multiclass" and self._study.metric.needs != "predictions"
        return present >= (len(self._study.outcome.classes) if every else 2)

    def _fit(self, split: Split, model: Predictor) -> FoldOutput:
        table = self._rows.table
        fitted = model.refit(table.take(split.train))
        output = self._study.output(table.take(split.test), None, fitted)
        known = ~np.isnan(output.reshape(len(output), -1)).any(axis=1)
        rows = split.test[known]
        weights = None if self._rows.weights is None else self._rows.weights[rows]
        return FoldOutput(rows, self._rows.y[rows], output[known], weights, len(split.train))
