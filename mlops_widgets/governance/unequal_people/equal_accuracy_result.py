"""Models that are right about equally often, and how unequally they select."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, get_args

import numpy as np
import numpy.typing as npt

from mlops_widgets.core.result import Result, Status

if TYPE_CHECKING:
    import pandas as pd

Floats = npt.NDArray[np.float64]
Measure = Literal["ratio", "accuracy", "accuracy_loss", "auc", "selected_reference", "selected_compared", "true_accuracy", "true_gain", "true_auc"]  # fmt: skip
MEASURES: tuple[Measure, ...] = get_args(Measure)
"""`ratio`: the lower selection rate over the higher; `accuracy_loss` and `true_gain`: beside the first model, on recorded and on true labels."""


def gate(lower: float, upper: float, limit: float) -> Status:
    """Return whether an impact ratio's interval lies at or above a limit; `ui/js/disparity_arithmetic.js` has the twin.

    Examples
    --------
    >>> gate(0.6, 0.7, 0.8), gate(0.75, 0.85, 0.8), gate(0.8, 0.9, 0.8)
    ('failed', 'not_enough_data', 'passed')
    """
    return "failed" if upper < limit else "passed" if lower >= limit else "not_enough_data"


@dataclass(frozen=True, kw_only=True)
class Variant:
    """One of the models: whether it takes the column in question, and the group itself."""

    name: str
    uses_feature: bool
    uses_group: bool


@dataclass(frozen=True, kw_only=True)
class EqualAccuracyResult(Result):
    """Models with and without a column, at every share of selected rows.

    Parameters
    ----------
    feature, group
        The column that is left out, and the column of groups.
    reference_group, compared_group
        The level that is compared with, and the level that is.
    selected_means
        What being selected means, as "defaulted = 0".
    variants
        The models; the first has all columns that the model of today has.
    shares
        (shares,) of the rows that are selected, best first.
    start
        Position of the share to begin with.
    numbers
        (measures, 3, variants, shares) value, lower and upper 95 % end of each of `MEASURES`; NaN where there is none.
    limit
        Impact ratio below which the gate is closed: a limit that somebody states, by default the four-fifths rule of thumb.
    has_truth
        Whether true labels are known beside the recorded ones.
    control
        (3,) by how much the ratio gains without the column where labels are recorded as they are; NaN on a study.
    draws_made
        Made-up sets of loans; 0 on a study.
    unit
        What the intervals are over.
    synthetic
        Whether the rows are made up.
    """

    feature: str
    group: str
    reference_group: str
    compared_group: str
    selected_means: str
    variants: tuple[Variant, ...]
    shares: Floats
    start: int
    numbers: Floats
    limit: float
    has_truth: bool
    control: Floats
    draws_made: int
    unit: str
    synthetic: bool

    def of(self, measure: Measure, variant: int, share: int | None = None) -> tuple[float, float, float]:
        """Return a measure of a model with its interval, at a share (by position), by default the one to begin with."""
        place = self.start if share is None else share
        value, lower, upper = self.numbers[MEASURES.index(measure), :, variant, place]
        return float(value), float(lower), float(upper)

    def gate(self, variant: int, share: int | None = None) -> Status:
        """Return whether the gate is open ("passed"), closed ("failed"), or can't be told."""
        _, lower, upper = self.of("ratio", variant, share)
        return gate(lower, upper, self.limit)

    def variant(self, *, uses_feature: bool, uses_group: bool = False) -> int:
        """Return the position of a model, or -1 where it wasn't made."""
        wanted = (uses_feature, uses_group)
        return next((at for at, each in enumerate(self.variants) if (each.uses_feature, each.uses_group) == wanted), -1)

    def frame(self) -> "pd.DataFrame":
        """Return one row a model and share, each measure with its ends."""
        import pandas as pd

        rows = [
            {"model": each.name, "share": float(share)}
            | {
                f"{measure}{end}": float(self.numbers[place, at, variant, column])
                for place, measure in enumerate(MEASURES)
                for at, end in enumerate(("", "_lower", "_upper"))
            }
            for variant, each in enumerate(self.variants)
            for column, share in enumerate(self.shares)
        ]
        return pd.DataFrame(rows)
