"""What a review of a model's performance holds."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from mlops_widgets.core.calendars import calendar_text
from mlops_widgets.core.document import Document
from mlops_widgets.core.result import Result, Status
from mlops_widgets.errors import InputError
from mlops_widgets.lifecycle.review.breaches import Breached
from mlops_widgets.lifecycle.review.budget import Budget
from mlops_widgets.lifecycle.review.changes import Change
from mlops_widgets.lifecycle.review.drifted import Drifted
from mlops_widgets.lifecycle.review.freshness import Answer
from mlops_widgets.lifecycle.review.signals import Signal

if TYPE_CHECKING:
    import pandas as pd

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]


@dataclass(frozen=True, kw_only=True)
class Slope:
    """How much worse the metric gets over all chunks judged, as a straight line: with its 95 % interval; NaN of too few chunks."""

    harm: float
    lower: float
    upper: float
    p_value: float
    points: int


@dataclass(frozen=True, kw_only=True)
class OpenFinding:
    """A finding of another look that nobody has closed."""

    code: str
    status: Status
    claim: str
    action: str


@dataclass(frozen=True, kw_only=True)
class SignOff:
    """What people say of a review: empty where nobody has said it."""

    reviewer: str = ""
    decision: str = ""
    date: str = ""
    dissent: str = ""

    @property
    def missing(self) -> tuple[str, ...]:
        """What must be said and isn't."""
        return tuple(name for name in ("reviewer", "decision", "date") if not getattr(self, name))


@dataclass(frozen=True, kw_only=True)
class ReviewResult(Result):
    """A review of a model's performance in production.

    Parameters
    ----------
    name
        What is reviewed.
    document
        The review as a text: what `save` writes as Markdown, HTML or PDF.
    chunks
        What each chunk of production is called.
    starts, rows_by_chunk
        (chunks,) where each begins (milliseconds since 1970, a number of the time column, or a row), and how many rows it has.
    chunks_by, are_dates
        What a chunk is ("week", "month", …), and whether the starts are dates.
    coarser
        Whether longer chunks than asked for were needed.
    label_shares, mature
        (chunks,) share of rows with a label, and 1 where all labels that come have come: only these are judged by labels.
    metric, calibration, value
        The signals; None where the study doesn't give one.
    gaps
        Signals of groups against all others.
    drift
        Drift of inputs and answers, or None.
    slope
        The metric's trend.
    changes
        The most likely single change of each number, the surest first.
    contract
        Broken rules of the data contract, or None without one.
    open_findings
        Of `results=`, or None where none were passed.
    recovery, recovery_words, recovery_action
        "recoverable", "exhausted", "not needed", "a simpler model does as well", "not enough data" or "not applicable"; why, in a
        sentence; and what to do.
    budget
        How false alarms are shared.
    margin
        The largest loss of the metric that doesn't matter; NaN without a promise.
    calibration_margin
        The largest mean residual that doesn't matter.
    sign_off
        Who reviewed, and decided what.
    reviewed_at, due, calendar_days, days_late
        When this review was made and the next is due (ISO, "" where nobody said); days between reviews (0: a single date); days
        by which this review came late.
    missing
        What can't be judged, by part, and why.
    synthetic
        Whether the data were made up.
    """

    name: str
    document: Document
    chunks: tuple[str, ...]
    starts: Floats
    rows_by_chunk: Integers
    chunks_by: str
    are_dates: bool
    coarser: bool
    label_shares: Floats
    mature: Integers
    metric: Signal | None
    calibration: Signal | None
    value: Signal | None
    gaps: tuple[Signal, ...]
    drift: Drifted | None
    slope: Slope
    changes: tuple[Change, ...]
    contract: Breached | None
    open_findings: tuple[OpenFinding, ...] | None
    recovery: Answer
    recovery_words: str
    recovery_action: str
    budget: Budget
    margin: float
    calibration_margin: float
    sign_off: SignOff
    reviewed_at: str
    due: str
    calendar_days: int
    days_late: int
    missing: Mapping[str, str]
    synthetic: bool

    @property
    def signals(self) -> tuple[Signal, ...]:
        """Every signal that there is: metric, calibration, value, then groups."""
        return tuple(each for each in (self.metric, self.calibration, self.value) if each is not None) + self.gaps

    @property
    def false_alarms_a_year(self) -> float:
        """Expected false alarms a year of all that is judged; NaN without a calendar."""
        return self.budget.a_year

    def alarms(self) -> Integers:
        """Return how many signals and drifting columns alarm in each chunk, (chunks,)."""
        total = np.zeros(len(self.chunks), dtype=np.int64)
        for each in self.signals:
            total += each.alarms
        return total if self.drift is None else total + self.drift.alarms.sum(axis=0)

    def frame(self) -> "pd.DataFrame":
        """Return one row a signal and chunk: the number with its interval, the band, and whether it is an alarm."""
        import pandas as pd

        starts = pd.to_datetime(self.starts, unit="ms") if self.are_dates else self.starts
        parts = [
            pd.DataFrame({
                "signal": each.name, "chunk": self.chunks, "start": starts, "rows": each.rows, "value": each.values,
                "lower": each.lower, "upper": each.upper, "band_lower": each.band_lower, "band_upper": each.band_upper,
                "alarm": each.alarms,
            })
            for each in self.signals
        ]  # fmt: skip
        names = ["signal", "chunk", "start", "rows", "value", "lower", "upper", "band_lower", "band_upper", "alarm"]
        return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=names)

    def calendar_file(self) -> str:
        """Return an iCalendar file (.ics) with the next review.

        Raises
        ------
        InputError
            If no next review is due.
        """
        if not self.due:
            raise InputError(
                "There is no next review to write down. Pass calendar= (days or a date) to review_performance."
            )
        made = datetime.fromisoformat(self.reviewed_at or self.due)
        days = self.calendar_days or None
        return calendar_text(self.name, due=datetime.fromisoformat(self.due), days=days, made=made, what="Review")
