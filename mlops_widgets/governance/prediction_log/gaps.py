"""Hours without an entry: too many for chance, as far as the log's own weeks say how busy each hour is."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.special import gammaln

Floats = npt.NDArray[np.float64]
Counts = npt.NDArray[np.int64]

WEEK = 168
FEWEST_WEEKS = 3
_POISSON = 1e-6


@dataclass(frozen=True, kw_only=True)
class EmptyRun:
    """Hours without an entry, from `first` up to `after`, what the other weeks let expect, and how likely so few are by chance."""

    first: int
    after: int
    expected: float
    chance: float


def empty_runs(counts: Counts) -> list[tuple[int, int]]:
    """Return first and after-last hour of each run of hours without an entry.

    Examples
    --------
    >>> empty_runs(np.array([2, 0, 0, 1, 0]))
    [(1, 3), (4, 5)]
    """
    edges = np.diff(np.concatenate([[0], (counts == 0).astype(np.int64), [0]]))
    return list(zip(np.flatnonzero(edges == 1).tolist(), np.flatnonzero(edges == -1).tolist(), strict=True))


def unlikely_runs(counts: Counts, *, level: float = 0.95) -> list[EmptyRun] | None:
    """Return the runs of empty hours that chance doesn't explain; None where the log has fewer than three weeks.

    An hour is compared with the same hour of the other weeks. Given how many entries all its weeks have together, the chance that none fell
    into this one is that of a Dirichlet-multinomial, where hours are negative binomial around one mean (Mosimann 1962), and of a binomial
    where they are Poisson: no mean has to be estimated. The spread beyond Poisson's is the log's own, by moments. A run's chance is the
    product over its hours; Bonferroni over all hours.

    Parameters
    ----------
    counts
        (h,) entries of each hour, from the first to the last.
    level
        One less the chance that a log without gaps shows any.
    """
    if len(counts) < FEWEST_WEEKS * WEEK:
        return None
    sums, others = _of_other_weeks(counts)
    none = _log_chance_of_none(sums, others, _spread_beyond_poisson(counts, sums, others))
    limit = np.log((1 - level) / len(counts))
    found = []
    for first, after in empty_runs(counts):
        chance = float(none[first:after].sum())
        if chance < limit:
            expected = float((sums / others)[first:after].sum())
            found.append(EmptyRun(first=first, after=after, expected=expected, chance=float(np.exp(chance))))
    return found


def fewest_seen(hours: int, *, level: float = 0.95) -> int:
    """Return how many entries the other weeks must let expect before a run without any is told from chance, where hours are Poisson.

    Examples
    --------
    >>> fewest_seen(6 * WEEK)
    11
    """
    others = hours // WEEK - 1
    return int(np.ceil(np.log(hours / (1 - level)) / (others * np.log1p(1 / others))))


def _of_other_weeks(counts: Counts) -> tuple[Floats, Floats]:
    """Return for each hour the entries of the same hour in the other weeks, and how many these are."""
    slot = np.arange(len(counts)) % WEEK
    sums = np.bincount(slot, weights=counts, minlength=WEEK)[slot].astype(np.float64)
    others = np.bincount(slot, minlength=WEEK)[slot].astype(np.float64) - 1
    return np.asarray(sums - counts, dtype=np.float64), others


def _log_chance_of_none(sums: Floats, others: Floats, spread: float) -> Floats:
    """Return the logarithm of the chance that all of an hour's entries fell into the other weeks."""
    if spread < _POISSON:
        return sums * np.log(others / (others + 1))
    shape = 1 / spread
    here = gammaln((others + 1) * shape) - gammaln((others + 1) * shape + sums)
    return np.asarray(here + gammaln(others * shape + sums) - gammaln(others * shape))


def _spread_beyond_poisson(counts: Counts, sums: Floats, others: Floats) -> float:
    """Return φ of the variance μ + φ μ².

    The squared deviation from the other weeks' mean has 1 + 1/k of the variance; an hour times that mean is μ² without a bias, since
    they are independent.
    """
    mean = sums / others
    beyond = ((counts - mean) ** 2 / (1 + 1 / others) - (counts + sums) / (others + 1)).sum()
    squares = (counts * mean).sum()
    return float(max(beyond, 0.0) / squares) if squares > 0 else 0.0
