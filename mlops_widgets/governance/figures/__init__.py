"""Cards of governance's results: one module a strategy, each registers the card of its Result."""

from mlops_widgets.governance.figures import alternatives, equal_accuracy, fairness

__all__ = ["alternatives", "equal_accuracy", "fairness"]
