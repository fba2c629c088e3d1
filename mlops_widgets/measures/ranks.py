"""Metrics of a ranking: ROC AUC, Gini, PR AUC, KS, lift; ties count half, as in the Mann-Whitney statistic."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import stats

from mlops_widgets.errors import InputError
from mlops_widgets.measures.weighted import Floats, Kernel, Numbers, ratio, totals

Indices = npt.NDArray[np.intp]


@dataclass(frozen=True)
class Ranking:
    """Rows of a binary outcome by falling score, in a form that weightings can be summed over.

    Parameters
    ----------
    positives, negatives
        (P,) and (N,): row numbers of each class, highest score first.
    ends
        (G, 2): after each distinct score, how many positives and how many negatives score as high or higher.
    above, level
        (P,): for each positive, how many negatives score higher, and how many as high or higher.
    """

    positives: Indices
    negatives: Indices
    ends: Indices
    above: Indices
    level: Indices

    def cumulated(self, weights: Numbers) -> tuple[Floats, Floats]:
        """Return the running weight (B, P + 1) and (B, N + 1) of each class, from 0."""
        return _running(weights, self.positives), _running(weights, self.negatives)


def _running(weights: Numbers, rows: Indices) -> Floats:
    # Single precision counts whole rows exactly up to 2²⁴, and is twice as fast.
    out = np.zeros((len(weights), len(rows) + 1), np.float32 if weights.dtype == np.float32 else np.float64)
    np.cumsum(weights[:, rows], axis=1, out=out[:, 1:])
    return out  # single precision only inside a kernel: what leaves one is double


def rank(y: Numbers, scores: Numbers) -> Ranking:
    """Order the rows of `y` (n,) 0/1 by `scores` (n,)."""
    order = np.argsort(-np.asarray(scores, dtype=np.float64), kind="stable")
    positives, negatives = order[y[order] == 1], order[y[order] != 1]
    falling_p, falling_n = -scores[positives], -scores[negatives]
    distinct = np.unique(-scores)
    ends = np.column_stack([np.searchsorted(each, distinct, side="right") for each in (falling_p, falling_n)])
    above = np.searchsorted(falling_n, falling_p, side="left")
    level = np.searchsorted(falling_n, falling_p, side="right")
    return Ranking(positives, negatives, ends, above, level)


def prepare_binary_auc(y: Numbers, scores: Numbers) -> Kernel:
    """Prepare the chance that a positive scores higher than a negative, ties half; NaN where a class is missing."""
    ranking = rank(y, scores)
    tied = bool((ranking.above != ranking.level).any())

    def kernel(weights: Numbers) -> Floats:
        running = _running(weights, ranking.negatives)
        own = weights[:, ranking.positives]
        higher = running[:, ranking.above]
        if tied:
            higher = (higher + running[:, ranking.level]) / 2
        lost = np.asarray((own[:, None, :] @ higher[:, :, None])[:, 0, 0], dtype=np.float64)
        return 1 - ratio(lost, totals(own) * running[:, -1].astype(np.float64))

    return kernel


def prepare_auc(y: Numbers, scores: Numbers) -> Kernel:
    """Prepare ROC AUC; with scores (n, K), the mean of each class against the rest over the classes that occur."""
    if scores.ndim == 1:
        return prepare_binary_auc(y, scores)
    kernels = [
        prepare_binary_auc((y == code).astype(np.float64), scores[:, code]) for code in np.unique(y).astype(np.intp)
    ]
    return lambda weights: np.mean([kernel(weights) for kernel in kernels], axis=0)


def prepare_gini(y: Numbers, scores: Numbers) -> Kernel:
    """Prepare 2 · AUC - 1 (also called accuracy ratio or Somers' D)."""
    kernel = prepare_auc(y, scores)
    return lambda weights: 2 * kernel(weights) - 1


def prepare_average_precision(y: Numbers, scores: Numbers) -> Kernel:
    """Prepare the area under the precision-recall steps, no interpolation (Davis & Goadrich 2006)."""
    ranking = rank(y, scores)
    reached = np.searchsorted(-scores[ranking.positives], -scores[ranking.positives], side="right")

    def kernel(weights: Numbers) -> Floats:
        positive, negative = ranking.cumulated(weights)
        found = positive[:, reached]
        called = found + negative[:, ranking.level]
        own = weights[:, ranking.positives]
        precise = np.divide(found, called, out=np.zeros_like(found), where=called > 0)
        gained = np.asarray((own[:, None, :] @ precise[:, :, None])[:, 0, 0], dtype=np.float64)
        return ratio(gained, totals(own))

    return kernel


def prepare_ks(y: Numbers, scores: Numbers) -> Kernel:
    """Prepare the largest distance between the two classes' score distributions (Kolmogorov-Smirnov)."""
    ranking = rank(y, scores)

    def kernel(weights: Numbers) -> Floats:
        positive, negative = (each.astype(np.float64) for each in ranking.cumulated(weights))
        shares = [
            ratio(each[:, ends], each[:, -1:]) for each, ends in zip((positive, negative), ranking.ends.T, strict=True)
        ]
        return np.asarray(np.abs(shares[0] - shares[1]).max(axis=1))

    return kernel


def prepare_lift(share: float) -> Callable[[Numbers, Numbers], Kernel]:
    """Return the metric: how many times more positives the top `share` of rows holds than a random such share.

    A tie that straddles the cut counts by the part of it that fits, which is the mean over random tie breaks.
    """

    def prepare(y: Numbers, scores: Numbers) -> Kernel:
        ranking = rank(y, scores)

        def kernel(weights: Numbers) -> Floats:
            positive, negative = (each.astype(np.float64) for each in ranking.cumulated(weights))
            found = positive[:, ranking.ends[:, 0]]
            seen = found + negative[:, ranking.ends[:, 1]]
            total = positive[:, -1] + negative[:, -1]
            groups = np.diff(seen, axis=1, prepend=0)
            room = np.clip(share * total[:, None] - (seen - groups), 0, groups)
            taken = np.nan_to_num(ratio(room, groups)) * np.diff(found, axis=1, prepend=0)
            return ratio(taken.sum(axis=1), share * positive[:, -1])

        return kernel

    return prepare


def auc(y: Numbers, scores: Numbers) -> float:
    """Return the chance that a positive of `y` (n,) 0/1 scores higher than a negative, ties half.

    Raises
    ------
    InputError
        If only one class occurs.

    Examples
    --------
    >>> auc(np.array([0, 0, 1, 1]), np.array([0.1, 0.4, 0.35, 0.8]))
    0.75
    """
    return float(auc_many(y, np.asarray(scores)[None, :])[0])


def auc_many(y: Numbers, scores: Numbers) -> Floats:
    """Return the AUC of each of k models on the same rows, in one pass over midranks.

    Parameters
    ----------
    y
        (n,) outcomes, 0 or 1.
    scores
        (k, n), one model a row.

    Returns
    -------
    ndarray of shape (k,)
    """
    positive, m, n = _classes(y)
    ranks = stats.rankdata(scores, axis=1)[:, positive].sum(axis=1)
    return np.asarray((ranks - m * (m + 1) / 2) / (m * n))


def gini_many(y: Numbers, scores: Numbers) -> Floats:
    """Return 2 · AUC - 1 of each of k models (k, n) on the same rows (k,)."""
    return 2 * auc_many(y, scores) - 1


def _classes(y: Numbers) -> tuple[npt.NDArray[np.bool_], int, int]:
    positive = np.asarray(y) == 1
    m = int(positive.sum())
    if m in {0, len(positive)}:
        raise InputError("ROC AUC has no value here: every row has the same outcome, and it compares two.")
    return positive, m, len(positive) - m


def auc_variance(y: Numbers, scores: Numbers) -> Floats:
    """Return the variance of each model's AUC (DeLong, DeLong & Clarke-Pearson 1988; ranks: Sun & Xu 2014).

    Parameters
    ----------
    y
        (n,) outcomes, 0 or 1, independent rows.
    scores
        (k, n), one model a row.

    Returns
    -------
    ndarray of shape (k,)
        NaN where a class has fewer than two rows.
    """
    positive, m, n = _classes(y)
    ranks = stats.rankdata(scores, axis=1)
    won = (ranks[:, positive] - stats.rankdata(scores[:, positive], axis=1)) / n
    lost = (ranks[:, ~positive] - stats.rankdata(scores[:, ~positive], axis=1)) / m
    if min(m, n) == 1:
        return np.full(len(scores), np.nan)
    return np.asarray(won.var(axis=1, ddof=1) / m + lost.var(axis=1, ddof=1) / n)


def auc_interval(y: Numbers, scores: Numbers, level: float = 0.95) -> tuple[Floats, Floats]:
    """Return lower and upper bound of each model's AUC on independent rows.

    DeLong's variance on the logit scale (Pepe 2003, section 5.2.5), which keeps the bounds inside 0…1. A ranking with
    hardly a mistake shows too little of its variance: where fewer than 5 rows of the smaller class are misplaced on
    average, min(AUC, 1 - AUC) · min(m, n) < 5, Newcombe's interval (2006) instead, which stays open at an AUC of 1.

    Parameters
    ----------
    y
        (n,) outcomes, 0 or 1.
    scores
        (k, n), one model a row.
    level
        Coverage aimed at, between 0 and 1.

    Returns
    -------
    tuple of ndarray (k,), ndarray (k,)
    """
    _, m, n = _classes(y)
    values = auc_many(y, scores)
    lower, upper = newcombe_interval(values, m, n, level)
    many = ~_few_mistakes(values, m, n)
    a, error = values[many], np.sqrt(auc_variance(y, np.asarray(scores)[many]))
    middle, step = np.log(a / (1 - a)), float(stats.norm.ppf(0.5 + level / 2)) * error / (a * (1 - a))
    lower[many] = 1 / (1 + np.exp(step - middle))
    upper[many] = 1 / (1 + np.exp(-step - middle))
    return lower, upper


def _few_mistakes(values: Numbers | float, m: int, n: int) -> npt.NDArray[np.bool_]:
    return np.asarray(np.minimum(values, 1 - values) * min(m, n) < 5)


def auc_bounds_if_few_mistakes(y: Numbers, value: float, level: float) -> tuple[float, float] | None:
    """Return Newcombe's interval of an AUC where resampling shows too few mistakes to rest on, else None.

    Parameters
    ----------
    y
        (n,) outcomes of independent rows; other than two classes give None.
    value
        The AUC.
    level
        Coverage aimed at.
    """
    if not np.isin(y, (0, 1)).all():
        return None
    _, m, n = _classes(y)
    if not _few_mistakes(value, m, n):
        return None
    lower, upper = newcombe_interval(np.array([value]), m, n, level)
    return float(lower[0]), float(upper[0])


def gini_bounds_if_few_mistakes(y: Numbers, value: float, level: float) -> tuple[float, float] | None:
    """Return the same for the Gini of `value`."""
    bounds = auc_bounds_if_few_mistakes(y, (value + 1) / 2, level)
    return None if bounds is None else (2 * bounds[0] - 1, 2 * bounds[1] - 1)


def newcombe_interval(values: Numbers, m: int, n: int, level: float = 0.95) -> tuple[Floats, Floats]:
    """Return bounds of an AUC from its value and the class sizes alone (Newcombe 2006, method 5).

    Every bound is the AUC at which the value seen lies z standard errors away, the standard error being Hanley and
    McNeil's (1982) at that bound with both classes taken as of mean size; found by bisection.

    Parameters
    ----------
    values
        (k,) AUCs.
    m, n
        Positives and negatives.
    level
        Coverage aimed at.
    """
    z2 = float(stats.norm.ppf(0.5 + level / 2)) ** 2
    seen = np.asarray(values, dtype=np.float64)

    def beyond(bound: Floats) -> npt.NDArray[np.bool_]:
        mean = (m + n) / 2 - 1
        variance = bound * (1 - bound) * (1 + mean * (1 - bound) / (2 - bound) + mean * bound / (1 + bound)) / (m * n)
        return np.asarray((seen - bound) ** 2 > z2 * variance)

    return _bisect(beyond, np.zeros_like(seen), seen), _bisect(beyond, np.ones_like(seen), seen)


def _bisect(beyond: Callable[[Floats], npt.NDArray[np.bool_]], far: Floats, near: Floats) -> Floats:
    """Return, between `near` (within) and `far` (beyond, or the end of the range), where `beyond` turns true."""
    for _ in range(40):
        middle = (far + near) / 2
        out = beyond(middle)
        far, near = np.where(out, middle, far), np.where(out, near, middle)
    return (far + near) / 2
