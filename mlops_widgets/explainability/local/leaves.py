"""Which leaf of each tree a row falls into, for models that are trees after preprocessing."""

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from mlops_widgets.study.predictor import users_code

Leaves = npt.NDArray[np.int64]
Read = Callable[[pd.DataFrame], Leaves]
"""(rows) of the user's columns → (rows, trees) leaves."""

_INNER = ("best_estimator_", "estimator_", "regressor_")
"""Where searches, tuned thresholds and transformed targets keep the model that they fitted."""


def reader_of(model: Any, inputs: Callable[[pd.DataFrame], Any] | None) -> Read | None:  # noqa: ANN401 - the user's object
    """Return how to read leaves, or None where the model isn't made of trees that say theirs.

    Parameters
    ----------
    model
        The user's object.
    inputs
        From a frame of the user's columns to what the model is given.
    """
    stages, tree = _unwrapped(model)
    leaf = _leaf_method(tree)
    if leaf is None or inputs is None:
        return None

    def read(frame: pd.DataFrame) -> Leaves:
        with users_code(type(model).__name__, "while its leaves were read"):
            given = inputs(frame)
            for stage in stages:
                given = stage.transform(given)
            return np.asarray(leaf(given)).reshape(len(frame), -1).astype(np.int64)

    return read


def _unwrapped(model: Any) -> tuple[list[Any], Any]:  # noqa: ANN401 - the user's object
    """Return the transformers before the innermost model, and that model."""
    stages: list[Any] = []
    while not hasattr(model, "apply"):  # a forest keeps a tree that isn't fitted under one of these names too
        inner = next((name for name in _INNER if hasattr(model, name)), None)
        if inner is not None:
            model = getattr(model, inner)
        elif hasattr(model, "steps") and hasattr(model, "named_steps"):
            stages += [step for _, step in model.steps[:-1] if step not in (None, "passthrough")]
            model = model.steps[-1][1]
        else:
            break
    return stages, model


def _leaf_method(tree: Any) -> Callable[[Any], Any] | None:  # noqa: ANN401 - the user's object
    if hasattr(tree, "apply"):  # scikit-learn's trees and forests, xgboost
        method: Callable[[Any], Any] = tree.apply
        return method
    if type(tree).__module__.startswith("lightgbm"):
        return lambda given: tree.predict(given, pred_leaf=True)
    return None
