"""Trees of XGBoost, from its own JSON."""

import json
import math
from collections.abc import Callable, Mapping
from itertools import pairwise
from typing import Any

import numpy as np

from mlops_widgets.explainability.attribution.read_model import Scale, TreesRead, UnreadableError, coded
from mlops_widgets.measures.attribution.forests import CategorySplit, Floats, Tree, planted

_LOGIT = ("binary:logistic", "reg:logistic", "binary:logitraw")
_LOG = ("count:poisson", "reg:gamma", "reg:tweedie", "survival:cox", "survival:aft")
_SAME = (
    "reg:squarederror", "reg:linear", "reg:absoluteerror", "reg:pseudohubererror", "reg:quantileerror",
    "reg:squaredlogerror", "rank:ndcg", "rank:map", "rank:pairwise", "multi:softprob", "multi:softmax",
)  # fmt: skip


def read_xgboost(model: Any) -> TreesRead:  # noqa: ANN401 - a Booster, or XGBoost's own estimator
    """Read boosted trees, by the rounds that the model predicts with."""
    booster = model.get_booster() if hasattr(model, "get_booster") else model
    learner = json.loads(booster.save_raw("json"))["learner"]
    shape, objective = learner["learner_model_param"], learner["objective"]["name"]
    count = max(int(shape.get("num_class", 0)), int(shape.get("num_target", 1)), 1)
    base = _margin([float(each) for each in shape["base_score"].strip("[]").split(",")], objective)
    gradient = learner["gradient_booster"]
    weights = gradient.get("weight_drop")
    inside = gradient.get("gbtree", gradient).get("model", {})
    if "trees" not in inside:
        raise UnreadableError(f"XGBoost's {gradient.get('name')} has no trees")
    last = _last_tree(model, booster, inside)
    trees = [
        _tree(each, np.eye(count)[group], 1.0 if weights is None else weights[k])
        for k, (each, group) in enumerate(zip(inside["trees"][:last], inside["tree_info"], strict=False))
    ]
    forest = planted(trees, base=np.broadcast_to(base, (count,)).copy(), single=True)
    return TreesRead(forest=forest, scale=_scale(objective), cells=_taker(model, inside))


def xgboost_scale(model: Any) -> Scale:  # noqa: ANN401 - as above
    """Return on which scale the trees add up, without reading them."""
    booster = model.get_booster() if hasattr(model, "get_booster") else model
    learner = json.loads(booster.save_config())["learner"]
    if learner["gradient_booster"]["name"] == "gblinear":
        raise UnreadableError("XGBoost's gblinear has no trees")
    return _scale(learner["objective"]["name"])


def _scale(objective: str) -> Scale:
    if objective in _LOGIT or objective.startswith("multi:"):
        return "log-odds"
    return "prediction" if objective in _SAME else "logarithm of the prediction"


def _margin(base: list[float], objective: str) -> Floats:
    if objective in _LOGIT and objective != "binary:logitraw":
        return np.array([math.log(each / (1 - each)) for each in base])
    if objective in _LOG:
        return np.array([math.log(each) for each in base])
    if objective in _SAME or objective == "binary:logitraw":
        return np.array(base)
    raise UnreadableError(f"XGBoost's objective {objective} is not one whose sum is known")


def _last_tree(model: Any, booster: Any, inside: Mapping[str, Any]) -> int:  # noqa: ANN401 - as above, a Booster
    """Return how many trees predict: scikit-learn's face takes those of the best round, a plain Booster all."""
    best = booster.attr("best_iteration")
    plain = model is booster and booster.attr("scikit_learn") is None
    if best is None or not best.isdigit() or plain:
        return len(inside["trees"])
    if "iteration_indptr" not in inside:
        raise UnreadableError("it stopped early, and its file doesn't say where each round ends")
    return int(inside["iteration_indptr"][int(best) + 1])


def _tree(told: Mapping[str, Any], output: Floats, weight: float) -> Tree:
    if int(told["tree_param"].get("size_leaf_vector", 1)) > 1:
        raise UnreadableError("its leaves hold several outputs at once (multi_strategy='multi_output_tree')")
    left = np.array(told["left_children"], dtype=np.intp)
    condition = np.array(told["split_conditions"], dtype=np.float32)
    below = np.nextafter(condition, np.float32(-np.inf)).astype(
        np.float64
    )  # it goes left below the threshold, not at it
    return Tree(
        left=left, right=np.array(told["right_children"], dtype=np.intp),
        feature=np.array(told["split_indices"], dtype=np.intp), threshold=below,
        missing_left=np.array(told["default_left"]).astype(bool),
        value=np.outer(np.where(left < 0, condition.astype(np.float64), 0.0) * weight, output), categories=_categories(told),
    )  # fmt: skip


def _categories(told: Mapping[str, Any]) -> dict[int, CategorySplit]:
    codes = told.get("categories", [])
    spans = zip(
        told.get("categories_nodes", []),
        told.get("categories_segments", []),
        told.get("categories_sizes", []),
        strict=True,
    )
    return {node: CategorySplit(right=codes[start : start + size], other_left=True) for node, start, size in spans}


def _taker(model: Any, inside: Mapping[str, Any]) -> Callable[[Any], Floats]:  # noqa: ANN401 - as above
    levels = [_levels(each) for each in inside.get("cats", {}).get("enc", [])]
    missing = getattr(model, "missing", None)

    def cells(inputs: Any) -> Floats:  # noqa: ANN401 - a frame or an array
        found = coded(inputs, levels)
        return found if missing is None or np.isnan(missing) else np.where(found == missing, np.nan, found)

    return cells


def _levels(told: Mapping[str, Any]) -> list[Any] | None:
    """Return a column's levels: words are bytes side by side, with where each ends."""
    values = told.get("values", [])
    if not values:
        return None
    if "offsets" not in told:
        return list(values)
    if min(values) < 0:  # beyond ASCII XGBoost 3.2 cuts words short: then codes count as they come, as before 3.1
        return None
    return [bytes(values[start:end]).decode() for start, end in pairwise(told["offsets"])]
