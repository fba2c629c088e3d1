"""Which rows train and which test: folds at random, by class, by whole groups and along time."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from mlops_widgets.measures.weighted import Numbers

Rows = npt.NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Split:
    """Positions of the rows that train and of those that test."""

    train: Rows
    test: Rows


def _splits(fold_of_row: Rows) -> list[Split]:
    folds = np.unique(fold_of_row)
    return [Split(np.flatnonzero(fold_of_row != fold), np.flatnonzero(fold_of_row == fold)) for fold in folds]


def random_folds(rows: int, *, folds: int, rng: np.random.Generator) -> list[Split]:
    """Return `folds` splits at random, whose test sets share out the rows evenly.

    Examples
    --------
    >>> [len(split.test) for split in random_folds(7, folds=3, rng=np.random.default_rng(0))]
    [3, 2, 2]
    """
    fold_of_row = np.empty(rows, dtype=np.int64)
    fold_of_row[rng.permutation(rows)] = np.arange(rows) % folds
    return _splits(fold_of_row)


def stratified_folds(y: Numbers, *, folds: int, rng: np.random.Generator) -> list[Split]:
    """Return `folds` splits in which every class of `y` (n,) is shared out evenly; each class counts differ by one at most.

    Unlike scikit-learn's it takes classes of fewer rows than folds: they are missing from some test sets.
    """
    order = rng.permutation(len(y))
    order = order[np.argsort(np.asarray(y)[order], kind="stable")]
    fold_of_row = np.empty(len(y), dtype=np.int64)
    fold_of_row[order] = np.arange(len(y)) % folds
    return _splits(fold_of_row)


def grouped_folds(groups: Rows, *, folds: int, rng: np.random.Generator, classes: Numbers | None = None) -> list[Split]:
    """Return `folds` splits that keep each group whole, about even in rows and in each class.

    Groups are dealt out from the largest to the smallest, in random order among equals, each to the fold that so far
    has least of what the group brings.

    Parameters
    ----------
    groups
        (n,) the group of each row.
    folds
        How many; fewer come back where there are fewer groups.
    rng
        Generator of the random order.
    classes
        (n,) class of each row to be balanced too, or None.
    """
    codes = np.unique(groups, return_inverse=True)[1]
    sizes = np.bincount(codes)
    brings = [sizes / len(codes)]
    if classes is not None:
        for level in np.unique(classes):
            counts = np.bincount(codes, weights=np.asarray(classes) == level)
            brings.append(counts / counts.sum())
    shares = np.column_stack(brings)
    order = rng.permutation(len(sizes))
    order = order[np.argsort(-sizes[order], kind="stable")]
    loads = np.zeros((folds, shares.shape[1]))
    fold_of_group = np.empty(len(sizes), dtype=np.int64)
    for group in order:
        fold_of_group[group] = fold = int(np.argmin(loads @ shares[group]))
        loads[fold] += shares[group]
    return _splits(fold_of_group[codes])


def time_folds(moments: Numbers, *, folds: int) -> list[Split]:
    """Return splits that train on the past and test on what came next: an expanding window.

    The rows are cut into `folds` + 1 runs of about equal size between moments; each but the first is tested once, by
    what was learned from all before it.

    Parameters
    ----------
    moments
        (n,) when each row happened, or its time block: rows of one moment are never taken apart.
    folds
        How many; fewer come back where there are fewer moments, none where there is only one.

    Examples
    --------
    >>> [(s.train.tolist(), s.test.tolist()) for s in time_folds(np.array([1, 1, 2, 3]), folds=2)]
    [([0, 1], [2]), ([0, 1, 2], [3])]
    """
    values, counts = np.unique(moments, return_counts=True)
    before = np.cumsum(counts)[:-1]
    if not len(before):
        return []
    targets = len(moments) * np.arange(1, folds + 1) / (folds + 1)
    cuts = np.unique(np.abs(before[None, :] - targets[:, None]).argmin(axis=1))
    chunk = np.searchsorted(values[cuts], moments, side="left")
    return [Split(np.flatnonzero(chunk < c), np.flatnonzero(chunk == c)) for c in range(1, len(cuts) + 1)]


def draw_of_size(pool: Rows, size: int, *, rng: np.random.Generator, units: Rows | None = None) -> Rows:
    """Return about `size` of the rows in `pool`, drawn at random.

    Parameters
    ----------
    pool
        Positions to draw from.
    size
        How many rows.
    rng
        The generator.
    units
        Unit of each row of the table. Where given, whole units are drawn, as many as come closest to `size` rows.
    """
    if units is None:
        return np.sort(rng.choice(pool, min(size, len(pool)), replace=False))
    codes = np.unique(units[pool], return_inverse=True)[1]
    order = rng.permutation(codes.max() + 1)
    totals = np.cumsum(np.bincount(codes)[order])
    taken = order[: int(np.abs(totals - size).argmin()) + 1]
    return pool[np.isin(codes, taken)]


def shuffled_twins(splits: Sequence[Split], *, draws: int, rng: np.random.Generator) -> list[list[Split]]:
    """Return, for each time-ordered split, `draws` splits that know what a shuffled one knows.

    Each tests a random half of the split's test rows and trains on as many rows as the split, drawn from all others:
    earlier ones, later ones, and the other half of the test's own time. Rows are drawn one by one, as shuffling does,
    so what rows of one day share is known too.

    Parameters
    ----------
    splits
        From `time_folds`.
    draws
        How many twins each.
    rng
        The generator.
    """
    every = np.concatenate([splits[-1].train, splits[-1].test])
    twins = []
    for split in splits:
        halves = [np.sort(rng.choice(split.test, (len(split.test) + 1) // 2, replace=False)) for _ in range(draws)]
        twins.append([
            Split(draw_of_size(np.setdiff1d(every, half), len(split.train), rng=rng), half) for half in halves
        ])  # fmt: skip
    return twins
