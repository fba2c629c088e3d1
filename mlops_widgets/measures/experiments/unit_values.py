"""One number for each unit of an experiment: ratios made linear, and what was known before taken out."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import stats

from mlops_widgets.measures.weighted import Floats

Integers = npt.NDArray[np.int64]


@dataclass(frozen=True, kw_only=True)
class Summary:
    """Mean, variance (n − 1) and number of the units of an arm, and how far its mean is from a normal one.

    Parameters
    ----------
    mean, variance, units
        The usual ones.
    bearing
        How many units the variance rests on: (Σ d²)² / Σ d⁴ with d the distance from the mean. Of 0/1 outcomes about the
        number of the rarer ones; a third of the units of normal outcomes; few where a handful holds most of the spread.
        Infinite where only mean and deviation are known.
    third
        Third central moment; 0 where only mean and deviation are known.
    """

    mean: float
    variance: float
    units: int
    bearing: float = float("inf")
    third: float = 0.0

    @classmethod
    def of(cls, values: Floats) -> "Summary":
        """Return the summary of values (n,); the variance of one value is NaN."""
        if not len(values):
            return cls(mean=float("nan"), variance=float("nan"), units=0)
        variance = float(values.var(ddof=1)) if len(values) > 1 else float("nan")
        apart = values - values.mean()
        largest = float(np.abs(apart).max())
        scaled = apart / largest if largest > 0 else apart  # fourth powers stay finite
        fourth = float((scaled**4).sum())
        bearing = float((scaled**2).sum()) ** 2 / fourth if fourth > 0 else float("inf")
        third = float((scaled**3).mean()) * largest**3
        return cls(mean=float(values.mean()), variance=variance, units=len(values), bearing=bearing, third=third)


def lopsided(control: Summary, treatment: Summary) -> float:
    """Return the skewness of the difference of the two means, without its sign, if both arms are equally skewed.

    The third moment is that of both arms together: the small one hardly shows its own. Equal arms give 0. A skewness of γ moves
    the error of Student's t in one tail by about .085 γ (Edgeworth: Hall 1992, section 2.6, at 1.96).

    Examples
    --------
    >>> large, small = (Summary.of(np.repeat([1.0, 0.0], counts)) for counts in ([45, 855], [5, 95]))
    >>> round(lopsided(large, large), 2), round(lopsided(large, small), 2)
    (0.0, 0.34)
    """
    arms = (control, treatment)
    error = float(np.sqrt(sum(arm.variance / arm.units for arm in arms)))
    third = sum(arm.third * arm.units for arm in arms) / sum(arm.units for arm in arms)
    gap = third * (1 / treatment.units**2 - 1 / control.units**2)
    return abs(gap) / error**3 if error > 0 else 0.0


def linearised(sums: Floats, rows: Floats) -> Floats:
    """Return for each unit a value whose mean is the ratio Σ sums / Σ rows and whose variance is the ratio's.

    The delta method (Deng, Knoblich & Lu 2018, section 3): rows of one unit are alike, so that a mean over rows varies with
    the units and not with the rows.

    Parameters
    ----------
    sums
        (units,) sum of the outcome over each unit's rows.
    rows
        (units,) how many rows each has, 1 or more.

    Examples
    --------
    >>> linearised(np.array([2.0, 0.0, 3.0]), np.array([2.0, 2.0, 4.0])).mean()
    np.float64(0.625)
    """
    ratio = sums.sum() / rows.sum()
    return np.asarray(ratio + (sums - ratio * rows) / rows.mean())


def welch(control: Summary, treatment: Summary, *, level: float = 0.95) -> tuple[float, float, float]:
    """Return the bounds of treatment's mean less control's, and the two-sided p-value (Welch 1947).

    An arm of one unit, or two arms that don't vary, give infinite bounds and a p-value of 1: nothing says how far to trust
    the difference.
    """
    difference = treatment.mean - control.mean
    parts = [arm.variance / arm.units if arm.units > 1 else float("nan") for arm in (control, treatment)]
    error = float(np.sqrt(sum(parts)))
    if not error > 0:
        return float("-inf"), float("inf"), 1.0
    freedom = sum(parts) ** 2 / sum(
        part**2 / (arm.units - 1) for part, arm in zip(parts, (control, treatment), strict=True)
    )
    half = float(stats.t.isf((1 - level) / 2, freedom)) * error
    return difference - half, difference + half, float(2 * stats.t.sf(abs(difference) / error, freedom))


def adjusted(values: Floats, before: Floats, arms: Integers) -> tuple[Floats, float]:
    """Take out what was known before the experiment (CUPED: Deng, Xu, Kohavi & Walker 2013).

    The slope is the one within arms, pooled, so the difference of the adjusted means is that of an analysis of covariance. Units
    without a value from before get the mean, and so aren't adjusted.

    Parameters
    ----------
    values
        (n,) outcomes.
    before
        (n,) the same units' values from before; NaN where there are none.
    arms
        (n,) the arm of each.

    Returns
    -------
    adjusted, share
        (n,) outcomes with the same overall mean, and the share of the variance within arms that is gone, 0 to 1.
    """
    known = ~np.isnan(before)
    if not known.any():
        return values, 0.0
    filled = np.where(known, before, before[known].mean())
    inner_x, inner_y = _within(filled, arms), _within(values, arms)
    total = float(inner_y @ inner_y)
    if not inner_x @ inner_x > 0 or total == 0:
        return values, 0.0
    slope = float(inner_x @ inner_y / (inner_x @ inner_x))
    left = inner_y - slope * inner_x
    return values - slope * (filled - filled.mean()), max(0.0, 1 - float(left @ left) / total)


def _within(values: Floats, arms: Integers) -> Floats:
    sizes = np.bincount(arms)
    means = np.bincount(arms, weights=values) / np.maximum(sizes, 1)
    return np.asarray(values - means[arms])
