"""What shuffled folds know that production won't: the test's own time and later, and other rows of the same entity.

Both are measured on identical test rows between models that learned from as many rows, so that neither the rows nor the
size of the training set stands behind a difference.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from scipy import stats

from mlops_widgets.core.progress import Cancel
from mlops_widgets.measures.folds.fold_means import FoldOutput, paired_mean
from mlops_widgets.measures.folds.splitters import Rows
from mlops_widgets.measures.intervals import Estimate
from mlops_widgets.measures.metrics import Metric
from mlops_widgets.measures.weighted import Floats, Numbers

_ALIKE_SIZES = 0.1
"""Training sets whose sizes differ by more than this share aren't compared."""


@dataclass(frozen=True, kw_only=True)
class ShufflingGap:
    """Shuffled less honest, in the metric's own direction, with both scores and how many rows either learned from."""

    difference: Estimate
    shuffled: float
    honest: float
    train_rows: float


def knowing_other_times(
    metric: Metric, time: Sequence[FoldOutput | None], twins: Sequence[Sequence[FoldOutput | None]], units: Rows, *,
    seed: int, cancel: Cancel | None = None,
) -> ShufflingGap | None:  # fmt: skip
    """Return how a model that learned from rows of all times scores beside one that learned from the past only.

    All times are those before, after, and the test's own: what rows of one day share counts as known, as in shuffling.

    Two sources of error add up: the test rows, by drawing units; and which rows train, by how the draws differ. Were
    time of no matter, the past would be one more draw, so its score varies as theirs: s²(1 + 1/draws) a fold.

    Parameters
    ----------
    metric
        The metric.
    time
        Time-ordered folds; None where a fit was left out.
    twins
        For each fold, models that were tested on some of its rows and learned from as many rows of all times.
    units
        Unit of each row of the table.
    seed, cancel
        As in `unit_mean`.

    Returns
    -------
    ShufflingGap or None
        None where no fold has a value.
    """
    pairs = [
        _on_same_rows(past, known) for past, several in zip(time, twins, strict=False) if past is not None and all(several)
        for known in several if known is not None
    ]  # fmt: skip
    if not pairs:
        return None
    found = paired_mean(
        metric, [known for _, known in pairs], [past for past, _ in pairs], units, seed=seed, cancel=cancel
    )
    if found is None:
        return None
    difference, shuffled, honest = found
    draws = len(twins[0])
    variance, degrees = mean_spread((shuffled - honest).reshape(-1, draws))
    folds = len(pairs) // draws
    error = float(np.sqrt(variance * (1 + 1 / draws) / folds))
    return _gap(widen(difference, error=error, degrees=degrees), shuffled, honest, [past for past, _ in pairs], None)


def _on_same_rows(a: FoldOutput, b: FoldOutput) -> tuple[FoldOutput, FoldOutput]:
    return a.take(np.isin(a.rows, b.rows)), b.take(np.isin(b.rows, a.rows))


def knowing_the_entity(
    metric: Metric, grouped: Sequence[FoldOutput | None], repeats: Sequence[Sequence[FoldOutput | None]], units: Rows, *,
    seed: int, cancel: Cancel | None = None,
) -> ShufflingGap | None:  # fmt: skip
    """Return how models that learned from other rows of the same entities score beside ones that never saw them.

    Compared in each cell of a grouped and a shuffled fold: there either side is one model, and both learned from about
    as many rows; grouped folds whose training set differs by more than a tenth (one huge entity) are left out. To the
    error of the test rows, by drawing units, comes that of the folds, by how the repeats differ.

    Parameters
    ----------
    metric
        The metric.
    grouped
        Folds of whole entities; None where a fit was left out.
    repeats
        Shuffled folds, one sequence a repeat; two at least.
    units
        Entity of each row of the table.
    seed, cancel
        As in `unit_mean`.

    Returns
    -------
    ShufflingGap or None
        None where there are fewer than two repeats, or no cell has a value.
    """
    mine = [fold for fold in grouped if fold is not None]
    pairs: list[tuple[FoldOutput, FoldOutput, int]] = []
    for repeat, folds in enumerate(repeats):
        pairs += [(a, b, repeat) for a, b in cells(mine, [fold for fold in folds if fold is not None])]
    if len(repeats) < 2 or not pairs:
        return None
    honest_folds, shuffled_folds = [a for a, _, _ in pairs], [b for _, b, _ in pairs]
    found = paired_mean(metric, shuffled_folds, honest_folds, units, seed=seed, by_rows=True, cancel=cancel)
    if found is None:
        return None
    difference, shuffled, honest = found
    shares = np.array([len(fold.y) for fold in honest_folds], dtype=np.float64)
    of_repeat = np.array([repeat for _, _, repeat in pairs])
    each = [_mean((shuffled - honest)[of_repeat == r], shares[of_repeat == r]) for r in range(len(repeats))]
    variance, degrees = mean_spread(np.array([each]))
    error = float(np.sqrt(variance * (1 + 1 / len(repeats))))
    return _gap(widen(difference, error=error, degrees=degrees), shuffled, honest, honest_folds, shares)


def _gap(
    difference: Estimate, shuffled: Floats, honest: Floats, folds: Sequence[FoldOutput], shares: Floats | None
) -> ShufflingGap:
    both = np.where(np.isnan(shuffled) | np.isnan(honest), np.nan, 1.0)
    weights = np.ones(len(both)) if shares is None else shares
    return ShufflingGap(
        difference=difference, shuffled=_mean(shuffled * both, weights), honest=_mean(honest * both, weights),
        train_rows=float(np.mean([fold.train_rows for fold in folds])),
    )  # fmt: skip


def _mean(values: Floats, shares: Floats) -> float:
    kept = ~np.isnan(values)
    return float(np.average(values[kept], weights=shares[kept])) if kept.any() else float("nan")


def widen(estimate: Estimate, *, error: float, degrees: int) -> Estimate:
    """Return `estimate` with another, independent standard error in its interval: the half widths add in squares.

    Parameters
    ----------
    estimate
        With the interval of the first source of error.
    error
        Standard error of the second, such as which rows happened to train.
    degrees
        Degrees of freedom that `error` was estimated with; infinite bounds where there are none.
    """
    reach = float(stats.t.ppf(0.5 + estimate.level / 2, degrees)) * error if degrees > 0 else float("inf")
    value = estimate.value
    return replace(
        estimate,
        lower=value - float(np.hypot(value - estimate.lower, reach)),
        upper=value + float(np.hypot(estimate.upper - value, reach)),
    )


def cells(a: Sequence[FoldOutput], b: Sequence[FoldOutput]) -> list[tuple[FoldOutput, FoldOutput]]:
    """Return the rows that fold i of `a` and fold j of `b` share, for all i and j, as pairs on identical rows.

    In each cell either side is one model, so that also metrics of ranks are compared within a model.
    """
    found = []
    for mine in a:
        for yours in b:
            rows = np.intersect1d(mine.rows, yours.rows)
            if len(rows) and abs(mine.train_rows / yours.train_rows - 1) <= _ALIKE_SIZES:
                found.append((_at(mine, rows), _at(yours, rows)))
    return found


def _at(fold: FoldOutput, rows: Rows) -> FoldOutput:
    order = np.argsort(fold.rows)
    where = order[np.searchsorted(fold.rows[order], rows)]
    weights = None if fold.weights is None else fold.weights[where]
    return FoldOutput(rows, fold.y[where], fold.output[where], weights, fold.train_rows)


def mean_spread(values: Numbers) -> tuple[float, int]:
    """Return the mean variance of the rows of `values` (k, R) and its degrees of freedom, rows with NaN left out."""
    kept = np.asarray(values, dtype=np.float64)
    kept = kept[~np.isnan(kept).any(axis=1)]
    if not len(kept) or kept.shape[1] < 2:
        return float("nan"), 0
    return float(kept.var(axis=1, ddof=1).mean()), len(kept) * (kept.shape[1] - 1)
