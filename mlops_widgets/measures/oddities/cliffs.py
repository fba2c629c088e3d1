"""Bounds that numbers keep to, and the few that lie beyond: a density that breaks off is no tail that runs out."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt
from scipy import stats

Floats = npt.NDArray[np.float64]
Booleans = npt.NDArray[np.bool_]
Side = Literal["below", "above"]

LEVEL = 0.001
_MOST_BEYOND = 0.25
"""Share of the rows around an edge that may lie beyond it; a density that runs on loses less than that within the window."""
_WINDOW = 0.1
_DENSE = 0.01
"""Share of all rows that must lie within the window just inside: where a tail runs out there is nothing to break off."""
_ORDINARY = 0.01


@dataclass(frozen=True, kw_only=True)
class Cliff:
    """An edge where the density breaks off.

    Parameters
    ----------
    edge
        Where.
    beyond
        Which numbers lie beyond it, (n,).
    inside_near, beyond_near
        Rows within the window on either side.
    p_value
        Chance of so few rows beyond, were at least a quarter of the window's rows there.
    """

    edge: float
    beyond: Booleans
    inside_near: int
    beyond_near: int
    p_value: float


def find_cliff(numbers: Floats, *, edge: float, side: Side) -> Cliff | None:
    """Return the edge if the density breaks off there and some numbers lie beyond; None else.

    Rows within a tenth of the interquartile range (or one step, where numbers come in steps) are counted on either side.
    Where a density runs on across the edge at least a quarter of them lie beyond (it would have to fall by two thirds
    within the window); a binomial test asks whether there are fewer. Numbers at the edge itself count on neither side, so a
    heap of zeros, as in balances, is no cliff; nor is the end of a tail, which has less than a hundredth of the rows there.

    Parameters
    ----------
    numbers
        (n,) finite.
    edge
        The bound that is asked about, such as 0, 1 or 100.
    side
        Which side of it must be empty.

    Examples
    --------
    >>> waits = np.random.default_rng(0).exponential(5.0, 2000)
    >>> waits[:4] = -1.5
    >>> int(find_cliff(waits, edge=0.0, side="below").beyond.sum())
    4
    >>> find_cliff(np.random.default_rng(0).normal(1.5, 1.0, 2000), edge=0.0, side="below") is None
    True
    """
    inward = numbers - edge if side == "below" else edge - numbers
    beyond = inward < 0
    if not beyond.any() or beyond.mean() > _MOST_BEYOND:
        return None
    width = _window(inward[~beyond])
    inside_near = int(((inward > 0) & (inward <= width)).sum())
    beyond_near = int(((inward < 0) & (inward >= -width)).sum())
    p_value = float(stats.binom.cdf(beyond_near, inside_near + beyond_near, _MOST_BEYOND))
    if p_value >= LEVEL or inside_near < _DENSE * len(numbers):
        return None
    return Cliff(edge=edge, beyond=beyond, inside_near=inside_near, beyond_near=beyond_near, p_value=p_value)


def _window(inside: Floats) -> float:
    values = np.unique(inside)
    step = float(np.diff(values).min()) if 1 < len(values) <= 200 else 0.0
    low, high = np.quantile(inside, [0.25, 0.75])
    return max(_WINDOW * float(high - low), step * (1 + 1e-9))


def flipped_signs(numbers: Floats) -> Booleans:
    """Return which numbers would be ordinary with the other sign, among numbers that keep away from zero, (n,).

    Ordinary is what lies within the middle 99 % of the others. None unless the gap between negative and other numbers is wider
    than the lowest tenth of these is long: where numbers lead down to zero a sign may be meant.

    Examples
    --------
    >>> weights = np.random.default_rng(0).normal(70.0, 10.0, 500)
    >>> weights[3] *= -1
    >>> np.flatnonzero(flipped_signs(weights)).tolist()
    [3]
    """
    negative = numbers < 0
    if not 0 < np.count_nonzero(negative) < len(numbers) / 2:
        return np.zeros(len(numbers), dtype=np.bool_)
    others = numbers[~negative]
    low, tenth, high = np.quantile(others, [_ORDINARY / 2, 0.1, 1 - _ORDINARY / 2])
    gap = others.min() - numbers[negative].max()
    if gap <= tenth - others.min() or others.min() <= 0:
        return np.zeros(len(numbers), dtype=np.bool_)
    return np.asarray(negative & (-numbers >= low) & (-numbers <= high))
