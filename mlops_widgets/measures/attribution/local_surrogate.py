"""A local linear surrogate: a ridge regression of a model's answers near a row, and how far its sample decides it."""

from dataclasses import dataclass

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
    rows = np.column_stack([np.ones(len(design)), design, (answers - middle) / spread])
    grams = _grams(rows, weights, blocks)
    total = grams.sum(axis=0)
    squares = float(weights @ weights)
    if own is not None:
        one = np.concatenate([[1.0], own[0], (own[1] - middle) / spread])
        total, squares = total + np.outer(one, one), squares + 1.0
    inverse, slope, r2, kept = _solved(total, p, penalty)
    means = total[0] / total[0, 0]
    influence = _influence(grams, means, inverse, slope) * spread
    count = len(influence)
    error = np.sqrt((influence**2).sum(axis=0) * count / (count - 1)) if count > 1 else np.full(slope.shape, np.nan)
    return Surrogate(
        weights=slope * spread, standard_error=error, intercept=middle + spread * (means[1 + p :] - means[1 : 1 + p] @ slope),
        r2=r2, total=float(total[0, 0]), effective=float(total[0, 0] ** 2 / squares), kept=kept, influence=influence,
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
    if not total[0, 0] > 0:
        k = len(total) - 1 - p
        return np.eye(p) / penalty, np.zeros((p, k)), np.full(k, np.nan), 0.0
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


def same_leaders(contributions: Floats, influence: Floats, *, top: int, draws: int, rng: np.random.Generator) -> Floats:
    """Return the share of bootstrap draws of the blocks in which the same `top` columns lead, (k,); NaN if there are no more.

    Parameters
    ----------
    contributions
        (p, k) those of the whole sample.
    influence
        (blocks, p, k) what each block adds to them, to first order.
    top
        How many columns lead, whatever their order.
    draws
        Draws of as many blocks as there are, with replacement.
    rng
        Where they are drawn from.
    """
    blocks, p, k = influence.shape
    if top >= p or blocks < 2:
        return np.full(k, np.nan)
    times = rng.multinomial(blocks, np.full(blocks, 1 / blocks), size=draws) - 1.0
    drawn = contributions + np.tensordot(times, influence, axes=1)
    order = np.argpartition(-np.abs(drawn), top - 1, axis=1)[:, :top]
    leaders = np.argpartition(-np.abs(contributions), top - 1, axis=0)[:top]
    lead = np.zeros((p, k), dtype=bool)
    np.put_along_axis(lead, leaders, values=True, axis=0)
    return np.asarray(np.take_along_axis(np.broadcast_to(lead, drawn.shape), order, axis=1).all(axis=1).mean(axis=0))
