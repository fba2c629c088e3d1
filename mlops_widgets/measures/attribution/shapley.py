"""Shapley values of any game: by all coalitions, or by antithetic permutations with standard errors."""

from collections.abc import Callable
from dataclasses import dataclass
from math import comb

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Masks = npt.NDArray[np.bool_]
Game = Callable[[Masks], Floats]
"""(coalitions, players) of who takes part → (coalitions, outputs) of what the coalition is worth."""

_NO_SPREAD = 1e-12
"""Share of the largest variance below which a player's is rounding."""


@dataclass(frozen=True, kw_only=True)
class Shares:
    """What each player contributes.

    Parameters
    ----------
    values
        (players, outputs) contributions.
    standard_error
        (players, outputs) of their sampling; 0 where all coalitions were counted, NaN where it can't be told. Intervals take
        Student's t with `pairs` degrees of freedom (see `paired_error`).
    empty, full
        (outputs,) worth of nobody and of everybody.
    pairs
        Antithetic pairs of permutations drawn; 0 where all coalitions were counted.
    coalitions
        Different coalitions that were asked for.
    """

    values: Floats
    standard_error: Floats
    empty: Floats
    full: Floats
    pairs: int
    coalitions: int


def every_coalition(players: int) -> Masks:
    """Return all 2^players coalitions, nobody first: row k holds the binary digits of k."""
    return ((np.arange(1 << players)[:, None] >> np.arange(players)) & 1).astype(bool)


def exact(game: Game, players: int) -> Shares:
    """Return the Shapley values by all coalitions (Shapley 1953), in one call of `game`.

    Parameters
    ----------
    game
        What a coalition is worth.
    players
        How many there are; the game is asked for 2^players coalitions.

    Examples
    --------
    >>> exact(lambda masks: masks.prod(axis=1, keepdims=True).astype(float), 2).values.ravel().tolist()
    [0.5, 0.5]
    """
    masks = every_coalition(players)
    worth = np.asarray(game(masks), dtype=np.float64)
    values = from_all_coalitions(worth)
    return Shares(
        values=values, standard_error=np.zeros_like(values), empty=worth[0], full=worth[-1], pairs=0, coalitions=len(masks)
    )  # fmt: skip


def from_all_coalitions(worth: Floats) -> Floats:
    """Return the Shapley values (players, outputs) of a game by what `every_coalition` is worth, (2^players, outputs)."""
    players = len(worth).bit_length() - 1
    masks = every_coalition(players)
    sizes = masks.sum(axis=1)
    weight = np.array([1 / (players * comb(players - 1, size)) for size in range(players)])
    values = np.empty((players, worth.shape[1]))
    for player in range(players):
        without = np.flatnonzero(~masks[:, player])
        values[player] = weight[sizes[without]] @ (worth[without | (1 << player)] - worth[without])
    return values


@dataclass(frozen=True, kw_only=True)
class Draws:
    """What pairs of permutations said of the players, to be added to.

    Parameters
    ----------
    gains
        (pairs, players, outputs) a player's mean gain over a permutation and its reverse.
    empty, full
        (outputs,) worth of nobody and of everybody.
    coalitions
        Different coalitions that were asked for.
    """

    gains: Floats
    empty: Floats
    full: Floats
    coalitions: int

    def __add__(self, other: "Draws") -> "Draws":
        """Return both draws of one game together."""
        return Draws(
            gains=np.concatenate([self.gains, other.gains]), empty=self.empty, full=self.full,
            coalitions=self.coalitions + other.coalitions,
        )  # fmt: skip

    @property
    def shares(self) -> Shares:
        """The mean over the pairs, with its standard error."""
        return Shares(
            values=self.gains.mean(axis=0), standard_error=paired_error(self.gains), empty=self.empty, full=self.full,
            pairs=len(self.gains), coalitions=self.coalitions,
        )  # fmt: skip


def sampled(game: Game, players: int, *, pairs: int, rng: np.random.Generator) -> Shares:
    """Return Shapley values by permutations, each drawn with its reverse (Mitchell et al. 2022), in one call of `game`.

    Every permutation's contributions sum to the whole exactly. The pairs are independent, so their spread gives the
    standard error (`paired_error`).

    Parameters
    ----------
    game
        What a coalition is worth; a coalition that comes twice is asked for once.
    players
        How many there are.
    pairs
        Pairs to draw, 1 or more; with one the standard error is NaN.
    rng
        Where they are drawn from.

    Examples
    --------
    >>> game = lambda masks: masks.sum(axis=1, keepdims=True).astype(float)
    >>> sampled(game, 3, pairs=2, rng=np.random.default_rng(0)).values.ravel().tolist()
    [1.0, 1.0, 1.0]
    """
    return draw(game, players, pairs=pairs, rng=rng).shares


def draw(game: Game, players: int, *, pairs: int, rng: np.random.Generator) -> Draws:
    """Return what `pairs` permutations and their reverses say, as in `sampled`."""
    drawn = np.array([rng.permutation(players) for _ in range(pairs)])
    orders = np.vstack([drawn, drawn[:, ::-1]])
    rank = np.argsort(orders, axis=1)
    masks = (rank[:, None, :] < np.arange(players + 1)[None, :, None]).reshape(-1, players)
    _, first, back = np.unique(np.packbits(masks, axis=1), axis=0, return_index=True, return_inverse=True)
    worth = np.asarray(game(masks[first]), dtype=np.float64)[back.ravel()]
    worth = worth.reshape(len(orders), players + 1, -1)
    gains = np.take_along_axis(np.diff(worth, axis=1), rank[:, :, None], axis=1)
    return Draws(
        gains=(gains[:pairs] + gains[pairs:]) / 2, empty=worth[0, 0], full=worth[0, -1], coalitions=len(first)
    )  # fmt: skip


def paired_error(gains: Floats) -> Floats:
    """Return the standard error of the mean over independent pairs: (pairs, players, outputs) → (players, outputs).

    With few pairs a player's own spread is 0 by chance too often, so it is moderated as by Smyth (2004, section 3): one pair
    is added whose variance is the mean over the players of the game whose gains vary. (Those that never do tell nothing of
    the others: in the mean they would make intervals too narrow where few of many players interact.) Intervals take
    Student's t with `pairs` degrees of freedom, one of them for that pair. Where no pair of any player differs the error is
    0, which proves nothing.

    Parameters
    ----------
    gains
        Each pair's mean gain of each player.
    """
    pairs = len(gains)
    if pairs < 2:
        return np.full(gains.shape[1:], np.nan)
    own = gains.var(axis=0, ddof=1)
    varies = own > _NO_SPREAD * own.max(axis=0)
    shared = np.where(varies, own, 0.0).sum(axis=0) / np.maximum(varies.sum(axis=0), 1)
    return np.asarray(np.sqrt((shared + (pairs - 1) * own) / pairs / pairs))
