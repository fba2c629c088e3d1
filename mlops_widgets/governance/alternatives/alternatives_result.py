"""What other models or rules would do: how often they are right, and how unequally they select."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from mlops_widgets.core.result import Result
from mlops_widgets.governance.alternatives.group_aware import GroupRule

if TYPE_CHECKING:
    import pandas as pd

Uses = Literal["no", "in training", "in decisions"]
Kind = Literal["today", "threshold", "refit", "reweighed", "combination", "group-aware"]
Verdict = Literal["today", "better", "costs too much", "not less unequal", "not enough data"]


def verdict_of(gain: tuple[float, float], least_gain: float, losses: Sequence[tuple[float, float, float]]) -> Verdict:
    """Return what intervals say of a candidate beside today's rule; `ui/js/disparity_arithmetic.js` has the twin.

    Parameters
    ----------
    gain
        Ends of the gain in impact ratio.
    least_gain
        The smallest gain that matters: where the upper end lies below it, nothing is left to be found.
    losses
        Ends of each loss, and the largest that doesn't matter.

    Examples
    --------
    >>> verdict_of((0.02, 0.2), 0.05, [(-0.01, 0.02, 0.03)]), verdict_of((0.02, 0.2), 0.05, [(0.04, 0.06, 0.03)])
    ('better', 'costs too much')
    """
    if any(lower > limit for lower, _, limit in losses):
        return "costs too much"
    if gain[0] > 0 and all(upper <= limit for _, upper, limit in losses):
        return "better"
    return "not less unequal" if gain[1] < least_gain else "not enough data"


@dataclass(frozen=True, kw_only=True)
class Alternative:
    """One candidate; numbers without `chosen_` are of the half of the rows that it was reported on.

    Parameters
    ----------
    name, change
        What it is called, and what is different from today.
    kind
        What was changed.
    uses_group
        Whether a person's group is looked at: not at all, in training alone, or in each decision.
    randomised
        Whether chance decides some cases.
    selected_share
        Share of the rows that it selects.
    chosen_ratio, chosen_accuracy
        Impact ratio and accuracy on the half that was chosen by.
    ratio, ratio_lower, ratio_upper
        The smallest impact ratio: the lower selection rate over the higher, group against reference. NaN ends where resamples don't vary.
    worst_column, worst_group
        Where it is smallest.
    accuracy, accuracy_lower, accuracy_upper
        Share of right decisions.
    ratio_gain, ratio_gain_lower, ratio_gain_upper
        By how much the ratio is larger than today's, paired.
    accuracy_loss, accuracy_loss_lower, accuracy_loss_upper
        By how much it is right less often than today's, paired.
    score, score_loss, score_loss_lower, score_loss_upper
        The study's metric, and by how much it is worse than today's, paired; NaN where the rule has no score of its own.
    verdict
        "better": its gain lies above 0 and its losses within the margin, by their intervals. Each row's interval stands alone; the
        result's finding rests on the chosen candidate.
    """

    name: str
    change: str
    kind: Kind
    uses_group: Uses
    randomised: bool
    selected_share: float
    chosen_ratio: float
    chosen_accuracy: float
    ratio: float
    ratio_lower: float
    ratio_upper: float
    worst_column: str
    worst_group: str
    accuracy: float
    accuracy_lower: float
    accuracy_upper: float
    ratio_gain: float
    ratio_gain_lower: float
    ratio_gain_upper: float
    accuracy_loss: float
    accuracy_loss_lower: float
    accuracy_loss_upper: float
    score: float
    score_loss: float
    score_loss_lower: float
    score_loss_upper: float
    verdict: Verdict


@dataclass(frozen=True, kw_only=True)
class Reference:
    """The level that the others of a column are compared with, and whether it was declared."""

    column: str
    level: str
    declared: bool


@dataclass(frozen=True, kw_only=True)
class AlternativesResult(Result):
    """The search for less discriminatory alternatives.

    Parameters
    ----------
    alternatives
        Today's rule first, then the candidates in the order tried.
    chosen
        Position of the candidate that was chosen on one half of the rows; 0 where none was, so that today's stays.
    found
        Whether the other half confirms it.
    references
        Against whom groups are compared.
    left_out
        Groups too small to be compared: how many.
    selected_means
        What being selected means, as "defaulted = 0".
    margin, least_gain
        The largest loss of accuracy that doesn't matter, and the smallest gain in impact ratio that does.
    metric_label, score_margin
        The study's metric, and its largest loss that doesn't matter.
    chosen_rows, reported_rows
        Rows of the two halves.
    fit_rows
        Rows that each refit learned from; 0 where the model can't be refitted.
    rules
        What the group-aware rule does to each group; empty without `group_aware=True`.
    fresh_draw_share
        Share of rows where the randomised mixture of refits draws its decision; NaN where it wasn't tried.
    unit
        What was resampled whole.
    synthetic
        Whether the rows are made up.
    """

    alternatives: tuple[Alternative, ...]
    chosen: int
    found: bool
    references: tuple[Reference, ...]
    left_out: int
    selected_means: str
    margin: float
    least_gain: float
    metric_label: str
    score_margin: float
    chosen_rows: int
    reported_rows: int
    fit_rows: int
    rules: tuple[GroupRule, ...]
    fresh_draw_share: float
    unit: str
    synthetic: bool

    @property
    def today(self) -> Alternative:
        """The rule of today."""
        return self.alternatives[0]

    @property
    def best(self) -> Alternative | None:
        """The candidate that was chosen on one half and confirmed on the other, or None."""
        return self.alternatives[self.chosen] if self.found else None

    @property
    def frontier(self) -> tuple[Alternative, ...]:
        """Those that no other one beats in accuracy and ratio at once, by accuracy from the lowest."""
        kept = [
            a
            for a in self.alternatives
            if not any(
                b.accuracy >= a.accuracy and b.ratio >= a.ratio and (b.accuracy, b.ratio) != (a.accuracy, a.ratio)
                for b in self.alternatives
            )
        ]
        return tuple(sorted(kept, key=lambda each: each.accuracy))

    def frame(self) -> "pd.DataFrame":
        """Return one row a candidate, today's first."""
        import pandas as pd

        return pd.DataFrame([vars(each) for each in self.alternatives])
