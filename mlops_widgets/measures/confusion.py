"""Metrics of predicted classes: counted once a class, for all weightings together."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from mlops_widgets.measures.weighted import Floats, Kernel, Numbers, ratio, totals, weighted_sums


@dataclass(frozen=True)
class _Counts:
    """Weighted counts of each class (B, K): hits, rows that are of it, rows predicted to be of it."""

    hit: Floats
    true: Floats
    predicted: Floats
    total: Floats
    occurs: npt.NDArray[np.bool_]

    @property
    def complete(self) -> npt.NDArray[np.bool_]:
        """Whether the weighting holds every class that the sample holds (B,), and the sample at least two."""
        enough = self.occurs.sum() >= 2
        return np.asarray((self.true[:, self.occurs] > 0).all(axis=1) & enough)

    def where_complete(self, values: Floats) -> Floats:
        return np.where(self.complete, values, np.nan)


_Score = Callable[[_Counts], Floats]


def _counter(y: Numbers, predictions: Numbers) -> tuple[Numbers, Kernel]:
    labels = np.union1d(y, predictions)
    true, predicted = y[:, None] == labels, predictions[:, None] == labels
    table = np.hstack([true & predicted, true, predicted]).astype(np.float32)
    return labels, lambda weights: weighted_sums(weights, table)


def _prepare(y: Numbers, predictions: Numbers, score: _Score) -> Kernel:
    labels, count = _counter(y, predictions)
    occurs = np.isin(labels, y)

    def kernel(weights: Numbers) -> Floats:
        hit, true, predicted = np.split(count(weights), 3, axis=1)
        return score(_Counts(hit, true, predicted, totals(weights), occurs))

    return kernel


def prepare_balanced_accuracy(y: Numbers, predictions: Numbers) -> Kernel:
    """Prepare the mean recall over the classes that occur; NaN where the weighting lacks one of them."""
    return _prepare(y, predictions, lambda c: c.where_complete(ratio(c.hit, c.true)[:, c.occurs].mean(axis=1)))


def prepare_f1_macro(y: Numbers, predictions: Numbers) -> Kernel:
    """Prepare the mean F1 over classes that occur or are predicted; NaN where the weighting lacks one that occurs."""

    def score(c: _Counts) -> Floats:
        each = np.nan_to_num(ratio(2 * c.hit, c.true + c.predicted))  # 0/0: neither occurs nor predicted here
        return c.where_complete(each.mean(axis=1))

    return _prepare(y, predictions, score)


def prepare_precision_macro(y: Numbers, predictions: Numbers) -> Kernel:
    """Prepare the mean precision over classes; a class never predicted counts 0, as in scikit-learn."""
    return _prepare(y, predictions, lambda c: c.where_complete(np.nan_to_num(ratio(c.hit, c.predicted)).mean(axis=1)))


def prepare_mcc(y: Numbers, predictions: Numbers) -> Kernel:
    """Prepare the correlation of outcome and prediction (Gorodkin 2004); 0 where all predictions are one class."""

    def score(c: _Counts) -> Floats:
        covariance = c.hit.sum(axis=1) * c.total - (c.true * c.predicted).sum(axis=1)
        spread = (c.total**2 - (c.true**2).sum(axis=1)) * (c.total**2 - (c.predicted**2).sum(axis=1))
        return c.where_complete(np.nan_to_num(ratio(covariance, np.sqrt(np.maximum(spread, 0)))))

    return _prepare(y, predictions, score)


def prepare_precision(y: Numbers, predictions: Numbers) -> Kernel:
    """Prepare the share of positives among those predicted positive; 0 where none is, as in scikit-learn."""
    table = _binary(y, predictions)

    def kernel(weights: Numbers) -> Floats:
        hit, true, predicted = weighted_sums(weights, table).T
        return np.where(true > 0, np.nan_to_num(ratio(hit, predicted)), np.nan)

    return kernel


def prepare_recall(y: Numbers, predictions: Numbers) -> Kernel:
    """Prepare the share of positives that are predicted positive; NaN where there is no positive."""
    table = _binary(y, predictions)

    def kernel(weights: Numbers) -> Floats:
        hit, true, _ = weighted_sums(weights, table).T
        return ratio(hit, true)

    return kernel


def prepare_f1(y: Numbers, predictions: Numbers) -> Kernel:
    """Prepare the harmonic mean of precision and recall of the positive class; NaN where there is no positive."""
    table = _binary(y, predictions)

    def kernel(weights: Numbers) -> Floats:
        hit, true, predicted = weighted_sums(weights, table).T
        return np.where(true > 0, ratio(2 * hit, true + predicted), np.nan)

    return kernel


def _binary(y: Numbers, predictions: Numbers) -> Numbers:
    true, predicted = y == 1, predictions == 1
    return np.column_stack([true & predicted, true, predicted]).astype(np.float32)
