"""Whether an explanation's order of columns is the order in which the model's answer moves, against orders at random."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from mlops_widgets.measures.attribution.shapley import Game, Masks

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.intp]


@dataclass(frozen=True, kw_only=True)
class Gains:
    """What orders of the columns gain on one row.

    Parameters
    ----------
    own
        (k,) gain of each explanation's own order.
    random
        (draws,) gains of orders drawn at random.
    """

    own: Floats
    random: Floats


def relevance_gain(game: Game, orders: Integers, *, output: int = 0, steps: int = 10) -> Floats:
    """Return each order's gain: the mean answer with its first columns in, less the mean answer with its first columns out.

    Putting columns in by their order is insertion, taking them out deletion (Petsiuk et al. 2018); the difference of the two
    areas needs neither's idea of where to begin and is 0 on average over random orders (symmetric relevance gain; Blücher et
    al. 2024, section 3.3). For an answer that is a sum over columns, the order by contribution gains most of all.

    Parameters
    ----------
    game
        What a coalition is worth; asked once, a coalition that comes twice is asked for once.
    orders
        (orders, p) positions of the columns, those that raise the answer most first.
    output
        Of which of the game's outputs.
    steps
        How many lengths at most, from one column to all but one.

    Examples
    --------
    >>> game = lambda masks: masks @ np.array([[3.0], [1.0], [-1.0]])
    >>> relevance_gain(game, np.array([[0, 1, 2], [2, 1, 0]])).tolist()
    [4.0, -4.0]
    """
    count, players = orders.shape
    if players < 2:
        return np.zeros(count)
    lengths = np.unique(np.linspace(1, players - 1, min(steps, players - 1)).round().astype(int))
    place = np.argsort(orders, axis=1)
    first = place[:, None, :] < lengths[None, :, None]
    worth = _asked(game, np.concatenate([first, ~first]).reshape(-1, players))[:, output]
    put_in, left_in = worth.reshape(2, count, len(lengths))
    return np.asarray((put_in - left_in).mean(axis=1))


def gains_of(
    game: Game, values: Floats, *, output: int = 0, draws: int = 19, steps: int = 10, rng: np.random.Generator
) -> Gains:
    """Return what the orders by contribution gain on one row, and what orders at random do.

    Parameters
    ----------
    game
        Of the row.
    values
        (k, p) contributions of k explanations.
    output, steps
        As in `relevance_gain`.
    draws
        Orders at random.
    rng
        Where they are drawn from.
    """
    drawn = np.array([rng.permutation(values.shape[1]) for _ in range(draws)], dtype=np.intp)
    own = np.argsort(-values, axis=1, kind="stable")
    found = relevance_gain(game, np.vstack([own, drawn]), output=output, steps=steps)
    return Gains(own=found[: len(values)], random=found[len(values) :])


def better_than_random(own: Floats, random: Floats) -> float:
    """Return the p-value of orders that gain `own` (n,) on n rows against orders at random `random` (n, draws).

    The share of draws whose mean gain over the rows is as large, counting the own one (Davison & Hinkley 1997, section 4.2):
    an order at random has a p-value of .05 or less in 5 % of cases or fewer.

    Examples
    --------
    >>> better_than_random(np.array([2.0]), np.array([[0.0, 1.0, 3.0]]))
    0.5
    """
    rounding = 1e-12 * np.abs(random).sum(axis=0).max(initial=0.0)
    as_large = random.sum(axis=0) >= own.sum() - rounding
    return float((1 + as_large.sum()) / (1 + random.shape[1]))


def _asked(game: Game, masks: Masks) -> Floats:
    _, first, back = np.unique(np.packbits(masks, axis=1), axis=0, return_index=True, return_inverse=True)
    return np.asarray(game(masks[first]), dtype=np.float64)[back.ravel()]
