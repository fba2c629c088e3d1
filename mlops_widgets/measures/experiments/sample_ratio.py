"""Whether the arms of an experiment have the sizes that were planned."""

import math
from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
from scipy import stats
from scipy.special import gammaln, xlogy

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]

_MOST_TABLES = 200_000
CONCENTRATION = 10_000.0
"""Prior rows that stand behind the planned shares in the sequential test: mismatches of about 1 % of a share are looked for."""


def ratio_p_value(counts: Integers, shares: Floats) -> tuple[float, str]:
    """Return the p-value of the planned shares given the arms' sizes, seen once, and the name of the test.

    Two arms: the exact binomial test. More: the chi-square test, or the exact multinomial test where an arm is expected to
    hold fewer than 5 and the possible tables can be counted.

    Parameters
    ----------
    counts
        (arms,) units in each arm.
    shares
        (arms,) planned shares, summing to 1.

    Examples
    --------
    >>> p, name = ratio_p_value(np.array([5000, 5300]), np.array([0.5, 0.5]))
    >>> round(p, 5), name
    (0.00322, 'exact binomial test')
    """
    total = int(counts.sum())
    if total == 0:
        return 1.0, "no test"
    if len(counts) == 2:
        return float(stats.binomtest(int(counts[0]), total, float(shares[0])).pvalue), "exact binomial test"
    if (shares * total).min() < 5 and math.comb(total + len(counts) - 1, len(counts) - 1) <= _MOST_TABLES:
        return _exact(counts, shares), "exact multinomial test"
    return float(stats.chisquare(counts, shares * total).pvalue), "chi-square test"


def _exact(counts: Integers, shares: Floats) -> float:
    """Sum the chances of all tables that are no more likely than this one."""
    tables = np.array(list(_tables(int(counts.sum()), len(counts))))
    logs = _log_chance(tables, shares)
    return min(1.0, float(np.exp(logs[logs <= _log_chance(counts, shares) + 1e-9]).sum()))


def _log_chance(tables: Integers, shares: Floats) -> Floats:
    total = tables.sum(axis=-1)
    return np.asarray(gammaln(total + 1) + (xlogy(tables, shares) - gammaln(tables + 1)).sum(axis=-1))


def _tables(total: int, arms: int) -> Iterator[tuple[int, ...]]:
    if arms == 1:
        yield (total,)
        return
    for first in range(total + 1):
        for rest in _tables(total - first, arms - 1):
            yield first, *rest


def sequential_ratio_p_value(counts: Integers, shares: Floats, *, concentration: float = CONCENTRATION) -> float:
    """Return the always-valid p-value of the planned shares: it holds however often one looks.

    The Bayes factor of a Dirichlet mixture around the planned shares against these is a martingale; one over the largest
    that was seen is the p-value (Lindon & Malek 2022).

    Parameters
    ----------
    counts
        (looks, arms) units in each arm so far, at one or more looks.
    shares
        (arms,) planned shares, summing to 1.
    concentration
        Prior rows behind the planned shares: the more, the smaller the mismatches looked for, and the later they show.

    Examples
    --------
    >>> round(sequential_ratio_p_value(np.array([[5000, 5600]]), np.array([0.5, 0.5])), 6)
    0.00023
    """
    prior = concentration * shares
    factor = (
        gammaln(prior.sum()) - gammaln(prior.sum() + counts.sum(axis=1))
        + (gammaln(prior + counts) - gammaln(prior)).sum(axis=1) - xlogy(counts, shares).sum(axis=1)
    )  # fmt: skip
    return float(min(1.0, math.exp(-min(float(factor.max(initial=0.0)), 700.0))))
