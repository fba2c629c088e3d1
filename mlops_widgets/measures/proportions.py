"""Two shares: how far apart they are, by score intervals and tests that exist for every count."""

from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import stats

Floats = npt.NDArray[np.float64]
Counts = npt.NDArray[Any]

_HALVINGS = 60
_FARTHEST = 60.0
"""Logarithm of the largest ratio that is looked at: beyond, a double can't tell."""


def wilson(successes: Counts, trials: Counts, *, level: float = 0.95) -> tuple[Floats, Floats]:
    """Return score bounds of shares (Wilson 1927), each (…,), never outside 0 to 1.

    Examples
    --------
    >>> lower, upper = wilson(np.array([0]), np.array([10]))
    >>> float(lower[0]), round(float(upper[0]), 4)
    (0.0, 0.2775)
    """
    z = stats.norm.isf((1 - level) / 2)
    share, n = successes / trials, np.asarray(trials, dtype=np.float64)
    centre = (share + z**2 / (2 * n)) / (1 + z**2 / n)
    half = z / (1 + z**2 / n) * np.sqrt(share * (1 - share) / n + z**2 / (4 * n**2))
    lower = np.where(successes == 0, 0.0, centre - half)
    return lower, np.where(successes == trials, 1.0, centre + half)


def clopper_pearson(successes: float, trials: float, *, level: float = 0.95) -> tuple[float, float]:
    """Return exact bounds of a share (Clopper & Pearson 1934); counts may be fractions, as those of effective rows are.

    Examples
    --------
    >>> lower, upper = clopper_pearson(0, 10)
    >>> lower, round(upper, 4)
    (0.0, 0.3085)
    """
    tail, others = (1 - level) / 2, trials - successes
    lower = float(stats.beta.ppf(tail, successes, others + 1)) if successes > 0 else 0.0
    return lower, float(stats.beta.ppf(1 - tail, successes + 1, others)) if others > 0 else 1.0


def restricted(control: tuple[Counts, Counts], treatment: tuple[Counts, Counts], gap: Floats) -> tuple[Floats, Floats]:
    """Return the most likely shares of two arms given that they lie `gap` apart (Miettinen & Nurminen 1985, appendix I).

    Parameters
    ----------
    control, treatment
        Successes and trials, each (…,).
    gap
        (…,) treatment's share less control's, −1 to 1.
    """
    (x0, n0), (x1, n1) = control, treatment
    total, hits = n0 + n1, x0 + x1
    third = total
    second = (n1 + 2 * n0) * gap - total - hits
    first = (n0 * gap - total - 2 * x0) * gap + hits
    zeroth = x0 * gap * (1 - gap)
    q = (second / (3 * third)) ** 3 - first * second / (6 * third**2) + zeroth / (2 * third)
    p = np.copysign(np.sqrt(np.maximum((second / (3 * third)) ** 2 - first / (3 * third), 0)), q)
    cosine = np.clip(np.divide(q, p**3, out=np.zeros_like(q, dtype=np.float64), where=p != 0), -1, 1)
    share = 2 * p * np.cos((np.pi + np.arccos(cosine)) / 3) - second / (3 * third)
    share = np.clip(share, np.maximum(0, -gap), np.minimum(1, 1 - gap))
    return share, np.clip(share + gap, 0, 1)


def score_z(control: tuple[Counts, Counts], treatment: tuple[Counts, Counts], gap: Floats) -> Floats:
    """Return the score statistic (…,) of the arms lying `gap` apart: positive where they lie further apart than that.

    Its variance is that of the restricted shares times N / (N − 1), Miettinen & Nurminen's.
    """
    (x0, n0), (x1, n1) = control, treatment
    p0, p1 = restricted(control, treatment, gap)
    total = n0 + n1
    variance = (p0 * (1 - p0) / n0 + p1 * (1 - p1) / n1) * total / (total - 1)
    distance = x1 / n1 - x0 / n0 - gap
    endless = np.where(np.abs(distance) < 1e-15, 0.0, np.copysign(np.inf, distance))
    return np.where(variance > 0, distance / np.sqrt(np.where(variance > 0, variance, 1)), endless)


def difference_interval(
    control: tuple[Counts, Counts], treatment: tuple[Counts, Counts], *, level: float = 0.95
) -> tuple[Floats, Floats]:
    """Return bounds (…,) of treatment's share less control's by Miettinen & Nurminen's score method (1985).

    They exist for every count, also none or all of an arm, and agree with the score test.

    Parameters
    ----------
    control, treatment
        Successes and trials (1 or more), each (…,).
    level
        Coverage aimed at.

    Examples
    --------
    >>> both = difference_interval((np.array([12]), np.array([110])), (np.array([5]), np.array([100])))
    >>> [round(float(end[0]), 4) for end in both]
    [-0.1383, 0.0166]
    """
    z = float(stats.norm.isf((1 - level) / 2))
    seen = np.asarray(treatment[0] / treatment[1] - control[0] / control[1], dtype=np.float64)
    return tuple(_edge(control, treatment, seen, end, z) for end in (-1.0, 1.0))  # type: ignore[return-value]  # two ends


def _edge(
    control: tuple[Counts, Counts], treatment: tuple[Counts, Counts], seen: Floats, end: float, z: float
) -> Floats:
    """Halve the way between what was seen, which is inside, and the far end, until the statistic is z."""
    inside, outside = seen.copy(), np.full_like(seen, end)
    for _ in range(_HALVINGS):
        middle = (inside + outside) / 2
        within = np.abs(score_z(control, treatment, middle)) <= z
        inside, outside = np.where(within, middle, inside), np.where(within, outside, middle)
    return np.where(np.abs(outside - end) < 1e-12, end, inside)


def ratio_interval(
    control: tuple[Counts, Counts], treatment: tuple[Counts, Counts], *, level: float = 0.95
) -> tuple[Floats, Floats]:
    """Return bounds (…,) of treatment's share over control's by Koopman's score method (1984).

    They exist for every count: with none in treatment the lower bound is 0, with none in control the upper one is infinite.

    Parameters
    ----------
    control, treatment
        Successes and trials (1 or more), each (…,).
    level
        Coverage aimed at.

    Examples
    --------
    >>> both = ratio_interval((np.array([48]), np.array([80])), (np.array([56]), np.array([70])))
    >>> [round(float(end[0]), 4) for end in both]
    [1.0798, 1.6708]
    """
    x0, n0, x1, n1 = (np.asarray(each, dtype=np.float64) for each in (*control, *treatment))
    limit = float(stats.chi2.isf(1 - level, 1))
    seen = np.log(np.where(x1 > 0, x1, 0.5) / n1) - np.log(np.where(x0 > 0, x0, 0.5) / n0)
    lower, upper = (
        np.exp(_ratio_edge((x0, n0), (x1, n1), seen, end, limit)) for end in (-_FARTHEST, _FARTHEST)
    )  # fmt: skip
    return np.where(x1 == 0, 0.0, lower), np.where(x0 == 0, np.inf, upper)


def ratio_chi2(control: tuple[Floats, Floats], treatment: tuple[Floats, Floats], ratio: Floats) -> Floats:
    """Return the score statistic (…,) of treatment's share being `ratio` times control's, chi-squared with one degree of freedom.

    The restricted shares are the most likely ones, the smaller root of a quadratic (Koopman 1984).

    Parameters
    ----------
    control, treatment
        Successes and trials, each (…,).
    ratio
        (…,) above 0.
    """
    (x0, n0), (x1, n1) = control, treatment
    hits, square = x0 + x1, ratio * (n0 + n1)
    middle = ratio * (n1 + x0) + x1 + n0
    p0 = 2 * hits / (middle + np.sqrt(np.maximum(middle**2 - 4 * square * hits, 0)))  # nothing cancels in this form
    p1 = np.clip(ratio * p0, 0, 1)
    return _pearson(x1, n1, p1) + _pearson(x0, n0, np.clip(p0, 0, 1))


def _pearson(hits: Floats, trials: Floats, share: Floats) -> Floats:
    """Return (observed − expected)² over its variance; of a share that allows no other count, 0 or infinite."""
    variance, gap = trials * share * (1 - share), (hits - trials * share) ** 2
    certain = np.where(gap > 1e-12, np.inf, 0.0)
    return np.where(variance > 1e-300, gap / np.where(variance > 1e-300, variance, 1), certain)


def _ratio_edge(
    control: tuple[Floats, Floats], treatment: tuple[Floats, Floats], seen: Floats, end: float, limit: float
) -> Floats:
    """Halve the way, on the logarithm, between the ratio that was seen and the far end."""
    inside, outside = seen.copy(), np.full_like(seen, end)
    for _ in range(_HALVINGS):
        middle = (inside + outside) / 2
        within = ratio_chi2(control, treatment, np.exp(middle)) <= limit
        inside, outside = np.where(within, middle, inside), np.where(within, outside, middle)
    return inside
