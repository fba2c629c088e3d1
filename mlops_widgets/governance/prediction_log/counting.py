"""What is counted in a log's entries: models, decisions, overrides, thresholds, policies, and what doesn't fit."""

import math
from collections.abc import Collection, Hashable
from datetime import timedelta
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import stats

from mlops_widgets.core.document import sound
from mlops_widgets.core.words import number, short
from mlops_widgets.governance.prediction_log.usage_result import ModelLine, RateLine, SpanLine
from mlops_widgets.measures.clustered_mean import clustered_mean
from mlops_widgets.measures.proportions import clopper_pearson

FEWEST = 5
"""Entries that must hold a value before it is named."""
FEWEST_UNITS = 5
"""Days below which a share has no interval that knows of days."""
_MOST_LEVELS = 20

Days = npt.NDArray[Any]
"""Whole numbers: the day of each entry."""


def model_lines(entries: pd.DataFrame, registered: Collection[str] | None) -> tuple[ModelLine, ...]:
    """Return the models, the most used first."""
    lines = [
        ModelLine(model=short(sound(str(model)), 70), rows=len(times), first=_day(times.min()), last=_day(times.max()), registered=None if registered is None else model in registered)
        for model, times in entries.groupby("model")["at"]
    ]  # fmt: skip
    return tuple(sorted(lines, key=lambda each: (-each.rows, each.model)))


def rate(flags: "pd.Series[Any]", days: Days, name: str, *, level: float) -> RateLine:
    """Return how often something is so, with Clopper & Pearson's bounds at the effective number of rows (Korn & Graubard 1998).

    Rows of one day resemble each other: the effective number is that which would give the variance over days, and Student's t is made up for.
    Below 5 days there is no interval.
    """
    hits, rows = int(flags.sum()), len(flags)
    units = len(np.unique(days))
    if units < FEWEST_UNITS:
        return RateLine(name=name, rows=rows, count=hits, share=hits / rows, lower=None, upper=None)
    effective = min(float(rows), effective_rows(flags.to_numpy(dtype=np.float64), days, level=level))
    lower, upper = clopper_pearson(hits / rows * effective, effective, level=level)
    return RateLine(name=name, rows=rows, count=hits, share=hits / rows, lower=lower, upper=upper)


def effective_rows(flags: "npt.NDArray[np.float64]", days: Days, *, level: float) -> float:
    """Return how many independent rows would say as much about the share of `flags` as these days do."""
    share = float(flags.mean())
    if share in {0.0, 1.0}:
        return float(len(flags))
    _, lower, upper = clustered_mean(flags, days, level=level)
    half = (upper - lower) / 2
    z = float(stats.norm.isf((1 - level) / 2))
    return z**2 * share * (1 - share) / half**2 if half > 0 else float(len(flags))


def decision_lines(decisions: "pd.Series[Any]", days: Days, *, level: float) -> tuple[RateLine, ...]:
    """Return the share of each decision; () where decisions are numbers on a scale."""
    known = decisions.notna()
    counts = decisions[known].value_counts()
    if not len(counts) or (len(counts) > _MOST_LEVELS and pd.api.types.is_numeric_dtype(decisions.dtype)):
        return ()
    often = counts.index[counts >= FEWEST][:_MOST_LEVELS]
    lines = [rate((decisions[known] == value), days[known.to_numpy()], shown(value), level=level) for value in often]
    rest = len(counts) - len(often)
    if rest:
        others = ~decisions[known].isin(often)
        lines.append(
            rate(others, days[known.to_numpy()], f"{rest} other {'value' if rest == 1 else 'values'}", level=level)
        )
    return tuple(lines)


def reason_lines(
    reasons: "pd.Series[Any]", overridden: "pd.Series[Any]", days: Days, *, level: float
) -> tuple[RateLine, ...]:
    """Return how often entries with each code were overridden; codes of fewer than 5 entries are left out."""
    listed = pd.DataFrame({"code": reasons, "over": overridden, "day": days}).explode("code").dropna(subset="code")
    counts = listed["code"].value_counts()
    often = counts.index[counts >= FEWEST][:_MOST_LEVELS]
    parts = {code: part for code, part in listed.groupby("code") if code in often}
    return tuple(
        rate(parts[code]["over"].astype(bool), parts[code]["day"].to_numpy(), shown(code), level=level)
        for code in often
    )


def spans(values: "pd.Series[Any]", times: "pd.Series[Any]") -> tuple[SpanLine, ...]:
    """Return each value's entries and days, in order of its first use; the 20 most frequent."""
    frame = pd.DataFrame({"value": values, "at": times}).dropna(subset="value")
    most = frame["value"].value_counts().index[:_MOST_LEVELS]
    parts = sorted(
        ((part["at"].min(), shown(value), part["at"]) for value, part in frame.groupby("value") if value in most),
        key=lambda each: each[:2],
    )
    return tuple(SpanLine(name=name, rows=len(at), first=_day(first), last=_day(at.max())) for first, name, at in parts)


def late_entries(policies: "pd.Series[Any]", times: "pd.Series[Any]", overlap: timedelta) -> int:
    """Return how many entries were made under a policy although a newer one was in use for longer than `overlap`."""
    first = times.groupby(policies).min().sort_values(kind="stable")
    if len(first) < 2:
        return 0
    newer = first.shift(-1)
    follows = newer.reindex(policies.to_numpy()).reset_index(drop=True)
    return int((times.reset_index(drop=True) > follows + overlap).sum())


def off_side(entries: pd.DataFrame, scores: Collection[str]) -> int:
    """Return how many decisions aren't the usual one of their model on their side of the threshold.

    Only of one score and two decisions; a side on which fewer than 95 % are decided alike has no usual decision.
    """
    if len(scores) != 1:
        return 0
    whole = entries[["model", "threshold", "decision", next(iter(scores))]].dropna()
    if whole["decision"].nunique() != 2:
        return 0
    whole = whole[
        whole[next(iter(scores))] != whole["threshold"]
    ]  # on the threshold, models differ in what they decide
    above = whole[next(iter(scores))] > whole["threshold"]
    sides = pd.crosstab([whole["model"], above], whole["decision"])
    most, all_of = sides.max(axis=1), sides.sum(axis=1)
    return int((all_of - most)[most >= 0.95 * all_of].sum())


def shown(value: Hashable) -> str:
    """Return a value as a sentence can bear it."""
    if isinstance(value, float) and math.isfinite(value):
        return number(value) if value != int(value) else f"{int(value)}"
    return short(sound(str(value)), 60)


def _day(moment: pd.Timestamp) -> str:
    return str(moment.date())
