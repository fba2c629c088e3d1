"""Refits on part of the reference, and what they say on fixed rows: what both curves are made of."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from mlops_widgets.core.progress import Cancel
from mlops_widgets.errors import FitError, MissingInputError
from mlops_widgets.measures.resampling import Resampler, whole_units
from mlops_widgets.study.predictor import EstimatorPredictor, Predictor
from mlops_widgets.study.scoring import resampler_of, score_of, weights_of
from mlops_widgets.study.study import Measured, Study
from mlops_widgets.study.tables import Table

Floats = npt.NDArray[np.float64]


def sampled_units(
    study: Study, table: Table, rows: npt.NDArray[np.int64], most: int, rng: np.random.Generator
) -> npt.NDArray[np.int64]:
    """Return at most `most` of `rows` of the table, whole units at random; one unit at least."""
    if len(rows) <= most:
        return rows
    if study.unit == "row":
        return np.sort(rng.choice(rows, most, replace=False))
    return rows[whole_units(study.units(table)[rows], most, rng)]


def asked_rows(study: Study, *, most: int, rng: np.random.Generator) -> Measured:
    """Return labelled rows of the test, else of production, that refits are asked about, whole units.

    Raises
    ------
    MissingInputError
        If there are none on which the metric has a value.
    """
    for table in (study.test, study.production):
        if table is None or study.outcome.target not in table or np.isnan(study.labels(table)).all():
            continue
        known = np.flatnonzero(~np.isnan(study.labels(table)))
        part = table.take(sampled_units(study, table, known, most, rng))
        rows = study.measure(part)
        if has_value(rows):
            return rows
    raise MissingInputError(
        f"labelled test or production on which {study.metric.label} has a value",
        "Pass test= with labels of every class.",
    )


def has_value(rows: Measured) -> bool:
    """Say whether the metric has a value on these rows."""
    return not np.isnan(score_of(rows))


def estimator_of(study: Study) -> EstimatorPredictor:
    """Return the study's model as it is refitted.

    Raises
    ------
    MissingInputError
        If it can't be.
    """
    study.model.need("refit")
    learner = study.learner
    if not isinstance(learner, EstimatorPredictor):
        raise TypeError(f"{type(learner).__name__} says that it can be refitted, but holds no estimator.")
    return learner


def labelled(study: Study) -> tuple[Table, npt.NDArray[np.int64], Floats]:
    """Return the reference, positions of its labelled rows, and their labels.

    Raises
    ------
    MissingInputError
        If there is no reference, or no labels in it.
    """
    table = study.need("reference")
    y = study.labels(table)
    known = np.flatnonzero(~np.isnan(y))
    if not len(known):
        raise MissingInputError("labelled rows in reference", "Pass the labels of the rows the model was trained on.")
    return table, known, y[known]


def teaches(study: Study, y: Floats) -> bool:
    """Say whether a model fitted on these labels can be scored: it has met every class."""
    if study.task == "regression":
        return len(y) > 1
    every = study.task == "multiclass" and study.metric.needs != "predictions"
    return len(np.unique(y)) >= (len(study.outcome.classes) if every else 2)


@dataclass(frozen=True, kw_only=True, eq=False)
class Scorer:
    """The rows that all refits are asked about, and the resamples that all are scored under."""

    study: Study
    asked: Measured
    draws: int
    seed: int
    cancel: Cancel | None = None

    @property
    def resampler(self) -> Resampler:
        """The resamples: the same for every refit."""
        return resampler_of(self.study, self.asked.units, draws=self.draws, seed=self.seed)

    @property
    def units(self) -> int:
        """How many units are resampled."""
        return self.resampler.count(np.ones(self.asked.n, dtype=np.bool_))

    @property
    def events(self) -> int:
        """How many of them decide the metric."""
        return self.resampler.count(self.asked.metric.events(self.asked.y, self.asked.output))

    def outputs(self, model: Predictor) -> Floats:
        """Return what the metric needs of `model` on the rows.

        Raises
        ------
        FitError
            If the refit gives no number for some of them.
        """
        output = self.study.output(self.asked.table, self.asked.metric, model)[self.asked.rows]
        if np.isnan(output).any():
            raise FitError(f"{model.name}, fitted on part of the reference, gave no number for some rows")
        return output

    def scores(self, outputs: Sequence[Floats]) -> tuple[Floats, Floats]:
        """Return the metric of each output (k,) and under each resample (k, draws)."""
        metric, y = self.asked.metric, self.asked.y
        weights = weights_of(self.study, self.asked)
        scored = {str(k): (metric, y, output) for k, output in enumerate(outputs)}
        drawn = self.resampler.draws(scored, sample_weights=weights, cancel=self.cancel)
        own = self.asked.weights[None, :]
        values = np.array([float(metric.draws(y, output, own)[0]) for output in outputs])
        return values, np.array([drawn[str(k)] for k in range(len(outputs))])
