"""Pitfall 1: a model chosen and praised on offline metrics that production doesn't confirm.

`tournament` shows the mistake; the strategies against it have a room each: `representative` (diverse data), `validation`
(cross-validation and what else makes a score believable), `monitoring` (feedback from production) and `experiments` (A/B
tests). In a room each strategy is one module; what it measures with and its verdicts in words (`*_findings`) lie beside it.
`promises` compares results, `exercises` asks about them, `figures` says how each result looks, `explorer` makes it live.
"""

from typing import TYPE_CHECKING

from mlops_widgets.core.exports import lazy

if TYPE_CHECKING:
    from mlops_widgets.overfitting.exercises import exercise
    from mlops_widgets.overfitting.explorer.tournament import TournamentExplorer
    from mlops_widgets.overfitting.monitoring.live_gap import LiveGapResult, compare_live
    from mlops_widgets.overfitting.promises import PromiseResult, compare_promises
    from mlops_widgets.overfitting.tournament import TournamentResult, run_tournament
    from mlops_widgets.overfitting.validation.cross_validation import CrossValidationResult, cross_validate

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
        "CrossValidationResult": "validation.cross_validation",
        "LiveGapResult": "monitoring.live_gap",
        "PromiseResult": "promises",
        "TournamentExplorer": "explorer.tournament",
        "TournamentResult": "tournament",
        "compare_live": "monitoring.live_gap",
        "compare_promises": "promises",
        "cross_validate": "validation.cross_validation",
        "exercise": "exercises",
        "run_tournament": "tournament",
    },
)
