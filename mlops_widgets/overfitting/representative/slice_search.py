"""Look for weak slices on one half of the units, and test those that were found on the other."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import stats

from mlops_widgets.core.progress import Cancel, check_cancel
from mlops_widgets.measures.several_tests import holm
from mlops_widgets.measures.slice_tests import conditional_tail, gap, permutation_tails, with_common_odds
from mlops_widgets.measures.slices import Candidates, is_binary, merge, search
from mlops_widgets.overfitting.representative.slice_conditions import Condition, ConditionSet, rule_words
from mlops_widgets.overfitting.representative.slice_losses import RowLosses

Floats = npt.NDArray[np.float64]
Booleans = npt.NDArray[np.bool_]

LEVEL = 0.95
POWER = 0.8
_LOOKED_AT = 200
"""Slices of the search half that are compared with each other and, where rows share units, ranked again by unit."""
_FEWEST_HALF_ROWS = 20
_FEWEST_HALF_UNITS = 10


@dataclass(frozen=True, kw_only=True)
class Slice:
    """A part of the rows, given by one or two conditions.

    Parameters
    ----------
    rule, conditions
        In words, and as conditions on columns, all of which hold.
    rows, share
        Rows in it, of both halves, and their share, 0 to 1.
    tested_rows, tested_units
        Rows and resampling units in it that the numbers below rest on.
    loss, rest_loss
        Mean loss inside and outside.
    expected, rest_expected
        Mean loss that the model's own probabilities promise; NaN without probabilities.
    excess, lower, upper
        Loss beyond what was promised, inside less outside, with its interval.
    p, p_adjusted
        Two-sided p-value (twice that of "more", as the interval has two sides), and adjusted by Holm's method; NaN where
        nothing was tested.
    confirmed
        Whether the adjusted p-value is at most 0.05.
    """

    rule: str
    conditions: tuple[Condition, ...]
    rows: int
    share: float
    tested_rows: int
    tested_units: int
    loss: float
    rest_loss: float
    expected: float
    rest_expected: float
    excess: float
    lower: float
    upper: float
    p: float
    p_adjusted: float
    confirmed: bool


@dataclass(frozen=True, kw_only=True)
class SearchSettings:
    """How slices are looked for; see `find_weak_slices`."""

    least_share: float
    candidates: int
    draws: int
    seed: int
    cancel: Cancel | None = None


@dataclass(frozen=True, kw_only=True)
class Searched:
    """What came of it: the slices tested, those of the highest raw loss, and what could have been seen.

    `visible` is the excess that a slice of a tenth of the rows would need to be confirmed with a chance of 80 %.
    """

    tested: tuple[Slice, ...]
    raw: tuple[Slice, ...]
    visible: float
    looked_through: int
    test: str
    tested_rows: int


@dataclass(frozen=True)
class _Rows:
    """Losses of some rows, and the conditions on them."""

    losses: RowLosses
    set: ConditionSet

    def take(self, chosen: Booleans) -> "_Rows":
        return _Rows(self.losses.take(chosen), ConditionSet(self.set.conditions, self.set.where.take(chosen)))

    @property
    def independent(self) -> bool:
        """Whether every row is a unit of its own and counts the same."""
        return self.losses.weights is None and int(self.losses.units.max()) + 1 == len(self.losses.rows)

    def inside(self, pair: tuple[int, int]) -> Booleans:
        return self.set.where.inside(*pair)


def search_and_test(losses: RowLosses, conditions: ConditionSet, settings: SearchSettings) -> Searched:
    """Return the slices found on a random half of the units, tested on the other half."""
    rows = _Rows(losses, conditions)
    half = halves(losses, settings.seed)
    first, second = rows.take(half), rows.take(~half)
    pairs, looked_through = _found(first, settings, most=settings.candidates, expected=first.losses.expected)
    check_cancel(settings.cancel)
    pairs = [pair for pair in pairs if _enough(second, second.inside(pair))]
    tested = _tested(rows, second, pairs, settings)
    check_cancel(settings.cancel)
    raw_pairs, _ = _found(rows, settings, most=10, expected=None)
    return Searched(
        tested=tested, raw=tuple(_described(rows, rows, pair, level=LEVEL, raw=True) for pair in raw_pairs),
        visible=_visible(second, max(len(pairs), 1)), looked_through=looked_through, test=_test_name(second),
        tested_rows=len(second.losses.rows),
    )  # fmt: skip


def halves(losses: RowLosses, seed: int) -> Booleans:
    """Return which rows are searched: whole units drawn at random until half of the rows are there."""
    units = losses.units
    drawn = np.random.default_rng(seed).permutation(int(units.max()) + 1)
    rows = np.cumsum(np.bincount(units)[drawn])
    return np.asarray(np.isin(units, drawn[rows <= len(units) / 2]))


def _found(
    rows: _Rows, settings: SearchSettings, *, most: int, expected: Floats | None
) -> tuple[list[tuple[int, int]], int]:
    """Return the strongest slices that hold different rows, as pairs of conditions, and how many were looked through."""
    losses = rows.losses
    n = len(losses.rows)
    if n < 2 * _FEWEST_HALF_ROWS or np.ptp(losses.loss) == 0:
        return [], 0
    binary = is_binary(losses.loss)
    if binary and expected is not None:
        expected = with_common_odds(expected, int(losses.loss.sum()))
    least = max(settings.least_share * n, _FEWEST_HALF_ROWS)
    found = search(rows.set.where, losses.loss, expected, least_rows=least)
    looked_through = int(sum(set(found.family.tolist())))
    order = _ranked(rows, found, losses.loss if expected is None else losses.loss - expected)
    pairs = [(int(found.first[k]), int(found.second[k])) for k in order]
    inside = np.array([rows.inside(pair) for pair in pairs], dtype=np.bool_).reshape(len(pairs), n)
    return [pairs[k] for k in merge(inside, most=most)], looked_through


def _ranked(rows: _Rows, found: Candidates, excess: Floats) -> list[int]:
    """Return the order of the leading slices: by their tails, which whole units change where rows share them."""
    leading = list(range(min(_LOOKED_AT, len(found.p))))
    if rows.independent:
        return leading
    losses = rows.losses
    p = np.ones(len(leading))
    for k in leading:
        inside = rows.inside((int(found.first[k]), int(found.second[k])))
        if _enough(rows, inside):
            p[k] = gap(excess, inside, units=losses.units, weights=losses.weights).p
    return [k for k in np.argsort(p * found.family[leading], kind="stable").tolist() if p[k] < 1]


def _enough(rows: _Rows, inside: Booleans) -> bool:
    """Say whether a slice and its rest have rows and units enough to be tested."""
    units = rows.losses.units
    return all(
        side.sum() >= _FEWEST_HALF_ROWS // 2 and len(np.unique(units[side])) >= _FEWEST_HALF_UNITS
        for side in (inside, ~inside)
    )


def _test_name(rows: _Rows) -> str:
    if not rows.independent:
        return "units"
    return "exact" if is_binary(rows.losses.loss) else "permutation"


def _tested(rows: _Rows, second: _Rows, pairs: list[tuple[int, int]], settings: SearchSettings) -> tuple[Slice, ...]:
    if not pairs:
        return ()
    p = np.minimum(2 * _p_values(second, pairs, settings), 1.0)
    adjusted, level = holm(p), 1 - (1 - LEVEL) / len(pairs)
    slices = [
        _described(rows, second, pair, level=level, p=float(one), p_adjusted=float(of_all))
        for pair, one, of_all in zip(pairs, p, adjusted, strict=True)
    ]
    return tuple(sorted(slices, key=lambda each: (each.p_adjusted, each.p, -each.excess)))


def _p_values(second: _Rows, pairs: list[tuple[int, int]], settings: SearchSettings) -> Floats:
    losses, inside = second.losses, np.array([second.inside(pair) for pair in pairs])
    test = _test_name(second)
    if test == "units":
        return np.array([gap(losses.excess, each, units=losses.units, weights=losses.weights).p for each in inside])
    if test == "permutation":
        return permutation_tails(
            losses.excess, inside, draws=settings.draws, seed=settings.seed, cancel=settings.cancel
        )
    events = losses.loss == 1
    flat = np.full(len(events), events.mean())
    chances = flat if losses.expected is None else with_common_odds(losses.expected, int(events.sum()))
    return np.array([conditional_tail(chances, events, each) for each in inside])


def _described(
    rows: _Rows, measured: _Rows, pair: tuple[int, int], *, level: float, p: float = float("nan"),
    p_adjusted: float = float("nan"), raw: bool = False,
) -> Slice:  # fmt: skip
    """Return a slice with its numbers on `measured`; of raw losses where `raw`."""
    losses, inside, everywhere = measured.losses, measured.inside(pair), rows.inside(pair)
    conditions = tuple(rows.set.conditions[k] for k in dict.fromkeys(pair))
    found = gap(losses.loss if raw else losses.excess, inside, units=losses.units, weights=losses.weights)
    lower, upper = found.interval(level)
    promised = np.full(len(inside), np.nan) if losses.expected is None else losses.expected
    return Slice(
        rule=rule_words(conditions), conditions=conditions, rows=int(everywhere.sum()), share=float(everywhere.mean()),
        tested_rows=int(inside.sum()), tested_units=len(np.unique(losses.units[inside])),
        loss=losses.mean(losses.loss, inside), rest_loss=losses.mean(losses.loss, ~inside),
        expected=losses.mean(promised, inside), rest_expected=losses.mean(promised, ~inside),
        excess=found.value, lower=lower, upper=upper, p=p, p_adjusted=p_adjusted, confirmed=p_adjusted <= 1 - LEVEL,
    )  # fmt: skip


def _visible(rows: _Rows, candidates: int) -> float:
    """Return the excess that a slice of a tenth of the rows needs to be confirmed with 80 %, by the normal formula."""
    losses = rows.losses
    n = len(losses.rows)
    w = np.ones(n) if losses.weights is None else losses.weights
    by_unit = np.bincount(losses.units, weights=w * (losses.excess - losses.mean(losses.excess)) / w.sum())
    error = float(np.sqrt((by_unit**2).sum()))
    reach = float(stats.norm.ppf(1 - (1 - LEVEL) / 2 / candidates) + stats.norm.ppf(POWER))
    return float(reach * error / np.sqrt(0.1 * 0.9))
