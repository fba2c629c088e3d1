"""Cards of governance's results: one module a strategy, each registers the card of its Result."""

from mlops_widgets.governance.figures import alternatives, audit, cards, equal_accuracy, fairness, prediction_log

__all__ = ["alternatives", "audit", "cards", "equal_accuracy", "fairness", "prediction_log"]
