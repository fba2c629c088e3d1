"""How much of a model's answers two columns make together, beyond what each makes alone: Friedman's H², without its bias."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import stats

Floats = npt.NDArray[np.float64]

_LEAST_SHARE = 0.01
"""Share of the answers' variance that two columns must make together for a share of that to mean anything."""
_ROUNDING = 1e-12


@dataclass(frozen=True, kw_only=True)
class Strength:
    """What two columns do together.

    Parameters
    ----------
    share
        Mean square of the joint part over the variance of the answers: 0 for none.
    lower, upper
        Its interval.
    size
        Root of that mean square, in the unit of the answers.
    h2
        Friedman's H²: the mean square over that of the two columns' joint partial dependence; NaN where that is under 1 % of
        the answers' variance.
    h2_plain
        The same as Friedman & Popescu compute it, which chance makes larger.
    """

    share: float
    lower: float
    upper: float
    size: float
    h2: float
    h2_plain: float


def strength(
    joint: Floats, first: Floats, second: Floats, answers: Floats, units: npt.NDArray[np.int64], *, level: float = 0.95
) -> Strength:
    """Return how strongly two columns interact (Friedman & Popescu 2008, section 8.1), unbiased, with its interval.

    The joint part of row i on background row b is the answer with both columns of i, less that with either, plus that with
    neither. Its mean over b is H's numerator before squaring, so a model that adds the two columns gives 0 exactly. The
    square of a mean over m background rows is too large by their variance / m: here products of different background rows
    are averaged instead (a U-statistic), over rows other than i. The interval is by the jackknife over units, Student's t.

    Parameters
    ----------
    joint, first, second
        (n, n) answers of background row b (columns) with both columns, the first, or the second of row i.
    answers
        (n,) answers on the rows themselves.
    units
        (n,) resampling unit of each row.
    level
        Coverage of the interval.
    """
    together = joint - first - second + answers[None, :]
    weights = np.ones((1, len(answers)))
    names, codes = np.unique(units, return_inverse=True)
    without = (codes[None, :] != np.arange(len(names))[:, None]).astype(np.float64)
    part, whole = (_mean_squares(table, weights)[0] for table in (together, joint))
    spread = _variances(answers, np.vstack([weights, without]))
    if np.abs(together - together.mean()).max() <= _ROUNDING * max(np.abs(joint).max(), np.abs(answers).max()):
        part, together = 0.0, np.zeros_like(together)
    enough = len(names) > 2 and bool((spread > 0).all())
    if not enough:
        share = max(part, 0.0) / spread[0] if spread[0] > 0 else float("nan")
        return _with_h2(share, (0.0, float("inf")), part, whole, (together, joint))
    shares = _mean_squares(together, without) / spread[1:]
    k, share = len(names), part / spread[0]
    error = float(np.sqrt((k - 1) / k * ((shares - shares.mean()) ** 2).sum()))
    reach = float(stats.t.ppf(0.5 + level / 2, k - 1)) * error
    ends = max(share - reach, 0.0), max(share + reach, 0.0)
    return _with_h2(max(share, 0.0), ends, part, whole if whole > _LEAST_SHARE * spread[0] else 0.0, (together, joint))


def _with_h2(
    share: float, ends: tuple[float, float], part: float, whole: float, tables: tuple[Floats, Floats]
) -> Strength:
    plain = [float(np.mean((table.mean(axis=1) - table.mean()) ** 2)) for table in tables]
    return Strength(
        share=share, lower=ends[0], upper=ends[1], size=float(np.sqrt(max(part, 0.0))),
        h2=min(max(part, 0.0) / whole, 1.0) if whole > 0 else float("nan"),
        h2_plain=plain[0] / plain[1] if plain[1] > 0 else float("nan"),
    )  # fmt: skip


def _variances(values: Floats, weights: Floats) -> Floats:
    total = weights.sum(axis=1)
    mean = weights @ values / total
    return np.asarray(weights @ values**2 / total - mean**2)


def _mean_squares(table: Floats, weights: Floats) -> Floats:
    """Return the unbiased mean square over i of the centred mean over b ≠ i of `table` (n, n), under each 0/1 weighting (B, n).

    The mean square of the row means less the square of their mean, each from products of entries whose background rows and
    whose explained rows differ.
    """
    n = len(table)
    off = table * (1 - np.eye(n))
    squares = off**2
    rows = weights @ off.T  # (B, n): of each i the sum over b
    count = weights.sum(axis=1, keepdims=True) - weights  # background rows of i, itself left out
    count = np.where(weights > 0, count, 1.0)
    own = (rows**2 - weights @ squares.T) / np.maximum(count * (count - 1), 1.0)
    size = weights.sum(axis=1)
    within = (weights * own).sum(axis=1) / size
    return np.asarray(within - _squared_mean(off, weights, size))


def _squared_mean(off: Floats, weights: Floats, size: Floats) -> Floats:
    """Return the unbiased square of the table's mean: over products of entries that share neither row nor column."""
    rows, columns = weights * (weights @ off.T), weights * (weights @ off)
    total = rows.sum(axis=1)
    same_row, same_column = (rows**2).sum(axis=1), (columns**2).sum(axis=1)
    crossed = (rows * columns).sum(axis=1)
    squares = np.einsum("bi,ij,bj->b", weights, off**2, weights, optimize=True)
    mirrored = np.einsum("bi,ij,bj->b", weights, off * off.T, weights, optimize=True)
    pairs = size * (size - 1) * (size - 2) * (size - 3)
    product = total**2 - same_row - same_column - 2 * crossed + squares + mirrored
    return np.asarray(product / np.maximum(pairs, 1.0))
