"""Rows that another table holds already: the same in every column, or closer than chance brings them."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]
Keys = npt.NDArray[np.uint64]
Mask = npt.NDArray[np.bool_]

_NEAR = 0.05
"""A near twin is nearer than this share of the usual distance to the nearest other row."""
_BAND = 4.0
_PROBES = 400


def repeated_elsewhere(keys: Keys, units: Integers | None) -> Mask:
    """Return which rows (n,) have an equal row in another unit of the same table."""
    _, code, counts = np.unique(keys, return_inverse=True, return_counts=True)
    if units is None:
        return np.asarray(counts[code] > 1)
    pairs = np.unique(np.column_stack([code, np.unique(units, return_inverse=True)[1]]), axis=0)
    return np.asarray(np.bincount(pairs[:, 0], minlength=len(counts))[code] > 1)


def occurrences(keys: Keys, among: Keys) -> Integers:
    """Return how often each of `keys` (n,) occurs in `among`."""
    known, counts = np.unique(among, return_counts=True)
    place = np.minimum(np.searchsorted(known, keys), max(len(known) - 1, 0))
    return np.where(known[place] == keys, counts[place], 0) if len(known) else np.zeros(len(keys), dtype=np.int64)


@dataclass(frozen=True, kw_only=True)
class Nearness:
    """What counts as near, learned on the reference.

    Parameters
    ----------
    radius
        Distance below which a row is a near twin: a twentieth of the median distance to the nearest different row.
    tree
        The reference's rows, for look-ups.
    """

    radius: float
    tree: object

    def distances(self, rows: Floats, *, own: bool = False) -> Floats:
        """Return how far the nearest reference row is (n,), infinite beyond four radii; `own`: rows are of the reference."""
        from scipy.spatial import KDTree

        if not isinstance(self.tree, KDTree):
            raise TypeError("Nearness is made by learn_nearness.")
        found = np.asarray(self.tree.query(rows, k=[2 if own else 1], distance_upper_bound=_BAND * self.radius)[0])
        return np.asarray(found[:, 0], dtype=np.float64)

    def near(self, distances: Floats) -> Mask:
        """Return which distances (n,) are near but not nothing."""
        return np.asarray((distances > 1e-9) & (distances <= self.radius))

    def by_chance(self, distances: Floats) -> Mask:
        """Return which distances lie between one and four radii.

        Where rows fill d dimensions evenly, near distances grow as r to the power of d, so at least three times as many
        lie in this band as below it: a third of its share bounds what chance brings within the radius.
        """
        return np.asarray((distances > self.radius) & (distances <= _BAND * self.radius))


def learn_nearness(rows: Floats, *, rng: np.random.Generator) -> Nearness | None:
    """Return what is near among `rows` (n, columns), or None where there are no two different rows."""
    from scipy.spatial import KDTree

    probes = rows[rng.permutation(len(rows))[:_PROBES]]
    nearest = _nearest_different(probes, rows)
    nearest = nearest[np.isfinite(nearest)]
    if not len(nearest):
        return None
    return Nearness(radius=_NEAR * float(np.median(nearest)), tree=KDTree(rows))


def _nearest_different(probes: Floats, rows: Floats) -> Floats:
    """Return the distance of each probe to its nearest row that isn't equal to it; infinite where there is none."""
    squares = (rows**2).sum(axis=1)
    found = np.empty(len(probes))
    for start in range(0, len(probes), 50):
        some = probes[start : start + 50]
        apart = np.maximum((some**2).sum(axis=1)[:, None] + squares - 2 * some @ rows.T, 0.0)
        apart[apart < 1e-9 * (1.0 + squares)] = np.inf
        found[start : start + 50] = np.sqrt(apart.min(axis=1))
    return found
