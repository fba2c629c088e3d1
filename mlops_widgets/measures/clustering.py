"""Whether rows of one group are alike beyond what the groups beside it explain: the mark of a person, a machine, a series."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import stats

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]

_BESIDE_ROWS = 50
_BESIDE_SHARE = 0.05


@dataclass(frozen=True, kw_only=True)
class Likeness:
    """How alike rows of one group are.

    Parameters
    ----------
    correlation
        Correlation of two rows of one group, in what the groups beside it don't explain (intraclass correlation).
    p_value
        One-sided; of independent rows it is about uniform where there are many groups.
    pairs
        Pairs of rows that it rests on.
    """

    correlation: float
    p_value: float
    pairs: int


def likeness_within(groups: Integers, y: Floats) -> Likeness:
    """Return how alike the targets of one group are, beyond a trend over the groups' order.

    Each row is compared with the mean of the rows beside its group in the groups' order (50 on each side, a twentieth of all
    where that is less, 5 at least), so that a number
    which the target follows smoothly (an age, an amount) shows nothing, and a name or a number of a person does. The pairs'
    products are uncorrelated when rows are independent, so their sum over its standard error is about normal.

    Parameters
    ----------
    groups
        (n,) group of each row, numbered in the order of their values.
    y
        (n, K) targets.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> person = np.repeat(np.arange(300), 3)
    >>> likeness_within(person, rng.normal(size=(300, 1))[person]).correlation > 0.9
    True
    """
    order = np.argsort(groups, kind="stable")
    groups, y = groups[order], y[order]
    starts = np.flatnonzero(np.r_[True, groups[1:] != groups[:-1]])
    ends = np.r_[starts[1:], len(groups)]
    rest, beside = _beyond_neighbours(y, starts, ends)
    sums, squares = np.add.reduceat(rest, starts), np.add.reduceat((rest**2).sum(axis=1), starts)
    size = (ends - starts).astype(np.float64)
    pairs = size * (size - 1) / 2
    variance = float((rest**2).sum(axis=1).mean())
    # Rows of one group share the error of the mean beside them: that much likeness is ours, not theirs.
    products = ((sums**2).sum(axis=1) - squares) / 2 - pairs * variance / np.maximum(beside, 1.0)
    spread = np.sqrt(max(float(_squared_products(rest, starts).sum()), 0.0))
    if variance <= 0 or spread <= 0:
        return Likeness(correlation=0.0, p_value=1.0, pairs=int(pairs.sum()))
    return Likeness(
        correlation=float(products.sum() / (pairs.sum() * variance)),
        p_value=float(stats.norm.sf(products.sum() / spread)), pairs=int(pairs.sum()),
    )  # fmt: skip


def _beyond_neighbours(y: Floats, starts: Integers, ends: Integers) -> tuple[Floats, Floats]:
    """Return each row less the mean of the rows beside its group, and how many rows these are, group by group."""
    running = np.vstack([np.zeros(y.shape[1]), np.cumsum(y, axis=0)])
    # In few rows, fifty would reach across a step in what the target follows.
    reach = max(5, min(_BESIDE_ROWS, round(_BESIDE_SHARE * len(y))))
    first, last = np.maximum(starts - reach, 0), np.minimum(ends + reach, len(y))
    beside = (last - first - (ends - starts)).astype(np.float64)
    sums = running[last] - running[first] - (running[ends] - running[starts])
    mean = np.where(beside[:, None] > 0, sums / np.maximum(beside, 1.0)[:, None], y.mean(axis=0))
    return y - np.repeat(mean, ends - starts, axis=0), beside


def _squared_products(rest: Floats, starts: Integers) -> Floats:
    """Return, group by group, the sum over pairs of rows of their squared products."""
    outer = (rest[:, :, None] * rest[:, None, :]).reshape(len(rest), -1)
    lengths = (rest**2).sum(axis=1) ** 2
    return np.asarray(((np.add.reduceat(outer, starts) ** 2).sum(axis=1) - np.add.reduceat(lengths, starts)) / 2)
