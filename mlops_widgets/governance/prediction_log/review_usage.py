"""How a model was used, read from its prediction log."""

from collections.abc import Collection
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from mlops_widgets.core.options import check_counts, check_fractions
from mlops_widgets.errors import InputError, WrongTypeError
from mlops_widgets.governance.prediction_log.counting import (
    Days,
    decision_lines,
    late_entries,
    model_lines,
    off_side,
    rate,
    reason_lines,
    spans,
)
from mlops_widgets.governance.prediction_log.gaps import fewest_seen, unlikely_runs
from mlops_widgets.governance.prediction_log.prediction_log import PredictionLog
from mlops_widgets.governance.prediction_log.usage_findings import find
from mlops_widgets.governance.prediction_log.usage_result import Gap, UsageResult

if TYPE_CHECKING:
    import pyarrow as pa

_METHOD = (
    "Shares with {percent} % intervals by Clopper & Pearson at the effective number of rows, days being drawn whole; empty hours against the same "
    "hour of the other weeks, Dirichlet-multinomial given all of them, Bonferroni over hours"
)
_REFERENCE = "Korn & Graubard 1998, Survey Methodology 24 (2), 193–201; Mosimann 1962, Biometrika 49, 65–82"
_FIELDS = ("at", "model", "input_hmac", "decision", "threshold", "reasons", "override", "policy", "row_id")
_NEEDED = ("input_hmac", "decision", "threshold", "reasons", "policy")
_MOST_GAPS = 20
_ODD = "its score is no number"


def review_usage(
    log: PredictionLog,
    *,
    registered: Collection[str] | None = None,
    most_overrides: float = 0.10,
    quiet_hours: float | None = None,
    overlap_hours: int = 24,
    first: datetime | None = None,
    last: datetime | None = None,
    level: float = 0.95,
) -> UsageResult:
    """Say how a model was used: how often, which models answered, what was decided, overridden, and when nothing was logged.

    Parameters
    ----------
    log
        The log.
    registered
        Digests (SHA-256, 64 hex digits) of the models that may answer, such as a registry's in production.
    most_overrides
        Largest share of answers that persons may decide otherwise before the model's use is in doubt, above 0 and below 1.
    quiet_hours
        Longest time without an entry that is fine. By default the log says itself: an hour is missed that is busy in its other weeks.
    overlap_hours
        For how long an older version of the policy may still be used beside a newer one.
    first, last
        Which entries to look at, UTC without a zone; by default all.
    level
        Of the intervals.

    Returns
    -------
    UsageResult
        Findings: GV-US-01 how much it was used, 02 whether registered models answered, 03 overrides, 04 hours without entries, 05 fields that
        are empty, 06 older policies, 07 ids that come twice, 08 decisions on the other side of the threshold.

    Raises
    ------
    InputError
        If an option is out of its range, or there are no entries.

    Examples
    --------
    >>> import tempfile
    >>> from mlops_widgets.governance import log_predictions
    >>> with tempfile.TemporaryDirectory() as home:
    ...     log = PredictionLog(f"{home}/log")
    ...     batch = log_predictions(
    ...         log, model_digest="ab" * 32, decisions=[0] * 60 + [1] * 40, overrides=[None] * 90 + [0] * 10
    ...     )
    ...     review_usage(log, registered=["ab" * 32]).override_rate
    0.1
    """
    if not isinstance(log, PredictionLog):
        raise WrongTypeError(
            f"review_usage takes a PredictionLog, not {type(log).__name__}: pass PredictionLog(folder)."
        )
    check_fractions(level=level, most_overrides=most_overrides)
    check_counts(overlap_hours=(overlap_hours, 0))
    if quiet_hours is not None and not quiet_hours > 0:
        raise InputError(
            f"quiet_hours={quiet_hours!r}. Pass the longest time without an entry that is fine, in hours, above 0."
        )
    entries = _entries(log, first, last)
    scores = log.score_columns
    days: Days = (entries["at"].astype("int64") // 86_400_000_000).to_numpy(dtype=np.int64)
    reviewed = entries["override"].notna()
    overridden = reviewed & (entries["override"].astype(object) != entries["decision"].astype(object))
    gaps, gaps_by, gap_entries = _gaps(entries["at"], quiet_hours, level)
    result = UsageResult(
        findings=(), rows=len(entries), method=_METHOD.format(percent=round(level * 100)), reference=_REFERENCE, name=log.folder.name,
        days=_by_day(entries["at"]), models=model_lines(entries, None if registered is None else _digests(registered)),
        decisions=decision_lines(entries["decision"], days, level=level), overrides=rate(overridden, days, "all", level=level),
        reviewed=int(reviewed.sum()),
        by_reason=reason_lines(entries["reasons"], overridden, days, level=level), thresholds=spans(entries["threshold"], entries["at"]),
        policies=spans(entries["policy"], entries["at"]), gaps=gaps, gaps_by=gaps_by, gap_entries=gap_entries,
        empty={name: int(entries[name].isna().sum()) for name in _NEEDED}, odd_scores=int(entries[_ODD].sum()),
        repeated=int(entries["row_id"].duplicated(keep=False).sum()), off_side=off_side(entries, scores),
        late=late_entries(entries["policy"], entries["at"], timedelta(hours=overlap_hours)), units=len(np.unique(days)), level=level,
    )  # fmt: skip
    object.__setattr__(result, "findings", find(result, most_overrides=most_overrides, overlap_hours=overlap_hours))
    return result


def _entries(log: PredictionLog, first: datetime | None, last: datetime | None) -> pd.DataFrame:
    scores = log.score_columns
    frame = log.frame(*_FIELDS, *scores)
    frame[_ODD] = _odd(log.arrow(*scores)) if scores else False
    for edge, keep in ((first, frame["at"].ge), (last, frame["at"].le)):
        if edge is not None:
            frame = frame[
                keep(pd.Timestamp(edge if edge.tzinfo else edge.replace(tzinfo=UTC))).reindex(
                    frame.index, fill_value=False
                )
            ]
    if frame.empty:
        raise InputError("first= and last= leave no entries. Pass times between the log's first and last entry.")
    return frame.sort_values("at", kind="stable", ignore_index=True)


def _odd(scores: "pa.Table") -> "npt.NDArray[np.bool_]":
    """Say which rows have a score that is NaN or infinite; one that wasn't logged isn't odd."""
    import pyarrow.compute as pc

    odd = [pc.fill_null(pc.invert(pc.is_finite(cells)), False).to_numpy() for cells in scores.columns]
    found: npt.NDArray[np.bool_] = np.any(odd, axis=0)
    return found


def _digests(registered: Collection[str]) -> set[str]:
    if isinstance(registered, str):
        raise WrongTypeError("registered= is one text. Pass a list of digests.")
    return {str(each).lower().removeprefix("sha256:") for each in registered}


def _by_day(times: "pd.Series[Any]") -> dict[str, int]:
    counts = times.dt.floor("D").value_counts().sort_index()
    every = counts.reindex(pd.date_range(counts.index[0], counts.index[-1], freq="D"), fill_value=0)
    return {str(day.date()): int(count) for day, count in every.items()}


def _gaps(times: "pd.Series[Any]", quiet_hours: float | None, level: float) -> tuple[tuple[Gap, ...], str, int]:
    """Return the times without entries that are too long, the longest first, by what they were told, and how small they may be."""
    if quiet_hours is not None:
        passed = times.diff() > pd.Timedelta(hours=quiet_hours)
        ends = [(times[number - 1], times[number]) for number in np.flatnonzero(passed)]
        found = [
            Gap(begin=_hour(a), end=_hour(b), hours=int((b - a) / pd.Timedelta(hours=1)), expected=None)
            for a, b in ends
        ]
        return _longest(found), "quiet_hours=", 0
    hours = (times.astype("int64") // 3_600_000_000).to_numpy()
    if len(hours) < 2 or hours[-1] - hours[0] > 10 * 366 * 24:
        return (), "", 0
    counts = np.bincount(hours - hours[0])
    runs = unlikely_runs(counts, level=level)
    if runs is None:
        return (), "", 0
    start = pd.Timestamp(int(hours[0]) * 3_600_000_000, unit="us", tz="UTC")
    found = [
        Gap(begin=_hour(start + pd.Timedelta(hours=run.first)), end=_hour(start + pd.Timedelta(hours=run.after)), hours=run.after - run.first, expected=round(run.expected, 1))
        for run in runs
    ]  # fmt: skip
    return _longest(found), "weekly profile", fewest_seen(len(counts), level=level)


def _longest(gaps: list[Gap]) -> tuple[Gap, ...]:
    return tuple(sorted(gaps, key=lambda each: (-each.hours, each.begin))[:_MOST_GAPS])


def _hour(moment: pd.Timestamp) -> str:
    return f"{moment:%Y-%m-%d %H:%M}"
