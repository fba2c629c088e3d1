"""Pitfall 1: a model chosen and praised on offline metrics that production doesn't confirm.

Each strategy is one module: `tournament` (the winner's luck), `cross_validation` (which split tells the truth),
`live_gap` (what the offline score promised and production kept). They measure with `contest`, `folds` and `stages` and put
their verdicts into words in `tournament_findings`, `split_findings` and `gap_findings`. `promises` compares their results,
`exercises` asks about them, `figures` says how each result looks, `explorer` makes it live.
"""

from typing import TYPE_CHECKING

from mlops_widgets.core.exports import lazy

if TYPE_CHECKING:
    from mlops_widgets.overfitting.cross_validation import CrossValidationResult, cross_validate
    from mlops_widgets.overfitting.exercises import exercise
    from mlops_widgets.overfitting.explorer import TournamentExplorer
    from mlops_widgets.overfitting.live_gap import LiveGapResult, compare_live
    from mlops_widgets.overfitting.promises import PromiseResult, compare_promises
    from mlops_widgets.overfitting.tournament import TournamentResult, run_tournament

__all__ = [
    "CrossValidationResult",
    "LiveGapResult",
    "PromiseResult",
    "TournamentExplorer",
    "TournamentResult",
    "compare_live",
    "compare_promises",
    "cross_validate",
    "exercise",
    "run_tournament",
]

STRATEGIES = ("compare_live", "cross_validate", "run_tournament")
"""What `run_all` runs, the cheapest answer to the most expensive question first."""

__getattr__, __dir__ = lazy(
    __name__,
    {
        "CrossValidationResult": "cross_validation",
        "LiveGapResult": "live_gap",
        "PromiseResult": "promises",
        "TournamentExplorer": "explorer",
        "TournamentResult": "tournament",
        "compare_live": "live_gap",
        "compare_promises": "promises",
        "cross_validate": "cross_validation",
        "exercise": "exercises",
        "run_tournament": "tournament",
    },
)
