"""How far two explanations of the same rows agree: on which columns lead, on their signs, on their order."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.stats import rankdata

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]
Integers = npt.NDArray[np.intp]

_NOTHING = 1e-9
"""Share of a row's largest contribution below which a column counts as contributing nothing."""


@dataclass(frozen=True, kw_only=True)
class Agreement:
    """How far two explanations agree, row by row (n,); NaN where neither names a column.

    Parameters
    ----------
    feature
        Share of the leading columns that both name (Krishna et al. 2022, feature agreement).
    sign
        Share that both name with the same sign (sign agreement).
    rank
        Share that both name in the same place (rank agreement).
    signed_rank
        Share that both name in the same place with the same sign (signed rank agreement).
    correlation
        Spearman's correlation of the sizes of all contributions; NaN where one has all alike.
    concordance
        Kendall's tau-b of them.
    """

    feature: Floats
    sign: Floats
    rank: Floats
    signed_rank: Floats
    correlation: Floats
    concordance: Floats


def agreement(one: Floats, other: Floats, *, top: int) -> Agreement:
    """Return how far two explanations of the same rows agree (Krishna et al. 2022, section 3.2).

    Only columns that contribute something can lead. A row in which fewer than `top` do is judged by the longer of its two
    lists; one that has none in either says nothing.

    Parameters
    ----------
    one, other
        (n, p) contributions.
    top
        How many columns lead.

    Examples
    --------
    >>> found = agreement(np.array([[3.0, -2.0, 0.1]]), np.array([[2.0, 3.0, 0.2]]), top=2)
    >>> found.feature.tolist(), found.sign.tolist(), found.rank.tolist()
    ([1.0], [0.5], [0.0])
    """
    first, second = leaders(one, top=top), leaders(other, top=top)
    both = first & second
    alike = np.sign(one) == np.sign(other)
    same_place = both & (_places(one) == _places(other))
    count = np.maximum(first.sum(axis=1), second.sum(axis=1))
    sizes, others = rankdata(_sizes(one), axis=1), rankdata(_sizes(other), axis=1)
    return Agreement(
        feature=_share(both, count), sign=_share(both & alike, count), rank=_share(same_place, count),
        signed_rank=_share(same_place & alike, count), correlation=_correlation(sizes, others),
        concordance=_concordance(sizes, others),
    )  # fmt: skip


def leaders(values: Floats, *, top: int) -> Flags:
    """Return which columns lead each row (n, p): the `top` largest contributions of either sign that aren't nothing.

    Of equal ones the first columns lead.
    """
    sizes = _sizes(values)
    return np.asarray((_places(values) < top) & (sizes > 0))


def grouped(values: Floats, groups: list[list[int]]) -> Floats:
    """Return the sums of contributions (n, p) over groups of columns (n, groups)."""
    return np.column_stack([values[:, group].sum(axis=1) for group in groups])


def by_chance(players: int, *, top: int) -> float:
    """Return the share of `top` leading columns that two explanations at random both name: the mean of a hypergeometric.

    Examples
    --------
    >>> by_chance(10, top=3)
    0.3
    """
    return min(top, players) / players


def _sizes(values: Floats) -> Floats:
    """Return absolute values (n, p), 0 where they are nothing beside the row's largest."""
    sizes = np.abs(values)
    return np.asarray(np.where(sizes > _NOTHING * sizes.max(axis=1, keepdims=True), sizes, 0.0))


def _places(values: Floats) -> Integers:
    order = np.argsort(-_sizes(values), axis=1, kind="stable")
    return np.argsort(order, axis=1)


def _share(named: Flags, count: Integers) -> Floats:
    return np.where(count > 0, named.sum(axis=1) / np.maximum(count, 1), np.nan)


def _correlation(one: Floats, other: Floats) -> Floats:
    one, other = one - one.mean(axis=1, keepdims=True), other - other.mean(axis=1, keepdims=True)
    return _ratio((one * other).sum(axis=1), (one**2).sum(axis=1), (other**2).sum(axis=1))


def _concordance(one: Floats, other: Floats) -> Floats:
    a, b = (np.sign(ranks[:, :, None] - ranks[:, None, :]) for ranks in (one, other))
    return _ratio((a * b).sum(axis=(1, 2)), (a**2).sum(axis=(1, 2)), (b**2).sum(axis=(1, 2)))


def _ratio(product: Floats, one: Floats, other: Floats) -> Floats:
    scale = np.sqrt(one * other)
    return np.asarray(np.divide(product, scale, out=np.full(len(scale), np.nan), where=scale > 0))
