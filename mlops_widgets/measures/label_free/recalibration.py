"""Scores to probabilities by isotonic regression, and whether a model's probabilities gain from it.

The gate follows NannyML 0.13.1 (calibration.py), so that estimates agree with it: ten stratified splits with a tenth held
out, seed 42; recalibrate where the expected calibration error of the pooled held-out rows falls.
"""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from mlops_widgets.measures.ranks import prepare_binary_auc
from mlops_widgets.measures.weighted import Floats, Numbers

_SPLITS, _HELD_OUT, _SEED, _BINS = 10, 0.1, 42, 10
_SEPARATED = 0.999
"""ROC AUC above which probabilities are left as they are: nothing is left to be learned from so few mistakes."""
_FEWEST = 2 * _SPLITS
"""Rows below which a tenth held out has no row of each class."""


@dataclass(frozen=True, kw_only=True)
class IsotonicMap:
    """A rising function of a score: points joined by straight lines, level beyond the ends."""

    scores: Floats
    probabilities: Floats

    def __call__(self, scores: Numbers) -> Floats:
        """Return the probability of each score, shape (n,)."""
        return np.asarray(np.interp(scores, self.scores, self.probabilities))


def fit_isotonic(scores: Numbers, hits: Numbers, weights: Numbers | None = None) -> IsotonicMap:
    """Return the rising function nearest to 0/1 outcomes (Barlow et al. 1972), by scikit-learn.

    Parameters
    ----------
    scores, hits
        Score of each row and whether the class came, shape (n,).
    weights
        Weight of each row, shape (n,); None for equal ones.

    Examples
    --------
    >>> fit_isotonic(np.array([0.1, 0.2, 0.3, 0.4]), np.array([0.0, 1.0, 0.0, 1.0]))(np.array([0.25, 0.9])).tolist()
    [0.5, 1.0]
    """
    from sklearn.isotonic import IsotonicRegression

    fitted = IsotonicRegression(out_of_bounds="clip", increasing=True).fit(scores, hits, sample_weight=weights)
    return IsotonicMap(scores=fitted.X_thresholds_, probabilities=fitted.y_thresholds_)


def calibration_error(hits: Numbers, probabilities: Numbers) -> float:
    """Return the expected calibration error over ten bins of equally many rows: the mean |outcome rate - mean claim|.

    It depends on the bins and is above 0 on few rows even where all is calibrated; here it only chooses between two.
    """
    order = np.argsort(probabilities)
    p, y = np.asarray(probabilities)[order], np.asarray(hits)[order]
    bins = _BINS if len(p) > 2 * _BINS else max(len(p) // 2, 1)
    edges = np.arange(0, len(p) + 1, len(p) // bins)
    edges[-1] = len(p)
    terms = [(b - a) / len(p) * abs(float(p[a:b].mean() - y[a:b].mean())) for a, b in pairwise(edges)]
    return float(np.sum(terms))


@dataclass(frozen=True, kw_only=True)
class Gate:
    """Whether probabilities gain from recalibration, and the held-out calibration error before and after; NaN untried."""

    recalibrate: bool
    before: float = float("nan")
    after: float = float("nan")


def calibration_gate(hits: Numbers, probabilities: Numbers) -> Gate:
    """Say whether isotonic regression lowers the calibration error on held-out rows.

    Parameters
    ----------
    hits
        Whether the class came, 0 or 1, shape (n,).
    probabilities
        What the model said, shape (n,).
    """
    from sklearn.model_selection import StratifiedShuffleSplit

    counts = np.unique(hits, return_counts=True)[1]
    if len(counts) < 2 or counts.min() < 2 or len(hits) < _FEWEST:
        return Gate(recalibrate=False)
    if prepare_binary_auc(hits, probabilities)(np.ones((1, len(hits))))[0] > _SEPARATED:
        return Gate(recalibrate=False)
    splits = StratifiedShuffleSplit(n_splits=_SPLITS, test_size=_HELD_OUT, random_state=_SEED)
    came, raw, mapped = [], [], []
    for kept, held in splits.split(probabilities, hits):
        came.append(hits[held])
        raw.append(probabilities[held])
        mapped.append(fit_isotonic(probabilities[kept], hits[kept])(probabilities[held]))
    before, after = (calibration_error(np.concatenate(came), np.concatenate(each)) for each in (raw, mapped))
    return Gate(recalibrate=before > after, before=before, after=after)


@dataclass(frozen=True, kw_only=True)
class Calibration:
    """From a model's scores to the probability of each class.

    Parameters
    ----------
    maps
        One a class, or one of the positive class for two; None leaves the model's own probability.
    """

    maps: tuple[IsotonicMap | None, ...]

    def chances(self, scores: Numbers) -> Floats:
        """Return the probability of each class, shape (classes, n), of scores (n,) or (n, classes).

        Several classes are mapped one against the rest and divided by their sum; equal where all are 0.
        """
        if scores.ndim == 1:
            mapped = _mapped(self.maps[0], scores)
            return np.stack([1 - mapped, mapped])
        each = np.stack([_mapped(rule, scores[:, code]) for code, rule in enumerate(self.maps)])
        total = each.sum(axis=0)
        return np.asarray(np.divide(each, total, out=np.full(each.shape, 1 / len(each)), where=total > 0))


def _mapped(rule: IsotonicMap | None, scores: Numbers) -> Floats:
    return np.asarray(scores, dtype=np.float64) if rule is None else rule(scores)


def calibrate(scores: Numbers, y: Numbers, gates: tuple[Gate, ...], weights: Numbers | None = None) -> Calibration:
    """Return a calibration learned from labelled rows, of the classes that `gates` say gain from it.

    Parameters
    ----------
    scores
        Shape (n,) of the positive class, or (n, classes).
    y
        Class codes, shape (n,).
    gates
        One a class, or one for two classes.
    weights
        Weight of each row, shape (n,).
    """
    maps = []
    for code, gate in enumerate(gates):
        of_class, came = (scores, y) if scores.ndim == 1 else (scores[:, code], (y == code).astype(np.float64))
        maps.append(fit_isotonic(of_class, came, weights) if gate.recalibrate else None)
    return Calibration(maps=tuple(maps))


def gates_for(scores: Numbers, y: Numbers, *, proper: bool) -> tuple[Gate, ...]:
    """Return the gate of each class; scores that aren't probabilities are always mapped to some."""
    columns: list[tuple[Numbers, npt.NDArray[np.float64]]] = (
        [(scores, np.asarray(y, dtype=np.float64))]
        if scores.ndim == 1
        else [(scores[:, code], (y == code).astype(np.float64)) for code in range(scores.shape[1])]
    )
    if not proper:
        return tuple(Gate(recalibrate=True) for _ in columns)
    return tuple(calibration_gate(came, column) for column, came in columns)
