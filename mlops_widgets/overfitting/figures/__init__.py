"""How the results of this pitfall look: one module a strategy, each registers the card of its Result."""

from mlops_widgets.overfitting.figures import cross_validation, live_gap, promises, tournament

__all__ = ["cross_validation", "live_gap", "promises", "tournament"]
