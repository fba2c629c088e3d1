"""Logistic regression that starts from what is believed already: with no rows it answers with the belief itself."""

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

_STEPS = 50
_NEAR = 1e-8


def fit_prior_logistic(features: Floats, targets: Floats, *, offset: Floats, weights: Floats, ridge: Floats) -> Floats:
    """Return the coefficients that move a believed log-odds as far as the rows ask for, and no further.

    The mode of P(coefficients) · Π P(target | σ(offset + features · coefficients))^weight under independent normal priors
    around 0 with variances 1 / ridge, by Newton's method with halved steps (Murphy 2012, *Machine Learning*, section 8.3.6).

    Parameters
    ----------
    features
        Shape (n, d).
    targets
        Shape (n,), 0 to 1; a number between is a believed probability.
    offset
        Log-odds believed before, shape (n,).
    weights
        How many rows each counts for, shape (n,).
    ridge
        Precision of each coefficient's prior, shape (d,), above 0.

    Returns
    -------
    numpy.ndarray
        Shape (d,); zeros where there are no rows.

    Examples
    --------
    >>> x, y = np.ones((4, 1)), np.array([1.0, 1.0, 1.0, 0.0])
    >>> fit_prior_logistic(x, y, offset=np.zeros(4), weights=np.ones(4), ridge=np.array([1e-9])).round(3).tolist()
    [1.099]
    """

    def loss(coefficients: Floats) -> float:
        logits = offset + features @ coefficients
        said = np.logaddexp(0.0, logits) - targets * logits
        return float(weights @ said + 0.5 * (ridge * coefficients) @ coefficients)

    coefficients = np.zeros(features.shape[1])
    lowest = loss(coefficients)
    for _ in range(_STEPS):
        p = sigmoid(offset + features @ coefficients)
        gradient = features.T @ (weights * (p - targets)) + ridge * coefficients
        curvature = (features.T * (weights * p * (1 - p))) @ features + np.diag(ridge)
        step = np.linalg.solve(curvature, gradient)
        moved = coefficients - step
        while loss(moved) > lowest and np.abs(moved - coefficients).max() > _NEAR:
            moved = (moved + coefficients) / 2
        gained = lowest - loss(moved)
        if gained <= 0:
            break
        coefficients, lowest = moved, lowest - gained
        if gained < _NEAR * (1 + abs(lowest)):
            break
    return coefficients


def sigmoid(logits: Floats) -> Floats:
    """Return probabilities of log-odds, without overflow.

    Examples
    --------
    >>> sigmoid(np.array([-1000.0, 0.0])).tolist()
    [0.0, 0.5]
    """
    tail = np.exp(-np.abs(logits))
    return np.asarray(np.where(logits >= 0, 1.0, tail) / (1.0 + tail), dtype=np.float64)


def logit(p: Floats, *, least: float = 0.01) -> Floats:
    """Return log-odds of probabilities, held `least` away from 0 and 1.

    Examples
    --------
    >>> logit(np.array([0.5, 1.0]), least=0.5).tolist()
    [0.0, 0.0]
    """
    held = np.clip(p, least, 1.0 - least)
    return np.asarray(np.log(held / (1.0 - held)), dtype=np.float64)
