"""Cards of governance's results: one module a strategy, each registers the card of its Result."""

from mlops_widgets.governance.figures import (
    alternatives,
    audit,
    bundle,
    cards,
    equal_accuracy,
    ethics,
    fairness,
    prediction_log,
    registry,
)

__all__ = [
    "alternatives",
    "audit",
    "bundle",
    "cards",
    "equal_accuracy",
    "ethics",
    "fairness",
    "prediction_log",
    "registry",
]
