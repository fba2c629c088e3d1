"""What boosting libraries write to the screen by themselves while a model is called, and how far that can be avoided.

XGBoost has a switch of its own for it. CatBoost and LightGBM write a line each about inputs that they don't expect, with
no switch: such inputs aren't given to them.
"""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Literal

from mlops_widgets.study.faces.native import NativeModel

Unexpected = Literal["no rows", "a column more"]


@contextmanager
def quiet_xgboost() -> Iterator[None]:
    """Keep XGBoost, where it is in use, from warning on the screen; the switch is that of this thread."""
    quiet = getattr(sys.modules.get("xgboost"), "config_context", None)
    if quiet is None:
        yield
        return
    with quiet(verbosity=0):
        yield


def prints_about(model: Any, unexpected: Unexpected) -> bool:  # noqa: ANN401 - any model
    """Say whether the model's library writes to the screen when it is given such inputs.

    CatBoost does about no rows, which it answers with no answers; LightGBM about a column more, which it refuses.

    Examples
    --------
    >>> from sklearn.dummy import DummyClassifier
    >>> prints_about(DummyClassifier(), "no rows")
    False
    """
    steps = getattr(model, "steps", None)
    if isinstance(steps, list) and steps:
        return prints_about(steps[-1][1], unexpected)
    if hasattr(model, "best_estimator_"):
        return prints_about(model.best_estimator_, unexpected)
    inside = model.native.model if isinstance(model, NativeModel) else model
    return type(inside).__module__.partition(".")[0] == {"no rows": "catboost", "a column more": "lightgbm"}[unexpected]
