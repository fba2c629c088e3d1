"""What a price is: how much worse one metric is with one kind of error in one place, and what that says."""

from dataclasses import dataclass
from typing import Literal

from mlops_widgets.core.result import Status

Question = Literal["cost", "sensitivity"]
"""Cost: the errors that were found, against their repair. Sensitivity: errors put in, against the rows as they are."""

Place = Literal["serving", "training", "both"]
"""Where the errors are: in the rows the model is asked about, in those it learned from, or in both."""


@dataclass(frozen=True, kw_only=True)
class Price:
    """How much worse one metric is with one kind of error in one place than without.

    Parameters
    ----------
    question, place
        What was compared, and where the errors are.
    kind, label
        The kind of error, and what it is in words.
    metric, metric_label
        The metric; "money" is the mean value of a row's decision.
    loss, lower, upper
        How much worse it is with the errors than without, with the 95 % interval; below 0 where errors do good. NaN where
        nothing was measured.
    margin
        The largest loss that doesn't matter.
    status
        "failed" beyond the margin, "passed" within, "not_enough_data" if the interval reaches across, "not_run".
    needed_rows
        About how many rows would make the interval as narrow as the margin; None where that isn't what is missing.
    hit
        Cells that are wrong, or rows where the kind is of rows; of found errors, those that can be repaired.
    share
        Of all cells that the kind can hit (of rows, where the kind is of rows), 0 to 1.
    splits
        Pairs of refits that it rests on; 0 where the model was only asked.
    refused
        Type of the error with which the model refused rows in this state; "" where it took them.
    """

    question: Question
    place: Place
    kind: str
    label: str
    metric: str
    metric_label: str
    loss: float = float("nan")
    lower: float = float("nan")
    upper: float = float("nan")
    margin: float = float("nan")
    status: Status = "not_run"
    needed_rows: int | None = None
    hit: int = 0
    share: float = 0.0
    splits: int = 0
    refused: str = ""


@dataclass(frozen=True, kw_only=True)
class Noise:
    """How far one metric moves without any error: see `training.NULL`.

    Parameters
    ----------
    metric, metric_label
        The metric.
    loss, lower, upper
        The mean difference that no damage makes, with its 95 % interval.
    splits
        Pairs of refits.
    """

    metric: str
    metric_label: str
    loss: float
    lower: float
    upper: float
    splits: int

    @property
    def floor(self) -> float:
        """Half the width of the interval: differences below it are what chance alone makes."""
        return (self.upper - self.lower) / 2
