"""The trend of every check over the batches: shares, means and rows that rise or fall little by little."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import log, nan

import numpy as np
import numpy.typing as npt

from mlops_widgets.data_quality.audits.checks import Limits, Watched
from mlops_widgets.data_quality.audits.history import Audited
from mlops_widgets.data_quality.profiling.profile_result import Profile
from mlops_widgets.measures.several_tests import holm
from mlops_widgets.measures.trends import Trend, theil_sen

Floats = npt.NDArray[np.float64]

MEAN_MARGIN = 0.1
"""Standard deviations of the baseline that a mean may move over the history before its trend matters."""
ROWS_MARGIN = 0.5
_LEVEL = 0.05


@dataclass(frozen=True, kw_only=True)
class CheckTrend:
    """A check that rises or falls over the history.

    Parameters
    ----------
    check, of
        Its name, and what moves: "share", "mean" (in standard deviations of the baseline) or "rows" (natural logarithm).
    first, last
        The median line at the first and last batch.
    change, lower, upper
        What the line moves by over the history, with its 95 % interval.
    p_adjusted
        Kendall's test, adjusted for all checks (Holm).
    batches
        How many batches it rests on.
    """

    check: str
    of: str
    first: float
    last: float
    change: float
    lower: float
    upper: float
    p_adjusted: float
    batches: int


def find_trends(history: Sequence[Audited], baseline: Profile, seen: Watched, limits: Limits) -> list[CheckTrend]:
    """Return the checks whose trend is beyond chance and beyond its margin, what moved most first.

    Parameters
    ----------
    history
        The batches, in order.
    baseline
        What means are measured by.
    seen
        The columns that are watched.
    limits
        The margins.
    """
    series = list(_series(history, baseline, seen, limits))
    x = _places(history)
    span = float(x[-1] - x[0]) if len(x) > 1 else 0.0
    found = [theil_sen(x, values) for *_, values, _ in series]
    known = [index for index, each in enumerate(found) if not np.isnan(each.p_value)]
    if not known or not span:
        return []
    adjusted = dict(zip(known, holm(np.array([found[index].p_value for index in known])), strict=True))
    told = [
        _told((name, of), found[index], span, float(adjusted[index]), float(np.nanmedian(values)))
        for index, (name, of, values, margin) in enumerate(series)
        if index in adjusted and adjusted[index] < _LEVEL and _matters(found[index], span, margin)
    ]
    return sorted(told, key=lambda each: -abs(each.change))


def _places(history: Sequence[Audited]) -> Floats:
    starts = np.array([each.start for each in history])
    dated = len(history) > 0 and all(each.are_dates for each in history)
    return starts if dated and len(np.unique(starts)) == len(starts) else np.arange(len(history), dtype=np.float64)


def _series(
    history: Sequence[Audited], baseline: Profile, seen: Watched, limits: Limits
) -> "list[tuple[str, str, Floats, float]]":
    """Return name, what moves, one value a batch and the margin, of every check."""
    rows = [nan if each.may_be_cut or not each.rows else log(each.rows) for each in history]
    series = [("rows", "rows", np.array(rows), log(1 + ROWS_MARGIN))]
    for name in seen.columns:
        missing = [_missing(each, name) for each in history]
        if name not in seen.awaited:
            series.append((f"{name}: missing share", "share", np.array(missing), limits.missing_margin))
        sd, kind = baseline[name].numbers.moments.sd, baseline[name].kind
        if kind == "number" and sd > 0 and np.isfinite(sd):
            means = [_mean(each, name) / sd for each in history]
            series.append((f"{name}: mean", "mean", np.array(means), MEAN_MARGIN))
    for rule in dict.fromkeys(each.rule for batch in history for each in batch.rules):
        shares = [next((seen.share for seen in batch.rules if seen.rule == rule), nan) for batch in history]
        series.append((rule, "share", np.array(shares, dtype=np.float64), limits.missing_margin))
    return series


def _missing(batch: Audited, name: str) -> float:
    return batch.profile[name].missing_share if name in batch.profile.by_name and batch.rows else nan


def _mean(batch: Audited, name: str) -> float:
    return batch.profile[name].numbers.moments.mean if name in batch.profile.by_name else nan


def _matters(trend: Trend, span: float, margin: float) -> bool:
    return bool(min(abs(trend.lower), abs(trend.upper)) * span > margin and trend.lower * trend.upper > 0)


def _told(told: tuple[str, str], trend: Trend, span: float, p_adjusted: float, middle: float) -> CheckTrend:
    change = trend.slope * span
    return CheckTrend(
        check=told[0], of=told[1], first=middle - change / 2, last=middle + change / 2, change=change, lower=trend.lower * span,
        upper=trend.upper * span, p_adjusted=p_adjusted, batches=trend.points,
    )  # fmt: skip
