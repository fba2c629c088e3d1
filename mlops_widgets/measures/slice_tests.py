"""Whether one slice does worse than the rest: exact, by permutation, or by whole units."""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from scipy import optimize, signal, stats

from mlops_widgets.core.progress import Cancel, check_cancel
from mlops_widgets.measures.weighted import Floats

Booleans = npt.NDArray[np.bool_]
Integers = npt.NDArray[np.int64]

_BATCH = 100
_DIRECT = 64
"""Length up to which distributions are multiplied out instead of transformed."""


class Gap(NamedTuple):
    """Mean inside less mean outside, its standard error, and Student's degrees of freedom."""

    value: float
    error: float
    freedom: int

    @property
    def p(self) -> float:
        """One-sided: the chance of so much more inside, were there no difference; 1 where it can't be said."""
        if not self.error > 0 or self.freedom < 1:
            return 1.0
        return float(stats.t.sf(self.value / self.error, self.freedom))

    def interval(self, level: float) -> tuple[float, float]:
        """Return the two-sided interval; infinite where the rows give none."""
        if not self.error > 0 or self.freedom < 1:
            return -np.inf, np.inf
        reach = float(stats.t.ppf(0.5 + level / 2, self.freedom)) * self.error
        return self.value - reach, self.value + reach


def gap(values: Floats, inside: Booleans, *, units: Integers, weights: Floats | None = None) -> Gap:
    """Return how much more `values` are inside a slice than outside, with an error that holds units together.

    The coefficient of the slice in a regression on it alone, weighted, with the sandwich error by unit and its usual
    correction for few units (CR1: Liang & Zeger 1986; Cameron & Miller 2015, section II.B); rows as units give White's
    HC1. Degrees of freedom are those of the units that have rows on the scarcer side. Where a side has no variation the
    distances from the common mean stand in, so that few equal rows don't look certain.

    Parameters
    ----------
    values
        (n,) numbers.
    inside
        (n,) which rows the slice holds: some, not all.
    units
        (n,) unit of each row as codes from 0.
    weights
        (n,) weight of each row; None for equal ones.

    Examples
    --------
    >>> found = gap(np.array([1.0, 2, 3, 5]), np.array([False, False, True, True]), units=np.arange(4))
    >>> found.value, round(found.error, 3), found.freedom
    (2.5, 1.118, 1)
    """
    w = np.ones(len(values)) if weights is None else weights
    sides = (inside, ~inside)
    totals = [float(w[side].sum()) for side in sides]
    counts = [len(np.unique(units[side])) for side in sides]
    if min(totals) <= 0:
        return Gap(float("nan"), float("nan"), 0)
    means = [float((w[side] * values[side]).sum()) / total for side, total in zip(sides, totals, strict=True)]
    centres = means
    if any(np.ptp(values[side]) == 0 for side in sides):
        centres = [float((w * values).sum() / w.sum())] * 2
    pull = np.where(inside, w * (values - centres[0]) / totals[0], -w * (values - centres[1]) / totals[1])
    by_unit = np.bincount(units, weights=pull)
    groups, n = len(np.unique(units)), len(values)
    correction = groups / (groups - 1) * (n - 1) / (n - 2) if groups > 1 and n > 2 else np.nan
    error = float(np.sqrt(correction * (by_unit**2).sum()))
    return Gap(means[0] - means[1], error, min(counts) - 1)


def with_common_odds(expected: Floats, events: int) -> Floats:
    """Return the chances (n,) whose odds are the expected ones times one factor, and which add up to `events`.

    Chances of 0 and 1 count as 1 / 2n from there: a claim of certainty leaves no odds to multiply.
    """
    n = len(expected)
    if not 0 < events < n:
        return np.full(n, events / n)
    odds = np.log(np.clip(expected, 0.5 / n, 1 - 0.5 / n))
    odds -= np.log1p(-np.exp(odds))

    def excess(shift: float) -> float:
        return float(_logistic(odds + shift).sum()) - events

    return _logistic(odds + optimize.brentq(excess, -60.0, 60.0, xtol=1e-10))


def _logistic(x: Floats) -> Floats:
    return np.asarray(1 / (1 + np.exp(-x)))


def conditional_tail(chances: Floats, events: Booleans, inside: Booleans) -> float:
    """Return the chance of at least as many events inside a slice as came, given how many came in all.

    The null hypothesis: each row's event is independent and has the odds of `chances`, up to one factor for all rows,
    which conditioning on the total removes. With equal chances this is the hypergeometric (Fisher's exact) test; else
    the sums inside and outside are Poisson binomial (their distributions are multiplied out), and no approximation is
    made beyond rounding near 1e-14.

    Parameters
    ----------
    chances
        (n,) chance of each row's event, best scaled by `with_common_odds`.
    events
        (n,) where the event came.
    inside
        (n,) which rows the slice holds.

    Examples
    --------
    >>> events, inside = np.array([1, 1, 0, 0, 0], dtype=bool), np.array([1, 1, 0, 0, 0], dtype=bool)
    >>> round(conditional_tail(np.full(5, 0.4), events, inside), 3)  # 1 of the 10 ways to draw 2 of 5
    0.1
    """
    came, total = int(events[inside].sum()), int(events.sum())
    within, without = poisson_binomial(chances[inside]), poisson_binomial(chances[~inside])
    low, high = max(0, total - len(without) + 1), min(len(within) - 1, total)
    counts = np.arange(low, high + 1)
    joint = within[counts] * without[total - counts]
    whole = joint.sum()
    return min(1.0, float(joint[counts >= came].sum() / whole)) if whole > 0 else 1.0


def poisson_binomial(chances: Floats) -> Floats:
    """Return the distribution of how many of n independent events come, (n + 1,).

    Halves are convolved, with fast Fourier transforms where they are long.
    """
    parts = np.stack([1 - chances, chances], axis=1) if len(chances) else np.ones((1, 1))
    while len(parts) > 1:
        odd = len(parts) % 2
        last = parts[-1] if odd else None
        a, b = parts[: len(parts) - odd : 2], parts[1 : len(parts) - odd : 2]
        parts = _convolved(a, b)
        if last is not None:
            grown = np.zeros((1, parts.shape[1]))
            grown[0, : len(last)] = last
            parts = np.concatenate([parts, grown])
    return np.asarray(np.clip(parts[0][: len(chances) + 1], 0, None))


def _convolved(a: Floats, b: Floats) -> Floats:
    """Return the convolution of each pair of rows."""
    if a.shape[1] > _DIRECT:
        return np.asarray(signal.fftconvolve(a, b, axes=1))
    product = np.zeros((len(a), 2 * a.shape[1] - 1))
    for shift in range(a.shape[1]):
        product[:, shift : shift + b.shape[1]] += a[:, shift : shift + 1] * b
    return product


def permutation_tails(
    values: Floats, inside: Booleans, *, draws: int, seed: int, cancel: Cancel | None = None
) -> Floats:
    """Return each slice's one-sided permutation p-value, (k,), of Welch's t inside against outside.

    Exact where values would be exchangeable, and right in large samples where only their spread differs, because the
    statistic is studentised (Janssen 1997; Chung & Romano 2013).

    Parameters
    ----------
    values
        (n,) numbers of independent rows.
    inside
        (k, n) which rows each slice holds.
    draws
        Random permutations; the smallest p-value is 1 / (draws + 1).
    seed
        Same seed, same permutations.
    cancel
        Looked at between batches.
    """
    scaled = (values - values.mean()) / (float(values.std()) or 1.0)
    members, count = inside.astype(np.float64), inside.sum(axis=1)[:, None].astype(np.float64)
    seen = _studentised(members, count, scaled[:, None])
    rng = np.random.default_rng(seed)
    beaten = np.zeros(len(inside))
    for start in range(0, draws, _BATCH):
        check_cancel(cancel)
        shuffled = rng.permuted(np.tile(scaled, (min(_BATCH, draws - start), 1)), axis=1)
        beaten += (_studentised(members, count, shuffled.T) >= seen - 1e-9).sum(axis=1)
    return np.asarray((1 + beaten) / (1 + draws))


def _studentised(members: Floats, count: Floats, values: Floats) -> Floats:
    """Return Welch's t of each slice (k,) under each arrangement of values (n, B), shape (k, B)."""
    rest = len(values) - count
    total, squares = members @ values, members @ values**2
    mean, other = total / count, (values.sum(axis=0) - total) / rest
    within = np.maximum(squares / count - mean**2, 1e-12) / (count - 1)
    without = np.maximum(((values**2).sum(axis=0) - squares) / rest - other**2, 1e-12) / (rest - 1)
    return np.asarray((mean - other) / np.sqrt(within + without))
