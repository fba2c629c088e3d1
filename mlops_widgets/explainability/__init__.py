"""Pitfall 5: a model that nobody can explain, or that is explained wrongly.

`attribution` says what each column contributed to a prediction (Shapley values, LIME) and checks it; the strategies stand on
it, a room each: `trust` (do the methods agree, can the explanation be fooled, does the model lean on a shortcut), `influence`
(global views), `documentation` and `stakeholders` (reports in plain words, recourse).
"""

from typing import TYPE_CHECKING

from mlops_widgets.core.exports import lazy

if TYPE_CHECKING:
    from mlops_widgets.explainability.attribution.explain import explain, explain_function
    from mlops_widgets.explainability.attribution.explanation import Check, Explanation

__all__ = [
    "Check",
    "Explanation",
    "explain",
    "explain_function",
]

STRATEGIES: tuple[str, ...] = ()
"""What `run_all` runs."""

__getattr__, __dir__ = lazy(
    __name__,
    {
        "Check": "attribution.explanation",
        "Explanation": "attribution.explanation",
        "explain": "attribution.explain",
        "explain_function": "attribution.explain",
    },
)
