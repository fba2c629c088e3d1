"""What `audit_batches` returns: every check of every batch, what changed first, and when to look again."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from mlops_widgets.core.calendars import calendar_text
from mlops_widgets.core.result import Result
from mlops_widgets.data_quality.audits.check_trends import CheckTrend
from mlops_widgets.data_quality.audits.first_change import FirstChange
from mlops_widgets.errors import InputError

if TYPE_CHECKING:
    import pandas as pd

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]


@dataclass(frozen=True, kw_only=True)
class BatchAuditResult(Result):
    """A history of batches, check by check.

    Parameters
    ----------
    name
        What the history is called.
    baseline
        What the batches are compared with.
    batches, starts, are_dates
        Labels of the batches in order, when they came (milliseconds since 1970 where these are dates, else another number that
        orders them, NaN where nobody said), shape (batches,).
    batch_rows, new
        Rows of each, and 1 for those that this audit looked at, shape (batches,).
    checks, kinds, columns
        Names of the checks; what each is about: "rule", "missing", "values" (against the baseline), "step" (against the batch before),
        "columns" or "rows"; its column, "" for the table.
    statuses
        One a check and batch: a status, or "" where it wasn't put.
    values, lower, upper
        (checks, batches) what is watched: the share that breaks a rule or is missing, a distance, a count; and the interval of the
        change, or of the share, where there is one; else NaN.
    changes
        The checks that went beyond their margin, what changed first first.
    trends
        The checks that rise or fall.
    margin, missing_margin
        The largest distance, and the largest change in the share of missing cells, that doesn't matter.
    false_alarms
        Expected batches a year that alarm though nothing changed, at most; a batch, where no batch is dated.
    per_year
        Whether that is a year's.
    due, calendar
        The day of the next audit, ISO 8601, "" where there is no calendar; and days between audits, 0 without.
    audited_at
        When this audit ran, ISO 8601, "" where nobody said.
    synthetic
        Whether the data were made up.
    """

    name: str
    baseline: str
    batches: tuple[str, ...]
    starts: Floats
    are_dates: bool
    batch_rows: Integers
    new: Integers
    checks: tuple[str, ...]
    kinds: tuple[str, ...]
    columns: tuple[str, ...]
    statuses: tuple[tuple[str, ...], ...]
    values: Floats
    lower: Floats
    upper: Floats
    changes: tuple[FirstChange, ...]
    trends: tuple[CheckTrend, ...]
    margin: float
    missing_margin: float
    false_alarms: float
    per_year: bool
    due: str
    calendar: int
    audited_at: str
    synthetic: bool = False

    @property
    def exit_code(self) -> int:
        """1 where a finding failed, else 0: what a scheduler stops at."""
        return int(any(finding.status == "failed" for finding in self.findings))

    def calendar_file(self) -> str:
        """Return an iCalendar file (.ics) with the next audit, which comes back every `calendar` days.

        Raises
        ------
        InputError
            If the audit had no calendar, or nobody said what time it was.
        """
        if not self.due:
            raise InputError(
                "There is no next audit to write down. Pass calendar= (days) and now= (a moment) to audit_batches."
            )
        made = datetime.fromisoformat(self.audited_at)
        return calendar_text(self.name, due=datetime.fromisoformat(self.due), days=self.calendar, made=made)

    def frame(self) -> "pd.DataFrame":
        """Return one row a check and batch: its verdict, what was measured with its interval, in order of batches."""
        import pandas as pd

        count = len(self.checks)
        starts = pd.to_datetime(self.starts, unit="ms") if self.are_dates else self.starts
        grid = pd.DataFrame({
            "batch": np.repeat(np.array(self.batches, dtype=object), count), "start": np.repeat(starts, count),
            "check": np.tile(np.array(self.checks, dtype=object), len(self.batches)),
            "kind": np.tile(np.array(self.kinds, dtype=object), len(self.batches)),
            "column": np.tile(np.array(self.columns, dtype=object), len(self.batches)),
            "status": [self.statuses[check][batch] for batch in range(len(self.batches)) for check in range(count)],
            "value": self.values.T.ravel(), "lower": self.lower.T.ravel(), "upper": self.upper.T.ravel(),
        })  # fmt: skip
        return grid[grid["status"] != ""].reset_index(drop=True)


def next_due(now: datetime | None, days: int | None) -> str:
    """Return the day of the next audit, or ""."""
    return "" if now is None or not days else (now.astimezone(UTC) + timedelta(days=days)).date().isoformat()
