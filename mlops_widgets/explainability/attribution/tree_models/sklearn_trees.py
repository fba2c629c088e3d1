"""Trees of scikit-learn: single, averaged, boosted, and histogram-based."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from mlops_widgets.explainability.attribution.read_model import Scale, TreesRead, UnreadableError, numbers_of
from mlops_widgets.measures.attribution.forests import CategorySplit, Floats, Tree, planted

Estimator = Any


def averaged(model: Estimator) -> TreesRead:
    """Read a decision tree, a random forest, extra trees, or bagged trees: they average predictions or probabilities."""
    members = getattr(model, "estimators_", [model])
    columns = getattr(model, "estimators_features_", [None] * len(members))
    classes = list(getattr(model, "classes_", ()))
    if getattr(model, "n_outputs_", 1) != 1:
        raise UnreadableError("it predicts several targets at once")
    trees = [
        _plain(
            member,
            _class_columns(member, classes, bagged=hasattr(model, "estimators_features_")),
            own,
            1 / len(members),
        )
        for member, own in zip(members, columns, strict=True)
    ]
    forest = planted(trees, base=np.zeros(len(classes) or 1), single=True)
    return TreesRead(forest=forest, scale=averaged_scale(model), cells=numbers_of)


def averaged_scale(model: Estimator) -> Scale:
    """Return on which scale averaged trees add up."""
    return "probability" if hasattr(model, "classes_") else "prediction"


def _class_columns(member: Estimator, classes: Sequence[Any], *, bagged: bool) -> Floats:
    """Return which outputs of the whole a tree's outputs are: (its outputs, outputs)."""
    if not classes:
        return np.ones((1, 1))
    own = list(member.classes_)
    if not bagged or len(own) == len(classes):
        return np.eye(len(classes))
    return np.eye(len(classes))[np.asarray(own, dtype=np.intp)]  # a bag that lacks a class knows the others by number


def _plain(estimator: Estimator, outputs: Floats, columns: Any, weight: float) -> Tree:  # noqa: ANN401 - columns or None
    tree = getattr(estimator, "tree_", None)
    if tree is None:
        raise UnreadableError(f"it holds {type(estimator).__name__}, which is no tree")
    feature = np.asarray(tree.feature)
    if columns is not None:
        feature = np.where(feature >= 0, np.asarray(columns)[np.maximum(feature, 0)], feature)
    return Tree(
        left=np.asarray(tree.children_left), right=np.asarray(tree.children_right), feature=feature,
        threshold=np.asarray(tree.threshold), missing_left=np.asarray(tree.missing_go_to_left, dtype=bool),
        value=weight * np.asarray(tree.value)[:, 0, :] @ outputs,
    )  # fmt: skip


def voted(model: Estimator) -> TreesRead:
    """Read AdaBoost of trees: each tree's vote counts by its weight, and log-odds are the sum (SAMME)."""
    classes, weights = list(model.classes_), np.asarray(model.estimator_weights_)[: len(model.estimators_)]
    trees = [_plain(each, np.eye(len(classes)), None, 1.0) for each in model.estimators_]
    if any(list(each.classes_) != classes for each in model.estimators_):
        raise UnreadableError("one of its trees lacks a class")
    voting = [_vote(tree, weight / weights.sum()) for tree, weight in zip(trees, weights, strict=True)]
    return TreesRead(
        forest=planted(voting, base=np.zeros(voting[0].value.shape[1]), single=True), scale="log-odds", cells=numbers_of
    )


def _vote(tree: Tree, weight: float) -> Tree:
    count = tree.value.shape[1]
    chosen = np.eye(count)[tree.value.argmax(axis=1)]
    other = 1 / (count - 1)
    worth = (chosen - other * (1 - chosen)) * weight * other
    value = 2 * worth[:, 1:] if count == 2 else worth
    return Tree(
        left=tree.left, right=tree.right, feature=tree.feature, threshold=tree.threshold, missing_left=tree.missing_left,
        value=value,
    )  # fmt: skip


def boosted(model: Estimator) -> TreesRead:
    """Read gradient boosting."""
    count = model.estimators_.shape[1]
    factor = 2.0 if getattr(model, "loss", "") == "exponential" else 1.0  # its log-odds are twice the sum
    trees = [
        _plain(each, np.eye(count)[[k]], None, factor * model.learning_rate)
        for stage in model.estimators_
        for k, each in enumerate(stage)
    ]
    forest = planted(trees, base=factor * _start(model), single=True)
    return TreesRead(forest=forest, scale=boosted_scale(model), cells=numbers_of)


def boosted_scale(model: Estimator) -> Scale:
    """Return on which scale boosted trees add up, AdaBoost's too."""
    if hasattr(model, "classes_"):
        return "log-odds"
    return "logarithm of the prediction" if model.loss in {"poisson", "gamma"} else "prediction"


def _start(model: Estimator) -> Floats:
    from sklearn.dummy import DummyClassifier, DummyRegressor

    if not (model.init_ == "zero" or isinstance(model.init_, DummyClassifier | DummyRegressor)):
        raise UnreadableError("its trees start from another model (init=)")
    nothing = np.zeros((1, model.n_features_in_), dtype=np.float32)
    return np.asarray(model._raw_predict_init(nothing)[0], dtype=np.float64)  # noqa: SLF001 - has no public name


def histogram(model: Estimator) -> TreesRead:
    """Read histogram-based gradient boosting, categories and gaps included."""
    inside = model._predictors  # noqa: SLF001 - the fitted trees have no public name
    known, place = model._bin_mapper.make_known_categories_bitsets()  # noqa: SLF001
    count = len(inside[0])
    trees = [_binned(each, np.eye(count)[k], known, place) for stage in inside for k, each in enumerate(stage)]
    base = np.asarray(model._baseline_prediction, dtype=np.float64).reshape(-1)  # noqa: SLF001

    def cells(inputs: Any) -> Floats:  # noqa: ANN401 - a frame or an array
        own = model._preprocessor  # noqa: SLF001 - it orders and encodes categories
        return numbers_of(inputs) if own is None else np.asarray(own.transform(inputs), dtype=np.float64)

    return TreesRead(forest=planted(trees, base=base, single=False), scale=boosted_scale(model), cells=cells)


def _binned(predictor: Any, output: Floats, known: Any, place: Any) -> Tree:  # noqa: ANN401 - of scikit-learn's
    nodes = predictor.nodes
    leaf = nodes["is_leaf"].astype(bool)
    missing_left = nodes["missing_go_to_left"].astype(bool)
    splits = {}
    for node in np.flatnonzero(nodes["is_categorical"].astype(bool) & ~leaf).tolist():
        left = _set_bits(predictor.raw_left_cat_bitsets[nodes["bitset_idx"][node]])
        right = [code for code in _set_bits(known[place[nodes["feature_idx"][node]]]) if code not in left]
        splits[node] = CategorySplit(left=left, right=right, other_left=bool(missing_left[node]))
    return Tree(
        left=np.where(leaf, -1, nodes["left"].astype(np.intp)), right=np.where(leaf, -1, nodes["right"].astype(np.intp)),
        feature=nodes["feature_idx"].astype(np.intp), threshold=nodes["num_threshold"].astype(np.float64),
        missing_left=missing_left, value=np.outer(nodes["value"], output), categories=splits,
    )  # fmt: skip


def _set_bits(words: npt.NDArray[np.uint32]) -> list[int]:
    return np.flatnonzero(np.unpackbits(np.asarray(words, dtype="<u4").view(np.uint8), bitorder="little")).tolist()
