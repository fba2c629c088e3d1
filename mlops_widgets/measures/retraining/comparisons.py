"""Policies against never retraining, chunk by chunk in pairs: intervals that hold for all of them at once.

Circular moving blocks of ceil(1.1 N^(1/3)) chunks are drawn with replacement, the same ones for every policy; the largest
standardised deviation over the policies gives one critical value (the max-statistic), which is widened by the ratio of Student's
t to the normal with N / block - 1 degrees of freedom, because a bootstrap of few blocks knows its own spread badly.
"""

from dataclasses import dataclass

import numpy as np

from mlops_widgets.measures.retraining.grid import Floats

FEWEST_CHUNKS = 6
"""With fewer chunks to judge on there is no interval."""
DRAWS = 2000


@dataclass(frozen=True, kw_only=True)
class Differences:
    """Summed differences with simultaneous intervals.

    Parameters
    ----------
    total, lower, upper
        (policies,) sums over the chunks and their ends; the ends are NaN with too few chunks, and equal the sum where no chunk
        differs.
    block
        Chunks that were drawn together.
    """

    total: Floats
    lower: Floats
    upper: Floats
    block: int


def block_length(chunks: int) -> int:
    """Return how many neighbouring chunks are drawn together: 1.1 times the cube root of their number (Künsch 1989's order).

    Examples
    --------
    >>> [block_length(chunks) for chunks in (1, 8, 12, 44)]
    [2, 3, 3, 4]
    """
    return int(np.ceil(round(1.1 * max(chunks, 1) ** (1 / 3), 9)))


def compare(differences: Floats, *, seed: int, draws: int = DRAWS, level: float = 0.95) -> Differences:
    """Return the sums of (policies, chunks) differences with intervals that hold for all policies at once.

    Examples
    --------
    >>> steady = compare(np.tile([[-1.0, -1.1, -0.9]], 4), seed=0)
    >>> round(float(steady.total[0]), 6), bool(steady.upper[0] < 0), steady.block
    (-12.0, True, 3)
    """
    chunks = differences.shape[1]
    total, block = differences.sum(axis=1), block_length(chunks)
    differs = (differences != 0).any(axis=1)
    if chunks < FEWEST_CHUNKS:
        nothing = np.where(differs, np.nan, total)
        return Differences(total=total, lower=nothing, upper=nothing.copy(), block=block)
    spread = np.zeros(len(total))
    reach = 0.0
    if differs.any():
        drawn = _drawn(differences[differs], block, draws, np.random.default_rng(seed))
        spread[differs] = drawn.std(axis=1)
        reach = _critical(drawn - total[differs][:, None], spread[differs], level) * _widening(chunks, block, level)
    return Differences(total=total, lower=total - reach * spread, upper=total + reach * spread, block=block)


def _drawn(differences: Floats, block: int, draws: int, rng: np.random.Generator) -> Floats:
    """Return (policies, draws) sums of circular blocks, as many as fill the chunks, scaled to their number."""
    chunks = differences.shape[1]
    blocks = int(np.ceil(chunks / block))
    wrapped = np.concatenate([differences, differences[:, : block - 1]], axis=1)
    sums: Floats = np.lib.stride_tricks.sliding_window_view(wrapped, block, axis=1).sum(axis=2)
    starts = rng.integers(0, chunks, size=(draws, blocks))
    scale = chunks / (blocks * block)
    return np.asarray(sums[:, starts].sum(axis=2) * scale)


def _critical(deviations: Floats, spread: Floats, level: float) -> float:
    known = spread > 0
    if not known.any():
        return 0.0
    return float(np.quantile(np.abs(deviations[known] / spread[known][:, None]).max(axis=0), level))


def _widening(chunks: int, block: int, level: float) -> float:
    """Return how much wider Student's interval of so many blocks is than the normal one."""
    from scipy.special import ndtri, stdtrit

    tail = (1 - level) / 2
    return float(stdtrit(max(chunks / block - 1, 1), tail) / ndtri(tail))
