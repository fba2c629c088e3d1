"""How the results of this pitfall look: one module a strategy, each registers the card of its Result."""

from mlops_widgets.lifecycle.figures import (
    green_dashboard,
    waiting,
    retraining,
)

__all__ = [
    "green_dashboard",
    "waiting",
    "retraining",
]
