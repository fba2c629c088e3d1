"""How improbable the outermost numbers are: a tail fitted to what is surely inside, and followed outwards."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

_START = 0.75
"""Quantile where the tail begins."""
_TRUSTED = 0.8
"""Share of the tail's rows, from its start, that it is fitted to; of the others only their number counts."""
_FEWEST_ROWS, _FEWEST_DISTINCT, _FEWEST_BEYOND = 30, 10, 8
_LARGE = 0.2
_FITTED = 200
_USUAL_SHAPE = 0.3
"""Spread of shapes that numbers have before any was seen (half-normal): it counts where few rows say little."""
_DEVIANCE = 1.64
"""Drop of twice the log-likelihood that the heaviest credible shape may cost: one-sided 90 %."""
_SOON = 6.0
"""Scales of an exponential tail within which no number of 30 or more is one in a thousand."""
_SHAPES = np.linspace(0.0, 2.0, 21)
_SCALES = np.geomspace(0.1, 5.0, 24)


@dataclass(frozen=True, kw_only=True)
class Tail:
    """A generalised Pareto tail above a threshold.

    Parameters
    ----------
    start
        The threshold.
    share
        Share of the numbers that lie above it.
    shape
        ξ, 0 or more: 0 falls exponentially, .5 has infinite variance.
    scale
        σ, in the unit of the numbers.
    """

    start: float
    share: float
    shape: float
    scale: float

    def survival(self, numbers: Floats) -> Floats:
        """Return the probability of a number as high or higher, 1 at or below the start, (n,)."""
        beyond = np.maximum(numbers - self.start, 0.0) / self.scale
        with np.errstate(over="ignore"):
            left = np.exp(-beyond) if self.shape == 0 else (1 + self.shape * beyond) ** (-1 / self.shape)
        return np.where(numbers > self.start, self.share * left, 1.0)


def _ends_soon(numbers: Floats) -> bool:
    """Say without a fit whether the highest number lies within any tail that could be fitted."""
    upper, outer = np.quantile(numbers, [_START, 0.95])
    return bool(numbers.max() - upper <= _SOON * (outer - upper) / np.log(5))


def fit_tail(numbers: Floats) -> Tail | None:
    """Return the upper tail of numbers, fitted so that wrong ones at its end don't bend it; None where too few say anything.

    A generalised Pareto distribution (Pickands 1975) above the upper quartile, by maximum likelihood on the inner four
    fifths of what lies there: the outer fifth (5 % of all) is only known to lie further out (censored). Of all shapes
    that a likelihood-ratio test at 10 % leaves open (one-sided, a deviance of 1.64) the heaviest is taken, and none is lighter than exponential (a half-normal prior of spread .3 keeps few rows from leaving everything open):
    so few rows, or a heavy tail, make numbers less surprising, never more. Rows of one value count as one row in how sure
    the shape is. A value held by a fifth of the rows, such as the zero of amounts, is no part of the tail.

    Parameters
    ----------
    numbers
        (n,) finite.

    Examples
    --------
    >>> tail = fit_tail(np.random.default_rng(0).exponential(2.0, 20_000))
    >>> round(tail.shape, 1), round(tail.scale, 1)
    (0.1, 1.8)
    """
    values, rows = np.unique(numbers, return_counts=True)
    if len(numbers) < _FEWEST_ROWS or len(values) < _FEWEST_DISTINCT:
        return None
    lump = rows >= _LARGE * len(numbers)
    kept = numbers[~np.isin(numbers, values[lump])] if lump.any() else numbers
    if len(kept) < _FEWEST_ROWS:
        return None
    start = float(np.quantile(kept, _START))
    beyond = np.sort(kept[kept > start]) - start
    if len(beyond) < _FEWEST_BEYOND or len(np.unique(beyond)) < 3:
        return None
    shape, scale = _fitted(beyond)
    return Tail(start=start, share=len(beyond) / len(numbers), shape=shape, scale=scale)


def _fitted(beyond: Floats) -> tuple[float, float]:
    """Return the heaviest shape that the likelihood leaves open, and its scale."""
    inner = beyond[: max(2, int(_TRUSTED * len(beyond)))]
    some = inner if len(inner) <= _FITTED else np.quantile(inner, (np.arange(_FITTED) + 0.5) / _FITTED)
    recurring = len(np.unique(beyond)) / len(beyond)
    weight, censored = recurring * len(inner) / len(some), recurring * (len(beyond) - len(inner))
    scales = _SCALES * max(float(inner.mean()), 1e-300)
    ratio = some[:, None] / scales
    likelihood = np.empty((len(_SHAPES), len(scales)))
    for at, shape in enumerate(_SHAPES):
        logs = ratio if shape == 0 else np.log1p(shape * ratio) / shape
        likelihood[at] = -weight * (np.log(scales) + (1 + shape) * logs).sum(axis=0) - censored * logs[-1]
    return _heaviest(likelihood, scales)


def _heaviest(likelihood: Floats, scales: Floats) -> tuple[float, float]:
    profile = likelihood.max(axis=1) - _SHAPES**2 / (2 * _USUAL_SHAPE**2)
    heaviest = int(np.flatnonzero(2 * (profile.max() - profile) <= _DEVIANCE)[-1])
    return float(_SHAPES[heaviest]), float(scales[int(likelihood[heaviest].argmax())])


def false_discovery(p_values: Floats) -> Floats:
    """Return the share of false ones to expect among all as improbable (Benjamini & Hochberg 1995), (n,).

    Examples
    --------
    >>> false_discovery(np.array([0.01, 0.04, 0.9])).round(3).tolist()
    [0.03, 0.06, 0.9]
    """
    order = np.argsort(p_values, kind="stable")
    raw = p_values[order] * len(p_values) / np.arange(1, len(p_values) + 1)
    found = np.empty(len(p_values))
    found[order] = np.minimum(np.minimum.accumulate(raw[::-1])[::-1], 1.0)
    return found


def tail_surprise(numbers: Floats) -> tuple[Floats, Floats]:
    """Return how many of the numbers as improbable as each would be false discoveries, and on which side each lies.

    Parameters
    ----------
    numbers
        (n,) finite.

    Returns
    -------
    q_values, sides : ndarray of shape (n,)
        1 where no tail could be fitted; 1.0 for high, -1.0 for low.
    """
    tails = {
        side: None if not len(numbers) or _ends_soon(side * numbers) else fit_tail(side * numbers)
        for side in (1.0, -1.0)
    }
    survival = {
        side: np.ones(len(numbers)) if tail is None else np.minimum(2 * tail.survival(side * numbers), 1.0)
        for side, tail in tails.items()
    }
    sides = np.where(survival[1.0] <= survival[-1.0], 1.0, -1.0)
    return false_discovery(np.minimum(survival[1.0], survival[-1.0])), sides
