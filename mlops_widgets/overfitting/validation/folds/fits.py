"""The user's own model fitted on part of its rows and asked about the rest, fold by fold."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

import numpy as np

from mlops_widgets.core.progress import Cancel, Progress, check_cancel
from mlops_widgets.measures.folds.fold_means import FoldOutput
from mlops_widgets.measures.folds.splitters import Rows, Split
from mlops_widgets.overfitting.validation.folds.plan import FoldPlan, TrainingRows, count_fits
from mlops_widgets.study.predictor import EstimatorPredictor, Predictor
from mlops_widgets.study.searches import chosen_model, search_of
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

    def run(self, splits: Sequence[Split], model: Predictor) -> list[FoldOutput | None]:
        """Return what a refit of `model` says of each test set; None where the training rows lack a class."""
        outputs = []
        for split in splits:
            check_cancel(self._cancel)
            outputs.append(self._fit(split, model) if self._teaches(split.train) else None)
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


@dataclass(frozen=True, kw_only=True, eq=False)
class SchemeOutputs:
    """What the fitted models said, scheme by scheme, in the order of the plan; None where a fit was left out.

    Parameters
    ----------
    repeats
        One list a repeat; only the first where repeated k-fold wasn't wanted.
    random, grouped, time, nested
        One output a split; empty where the scheme wasn't wanted or doesn't apply.
    twins
        For each time-ordered split, outputs of the models that know what a shuffled split knows.
    """

    repeats: list[list[FoldOutput | None]] = field(default_factory=list)
    random: list[FoldOutput | None] = field(default_factory=list)
    grouped: list[FoldOutput | None] = field(default_factory=list)
    time: list[FoldOutput | None] = field(default_factory=list)
    twins: list[list[FoldOutput | None]] = field(default_factory=list)
    nested: list[FoldOutput | None] = field(default_factory=list)


def fit_schemes(
    study: Study, rows: TrainingRows, plan: FoldPlan, *, model: EstimatorPredictor, wanted: Collection[str],
    progress: Progress | None = None, cancel: Cancel | None = None,
) -> SchemeOutputs:  # fmt: skip
    """Return the outputs of the wanted schemes; identical fits are made once.

    A search keeps the parameters that it chose, except in nested tuning, where it searches again in every fold.
    """
    tuned = search_of(model) is not None
    total = max(1, count_fits(plan, wanted, tuned=tuned))
    fits = FoldFits(study, rows, fits=total, progress=progress, cancel=cancel)
    fixed = chosen_model(model)
    once = "stratified" in wanted and "stratified" not in plan.missing
    needed = len(plan.repeats) if "repeated" in wanted else int(once)
    repeats = [fits.run(splits, fixed) for splits in plan.repeats[:needed]]
    shared = bool(repeats) and plan.random is plan.repeats[0]
    random = fits.run(plan.random, fixed) if "random" in wanted and not shared else []
    ordered = "time" in wanted
    return SchemeOutputs(
        repeats=repeats,
        random=repeats[0] if shared else random,
        grouped=fits.run(plan.grouped, fixed) if "grouped" in wanted else [],
        time=fits.run(plan.time, fixed) if ordered else [],
        twins=[fits.run(splits, fixed) for splits in plan.twins] if ordered else [],
        nested=fits.run(plan.repeats[0], model) if tuned and "nested" in wanted else [],
    )
