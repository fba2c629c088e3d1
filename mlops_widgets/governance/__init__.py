"""Pitfall 3: nobody can show that the model may do what it does.

Rooms: `fairness` (rates of groups), `unequal_people` (the experiment), `alternatives` (models that part people less), `ethics` (guideline
and checklist), `audit_log` and `prediction_log` (what happened, so that a change shows), `cards` (what is written for others),
`policies` (requirements as data, and what the evidence says of each), `registry` (versions, stages, the gate, the inventory), `bundle`
(everything in one folder).
"""

from typing import TYPE_CHECKING

from mlops_widgets.core.exports import lazy

if TYPE_CHECKING:
    from mlops_widgets.governance.alternatives.alternatives_result import AlternativesResult
    from mlops_widgets.governance.alternatives.find_alternatives import find_alternatives
    from mlops_widgets.governance.explorer.alternatives import AlternativesExplorer
    from mlops_widgets.governance.explorer.equal_accuracy import EqualAccuracyExplorer
    from mlops_widgets.governance.fairness.assess_fairness import assess_fairness
    from mlops_widgets.governance.fairness.fairness_result import FairnessResult, GroupLine
    from mlops_widgets.governance.unequal_people.equal_accuracy import run_equal_accuracy
    from mlops_widgets.governance.unequal_people.equal_accuracy_result import EqualAccuracyResult

__all__ = [
    "AlternativesExplorer",
    "AlternativesResult",
    "EqualAccuracyExplorer",
    "EqualAccuracyResult",
    "FairnessResult",
    "GroupLine",
    "assess_fairness",
    "find_alternatives",
    "run_equal_accuracy",
]

STRATEGIES: tuple[str, ...] = ("assess_fairness",)
"""What `run_all` runs."""

__getattr__, __dir__ = lazy(
    __name__,
    {
        "AlternativesExplorer": "explorer.alternatives",
        "AlternativesResult": "alternatives.alternatives_result",
        "EqualAccuracyExplorer": "explorer.equal_accuracy",
        "EqualAccuracyResult": "unequal_people.equal_accuracy_result",
        "FairnessResult": "fairness.fairness_result",
        "GroupLine": "fairness.fairness_result",
        "assess_fairness": "fairness.assess_fairness",
        "find_alternatives": "alternatives.find_alternatives",
        "run_equal_accuracy": "unequal_people.equal_accuracy",
    },
)
