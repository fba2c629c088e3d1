"""The same cell exchanged in a real row and in rows that explainers make: how far the model's answer moves in each."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from mlops_widgets.core.progress import Cancel, Progress, steps
from mlops_widgets.explainability.attribution.question import Predict, finite
from mlops_widgets.explainability.attribution.synthetic_rows import Kind, Players, rearranged, synthetic
from mlops_widgets.study.encoding import as_words, learn_encoding
from mlops_widgets.study.tables import Table

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]

NEIGHBOURS = 10
"""Nearest rows, in all other columns, among which the one to exchange with is drawn."""
_FURTHEST = 0.25
"""Quantile of the distances between rows at random beyond which rows aren't neighbours."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Flips:
    """What exchanging cells of one column does.

    Parameters
    ----------
    column
        Which one.
    rows
        (m,) positions of the rows whose cell was exchanged.
    real
        (m,) how far the answer moves where the cell of a neighbour comes into the row.
    made
        Kind → (m,) how far it moves where the same two cells stand in a made row.
    """

    column: str
    rows: Integers
    real: Floats
    made: Mapping[Kind, Floats]


def flip_all(
    predict: Predict, rows: pd.DataFrame, pool: pd.DataFrame, players: Players, kinds: Sequence[Kind], *,
    rng: np.random.Generator, progress: Progress | None = None, cancel: Cancel | None = None,
) -> list[Flips]:  # fmt: skip
    """Return for each player what exchanging its cells does, in the rows and in made rows.

    The cell comes from one of the row's nearest neighbours in all other columns, so that the row stays as likely as a real
    one. Both cells, before and after, are then put into made rows: the exchange is the same, only the other columns differ.

    Parameters
    ----------
    predict
        The model.
    rows
        Real rows.
    pool
        Real rows to exchange with, others than `rows`.
    players
        Name → columns that act together.
    kinds
        Which rows to make.
    rng
        Where everything is drawn from.
    progress, cancel
        Called between players.
    """
    near, own, count = _Distances(rows, pool, players), finite(predict(rows)), len(rows)
    both = pd.concat([rows, pool], ignore_index=True)
    made = [synthetic(both, players, kind, rng).head(count) for kind in kinds]
    source = pd.concat([both, *made], ignore_index=True)
    found = []
    for place, name in enumerate(steps(list(players), "column", progress, cancel)):
        chosen, partners = near.partners(place, rng)
        if not len(chosen):
            found.append(_none(name, kinds))
            continue
        others = count + partners
        taken = [_taken(chosen, others, place, len(players))]
        for k in range(len(kinds)):
            base = len(both) + k * count + chosen
            taken += [_taken(base, chosen, place, len(players)), _taken(base, others, place, len(players))]
        answers = finite(predict(rearranged(source, players, np.concatenate(taken))))
        moved, *in_made = answers.reshape(len(taken), len(chosen), -1)
        pairs = zip(kinds, in_made[::2], in_made[1::2], strict=True)
        found.append(Flips(
            column=name, rows=chosen, real=_moved(moved, own[chosen]),
            made={kind: _moved(after, before) for kind, before, after in pairs},
        ))  # fmt: skip
    return found


def _taken(base: Integers, cells: Integers, place: int, players: int) -> Integers:
    """Return where each player's cells come from, (m, players): the rows `base`, but for one player's."""
    taken = np.tile(base[:, None], (1, players))
    taken[:, place] = cells
    return taken


def _none(name: str, kinds: Sequence[Kind]) -> Flips:
    nothing = np.zeros(0)
    return Flips(column=name, rows=np.zeros(0, dtype=np.int64), real=nothing, made=dict.fromkeys(kinds, nothing))


def _moved(after: Floats, before: Floats) -> Floats:
    """Return how far answers moved, (m,): of several outputs half the sum, as much as went from some to others."""
    difference = np.abs(after - before)
    return np.asarray(difference[:, 0] if difference.shape[1] == 1 else difference.sum(axis=1) / 2)


class _Distances:
    """How far rows are from each other in all columns but one player's."""

    def __init__(self, rows: pd.DataFrame, pool: pd.DataFrame, players: Players) -> None:
        table = Table(pool, name="pool")
        self.each = []
        for columns in players.values():
            encoding = learn_encoding(table, columns)
            ours, theirs = (encoding.numbers(Table(frame, name="pool"))[0] for frame in (rows, pool))
            self.each.append(_squared(ours, theirs))
        self.total = np.sum(self.each, axis=0)
        self.same = [_same(rows, pool, columns) for columns in players.values()]

    def partners(self, place: int, rng: np.random.Generator) -> tuple[Integers, Integers]:
        """Return rows that have a near neighbour with another cell, and each one's partner in the pool."""
        apart = self.total - self.each[place]
        limit = np.quantile(apart, _FURTHEST)
        apart = np.where(self.same[place], np.inf, apart)
        count = min(NEIGHBOURS, apart.shape[1])
        nearest = np.argpartition(apart, count - 1, axis=1)[:, :count]
        usable = np.take_along_axis(apart, nearest, axis=1) <= limit
        drawn = np.argmax(np.where(usable, rng.random(usable.shape), -1.0), axis=1)
        chosen = np.flatnonzero(usable.any(axis=1))
        return chosen, nearest[chosen, drawn[chosen]].astype(np.int64)


def _squared(ours: Floats, theirs: Floats) -> npt.NDArray[np.float32]:
    """Return squared distances (n, m), capped so that one column can't outweigh all others; words differ by 1."""
    ours, theirs = ours.astype(np.float32), theirs.astype(np.float32)
    found = (ours**2).sum(axis=1)[:, None] + (theirs**2).sum(axis=1)[None, :] - 2 * ours @ theirs.T
    return np.asarray(np.minimum(np.maximum(found, 0), np.float32(9.0)), dtype=np.float32)


def _same(rows: pd.DataFrame, pool: pd.DataFrame, columns: Sequence[str]) -> npt.NDArray[np.bool_]:
    """Return which rows have the same cells in these columns, (n, m)."""
    same = np.ones((len(rows), len(pool)), dtype=bool)
    for column in columns:
        words = as_words(pd.concat([rows[column], pool[column]], ignore_index=True))
        codes = pd.factorize(words, use_na_sentinel=False)[0]
        same &= codes[: len(rows), None] == codes[None, len(rows) :]
    return same
