"""How the results of this pitfall look: one module a strategy, each registers the card of its Result."""

from mlops_widgets.explainability.figures import (
    cohorts,
    decision_path,
    documentation,
    effects,
    explanation,
    importance,
    interactions,
    perfect_model,
    recourse,
    shortcuts,
    stakeholder_report,
    what_if,
)

__all__ = [
    "cohorts",
    "decision_path",
    "documentation",
    "effects",
    "explanation",
    "importance",
    "interactions",
    "perfect_model",
    "recourse",
    "shortcuts",
    "stakeholder_report",
    "what_if",
]
