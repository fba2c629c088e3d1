"""How closely two columns go together, whatever their kinds, and which ones do so closely that they can't be told apart."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from scipy import stats
from scipy.cluster import hierarchy
from scipy.spatial.distance import squareform

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]
Column = Floats | Integers
"""Numbers as floats with NaN where missing; categories as whole numbers from 0, below 0 where missing."""

_FEWEST_ROWS = 10


def associations(columns: Sequence[Column]) -> Floats:
    """Return how closely each two columns go together, 0 to 1, (p, p).

    Two numbers: |Spearman's correlation|. Two categories: Cramér's V, corrected for chance (Bergsma 2013). A number and a
    category: the correlation ratio of the number's ranks, corrected for chance (Kelley 1935). Rows that lack either are left
    out; 0 where one of the two doesn't vary or fewer than ten rows have both.

    Parameters
    ----------
    columns
        p columns of the same rows.

    Examples
    --------
    >>> x = np.arange(40.0)
    >>> associations([x, x**3, (x > 20).astype(np.int64)]).round(2)[0].tolist()
    [1.0, 1.0, 0.86]
    """
    found = np.eye(len(columns))
    for i, a in enumerate(columns):
        for j in range(i):
            found[i, j] = found[j, i] = _association(a, columns[j])
    return found


def _association(a: Column, b: Column) -> float:
    known = _known(a) & _known(b)
    a, b = a[known], b[known]
    if len(a) < _FEWEST_ROWS or (a == a[0]).all() or (b == b[0]).all():
        return 0.0
    if a.dtype.kind == "f" and b.dtype.kind == "f":
        return abs(float(np.corrcoef(stats.rankdata(a), stats.rankdata(b))[0, 1]))
    if a.dtype.kind != "f" and b.dtype.kind != "f":
        return _cramers_v(a, b)
    number, category = (a, b) if a.dtype.kind == "f" else (b, a)
    return _correlation_ratio(stats.rankdata(number), category)


def _known(column: Column) -> npt.NDArray[np.bool_]:
    return ~np.isnan(column) if column.dtype.kind == "f" else np.asarray(column >= 0)


def _cramers_v(a: Column, b: Column) -> float:
    a, b = np.unique(a, return_inverse=True)[1], np.unique(b, return_inverse=True)[1]
    table = np.zeros((a.max() + 1, b.max() + 1))
    np.add.at(table, (a, b), 1.0)
    n = len(a)
    expected = np.outer(table.sum(axis=1), table.sum(axis=0)) / n
    phi2 = float(((table - expected) ** 2 / expected).sum()) / n
    rows, columns = table.shape
    phi2 = max(0.0, phi2 - (rows - 1) * (columns - 1) / (n - 1))
    rows_left, columns_left = rows - (rows - 1) ** 2 / (n - 1), columns - (columns - 1) ** 2 / (n - 1)
    least = min(rows_left, columns_left) - 1
    return min(1.0, float(np.sqrt(phi2 / least))) if least > 0 else 0.0


def _correlation_ratio(ranks: Floats, category: Column) -> float:
    codes = np.unique(category, return_inverse=True)[1]
    sizes = np.bincount(codes)
    means = np.bincount(codes, weights=ranks) / sizes
    n, k = len(ranks), len(sizes)
    if n <= k:
        return 0.0
    within = float(((ranks - means[codes]) ** 2).sum()) / float(((ranks - ranks.mean()) ** 2).sum())
    return float(np.sqrt(max(0.0, 1 - within * (n - 1) / (n - k))))


def clusters(association: Floats, *, least: float = 0.7) -> list[list[int]]:
    """Return which columns belong together: groups whose members are associated by more than `least` on average.

    Average linkage (Sokal & Michener 1958) on 1 - association.

    Parameters
    ----------
    association
        (p, p), 0 to 1.
    least
        Association above which two groups are joined.

    Returns
    -------
    list of list of int
        Every column in one group, groups in the order of their first column.

    Examples
    --------
    >>> clusters(np.array([[1.0, 0.1, 0.9], [0.1, 1.0, 0.2], [0.9, 0.2, 1.0]]))
    [[0, 2], [1]]
    """
    if len(association) < 2:
        return [[k] for k in range(len(association))]
    apart = squareform(np.clip(1 - association, 0, 1), checks=False)
    labels = hierarchy.fcluster(hierarchy.linkage(apart, "average"), 1 - least - 1e-12, "distance")
    groups: dict[int, list[int]] = {}
    for column, label in enumerate(labels):
        groups.setdefault(int(label), []).append(column)
    return list(groups.values())
