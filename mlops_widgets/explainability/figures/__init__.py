"""How the results of this pitfall look: one module a strategy, each registers the card of its Result."""

from mlops_widgets.explainability.figures import (
    accounts,
    agreement,
    cohorts,
    decision_path,
    documentation,
    effects,
    explanation,
    importance,
    interactions,
    manipulation,
    perfect_model,
    rating,
    recourse,
    shortcuts,
    stakeholder_report,
    what_if,
)

__all__ = [
    "accounts",
    "agreement",
    "cohorts",
    "decision_path",
    "documentation",
    "effects",
    "explanation",
    "importance",
    "interactions",
    "manipulation",
    "perfect_model",
    "rating",
    "recourse",
    "shortcuts",
    "stakeholder_report",
    "what_if",
]
