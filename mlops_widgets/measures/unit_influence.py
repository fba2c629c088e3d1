"""Means and gaps of rows that come in units: the value, and how far each unit pulls it."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]


@dataclass(frozen=True, kw_only=True)
class Pulled:
    """A number and its standard error by units.

    Parameters
    ----------
    value
        The number; NaN where a side has no rows.
    error
        Standard error, units being independent; NaN below two units.
    pulls
        (units,) how far each unit pulls the number, in the order of the units' numbers: they add up to 0.
    """

    value: float
    error: float
    pulls: Floats


def pulled_mean(values: Floats, weights: Floats, units: Integers) -> Pulled:
    """Return a weighted mean with each unit's influence (Cochran 1977, section 6.3: the ratio of two sums over units).

    Parameters
    ----------
    values, weights
        (n,) numbers, and weights of 0 or more.
    units
        (n,) unit of each row, numbered from 0.

    Examples
    --------
    >>> found = pulled_mean(np.array([1.0, 2.0, 3.0]), np.ones(3), np.arange(3))
    >>> found.value, round(found.error, 4)
    (2.0, 0.5774)
    """
    total = float(weights.sum())
    if not total:
        return Pulled(value=float("nan"), error=float("nan"), pulls=np.zeros(0))
    mean = float(weights @ values) / total
    count = int(units.max()) + 1
    return _pulled(mean, np.bincount(units, weights=weights * (values - mean), minlength=count) / total)


def pulled_gap(values: Floats, weights: Floats, units: Integers, inside: npt.NDArray[np.bool_]) -> Pulled:
    """Return the weighted mean of the marked rows less that of the others, with each unit's influence.

    Examples
    --------
    >>> pulled_gap(np.array([1.0, 2.0, 4.0, 4.0]), np.ones(4), np.arange(4), np.array([True, True, False, False])).value
    -2.5
    """
    sides = [pulled_mean(values, weights * side, units) for side in (inside, ~inside)]
    if any(np.isnan(side.value) for side in sides):
        return Pulled(value=float("nan"), error=float("nan"), pulls=np.zeros(0))
    return _pulled(sides[0].value - sides[1].value, sides[0].pulls - sides[1].pulls)


def _pulled(value: float, pulls: Floats) -> Pulled:
    count = len(pulls)
    error = float(np.sqrt((pulls**2).sum() * count / (count - 1))) if count > 1 else float("nan")
    return Pulled(value=value, error=error, pulls=pulls)


def run_ratio(pulls: Floats, run: int) -> float:
    """Return how much larger the standard error is if runs of consecutive units are alike; 1 where there is no run.

    The circular block bootstrap's standard error of a sum (Politis & Romano 1992), without drawing: the root mean square of
    the sums of all runs.

    Parameters
    ----------
    pulls
        (units,) influences, in the order of time.
    run
        Units in a run.

    Examples
    --------
    >>> run_ratio(np.array([1.0, 1, -1, -1]), 2), run_ratio(np.array([1.0, -1, 1, -1]), 2)
    (1.0, 0.0)
    """
    single = float((pulls**2).sum())
    if run <= 1 or len(pulls) <= run or not single:
        return 1.0
    around = np.concatenate([[0.0], np.cumsum(np.concatenate([pulls, pulls[: run - 1]]))])
    return float(np.sqrt(((around[run:] - around[:-run]) ** 2).sum() / run / single))
