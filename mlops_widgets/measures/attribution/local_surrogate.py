"""A local linear surrogate: a ridge regression of a model's answers near a row, and how far its sample decides it."""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

BLOCKS = 50
"""Equal parts of the sample whose disagreement gives the standard errors."""
PENALTY = 1.0
_FLAT = 1e-12


@dataclass(frozen=True, kw_only=True)
class Surrogate:
    """A ridge regression fitted to weighted answers.

    Parameters
    ----------
    weights
        (p, k) slope of each column.
    standard_error
        (p, k) of drawing the sample; NaN where it has fewer rows than two.
    intercept
        (k,) the answer where every column is 0.
    r2
        (k,) weighted share of the answers' variance that it explains, in the sample; NaN where they don't vary.
    total, effective
        Sum of the kernel's weights, and how many equal ones have their precision: (Σw)² / Σw² (Kish 1965).
    kept
        Degrees of freedom that the penalty leaves, a share of the columns that vary: near 0 the weights are the penalty's.
    influence
        (blocks, p, k) how far each block of the sample moves the weights, to first order.
    """

    weights: Floats
    standard_error: Floats
    intercept: Floats
    r2: Floats
    total: float
    effective: float
    kept: float
    influence: Floats


def proximity(squared_distance: Floats, width: float) -> Floats:
    """Return LIME's kernel: √exp(−d² / width²), the weight of a sample at squared distance d² (Ribeiro et al. 2016).

    Examples
    --------
    >>> proximity(np.array([0.0, 2.0]), 1.0).round(4).tolist()
    [1.0, 0.3679]
    """
    with np.errstate(under="ignore"):
        return np.asarray(np.exp(-squared_distance / (2.0 * width * width)))


def local_surrogate(
    design: Floats, answers: Floats, weights: Floats, *, own: tuple[Floats, Floats] | None = None, blocks: int = BLOCKS,
    penalty: float = PENALTY,
) -> Surrogate:  # fmt: skip
    """Return the weighted ridge regression of `answers` on `design`, with an unpenalised intercept.

    The standard errors come from blocks of the sample, as a bootstrap of blocks would have them: each block moves the
    weights by its share of the estimating equations, to first order (infinitesimal jackknife; Davison & Hinkley 1997,
    section 2.7).

    Parameters
    ----------
    design
        (n, p) what the columns say of each sample, in no particular order of samples.
    answers
        (n, k) the model's.
    weights
        (n,) the kernel's.
    own
        The explained row (p,) and its answer (k,): LIME counts it with weight 1. It isn't drawn, so no standard error is its.
    blocks
        How many blocks, at most as many as samples.
    penalty
        Of the ridge; LIME's is 1.

    Examples
    --------
    >>> x = np.array([[0.0], [1.0], [0.0], [1.0]])
    >>> local_surrogate(x, 3 * x, np.full(4, 1e9)).weights.round(6).tolist()
    [[3.0]]
    """
    p = design.shape[1]
    middle = answers.mean(axis=0)
    spread = answers.std(axis=0)
    spread[spread <= _FLAT * np.maximum(np.abs(middle), 1e-300)] = 1.0
    rows = np.empty((len(design), 1 + p + answers.shape[1]))
    rows[:, 0], rows[:, 1 : 1 + p], rows[:, 1 + p :] = 1.0, design, (answers - middle) / spread
    grams = _grams(rows, weights, blocks)
    total = grams.sum(axis=0)
    squares = float(weights @ weights)
    if own is not None:
        one = np.concatenate([[1.0], own[0], (own[1] - middle) / spread])
        total, squares = total + np.outer(one, one), squares + 1.0
    if not squares > 0:
        return _nothing(middle, p, blocks)
    inverse, slope, r2, kept = _solved(total, p, penalty)
    means = total[0] / total[0, 0]
    influence = _influence(grams, means, inverse, slope) * spread
    count = len(influence)
    error = np.sqrt((influence**2).sum(axis=0) * count / (count - 1)) if count > 1 else np.full(slope.shape, np.nan)
    return Surrogate(
        weights=slope * spread, standard_error=error, intercept=middle + spread * (means[1 + p :] - means[1 : 1 + p] @ slope),
        r2=r2, total=float(total[0, 0]), effective=float(total[0, 0] ** 2 / squares), kept=kept, influence=influence,
    )  # fmt: skip


def _nothing(middle: Floats, p: int, blocks: int) -> Surrogate:
    """Return what is known where the kernel is so narrow that no sample has a weight above 0."""
    k = len(middle)
    return Surrogate(
        weights=np.zeros((p, k)), standard_error=np.full((p, k), np.nan), intercept=middle, r2=np.full(k, np.nan), total=0.0,
        effective=0.0, kept=0.0, influence=np.zeros((blocks, p, k)),
    )  # fmt: skip


def _grams(rows: Floats, weights: Floats, blocks: int) -> Floats:
    """Return the weighted sums of products (blocks, m, m): all that a ridge regression reads of its sample."""
    size = max(1, len(rows) // blocks)
    even = len(rows) // size * size
    weighted = rows * weights[:, None]
    left = weighted[:even].reshape(-1, size, rows.shape[1]).transpose(0, 2, 1)
    grams = left @ rows[:even].reshape(-1, size, rows.shape[1])
    if even == len(rows):
        return grams
    grams[-1] += weighted[even:].T @ rows[even:]
    return grams


def _solved(total: Floats, p: int, penalty: float) -> tuple[Floats, Floats, Floats, float]:
    """Return the inverse (p, p), the slopes (p, k), R² (k,) and the share of freedom that the penalty leaves."""
    centred = total[1:, 1:] - np.outer(total[1:, 0], total[0, 1:]) / total[0, 0]
    among, along, spread = centred[:p, :p], centred[:p, p:], np.diag(centred)[p:]
    inverse = np.linalg.inv(among + penalty * np.eye(p))
    slope = inverse @ along
    left = spread - 2 * (slope * along).sum(axis=0) + (slope * (among @ slope)).sum(axis=0)
    varies = spread > _FLAT * total[0, 0]
    r2 = np.where(varies, 1 - left / np.where(varies, spread, 1.0), np.nan)
    moving = int((np.diag(among) > _FLAT * total[0, 0]).sum())
    return inverse, slope, r2, float((p - penalty * np.trace(inverse)) / max(1, moving))


def _influence(grams: Floats, means: Floats, inverse: Floats, slope: Floats) -> Floats:
    """Return how far each block moves the slopes: its part of Σ w (x − x̄) (residual), through the inverse."""
    p = len(slope)
    residual = np.vstack([slope.T @ means[1 : 1 + p] - means[1 + p :], -slope, np.eye(slope.shape[1])])
    toward = np.hstack([-means[1 : 1 + p, None], np.eye(p), np.zeros((p, slope.shape[1]))])
    return np.asarray((inverse @ toward) @ (grams @ residual))


@lru_cache(maxsize=32)
def redraws(blocks: int, draws: int, seed: int) -> Floats:
    """Return how often more or less than once each block is drawn, (draws, blocks): the bootstrap of blocks."""
    rng = np.random.default_rng(seed)
    times = rng.multinomial(blocks, np.full(blocks, 1 / blocks), size=draws) - 1.0
    times.flags.writeable = False
    return np.asarray(times)


def same_leaders(contributions: Floats, influence: Floats, times: Floats, *, top: int) -> Floats:
    """Return the share of bootstrap draws of the blocks in which the same `top` columns lead, (k,); NaN if there are no more.

    Parameters
    ----------
    contributions
        (p, k) those of the whole sample.
    influence
        (blocks, p, k) what each block adds to them, to first order.
    times
        (draws, blocks) from `redraws`.
    top
        How many columns lead, whatever their order.
    """
    blocks, p, k = influence.shape
    if top >= p or blocks < 2:
        return np.full(k, np.nan)
    leads = np.zeros((p, k), dtype=bool)
    np.put_along_axis(leads, np.argsort(-np.abs(contributions), axis=0)[:top], values=True, axis=0)
    size = np.abs(contributions + (times @ influence.reshape(blocks, -1)).reshape(-1, p, k))
    return np.asarray(
        (np.where(leads, size, np.inf).min(axis=1) > np.where(leads, -1.0, size).max(axis=1)).mean(axis=0)
    )
