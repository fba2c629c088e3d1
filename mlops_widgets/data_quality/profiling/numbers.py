"""Numbers of a column, added up batch by batch: range, moments, bins."""

from dataclasses import dataclass, field, replace
from math import inf, nan

import numpy as np
import numpy.typing as npt

from mlops_widgets.core.codec import IN_MEMORY
from mlops_widgets.measures.sketches import bins, moments
from mlops_widgets.measures.sketches.bins import Bins, floor_level, rounded_outwards
from mlops_widgets.measures.sketches.moments import Moments
from mlops_widgets.measures.sketches.quantiles import Quantiles, quantiles
from mlops_widgets.study.tables import FEWEST_QUOTED

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]


def _linear() -> Bins:
    return Bins(scale="linear")


def _log() -> Bins:
    return bins.bins_of(np.zeros(0), np.zeros(0, dtype=np.int64), "log")


@dataclass(frozen=True, kw_only=True)
class Numbers:
    """What is known of the numbers of a column, without any of them.

    Parameters
    ----------
    infinite, zeros
        How many are infinite (these count for nothing else), and how many are 0.
    whole
        Whether all finite ones are whole numbers.
    lowest, highest
        Ends of the range of the finite ones, rounded outwards to seven binary digits (less than 1 % of the number).
    moments
        Count, mean and central moments of the finite ones.
    linear, log
        Counts in bins of even width and in bins of even ratio.
    minimum, maximum
        The ends themselves; not in files, where they might tell who it is.
    """

    infinite: int = 0
    zeros: int = 0
    whole: bool = True
    lowest: float = nan
    highest: float = nan
    moments: Moments = field(default_factory=Moments)
    linear: Bins = field(default_factory=_linear)
    log: Bins = field(default_factory=_log)
    minimum: float = field(default=nan, metadata=IN_MEMORY)
    maximum: float = field(default=nan, metadata=IN_MEMORY)

    def quantiles(self, levels: npt.ArrayLike) -> Quantiles:
        """Return quantiles with the ends between which the true ones lie for certain."""
        found = quantiles([self.linear, self.log], levels)
        return replace(found, values=np.maximum(np.floor(found.values), found.lower)) if self.whole else found

    def for_files(self) -> "Numbers":
        """Return what a file may hold: of fewer than five numbers, moments and bins would tell them."""
        if self.moments.count >= FEWEST_QUOTED:
            return self
        return Numbers(infinite=self.infinite, zeros=self.zeros, whole=self.whole)


def numbers_of(values: Floats, counts: Integers, *, like: Numbers | None = None) -> Numbers:
    """Return what is known of numbers.

    Parameters
    ----------
    values
        (n,) numbers, rising, no NaN.
    counts
        (n,) how often each comes.
    like
        What they will be added to, whose bins are as fine as is needed.

    Examples
    --------
    >>> found = numbers_of(np.array([0.0, 2.0]), np.array([3, 1]))
    >>> found.zeros, found.moments.mean, found.whole
    (3, 0.5, True)
    """
    inside = slice(*np.searchsorted(values, [-inf, inf], side="right") - [0, int(_ends_infinite(values, counts))])
    finite, held = values[inside], counts[inside]
    infinite = int(counts.sum() - held.sum())
    if not len(finite):
        return Numbers(infinite=infinite)
    low, high = rounded_outwards(float(finite[0]), float(finite[-1]))
    least = (like.linear.level, like.log.level) if like is not None else (-1074, -1074)
    at = int(np.searchsorted(finite, 0.0))
    return Numbers(
        infinite=infinite, zeros=int(held[at]) if at < len(finite) and finite[at] == 0 else 0,
        whole=bool((finite == np.floor(finite)).all()), lowest=low, highest=high,
        moments=moments.moments_of(finite, None if int(held.sum()) == len(held) else held),
        linear=bins.bins_of(finite, held, "linear", least=least[0]), log=bins.bins_of(finite, held, "log", least=least[1]),
        minimum=float(finite[0]), maximum=float(finite[-1]),
    )  # fmt: skip


def _ends_infinite(values: Floats, counts: Integers) -> bool:
    return bool(len(counts) and values[-1] == inf)


def merge(a: Numbers, b: Numbers) -> Numbers:
    """Return what is known of both together: moments to the last digits, all else exactly.

    Examples
    --------
    >>> one = numbers_of(np.array([1.0]), np.array([2]))
    >>> merge(one, one).moments.count
    4
    """
    low, high = float(np.fmin(a.lowest, b.lowest)), float(np.fmax(a.highest, b.highest))
    least = -1074 if low != low else floor_level(low, high)  # noqa: PLR0124 - NaN
    return Numbers(
        infinite=a.infinite + b.infinite, zeros=a.zeros + b.zeros, whole=a.whole and b.whole, lowest=low, highest=high,
        moments=moments.merge(a.moments, b.moments), linear=bins.merge(a.linear, b.linear, least=least),
        log=bins.merge(a.log, b.log, least=a.log.level), minimum=float(np.fmin(a.minimum, b.minimum)),
        maximum=float(np.fmax(a.maximum, b.maximum)),
    )  # fmt: skip
