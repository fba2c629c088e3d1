"""What is measured of two tables side by side: columns, the tables as a whole, regions, and values never met."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import stats

from mlops_widgets.core.progress import Cancel, Progress, check_cancel, tell
from mlops_widgets.measures.intervals import Estimate, difference, measure
from mlops_widgets.measures.metrics import METRICS
from mlops_widgets.measures.proportions import clopper_pearson
from mlops_widgets.measures.resampling import Resampler
from mlops_widgets.measures.two_samples import auc_permutation_p, compare_columns
from mlops_widgets.overfitting.representative.domain import held_out_scores
from mlops_widgets.overfitting.representative.pair import Pair
from mlops_widgets.overfitting.representative.regions import RARER, search_regions
from mlops_widgets.overfitting.representative.unmet import unmet_rows

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]
Marks = npt.NDArray[np.bool_]

FEWEST_UNITS = 10
"""Units of either table in either half, below which the tables aren't told apart."""

_BOOTSTRAP_DRAWS = 400
_LEVEL = 0.95


@dataclass(frozen=True, kw_only=True)
class Share:
    """A number from 0 to 1 with its 95 % interval, and the units it rests on; NaN where there is none."""

    value: float
    lower: float
    upper: float
    units: int


@dataclass(frozen=True, kw_only=True)
class Region:
    """Rows that the later table has and the earlier one hardly: the rule in words, and the share of either table."""

    rule: str
    later: Share
    earlier: Share


@dataclass(frozen=True, kw_only=True)
class Coverage:
    """The numbers of a `CoverageResult`, which says what each is."""

    earlier: str
    later: str
    auc: Share
    auc_p: float
    columns: tuple[str, ...]
    distances: Floats
    p_values: Floats
    adjusted: Floats
    unmet_shares: Floats
    unmet: Share
    expected_unmet: Share
    unmet_excess: Share
    regions: tuple[Region, ...]
    uncovered: Share
    smallest_region: float


def measure_pair(
    whole: Pair, *, draws: int, max_rows: int, seed: int, progress: Progress | None, cancel: Cancel | None
) -> Coverage:
    """Return what a pair of tables shows; `measure_coverage` says how."""
    unmet_shares, unmet = unmet_rows(whole)
    check_cancel(cancel)
    tell(progress, 0.2, "values never met")
    pair = whole.take(whole.thinned(max_rows, seed=seed))
    distances, p_values, adjusted = compare_columns(
        np.column_stack([column.cells() for column in pair.columns]), pair.later, pair.sides,
        [column.kind != "level" for column in pair.columns], draws=draws, seed=seed, cancel=cancel,
    )  # fmt: skip
    tell(progress, 0.6, "columns")
    first = pair.halves(seed=seed)
    auc, auc_p = _told_apart(pair, first, draws=draws, seed=seed, cancel=cancel)
    tell(progress, 0.9, "telling the tables apart")
    regions, uncovered, smallest = _confirmed(pair, first, seed=seed)
    met, expected = (_share(unmet[side], whole.units[side], seed=seed) for side in (whole.later, ~whole.later))
    tell(progress, 1.0, "regions")
    return Coverage(
        earlier=whole.names[0], later=whole.names[1], auc=auc, auc_p=auc_p, columns=tuple(c.name for c in pair.columns),
        distances=distances, p_values=p_values, adjusted=adjusted, unmet_shares=unmet_shares, unmet=as_share(met),
        expected_unmet=as_share(expected), unmet_excess=as_share(difference(met, expected)), regions=regions,
        uncovered=uncovered, smallest_region=smallest,
    )  # fmt: skip


def as_share(found: Estimate) -> Share:
    """Return the number of an estimate with its interval."""
    return Share(value=found.value, lower=found.lower, upper=found.upper, units=found.units)


_NO_SHARE = Share(value=float("nan"), lower=float("nan"), upper=float("nan"), units=0)


def _share(marked: Marks, units: Integers, *, seed: int, level: float = _LEVEL) -> Estimate:
    """Return the share of marked rows with its bootstrap interval by units."""
    own = None if len(np.unique(units)) == len(units) else units
    resampler = Resampler(own, draws=_BOOTSTRAP_DRAWS, seed=seed)
    scored = METRICS["accuracy"], np.ones(len(marked)), marked.astype(np.float64)  # the share of hits
    return measure({"share": scored}, resampler, level=level)["share"]


def _enough(pair: Pair, first: Marks) -> bool:
    return all(
        len(np.unique(pair.units[half & (pair.later == side)])) >= FEWEST_UNITS
        for half in (first, ~first)
        for side in (False, True)
    )


def _told_apart(pair: Pair, first: Marks, *, draws: int, seed: int, cancel: Cancel | None) -> tuple[Share, float]:
    """Fit on one half of the units, score the other, and shuffle whose units those are."""
    if not _enough(pair, first):
        return _NO_SHARE, float("nan")
    scores = held_out_scores(pair, first, seed=seed)
    later, sides = pair.later[~first], pair.sides[~first]
    own = None if pair.rows_are_units else sides
    scored = METRICS["roc_auc"], later.astype(np.float64), scores
    found = measure({"auc": scored}, Resampler(own, draws=_BOOTSTRAP_DRAWS, seed=seed))["auc"]
    return as_share(found), auc_permutation_p(scores, later, sides, draws=draws, seed=seed, cancel=cancel)


def _confirmed(pair: Pair, first: Marks, *, seed: int) -> tuple[tuple[Region, ...], Share, float]:
    """Return the regions found on one half that the other confirms, the share of later rows in any, and what is seen.

    Confirmed where the later share exceeds `RARER` times the earlier one, by an interval at the level that Bonferroni's
    correction for all candidates asks for.
    """
    if not _enough(pair, first):
        return (), _NO_SHARE, float("nan")
    (leaves, candidates), second = search_regions(pair, first, seed=seed), ~first
    level = 1 - (1 - _LEVEL) / max(len(candidates), 1)
    later, earlier = (second & (pair.later == side) for side in (True, False))
    inside = {rule: rule.holds(pair) for rule in leaves}
    found, covered = [], np.zeros(len(pair.later), dtype=np.bool_)
    for rule in candidates:
        ours, theirs = (_share(inside[rule][side], pair.units[side], seed=seed) for side in (later, earlier))
        rare = Region(rule=rule.words, later=as_share(ours), earlier=_rare_share(theirs, ours, level=_LEVEL))
        wide = _share(inside[rule][later], pair.units[later], seed=seed, level=level)
        if _excess_lower(as_share(wide), _rare_share(theirs, ours, level=level)) > 0:
            found.append(rare)
            covered |= inside[rule]
    total = as_share(_share(covered[later], pair.units[later], seed=seed))
    effects = [_design_effect(_share(inside[rule][later], pair.units[later], seed=seed)) for rule in leaves]
    rows = earlier.sum() / (float(np.median(effects)) if effects else 1.0)
    smallest = min(1.0, RARER * clopper_pearson(0, float(rows), level=_LEVEL)[1])
    return tuple(sorted(found, key=lambda region: -region.later.value)), total, smallest


def _rare_share(earlier: Estimate, later: Estimate, *, level: float) -> Share:
    """Return a share near 0 with its interval by Clopper & Pearson (1934).

    The rows are counted as if they were as many independent ones as rows of one unit leave: they share as much here as
    in the later table, where the region has rows enough to tell.
    """
    rows = earlier.rows / _design_effect(later)
    lower, upper = clopper_pearson(earlier.value * rows, rows, level=level)
    return Share(value=earlier.value, lower=lower, upper=upper, units=earlier.units)


def _design_effect(share: Estimate) -> float:
    """Return how many times the variance of a share of units is that of as many independent rows, 1 or more."""
    variance = share.value * (1 - share.value) / share.rows
    if not variance > 0 or share.events < 2:
        return 1.0
    half = (share.upper - share.lower) / 2 / float(stats.t.ppf(0.5 + share.level / 2, share.events - 1))
    return max(1.0, half**2 / variance)


def _excess_lower(later: Share, earlier: Share) -> float:
    """Return the lower bound of the later share less `RARER` times the earlier one (MOVER: Zou & Donner 2008)."""
    low, high = later.value - later.lower, RARER * (earlier.upper - earlier.value)
    return later.value - RARER * earlier.value - float(np.hypot(low, high))
