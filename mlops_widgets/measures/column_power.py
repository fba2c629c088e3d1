"""How much one column alone knows of the target: squared correlation of its learned means, on rows that it wasn't learned on."""

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]

_PRIOR_ROWS = 5.0
"""Rows of the overall mean that each level is mixed with, so that a level of one row isn't taken at its word."""


def learned_means(codes: Integers, y: Floats, *, levels: int) -> Floats:
    """Return the mean target of each level of a column, pulled towards the overall mean as if five rows had it.

    Parameters
    ----------
    codes
        (n,) level of each row, 0 to `levels` - 1.
    y
        (n, K) targets: one column, or one 0/1 column a class.
    levels
        How many levels there are; one without rows gets the overall mean.

    Returns
    -------
    ndarray of shape (levels, K)

    Examples
    --------
    >>> learned_means(np.array([0, 0, 1]), np.array([[1.0], [1.0], [0.0]]), levels=2).round(2).tolist()
    [[0.76], [0.56]]
    """
    mean = y.mean(axis=0)
    rows = np.bincount(codes, minlength=levels)[:, None]
    sums = np.column_stack([np.bincount(codes, weights=each, minlength=levels) for each in y.T])
    return np.asarray((sums + _PRIOR_ROWS * mean) / (rows + _PRIOR_ROWS))


def explained(guess: Floats, y: Floats, weights: Floats) -> Floats:
    """Return the squared correlation of guess and target under each weighting, 0 where it is negative.

    It doesn't change with the target's base rate, so two periods can be compared. Of several columns (classes) the mean,
    each counted by the variance of its target.

    Parameters
    ----------
    guess, y
        (n, K).
    weights
        (B, n), 0 or more.

    Returns
    -------
    ndarray of shape (B,)
        0 where guess or target don't vary.

    Examples
    --------
    >>> y = np.array([[0.0], [0.0], [1.0], [1.0]])
    >>> explained(y * 2 + 1, y, np.ones((1, 4))), explained(1 - y, y, np.ones((1, 4)))
    (array([1.]), array([0.]))
    """
    total = weights.sum(axis=1, keepdims=True)
    with np.errstate(invalid="ignore", divide="ignore"):
        centred_guess, centred_y = guess - guess.mean(axis=0), y - y.mean(axis=0)
        mean_guess, mean_y = weights @ centred_guess / total, weights @ centred_y / total
        both = weights @ (centred_guess * centred_y) / total - mean_guess * mean_y
        of_guess = weights @ centred_guess**2 / total - mean_guess**2
        of_y = weights @ centred_y**2 / total - mean_y**2
        squared = np.where((of_guess > 1e-15) & (of_y > 1e-15), np.maximum(both, 0.0) ** 2 / (of_guess * of_y), 0.0)
        found = (squared * of_y).sum(axis=1) / of_y.sum(axis=1)
    return np.asarray(np.clip(np.nan_to_num(found), 0.0, 1.0))
