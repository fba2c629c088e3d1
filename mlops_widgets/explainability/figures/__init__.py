"""How the results of this pitfall look: one module a strategy, each registers the card of its Result."""

from mlops_widgets.explainability.figures import (
    explanation,
)

__all__ = [
    "explanation",
]
