"""Which rules fire at which chunk, with what was known then: arrays in, arrays out."""

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]

UNKNOWN = -1
"""State of a rule that has too few known chunks to say anything."""


def beyond(ends: Floats, *, below: bool, bound: float) -> Floats:
    """Return 1 where an interval's end (…, chunks) lies beyond the bound, 0 where it doesn't, NaN where nothing was measured.

    Examples
    --------
    >>> beyond(np.array([0.1, -0.1, np.nan]), below=True, bound=0.0).tolist()
    [0.0, 1.0, nan]
    """
    past = ends < bound if below else ends > bound
    return np.where(np.isnan(ends), np.nan, past.astype(np.float64))


def states(crossed: Floats, *, wait: int, k: int, n: int) -> Integers:
    """Return the state of a rule at the beginning of each chunk and today, (…, chunks + 1): 1 fired, 0 not, -1 not known.

    At the beginning of chunk t a chunk j is known if j < t - `wait`. The rule fires if `k` of the last `n` known, measured chunks are
    beyond its bound. With fewer than `n` it may fire, and can't be said not to have.

    Parameters
    ----------
    crossed
        (…, chunks) 1 beyond the bound, 0 not, NaN not measured.
    wait
        Whole chunks after which a chunk's labels are known; 0 without labels.
    k, n
        As of the rule.

    Examples
    --------
    >>> states(np.array([0.0, 1.0, 1.0, 0.0]), wait=0, k=2, n=2).tolist()
    [-1, -1, 0, 1, 0]
    """
    chunks = crossed.shape[-1]
    found = np.full((*crossed.shape[:-1], chunks + 1), UNKNOWN, dtype=np.int64)
    measured = np.flatnonzero(~np.isnan(crossed.reshape(-1, chunks)).all(axis=0))
    for t in range(chunks + 1):
        last = measured[measured < t - wait][-n:]
        if len(last):
            hits = crossed[..., last].sum(axis=-1)
            found[..., t] = np.where(hits >= k, 1, 0 if len(last) >= n else UNKNOWN)
    return found


def first_firing(state: Integers) -> int:
    """Return the first place where a rule fired (chunks + 1,), or -1."""
    fired = np.flatnonzero(state == 1)
    return int(fired[0]) if len(fired) else -1


def chance_of_firing(
    errors: Floats, *, base: float, base_error: float, below: bool, lower_end: bool, bound: float, wait: int, k: int, n: int,
    magnitude: bool = False, runs: int = 2000, seed: int = 0,
) -> float:  # fmt: skip
    """Return how often a rule would fire at least once over this history if nothing had changed since the test.

    A parametric bootstrap: the truth is drawn around the test's value, each chunk around the truth with its own standard error, and
    its interval moves along.

    Parameters
    ----------
    errors
        (chunks,) standard error of each chunk; NaN where it wasn't measured.
    base, base_error
        The signal on the test, and its standard error.
    below, lower_end, bound
        Whether firing is below the bound, whether the interval's lower end is judged, and the bound.
    wait, k, n
        As in `states`.
    magnitude
        Whether the signal is the size of a number that may be negative.
    runs, seed
        Histories drawn.

    Examples
    --------
    >>> chance_of_firing(
    ...     np.full(6, 0.01), base=0.2, base_error=0.0, below=True, lower_end=False, bound=0.0, wait=0, k=2, n=3
    ... )
    0.0
    """
    rng = np.random.default_rng(seed)
    truth = base + base_error * rng.standard_normal(runs)
    drawn = truth[:, None] + errors * rng.standard_normal((runs, len(errors)))
    if magnitude:
        drawn = np.abs(drawn)
    ends = drawn + (-1 if lower_end else 1) * 1.96 * errors
    crossed = beyond(ends, below=below, bound=bound)
    return float((states(crossed, wait=wait, k=k, n=n) == 1).any(axis=-1).mean())
