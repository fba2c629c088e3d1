"""Which leaf of each tree a row falls into, for models that are trees after preprocessing."""

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from mlops_widgets.explainability.attribution.transforms import TakenApart, taken_apart
from mlops_widgets.study.predictor import users_code

Leaves = npt.NDArray[np.int64]
Read = Callable[[pd.DataFrame], Leaves]
"""(rows) of the user's columns → (rows, trees) leaves."""


def reader_of(model: Any, inputs: Callable[[pd.DataFrame], Any] | None) -> Read | None:  # noqa: ANN401 - the user's object
    """Return how to read leaves, or None where the model isn't made of trees that say theirs.

    Parameters
    ----------
    model
        The user's object.
    inputs
        From a frame of the user's columns to what the model is given.
    """
    apart = _unwrapped(model)
    leaf = _leaf_method(apart.estimator)
    if leaf is None or inputs is None:
        return None

    def read(frame: pd.DataFrame) -> Leaves:
        with users_code(type(model).__name__, "while its leaves were read"):
            return np.asarray(leaf(apart.through(inputs(frame)))).reshape(len(frame), -1).astype(np.int64)

    return read


def _unwrapped(model: Any) -> TakenApart:  # noqa: ANN401 - the user's object
    """Return the innermost model and the transformers before it; leaves are the same whatever is done to the target."""
    apart = taken_apart(model)
    inner = getattr(apart.estimator, "regressor_", None)
    if inner is None:
        return apart
    within = _unwrapped(inner)
    return TakenApart((*apart.steps, *within.steps), within.estimator)


def _leaf_method(tree: Any) -> Callable[[Any], Any] | None:  # noqa: ANN401 - the user's object
    if hasattr(tree, "apply"):  # scikit-learn's trees and forests, xgboost
        method: Callable[[Any], Any] = tree.apply
        return method
    if type(tree).__module__.startswith("lightgbm"):
        return lambda given: tree.predict(given, pred_leaf=True)
    return None
