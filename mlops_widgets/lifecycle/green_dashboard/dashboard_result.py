"""What a dashboard shows month by month, and what other policies would have earned."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from mlops_widgets.core.result import Result, Status
from mlops_widgets.core.words import Form

if TYPE_CHECKING:
    import pandas as pd

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class Panel:
    """One number that a dashboard may show.

    Parameters
    ----------
    name
        "metric", "money", "calibration", "actual" or "bad_rate".
    label
        What it is, with its unit.
    form
        How it is written.
    promised
        What it was on the test, or before the shock; NaN where nothing was.
    margin
        The largest change from that which doesn't matter, in its own unit; NaN where none is stated.
    status
        "failed" where the interval of a chunk, or of all together, lies beyond the margin; "passed" where that of all together lies
        within; else "not_enough_data". "not_run" of a panel that isn't judged.
    """

    name: str
    label: str
    form: Form
    promised: float
    margin: float
    status: Status = "not_run"


@dataclass(frozen=True, kw_only=True)
class PolicyRow:
    """What one retraining policy came to, mean over made-up desks.

    Parameters
    ----------
    name, label
        Its name, and what a table calls it.
    retrains
        How often the model learned anew.
    auc_before, auc_after, bad_before, bad_after, money_before, money_after
        ROC AUC, default rate of the approved, and millions a month: before the shock, and in the last six months.
    total, total_lower, total_upper
        Millions from going live to the end, with the 95 % interval over desks.
    gain, gain_lower, gain_upper
        The same above "never", desk by desk.
    alarmed
        Share of desks on which it retrained at all.
    first
        The month of the first retraining, counted from 0, mean over the desks where there is one; NaN without.
    """

    name: str
    label: str
    retrains: float
    auc_before: float
    auc_after: float
    bad_before: float
    bad_after: float
    money_before: float
    money_after: float
    total: float
    total_lower: float
    total_upper: float
    gain: float
    gain_lower: float
    gain_upper: float
    alarmed: float
    first: float


@dataclass(frozen=True, kw_only=True)
class GreenDashboardResult(Result):
    """What AUC shows and what it hides, chunk by chunk.

    Parameters
    ----------
    labels, starts, are_dates
        The chunks shown; starts as milliseconds since 1970 where they are dates.
    panels
        The numbers.
    values, lower, upper
        (panels, chunks) each with its 95 % interval: over made-up desks, or over the study's resampling units. NaN where a
        chunk has too few labels, or labels that haven't all arrived.
    known_after
        Chunks after which a chunk's labels are known.
    live, shock
        Positions of the chunk in which the model goes live and of that in which the world changes; -1 where nobody knows.
    policies
        Retraining policies on the made-up desks; empty on a study.
    policy_money, policy_auc
        (policies, chunks) what each would have shown, mean over desks.
    against_monthly, against_monthly_lower, against_monthly_upper
        Millions that the calibration alarm earned above monthly retraining on the last six months, desk by desk; NaN on a study.
    quiet
        The alarms on as many desks without a shock.
    desks
        How many made-up desks were played; 0 on a study.
    synthetic
        Whether the rows are made up.
    """

    labels: tuple[str, ...]
    starts: Floats
    are_dates: bool
    panels: tuple[Panel, ...]
    values: Floats
    lower: Floats
    upper: Floats
    known_after: int
    live: int
    shock: int
    policies: tuple[PolicyRow, ...]
    policy_money: Floats
    policy_auc: Floats
    against_monthly: float
    against_monthly_lower: float
    against_monthly_upper: float
    quiet: tuple[PolicyRow, ...]
    desks: int
    synthetic: bool

    def panel(self, name: str) -> int:
        """Return the position of a panel, or -1 where it isn't there."""
        return next((at for at, panel in enumerate(self.panels) if panel.name == name), -1)

    def policy(self, name: str) -> PolicyRow:
        """Return a policy by name."""
        return next(row for row in self.policies if row.name == name)

    @property
    def predicted_rate(self) -> float:
        """Share of defaults that the model predicted in the last six chunks; NaN where that isn't a panel."""
        return self._late("calibration")

    @property
    def actual_rate(self) -> float:
        """Share that did default in the last six chunks; NaN where that isn't a panel."""
        return self._late("actual")

    def _late(self, name: str) -> float:
        at = self.panel(name)
        return float("nan") if at < 0 else float(np.nanmean(self.values[at, -6:]))

    def frame(self) -> "pd.DataFrame":
        """Return the policies, one a row; on a study the panels, one row a chunk."""
        import pandas as pd

        if self.policies:
            return pd.DataFrame([vars(row) for row in self.policies])
        columns = {panel.name: self.values[at] for at, panel in enumerate(self.panels)}
        return pd.DataFrame({"chunk": self.labels, **columns})
