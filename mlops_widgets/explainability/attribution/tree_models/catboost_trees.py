"""Trees of CatBoost on numbers, from its own JSON."""

import json
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from mlops_widgets.explainability.attribution.read_model import Scale, TreesRead, UnreadableError, numbers_of
from mlops_widgets.measures.attribution.forests import Floats, Tree, planted

_LOG = ("Poisson", "Tweedie")
_LOGIT = ("Logloss", "CrossEntropy", "MultiClass")
_SAME = ("RMSE", "MAE", "Quantile", "MAPE", "Huber", "Expectile", "LogCosh", "Lq")


def read_catboost(model: Any) -> TreesRead:  # noqa: ANN401 - any CatBoost model
    """Read symmetric trees that compare numbers; categories, text and embeddings are statistics of other rows."""
    scale = catboost_scale(model)
    with TemporaryDirectory() as folder:  # it writes JSON to files only
        file = Path(folder) / "model.json"
        model.save_model(str(file), format="json")
        told = json.loads(file.read_text())
    if "oblivious_trees" not in told:
        raise UnreadableError("its trees aren't symmetric (grow_policy)")
    factor, bias = told["scale_and_bias"]
    floats = {each["feature_index"]: each for each in told["features_info"]["float_features"]}
    base = np.array(bias, dtype=np.float64)
    trees = [_tree(each, floats, float(factor), len(base)) for each in told["oblivious_trees"]]
    return TreesRead(forest=planted(trees, base=base, single=True), scale=scale, cells=numbers_of)


def catboost_scale(model: Any) -> Scale:  # noqa: ANN401 - any CatBoost model
    """Return on which scale the trees add up, without reading them."""
    if len(model.get_cat_feature_indices()) or len(model.get_text_feature_indices()):
        raise UnreadableError("CatBoost replaces categories by statistics of its training rows")
    loss = str(model.get_all_params().get("loss_function", "")).split(":")[0]
    if loss in _LOGIT:
        return "log-odds"
    if loss in _SAME:
        return "prediction"
    if loss in _LOG:
        return "logarithm of the prediction"
    raise UnreadableError(f"CatBoost's loss {loss} is not one whose sum is known")


def _tree(told: Mapping[str, Any], floats: Mapping[int, Mapping[str, Any]], factor: float, outputs: int) -> Tree:
    """Return a symmetric tree as a full one: nodes level by level, a leaf's number holds a bit for each answer of yes."""
    splits = told["splits"] or []
    if any(each["split_type"] != "FloatFeature" for each in splits):
        raise UnreadableError("it splits on something that is no number")
    depth = len(splits)
    level = np.repeat(np.arange(depth + 1), 1 << np.arange(depth + 1))
    node = np.arange(len(level))
    inner = level < depth
    own = [floats[each["float_feature_index"]] for each in splits]
    at = np.minimum(level, max(depth - 1, 0))
    feature = np.array([each["flat_feature_index"] for each in own] or [0])
    border = np.array([each["border"] for each in splits] or [0.0], dtype=np.float32).astype(np.float64)
    left = np.array([each["nan_value_treatment"] != "AsTrue" for each in own] or [True])
    return Tree(
        left=np.where(inner, 2 * node + 1, -1), right=np.where(inner, 2 * node + 2, -1), feature=feature[at],
        threshold=border[at], missing_left=left[at], value=_values(told, depth, factor, outputs),
    )  # fmt: skip


def _values(told: Mapping[str, Any], depth: int, factor: float, outputs: int) -> Floats:
    leaves = np.array(told["leaf_values"], dtype=np.float64).reshape(-1, outputs) * factor
    place = np.arange(
        1 << depth
    )  # of the last level, first answer in the highest bit; a leaf's number has it in the lowest
    number = sum((((place >> (depth - 1 - k)) & 1) << k for k in range(depth)), start=np.zeros_like(place))
    return np.concatenate([np.zeros(((1 << depth) - 1, outputs)), leaves[number]])
