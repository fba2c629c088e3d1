"""Rates of groups from their counts: what was decided, against what was true."""

from collections.abc import Sequence
from fractions import Fraction
from numbers import Rational

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Counts = npt.NDArray[np.float64]

RATES = ("selection_rate", "true_positive_rate", "false_positive_rate", "precision", "accuracy")
"""What is compared between groups; each is a share of some of a group's rows."""


def count_cells(groups: npt.NDArray[np.int64], truth: Floats, selected: npt.NDArray[np.bool_], *, n_groups: int,
                weights: Floats | None = None) -> Counts:  # fmt: skip
    """Return the rows of each group by truth and decision.

    Parameters
    ----------
    groups
        (n,) position of each row's group.
    truth
        (n,) 1 where the favourable decision was right, 0 where it wasn't, NaN where nobody knows.
    selected
        (n,) whether the favourable decision was taken.
    n_groups
        How many groups there are.
    weights
        (n,) weights of the rows; None counts them.

    Returns
    -------
    ndarray (n_groups, 3, 2)
        By truth (0, 1, not known) and decision (no, yes).
    """
    label = np.where(np.isnan(truth), 2, np.nan_to_num(truth)).astype(np.int64)
    cell = groups * 6 + label * 2 + selected
    return np.bincount(cell, weights=weights, minlength=n_groups * 6).reshape(n_groups, 3, 2).astype(np.float64)


def hits_and_trials(cells: Counts, rate: str) -> tuple[Floats, Floats]:
    """Return what a rate is made of, each (…,) for cells (…, 3, 2): how many, of how many.

    Examples
    --------
    >>> cells = np.array([[[50.0, 10.0], [10.0, 30.0], [0.0, 0.0]]])
    >>> [float(each[0]) for each in hits_and_trials(cells, "true_positive_rate")]
    [30.0, 40.0]
    """
    known = cells[..., :2, :]
    if rate == "selection_rate":
        return cells[..., 1].sum(axis=-1), cells.sum(axis=(-2, -1))
    if rate == "true_positive_rate":
        return known[..., 1, 1], known[..., 1, :].sum(axis=-1)
    if rate == "false_positive_rate":
        return known[..., 0, 1], known[..., 0, :].sum(axis=-1)
    if rate == "precision":
        return known[..., 1, 1], known[..., 1].sum(axis=-1)
    return known[..., 0, 0] + known[..., 1, 1], known.sum(axis=(-2, -1))


def rate_of(cells: Counts, rate: str) -> Floats:
    """Return a rate (…,); NaN where it is a share of nothing."""
    hits, trials = hits_and_trials(cells, rate)
    share: Floats = np.divide(hits, trials, out=np.full(np.shape(hits), np.nan), where=trials > 0)
    return share


def draw_cells(cells: Counts, *, draws: int, seed: int) -> Counts:
    """Return resamples of the rows behind the counts: one multinomial draw each, which is the bootstrap of rows.

    Parameters
    ----------
    cells
        (groups, 3, 2) counts of rows.
    draws, seed
        How many, and the seed.

    Returns
    -------
    ndarray (draws, groups, 3, 2)
    """
    rows = round(float(cells.sum()))
    drawn = np.random.default_rng(seed).multinomial(rows, (cells / cells.sum()).ravel(), size=draws)
    return drawn.reshape(draws, *cells.shape).astype(np.float64)


def smallest_ratio(rates: Floats) -> Floats:
    """Return the lowest of several rates over the highest (…,) for rates (…, groups); NaN where none is above 0."""
    high = np.nanmax(rates, axis=-1)
    ratio: Floats = np.divide(np.nanmin(rates, axis=-1), high, out=np.full(np.shape(high), np.nan), where=high > 0)
    return ratio


def below_by_chance(sizes: Sequence[int], rate: float, *, ratio: float = 0.8, draws: int = 20_000, seed: int = 0) -> float:  # fmt: skip
    """Return how often the smallest ratio lies below `ratio` though every group has the same rate.

    Parameters
    ----------
    sizes
        Rows of each group.
    rate
        The rate of all.
    ratio
        Where a ratio is called low.
    draws, seed
        Of the simulation by binomial counts; its standard error is at most half over the root of the draws.
    """
    n = np.asarray(sizes, dtype=np.int64)
    rates = np.random.default_rng(seed).binomial(n, rate, size=(draws, len(n))) / n
    return float(np.mean(np.nan_to_num(smallest_ratio(rates), nan=1.0) < ratio - 1e-12))


def is_adverse(selected: Rational | float, rows: Rational | float, best_selected: Rational | float, best_rows: Rational | float) -> bool:  # fmt: skip
    """Say whether a selection rate is less than four fifths of the highest, by exact arithmetic: four fifths itself isn't less.

    Parameters
    ----------
    selected, rows
        Of the group; counts, or sums of weights, which are taken for the decimal fractions that they are written as.
    best_selected, best_rows
        Of the group with the highest rate.

    Examples
    --------
    >>> is_adverse(48, 100, 60, 100), is_adverse(0.1 * 3, 1, 0.375, 1)
    (False, False)
    """
    a, n, b, m = (_exact(each) for each in (selected, rows, best_selected, best_rows))
    return 5 * a * m < 4 * b * n


def _exact(number: Rational | float) -> Fraction:
    """Return a number as a fraction: a float as the decimal number of 12 digits that somebody meant."""
    return Fraction(number) if isinstance(number, Rational) else Fraction(f"{float(number):.12g}")
