"""Metrics that are means over rows, or follow from such means: log loss, Brier, MAE, RMSE, R², pinball."""

from collections.abc import Callable

import numpy as np

from mlops_widgets.measures.weighted import Floats, Kernel, Numbers, Prepare, totals, weighted_means, weighted_sums

Loss = Callable[[Numbers, Numbers], Floats]
"""Outcomes (n,) and outputs → one loss a row (n,)."""


def mean_of(loss: Loss, class_loss: Loss | None = None) -> Prepare:
    """Return the metric that is the mean of `loss` over rows, or of `class_loss` where outputs are (n, K)."""

    def prepare(y: Numbers, output: Numbers) -> Kernel:
        values = class_loss(y, output) if class_loss is not None and output.ndim > y.ndim else loss(y, output)
        return lambda weights: weighted_means(weights, values)

    return prepare


def many_means(loss: Loss) -> Callable[[Numbers, Numbers], Floats]:
    """Return a function scoring outputs (k, n) in one pass: the mean of `loss` for each (k,)."""
    return lambda y, outputs: np.asarray(loss(y, outputs).mean(axis=1))


def hits(y: Numbers, predictions: Numbers) -> Floats:
    """Return 1 where the prediction is right, else 0."""
    return np.asarray(predictions == y, dtype=np.float64)


def log_losses(y: Numbers, probabilities: Numbers) -> Floats:
    """Return -log of the probability given to the outcome; probabilities of 0 count as machine epsilon."""
    p = _inside(probabilities)
    return np.asarray(-np.log(np.where(y == 1, p, 1 - p)))


def class_log_losses(y: Numbers, probabilities: Numbers) -> Floats:
    """Return -log of the probability (n, K) given to the class that came."""
    p = np.asarray(probabilities, dtype=np.float64)
    return np.asarray(-np.log(_inside(p[np.arange(len(y)), np.asarray(y, dtype=np.intp)])))


def _inside(p: Numbers) -> Floats:
    eps = np.finfo(np.float64).eps
    return np.clip(np.asarray(p, dtype=np.float64), eps, 1 - eps)


def brier_losses(y: Numbers, probabilities: Numbers) -> Floats:
    """Return the squared distance of the positive class' probability to the outcome (Brier 1950, halved)."""
    return np.asarray((np.asarray(probabilities, dtype=np.float64) - y) ** 2)


def class_brier_losses(y: Numbers, probabilities: Numbers) -> Floats:
    """Return the squared distance, summed over classes, of probabilities (n, K) to the outcome (Brier 1950)."""
    p = np.asarray(probabilities, dtype=np.float64)
    came = p[np.arange(len(y)), np.asarray(y, dtype=np.intp)]
    return np.asarray((p**2).sum(axis=1) - 2 * came + 1)


def absolute_errors(y: Numbers, predictions: Numbers) -> Floats:
    """Return |prediction - outcome|."""
    return np.abs(np.asarray(predictions, dtype=np.float64) - y)


def squared_errors(y: Numbers, predictions: Numbers) -> Floats:
    """Return (prediction - outcome)²."""
    return np.asarray((np.asarray(predictions, dtype=np.float64) - y) ** 2)


def percentage_errors(y: Numbers, predictions: Numbers) -> Floats:
    """Return |prediction - outcome| / |outcome|, as a share; an outcome of 0 counts as machine epsilon."""
    return np.asarray(absolute_errors(y, predictions) / np.maximum(np.abs(y), np.finfo(np.float64).eps))


def pinball_losses(quantile: float) -> Loss:
    """Return the loss that the `quantile` of the outcomes minimises (Koenker & Bassett 1978)."""

    def loss(y: Numbers, predictions: Numbers) -> Floats:
        short = y - np.asarray(predictions, dtype=np.float64)
        return np.asarray(np.maximum(quantile * short, (quantile - 1) * short))

    return loss


def prepare_rmse(y: Numbers, predictions: Numbers) -> Kernel:
    """Prepare the root of the mean squared error."""
    losses = squared_errors(y, predictions)
    return lambda weights: np.sqrt(weighted_means(weights, losses))


def many_rmse(y: Numbers, predictions: Numbers) -> Floats:
    """Return the root mean squared error of each row of `predictions` (k, n)."""
    return np.asarray(np.sqrt(squared_errors(y, predictions).mean(axis=1)))


def prepare_r2(y: Numbers, predictions: Numbers) -> Kernel:
    """Prepare the share of the outcomes' variance that the predictions explain; NaN where they don't vary."""
    centred = np.asarray(y, dtype=np.float64) - np.mean(y)  # keeps the difference of large squares exact enough
    table = np.column_stack([squared_errors(y, predictions), centred**2, centred])
    scale = np.abs(table).max(axis=0, initial=0.0)
    scale[scale == 0] = 1.0

    def kernel(weights: Numbers) -> Floats:
        residual, squares, shift = (weighted_sums(weights, table / scale) * scale).T
        size = totals(weights)
        variation = squares - np.divide(shift**2, size, out=np.zeros_like(size), where=size > 0)
        defined = variation > 1e-6 * squares
        explained: Floats = 1 - np.divide(residual, variation, out=np.full(len(size), np.nan), where=defined)
        return explained

    return kernel
