"""Intervals that hold at every look at once: whoever watches an experiment daily may stop at any of them."""

import math
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.special import betaln, xlogy

from mlops_widgets.measures.proportions import restricted

Floats = npt.NDArray[np.float64]
Counts = npt.NDArray[Any]

_HALVINGS = 60
FEWEST_ROWS = 100
"""Rows an arm needs before the asymptotic sequence is read, measured: see `benchmarks/ab_tests.py`."""
FEWEST_EVENTS = 20
"""Of 0/1 outcomes, how many of each kind an arm needs as well."""


def tuning(tuned_rows: float, alpha: float) -> float:
    """Return ρ² for which the sequence is narrowest at `tuned_rows` rows (Waudby-Smith et al. 2024, section 2.3)."""
    size = -2 * math.log(alpha)
    return (size + math.log(size + 1)) / tuned_rows


def boundary(rows: Floats, *, tuned_rows: float, alpha: float = 0.05, sides: int = 2) -> Floats:
    """Return (…,) how many standard errors wide the asymptotic confidence sequence is on either side.

    The two-sided one is theorem 2.2 of Waudby-Smith, Arbour, Sinha, Kennedy & Ramdas (2024), a normal mixture (Robbins
    1970); the one-sided mixes over positive effects only.

    Parameters
    ----------
    rows
        (…,) rows seen so far, of all arms compared.
    tuned_rows
        Rows at which it shall be narrowest, fixed before the data.
    alpha
        Chance that it ever misses, 0 to 1.
    sides
        2 or 1.

    Examples
    --------
    >>> round(float(boundary(np.array([5000.0]), tuned_rows=5000)[0]), 3)
    3.035
    """
    time = np.asarray(rows, dtype=np.float64) * tuning(tuned_rows, alpha if sides == 2 else 2 * alpha)
    inside = np.log(np.sqrt(time + 1) / alpha) if sides == 2 else np.log1p(np.sqrt(time + 1) / (2 * alpha))
    return np.asarray(np.sqrt(2 * (time + 1) / time * inside))


def exact_interval(
    control: tuple[Counts, Counts], treatment: tuple[Counts, Counts], *, alpha: float = 0.05
) -> tuple[Floats, Floats]:
    """Return bounds (…,) of the difference of two shares that hold at all looks, whatever the number of rows.

    For any pair of true shares the ratio of a mixture of likelihoods (each share uniform) to the likelihood is a martingale
    of mean 1, so it ever exceeds 1/α with a chance of at most α (Ville 1939; Robbins 1970). A difference stays in the
    interval while some pair of shares that far apart keeps the ratio below 1/α: the most likely pair decides.

    Parameters
    ----------
    control, treatment
        Successes and trials so far, each (…,).
    alpha
        Chance that it ever misses.

    Examples
    --------
    >>> both = exact_interval((np.array([100]), np.array([1000])), (np.array([180]), np.array([1000])))
    >>> [round(float(end[0]), 3) for end in both]
    [0.01, 0.151]
    """
    seen = np.asarray(treatment[0] / treatment[1] - control[0] / control[1], dtype=np.float64)
    mixture = sum(betaln(x + 1.0, n - x + 1.0) for x, n in (control, treatment))
    ends = []
    for end in (-1.0, 1.0):
        inside, outside = seen.copy(), np.full_like(seen, end)
        for _ in range(_HALVINGS):
            middle = (inside + outside) / 2
            within = mixture - _log_likelihood(control, treatment, middle) < -math.log(alpha)
            inside, outside = np.where(within, middle, inside), np.where(within, outside, middle)
        ends.append(np.where(np.abs(outside - end) < 1e-12, end, inside))
    return ends[0], ends[1]


def _log_likelihood(control: tuple[Counts, Counts], treatment: tuple[Counts, Counts], gap: Floats) -> Floats:
    shares = restricted(control, treatment, gap)
    return np.asarray(
        sum(xlogy(x, p) + xlogy(n - x, 1 - p) for (x, n), p in zip((control, treatment), shares, strict=True))
    )
