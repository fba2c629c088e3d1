"""Where production is worse beyond what its mix explains: one-condition slices, found on one half, confirmed on the other."""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt
from scipy import stats

from mlops_widgets.core.words import number
from mlops_widgets.measures.edges import readable_days, readable_edges
from mlops_widgets.measures.losses import (
    absolute_errors,
    brier_losses,
    class_brier_losses,
    hits,
)
from mlops_widgets.measures.several_tests import holm
from mlops_widgets.measures.slice_tests import gap
from mlops_widgets.overfitting.monitoring.change_pair import Pair
from mlops_widgets.study.encoding import holds_dates
from mlops_widgets.study.over_time.streams import Watched
from mlops_widgets.study.study import Measured, Study
from mlops_widgets.study.tables import FEWEST_QUOTED

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]

_GROUPS, _FEWEST_ROWS, _MOST_CONFIRMED = 4, 30, 5
_DAY = 86_400_000.0


@dataclass(frozen=True, kw_only=True)
class Segment:
    """A slice whose loss rose more than that of the other rows, the mix of rows held fixed.

    Parameters
    ----------
    rule
        The condition, in words.
    rows
        Rows of production that it holds.
    rise, lower, upper
        How much more the mean loss rose inside than outside, on the confirming half, with a 95 % interval.
    p_value
        One-sided, on that half, adjusted for all that were taken there (Holm).
    """

    rule: str
    rows: int
    rise: float
    lower: float
    upper: float
    p_value: float


@dataclass(frozen=True, kw_only=True)
class Segments:
    """What was searched: the segments taken to the other half, worst first, and which loss it was."""

    found: tuple[Segment, ...]
    searched: int
    loss: str


def find_segments(study: Study, pair: Pair, weights: Floats, *, seed: int) -> Segments:
    """Return the slices of one condition whose remainder is largest; `weights` give the test production's mix."""
    losses, name = _losses(study, pair)
    tables = (pair.before, pair.after)
    own = (weights, pair.after.weights)
    rng = np.random.default_rng(seed)
    half = [rng.permutation(np.arange(int(t.units.max()) + 1) % 2)[t.units] == 0 for t in tables]
    searched = [each for each in _rules(pair) if all(_large(m, h) for m, h in zip(each[1], half, strict=True))]
    ranked = sorted(
        ((_rise(tables, losses, own, inside, half), rule, inside) for rule, inside in searched), key=lambda x: -x[0][3]
    )
    other = [~each for each in half]
    taken = [(rule, inside, _rise(tables, losses, own, inside, other)) for _, rule, inside in ranked[:_MOST_CONFIRMED]]
    adjusted = holm(np.array([p for *_, (_, _, p, _) in taken])) if taken else np.empty(0)
    found = [
        Segment(
            rule=rule, rows=int(inside[1].sum()), rise=value, lower=value - reach, upper=value + reach, p_value=float(p)
        )
        for (rule, inside, (value, reach, _, _)), p in zip(taken, adjusted, strict=True)
    ]
    return Segments(found=tuple(sorted(found, key=lambda s: (s.p_value, -s.rise))), searched=len(searched), loss=name)


def _losses(study: Study, pair: Pair) -> tuple[tuple[Floats, Floats], str]:
    tables = (pair.before, pair.after)
    if study.task != "regression" and "probabilities" in study.model.can:
        answers = [study.model.probabilities(t.table)[t.rows] for t in tables]
        loss = brier_losses if answers[0].ndim == 1 else class_brier_losses
        return (loss(tables[0].y, answers[0]), loss(tables[1].y, answers[1])), "squared error of the probability"
    answers = [study.model.predictions(t.table)[t.rows] for t in tables]
    if study.task == "regression":
        return (absolute_errors(tables[0].y, answers[0]), absolute_errors(tables[1].y, answers[1])), "absolute error"
    return (1 - hits(tables[0].y, answers[0]), 1 - hits(tables[1].y, answers[1])), "error rate"


def _large(inside: Mask, half: Mask) -> bool:
    """Say whether slice and rest hold rows enough in both halves of a table."""
    return all(min((inside & h).sum(), (~inside & h).sum()) >= _FEWEST_ROWS for h in (half, ~half))


def _rise(
    tables: tuple[Measured, Measured], losses: tuple[Floats, Floats], weights: tuple[Floats, Floats],
    inside: tuple[Mask, Mask], half: list[Mask],
) -> tuple[float, float, float, float]:  # fmt: skip
    """Return how much more the loss rose inside than outside, half its 95 % interval, one-sided p, and t."""
    gaps = []
    for t, loss, weight, mask, kept in zip(tables, losses, weights, inside, half, strict=True):
        units = np.unique(t.units[kept], return_inverse=True)[1]
        gaps.append(gap(loss[kept], mask[kept], units=units, weights=weight[kept]))
    error, freedom = float(np.hypot(gaps[0].error, gaps[1].error)), min(each.freedom for each in gaps)
    value = gaps[1].value - gaps[0].value
    if not error > 0 or freedom < 1 or np.isnan(value):
        return 0.0, np.inf, 1.0, -np.inf
    t_value = value / error
    return value, float(stats.t.ppf(0.975, freedom)) * error, float(stats.t.sf(t_value, freedom)), t_value


def _rules(pair: Pair) -> list[tuple[str, tuple[Mask, Mask]]]:
    found = []
    for index, column in enumerate(pair.columns):
        if column.cells.ordered:
            found += _ranges(pair, column)
        else:
            sides = tuple(each[:, index] for each in pair.cells)
            for words, members in _levels(column, sides[0]):
                before, after = (np.isin(side, members) for side in sides)
                found.append((words, (before, after)))
    return found


def _levels(column: Watched, codes: Integers) -> list[tuple[str, list[int]]]:
    """Return conditions on words, each with the cells that it holds."""
    name, cells = column.name[:60], column.cells
    counts = np.bincount(codes, minlength=cells.count)
    kept = [(level, i) for i, level in enumerate(cells.levels) if counts[i] >= max(_FEWEST_ROWS, FEWEST_QUOTED)]
    return [
        (f"{name} is missing", [cells.count - 1]),
        *((f"{name} is {level[:40]}", [i]) for level, i in kept),
        (f"{name} is rare in the test", [len(cells.levels), len(cells.levels) + 1]),
    ]


def _ranges(pair: Pair, column: Watched) -> list[tuple[str, tuple[Mask, Mask]]]:
    """Return four ranges of numbers, or the few values, and missing, each with the rows of both tables that it holds."""
    name, sides = column.name[:60], (column.before[pair.before.rows], column.after[pair.after.rows])
    dates = holds_dates(pair.before.table[column.name])
    edges = _edges(column, sides[0], dates=dates)
    found = [(f"{name} is missing", (np.isnan(sides[0]), np.isnan(sides[1])))]
    for low, high in pairwise([-np.inf, *edges, np.inf]):
        before, after = ((low < side) & (side <= high) for side in sides)
        found.append((f"{name} {_range(low, high, dates=dates)}", (before, after)))
    return found


def _edges(column: Watched, tested: Floats, *, dates: bool) -> Floats:
    """Return inner edges with as few digits as tell them apart: an exact quantile may be one person's cell."""
    known = tested[~np.isnan(tested)]
    bins = len(column.cells.edges) + 1 if column.cells.edges is not None else 1
    ends = sorted({round(bins * k / _GROUPS) for k in range(1, _GROUPS)} - {0, bins})
    if not ends or not len(known) or column.cells.edges is None:
        return np.empty(0)
    exact, lowest, highest = column.cells.edges[np.array(ends) - 1], float(known.min()), float(known.max())
    edges = np.unique((readable_days if dates else readable_edges)(exact, lowest=lowest, highest=highest))
    return np.asarray(edges[(edges >= lowest) & (edges < highest)])


def _range(low: float, high: float, *, dates: bool) -> str:
    if np.isinf(low) and np.isinf(high):
        return "is known"
    first, last = (number(end * _DAY, "date") if dates else _written(end) for end in (low, high))
    if np.isinf(low):
        return f"up to {last}"
    return f"above {first}" if np.isinf(high) else f"above {first} up to {last}"


def _written(end: float) -> str:
    return number(end, digits=0) if end == np.round(end) else number(end)
