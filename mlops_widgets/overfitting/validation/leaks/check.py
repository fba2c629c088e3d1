"""What each search for a leak answers: what it found, how false alarms are held, and how small a leak it sees here."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from mlops_widgets.core.result import Status

SEARCHES: Mapping[str, tuple[str, str]] = {
    "columns": ("OV-LK-02", "a column that knows the target"),
    "gaps": ("OV-LK-03", "missing cells that tell the target"),
    "duplicates": ("OV-LK-04", "exact duplicates across the split"),
    "near_duplicates": ("OV-LK-05", "near duplicates across the split"),
    "groups": ("OV-LK-06", "the same groups on both sides"),
    "order": ("OV-LK-07", "training rows later than the test's"),
    "dates": ("OV-LK-08", "columns dated after their row"),
    "procedure": ("OV-LK-09", "preprocessing before the split"),
}
"""Each search: the code of its finding, and what people call it."""


@dataclass(frozen=True, kw_only=True)
class AssayStep:
    """A leak of one size, put into the user's own data.

    Parameters
    ----------
    size
        How large the leak was, in the check's `assay_unit`.
    found, tries
        In how many of the tries it was seen.
    """

    size: float
    found: int
    tries: int


@dataclass(frozen=True, kw_only=True)
class LeakCheck:
    """One way in which a score can be too good, looked for in the study.

    Parameters
    ----------
    name, label
        As in code and as read by people.
    code
        Code of its finding.
    status
        The verdict; "not_applicable" where `missing` says what the study lacks.
    value, lower, upper
        What was measured, in `measure`, with its 95 % interval; NaN where nothing was.
    measure
        What the value is.
    margin
        The largest value that doesn't matter.
    columns
        The columns that it speaks of.
    control
        What keeps innocent data from being flagged.
    assay
        Leaks of several sizes put into the data, smallest first; empty where the check counts every row.
    assay_unit
        What a size of the assay is.
    evidence
        Further numbers behind the finding.
    missing, remedy
        What the study lacks, and what to pass.
    """

    name: str
    label: str
    code: str
    status: Status
    value: float = np.nan
    lower: float = np.nan
    upper: float = np.nan
    measure: str = ""
    margin: float = np.nan
    columns: tuple[str, ...] = ()
    control: str = ""
    assay: tuple[AssayStep, ...] = ()
    assay_unit: str = ""
    evidence: Mapping[str, float | int | str | bool | None] = field(default_factory=dict)
    missing: str = ""
    remedy: str = ""

    @property
    def smallest_seen(self) -> float:
        """The smallest size from which on every try was found, also at all larger sizes; NaN where there is none."""
        smallest = np.nan
        for step in reversed(self.assay):
            if step.found < step.tries:
                break
            smallest = step.size
        return smallest

    @property
    def largest_missed(self) -> float:
        """The largest size that was missed in some try; NaN where none was."""
        return max((step.size for step in self.assay if step.found < step.tries), default=np.nan)


def blank(name: str) -> LeakCheck:
    """Return a check of this name in which nothing was looked at yet."""
    code, label = SEARCHES[name]
    return LeakCheck(name=name, label=label, code=code, status="not_applicable")
