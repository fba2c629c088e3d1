"""Regression without labels: a model of the losses, fitted on the test, stands for the losses of production."""

from dataclasses import replace

import numpy as np
import numpy.typing as npt

from mlops_widgets.core.progress import check_cancel
from mlops_widgets.errors import MissingInputError
from mlops_widgets.measures.label_free.direct_loss import LossModel, MeanLoss, fit_losses, mean_loss
from mlops_widgets.measures.metrics import Metric
from mlops_widgets.overfitting.monitoring.expectation import (
    FEWEST_EVENTS,
    FEWEST_UNITS,
    Answers,
    Options,
    Spread,
    labels_of,
    need_labelled,
    sample_whole_units,
)
from mlops_widgets.study.encoding import Encoding, learn_encoding
from mlops_widgets.study.study import Study
from mlops_widgets.study.tables import Table
from mlops_widgets.study.threads import one_thread

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]

_FOLDS, _MOST_FIT_ROWS = 10, 10_000


class LossExpectation:
    """Estimates of regression metrics on production from models of the loss learned on the test.

    Parameters
    ----------
    study
        The study.
    options
        Seed.
    """

    def __init__(self, study: Study, options: Options) -> None:
        self._study, self._options = study, options
        test = study.need("test")
        self.test, self.production = _answers(study, test), _answers(study, study.need("production"))
        need_labelled(self.test, study)
        features = [name for name in study.roles.features if name in test and name in self.production.table]
        encoding = learn_encoding(test, features)
        self._learned = _some(self.test, seed=options.seed)
        self._fold = _folds(self.test.units[self._learned], seed=options.seed)
        self._x = _inputs(study, encoding, test)[self._learned]
        self._new_x = _inputs(study, encoding, self.production.table)
        self._models: dict[str, tuple[LossModel, Floats]] = {}
        self._every: dict[str, Floats] = {}

    def metrics(self, chosen: tuple[Metric, ...]) -> tuple[Metric, ...]:
        """Return those of `chosen` that are a mean over rows or the root of one."""
        return tuple(metric for metric in chosen if mean_loss(metric) is not None)

    def explained_share(self, metric: Metric) -> float:
        """Return the share of the losses' variance that the model of `metric`'s losses explains on rows unseen by it."""
        return self._model(metric)[0].explained_share

    def enough(self, rows: Integers) -> bool:
        """Say whether a chunk of these rows gets a score: its units, or rows."""
        return len(np.unique(self.production.units[rows])) >= (
            FEWEST_EVENTS if self._study.unit == "row" else FEWEST_UNITS
        )

    def spread(self, metric: Metric, rows: Integers) -> Spread:
        """Return the estimate: the mean predicted loss, the losses' own spread, and the loss models' disagreement."""
        check_cancel(self._options.cancel)
        predicted, weights = self._predicted(metric, rows), self.production.weights[rows]
        each = predicted @ weights / weights.sum()
        mean, folds = float(each.mean()), len(each)
        # Delete-a-group jackknife over the folds (Kott 2001).
        learning = float(np.sqrt((folds - 1) / folds * ((each - mean) ** 2).sum()))
        variance = self._relative_variance(metric) * predicted.mean(axis=0) ** 2
        sampling = float(np.sqrt((weights**2 * variance).sum())) / float(weights.sum())
        return self._in_metric(metric, mean, sampling, learning, rows)

    def compared(self, metric: Metric, rows: Integers) -> Spread:
        """Return it on labelled rows, with the larger of the test's and these rows' own sampling error."""
        found, loss = self.spread(metric, rows), _known(metric)
        weights = self.production.weights[rows]
        apart = loss.loss(self.production.y[rows], self._said(self.production, rows)) - self._predicted(
            metric, rows
        ).mean(axis=0)
        own = _clustered(apart, weights, self.production.units[rows])
        mean = float(self._predicted(metric, rows).mean(axis=0) @ weights / weights.sum())
        slope = _slope(loss, mean)
        return replace(found, sampling=max(found.sampling, own * slope)) if np.isfinite(own) else found

    def _in_metric(self, metric: Metric, mean: float, sampling: float, learning: float, rows: Integers) -> Spread:
        loss = _known(metric)
        slope = _slope(loss, mean)
        units = len(np.unique(self.production.units[rows])), len(np.unique(self.test.units[self._learned]))
        return Spread(value=loss.metric(mean), sampling=sampling * slope, learning=learning * slope, bias=0.0,
                      freedom=min(units) - 1, rows=len(rows))  # fmt: skip

    def _predicted(self, metric: Metric, rows: Integers) -> Floats:
        """Return the predicted losses of these rows by each fold's model (folds, n); all of production's only once."""
        key = _loss_name(metric)
        if key not in self._every:
            with one_thread():
                self._every[key] = self._model(metric)[0].each(self._new_x)
        return self._every[key][:, rows]

    def _said(self, answers: Answers, rows: Integers) -> Floats:
        return self._study.model.predictions(answers.table)[rows]

    def _model(self, metric: Metric) -> tuple[LossModel, Floats]:
        """Return the model of a metric's losses, and these; RMSE and MSE share one."""
        loss = _known(metric)
        key = _loss_name(metric)
        if key not in self._models:
            losses = loss.loss(self.test.y[self._learned], self._said(self.test, self._learned))
            weights = None if self._study.roles.weights is None else self.test.weights[self._learned]
            with one_thread():  # trees of few rows: more threads only wait for each other
                model = fit_losses(self._x, losses, self._fold, weights, seed=self._options.seed)
            self._models[key] = model, losses
        return self._models[key]

    def _relative_variance(self, metric: Metric) -> float:
        """Return the variance of a loss in squares of its expectation, times the design effect, from unseen rows.

        In proportion, since errors twice as large scatter twice as much.
        """
        model, losses = self._model(metric)
        apart, weights = losses - model.unseen, self.test.weights[self._learned]
        squares = float((weights**2 * apart**2).sum())
        expected = float((weights**2 * model.unseen**2).sum())
        if squares <= 0 or expected <= 0:
            return 0.0
        clustered = _clustered(apart, weights, self.test.units[self._learned])
        effect = (clustered * float(weights.sum())) ** 2 / squares
        return squares / expected * (max(effect, 1.0) if np.isfinite(effect) else 1.0)


def _loss_name(metric: Metric) -> str:
    """Return what the losses behind a metric are called: RMSE and MSE have the same."""
    return "mse" if _known(metric).root else metric.name


def _known(metric: Metric) -> MeanLoss:
    loss = mean_loss(metric)
    if loss is None:
        raise MissingInputError(f"mean loss behind {metric.label}", "Pass metric='mae', 'rmse', 'mse' or 'mape'.")
    return loss


def _slope(loss: MeanLoss, mean: float) -> float:
    """Return how much the metric moves with the mean loss."""
    if not loss.root:
        return 1.0
    return 1 / (2 * np.sqrt(mean)) if mean > 0 else 0.0


def _clustered(apart: Floats, weights: Floats, units: Integers) -> float:
    """Return the standard error of the weighted mean of `apart`, whole units at a time; NaN with one unit."""
    centred = weights * (apart - np.average(apart, weights=weights))
    sums = np.bincount(np.unique(units, return_inverse=True)[1], weights=centred)
    count = len(sums)
    return float(np.sqrt((sums**2).sum() * count / (count - 1)) / weights.sum()) if count > 1 else float("nan")


def _answers(study: Study, table: Table) -> Answers:
    said = study.model.predictions(table)
    return Answers(table=table, y=labels_of(study, table), units=study.units(table), weights=study.weights(table),
                   answered=~np.isnan(said))  # fmt: skip


def _inputs(study: Study, encoding: Encoding, table: Table) -> Floats:
    """Return the features as numbers and, last, the prediction itself."""
    return np.column_stack([encoding.numbers(table)[0], study.model.predictions(table)])


def _some(test: Answers, *, seed: int) -> Integers:
    """Return at most so many labelled rows of the test, whole units drawn at random."""
    return sample_whole_units(test.units, test.labelled, seed=seed, most=_MOST_FIT_ROWS)[0]


def _folds(units: Integers, *, seed: int) -> Integers:
    """Return the fold of each row, from 0: whole units dealt at random."""
    codes = np.unique(units, return_inverse=True)[1]
    count = int(codes.max()) + 1
    if count < 2:
        raise MissingInputError("two resampling units in the test", "Pass a test of several days or entities.")
    dealt = np.random.default_rng(seed).permutation(count) % min(_FOLDS, count)
    return np.asarray(dealt[codes], dtype=np.int64)
