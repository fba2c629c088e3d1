"""The mean of a metric over folds, and of its difference on the same folds, with intervals that resample units.

The mean over folds is the number wanted: scores of models fitted on different rows have no common scale, so ranking
pooled predictions would measure their shifts too.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from mlops_widgets.core.progress import Cancel, check_cancel
from mlops_widgets.errors import InputError
from mlops_widgets.measures.folds.splits_variance import nadeau_bengio
from mlops_widgets.measures.folds.splitters import Rows
from mlops_widgets.measures.intervals import Estimate, estimate_from, paired_difference
from mlops_widgets.measures.metrics import Metric
from mlops_widgets.measures.resampling import Resampler
from mlops_widgets.measures.weighted import Floats, ratio

DRAWS = 400
"""The intervals take a standard error from the draws, which 400 give to within 4 % (1/√(2·400))."""


@dataclass(frozen=True, eq=False)
class FoldOutput:
    """What a model fitted on other rows said of one fold.

    Parameters
    ----------
    rows
        (n,) positions of the tested rows.
    y
        (n,) their outcomes.
    output
        (n,) or (n, K) what the metric needs of the model.
    weights
        (n,) weights of the rows, or None.
    train_rows
        How many rows the model learned from.
    """

    rows: Rows
    y: Floats
    output: Floats
    weights: Floats | None
    train_rows: int

    def score(self, metric: Metric) -> float:
        """Return the metric on the fold; NaN where it has no value, as ROC AUC on one class."""
        weights = np.ones(len(self.y)) if self.weights is None else self.weights
        return float(metric.draws(self.y, self.output, weights[None, :])[0]) if len(self.y) else float("nan")

    def take(self, chosen: "np.typing.NDArray[np.bool_]") -> "FoldOutput":
        """Return the rows marked in `chosen` (n,)."""
        weights = None if self.weights is None else self.weights[chosen]
        return FoldOutput(self.rows[chosen], self.y[chosen], self.output[chosen], weights, self.train_rows)


def fold_scores(metric: Metric, folds: Sequence[FoldOutput]) -> Floats:
    """Return the metric on each fold (folds,); NaN where it has no value."""
    return np.array([fold.score(metric) for fold in folds], dtype=np.float64)


def random_mean(metric: Metric, folds: Sequence[FoldOutput], *, level: float = 0.95) -> tuple[float, float, float]:
    """Return the mean over random folds with Nadeau and Bengio's interval, cut to the metric's range.

    Infinite bounds where fewer than two folds have a value. Folds that all score the same say nothing about the
    uncertainty; the rows that could be otherwise do (`estimate_from`).
    """
    scores = fold_scores(metric, folds)
    defined = scores[~np.isnan(scores)]
    if len(defined) < 2:
        return (float(defined.mean()) if len(defined) else float("nan")), -np.inf, np.inf
    if np.ptp(defined) == 0:
        same = _estimate(
            metric, folds, float(defined[0]), draws=defined, resampler=Resampler(_row_of_each(folds)), level=level
        )
        return same.value, same.lower, same.upper
    train, test = (float(np.mean(each)) for each in ([f.train_rows for f in folds], [len(f.y) for f in folds]))
    value, lower, upper = nadeau_bengio(defined, n_train=round(train), n_test=round(test), level=level)
    return value, *_within_range(metric, lower, upper)


def unit_mean(
    metric: Metric, folds: Sequence[FoldOutput], units: Rows, *, seed: int, draws: int = DRAWS, cancel: Cancel | None = None
) -> Estimate:  # fmt: skip
    """Return the mean over folds with the interval of a bootstrap that draws whole units and keeps the folds.

    Parameters
    ----------
    metric
        The metric.
    folds
        Each row in at most one; folds without a value are left out.
    units
        Unit of every row of the table: a block of time, an entity, a row. A unit in several folds is drawn in all.
    seed, draws
        Of the bootstrap.
    cancel
        Looked at between batches.

    Raises
    ------
    InputError
        If no fold has a value.
    """
    kept = [fold for fold in folds if not np.isnan(fold.score(metric))]
    if not kept:
        raise InputError(f"{metric.label} has no value on any fold: {metric.undefined}.")
    resampler = _resampler(kept, units, seed, draws)
    means = _mean_over_folds(_draws(metric, kept, resampler, cancel), np.ones(len(kept)))
    return _estimate(metric, kept, float(fold_scores(metric, kept).mean()), draws=means, resampler=resampler)


def paired_mean(
    metric: Metric, a: Sequence[FoldOutput], b: Sequence[FoldOutput], units: Rows, *, seed: int,
    draws: int = DRAWS, by_rows: bool = False, cancel: Cancel | None = None,
) -> tuple[Estimate, Floats, Floats] | None:  # fmt: skip
    """Return the mean of `a - b` over folds on identical rows, its interval given the fitted models, and both scores.

    Parameters
    ----------
    metric
        The metric.
    a, b
        Outputs of two models a fold, on the same rows in the same order; a row may come in several pairs.
    units, seed, draws, cancel
        As in `unit_mean`.
    by_rows
        Whether larger folds count for more; else all count the same.

    Returns
    -------
    difference, scores of a (pairs,), scores of b (pairs,)
        None where no pair has a value on both sides.
    """
    scores = fold_scores(metric, a), fold_scores(metric, b)
    kept = [i for i, missing in enumerate(np.isnan(scores[0] + scores[1])) if not missing]
    if not kept:
        return None
    pairs = [a[i] for i in kept], [b[i] for i in kept]
    shares = np.array([len(fold.y) for fold in pairs[0]], dtype=np.float64) if by_rows else np.ones(len(kept))
    resampler = _resampler(pairs[0], units, seed, draws)
    both = [_draws(metric, side, resampler, cancel) for side in pairs]
    missing = np.isnan(both[0]) | np.isnan(both[1])
    sides, means = [], []
    for side, drawn, score in zip(pairs, both, scores, strict=True):
        drawn[missing] = np.nan
        means.append(_mean_over_folds(drawn, shares))
        value = float(np.average(score[kept], weights=shares))
        sides.append(_estimate(metric, side, value, draws=means[-1], resampler=resampler))
    return paired_difference(metric, sides[0], sides[1], means[0], means[1]), *scores


def _row_of_each(folds: Sequence[FoldOutput]) -> Rows:
    return np.concatenate([fold.rows for fold in folds])


def _resampler(folds: Sequence[FoldOutput], units: Rows, seed: int, draws: int) -> Resampler:
    return Resampler(units[_row_of_each(folds)], draws=draws, seed=seed)


def _draws(metric: Metric, folds: Sequence[FoldOutput], resampler: Resampler, cancel: Cancel | None) -> Floats:
    """Return the metric of each fold under each draw (folds, draws), the units drawn for all folds at once."""
    ends = np.cumsum([len(fold.y) for fold in folds])
    kernels = [metric.prepare(fold.y, fold.output) for fold in folds]
    own = None if folds[0].weights is None else np.concatenate([_weights(fold) for fold in folds]).astype(np.float32)
    parts = []
    for batch in resampler.weights(int(ends[-1]), draws=resampler.draws_of([metric])):
        check_cancel(cancel)
        weights = batch if own is None else batch * own
        pieces = np.split(weights, ends[:-1], axis=1)
        parts.append(np.array([kernel(piece) for kernel, piece in zip(kernels, pieces, strict=True)]))
    return np.concatenate(parts, axis=1)


def _weights(fold: FoldOutput) -> Floats:
    return np.ones(len(fold.y)) if fold.weights is None else fold.weights


def _mean_over_folds(values: Floats, shares: Floats) -> Floats:
    """Return the weighted mean over the folds that have a value, for each draw; NaN where none has."""
    defined = ~np.isnan(values)
    total = (np.where(defined, values, 0.0) * shares[:, None]).sum(axis=0)
    weight = (defined * shares[:, None]).sum(axis=0)
    return ratio(total, weight)


def _estimate(
    metric: Metric,
    folds: Sequence[FoldOutput],
    value: float,
    *,
    draws: Floats,
    resampler: Resampler,
    level: float = 0.95,
) -> Estimate:
    deciding = np.concatenate([metric.events(fold.y, fold.output) for fold in folds])
    rows = _row_of_each(folds)
    return estimate_from(
        metric, value, draws, level=level, rows=len(np.unique(rows)), units=resampler.count(np.ones(len(rows), dtype=np.bool_)),
        events=resampler.count(deciding),
    )  # fmt: skip


def _within_range(metric: Metric, lower: float, upper: float) -> tuple[float, float]:
    low, high = metric.lower, metric.upper
    return (lower if low is None else max(low, lower)), (upper if high is None else min(high, upper))
