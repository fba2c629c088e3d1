"""Exact interventional Shapley values of trees that add up, for any players, splits and outputs.

A leaf is reached by the mix of an explained row x and a background row r, in which the coalition's features are x's, exactly
where each player on its path is let through: in the coalition by x, outside by r. So a leaf of value v is the game
v · 1[A in the coalition, nobody of B in it], where A holds the players that r fails and B those that x fails; it is worth
nothing where a player fails in both. Its Shapley values are v (|A|-1)! |B|! / (|A|+|B|)! for each of A and
-v |A|! (|B|-1)! / (|A|+|B|)! for each of B. Trees that add up add their values (linearity), and the baseline's rows are
averaged. The sum is exact: no sampling, no approximation. (The same game underlies "interventional" values in Lundberg et
al. 2020, Nature Machine Intelligence 2, algorithm 3; here players may hold several features.)
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from math import comb
from typing import Any

import numpy as np
import numpy.typing as npt

from mlops_widgets.measures.attribution.forests import Floats, Forest, Ints

Fails = npt.NDArray[Any]
"""(rows, leaves) unsigned: bit j is set where the row fails what the j-th player of the leaf's path asks."""

MOST_ON_A_PATH = 64
MOST_BYTES = 200_000_000
"""For what is kept of the background."""

_CELLS_AT_ONCE = 4_000_000
_PAIRS_AT_ONCE = 1_000_000


@dataclass(frozen=True)
class _Level:
    leaves: Ints
    """Places within the level that are leaves."""
    inner: Ints
    """Places that split."""
    nodes: Ints
    """The nodes that split."""
    bit: Fails
    """The bit of each one's player."""


class Paths:
    """The ways through a forest, each player's conditions on a way gathered in one bit.

    Parameters
    ----------
    forest
        The trees.
    player
        (features,) which player a feature belongs to; -1: nobody's, because it never differs.

    Attributes
    ----------
    players
        (leaves, most players on a path) who a leaf's bits stand for, -1 where it has fewer.
    value
        (leaves, outputs) what the leaves add.

    Raises
    ------
    ValueError
        If a path has more than 64 players.
    """

    def __init__(self, forest: Forest, player: Ints) -> None:
        self.forest = forest
        nodes, on_path = forest.roots, np.full((len(forest.roots), 0), -2, dtype=np.int32)
        levels, leaves, ways = [], [], []
        while len(nodes):
            splits = forest.left[nodes] >= 0
            inner, ends = np.flatnonzero(splits), np.flatnonzero(~splits)
            leaves.append(nodes[ends])
            ways.append(on_path[ends])
            place, below = _joined(on_path[inner], player[forest.feature[nodes[inner]]])
            levels.append((ends, inner, nodes[inner], place))
            nodes = np.concatenate([forest.left[nodes[inner]], forest.right[nodes[inner]]])
            on_path = np.concatenate([below, below])
        width = max(way.shape[1] for way in ways)
        self.kind = next(kind for bits, kind in _KINDS if width <= bits)
        one = self.kind(1)
        self._levels = [
            _Level(ends, inner, at, np.left_shift(one, place.astype(self.kind))) for ends, inner, at, place in levels
        ]
        self.players = np.full((sum(map(len, ways)), width), -2, dtype=np.int32)
        start = 0
        for way in ways:
            self.players[start : start + len(way), : way.shape[1]] = way
            start += len(way)
        self.value = forest.value[np.concatenate(leaves)]

    def fails(self, cells: Floats) -> Fails:
        """Return what each row fails on the way to each leaf: cells (n, features) → (n, leaves)."""
        found: Fails = np.empty((len(cells), len(self.value)), dtype=self.kind)
        at_once = max(1, _CELLS_AT_ONCE // len(self.forest.left))
        for start in range(0, len(cells), at_once):
            self._fill(cells[start : start + at_once], found[start : start + at_once])
        return found

    def _fill(self, cells: Floats, found: Fails) -> None:
        here: Fails = np.zeros((len(cells), len(self.forest.roots)), dtype=self.kind)
        done = 0
        for level in self._levels:
            found[:, done : done + len(level.leaves)] = here[:, level.leaves]
            done += len(level.leaves)
            above = here[:, level.inner]
            left = self.forest.decided(cells, level.nodes)
            here = np.concatenate([above | (~left * level.bit), above | (left * level.bit)], axis=1)

    def margins(self, cells: Floats) -> Floats:
        """Return what the forest says of rows: cells (n, features) → (n, outputs)."""
        at_once = max(1, _CELLS_AT_ONCE // len(self.value))
        parts = [self.sums(self.fails(cells[k : k + at_once])) for k in range(0, len(cells), at_once)]
        return np.concatenate([np.empty((0, len(self.forest.base))), *parts])

    def sums(self, fails: Fails) -> Floats:
        """Return the same from `fails`."""
        row, leaf = np.nonzero(fails == 0)
        columns = [np.bincount(row, weights=worth[leaf], minlength=len(fails)) for worth in self.value.T]
        return np.stack(columns, axis=1) + self.forest.base


_KINDS: tuple[tuple[int, Any], ...] = ((8, np.uint8), (16, np.uint16), (32, np.uint32), (64, np.uint64))


def _joined(on_path: npt.NDArray[np.int32], player: Ints) -> tuple[Ints, npt.NDArray[np.int32]]:
    """Return each player's place on its path, and the paths with it: (m, width) → (m,), (m, width or one more)."""
    met = on_path == player[:, None]
    known = met.any(axis=1)
    full = (on_path != -2).sum(axis=1)
    place = np.where(known, met.argmax(axis=1) if met.shape[1] else 0, full)
    if len(place) and place.max() >= on_path.shape[1]:
        on_path = np.pad(on_path, ((0, 0), (0, 1)), constant_values=-2)
    if on_path.shape[1] > MOST_ON_A_PATH:
        raise ValueError(f"more than {MOST_ON_A_PATH} columns decide on one path of a tree")
    on_path = on_path.copy()
    on_path[np.arange(len(place)), place] = player
    return place, on_path


class TreeGame:
    """Shapley values of a forest against a background, which is prepared once.

    Parameters
    ----------
    paths
        The ways through the forest.
    background
        (rows, features) what an absent player is averaged over.
    players
        How many there are.

    Attributes
    ----------
    base
        (outputs,) the forest's mean over the background.

    Raises
    ------
    ValueError
        If what is kept of the background is larger than 200 MB.

    Examples
    --------
    A stump of one player: going right is worth 1.

    >>> from mlops_widgets.measures.attribution.forests import Tree, planted
    >>> stump = Tree(
    ...     left=np.array([1, -1, -1]),
    ...     right=np.array([2, -1, -1]),
    ...     feature=np.array([0, 0, 0]),
    ...     threshold=np.array([0.5, 0, 0]),
    ...     missing_left=np.array([True, True, True]),
    ...     value=np.array([[0.0], [0.0], [1.0]]),
    ... )
    >>> paths = Paths(planted([stump], base=np.zeros(1), single=False), np.array([0]))
    >>> game = TreeGame(paths, np.array([[0.0], [0.0], [0.0], [1.0]]), players=1)
    >>> game.base.tolist(), game.values(np.array([[1.0], [0.0]])).ravel().tolist()
    ([0.25], [0.75, -0.25])
    """

    def __init__(self, paths: Paths, background: Floats, *, players: int) -> None:
        if len(paths.value) * len(background) * np.dtype(paths.kind).itemsize > MOST_BYTES:
            raise ValueError(
                f"{len(paths.value):,} leaves against {len(background):,} rows of the background take more than "
                f"{MOST_BYTES // 1_000_000} MB"
            )
        self.paths, self._players, self._rows = paths, players, len(background)
        fails = paths.fails(background)
        self.base = paths.sums(fails).mean(axis=0)
        self._shared = fails.size <= _CELLS_AT_ONCE
        self._start, self._masks, self._counts = _compressed(fails) if self._shared else _plain(fails)
        self._gain, self._loss = _weights(paths.players.shape[1])

    def values(self, cells: Floats) -> Floats:
        """Return what each player contributes: cells (n, features) → (n, players, outputs)."""
        found = np.zeros((len(cells), self._players, self.paths.value.shape[1]))
        at_once = max(1, _CELLS_AT_ONCE // len(self.paths.value)) if self._shared else 1
        for start in range(0, len(cells), at_once):
            self._fill(self.paths.fails(cells[start : start + at_once]), found[start : start + at_once])
        return found

    def _fill(self, fails: Fails, found: Floats) -> None:
        """Add the leaves' values; rows that fail the same at a leaf are counted once."""
        leaf, mask, back = _kinds_of_rows(fails)
        for begin, end in self._pieces(leaf):
            live, shares = self._leaf_shares(leaf[begin:end], mask[begin:end])
            at = leaf[begin:end][live]
            who, worth = self.paths.players[at], self.paths.value[at]
            for row, kinds in zip(found, _among(back, begin + live), strict=True):
                self._add(row, who[kinds], shares[kinds], worth[kinds])

    def _add(self, row: Floats, who: npt.NDArray[np.int32], shares: Floats, worth: Floats) -> None:
        """Add leaves to one row's (players, outputs)."""
        to = who.ravel() + 2  # -2 where a path has fewer players, -1 where a feature is nobody's
        for output in range(row.shape[1]):
            gains = (shares * worth[:, output, None]).ravel()
            row[:, output] += np.bincount(to, weights=gains, minlength=self._players + 2)[2:]

    def _pieces(self, leaf: Ints) -> Iterator[tuple[int, int]]:
        """Cut so that each piece has about as many pairs with the background as memory allows."""
        pairs = np.cumsum(self._start[leaf + 1] - self._start[leaf])
        cuts = np.searchsorted(pairs, np.arange(_PAIRS_AT_ONCE, pairs[-1], _PAIRS_AT_ONCE))
        edges = np.unique([0, *cuts.tolist(), len(leaf)]).tolist()
        return pairwise(edges)

    def _leaf_shares(self, leaf: Ints, mask: Fails) -> tuple[Ints, Floats]:
        """Return what a leaf of value 1 gives the players of its path: (m,) leaves and what rows fail → (live, path).

        First, which of the leaves are reached by any mix with the background.
        """
        case, pair = self._apart(leaf, mask)
        first = np.flatnonzero(np.diff(case, prepend=-1))
        live, case = case[first], np.repeat(np.arange(len(first)), np.diff(first, append=len(case)))
        failed, mask = self._masks[pair], mask[live]
        share = self._counts[pair] / self._rows
        size, own = np.bitwise_count(failed), np.bitwise_count(mask)[case]
        gain = share * self._gain[size, own]
        lost = np.bincount(case, weights=share * self._loss[size, own], minlength=len(live))
        found = np.empty((len(live), self.paths.players.shape[1]))
        for bit in range(found.shape[1]):
            one = self.paths.kind(1 << bit)
            holds = np.flatnonzero(failed & one)
            found[:, bit] = np.bincount(case[holds], weights=gain[holds], minlength=len(live))
            found[:, bit] -= lost * ((mask & one) != 0)
        return live, found

    def _apart(self, leaf: Ints, mask: Fails) -> tuple[Ints, Ints]:
        """Return the pairs in which no player fails both in the row and in the background: places in `leaf`, in `_masks`."""
        start = self._start[leaf]
        counts = self._start[leaf + 1] - start
        ends = np.cumsum(counts)
        if len(leaf) == leaf[-1] - leaf[0] + 1:  # each leaf once: their masks lie side by side
            masks = self._masks[start[0] : start[0] + ends[-1]]
        else:
            masks = self._masks[np.arange(ends[-1]) + np.repeat(start - (ends - counts), counts)]
        apart = np.flatnonzero((masks & np.repeat(mask, counts)) == 0)
        case = np.searchsorted(ends, apart, side="right")
        return case, apart + (start - (ends - counts))[case]


def _among(back: Ints, live: Ints) -> "Iterator[Ints | slice]":
    """Return for each row which of the live kinds it has: (rows, leaves), (live,) kinds → places in `live`."""
    if len(back) == 1:
        return iter([slice(None)])
    slot = np.full(int(back.max()) + 1, -1)
    slot[live] = np.arange(len(live))
    places = slot[back]
    return (row[row >= 0] for row in places)


def _compressed(fails: Fails) -> tuple[Ints, Fails, npt.NDArray[np.uint16]]:
    """Return where each leaf's different masks begin, the masks, and how many rows have one."""
    ordered = np.ascontiguousarray(fails.T)
    ordered.sort(axis=1)
    first = np.ones(ordered.shape, dtype=bool)
    np.not_equal(ordered[:, 1:], ordered[:, :-1], out=first[:, 1:])
    start = np.concatenate([[0], np.cumsum(first.sum(axis=1))])
    places = np.flatnonzero(first)
    counts = np.diff(np.append(places, first.size)).astype(np.uint16)
    return start, ordered.ravel()[places], counts


def _plain(fails: Fails) -> tuple[Ints, Fails, npt.NDArray[np.uint16]]:
    """Return the same with each row's mask by itself: of deep trees few are equal, and sorting takes longer."""
    rows, leaves = fails.shape
    return (
        np.arange(leaves + 1) * rows,
        np.ascontiguousarray(fails.T).ravel(),
        np.broadcast_to(np.uint16(1), fails.size),
    )


def _kinds_of_rows(fails: Fails) -> tuple[Ints, Fails, Ints]:
    """Return the different (leaf, mask) there are, and which one each row and leaf has: (m,), (m,), (rows, leaves)."""
    rows, leaves = fails.shape
    if rows == 1:
        return np.arange(leaves), fails[0], np.arange(leaves)[None, :]
    by_leaf = np.ascontiguousarray(fails.T)
    order = np.argsort(by_leaf, axis=1, kind="stable")
    ordered = np.take_along_axis(by_leaf, order, axis=1)
    first = np.ones(ordered.shape, dtype=bool)
    np.not_equal(ordered[:, 1:], ordered[:, :-1], out=first[:, 1:])
    number = np.cumsum(first).reshape(first.shape) - 1
    back = np.empty_like(number)
    np.put_along_axis(back, order, number, axis=1)
    return np.nonzero(first)[0], ordered[first], back.T


def _weights(width: int) -> tuple[Floats, Floats]:
    """Return (a-1)! b! / (a+b)! and a! (b-1)! / (a+b)! for a, b up to the width; 0 where nobody is to get it."""
    gain, loss = np.zeros((width + 1, width + 1)), np.zeros((width + 1, width + 1))
    for a in range(width + 1):
        for b in range(width + 1):
            ways = comb(a + b, a)
            gain[a, b] = 1 / (a * ways) if a else 0.0
            loss[a, b] = 1 / (b * ways) if b else 0.0
    return gain, loss
