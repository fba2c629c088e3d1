"""Distances between samples of numbers, without bins: Kolmogorov–Smirnov and Wasserstein, sorted once for all chunks."""

from collections.abc import Sequence
from itertools import pairwise
from typing import Literal

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]
Scale = Literal["values", "reference sd"]


def ks_distance(reference: npt.ArrayLike, values: npt.ArrayLike) -> float:
    """Return the largest difference between the two samples' cumulative shares (Kolmogorov–Smirnov), from 0 to 1.

    A missing value counts as one above all others, so that a change in their share shows; ties are handled exactly.

    Examples
    --------
    >>> ks_distance([1, 2, 3, 4], [3, 4, 5, 6])
    0.5
    """
    return SortedReference(reference).ks(_sorted(values))


def wasserstein_distance(reference: npt.ArrayLike, values: npt.ArrayLike, *, scale: Scale = "values") -> float:
    """Return how far values moved on average: the area between the two cumulative shares (Wasserstein's, of order 1).

    Missing values are left out: no distance leads to them.

    Parameters
    ----------
    reference, values
        (n,) and (m,) numbers.
    scale
        "values": in the unit of the values. "reference sd": divided by the reference's standard deviation (with n in the
        denominator), NaN where that is 0; so does evidently, whose floor of .001 isn't copied.

    Examples
    --------
    >>> wasserstein_distance([1, 2, 3, 4], [3, 4, 5, 6])
    2.0
    """
    found = SortedReference(reference)
    return found.wasserstein(_sorted(values), scale=scale)


class SortedReference:
    """A reference sorted once, for the distances of many chunks.

    Parameters
    ----------
    values
        (n,) numbers; NaN where missing.
    """

    def __init__(self, values: npt.ArrayLike) -> None:
        self._all = _sorted(values)
        self._known = self._all[: np.searchsorted(self._all, np.inf)]
        self._spread = float(self._known.std()) if len(self._known) else float("nan")
        self._centre = float(self._known.mean()) if len(self._known) else 0.0
        self._sums = np.concatenate([[0.0], np.cumsum(self._known - self._centre)])  # centred: no digits cancel

    def ks(self, chunk: Floats) -> float:
        """Return the Kolmogorov–Smirnov distance of a sorted chunk, missing values last; NaN where one is empty."""
        n, m = len(self._all), len(chunk)
        if not n or not m:
            return float("nan")
        upto, below = np.searchsorted(self._all, chunk, side="right") / n, np.searchsorted(self._all, chunk) / n
        steps = np.arange(m + 1) / m
        # Between two values of the chunk its share stands still while the reference's grows: ends of such a stretch suffice.
        # Inside a run of ties the differences lie between those at the run's two ends.
        last = np.append(chunk[1:] != chunk[:-1], True)
        first = np.insert(last[:-1], 0, True)
        above = np.abs(upto - steps[1:])[last].max()
        return float(max(above, np.abs(below - steps[:-1])[first].max()))

    def wasserstein(self, chunk: Floats, *, scale: Scale = "values") -> float:
        """Return the Wasserstein distance of a sorted chunk; missing values are left out, NaN where nothing is left."""
        known = chunk[: np.searchsorted(chunk, np.inf)]
        if not len(self._known) or not len(known):
            return float("nan")
        area = self._area(known)
        if scale == "values":
            return area
        return area / self._spread if self._spread > 0 else float("nan")

    def _area(self, chunk: Floats) -> float:
        """Return ∫ |F - G| in time of the chunk's length: between two of its values its share G stands still.

        There the reference's share F crosses it once, at a quantile of the reference; left of it G - F counts, right of
        it F - G, both from the integral of F.
        """
        reference, m = self._known - self._centre, len(chunk)
        x, n = chunk - self._centre, len(self._known)
        share = np.arange(1, m) / m
        crossing = np.clip(reference[np.clip(np.ceil(share * n).astype(np.int64) - 1, 0, n - 1)], x[:-1], x[1:])
        at, middle = self._integral(reference, x), self._integral(reference, crossing)
        left = share * (crossing - x[:-1]) - (middle - at[:-1])
        right = (at[1:] - middle) - share * (x[1:] - crossing)
        above = int(np.searchsorted(reference, x[-1], side="right"))
        tail = (self._sums[-1] - self._sums[above] - (n - above) * x[-1]) / n
        return float(left.sum() + right.sum() + at[0] + tail)

    def _integral(self, reference: Floats, x: Floats) -> Floats:
        """Return the integral of the reference's cumulative share up to each x."""
        count = np.searchsorted(reference, x, side="right")
        return np.asarray((count * x - self._sums[count]) / len(reference))


def sorted_chunks(values: npt.ArrayLike, of_row: Integers, chunks: int) -> Sequence[Floats]:
    """Return each chunk's values in order, missing ones (as infinity) last; all chunks from one sort.

    Parameters
    ----------
    values
        (n,) numbers; NaN where missing.
    of_row
        (n,) chunk of each row, from 0; -1 for none.
    chunks
        How many chunks there are.
    """
    numbers = _filled(values)
    order = np.argsort(numbers, kind="stable")
    order = order[np.argsort(of_row[order], kind="stable")]
    bounds = np.searchsorted(of_row[order], np.arange(chunks + 1))
    ordered = numbers[order]
    return [ordered[a:b] for a, b in pairwise(bounds)]


def _filled(values: npt.ArrayLike) -> Floats:
    numbers = np.asarray(values, dtype=np.float64)
    return np.where(np.isnan(numbers), np.inf, numbers)


def _sorted(values: npt.ArrayLike) -> Floats:
    return np.sort(_filled(values))
