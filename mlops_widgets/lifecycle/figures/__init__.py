"""How the results of this pitfall look: one module a strategy, each registers the card of its Result."""

from mlops_widgets.lifecycle.figures import (
    champions,
    green_dashboard,
    recovery,
    retirement,
    retraining,
    review,
    schedule,
    waiting,
)

__all__ = [
    "champions",
    "green_dashboard",
    "recovery",
    "retirement",
    "retraining",
    "review",
    "schedule",
    "waiting",
]
