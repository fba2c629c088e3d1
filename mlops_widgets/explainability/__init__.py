"""Pitfall 5: a model that nobody can explain, or that is explained wrongly.

`attribution` says what each column contributed to a prediction (Shapley values, LIME) and checks it; the strategies stand on
it, a room each: `trust` (do the methods agree, can the explanation be fooled, does the model lean on a shortcut), `influence`
(global views), `documentation` and `stakeholders` (reports in plain words, recourse).
"""

from typing import TYPE_CHECKING

from mlops_widgets.core.exports import lazy

if TYPE_CHECKING:
    from mlops_widgets.explainability.attribution.explain import explain
    from mlops_widgets.explainability.attribution.explanation import Check, Explanation
    from mlops_widgets.explainability.attribution.functions import explain_function
    from mlops_widgets.explainability.exercises import exercise
    from mlops_widgets.explainability.explorer.what_if import WhatIfExplorer
    from mlops_widgets.explainability.local.what_if import WhatIfResult, vary_row
    from mlops_widgets.explainability.perfect_model import PerfectModelResult, run_perfect_model
    from mlops_widgets.explainability.trust.shortcuts import ShortcutResult, find_shortcuts

__all__ = [
    "Check",
    "Explanation",
    "PerfectModelResult",
    "ShortcutResult",
    "WhatIfExplorer",
    "WhatIfResult",
    "exercise",
    "explain",
    "explain_function",
    "find_shortcuts",
    "run_perfect_model",
    "vary_row",
]

STRATEGIES: tuple[str, ...] = ()
"""What `run_all` runs."""

__getattr__, __dir__ = lazy(
    __name__,
    {
        "Check": "attribution.explanation",
        "Explanation": "attribution.explanation",
        "PerfectModelResult": "perfect_model",
        "ShortcutResult": "trust.shortcuts",
        "WhatIfExplorer": "explorer.what_if",
        "WhatIfResult": "local.what_if",
        "exercise": "exercises",
        "explain": "attribution.explain",
        "explain_function": "attribution.functions",
        "find_shortcuts": "trust.shortcuts",
        "run_perfect_model": "perfect_model",
        "vary_row": "local.what_if",
    },
)
