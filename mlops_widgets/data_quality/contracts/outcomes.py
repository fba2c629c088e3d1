"""What putting one rule to a table found, with its verdict."""

from dataclasses import dataclass

from mlops_widgets.core.result import Status


@dataclass(frozen=True, kw_only=True)
class RuleOutcome:
    """What one rule found.

    Parameters
    ----------
    rule, kind, columns
        The rule's name, what it is about, and the columns it speaks of.
    asks
        What it asks, in words.
    status
        "passed", "failed", "warning" (where the contract says so), "not_enough_data" where more cells than tolerated break it and
        that may be chance, "not_applicable" where it can't be put to this table, "not_run" where nobody said what time it is.
    checked, broken
        Cells or rows that it was put to, and how many of them break it.
    share, lower, upper
        Share that breaks it with its 95 % interval, 0 to 1; NaN where nothing was checked.
    tolerance
        Share that may break it.
    reason
        What is wrong beside single cells, or why it wasn't checked.
    """

    rule: str
    kind: str
    columns: tuple[str, ...]
    asks: str
    status: Status
    checked: int
    broken: int
    share: float
    lower: float
    upper: float
    tolerance: float
    reason: str = ""
