"""Intervals of a group's rates, and of their differences and ratios to the reference group."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
from scipy import stats

from mlops_widgets.governance.fairness.fairness_result import GroupLine, Span
from mlops_widgets.governance.fairness.people import MOST_LEVELS, Grouping
from mlops_widgets.measures.group_rates import RATES, count_cells, hits_and_trials
from mlops_widgets.measures.proportions import difference_interval, ratio_interval, wilson

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True, kw_only=True, eq=False)
class Rows:
    """The rows that are compared.

    Parameters
    ----------
    selected
        (n,) whether the favourable decision was taken; None in regression.
    truth
        (n,) whether it was right, 1 or 0, NaN where nobody knows; in regression NaN.
    residual
        (n,) outcome less prediction, NaN where one is lacking.
    units
        (n,) resampling unit.
    weights
        (n,) weights, or None.
    is_row
        Whether each row is its own unit.
    absolute
        Whether the size of the residual is compared too, as in regression.
    """

    selected: Mask | None
    truth: Floats
    residual: Floats
    units: Integers
    weights: Floats | None
    is_row: bool
    absolute: bool

    @property
    def simple(self) -> bool:
        """Whether counts alone say everything: rows as units, and no weights."""
        return self.is_row and self.weights is None


def compare(rows: Rows, grouping: Grouping, *, smallest: int, level: float) -> list[GroupLine]:
    """Return a line for each group of one column.

    Parameters
    ----------
    rows
        The rows.
    grouping
        The groups of the same rows.
    smallest
        Groups of fewer rows are suppressed, and so are rates that are shares of fewer.
    level
        Coverage of each interval by itself.
    """
    counts = grouping.counts()
    large = counts >= smallest
    rates = {} if rows.selected is None else {rate: _rates(rows, grouping, rate, smallest, level) for rate in RATES}
    selected = _selected(rows, grouping)
    return [
        _line(rows, grouping, place, rates, selected, level=level, large=large, smallest=smallest)
        for place in range(len(counts))
    ]


def _selected(rows: Rows, grouping: Grouping) -> Floats:
    if rows.selected is None:
        return np.full(len(grouping.levels), np.nan)
    weights = rows.selected.astype(np.float64) * (1.0 if rows.weights is None else rows.weights)
    return np.bincount(grouping.codes, weights=weights, minlength=len(grouping.levels)).astype(np.float64)


@dataclass(frozen=True, kw_only=True, eq=False)
class _Rate:
    """A rate of all groups: values and intervals (groups, 3), against the reference, and the rows (groups,) that it is a share of."""

    own: Floats
    difference: Floats
    ratio: Floats
    trials: Integers


def _rates(rows: Rows, grouping: Grouping, rate: str, smallest: int, level: float) -> _Rate:
    counted = hits_and_trials(_cells(rows, grouping, None), rate)[1]
    hits, trials = _worth_of_groups(rows, grouping, rate)
    told = (counted >= smallest) & (trials > 0)
    n = np.where(told, trials, 1.0)
    x = np.where(told, hits, 0.0)
    control = (np.full_like(x, x[grouping.reference]), np.full_like(n, n[grouping.reference]))
    value = x / n
    beside = told & told[grouping.reference]
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = np.where(control[0] > 0, value / (control[0] / control[1]), np.where(x > 0, np.inf, np.nan))
    return _Rate(
        own=_stacked(value, *wilson(x, n, level=level), told),
        difference=_stacked(value - control[0] / control[1], *difference_interval(control, (x, n), level=level), beside),
        ratio=_stacked(ratio, *ratio_interval(control, (x, n), level=level), beside),
        trials=np.where(told, 0, counted).astype(np.int64),
    )  # fmt: skip


def _cells(rows: Rows, grouping: Grouping, weights: Floats | None) -> Floats:
    return count_cells(grouping.codes, rows.truth, _needed(rows), n_groups=len(grouping.levels), weights=weights)


def _worth_of_groups(rows: Rows, grouping: Grouping, rate: str) -> tuple[Floats, Floats]:
    hits, trials = hits_and_trials(_cells(rows, grouping, rows.weights), rate)
    return (hits, trials) if rows.simple else _effective(rows, grouping, rate, hits, trials)


def independent_rows(rows: Rows, grouping: Grouping) -> list[int]:
    """Return how many independent rows each group's selection rate is worth: its rows, or fewer with units or weights."""
    return [max(round(float(each)), 1) for each in _worth_of_groups(rows, grouping, "selection_rate")[1]]


def _needed(rows: Rows) -> Mask:
    if rows.selected is None:
        message = "A regression decides nothing."
        raise ValueError(message)
    return rows.selected


def _stacked(value: Floats, lower: Floats, upper: Floats, told: Mask) -> Floats:
    return np.where(told[:, None], np.stack([value, lower, upper], axis=1), np.nan)


def _effective(rows: Rows, grouping: Grouping, rate: str, hits: Floats, trials: Floats) -> tuple[Floats, Floats]:
    """Return counts that are worth as much as the rows are: the rate times the effective number (Rao & Scott 1992).

    The design effect is the variance of the weighted rate over units, against that of as many independent rows. Where the rate is 0 or 1
    there is no variance to look at: the number of units counts.
    """
    selected, truth = _needed(rows), rows.truth
    known = ~np.isnan(truth)
    part, hit = {
        "selection_rate": (np.ones_like(known), selected), "true_positive_rate": (known & (truth == 1), selected),
        "false_positive_rate": (known & (truth == 0), selected), "precision": (known & selected, truth == 1),
        "accuracy": (known, selected == (truth == 1)),
    }[rate]  # fmt: skip
    weights = np.ones(len(truth)) if rows.weights is None else rows.weights
    share = np.divide(hits, trials, out=np.zeros_like(hits), where=trials > 0)
    number = np.zeros_like(hits)
    for place in range(len(grouping.levels)):
        chosen = part & (grouping.codes == place)
        number[place] = _worth(hit[chosen], weights[chosen], rows.units[chosen], float(share[place]))
    return share * number, number


def _worth(hit: Mask, weights: Floats, units: Integers, share: float) -> float:
    code = np.unique(units, return_inverse=True)[1]
    count = int(code.max()) + 1 if len(code) else 0
    total = float(weights.sum())
    if count < 2 or total <= 0:
        return 0.0
    most = min(float(len(hit)), total**2 / float((weights**2).sum()))
    if share <= 0 or share >= 1:
        return min(most, float(count))
    sums = np.bincount(code, weights=weights * (hit - share))
    variance = float((sums**2).sum()) * count / (count - 1) / total**2
    return most if variance <= 0 else min(most, max(share * (1 - share) / variance, 1.0))


def _line(
    rows: Rows, grouping: Grouping, place: int, rates: dict[str, _Rate], selected: Floats, *, level: float, large: Mask, smallest: int
) -> GroupLine:  # fmt: skip
    members = grouping.codes == place
    known = np.isfinite(rows.residual) if rows.selected is None else ~np.isnan(rows.truth)
    line = GroupLine(
        attribute=grouping.column, group=grouping.levels[place], n=int(members.sum()), labelled=int((members & known).sum()),
        share=float(members.mean()), reference=place == grouping.reference, suppressed=not large[place],
    )  # fmt: skip
    if line.suppressed:
        return line
    apart = place != grouping.reference and bool(large[grouping.reference])
    shown = {name: each for name, each in rates.items() if np.isfinite(each.own[place, 0])}
    both = {name: each for name, each in shown.items() if apart and not np.isnan(each.difference[place, 0])}
    reference = grouping.codes == grouping.reference
    residual = rows.residual if np.isfinite(rows.residual[members]).sum() >= smallest else None
    return replace(
        line, selected=float(selected[place]),
        rates={name: _span(each.own[place]) for name, each in shown.items()},
        few={name: int(each.trials[place]) for name, each in rates.items() if each.trials[place]},
        differences={name: _span(each.difference[place]) for name, each in both.items()},
        ratios={name: _span(each.ratio[place]) for name, each in both.items() if not np.isnan(each.ratio[place, 0])},
        gap=None if residual is None else _mean(rows, residual, members, level),
        error=None if residual is None or not rows.absolute else _mean(rows, np.abs(residual), members, level),
        gap_difference=None if residual is None or not apart else _apart(rows, residual, (members, reference), smallest, level),
    )  # fmt: skip


def _span(ends: Floats) -> Span:
    return float(ends[0]), float(ends[1]), float(ends[2])


def _mean(rows: Rows, values: Floats, members: Mask, level: float) -> Span:
    mean, influence = _influence(rows, values, members)
    return _by_units(rows, mean, influence, (members & np.isfinite(values),), level)


def _apart(rows: Rows, values: Floats, groups: tuple[Mask, Mask], smallest: int, level: float) -> Span:
    """Return the difference of two means; a unit that both groups share counts once."""
    both = groups[0] & np.isfinite(values), groups[1] & np.isfinite(values)
    if min(each.sum() for each in both) < smallest:
        return float("nan"), float("nan"), float("nan")
    (mean, influence), (beside, beside_influence) = (_influence(rows, values, each) for each in both)
    return _by_units(rows, mean - beside, influence - beside_influence, both, level)


def _influence(rows: Rows, values: Floats, members: Mask) -> tuple[float, Floats]:
    """Return the weighted mean of some rows, and what each row (n,) adds to its error (linearised: Cochran 1977, section 6.3)."""
    chosen = members & np.isfinite(values)
    weights = np.where(chosen, 1.0 if rows.weights is None else rows.weights, 0.0)
    total = float(weights.sum())
    if total <= 0:
        return float("nan"), np.zeros(len(values))
    known = np.where(chosen, values, 0.0)
    mean = float(weights @ known) / total
    return mean, weights * (known - mean) / total


def _by_units(rows: Rows, value: float, influence: Floats, parts: Sequence[Mask], level: float) -> Span:
    """Return Student's t over the units' sums of influence, with as many degrees of freedom as the part with the fewest units has."""
    weighing = np.ones(len(influence), dtype=bool) if rows.weights is None else rows.weights > 0
    fewest = min(len(np.unique(rows.units[each & weighing])) for each in parts)
    if fewest < 2 or np.isnan(value):
        return value, float("nan"), float("nan")
    code = np.unique(rows.units, return_inverse=True)[1]
    sums = np.bincount(code, weights=influence)
    half = float(stats.t.ppf((1 + level) / 2, fewest - 1)) * float(np.sqrt((sums**2).sum() * fewest / (fewest - 1)))
    return value, value - half, value + half


def crossed(groupings: Sequence[Grouping]) -> list[Grouping]:
    """Return the intersections of every two columns that have few enough levels together, against the intersection of their references."""
    pairs = [(a, b) for at, a in enumerate(groupings) for b in groupings[at + 1 :]]
    return [_cross(a, b) for a, b in pairs if len(a.levels) * len(b.levels) <= 2 * MOST_LEVELS]


def _cross(a: Grouping, b: Grouping) -> Grouping:
    pairs, codes = np.unique(a.codes * len(b.levels) + b.codes, return_inverse=True)
    names = tuple(f"{a.levels[pair // len(b.levels)]} × {b.levels[pair % len(b.levels)]}" for pair in pairs)
    wanted = a.reference * len(b.levels) + b.reference
    found = np.flatnonzero(pairs == wanted)
    place = int(found[0]) if len(found) else int(np.argmax(np.bincount(codes)))
    return Grouping(
        column=f"{a.column} × {b.column}", levels=names, codes=codes.astype(np.int64), reference=place, declared=a.declared and b.declared
    )  # fmt: skip
