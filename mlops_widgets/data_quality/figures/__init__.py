"""How the results of this pitfall look: one module a strategy, each registers the card of its Result."""

from mlops_widgets.data_quality.figures import (
    audits,
    contract,
    data_record,
    errors,
    label_errors,
    notices,
    pipelines,
    prices,
    profile,
    recipe,
    spoilers_desk,
)

__all__ = [
    "audits",
    "contract",
    "data_record",
    "errors",
    "label_errors",
    "notices",
    "pipelines",
    "prices",
    "profile",
    "recipe",
    "spoilers_desk",
]
