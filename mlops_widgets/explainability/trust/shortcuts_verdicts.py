"""From what the model leans on in test and production to a verdict on each column."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt
from scipy import stats

from mlops_widgets.explainability.trust.shortcuts_refits import Worth
from mlops_widgets.explainability.trust.shortcuts_shuffles import Leaning
from mlops_widgets.measures.attribution.shares import Drawn
from mlops_widgets.measures.several_tests import holm

Floats = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]
Verdict = Literal["confirmed", "suspected", "cleared", "open"]

DOMINANT = 0.2
"""Share of how far the answers move from which a column dominates."""
_KEPT = 0.5
"""Share of what it was that a column must keep in production to count as still at work."""
_LEVEL = 0.05
_POWER = 0.8


@dataclass(frozen=True)
class Span:
    """A number with its 95 % interval; all NaN where it wasn't measured."""

    value: float = np.nan
    lower: float = np.nan
    upper: float = np.nan

    def __bool__(self) -> bool:
        """Say whether it was measured."""
        return bool(np.isfinite(self.value))


@dataclass(frozen=True, kw_only=True)
class ShortcutColumn:
    """One column in test and production.

    Parameters
    ----------
    column
        Its name.
    verdict
        "confirmed", "suspected", "open" (can't be told) or "cleared".
    importance_test, importance_production
        How much worse the score gets where it is shuffled, in the metric's unit.
    fall
        How much of that it lost; the interval holds for all columns at once.
    lean_test, lean_production
        Its share of how far the answers move where columns are shuffled, 0 to 1.
    p_value
        Holm's p-value that it kept half of its importance, where that was above the margin (else 1); without labels, half of
        its share, where that was dominant.
    shap_test, shap_production
        Its share of the mean absolute contribution around the table's average, 0 to 1.
    shap_p_value
        Holm's p-value, two-sided, of the same share in both tables.
    worth_test, worth_production
        How much better the model scores that learned with it than the one that learned without it.
    alone_test, alone_production
        Share of the target's variation that it explains alone, as learned on the reference.
    kind
        How its cells in production are of another kind, or "".
    """

    column: str
    verdict: Verdict
    importance_test: Span = Span()
    importance_production: Span = Span()
    fall: Span = Span()
    lean_test: Span = Span()
    lean_production: Span = Span()
    p_value: float = 1.0
    shap_test: Span = Span()
    shap_production: Span = Span()
    shap_p_value: float = np.nan
    worth_test: Span = Span()
    worth_production: Span = Span()
    alone_test: float = np.nan
    alone_production: float = np.nan
    kind: str = ""

    def flat(self) -> dict[str, float | str]:
        """Return the numbers by name, each interval as two more."""
        found: dict[str, float | str] = {}
        for name, value in vars(self).items():
            if isinstance(value, Span):
                found |= {name: value.value, f"{name}_lower": value.lower, f"{name}_upper": value.upper}
            else:
                found[name] = value
        return found


@dataclass(frozen=True, kw_only=True)
class Screen:
    """What comparing the two tables says of each column, arrays of (p,).

    Parameters
    ----------
    fall, lower, upper
        How much of its importance each column lost, in the metric's unit, with bounds that hold for all columns at once
        (Bonferroni); NaN without labels in both tables.
    p_fall
        Holm's p-values, over all columns and both questions: whether importance fell, or a dominant share more than halved.
        They choose what refits look at.
    p_half
        Holm's p-values over all columns: whether less than half is left of an importance above the margin, without labels of
        a dominant share. They make a suspicion.
    harmless
        Columns that can't be a shortcut that costs more than the margin, whatever a refit would say.
    detectable
        The smallest fall that would have been seen in 80 % of cases, in whichever column; NaN without labels.
    """

    fall: Floats
    lower: Floats
    upper: Floats
    p_fall: Floats
    p_half: Floats
    harmless: Mask
    detectable: float

    @property
    def looked_at(self) -> list[int]:
        """Positions of the columns that lost something, the strongest evidence first."""
        fall = np.nan_to_num(self.fall)
        return [int(place) for place in np.lexsort((-fall, self.p_fall)) if self.p_fall[place] <= _LEVEL]

    @property
    def suspects(self) -> Mask:
        """Which columns are suspected unless refits clear them (p,)."""
        return np.asarray(self.p_half <= _LEVEL)

    @property
    def unsettled(self) -> list[int]:
        """Positions of the columns that aren't looked at and may be harmful, the largest possible fall first."""
        taken = set(self.looked_at)
        order = np.argsort(-np.nan_to_num(self.upper, nan=-np.inf), kind="stable")
        return [int(place) for place in order if not self.harmless[place] and place not in taken]


def screen(test: Leaning, production: Leaning, *, margin: float) -> Screen:
    """Return what two tables say of each column; see `Screen`.

    Parameters
    ----------
    test, production
        What the model leans on there, the same columns in the same order.
    margin
        The largest loss that doesn't matter, in the metric's unit.
    """
    count = len(test.lean.values)
    p_lean = np.where(test.lean.values >= DOMINANT, _p_halved(test.lean, production.lean), 1.0)
    before, after = test.importance, production.importance
    if before is None or after is None:
        nothing, adjusted = np.full(count, np.nan), holm(p_lean)
        return Screen(
            fall=nothing, lower=nothing, upper=nothing, p_fall=adjusted, p_half=adjusted,
            harmless=np.zeros(count, dtype=np.bool_), detectable=float("nan"),
        )  # fmt: skip
    df = max(min(before.units, after.units) - 1, 1)
    fall, error = before.values - after.values, np.hypot(before.error, after.error)
    adjusted = holm(np.concatenate([_one_sided(fall, error, df), p_lean]))
    # "All columns are harmless" holds if each is, at the plain level (intersection-union: Berger 1982).
    once, reach = (float(stats.t.ppf(1 - level, df)) for level in (_LEVEL, _LEVEL / 2 / count))
    still = after.values - _KEPT * before.values - once * np.hypot(_KEPT * before.error, after.error) > 0
    harmless = still | (fall + once * error < margin) | (before.values + once * before.error < margin)
    # Shuffling a shortcut that costs more than the margin costs more than that too; of weaker columns none is suspected.
    p_half = np.where(before.values > margin, _p_halved(before, after), 1.0)
    steps = float(stats.t.ppf(1 - _LEVEL / (2 * count), df) + stats.norm.ppf(_POWER))
    return Screen(
        fall=fall, lower=fall - reach * error, upper=fall + reach * error,
        p_fall=np.minimum(adjusted[:count], adjusted[count:]), p_half=holm(p_half), harmless=harmless,
        detectable=steps * float(error.max(initial=0.0)),
    )  # fmt: skip


def _p_halved(before: Drawn, after: Drawn) -> Floats:
    """Return p-values of "half of it or more is left" (p,)."""
    df = max(min(before.units, after.units) - 1, 1)
    return _one_sided(_KEPT * before.values - after.values, np.hypot(_KEPT * before.error, after.error), df)


def _one_sided(value: Floats, error: Floats, df: int) -> Floats:
    """Return p-values of "not above 0" (p,); 1 where nothing varies, as for a column that the model doesn't use."""
    known = (error > 0) & np.isfinite(error)
    t = np.divide(value, error, out=np.zeros_like(value), where=known)
    return np.asarray(np.where(known, stats.t.sf(t, df), 1.0))


def differ(test: Drawn, production: Drawn) -> Floats:
    """Return Holm's p-values, two-sided, of equal shares in both tables (p,)."""
    df = max(min(test.units, production.units) - 1, 1)
    gap, error = np.abs(test.values - production.values), np.hypot(test.error, production.error)
    return holm(np.minimum(1.0, 2 * _one_sided(gap, error, df)))


def settle(worth: Worth | None, *, lost: bool, suspect: bool, harmless: bool, margin: float) -> Verdict:
    """Return the verdict on a column.

    Parameters
    ----------
    worth
        What refits say, or None where there are none.
    lost, suspect, harmless
        What the screen says: whether it or another column lost importance, whether it lost more than half of its own, and whether
        it can do no harm.
    margin
        The largest loss that doesn't matter.

    Returns
    -------
    str
        "confirmed": importance was lost, and without it the test falls by more than the margin, production by less, and by
        less than half as much. "cleared": harmless, or worth less than the margin offline, or at least half as much in
        production. "suspected" or "open": neither can be told.
    """
    otherwise: Verdict = "suspected" if suspect else "cleared" if harmless else "open"
    if worth is None:
        return otherwise
    test, production = worth.test, worth.production
    above, below = test.upper - test.value, production.value - production.lower
    under, over = test.value - test.lower, production.upper - production.value
    halved = _KEPT * test.value - production.value
    if test.lower > margin and production.upper < margin and lost and halved > np.hypot(_KEPT * under, over):
        return "confirmed"
    fell = test.value - production.value + float(np.hypot(above, below))
    if test.upper < margin or fell < margin or -halved > np.hypot(_KEPT * above, below):
        return "cleared"
    return otherwise
