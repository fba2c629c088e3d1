"""A single lasting change of a mean along time: whether there is one, when it began, and how sure the date is."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from mlops_widgets.core.progress import Cancel, check_cancel

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]

FEWEST_PIECES = 20
"""Pieces below which no change is told: of fewer, too few orders differ."""
EO_MORLEY = float(-2 * np.log(1 - np.sqrt(0.95)))
"""7.35: a date is in the 95 % set if its likelihood ratio lies no further below the largest."""
_BATCH_CELLS = 400_000


@dataclass(frozen=True, kw_only=True)
class ChangePoint:
    """The most likely single change of a mean.

    Parameters
    ----------
    onset, length
        Chunk in which the change began, and over how many chunks it went on: 1 is a step.
    before, after
        Means before and after it.
    lower, upper
        95 % interval of `after - before` at that onset and length, as if both had been known.
    p_value
        How often pieces in random order show as large a change anywhere, the order seen counted as one.
    onsets
        (k,) chunks in which a change may have begun.
    ratios
        (k,) likelihood-ratio statistic of a change that began there, of the length that fits best, against no change.
    likely
        (k,) 1 for those in the 95 % confidence set of the onset.
    """

    onset: int
    length: int
    before: float
    after: float
    lower: float
    upper: float
    p_value: float
    onsets: Integers
    ratios: Floats
    likely: Integers


def change_point(
    values: npt.ArrayLike,
    weights: npt.ArrayLike,
    chunks: npt.ArrayLike,
    *,
    lengths: Sequence[int] = (1,),
    permutations: int = 999,
    seed: int = 0,
    cancel: Cancel | None = None,
) -> ChangePoint | None:
    """Return the most likely single change of a weighted mean, or None where there are too few pieces or chunks.

    A change begins in a chunk and is complete after `length` chunks, growing evenly. What it explains of the weighted sum of
    squares is the likelihood ratio of normal errors whose variance is inverse to the weights; its largest value over onsets and
    lengths is judged by permuting the pieces. Onsets whose ratio lies within 7.35 of the largest are a 95 % confidence set (Eo &
    Morley 2015, Quantitative Economics 6, 463-497, for steps). Pieces count as exchangeable: make each longer than what
    neighbours share.

    Parameters
    ----------
    values
        (pieces,) mean of each piece, in the order of time.
    weights
        (pieces,) its weight, above 0: how many rows it has.
    chunks
        (pieces,) number of the chunk that each belongs to, ascending: a change may begin in any but the first.
    lengths
        Over how many chunks a change may go on.
    permutations
        Random orders.
    seed
        Of the orders.
    cancel
        Looked at between batches of orders.

    Examples
    --------
    >>> values = np.repeat([0.0, 1.0], 20) + np.tile([0.1, -0.1], 20)
    >>> found = change_point(values, np.ones(40), np.arange(40) // 10)
    >>> found.onset, found.likely.tolist(), found.p_value
    (2, [0, 1, 0], 0.001)
    """
    means, sizes = np.asarray(values, dtype=np.float64), np.asarray(weights, dtype=np.float64)
    place = np.asarray(chunks, dtype=np.int64)
    onsets = np.unique(place)[1:]
    if len(means) < FEWEST_PIECES or not len(onsets):
        return None
    centred = means - np.average(means, weights=sizes)
    total = float((sizes * centred**2).sum())
    if total <= 0:
        return None
    shapes = np.stack([_grown(place, onset, length) for onset in onsets for length in lengths])
    seen = explained(centred, sizes, shapes)
    best, left = int(np.argmax(seen)), max(total - float(seen.max()), total * 1e-12)
    variance = left / (len(means) - 2)
    ratios = seen.reshape(len(onsets), -1).max(axis=1) / variance
    orders = _orders(len(means), permutations, seed, cancel, cells=len(shapes))
    rarer = sum(_as_large(order, centred, sizes, shapes, float(seen[best])) for order in orders)
    before, step, error = _fitted(means, sizes, shapes[best], variance)
    return ChangePoint(
        onset=int(onsets[best // len(lengths)]), length=int(lengths[best % len(lengths)]), before=before, after=before + step,
        lower=step - 1.96 * error, upper=step + 1.96 * error, p_value=(1 + rarer) / (1 + permutations), onsets=onsets,
        ratios=ratios, likely=(ratios >= ratios.max() - EO_MORLEY).astype(np.int64),
    )  # fmt: skip


def _grown(place: Integers, onset: int, length: int) -> Floats:
    """Return how much of the change has happened in each piece, 0 to 1."""
    return np.asarray(np.clip((place - onset + 1) / length, 0.0, 1.0))


def explained(centred: Floats, weights: Floats, shapes: Floats) -> Floats:
    """Return what each shape of a change explains of the weighted sum of squares, (…, shapes).

    Parameters
    ----------
    centred
        (…, pieces) values less their weighted mean.
    weights
        (…, pieces) weights, in the same order.
    shapes
        (shapes, pieces) how much of the change has happened.

    Examples
    --------
    >>> explained(np.array([-1.0, -1, 1, 1]), np.ones(4), np.array([[0.0, 0, 1, 1]])).tolist()
    [4.0]
    """
    pull = (weights * centred) @ shapes.T
    size, squares = weights @ shapes.T, weights @ (shapes**2).T
    spread = squares - size**2 / weights.sum(axis=-1, keepdims=True)
    return np.asarray(np.divide(pull**2, spread, out=np.zeros_like(pull), where=spread > 1e-9 * squares))


def _fitted(means: Floats, weights: Floats, shape: Floats, variance: float) -> tuple[float, float, float]:
    """Return the mean before, the step, and the step's standard error."""
    middle, level = (float(np.average(each, weights=weights)) for each in (shape, means))
    away = weights * (shape - middle)
    spread = float((away * (shape - middle)).sum())
    step = float((away * means).sum()) / spread
    return level - step * middle, step, float(np.sqrt(variance / spread))


def _orders(pieces: int, count: int, seed: int, cancel: Cancel | None, *, cells: int) -> Iterator[Integers]:
    """Yield random orders of the pieces, (b, pieces), in batches that make up so many."""
    rng = np.random.default_rng(seed)
    batch = max(1, _BATCH_CELLS // max(pieces, cells))
    for start in range(0, count, batch):
        check_cancel(cancel)
        yield rng.permuted(np.tile(np.arange(pieces), (min(batch, count - start), 1)), axis=1)


def _as_large(order: Integers, centred: Floats, weights: Floats, shapes: Floats, largest: float) -> int:
    """Return how many of these orders of the pieces show as large a change anywhere."""
    drawn = explained(centred[order], weights[order], shapes).max(axis=1)
    return int((drawn >= largest * (1 - 1e-12)).sum())
