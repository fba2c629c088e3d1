"""How the results of this pitfall look: one module a strategy, each registers the card of its Result."""

from mlops_widgets.data_quality.figures import (
    errors,
    label_errors,
    notices,
    prices,
    recipe,
    spoilers_desk,
)

__all__ = [
    "errors",
    "label_errors",
    "notices",
    "prices",
    "recipe",
    "spoilers_desk",
]
