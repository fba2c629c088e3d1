"""Two models on the same rows: whether their decisions, or their rankings, differ beyond chance."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import stats

from mlops_widgets.errors import InputError
from mlops_widgets.measures.weighted import Floats, Numbers


@dataclass(frozen=True, kw_only=True)
class McNemar:
    """Rows on which only one of two models is right, and how surprising their counts are if both are as often right.

    Parameters
    ----------
    only_first, only_second
        Rows on which only the first, and only the second, is right.
    exact, mid
        Two-sided p-values: the exact conditional one, and the mid-p, which is less cautious and hardly ever too low.
    """

    only_first: int
    only_second: int
    exact: float
    mid: float


def mcnemar(only_first: int, only_second: int) -> McNemar:
    """Compare two models by the rows on which only one is right (McNemar 1947; mid-p: Fagerland, Lydersen & Laake 2013).

    Given how many such rows there are, each is as likely either way if the models are equally good. The mid-p counts only half of
    the chance of what was seen.

    Parameters
    ----------
    only_first, only_second
        Rows on which only the first, and only the second, is right; independent of each other.

    Examples
    --------
    >>> found = mcnemar(1, 7)
    >>> round(found.exact, 3), round(found.mid, 3)
    (0.07, 0.039)
    """
    count, fewer = only_first + only_second, min(only_first, only_second)
    tail, here = float(stats.binom.cdf(fewer, count, 0.5)), float(stats.binom.pmf(fewer, count, 0.5))
    return McNemar(
        only_first=only_first, only_second=only_second, exact=min(1.0, 2 * tail), mid=min(1.0, 2 * tail - here)
    )


def mcnemar_by_unit(differences: Numbers) -> float:
    """Return the two-sided p-value where rows of one unit hang together (Obuchowski 1998, variance under the null).

    If the models are equally good, each unit's difference is as likely of either sign; the test is the normal limit of flipping
    those signs. Units of one row give McNemar's chi-square test without correction.

    Parameters
    ----------
    differences
        (units,) rows on which only the second model is right, less those on which only the first is.

    Examples
    --------
    >>> round(mcnemar_by_unit(np.array([-1, 1, 1, 1, 1, 1, 1, 1])), 3)
    0.034
    """
    each = np.asarray(differences, dtype=np.float64)
    spread = float(np.sqrt((each**2).sum()))
    return float(2 * stats.norm.sf(abs(each.sum()) / spread)) if spread > 0 else 1.0


@dataclass(frozen=True, kw_only=True)
class RankedPair:
    """ROC AUC of two models on the same rows.

    Parameters
    ----------
    first, second
        The two AUC.
    difference, lower, upper
        Second less first, with its interval.
    p_value
        Two-sided.
    """

    first: float
    second: float
    difference: float
    lower: float
    upper: float
    p_value: float


def delong(y: Numbers, first: Numbers, second: Numbers, *, level: float = 0.95) -> RankedPair:
    """Compare the ROC AUC of two models on the same independent rows (DeLong, DeLong & Clarke-Pearson 1988).

    By midranks, in n log n (Sun & Xu 2014); ties count half. Two rankings that agree have a p-value of 1 and an interval
    without width.

    Parameters
    ----------
    y
        (n,) outcomes 0 or 1, two rows of each at least.
    first, second
        (n,) scores of each model.
    level
        Coverage aimed at.

    Raises
    ------
    InputError
        If a class has fewer than two rows.

    Examples
    --------
    >>> y = np.array([0, 0, 0, 1, 1, 1])
    >>> pair = delong(y, np.array([1, 2, 4, 3, 5, 6]), np.array([1, 4, 5, 2, 3, 6]))
    >>> round(pair.first, 3), round(pair.second, 3)
    (0.889, 0.556)
    """
    positive = np.asarray(y) == 1
    if min(positive.sum(), (~positive).sum()) < 2:
        raise InputError("y= has fewer than two rows of a class: there is no ranking to compare. Pass more rows.")
    parts = [_placements(positive, np.asarray(scores, dtype=np.float64)) for scores in (first, second)]
    values = [float(of_positives.mean()) for of_positives, _ in parts]
    apart = [parts[1][side] - parts[0][side] for side in (0, 1)]
    error = float(np.sqrt(sum(each.var(ddof=1) / len(each) for each in apart)))
    difference = values[1] - values[0]
    half = float(stats.norm.isf((1 - level) / 2)) * error
    p = float(2 * stats.norm.sf(abs(difference) / error)) if error > 0 else float(difference == 0)
    return RankedPair(
        first=values[0], second=values[1], difference=difference, lower=difference - half, upper=difference + half,
        p_value=p,
    )  # fmt: skip


def _placements(positive: npt.NDArray[np.bool_], scores: Floats) -> tuple[Floats, Floats]:
    """Return for each positive the share of negatives below it, and for each negative that of positives above it."""
    count, other = int(positive.sum()), int((~positive).sum())
    ranks = stats.rankdata(scores)
    below = (ranks[positive] - stats.rankdata(scores[positive])) / other
    above = 1 - (ranks[~positive] - stats.rankdata(scores[~positive])) / count
    return np.asarray(below), np.asarray(above)
