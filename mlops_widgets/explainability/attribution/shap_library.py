"""The one module that imports shap, and only when something of shap is asked for."""

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from mlops_widgets.explainability.attribution.explanation import Explanation


def as_shap(explanation: "Explanation") -> Any:  # noqa: ANN401 - a shap.Explanation
    """Return the explanation as shap's own type; of one output, arrays of (n, p)."""
    import shap

    one = len(explanation.outputs) == 1
    data = np.where(np.isnan(explanation.numbers), np.array(explanation.cells, dtype=object), explanation.numbers)
    return shap.Explanation(
        values=explanation.values[:, :, 0] if one else explanation.values,
        base_values=explanation.base[:, 0] if one else explanation.base, data=data,
        feature_names=list(explanation.columns), output_names=None if one else list(explanation.outputs),
    )  # fmt: skip
