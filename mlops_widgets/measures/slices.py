"""Slices by the thousand: how many rows and how much loss lie where one or two conditions hold."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from scipy import special, stats

from mlops_widgets.measures.weighted import Floats

Booleans = npt.NDArray[np.bool_]
Integers = npt.NDArray[np.int64]

_EXACT = 2000
"""Slices that get a tail: those with the largest standardised excess, far more than are looked at afterwards."""


@dataclass(frozen=True, kw_only=True)
class Conditions:
    """Conditions on rows, each a union of disjoint bins of one column.

    Parameters
    ----------
    bins
        (n, b) which bin each row is in; a row is in at most one bin of a column.
    members
        (c, b) which bins make up each condition.
    columns
        (c,) the column of each condition.
    """

    bins: Booleans
    members: Booleans
    columns: Integers

    def take(self, rows: "npt.NDArray[np.integer | np.bool_]") -> "Conditions":
        """Return the conditions on these rows alone."""
        return Conditions(bins=self.bins[rows], members=self.members, columns=self.columns)

    def sums(self, values: Floats | None = None) -> Floats:
        """Return the sum of `values` (n,), or the count, where two conditions hold, (c, c); one alone on the diagonal.

        Two matrix products in place of a loop over pairs: over bins, then over the bins of each condition.
        """
        bins = self.bins.astype(np.float64)
        inner = bins.T @ (bins if values is None else bins * values[:, None])
        return np.asarray(self.members.astype(np.float64) @ inner @ self.members.T.astype(np.float64))

    def inside(self, first: int, second: int) -> Booleans:
        """Return in which rows both conditions hold, (n,)."""
        return np.asarray(self._holds(first) & self._holds(second))

    def _holds(self, condition: int) -> Booleans:
        return np.asarray(self.bins[:, self.members[condition]].any(axis=1))


class Candidates(NamedTuple):
    """Slices as pairs of conditions (a condition alone is paired with itself), the smallest p first.

    `p` is each one's own tail probability times `family`, the number of slices with as many conditions, so that the few
    simple slices needn't beat the best of thousands of pairs.
    """

    first: Integers
    second: Integers
    p: Floats
    family: Integers


def search(
    conditions: Conditions, loss: Floats, expected: Floats | None, *, least_rows: float, most_share: float = 0.5
) -> Candidates:
    """Return the slices of one or two conditions whose loss is above what was expected, most surprising first.

    0/1 losses get an exact tail: hypergeometric where nothing row by row was expected, else the binomial with the slice's
    mean expectation, which bounds the tail of a sum of unequal chances (Hoeffding 1956, theorem 5). Other losses are
    ranked by Welch's t. These p-values choose whom to look at; they claim nothing.

    Parameters
    ----------
    conditions
        The conditions on n rows.
    loss
        (n,) loss of each row.
    expected
        (n,) loss that was expected of each row; None for the same of all.
    least_rows
        Fewest rows of a slice.
    most_share
        Largest share of the rows that a slice may hold.
    """
    n = len(loss)
    p: Floats
    counts = conditions.sums()
    singles = np.eye(len(counts), dtype=np.bool_)
    pairs = np.triu(conditions.columns[:, None] != conditions.columns[None, :])
    large = (counts >= least_rows) & (counts <= most_share * n) & (counts < n)
    first, second = np.nonzero(large & (singles | pairs))
    if not len(first):
        return Candidates(first, second, np.empty(0), first)
    count = counts[first, second]
    binary = is_binary(loss)
    excess = loss - (loss.mean() if expected is None else expected)
    total = conditions.sums(excess)[first, second]
    squares = conditions.sums(excess**2)[first, second]
    t = _welch(total, squares, count, excess)
    kept = np.argsort(-t, kind="stable")[:_EXACT]
    first, second, count = first[kept], second[kept], count[kept]
    if not binary:
        p = _t_tail(t[kept], count, n)
    elif expected is None:
        events = np.rint(conditions.sums(loss)[first, second])
        p = np.asarray(stats.hypergeom.sf(events - 1, n, int(loss.sum()), count))
    else:
        events, mean = conditions.sums(loss)[first, second], conditions.sums(expected)[first, second]
        p = _binomial_tail(np.rint(events), count, mean / count)
    family = np.where(first == second, (large & singles).sum(), (large & pairs).sum())
    p = p * family
    order = np.lexsort((first != second, p))
    return Candidates(first[order], second[order], p[order], family[order])


def is_binary(loss: Floats) -> bool:
    """Say whether every loss is 0 or 1."""
    return bool(np.isin(loss, (0.0, 1.0)).all())


def _welch(total: Floats, squares: Floats, count: Floats, values: Floats) -> Floats:
    """Return Welch's t of the slice against the rest."""
    n, rest = len(values), len(values) - count
    mean, other = total / count, (values.sum() - total) / rest
    within = np.maximum(squares / count - mean**2, 0) / count
    without = np.maximum(((values**2).sum() - squares) / rest - other**2, 0) / rest
    error = np.sqrt(within + without)
    floor = 1e-12 * max(float(np.abs(values).max()), 1e-300) + float(values.std()) / n  # a slice without variation
    return np.asarray((mean - other) / np.maximum(error, floor))


def _t_tail(t: Floats, count: Floats, n: int) -> Floats:
    return np.asarray(special.stdtr(np.minimum(count, n - count) - 1, -t))


def _binomial_tail(events: Floats, count: Floats, chance: Floats) -> Floats:
    """Return P(at least `events` of `count`); 1 where no more came than expected, where the bound doesn't hold."""
    tail = special.betainc(np.maximum(events, 1), count - np.maximum(events, 1) + 1, np.clip(chance, 0, 1))
    return np.where(events >= count * chance + 1, tail, 1.0)


def merge(inside: Booleans, *, most: int, most_alike: float = 0.3) -> list[int]:
    """Return which slices to keep, in order: those that hold other rows than the ones kept before them.

    Parameters
    ----------
    inside
        (k, n) which rows each slice holds, the best slice first.
    most
        How many to keep.
    most_alike
        Correlation of two memberships (phi) from which they count as one slice.
    """
    if not len(inside):
        return []
    centred = inside - inside.mean(axis=1, keepdims=True)
    norms = np.sqrt((centred**2).sum(axis=1))
    alike = (centred @ centred.T) / np.maximum(np.outer(norms, norms), 1e-12)
    kept: list[int] = []
    for slice_ in range(len(inside)):
        if len(kept) == most:
            break
        if not kept or alike[slice_, kept].max() < most_alike:
            kept.append(slice_)
    return kept
