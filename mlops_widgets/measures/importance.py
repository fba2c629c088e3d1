"""Importance weights: how much of a sample they leave, what they can't reach, and how heavy their tail is."""

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from mlops_widgets.measures.weighted import Floats, Numbers

RARER = 20.0
"""A region counts as unsupported where the sample is this many times rarer than the target population."""

_FEWEST_TAIL = 5
"""Distinct weights in the tail below which no generalised Pareto distribution is fitted."""


def effective_rows(weights: Floats) -> float:
    """Return how many equally weighted rows carry as much: (Σw)² / Σw² (Kish 1965, section 8.2).

    Parameters
    ----------
    weights
        (n,) weights of 0 or more, not all 0.

    Examples
    --------
    >>> effective_rows(np.array([1.0, 1.0, 2.0]))
    2.6666666666666665
    """
    largest = float(np.max(weights))
    scaled = weights / largest  # squares of very large or small weights would leave the range of floats
    return float(scaled.sum() ** 2 / (scaled**2).sum())


def chance_distance(rows: float, others: float, columns: int, *, level: float = 0.95) -> float:
    """Return how far the shares of the most different of `columns` lie apart by chance, at most, in 95 % of pairs of samples.

    The two-sample bound of Dvoretzky, Kiefer & Wolfowitz with Massart's constant (1990), for all columns at once.

    Parameters
    ----------
    rows, others
        (Effective) sizes of the two samples.
    columns
        How many columns are compared.
    level
        Chance that none lies further apart.

    Examples
    --------
    >>> round(chance_distance(150, 150, 300), 2), round(chance_distance(2000, 4000, 10), 2)
    (0.25, 0.05)
    """
    return float(np.sqrt(np.log(2 * columns / (1 - level)) / 2 * (1 / rows + 1 / others)))


def post_stratified(weights: Numbers, strata: npt.NDArray[np.int64], shares: Floats) -> Floats:
    """Return weights under which the strata have the wanted shares (Holt & Smith 1979).

    Parameters
    ----------
    weights
        (B, n) weights before, one weighting a row, such as those of bootstrap draws.
    strata
        (n,) stratum of each row, 0 to K - 1.
    shares
        (K,) wanted shares; those of strata without weight are left out, and the others keep their proportions.

    Returns
    -------
    ndarray of shape (B, n)

    Examples
    --------
    >>> post_stratified(np.ones((1, 3)), np.array([0, 0, 1]), np.array([0.5, 0.5])).tolist()
    [[0.25, 0.25, 0.5]]
    """
    held = np.column_stack([weights[:, strata == k].sum(axis=1, dtype=np.float64) for k in range(len(shares))])
    factors = np.divide(np.broadcast_to(shares, held.shape), held, out=np.zeros(held.shape), where=held > 0)
    return np.asarray(weights * factors[:, strata], dtype=np.float64)


def whole_counts(weights: Floats, rows: int) -> Floats:
    """Return how often each row comes in `rows` rows drawn in proportion to `weights`, at even distances.

    Systematic resampling (Kitagawa 1996): for a metric that knows no weights. A row of weight w comes w·rows/Σw times,
    rounded up or down.

    Examples
    --------
    >>> whole_counts(np.array([1.0, 1.0, 2.0]), 8).tolist()
    [2.0, 2.0, 4.0]
    """
    reached = np.floor(np.cumsum(weights) / weights.sum() * rows + 0.5)
    return np.diff(reached, prepend=0.0)


def unsupported_share(
    sample: Floats, target: Floats, sample_weights: Floats | None = None, target_weights: Floats | None = None
) -> float:
    """Return the share of the target population where the sample has hardly a row, and weights can't make one.

    Scores order the rows from typical of the sample to typical of the target. Of the regions "score of c or more" the
    largest is taken in which the sample is `RARER` times rarer than the target, one row more than it has counted: so it
    is shown to be rare, and in a sample of n rows a region of less than 20 / (n + 1) of the target can't be.

    Parameters
    ----------
    sample, target
        (n,) and (m,) scores by a classifier that never saw the row.
    sample_weights, target_weights
        (n,) and (m,) the user's own weights of the rows, or None.

    Returns
    -------
    float
        Between 0 and 1.

    Examples
    --------
    >>> unsupported_share(np.zeros(400), np.array([0.0] * 80 + [1.0] * 20))
    0.2
    """
    ours, theirs = _share_above(sample, sample_weights, extra_rows=1), _share_above(target, target_weights)
    thresholds = np.unique(target)
    there = theirs(thresholds)
    rare = ours(thresholds) * RARER <= there
    return float(there[rare].max()) if rare.any() else 0.0


def _share_above(scores: Floats, weights: Floats | None, *, extra_rows: int = 0) -> Callable[[Floats], Floats]:
    """Return thresholds → the share of weight at or above each, as if there were `extra_rows` more of it."""
    order = np.argsort(scores, kind="stable")
    own = np.ones(len(scores)) if weights is None else weights / weights.mean()
    above, ordered = np.append(np.cumsum(own[order][::-1])[::-1], 0.0), scores[order]

    def share(thresholds: Floats) -> Floats:
        counted = above[np.searchsorted(ordered, thresholds, side="left")]
        return np.asarray((counted + extra_rows) / (len(scores) + extra_rows))

    return share


def pareto_k(weights: Floats) -> float:
    """Return the shape of the weights' tail, k̂: above `pareto_limit` a few rows decide the weighted mean.

    A generalised Pareto distribution is fitted to the largest min(n/5, 3√n) weights, as in Pareto smoothed importance
    sampling (Vehtari et al. 2024, section 2.3 and algorithm 1).

    Parameters
    ----------
    weights
        (n,) importance weights above 0, on any scale.

    Returns
    -------
    float
        NaN where the tail holds fewer than five different weights: then it has no shape, and the weights are bounded.

    Examples
    --------
    >>> q = (np.arange(1, 401) - 0.5) / 400
    >>> round(pareto_k((1 - q) ** -0.6), 4)
    0.5769
    """
    ordered = np.sort(weights[weights > 0])
    count = int(np.ceil(min(0.2 * len(ordered), 3 * np.sqrt(len(ordered)))))
    if count < _FEWEST_TAIL or count >= len(ordered):
        return float("nan")
    excess = ordered[-count:] / ordered[-1] - ordered[-count - 1] / ordered[-1]
    excess = excess[excess > 0]
    if len(np.unique(excess)) < _FEWEST_TAIL:
        return float("nan")
    return fit_generalised_pareto(excess)[0]


def pareto_limit(rows: int) -> float:
    """Return the largest k̂ at which `rows` rows give a dependable mean: min(1 - 1/log10(n), 0.7).

    Vehtari et al. 2024, section 3.2.4 (equation 13).

    Examples
    --------
    >>> pareto_limit(100), pareto_limit(100_000)
    (0.5, 0.7)
    """
    return min(1 - 1 / float(np.log10(max(rows, 11))), 0.7)


def fit_generalised_pareto(excess: Floats) -> tuple[float, float]:
    """Return shape k and scale σ of a generalised Pareto distribution fitted to excesses over a threshold.

    The empirical Bayes estimate of Zhang & Stephens 2009; k is drawn towards 0.5 with the weight of ten rows (Vehtari
    et al. 2024, appendix G). A positive k is a heavy tail.

    Parameters
    ----------
    excess
        (n,) numbers above 0, two at least.

    Examples
    --------
    >>> q = (np.arange(1, 1001) - 0.5) / 1000
    >>> k, scale = fit_generalised_pareto(((1 - q) ** -0.2 - 1) / 0.2)
    >>> round(k, 3), round(scale, 3)
    (0.204, 0.998)
    """
    x = np.sort(excess)
    n = len(x)
    points = 30 + int(np.sqrt(n))
    quartile = x[int(n / 4 + 0.5) - 1]
    theta = 1 / x[-1] + (1 - np.sqrt(points / (np.arange(1, points + 1) - 0.5))) / (3 * quartile)
    shapes = np.log1p(-theta[:, None] * x).mean(axis=1)
    likelihood = n * (np.log(-theta / shapes) - shapes - 1)
    weight = np.exp(likelihood - likelihood.max())
    weight /= weight.sum()
    best = float((theta * weight).sum())
    shape = float(np.log1p(-best * x).mean())
    return (n * shape + 5) / (n + 10), -shape / best


def mixed_effective_rows(share: float, inside: float, outside: float) -> float:
    """Return the effective rows of two groups under a mix: Kish's formula from what each group sums to.

    Parameters
    ----------
    share
        Share of the first group in the mix, 0 to 1.
    inside, outside
        Σw² / (Σw)² of either group before mixing; infinite for a group without rows.

    Examples
    --------
    >>> mixed_effective_rows(0.5, 1 / 100, 1 / 300)
    300.0
    """
    squares = sum(part**2 * each for part, each in ((share, inside), (1 - share, outside)) if part > 0)
    return 1 / squares if squares > 0 else 0.0
