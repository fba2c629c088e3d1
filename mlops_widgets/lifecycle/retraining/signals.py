"""What a monitor reads of each model in each chunk: 1 is where it alarms, and a timeline without change rarely gets there.

Every reading is divided by a level so high that, over all signals and chunks, one in twenty timelines without change gets there: a
threshold found so holds for few rows and many columns alike, where a fixed one promises nothing.
"""

import numpy as np
import numpy.typing as npt

from mlops_widgets.lifecycle.retraining.chunk_means import Groups, Means, as_normal, limit, means_of
from mlops_widgets.lifecycle.retraining.column_drift import ColumnDrift

Floats = npt.NDArray[np.float64]

FALSE_ALARM_SHARE = 0.05
"""Share of timelines without change in which any of the signals may alarm at all; each gets an equal part of it."""
NEEDS_LABELS = frozenset({"performance", "calibration"})
NAMES = ("drift", "label-free", "performance", "calibration")
_FIRST_CHUNKS = 3
_DRAWS = 20_000
_ODD_POINTS = 0.02


def rising(means: Means, start: int, readings: int, *, share: float) -> Floats:
    """Return how surely each chunk's mean (T,) is above that of the first chunks of the model's life; 0 in its first.

    Those are the three from `start` on, as far as they lie before the chunk that is read. Welch's t, as a normal deviate over its
    limit.
    """
    found = np.full(len(means.mean), np.nan)
    present = [j for j in range(start, len(found)) if np.isfinite(means.mean[j])]
    for place, j in enumerate(present):
        base = present[: min(place, _FIRST_CHUNKS)]
        found[j] = 0.0 if not base else _above(means, base, j)
    return found / limit(readings, two_sided=False, share=share)


def _above(means: Means, base: list[int], j: int) -> float:
    size = means.size[base]
    centre = float(size @ means.mean[base] / size.sum())
    variance = float((size**2 @ means.error[base] ** 2) / size.sum() ** 2) + float(means.error[j]) ** 2
    if not np.isfinite(variance):
        return float("nan")
    if variance == 0:
        return 0.0 if means.mean[j] == centre else float(np.sign(means.mean[j] - centre)) * 38.0
    freedom = means.units[base].sum() + means.units[j] - len(base) - 1
    rise = np.array([(means.mean[j] - centre) / np.sqrt(variance)])
    return float(as_normal(rise, np.array([freedom]), two_sided=False)[0])


def off(residuals: Floats, weights: Floats, groups: Groups, start: int, *, learned: float) -> Floats:
    """Return how surely the mean residual of each chunk (T,) isn't 0, as a normal deviate; the largest over columns.

    Parameters
    ----------
    residuals
        (n - start, k) outcome less answer.
    weights, groups, start
        As in `means_of`.
    learned
        Weight of the rows that the model learned from: its own mean is as uncertain as they are few, which is added.
    """
    worst = np.full(groups.chunks, np.nan)
    for column in residuals.T:
        means = means_of(column, weights, groups, start)
        error = means.error * np.sqrt(1 + means.size / max(learned, 1.0))
        t = np.divide(means.mean, error, out=np.where(means.mean == 0, 0.0, np.nan), where=error > 0)
        worst = np.fmax(worst, as_normal(t, means.units - 1, two_sided=True))
    return worst


def limit_of_off(readings: int, *, ratio: float, columns: int = 1, share: float) -> float:
    """Return what the largest of `off` over a timeline stays below with a chance of 1 - `share` if nothing changed.

    Drawn from normal errors of chunks of equal size and of the fit that they share; over columns by Bonferroni.

    Parameters
    ----------
    readings
        How many chunks a timeline has.
    ratio
        Rows of a chunk over rows of the fit.
    columns
        Columns of residuals.
    share
        Share of timelines.

    Examples
    --------
    >>> round(limit_of_off(1, ratio=0.0, share=0.05), 1), round(limit_of_off(18, ratio=0.2, share=0.05), 1)
    (2.0, 3.0)
    """
    rng = np.random.default_rng(0)
    fit = np.sqrt(ratio) * rng.standard_normal((_DRAWS, 1))
    largest = np.abs((rng.standard_normal((_DRAWS, readings)) + fit) / np.sqrt(1 + ratio)).max(axis=1)
    return float(np.quantile(largest, 1 - share / columns))


def reach_of(drift: ColumnDrift, learned: slice, start: int) -> Floats:
    """Return the largest drift reading that each column can give of a model, (columns,): it alarms above 1.

    A distance of shares is bounded. It is convex in the chunk's shares, so that it is largest where all rows are in one cell.

    Parameters
    ----------
    drift
        The columns' counts and limit.
    learned
        Chunks that the model learned from.
    start
        The first chunk that is read.
    """
    streams = drift.streams
    cells = np.diff(streams.bounds)
    hot = np.zeros((int(cells.max()), int(streams.bounds[-1])))
    for place in range(len(hot)):
        hot[place, streams.bounds[:-1] + np.minimum(place, cells - 1)] = 1.0
    farthest = streams.distances(drift.counts[learned].sum(axis=0)[None, :], hot).max(axis=0)
    readings = (farthest - drift.centre[start:]) / drift.spread[start:] / drift.limit
    return np.asarray(readings.max(axis=0))


def misses_its_own_rows(residuals: Floats, weights: Floats, *, scale: float) -> float | None:
    """Return by how much answers miss the mean of the rows that the model learned from, if that is beyond chance and beyond 2 %.

    Such answers aren't meant as probabilities or means (class weights, quantiles): what they are off later says nothing.

    Parameters
    ----------
    residuals
        (n, k) on the rows of the fit.
    weights
        (n,).
    scale
        What 2 % is of: 1 for probabilities, the outcomes' spread for numbers.
    """
    size = weights.sum()
    mean = weights @ residuals / size
    spread = np.sqrt(weights @ (residuals - mean) ** 2 / size)
    far = np.abs(mean) > np.maximum(_ODD_POINTS * scale, 4 * spread / np.sqrt(size))
    return float(np.abs(mean)[far].max()) if far.any() else None
