"""Whether a column moves the answer in real rows and not where explainers ask, with the error of saying so bounded."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt
from scipy.stats import t as student

from mlops_widgets.explainability.attribution.synthetic_rows import Kind
from mlops_widgets.explainability.trust.manipulation_flips import Flips
from mlops_widgets.measures.clustered_mean import clustered_mean
from mlops_widgets.measures.several_tests import holm

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]

Verdict = Literal["hidden", "shown", "alike", "open", "small"]
"""Hidden from explainers, shown to them alone, alike in both, not enough data, too small to matter."""

TIMES = 4.0
"""How many times as far the answer must move in real rows as where explainers ask, for a column to be hidden."""
TIMES_SHOWN = 10.0
"""The other way round: honest models that learned from columns that go together came to four."""
MATTERS = 0.05
"""Of how far the answers of two rows at random are apart: what an exchange must move to matter."""
LEVEL = 0.05
_FEWEST = 30


@dataclass(frozen=True, kw_only=True)
class Compared:
    """One column's exchanges in real rows and in one kind of made rows.

    Parameters
    ----------
    kind
        Which made rows.
    made, made_lower, made_upper
        How far the answer moves on average where explainers ask, with its 95 % interval.
    times
        How many times as far it moves in real rows; infinite where it doesn't move in made ones.
    p_hidden, p_shown
        That it doesn't move more than `TIMES` as far in real rows, and not `TIMES_SHOWN` as far in made ones; after Holm, over
        all columns and kinds.
    """

    kind: Kind
    made: float
    made_lower: float
    made_upper: float
    times: float
    p_hidden: float
    p_shown: float


@dataclass(frozen=True, kw_only=True)
class FlippedColumn:
    """What exchanging a column's cells does.

    Parameters
    ----------
    column
        Its name.
    rows
        Rows that had a near neighbour with another cell.
    real, real_lower, real_upper
        How far the answer moves on average in real rows, with its 95 % interval.
    compared
        The same exchanges in made rows, a kind each.
    verdict
        What follows.
    group
        Whether the study names it as a group: such columns come first.
    attribution
        Share of mean |SHAP| that explainers give it; NaN where they weren't asked.
    """

    column: str
    rows: int
    real: float
    real_lower: float
    real_upper: float
    compared: tuple[Compared, ...]
    verdict: Verdict
    group: bool = False
    attribution: float = float("nan")

    @property
    def widest(self) -> Compared:
        """The kind of made rows that differs most from real ones, in the direction of the verdict."""
        if self.verdict == "shown":
            return min(self.compared, key=lambda each: each.p_shown)
        return min(self.compared, key=lambda each: (each.p_hidden, -each.times))


def judge(
    flips: Sequence[Flips], units: Integers, *, spread: float, groups: Sequence[str] = (), shares: Mapping[str, float] | None = None
) -> tuple[FlippedColumn, ...]:  # fmt: skip
    """Return each column's verdict, hidden ones and groups first.

    A column is hidden where its exchanges move the answer more than `TIMES` as far in real rows as in made ones, and shown
    alone where they move it more than `TIMES_SHOWN` as far in made ones, each by more than `MATTERS` of `spread`: both one-sided t-tests over the sums of resampling units, the larger p-value counts
    (intersection-union; Berger 1982), then Holm over columns, kinds and both directions.

    Parameters
    ----------
    flips
        A column each.
    units
        (n,) resampling unit of each row.
    spread
        How far the answers of two real rows at random are apart, on average.
    groups
        Columns that the study names as groups.
    shares
        Column → share of mean |SHAP|.
    """
    shares = shares or {}
    tests = [_tests(each, kind, units, spread) for each in flips for kind in each.made]
    adjusted = holm(np.array(tests).ravel()).reshape(-1, 2) if tests else np.ones((0, 2))
    found, place = [], 0
    for each in flips:
        kinds = len(each.made)
        own = adjusted[place : place + kinds]
        place += kinds
        found.append(
            _column(
                each,
                units,
                own,
                spread=spread,
                group=each.column in groups,
                share=shares.get(each.column, float("nan")),
            )
        )
    first = ("hidden", "shown", "open", "alike", "small")
    return tuple(sorted(found, key=lambda column: (first.index(column.verdict), not column.group, -_sure(column.real))))


def _sure(value: float) -> float:
    return 0.0 if np.isnan(value) else value


def _tests(flips: Flips, kind: Kind, units: Integers, spread: float) -> tuple[float, float]:
    own, real, made = units[flips.rows], flips.real, flips.made[kind]
    if len(real) < _FEWEST or not spread > 0:
        return 1.0, 1.0
    hidden = max(_above(real - TIMES * made, own), _above(real - MATTERS * spread, own))
    shown = max(_above(made - TIMES_SHOWN * real, own), _above(made - MATTERS * spread, own))
    return hidden, shown


def _above(values: Floats, units: Integers) -> float:
    """Return the one-sided p-value that the mean isn't above 0: Student's t over the units' sums."""
    code = np.unique(units, return_inverse=True)[1]
    count, mean = int(code.max()) + 1, float(values.mean())
    if count < 2:
        return 1.0
    sums = np.bincount(code, weights=values - mean)
    error = float(np.sqrt((sums**2).sum() * count / (count - 1))) / len(values)
    if error == 0:
        return 0.0 if mean > 0 else 1.0
    return float(student.sf(mean / error, count - 1))


def _column(
    flips: Flips, units: Integers, p_values: Floats, *, spread: float, group: bool, share: float
) -> FlippedColumn:
    own = units[flips.rows]
    real = _mean(flips.real, own)
    compared = tuple(
        Compared(
            kind=kind, made=made[0], made_lower=made[1], made_upper=made[2],
            times=real[0] / made[0] if made[0] > 0 else (np.inf if real[0] > 0 else np.nan), p_hidden=float(p[0]), p_shown=float(p[1]),
        )
        for (kind, values), p in zip(flips.made.items(), p_values, strict=True) for made in [_mean(values, own)]
    )  # fmt: skip
    return FlippedColumn(
        column=flips.column, rows=len(flips.real), real=real[0], real_lower=real[1], real_upper=real[2], compared=compared,
        verdict=_verdict(flips, own, compared, spread), group=group, attribution=share,
    )  # fmt: skip


def _mean(values: Floats, units: Integers) -> tuple[float, float, float]:
    if not len(values):
        return float("nan"), float("nan"), float("nan")
    mean, lower, upper = clustered_mean(values, units)
    return mean, max(lower, 0.0), upper


def _verdict(flips: Flips, units: Integers, compared: Sequence[Compared], spread: float) -> Verdict:
    if len(flips.real) < _FEWEST:
        return "open"
    if any(each.p_hidden <= LEVEL for each in compared):
        return "hidden"
    if any(each.p_shown <= LEVEL for each in compared):
        return "shown"
    largest = max(_mean(flips.real, units)[2], *(each.made_upper for each in compared))
    if largest <= MATTERS * spread:
        return "small"
    within = all(_within(flips, each.kind, units) for each in compared)
    return "alike" if within else "open"


def _within(flips: Flips, kind: Kind, units: Integers) -> bool:
    """Return whether neither margin is exceeded: both tests the other way round (two one-sided tests)."""
    real, made = flips.real, flips.made[kind]
    return max(_above(TIMES * made - real, units), _above(TIMES_SHOWN * real - made, units)) <= LEVEL
