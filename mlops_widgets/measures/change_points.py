"""A single change of the mean along time: whether there is one, when, and how sure the date is."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from mlops_widgets.core.progress import Cancel, check_cancel

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]

FEWEST_PIECES = 20
"""Pieces below which no change is told: of fewer, too few orders differ."""
_BATCH_CELLS = 1_000_000


@dataclass(frozen=True, kw_only=True)
class ChangePoint:
    """The most likely single change of a mean.

    Parameters
    ----------
    at
        Place of the most likely change among the candidates: the first piece after it is `candidates[at]`.
    before, after
        Weighted means on both sides.
    lower, upper
        95 % interval of `after - before` at that date, as if the date had been known.
    p_value
        How often pieces in random order show as large a change anywhere, the order seen counted as one.
    likely
        (candidates,) 1 for those in the 95 % confidence set of the date.
    ratios
        (candidates,) likelihood-ratio statistic of a change there against none.
    """

    at: int
    before: float
    after: float
    lower: float
    upper: float
    p_value: float
    likely: Integers
    ratios: Floats


EO_MORLEY = float(-2 * np.log(1 - np.sqrt(0.95)))
"""7.35: a date is in the 95 % set if its likelihood ratio lies no further below the largest."""


def change_point(
    values: npt.ArrayLike,
    weights: npt.ArrayLike,
    candidates: npt.ArrayLike,
    *,
    permutations: int = 999,
    seed: int = 0,
    cancel: Cancel | None = None,
) -> ChangePoint | None:
    """Return the most likely single change of a weighted mean, or None where there are too few pieces.

    The statistic is the between-sum of squares of a split (the likelihood ratio of normal errors whose variance is inverse to
    the weights), its largest value over candidates is judged by permuting the pieces, and the dates whose ratio lies within
    7.35 of the largest are a 95 % confidence set (Eo & Morley 2015, Quantitative Economics 6, 463-497). Pieces count as
    exchangeable: make each of them longer than what neighbours share.

    Parameters
    ----------
    values
        (pieces,) mean of each piece, in the order of time.
    weights
        (pieces,) its weight, above 0: how many rows it has.
    candidates
        (k,) pieces at which a change may begin, ascending, each above 0.
    permutations
        Random orders.
    seed
        Of the orders.
    cancel
        Looked at between batches of orders.

    Examples
    --------
    >>> values = np.repeat([0.0, 1.0], 20) + np.tile([0.1, -0.1], 20)
    >>> found = change_point(values, np.ones(40), [10, 20, 30])
    >>> found.at, found.likely.tolist(), found.p_value
    (1, [0, 1, 0], 0.001)
    """
    means, sizes = np.asarray(values, dtype=np.float64), np.asarray(weights, dtype=np.float64)
    places = np.asarray(candidates, dtype=np.int64)
    if len(means) < FEWEST_PIECES or not len(places):
        return None
    centred = means - np.average(means, weights=sizes)
    seen = between_squares(centred, sizes, places)
    at, total = int(np.argmax(seen)), float((sizes * centred**2).sum())
    if total <= 0:
        return None
    left = max(total - float(seen[at]), total * 1e-12)
    variance = left / (len(means) - 2)
    ratios = seen / variance
    split = places[at]
    before, after = (float(np.average(means[part], weights=sizes[part])) for part in (slice(split), slice(split, None)))
    half = 1.96 * float(np.sqrt(variance * (1 / sizes[:split].sum() + 1 / sizes[split:].sum())))
    orders = _orders(len(means), permutations, seed, cancel)
    rarer = sum(_as_large(order, centred, sizes, places, float(seen[at])) for order in orders)
    return ChangePoint(
        at=at, before=before, after=after, lower=after - before - half, upper=after - before + half,
        p_value=(1 + rarer) / (1 + permutations), likely=(ratios >= ratios[at] - EO_MORLEY).astype(np.int64), ratios=ratios,
    )  # fmt: skip


def between_squares(centred: Floats, weights: Floats, candidates: Integers) -> Floats:
    """Return what a split at each candidate explains of the weighted sum of squares, (…, candidates).

    Parameters
    ----------
    centred
        (…, pieces) values less their weighted mean.
    weights
        (…, pieces) weights, in the same order.
    candidates
        (k,) first piece after each split.

    Examples
    --------
    >>> between_squares(np.array([-1.0, -1, 1, 1]), np.ones(4), np.array([2])).tolist()
    [4.0]
    """
    sums, sizes = np.cumsum(weights * centred, axis=-1), np.cumsum(weights, axis=-1)
    part, size = sums[..., candidates - 1], sizes[..., candidates - 1]
    rest = sizes[..., -1:] - size
    return np.asarray(part**2 * (1 / size + 1 / rest))


def _orders(pieces: int, count: int, seed: int, cancel: Cancel | None) -> Iterator[Integers]:
    """Yield random orders of the pieces, (b, pieces), in batches that make up so many."""
    rng = np.random.default_rng(seed)
    batch = max(1, _BATCH_CELLS // pieces)
    for start in range(0, count, batch):
        check_cancel(cancel)
        yield rng.permuted(np.tile(np.arange(pieces), (min(batch, count - start), 1)), axis=1)


def _as_large(order: Integers, centred: Floats, weights: Floats, candidates: Integers, largest: float) -> int:
    """Return how many of these orders of the pieces show as large a change anywhere."""
    drawn = between_squares(centred[order], weights[order], candidates).max(axis=1)
    return int((drawn >= largest * (1 - 1e-12)).sum())
