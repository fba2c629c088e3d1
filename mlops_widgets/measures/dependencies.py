"""Does one column determine another: how nearly, more than by chance, and which cells break it.

The share of rows that must go for the dependency to hold is g3 (Kivinen & Mannila, Theoretical Computer Science 149, 1995);
what of it chance would bring is measured by shuffling the determined column.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]
Booleans = npt.NDArray[np.bool_]

_SECOND_VALUE = 0.02
"""Share of groups that hold two values rightly."""
_OTHER_VALUES = 5.0
"""Wrong values that an error may take: errors rarely agree."""


@dataclass(frozen=True, kw_only=True)
class Majorities:
    """The values of a column in the groups of another one.

    Parameters
    ----------
    value
        The commonest value of each row's group, a code, -1 where the group has none; shape (rows,).
    held
        Cells of the group that hold it, shape (rows,).
    size
        Cells of the group that aren't missing, shape (rows,).
    own
        Cells of the group that hold what the row holds, 0 where its cell is missing; shape (rows,).
    groups
        Number of groups with two cells or more.
    varied
        Number of them whose commonest value isn't the commonest of all groups.
    share
        Share of the cells in such groups that hold their group's commonest value: 1 - g3.
    by_chance
        The same with the column shuffled.
    """

    value: Integers
    held: Integers
    size: Integers
    own: Integers
    groups: int
    varied: int
    share: float
    by_chance: float

    @property
    def beyond_chance(self) -> float:
        """How far the share lies between what chance brings (0) and a dependency without exception (1)."""
        return (self.share - self.by_chance) / (1 - self.by_chance) if self.by_chance < 1 else 0.0


def pair_agreement(groups: Integers, columns: Integers, *, pairs: int, rng: np.random.Generator) -> Floats:
    """Return how often two rows of one group agree in each column, shape (columns,); NaN where no two have a cell.

    Parameters
    ----------
    groups
        Group of each row, codes, -1 where unknown, shape (rows,).
    columns
        Codes of shape (columns, rows), -1 where missing.
    pairs
        Most pairs that are looked at, drawn by row.
    """
    first, second = pairs_of(groups, pairs, rng)
    left, right = columns[:, first], columns[:, second]
    both = (left >= 0) & (right >= 0)
    seen = both.sum(axis=1)
    agree = ((left == right) & both).sum(axis=1)
    return np.where(seen > 0, agree / np.maximum(seen, 1), np.nan)


def pairs_of(groups: Integers, pairs: int, rng: np.random.Generator) -> tuple[Integers, Integers]:
    """Return positions of two different rows of one group, several times, up to `pairs` of them."""
    order = rng.permutation(len(groups))
    order = order[np.argsort(groups[order], kind="stable")]
    sorted_groups = groups[order]
    starts = np.flatnonzero((sorted_groups[1:] == sorted_groups[:-1]) & (sorted_groups[1:] >= 0))
    if len(starts) > pairs:
        starts = rng.choice(starts, pairs, replace=False)
    return order[starts], order[starts + 1]


def majorities(groups: Integers, values: Integers, *, rng: np.random.Generator) -> Majorities:
    """Return the commonest value of each group, and how far the groups determine the values.

    Examples
    --------
    >>> found = majorities(np.array([0, 0, 0, 1, 1]), np.array([7, 7, 8, 9, 9]), rng=np.random.default_rng(0))
    >>> found.value.tolist(), found.share
    ([7, 7, 7, 9, 9], 0.8)
    """
    present = np.flatnonzero((groups >= 0) & (values >= 0))
    count = int(groups.max(initial=-1)) + 1
    width = int(values.max(initial=0)) + 1
    keys, inverse, cells = np.unique(groups[present] * width + values[present], return_inverse=True, return_counts=True)
    group = keys // width
    order = np.lexsort((-(keys % width), cells))
    best, held = np.full(count + 1, -1, dtype=np.int64), np.zeros(count + 1, dtype=np.int64)
    best[group[order]], held[group[order]] = keys[order] % width, cells[order]
    size = np.append(np.bincount(groups[present], minlength=count), 0)
    own = np.zeros(len(groups), dtype=np.int64)
    own[present] = cells[inverse]
    share, several = _share(held, size)
    shuffled = groups[present] * width + values[rng.permutation(present)]
    again, again_cells = np.unique(shuffled, return_counts=True)
    most = np.zeros(count + 1, dtype=np.int64)
    np.maximum.at(most, again // width, again_cells)
    return Majorities(
        value=best[groups], held=held[groups], size=size[groups], own=own, groups=several, share=share, varied=_varied(best, size),
        by_chance=_share(most, size)[0],
    )  # fmt: skip


def _varied(best: Integers, size: Integers) -> int:
    """Return how many groups of two or more differ, in their commonest value, from most of them."""
    values = best[size >= 2]
    return len(values) - int(np.bincount(values).max(initial=0)) if len(values) else 0


def _share(held: Integers, size: Integers) -> tuple[float, int]:
    several = size >= 2
    total = int(size[several].sum())
    return (float(held[several].sum() / total) if total else 0.0), int(several.sum())


def breaks(found: Majorities) -> Floats:
    """Return how likely each cell is wrong given its group, 0 to 1, shape (rows,); 0 where it is missing.

    Three explanations of a value that differs from the commonest one of its group are weighed: the commonest is right and these
    cells are errors, each at the rate of all exceptions and each free to be another value; these cells are right and the commonest
    is the error; or the group holds two values rightly, at any mixture, as happens in one of fifty groups.
    """
    from scipy.stats import binom

    error = float(np.clip(1 - found.share, 0.005, 0.3))
    odds = (found.held - found.own) * np.log((1 - error) / error)
    wrong = 1 / (1 + np.exp(-np.clip(odds, -50, 50)))
    by_error = binom.pmf(found.own, found.size, error) * _OTHER_VALUES ** -np.maximum(found.own - 1.0, 0.0)
    second = _SECOND_VALUE / (found.size + 1)
    suspected = (found.own > 0) & (found.own < found.held)
    return np.where(suspected, wrong * by_error / (by_error + second), 0.0)
