"""How many labels are wrong, told apart from labels that are only hard to foresee."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]

_LAPSES = np.concatenate([[0.0], np.geomspace(0.002, 0.4, 20)])
"""Shares of wrong labels whose likelihood is compared."""
_WITHIN = 1.92
"""Half the 95 % point of chi-squared with one degree of freedom: log-likelihoods nearer to the best aren't refuted (Wilks)."""
_SMALLEST = 1e-6
_TAIL_ERROR = 0.25
"""How far off, relatively, the expected number beyond the tail may be, since the tail was read from the inner rows."""
_TAIL_ERROR_OF_FEW = 6.0
"""What is added to that, over the square root of the number of rows."""
_FITTED_ROWS = 5_000
"""Most rows that a share of wrong labels is fitted to, drawn at random: more only narrow its interval."""


@dataclass(frozen=True, kw_only=True)
class Lapse:
    """Share of labels that follow nothing, by profile likelihood.

    Parameters
    ----------
    value
        The likeliest share.
    lower, upper
        Limits of its 95 % profile-likelihood interval.
    """

    value: float
    lower: float
    upper: float


def fit_lapse(probabilities: Floats, labels: Integers) -> Lapse:
    """Return which share of the labels is likely wrong, whatever the features say.

    A label is taken to be drawn from the model's own probabilities, recalibrated (a temperature and an offset for each class), but for
    a share that is another class at random: what psychometrics calls a lapse rate (Wichmann & Hill 2001). A model that is never
    sure explains its surprises itself; a model that is sure of most rows and still wrong in a tenth of them doesn't.

    Parameters
    ----------
    probabilities
        Out-of-fold probabilities, shape (n, classes).
    labels
        Class of each row, shape (n,).
    """
    start = np.concatenate([[1.0], np.zeros(probabilities.shape[1] - 1)])
    profile = np.empty(len(_LAPSES))
    logs = np.log(np.clip(probabilities, _SMALLEST, 1.0))
    for at, lapse in enumerate(_LAPSES):
        start, profile[at] = _fit(logs, labels, lapse, start)
    best = int(profile.argmin())
    beyond = profile - profile[best] - _WITHIN
    return Lapse(
        value=float(_LAPSES[best]),
        lower=_crossing(beyond[: best + 1][::-1], _LAPSES[: best + 1][::-1], 0.0),
        upper=_crossing(beyond[best:], _LAPSES[best:], float(_LAPSES[-1])),
    )


def _crossing(beyond: Floats, lapses: Floats, end: float) -> float:
    """Return where the likelihood first falls too far, walking away from the best."""
    for at in range(1, len(beyond)):
        if beyond[at] > 0:
            share = -beyond[at - 1] / (beyond[at] - beyond[at - 1])
            return float(lapses[at - 1] + share * (lapses[at] - lapses[at - 1]))
    return end


def recalibrated(probabilities: Floats, labels: Integers, lapse: float) -> Floats:
    """Return what the labels were drawn from if `lapse` of them are wrong: recalibrated probabilities, shape (n, classes)."""
    logs = np.log(np.clip(probabilities, _SMALLEST, 1.0))
    start = np.concatenate([[1.0], np.zeros(probabilities.shape[1] - 1)])
    return _shares(logs, _fit(logs, labels, lapse, start)[0])


def _shares(logs: Floats, parameters: Floats) -> Floats:
    z = logs * parameters[0] + np.concatenate([[0.0], parameters[1:]])
    z -= z.max(axis=1, keepdims=True)
    q = np.exp(z)
    shares: Floats = q / q.sum(axis=1, keepdims=True)
    return shares


def _fit(logs: Floats, labels: Integers, lapse: float, start: Floats) -> tuple[Floats, float]:
    """Return temperature and offsets of the greatest likelihood under a share of wrong labels, and its negative logarithm."""
    from scipy.optimize import minimize

    rows, others = np.arange(len(labels)), logs.shape[1] - 1

    def loss(parameters: Floats) -> tuple[float, Floats]:
        q = _shares(logs, parameters)
        own = q[rows, labels]
        likelihood = (1 - lapse) * own + lapse * (1 - own) / others + 1e-12
        by_z = -q * (((1 - lapse) - lapse / others) * own / likelihood)[:, None]
        by_z[rows, labels] -= by_z.sum(axis=1)
        gradient = np.concatenate([[(by_z * logs).sum()], by_z[:, 1:].sum(axis=0)])
        return -float(np.log(likelihood).sum()), -gradient

    found = minimize(loss, start, jac=True, method="L-BFGS-B", bounds=[(0.02, 50.0), *[(-20.0, 20.0)] * others])
    return np.asarray(found.x, dtype=np.float64), float(found.fun)


@dataclass(frozen=True, kw_only=True)
class Excess:
    """Labels that are flagged beyond those that would be if every label were right.

    Parameters
    ----------
    flagged
        How many are flagged.
    expected, expected_upper
        How many would be by chance, drawn from the models' own probabilities: mean, and 97.5 % quantile of the draws, each the
        median over the models.
    lapse
        Share of wrong labels that every model's probabilities leave room for: the smallest lower limit.
    beyond
        Of numbers: from how many robust standard deviations on a residual is flagged.
    """

    flagged: int
    expected: float
    expected_upper: float
    lapse: float
    beyond: float = 0.0

    @property
    def count(self) -> int:
        """How many labels are wrong beyond chance: 0 where chance explains them."""
        return max(0, round(self.flagged - self.expected)) if self.flagged > self.expected_upper else 0


def draw_labels(cumulated: Floats, rng: np.random.Generator) -> Integers:
    """Return a class a row, drawn from cumulated probabilities of shape (n, classes)."""
    drawn: Integers = (rng.random(len(cumulated))[:, None] > cumulated[:, :-1]).sum(axis=1)
    return drawn


def confidently_other(probabilities: Floats, labels: Integers) -> npt.NDArray[np.bool_]:
    """Return which labels the probabilities contradict with confidence, shape (n,).

    Confident learning (Northcutt, Jiang & Chuang 2021): a class is confident of a row from the mean probability of the rows that
    carry it as a label; a row of which another class is, and more than its own, counts off the diagonal of the confident joint.
    """
    classes = np.arange(probabilities.shape[1])
    present = np.isin(classes, labels)
    thresholds = np.array([probabilities[labels == k, k].mean() if present[k] else np.inf for k in classes])
    above = np.where(probabilities >= thresholds - 1e-9, probabilities, -np.inf)
    return np.asarray((above.argmax(axis=1) != labels) & np.isfinite(above.max(axis=1)))


def excess_over_chance(
    models: Sequence[Floats], mean: Floats, labels: Integers, *, draws: int = 20, seed: int = 0
) -> Excess:
    """Return how many flagged labels chance doesn't explain: the excess over labels drawn from the models' own probabilities.

    Each model's probabilities are recalibrated, with the share of wrong labels that all of them leave room for taken out. Labels are
    drawn from them and flagged as the real ones are; the median over the models counts.

    Parameters
    ----------
    models
        Out-of-fold probabilities of each model, each of shape (n, classes).
    mean
        Their mean, by which labels are flagged.
    labels
        Class of each row, shape (n,).
    draws
        Draws from each model.
    seed
        Of the draws.
    """
    rng = np.random.default_rng(seed)
    fitted = (
        np.arange(len(labels)) if len(labels) <= _FITTED_ROWS else rng.choice(len(labels), _FITTED_ROWS, replace=False)
    )
    lapse = min(fit_lapse(p[fitted], labels[fitted]).lower for p in models)
    flagged = int(confidently_other(mean, labels).sum())
    chances = [recalibrated(p, labels, lapse).cumsum(axis=1) for p in models]
    counts = np.array([[_flagged_by_chance(mean, chance, rng) for _ in range(draws)] for chance in chances])
    return Excess(
        flagged=flagged, expected=float(np.median(counts.mean(axis=1))),
        expected_upper=float(np.median(np.quantile(counts, 0.975, axis=1))), lapse=lapse,
    )  # fmt: skip


def _flagged_by_chance(mean: Floats, cumulated: Floats, rng: np.random.Generator) -> int:
    return int(confidently_other(mean, draw_labels(cumulated, rng)).sum())


def excess_residuals(residuals: Floats, *, beyond: float = 5.0) -> tuple[Floats, Excess]:
    """Return how outlying each residual is, shape (n,), and how many are beyond what a heavy tail explains.

    Residuals in robust standard deviations (1.4826 times the median absolute deviation) from their median. Chance is Student's t with the
    degrees of freedom that fit the inner 98 %, so that heavy tails explain their own extremes.
    """
    from scipy.stats import poisson, t

    centre = np.median(residuals)
    spread = 1.4826 * np.median(np.abs(residuals - centre))
    if spread == 0:
        return np.zeros(len(residuals)), Excess(flagged=0, expected=0.0, expected_upper=0.0, lapse=0.0, beyond=beyond)
    outlying = np.abs(residuals - centre) / spread
    inner = outlying <= np.quantile(outlying, 0.98)
    degrees, scale = _tail(outlying[inner])
    expected = 2 * float(t.sf(beyond / scale, degrees)) * len(residuals)
    spread = _TAIL_ERROR + _TAIL_ERROR_OF_FEW / np.sqrt(len(residuals))
    upper = max(
        expected + 1.96 * float(np.sqrt(expected + (spread * expected) ** 2)),
        float(poisson.ppf(0.975, expected * (1 + spread))),
    )
    flagged = int((outlying > beyond).sum())
    return outlying, Excess(flagged=flagged, expected=expected, expected_upper=upper, lapse=0.0, beyond=beyond)


def _tail(inner: Floats) -> tuple[float, float]:
    """Return degrees of freedom and scale of the t distribution whose inner quantiles these are, by least squares."""
    from scipy.stats import t

    levels = np.array([0.5, 0.7, 0.85, 0.93, 0.97]) * 0.98
    seen = np.quantile(inner, levels / 0.98)
    best = (np.inf, 2.0, 1.0)
    for degrees in (1.0, 1.5, 2.0, 3.0, 4.0, 6.0, 10.0, 30.0, 1000.0):
        wanted = t.ppf(0.5 + levels / 2, degrees)
        scale = float((wanted * seen).sum() / (wanted**2).sum())
        error = float(((np.log(wanted * scale + 1e-12) - np.log(seen + 1e-12)) ** 2).sum())
        best = min(best, (error, degrees, scale))
    return best[1], best[2]
