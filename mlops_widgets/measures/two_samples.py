"""Whether two samples differ: permutation tests that shuffle whole units, for a classifier's score and for columns."""

from collections.abc import Iterator, Sequence

import numpy as np
import numpy.typing as npt
from scipy.stats import rankdata

from mlops_widgets.core.progress import Cancel, check_cancel
from mlops_widgets.measures.weighted import Floats

Integers = npt.NDArray[np.int64]
Marks = npt.NDArray[np.bool_]

_BATCH_BYTES = 4_000_000


def auc_permutation_p(
    scores: Floats, later: Marks, units: Integers, *, draws: int = 999, seed: int = 0, cancel: Cancel | None = None
) -> float:
    """Return how often shuffled units are told apart as well as the true ones: the classifier two-sample test.

    The scores come from a classifier that saw none of these units (Lopez-Paz & Oquab 2017). Each unit belongs to one of
    the samples; units change sides, their rows stay together. One-sided: an AUC below 0.5 is no evidence.

    Parameters
    ----------
    scores
        (n,) how much each row looks like the later sample.
    later
        (n,) whether a row is of the later sample.
    units
        (n,) the unit of each row, never of both samples.
    draws
        How many shuffles.
    seed
        Seed of the shuffles.
    cancel
        Looked at between batches.

    Returns
    -------
    float
        (1 + shuffles that do as well) / (1 + shuffles), so the test is exact (Phipson & Smyth 2010).

    Examples
    --------
    >>> scores = np.arange(20.0)
    >>> auc_permutation_p(scores, scores >= 10, np.arange(20), draws=99)
    0.01
    """
    codes, mark, sizes = _by_unit(later, units)
    ranks = np.bincount(codes, weights=rankdata(scores)).astype(np.float64)
    observed = _auc(mark[None, :], ranks, sizes)[0]
    passes = 0
    for shuffled in _shuffles(mark, draws=draws, seed=seed, cancel=cancel):
        passes += int((_auc(shuffled, ranks, sizes) >= observed - 1e-12).sum())
    return (1 + passes) / (1 + draws)


def _auc(marks: npt.NDArray[np.floating], ranks: Floats, sizes: Floats) -> Floats:
    ours = marks @ sizes
    theirs = sizes.sum() - ours
    return np.asarray((marks @ ranks - ours * (ours + 1) / 2) / (ours * theirs), dtype=np.float64)


def _by_unit(later: Marks, units: Integers) -> tuple[Integers, Floats, Floats]:
    """Return the unit of each row from 0, and of each unit 0 or 1 (is it of the later sample?) and its rows."""
    codes = np.unique(units, return_inverse=True)[1].astype(np.int64)
    sizes = np.bincount(codes).astype(np.float64)
    return codes, np.bincount(codes, weights=later) / sizes, sizes


def _shuffles(mark: Floats, *, draws: int, seed: int, cancel: Cancel | None) -> Iterator[npt.NDArray[np.float64]]:
    """Yield the marks of all units in shuffled order, (b, units) a batch."""
    rng = np.random.default_rng(seed)
    batch = max(1, _BATCH_BYTES // (8 * len(mark)))
    for start in range(0, draws, batch):
        check_cancel(cancel)
        yield rng.permuted(np.tile(mark, (min(batch, draws - start), 1)), axis=1)


def largest_differences(counts: Floats, others: Floats, ordered: Sequence[bool], widths: Sequence[int]) -> Floats:
    """Return how far two samples are apart in each column, from 0 (alike) to 1, for many pairs of samples at once.

    Ordered cells: the largest difference of the two cumulative shares (Kolmogorov & Smirnov). Unordered ones: half
    the summed differences of shares (total variation). Either is the most by which the share of rows that a rule picks
    can differ, the rule being a threshold or a set of categories.

    Parameters
    ----------
    counts, others
        (B, cells) rows in each cell of either sample, all columns' cells beside each other.
    ordered
        Whether each column's cells are in order.
    widths
        How many cells each column has.

    Returns
    -------
    ndarray of shape (B, columns)
    """
    found, start = [], 0
    for in_order, width in zip(ordered, widths, strict=True):
        mine, theirs = counts[:, start : start + width], others[:, start : start + width]
        gap = mine / mine.sum(axis=1, keepdims=True) - theirs / theirs.sum(axis=1, keepdims=True)
        found.append(np.abs(np.cumsum(gap, axis=1)).max(axis=1) if in_order else np.abs(gap).sum(axis=1) / 2)
        start += width
    return np.column_stack(found)


def compare_columns(
    cells: Integers, later: Marks, units: Integers, ordered: Sequence[bool], *, draws: int = 999, seed: int = 0,
    cancel: Cancel | None = None,
) -> tuple[Floats, Floats, Floats]:  # fmt: skip
    """Return how far each column of two samples is apart, its p-value, and that adjusted for all columns.

    Units are shuffled as in `auc_permutation_p`. The adjusted p-values hold the chance of one false alarm among all
    columns: the step-down maximum statistic of Westfall & Young (1993, algorithm 2.8 applied to statistics in standard
    deviations of their shuffles). It is never more cautious than Holm's where columns go together, and doesn't need
    more shuffles for more columns.

    Parameters
    ----------
    cells
        (n, columns) the cell of each row, from 0.
    later, units, draws, seed, cancel
        As in `auc_permutation_p`.
    ordered
        Whether each column's cells are in order.

    Returns
    -------
    distances, p_values, adjusted
        (columns,) each.
    """
    codes, mark, _ = _by_unit(later, units)
    widths = [int(column.max()) + 1 for column in cells.T]
    table = np.concatenate(
        [_counted(codes, column, len(mark), width) for column, width in zip(cells.T, widths, strict=True)], axis=1
    )
    total = table.sum(axis=0)

    def distances(marks: npt.NDArray[np.floating]) -> Floats:
        ours = (marks.astype(np.float32) @ table).astype(np.float64)  # counts below 2^24 are exact in single precision
        return largest_differences(ours, total - ours, ordered, widths)

    observed = distances(mark[None, :])[0]
    drawn = np.concatenate([distances(each) for each in _shuffles(mark, draws=draws, seed=seed, cancel=cancel)])
    p_values = (1 + (drawn >= observed - 1e-9).sum(axis=0)) / (1 + draws)
    return observed, p_values, _step_down(observed, drawn)


def _counted(codes: Integers, cells: Integers, units: int, width: int) -> npt.NDArray[np.float32]:
    return np.bincount(codes * width + cells, minlength=units * width).reshape(units, width).astype(np.float32)


def _step_down(observed: Floats, drawn: Floats) -> Floats:
    middle, spread = drawn.mean(axis=0), drawn.std(axis=0)
    spread = np.where(spread > 0, spread, 1.0)  # a constant column: observed and drawn are both 0
    found, shuffled = (observed - middle) / spread, (drawn - middle) / spread
    order = np.argsort(-found, kind="stable")
    largest = np.maximum.accumulate(shuffled[:, order[::-1]], axis=1)[:, ::-1]
    passes = (1 + (largest >= found[order] - 1e-9).sum(axis=0)) / (1 + len(drawn))
    adjusted = np.empty(len(observed))
    adjusted[order] = np.maximum.accumulate(passes)
    return adjusted
