"""Where everybody stands in a tournament: on test sets of growing size, and later."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from mlops_widgets.core.progress import Cancel, Progress
from mlops_widgets.errors import InputError
from mlops_widgets.measures.contests.picking import Picking, pick
from mlops_widgets.measures.contests.selection import Answers, Winner, better, score_bounds, scores, winner
from mlops_widgets.measures.metrics import Metric
from mlops_widgets.measures.weighted import Floats


@dataclass(frozen=True, kw_only=True)
class Standings:
    """The scores of k contestants, of the plain baseline (at position k) and of the truth (at k + 1, where known).

    Parameters
    ----------
    metric
        What they are scored by.
    k
        How many contestants there are.
    offline, later
        Everybody's answers.
    sizes
        Rows of each test set, rising: the first so many of the offline rows.
    table
        (T, k + 1 or k + 2) score on each test set; NaN where it has none.
    lower, upper
        (T, k) bounds of the contestants' scores.
    after
        (k + 1 or k + 2,) later score.
    start
        The size that `redrawn` is about.
    redrawn
        What picking on `start` rows does to the winner's score.
    seed
        Seed of all draws.
    """

    metric: Metric
    k: int
    offline: Answers
    later: Answers
    sizes: tuple[int, ...]
    table: Floats
    lower: Floats
    upper: Floats
    after: Floats
    start: int
    redrawn: Picking
    seed: int

    @property
    def here(self) -> Floats:
        """Everybody's scores on `start` rows."""
        return np.asarray(self.table[self.sizes.index(self.start)])

    @property
    def winner(self) -> Winner:
        """The best of the contestants on `start` rows."""
        return winner(self.here[: self.k], self.after[: self.k], tried=self.k, greater=self.metric.greater_is_better)

    @property
    def ceiling(self) -> tuple[Floats, float]:
        """What the truth scores on each test set and later; NaN where it isn't known."""
        if self.table.shape[1] == self.k + 1:
            return np.full(len(self.sizes), np.nan), float("nan")
        return self.table[:, self.k + 1], float(self.after[self.k + 1])

    @property
    def plain_ahead_share(self) -> float:
        """Share of the redraws whose winner is worse later than the plain baseline, 0 to 1."""
        winners = self.after[self.redrawn.winners]
        plain = np.full(len(winners), self.after[self.k])
        return float(better(plain, winners, greater=self.metric.greater_is_better).mean())

    @property
    def above_ceiling_share(self) -> float:
        """Share of the redraws whose winner scores better than the truth on the same rows, 0 to 1."""
        drawn: npt.NDArray[np.floating] = self.redrawn.drawn
        weights = drawn if self.offline.weights is None else drawn * self.offline.weights
        truth = self.metric.draws(self.offline.y, self.offline.outputs[self.k + 1], weights)
        return float(better(self.redrawn.offline, truth, greater=self.metric.greater_is_better).mean())


def compare(
    metric: Metric, offline: Answers, later: Answers, *, k: int, sizes: Sequence[int], aim: int | None,
    whole_units: bool, seed: int, progress: Progress | None = None, cancel: Cancel | None = None,
) -> Standings:  # fmt: skip
    """Return where everybody stands.

    Parameters
    ----------
    metric
        The metric.
    offline, later
        Everybody's answers: k contestants, the plain baseline and, where known, the truth. Offline rows in random order.
    k
        How many contestants there are.
    sizes
        Sizes of test sets; those above the offline rows are left out, their number is added, and sizes at which the
        metric has no value go.
    aim
        The start is the size next to it; None for all offline rows.
    whole_units, seed, progress, cancel
        As in `pick`.

    Raises
    ------
    InputError
        If the metric has no value on all offline rows or on the later ones.
    """
    grid = sorted({int(size) for size in sizes if size <= offline.rows} | {offline.rows})
    scored = {size: scores(metric, offline.take(np.arange(size))) for size in grid}
    table = {size: row for size, row in scored.items() if not np.isnan(row[:k]).all()}
    after = scores(metric, later)
    if offline.rows not in table or np.isnan(after[:k]).all():
        where = "later" if offline.rows in table else "offline"
        raise InputError(f"{metric.label} has no value on the {where} rows: {metric.undefined}.")
    alone = offline.models(slice(k))
    bounds = [score_bounds(metric, alone.take(np.arange(size)), row[:k], seed=seed) for size, row in table.items()]
    start = max(table) if aim is None else min(table, key=lambda size: abs(size - aim))
    redrawn = pick(
        metric,
        alone,
        later.models(slice(k)),
        rows=start,
        whole_units=whole_units,
        seed=seed,
        progress=progress,
        cancel=cancel,
    )
    return Standings(
        metric=metric, k=k, offline=offline, later=later, sizes=tuple(table), table=np.array(list(table.values())),
        lower=np.array([low for low, _ in bounds]), upper=np.array([high for _, high in bounds]), after=after, start=start,
        redrawn=redrawn, seed=seed,
    )  # fmt: skip
