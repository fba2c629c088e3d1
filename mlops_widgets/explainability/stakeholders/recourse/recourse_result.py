"""What a search for recourse returns: proposals for one row, what was held fixed, and what stood in the way."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from mlops_widgets.core.result import Result
from mlops_widgets.explainability.stakeholders.recourse.following import Following
from mlops_widgets.explainability.stakeholders.recourse.proposals import Block, Change, Fixed, Proposal

if TYPE_CHECKING:
    import pandas as pd

CAVEAT = "What changes the model's answer needn't change the outcome."


@dataclass(frozen=True, kw_only=True)
class RecourseResult(Result):
    """Which changes to one row would change the model's answer. It holds cells of that row: it is about it.

    Parameters
    ----------
    row_name
        What the row is called.
    aim, present
        What is wanted and what the model answers now, in words.
    scale
        What the numbers shown are: "probability of 'default'".
    limit
        Where that number must come; NaN where there is no one number.
    shown
        The model's number for the row as it is.
    reached
        Whether the row is where it is wanted already.
    proposals
        What would reach it, the first the cheapest.
    fixed
        Columns that may not change, and why.
    free
        Columns that were allowed to change because nobody said otherwise.
    following
        Columns that follow from others: with a rule they are worked out, without one they may not change on their own.
    rule_gap
        Of each rule, how far it is from the row's own cell, in the column's units; NaN where that isn't a number.
    tried, most_changes
        Changed rows that the model was asked about, and how many columns were changed at once at most.
    columns_tried
        Columns tried by themselves, in pairs, in threes.
    usual_distance, own_distance
        The distance to the nearest rows of the reference that 95 % of its own rows don't exceed, and this row's.
    draws, refits
        Noisy copies, and models fitted again.
    miss, miss_shown
        Where nothing was found: the changes that came nearest, and the model's number for them.
    blocks
        Where nothing was found: the constraints that each by itself stands in the way.
    synthetic
        Whether the data were made up.
    """

    holds_cells: ClassVar[bool] = True

    row_name: str
    aim: str
    present: str
    scale: str
    limit: float
    shown: float
    reached: bool
    proposals: tuple[Proposal, ...]
    fixed: tuple[Fixed, ...]
    free: tuple[str, ...]
    following: tuple[Following, ...]
    rule_gap: Mapping[str, float]
    tried: int
    most_changes: int
    columns_tried: tuple[int, ...]
    usual_distance: float
    own_distance: float
    draws: int
    refits: int
    miss: tuple[Change, ...] = ()
    miss_shown: float = float("nan")
    blocks: tuple[Block, ...] = ()
    synthetic: bool = False

    def sentences(self) -> tuple[str, ...]:
        """Return the findings' claims and the caveat, for a report."""
        return (*(finding.claim for finding in self.findings), CAVEAT)

    def frame(self) -> "pd.DataFrame":
        """Return one row a change: which proposal, the column, both cells, its cost, and what the model would answer."""
        import pandas as pd

        columns = [
            "proposal", "column", "before", "after", "follows", "cost", "answer", "plausible", "like_rows", "holding_share",
            "refits_holding",
        ]  # fmt: skip
        rows = [
            (number, change.column, change.before, change.after, change.follows, change.cost, each.shown, each.plausible,
             each.like_rows, each.holding_share, each.refits_holding)
            for number, each in enumerate(self.proposals, start=1)
            for change in each.changes
        ]  # fmt: skip
        return pd.DataFrame(rows, columns=columns)
