"""How much of a model's answers two columns make together, beyond what each makes alone: Friedman's H², without its bias."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import stats

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]

_LEAST_SHARE = 0.01
"""Share of the answers' variance that two columns must make together for a share of that to mean anything."""
_ROUNDING = 1e-12
_MOST_GROUPS = 60


@dataclass(frozen=True, kw_only=True)
class Strength:
    """What two columns do together.

    Parameters
    ----------
    share
        Mean square of the joint part over the variance of the answers: 0 for none; NaN where the answers don't vary.
    lower, upper
        Its interval.
    size
        Root of that mean square, in the unit of the answers.
    h2
        Friedman's H²: the mean square over that of the two columns' joint partial dependence; NaN where that is under 1 % of
        the answers' variance.
    """

    share: float
    lower: float
    upper: float
    size: float
    h2: float


def partners(rows: int, *, each: int, rng: np.random.Generator) -> Integers:
    """Return for each row `each` others that lend it their columns, (rows, each); every row lends as often as it takes.

    Examples
    --------
    >>> found = partners(6, each=2, rng=np.random.default_rng(0))
    >>> bool((found != np.arange(6)[:, None]).all()), np.bincount(found.ravel()).tolist()
    (True, [2, 2, 2, 2, 2, 2])
    """
    shifts = rng.permutation(np.arange(1, rows))[:each]
    order = rng.permutation(rows)
    place = np.argsort(order)
    return np.asarray(order[(place[:, None] + shifts[None, :]) % rows], dtype=np.int64)


def strength(
    joint: Floats, alone: tuple[Floats, Floats], answers: Floats, *, partner: Integers, units: Integers, level: float = 0.95
) -> Strength:  # fmt: skip
    """Return how strongly two columns interact (Friedman & Popescu 2008, section 8.1), unbiased, with its interval.

    The joint part of row i on background row b is b's answer with both columns of i, less that with either, plus that with
    neither. Its mean over b, centred over i, is what H squares, so a model that adds the two columns gives 0 exactly. The
    square of a mean over m background rows is too large by their variance / m: here products of different background rows
    are averaged instead (a U-statistic). The interval is by the jackknife over units, at most sixty groups of them, with
    Student's t.

    Parameters
    ----------
    joint, alone
        (n, m) answers of background rows `partner[i]` with both columns of row i; with the first and with the second.
    answers
        (n,) answers on the rows themselves.
    partner
        (n, m) which rows are row i's background, itself not among them.
    units
        (n,) resampling unit of each row.
    level
        Coverage of the interval.
    """
    together = joint - alone[0] - alone[1] + answers[partner]
    largest = max(float(np.abs(each).max()) for each in (joint, *alone, answers))
    if np.abs(together - together.mean()).max() <= _ROUNDING * largest:
        together = np.zeros_like(together)
    names, codes = np.unique(units, return_inverse=True)
    groups = codes % _MOST_GROUPS
    count = min(len(names), _MOST_GROUPS)
    kept = np.vstack([np.ones((1, len(answers))), groups[None, :] != np.arange(count)[:, None]])
    spread = _variances(answers, kept)
    part, whole = _mean_squares(together, partner, kept), _mean_squares(joint, partner, kept[:1])[0]
    if not spread[0] > (_ROUNDING * largest) ** 2:
        nothing = float("nan")
        return Strength(share=nothing, lower=nothing, upper=nothing, size=0.0, h2=nothing)
    share = max(part[0], 0.0) / spread[0]
    reach = _reach(part[1:], spread[1:], level)
    return Strength(
        share=share, lower=max(share - reach, 0.0), upper=share + reach, size=float(np.sqrt(max(part[0], 0.0))),
        h2=min(max(part[0], 0.0) / whole, 1.0) if whole > _LEAST_SHARE * spread[0] else float("nan"),
    )  # fmt: skip


def _reach(part: Floats, spread: Floats, level: float) -> float:
    """Return the half width of the jackknife's interval; infinite where too few units are left."""
    count = len(part)
    if count < 3 or not (spread > 0).all() or np.isnan(part).any():
        return float("inf")
    shares = part / spread
    error = float(np.sqrt((count - 1) / count * ((shares - shares.mean()) ** 2).sum()))
    return float(stats.t.ppf(0.5 + level / 2, count - 1)) * error


def _variances(values: Floats, kept: Floats) -> Floats:
    total = kept.sum(axis=1)
    mean = kept @ values / total
    return np.asarray(kept @ (values - values.mean()) ** 2 / total - (mean - values.mean()) ** 2)


def _mean_squares(table: Floats, partner: Integers, kept: Floats) -> Floats:
    """Return the unbiased mean square over i of the centred mean over b of `table` (n, m), under each choice of rows (g, n).

    Of each row the mean product of two different background rows; less the square of the whole mean, itself less its
    variance, which the rows' means and the background rows' means make.
    """
    table = table - table.mean()
    there = kept[:, :, None] * kept[:, partner]
    count = there.sum(axis=2)
    sums, squares = (there * table).sum(axis=2), (there * table**2).sum(axis=2)
    enough = count > 1
    own = np.where(enough, (sums**2 - squares) / np.maximum(count * (count - 1), 1.0), 0.0)
    rows = enough.sum(axis=1)
    total = count.sum(axis=1)
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = sums.sum(axis=1) / total
        return np.asarray(own.sum(axis=1) / rows - mean**2 + (sums**2).sum(axis=1) / total**2)
