"""What moving one column does to a model's answers: accumulated local effects, partial dependence, and their shape."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt
from scipy import stats

from mlops_widgets.measures.weighted import Numbers, ratio

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]
Shape = Literal["flat", "rises", "falls", "rises then falls", "falls then rises", "goes up and down", "not settled"]


@dataclass(frozen=True, kw_only=True)
class Steps:
    """What the answers change by from one point of a column to the next, row by row.

    Parameters
    ----------
    total
        (n, K - 1) sum of a row's changes over each step that it takes part in; 0 where in none.
    count
        (n, K - 1) in how many changes of a step a row takes part: 0 or 1.
    home
        (n, K) where the row itself lies: shares of the points that sum to 1, or 0 for rows without a place.
    """

    total: Floats
    count: Floats
    home: Floats


def steps_of_numbers(bins: Integers, change: Floats, *, points: int) -> Steps:
    """Return the steps of an ordered column: each row moves from the lower to the upper edge of its own bin.

    Parameters
    ----------
    bins
        (n,) bin of each row, 0 to `points` - 2; below 0 for rows that have none.
    change
        (n,) answer at the upper edge less that at the lower; ignored where there is no bin.
    points
        Edges, K.
    """
    rows = np.flatnonzero(bins >= 0)
    total, count = np.zeros((2, len(bins), points - 1))
    home = np.zeros((len(bins), points))
    total[rows, bins[rows]], count[rows, bins[rows]] = change[rows], 1.0
    home[rows, bins[rows]] = home[rows, bins[rows] + 1] = 0.5
    return Steps(total=total, count=count, home=home)


def steps_of_categories(place: Integers, before: Floats, own: Floats, after: Floats, *, points: int) -> Steps:
    """Return the steps of a column of categories in some order: each row moves to both neighbours of its own category.

    Parameters
    ----------
    place
        (n,) place of each row's category in the order, 0 to `points` - 1; below 0 for rows that have none.
    before, own, after
        (n,) answers with the category before, the row's own, and the one after; at an end the own.
    points
        Categories, K.
    """
    total, count = np.zeros((2, len(place), points - 1))
    home = np.zeros((len(place), points))
    rows = np.flatnonzero(place >= 0)
    home[rows, place[rows]] = 1.0
    up, down = rows[place[rows] < points - 1], rows[place[rows] > 0]
    total[up, place[up]], count[up, place[up]] = (after - own)[up], 1.0
    total[down, place[down] - 1], count[down, place[down] - 1] = (own - before)[down], 1.0
    return Steps(total=total, count=count, home=home)


def accumulated(steps: Steps, weights: Numbers, *, units: Integers | None = None) -> Floats:
    """Return accumulated local effects at each point under each weighting, centred to mean 0 over the rows.

    Apley & Zhu 2020, categories as in their package ALEPlot: means of the
    changes within each bin, summed from the left. A step that no row takes part in counts as no change; one that a draw
    happens to leave empty has its mean over all rows.

    Parameters
    ----------
    steps
        The changes of n rows over K - 1 steps.
    weights
        (B, n), 0 or more.
    units
        (n,) resampling unit of each row where the weights are resamples: a step that rests on m units varies too little
        by sqrt((m - 1) / m) in them, which is made up for.

    Returns
    -------
    ndarray of shape (B, K)

    Examples
    --------
    >>> steps = steps_of_numbers(np.array([0, 0, 1, 1]), np.array([1.0, 1.0, 3.0, 3.0]), points=3)
    >>> accumulated(steps, np.ones((1, 4))).tolist()
    [[-1.5, -0.5, 2.5]]
    """
    weights = np.asarray(weights, dtype=np.float64)
    whole = ratio(steps.total.sum(axis=0), steps.count.sum(axis=0))
    within = ratio(weights @ steps.total, weights @ steps.count)
    step = np.where(np.isnan(within), whole, within)
    step = np.nan_to_num(step if units is None else whole + (step - whole) * _made_up(steps.count, units))
    curve = np.concatenate([np.zeros((len(weights), 1)), np.cumsum(step, axis=1)], axis=1)
    share = weights @ steps.home
    middle = (share * curve).sum(axis=1) / np.maximum(share.sum(axis=1), np.finfo(np.float64).tiny)
    return np.asarray(curve - middle[:, None])


def _made_up(count: Floats, units: Integers) -> Floats:
    """Return by how much the draws of each step's mean are too close together, (K - 1,)."""
    held = np.zeros((int(units.max(initial=0)) + 1, count.shape[1]))
    np.add.at(held, units, count)
    many = (held > 0).sum(axis=0)
    return np.asarray(np.sqrt(many / np.maximum(many - 1, 1)), dtype=np.float64)


def partial_dependence(answers: Floats, weights: Numbers) -> Floats:
    """Return the mean answer at each point under each weighting, (B, K): Friedman 2001, by brute force.

    Parameters
    ----------
    answers
        (n, K) the answer for each row with the column put at each point.
    weights
        (B, n), 0 or more.
    """
    weights = np.asarray(weights, dtype=np.float64)
    return np.asarray(weights @ answers / weights.sum(axis=1, keepdims=True))


def order_by_likeness(codes: Integers, others: Sequence[Floats | Integers], *, categories: int) -> Integers:
    """Return the categories in an order in which neighbours have like rows, (categories,).

    As in ALEPlot (Apley & Zhu 2020): the distance of two categories is summed over the other columns, of numbers
    the largest distance of their distribution functions (Kolmogorov-Smirnov), of categories half the sum of the differences
    of their shares; the order is that of the first coordinate of classical scaling.

    Parameters
    ----------
    codes
        (n,) category of each row, 0 to `categories` - 1; below 0 for none.
    others
        The other columns of the same rows: numbers as floats, NaN where missing; categories as codes, below 0 where missing.
    categories
        How many there are.
    """
    apart = np.zeros((categories, categories))
    for other in others:
        apart += _apart(codes, other, categories)
    squared = apart**2
    centred = -0.5 * (squared - squared.mean(axis=0) - squared.mean(axis=1)[:, None] + squared.mean())
    first = np.linalg.eigh(centred)[1][:, -1]
    order = np.argsort(first, kind="stable")
    return order if order[0] < order[-1] else order[::-1]  # the sign of a coordinate means nothing


def _apart(codes: Integers, other: Floats | Integers, categories: int) -> Floats:
    numbers = other.dtype.kind == "f"
    known = (codes >= 0) & (~np.isnan(other) if numbers else other >= 0)
    places = np.unique(other[known], return_inverse=True)[1]
    table = np.zeros((categories, int(places.max(initial=0)) + 1))
    np.add.at(table, (codes[known], places), 1.0)
    shares = table / np.maximum(table.sum(axis=1, keepdims=True), 1.0)
    if numbers:
        below = np.cumsum(shares, axis=1)
        return np.asarray(np.abs(below[:, None, :] - below[None, :, :]).max(axis=2))
    return np.asarray(np.abs(shares[:, None, :] - shares[None, :, :]).sum(axis=2) / 2)


@dataclass(frozen=True, kw_only=True)
class Extent:
    """How far a curve reaches.

    Parameters
    ----------
    low, high
        Places of its lowest and highest point.
    size
        How far these lie apart.
    lower, upper
        95 % interval of how far the curve's highest point lies above its lowest, whichever these are.
    """

    low: int
    high: int
    size: float
    lower: float
    upper: float


def extent_of(curve: Floats, draws: Floats, *, units: int) -> Extent:
    """Return how far the curve's highest point lies above its lowest, with its interval.

    The two points are chosen because they lie far apart, so the interval is over all pairs: the lower end is the largest
    difference that is shown with all of them looked at (Bonferroni), the upper end the largest that any pair may have (each at
    the plain level: Berger 1982).

    Parameters
    ----------
    curve
        (K,) the estimate.
    draws
        (B, K) its bootstrap draws.
    units
        Resampling units behind them.
    """
    low, high = int(curve.argmin()), int(curve.argmax())
    size = float(curve[high] - curve[low])
    pairs = _pairs(curve, draws, units)
    if pairs is None:
        return Extent(low=low, high=high, size=size, lower=0.0, upper=float("inf"))
    return Extent(
        low=low, high=high, size=size, lower=max(0.0, float((np.abs(pairs.rise) - pairs.all).max())),
        upper=float((np.abs(pairs.rise) + pairs.each).max()),
    )  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class _Pairs:
    """All pairs of a curve's points: the first, the last, the rise, and its interval's half width by itself and for all at once."""

    first: Integers
    last: Integers
    rise: Floats
    each: Floats
    all: Floats


def _pairs(curve: Floats, draws: Floats, units: int) -> _Pairs | None:
    """Return all pairs of points; None where fewer than two units leave no intervals."""
    if units < 2:
        return None
    first, last = np.triu_indices(len(curve), 1)
    error = (draws[:, last] - draws[:, first]).std(axis=0) * float(np.sqrt(units / (units - 1)))
    each, wide = (float(stats.t.ppf(1 - 0.025 / count, units - 1)) for count in (1, len(first)))
    return _Pairs(first=first, last=last, rise=curve[last] - curve[first], each=each * error, all=wide * error)


def bands(curve: Floats, draws: Floats, *, units: int) -> tuple[Floats, Floats]:
    """Return both ends of the 95 % interval of each point, (K,) each: Student's t on the draws' standard deviation."""
    reach = np.array([_reach(draws[:, k], units) for k in range(len(curve))])
    return curve - reach, curve + reach


def _reach(draws: Floats, units: int) -> float:
    if units < 2:
        return float("inf")
    error = float(draws.std()) * float(np.sqrt(units / (units - 1)))
    return float(stats.t.ppf(0.975, units - 1)) * error


def shape_of(curve: Floats, draws: Floats, *, margin: float, units: int) -> Shape:
    """Return the curve's shape in words, of ordered points from left to right.

    Flat: the whole curve stays within `margin`, its interval too. A rise or fall counts where it is larger than half the
    margin and its interval, widened for all pairs of points (Bonferroni), lies on its side of 0; turns that don't count are
    levelled out. Not settled: no rise or fall counts, and the curve may be larger than the margin.

    Parameters
    ----------
    curve
        (K,) the estimate.
    draws
        (B, K) its bootstrap draws.
    margin
        The largest difference that doesn't matter, in the curve's unit.
    units
        Resampling units behind the draws.

    Examples
    --------
    >>> hill = np.array([0.0, 1.0, 2.0, 1.0, 0.0])
    >>> shape_of(hill, hill + np.zeros((50, 1)), margin=0.1, units=100)
    'rises then falls'
    """
    reach = extent_of(curve, draws, units=units)
    if reach.upper < margin:
        return "flat"
    turns = _turns(curve, draws, margin=margin / 2, units=units)
    if not turns:
        return "not settled"
    rises = curve[turns[1]] > curve[turns[0]]
    if len(turns) == 2:
        return "rises" if rises else "falls"
    if len(turns) == 3:
        return "rises then falls" if rises else "falls then rises"
    return "goes up and down"


def _turns(curve: Floats, draws: Floats, *, margin: float, units: int) -> list[int]:
    """Return the places where the curve turns by more than chance and margin, its ends among them; [] where it never does.

    The largest rise or fall is taken first; then, within what lies before, between and after, whatever runs against it.
    """
    pairs = _pairs(curve, draws, units)
    if pairs is None:
        return []
    first, last, rise = pairs.first, pairs.last, pairs.rise
    counts = (np.abs(rise) > margin) & (np.abs(rise) > pairs.all)
    if not counts.any():
        return []
    signs: dict[tuple[int, int], tuple[float, int]] = {
        (int(a), int(b)): (abs(float(r)), 1 if r > 0 else -1)
        for a, b, r in zip(first[counts], last[counts], rise[counts], strict=True)
    }
    return _chain(signs, len(curve))


def _chain(moves: dict[tuple[int, int], tuple[float, int]], points: int) -> list[int]:
    """Return the longest alternation of moves that follow one another, the one with the largest moves in all of those."""
    best: dict[tuple[int, int], tuple[int, float, list[int]]] = {}
    for end in range(1, points):
        for start in range(end):
            if (start, end) not in moves:
                continue
            size, sign = moves[start, end]
            before = best.get((start, -sign))
            found = (1, size, [start, end]) if before is None else (before[0] + 1, before[1] + size, [*before[2], end])
            if (end, sign) not in best or found[:2] > best[end, sign][:2]:
                best[end, sign] = found
    return max(best.values(), key=lambda each: each[:2])[2]
