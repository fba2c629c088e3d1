"""What a hand on a slider sees: the metric on the test for every share of one level, computed beforehand."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from mlops_widgets.core.progress import Cancel, check_cancel
from mlops_widgets.measures.intervals import estimate_from
from mlops_widgets.measures.resampling import Resampler
from mlops_widgets.measures.two_samples import largest_differences
from mlops_widgets.measures.weighted import Numbers
from mlops_widgets.overfitting.representative.pair import Pair
from mlops_widgets.overfitting.representative.strata import TARGET, Strata, strata_of
from mlops_widgets.overfitting.representative.weighted_scores import weighted_values
from mlops_widgets.study.study import Measured, Study

Floats = npt.NDArray[np.float64]
Marks = npt.NDArray[np.bool_]

POSITIONS = 41
"""Shares from 0 to 1 at which the metric is computed."""

_MOST_COLUMNS, _FEWEST_COLUMNS = 6, 2
_DRAWS = 80
_BUDGET = 70_000_000
"""Most weights of rows drawn for all sliders together: about a second."""


@dataclass(frozen=True, kw_only=True)
class Mix:
    """One column of which the share of a level can be dragged.

    Parameters
    ----------
    column
        Its name.
    kind
        "class" for the target, else "column".
    levels
        What can be dragged.
    rows
        Labelled test rows of each level.
    tested, produced
        Share of each level in the test and in production; NaN where that isn't known.
    inside, outside
        Σw² / (Σw)² of the test rows of each level and of all others; infinite without rows.
    """

    column: str
    kind: str
    levels: tuple[str, ...]
    rows: tuple[int, ...]
    tested: tuple[float, ...]
    produced: tuple[float, ...]
    inside: tuple[float, ...]
    outside: tuple[float, ...]


@dataclass(frozen=True, kw_only=True, eq=False)
class Grids:
    """The mixes and, for each level of each in turn, the metric at `POSITIONS` shares: (levels, POSITIONS)."""

    mixes: tuple[Mix, ...]
    values: Floats
    lower: Floats
    upper: Floats


def mix_grids(study: Study, test: Measured, pair: Pair | None, *, seed: int, cancel: Cancel | None) -> Grids:
    """Return the metric under every share of every level of the target, the groups and the most different columns.

    Values are exact at each position. Interval ends come from draws at fewer positions and are interpolated between.
    """
    chosen = [strata_of(study, test, name) for name in _columns(study, test, pair)]
    chosen = [each for each in chosen if len(each.labels) > 1 and (each.tested > 0).sum() > 1]
    levels = sum(len(each.labels) for each in chosen)
    sampler = _Sampler(study, test, levels=levels, seed=seed)
    found = [sampler.level(inside, cancel) for strata in chosen for inside in _levels(strata)]
    values, lower, upper = (np.array([each[part] for each in found]).reshape(-1, POSITIONS) for part in range(3))
    return Grids(mixes=tuple(_mix(strata, test) for strata in chosen), values=values, lower=lower, upper=upper)


def _levels(strata: Strata) -> Iterator[Marks]:
    for level in range(len(strata.labels)):
        yield strata.of_row == level


def _columns(study: Study, test: Measured, pair: Pair | None) -> list[str]:
    """Return the columns to offer: the target, the groups, then features, the most different ones first."""
    most = _FEWEST_COLUMNS if test.metric.slow else _MOST_COLUMNS
    features = [column.name for column in pair.columns] if pair is not None else list(study.roles.features)
    if pair is not None:
        apart = _distances(pair)
        features = [features[index] for index in np.argsort(-apart, kind="stable")]
    barred = {study.roles.time, study.roles.entity, study.outcome.target, study.roles.weights}
    offered = [TARGET, *study.roles.groups, *features]
    return [name for name in dict.fromkeys(offered) if name == TARGET or (name in test.table and name not in barred)][
        :most
    ]


def _distances(pair: Pair) -> Floats:
    cells = [column.cells() for column in pair.columns]
    widths = [int(each.max()) + 1 for each in cells]
    counts = [
        np.concatenate([np.bincount(each[side], minlength=width) for each, width in zip(cells, widths, strict=True)])
        for side in (~pair.later, pair.later)
    ]
    early, late = (each.astype(np.float64)[None, :] for each in counts)
    found: Floats = largest_differences(early, late, [column.kind != "level" for column in pair.columns], widths)[0]
    return found


def _mix(strata: Strata, test: Measured) -> Mix:
    parts = [
        (_concentration(test.weights[inside]), _concentration(test.weights[~inside])) for inside in _levels(strata)
    ]
    return Mix(
        column=strata.name, kind=strata.kind, levels=strata.labels, tested=tuple(strata.tested.tolist()),
        rows=tuple(np.bincount(strata.of_row, minlength=len(strata.labels)).tolist()),
        produced=tuple(strata.produced.tolist()), inside=tuple(a for a, _ in parts), outside=tuple(b for _, b in parts),
    )  # fmt: skip


def _concentration(weights: Floats) -> float:
    return float((weights**2).sum() / weights.sum() ** 2) if weights.sum() > 0 else float("inf")


class _Sampler:
    """The draws that all levels share, so that a hand on the slider sees the mix change and not the luck."""

    def __init__(self, study: Study, test: Measured, *, levels: int, seed: int) -> None:
        self._test, self._own = test, None if study.unit == "row" else test.units
        self._resampler = Resampler(self._own, draws=_DRAWS, seed=seed)
        cells = max(levels, 1) * test.n
        self._at = np.linspace(
            0, POSITIONS - 1, 7 if 7 * _DRAWS * cells <= _BUDGET and not test.metric.slow else 5
        ).astype(int)
        draws = 20 if test.metric.slow else int(np.clip(_BUDGET / (len(self._at) * cells), 40, _DRAWS))
        self._counts = np.concatenate(list(self._resampler.weights(test.n, draws=draws))) * test.weights.astype(
            np.float32
        )

    def level(self, inside: Marks, cancel: Cancel | None) -> tuple[Floats, Floats, Floats]:
        """Return value, lower and upper end at each position for the share of the rows marked by `inside`."""
        check_cancel(cancel)
        shares = np.linspace(0, 1, POSITIONS)
        if not inside.any() or inside.all():
            return (np.full(POSITIONS, np.nan),) * 3
        test, own = self._test, self._test.weights[None, :]
        values = weighted_values(test, np.concatenate([_mixed(own, inside, share) for share in shares]))
        places = np.flatnonzero(np.isfinite(values))
        if not len(places):
            return values, values, values
        # Of one class alone many metrics have no value: the outermost draws are made where there is one.
        drawn_at = np.unique(self._at.clip(places[0], places[-1]))
        ends = np.array([self._reach(inside, shares[at], values[at]) for at in drawn_at])
        reach = np.array([np.interp(shares, shares[drawn_at], ends[:, side]) for side in (0, 1)])
        return values, values - reach[0], values + reach[1]

    def _reach(self, inside: Marks, share: float, value: float) -> tuple[float, float]:
        """Return how far the interval reaches below and above the value at one share."""
        if np.isnan(value):
            return float("nan"), float("nan")
        test = self._test
        weights = _mixed(test.weights[None, :], inside, share)[0]
        drawn = weighted_values(test, _mixed(self._counts, inside, share))
        events = test.metric.events(test.y, test.output) & (weights > 0)
        found = estimate_from(
            test.metric, value, drawn, rows=test.n, units=self._resampler.count(weights > 0),
            events=self._resampler.count(events),
        )  # fmt: skip
        return found.value - found.lower, found.upper - found.value


def _mixed(weights: Numbers, inside: Marks, share: float) -> Numbers:
    """Return weights (B, n) under which the rows marked by `inside` have `share`; all 0 where that can't be."""
    held = weights @ np.column_stack([inside, ~inside]).astype(weights.dtype)
    factors = np.divide([share, 1 - share], held, out=np.zeros(held.shape), where=held > 0).astype(weights.dtype)
    return weights * np.where(inside, factors[:, :1], factors[:, 1:])
