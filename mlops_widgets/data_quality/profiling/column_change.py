"""How one column differs between two profiles."""

from dataclasses import dataclass
from math import exp, log, nan, sqrt
from typing import Any

import numpy as np
import numpy.typing as npt

from mlops_widgets.data_quality.profiling.column_profile import ColumnProfile
from mlops_widgets.data_quality.profiling.listed_values import ListedValues
from mlops_widgets.data_quality.profiling.numbers import Numbers
from mlops_widgets.measures.drift.shares import chi_squared, jensen_shannon, largest_cumulative, psi, shares_of
from mlops_widgets.measures.proportions import wilson
from mlops_widgets.measures.sketches.quantiles import counts_over
from mlops_widgets.measures.verdicts import judge

Integers = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]

_GROUPS = 10
"""Groups of about equal size in the first profile, over which PSI and Jensen–Shannon are taken."""

_FEWEST = 30
"""Cells on either side below which nothing is compared."""

_COVERED = 0.5
"""Share of the texts that the listed values must make up; else their shapes are compared."""


@dataclass(frozen=True, kw_only=True)
class ColumnChange:
    """How a column changed from one profile to the other; NaN where it can't be said.

    Parameters
    ----------
    column, kind, kind_after
        Its name, and what it held in each.
    compared
        What `distance` is of: "numbers", "values", "shapes" or "".
    missing_before, missing_after
        Share of the rows that are missing.
    missing_lower, missing_upper
        Interval of the change in that share (Newcombe 1998), at the level that holds for all columns at once.
    missing_p
        p-value of no change in it (χ²), not adjusted.
    distance
        Of numbers the largest difference of cumulative shares (Kolmogorov–Smirnov's, over the bins: never more than that of
        the numbers themselves); of values and shapes the largest difference of a share.
    lower, upper
        Interval of the distance, at the level that holds for all columns at once.
    p
        p-value of no change in distribution, not adjusted.
    p_adjusted
        The smaller of both p-values, adjusted for all columns (Holm).
    psi, jensen_shannon
        Population stability index (natural logarithm) and Jensen–Shannon distance (base 2), over ten groups of numbers or over
        the listed values and the rest.
    new, gone
        Values that five rows or more hold in one profile and none, for certain, in the other.
    status
        "failed": some change beyond its margin; "passed": none; else "not_enough_data".
    """

    column: str
    kind: str
    kind_after: str
    compared: str
    missing_before: float
    missing_after: float
    missing_lower: float
    missing_upper: float
    missing_p: float
    distance: float = nan
    lower: float = nan
    upper: float = nan
    p: float = nan
    p_adjusted: float = nan
    psi: float = nan
    jensen_shannon: float = nan
    new: tuple[str, ...] = ()
    gone: tuple[str, ...] = ()
    status: str = "not_enough_data"


@dataclass(frozen=True)
class _Distance:
    """A distance with its interval, its p-value, and the counts over cells for the other measures."""

    value: float
    lower: float
    upper: float
    p: float
    before: Integers
    after: Integers


def column_change(
    a: ColumnProfile, b: ColumnProfile, *, margin: float, missing_margin: float, error_share: float
) -> ColumnChange:
    """Return how a column changed.

    Parameters
    ----------
    a, b
        The column in both profiles.
    margin, missing_margin
        The largest distance, and the largest change in the share of missing cells, that doesn't matter.
    error_share
        Chance of a false verdict that this column may use up.
    """
    ends = newcombe((np.array([a.missing]), a.rows), (np.array([b.missing]), b.rows), level=1 - error_share / 2)
    lower, upper = (float(end[0]) for end in ends)
    missing_p = chi_squared([a.missing, a.present], [b.missing, b.present])[2]
    status = _status(max(lower, -upper), max(abs(lower), abs(upper)), missing_margin)
    base: dict[str, Any] = {
        "column": a.name, "kind": a.kind, "kind_after": b.kind, "missing_before": a.missing_share, "missing_after": b.missing_share,
        "missing_lower": lower, "missing_upper": upper, "missing_p": missing_p,
    }  # fmt: skip
    compared, found = _compared(a, b, error_share / 2)
    if found is None:
        return ColumnChange(
            **base, compared="", status=_joint(status, "passed" if not (a.present or b.present) else "")
        )
    shares = shares_of(found.before), shares_of(found.after)
    return ColumnChange(
        **base, compared=compared, distance=found.value, lower=found.lower, upper=found.upper, p=found.p,
        psi=float(psi(*shares)), jensen_shannon=float(jensen_shannon(*shares)), new=_only_in(b, a), gone=_only_in(a, b),
        status=_joint(status, _status(found.lower, found.upper, margin)),
    )  # fmt: skip


def newcombe(before: tuple[Integers, int], after: tuple[Integers, int], *, level: float) -> tuple[Floats, Floats]:
    """Return bounds of the differences of shares, after less before, from both shares' score bounds (Newcombe 1998, method 10).

    Parameters
    ----------
    before, after
        (k,) how many rows hold each value, and the rows.
    level
        Coverage aimed at.

    Examples
    --------
    >>> ends = newcombe((np.array([48]), 80), (np.array([56]), 70), level=0.95)
    >>> [round(float(end[0]), 4) for end in ends]
    [0.0524, 0.3339]
    """
    bounds = [wilson(held, np.full(len(held), rows), level=level) for held, rows in (before, after)]
    (l0, u0), (l1, u1) = bounds
    p0, p1 = before[0] / before[1], after[0] / after[1]
    return p1 - p0 - np.hypot(p1 - l1, u0 - p0), p1 - p0 + np.hypot(u1 - p1, p0 - l0)


def _status(lower: float, upper: float, margin: float) -> str:
    return judge(lower, upper, margin=margin, n=1).status


def _joint(*parts: str) -> str:
    if "failed" in parts:
        return "failed"
    return "passed" if all(part == "passed" for part in parts) else "not_enough_data"


def _compared(a: ColumnProfile, b: ColumnProfile, error_share: float) -> tuple[str, _Distance | None]:
    if a.kind != b.kind or a.kind in {"other", "empty"} or min(a.present, b.present) < _FEWEST:
        return "", None
    if a.kind in {"number", "time"}:
        return "numbers", _of_numbers(a, b, error_share)
    listed = min(each.values.counts.sum() / each.present for each in (a, b)) >= _COVERED
    first, second = (a.values, b.values) if listed else (a.shapes, b.shapes)
    return "values" if listed else "shapes", _of_values(first, second, (a.present, b.present), error_share)


def _of_numbers(a: ColumnProfile, b: ColumnProfile, error_share: float) -> _Distance:
    """Compare over linear and over logarithmic bins; the larger distance is the nearer to that of the numbers."""
    pairs = [_shared(a.numbers, b.numbers, scale) for scale in ("linear", "log")]
    shares = [(shares_of(before), shares_of(after), inside) for before, after, inside in pairs]
    distances = [float(largest_cumulative(p, q)) for p, q, _ in shares]
    # Within a bin the cumulative shares may differ by what it holds of either, unless it can hold one number only.
    most = [float((np.abs(np.cumsum(p - q)) + inside * np.maximum(p, q)).max()) for p, q, inside in shares]
    n, m = a.numbers.moments.count, b.numbers.moments.count
    slack = sum(
        sqrt(log(4 / error_share) / (2 * size)) for size in (n, m)
    )  # Dvoretzky–Kiefer–Wolfowitz, Massart's constant
    seen, before_after = max(distances), pairs[int(np.argmin(most))][:2]
    return _Distance(
        seen, max(0.0, seen - slack), min(1.0, min(most) + slack), _kolmogorov_p(seen * sqrt(n * m / (n + m))), *_grouped(*before_after)
    )  # fmt: skip


def _shared(a: Numbers, b: Numbers, scale: str) -> tuple[Integers, Integers, int]:
    """Return both counts over the same bins, and 1 if a bin can hold several different numbers, else 0."""
    first, second = (getattr(each, scale) for each in (a, b))
    single = scale == "linear" and a.whole and b.whole and max(first.level, second.level) <= 0
    return *counts_over(first, second), int(not single)


def _kolmogorov_p(statistic: float) -> float:
    """Return the two-sided p-value of Kolmogorov's limit, 2 Σ (-1)^(k-1) exp(-2 k² t²)."""
    if statistic < 0.2:
        return 1.0
    return float(np.clip(2 * sum((-1) ** (k - 1) * exp(-2 * (k * statistic) ** 2) for k in range(1, 101)), 0, 1))


def _grouped(before: Integers, after: Integers) -> tuple[Integers, Integers]:
    """Return counts over about ten groups of neighbouring bins, of equal size before."""
    share = np.cumsum(before) / before.sum()
    group = np.minimum((np.concatenate([[0.0], share[:-1]]) * _GROUPS).astype(np.int64), _GROUPS - 1)
    return tuple(np.bincount(group, weights=each).astype(np.int64) for each in (before, after))  # type: ignore[return-value]  # two


def _of_values(a: ListedValues, b: ListedValues, present: tuple[int, int], error_share: float) -> _Distance | None:
    names = list(dict.fromkeys([*a.values, *b.values]))
    if not names:
        return None
    before, after = (_counts(each, names, size) for each, size in zip((a, b), present, strict=True))
    gaps = np.abs(after / present[1] - before / present[0])
    level = 1 - error_share / len(before)
    lower, upper = newcombe((before, present[0]), (after, present[1]), level=level)
    slack = _uncertain(a) / present[0] + _uncertain(b) / present[1]
    least = float(np.maximum(lower, -upper).max())
    most = float(np.maximum(np.abs(lower), np.abs(upper)).max())
    return _Distance(
        float(gaps.max()), max(0.0, least - slack), min(1.0, most + slack), chi_squared(before, after)[2], before, after
    )  # fmt: skip


def _uncertain(values: ListedValues) -> int:
    return max(values.error, values.unlisted)


def _counts(values: ListedValues, names: list[str], present: int) -> Integers:
    known = values.rows_by_value()
    counts = [known.get(name, 0) for name in names]
    return np.array([*counts, max(present - sum(counts), 0)], dtype=np.int64)


def _only_in(a: ColumnProfile, b: ColumnProfile) -> tuple[str, ...]:
    if not b.values.complete:
        return ()
    return tuple(value for value in a.values.values if value not in b.values.values)
