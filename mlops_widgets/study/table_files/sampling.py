"""Which rows are kept of a table with too many: seeded, in the original order, whole entities or stratified by the target."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from zlib import crc32

import numpy as np
import numpy.typing as npt
import pandas as pd

from mlops_widgets.study.table_files.sources import Counted, Labels, Rows

_MOST_STRATA = 20
"""A target with more different values is a number or a name: rows are drawn without looking at it."""

_MOST_ORDERED = 100_000_000
"""Beyond this many rows none are put in order, which takes 24 bytes a row: they are drawn without looking at the target."""

_FEWEST_ENTITIES = 20
"""With fewer entities no interval over them holds: then some rows of each say more than all rows of a few."""


@dataclass(frozen=True, kw_only=True)
class Sample:
    """The rows that are kept of a table.

    Parameters
    ----------
    rows
        Their positions, ascending.
    how
        How they were drawn, in words that follow "1 of 2 rows".
    torn
        Why rows of one entity may have been taken apart, if there is a column of entities; "" if they weren't.
    """

    rows: Rows
    how: str
    torn: str = ""


def draw_sample(counted: Counted, max_rows: int, *, name: str, by: str | None, entity: str | None, seed: int) -> Sample:
    """Return which rows are kept: all rows of some entities where these are told apart, else rows stratified by `by`.

    Parameters
    ----------
    counted
        What is known of the table, which has more rows than `max_rows`.
    max_rows
        Most rows that are kept.
    name
        The table's name: tables of one length are drawn apart.
    by, entity
        Columns of the labels and of the entities.
    seed
        Seed of the draw.
    """
    seeds, said = (seed, crc32(name.encode())), f"(max_rows=, seed {seed})"
    entities = counted.entities if counted.rows <= _MOST_ORDERED else None
    whole = None if entities is None else choose_entities(entities, max_rows, seed=seeds)
    if whole is not None:
        rows, drawn, of = whole
        return Sample(rows=rows, how=f": all those of {drawn:,} of {of:,} {str(entity)[:60]!r}, drawn at random {said}")
    strata = strata_of(counted.labels)
    stratified = "" if strata is None else f", stratified by {str(by)[:60]!r}"
    few = f"fewer than {_FEWEST_ENTITIES} whole ones would fit"
    return Sample(
        rows=choose_rows(counted.rows, max_rows, strata=strata, seed=seeds),
        how=f", sampled at random{stratified} {said}",
        torn=few if entities is not None else "they are too many, or of a type that can't be told apart",
    )


def choose_rows(rows: int, max_rows: int, *, strata: "npt.NDArray[Any] | None", seed: int | Sequence[int]) -> Rows:
    """Return the positions that are kept of `rows`, ascending, shape (max_rows,).

    Every row is as likely to be kept as any other, and each stratum keeps its share to less than a row.

    Parameters
    ----------
    rows, max_rows
        How many there are, and how many are kept: fewer.
    strata
        Number of each row's stratum, shape (rows,); None to draw without strata.
    seed
        Seed of the draw.

    Examples
    --------
    >>> kept = choose_rows(1000, 10, strata=np.arange(1000) % 10 == 0, seed=0)
    >>> len(kept), (kept % 10 == 0).sum()
    (10, np.int64(1))
    """
    rng = np.random.default_rng(seed)
    if strata is None:
        return np.sort(rng.choice(rows, max_rows, replace=False))
    order = rng.permutation(rows)
    by_stratum = np.argsort(strata[order], kind="stable")
    slots = (np.arange(max_rows, dtype=np.int64) * rows + rng.integers(rows)) // max_rows  # evenly, from a random start
    return np.sort(order[by_stratum[slots]])


def choose_entities(entities: Labels, max_rows: int, *, seed: int | Sequence[int]) -> tuple[Rows, int, int] | None:
    """Return the positions of all rows of entities drawn until one more wouldn't fit; how many these are, and of how many.

    Parameters
    ----------
    entities
        The entity of each row; a row without one is an entity of its own.
    max_rows
        Most rows that are kept.
    seed
        Seed of the draw.

    Returns
    -------
    rows, drawn, of
        None if too few entities would be left.

    Examples
    --------
    >>> cells = Labels(levels=pd.Series(range(50)), codes=np.arange(100, dtype=np.int32) // 2)
    >>> rows, drawn, of = choose_entities(cells, 61, seed=0)
    >>> len(rows), drawn, of
    (60, 30, 50)
    """
    entity = pd.factorize(entities.levels)[0][entities.codes]
    missing = entity < 0
    entity[missing] = entity.max(initial=-1) + 1 + np.arange(missing.sum())
    sizes = np.bincount(entity)
    order = np.random.default_rng(seed).permutation(len(sizes))
    fit = int(np.searchsorted(np.cumsum(sizes[order]), max_rows, side="right"))
    if fit < _FEWEST_ENTITIES:
        return None
    drawn = np.zeros(len(sizes), dtype=bool)
    drawn[order[:fit]] = True
    return np.flatnonzero(drawn[entity]), fit, len(sizes)


def strata_of(labels: Labels | None) -> "npt.NDArray[np.int8] | None":
    """Return the stratum of every row, shape (rows,); None where rows are drawn without strata."""
    if labels is None or len(labels.codes) > _MOST_ORDERED or labels.levels.nunique() > _MOST_STRATA:
        return None
    strata: npt.NDArray[np.int8] = pd.factorize(labels.levels)[0].astype(np.int8)[labels.codes]
    return strata
