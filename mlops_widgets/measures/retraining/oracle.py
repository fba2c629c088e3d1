"""The best that could have been done: dynamic programming over who serves, under the delays and costs of everybody else."""

from dataclasses import dataclass

import numpy as np

from mlops_widgets.measures.retraining.grid import Floats, Grid
from mlops_widgets.measures.retraining.policies import Path, Terms, replay


@dataclass(frozen=True, kw_only=True)
class Oracle:
    """The optimum.

    Parameters
    ----------
    total
        Losses and retrain costs.
    path
        What it does; of the halves, what the one chosen on all rows does.
    is_hindsight
        Whether the path was scored on the rows that it was chosen on, so that noise alone makes it look good.
    """

    total: float
    path: Path
    is_hindsight: bool


def oracle(grid: Grid, terms: Terms, *, start: int | None = None) -> Oracle:
    """Return the optimum from chunk `start` on, chosen on one half of each chunk's rows and scored on the other, both ways.

    The two scores are averaged. Without halves it is the optimum in hindsight.

    Examples
    --------
    >>> losses = np.array([[1.0, 5, 5], [np.nan, 1, 1], [np.nan, np.nan, 1]])
    >>> grid = Grid(sums=np.stack([losses, np.zeros((3, 3))]), counts=np.array([[1.0, 1, 1], [0, 0, 0]]))
    >>> best = oracle(grid, Terms(retrain_cost=2))
    >>> best.total, best.path.decided, best.is_hindsight
    (5.0, (1,), True)
    """
    begin = grid.first if start is None else start
    best = hindsight(grid, terms, grid.losses, begin)
    if not grid.has_halves:
        return Oracle(total=best.total, path=best, is_hindsight=True)
    halves = [grid.half(0), grid.half(1)]
    scores = []
    for chosen_on, scored_on in ((0, 1), (1, 0)):
        path = hindsight(grid, terms, halves[chosen_on], begin)
        again = replay(grid, path.decided, terms, start=begin, end=grid.chunks, losses=halves[scored_on])
        scores.append(again.total)
    return Oracle(total=float(np.mean(scores)), path=best, is_hindsight=False)


def hindsight(grid: Grid, terms: Terms, losses: Floats, start: int) -> Path:
    """Return the path of least cost by these losses (T, T); of equals, the one that retrains later or not at all."""
    chunks = grid.chunks
    lost = np.where(np.isnan(losses), 0.0, losses) * terms.value_per_loss
    value = np.zeros((chunks + 1, chunks))
    retrains = np.zeros((chunks, chunks), dtype=bool)
    for t in range(chunks - 1, start - 1, -1):
        value[t] = lost[:, t] + value[t + 1]
        candidate, live = t - terms.label_delay, t + terms.deploy_delay
        if t == start or candidate <= grid.first or not grid.exists[candidate] or live >= chunks:
            continue
        instead = terms.retrain_cost + lost[:candidate, t:live].sum(axis=1) + _from(value, lost, candidate, t, live)
        retrains[t, :candidate] = instead < value[t, :candidate]
        value[t, :candidate] = np.minimum(value[t, :candidate], instead)
    return replay(grid, _decisions(retrains, grid, terms, start), terms, start=start, end=chunks, losses=losses)


def _from(value: Floats, lost: Floats, model: int, t: int, live: int) -> float:
    """Return the least cost from when a model serves: at once, this chunk is over with it; later, one may decide again then."""
    return float(lost[model, t] + value[t + 1, model] if live == t else value[live, model])


def _decisions(
    retrains: "np.ndarray[tuple[int, int], np.dtype[np.bool_]]", grid: Grid, terms: Terms, start: int
) -> tuple[int, ...]:
    """Return the chunks at which the optimum retrains, followed from the start."""
    decided, serving, t = [], grid.first, start
    while t < grid.chunks:
        if retrains[t, serving]:
            decided.append(t)
            serving = t - terms.label_delay
            t += max(terms.deploy_delay, 1)
        else:
            t += 1
    return tuple(decided)
