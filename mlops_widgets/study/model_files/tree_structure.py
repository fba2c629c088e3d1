"""Whether the nodes of scikit-learn's trees point where they may: compiled code follows them without looking.

References
----------
scikit-learn, `tree/_tree.pyx` and `ensemble/_hist_gradient_boosting/_predictor.pyx`: what is indexed on predict,
`decision_path` and partial dependence; issue 34558 there asks for such checks.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

Integers = npt.NDArray[np.int64]


@dataclass(frozen=True)
class _Links:
    """Nodes of many trees in one row: which tree, where in it, and where they point."""

    tree: Integers
    local: Integers
    left: Integers
    right: Integers
    feature: Integers
    leaf: npt.NDArray[np.bool_]
    counts: Integers


def trees_problem(trees: Sequence[Any]) -> str | None:
    """Return what is wrong with the first malformed `sklearn.tree._tree.Tree`, or None.

    All trees are checked at once: a forest of 300 takes milliseconds.
    """
    for tree in trees:
        # More nodes than there is memory for: not even to be looked at.
        if not 0 < tree.node_count <= tree.capacity or tree.n_outputs < 1:
            return f"a tree that says it has {tree.node_count:,} nodes and holds {tree.capacity:,}"
    if not trees:
        return None
    nodes = [tree.__getstate__()["nodes"] for tree in trees]
    left, right = _joined(nodes, "left_child"), _joined(nodes, "right_child")
    links = _links([len(each) for each in nodes], left, right, _joined(nodes, "feature"), left == -1)
    if ((left == -1) != (right == -1)).any():
        return "a tree with a node that has one child"
    widths = np.array([tree.n_features for tree in trees], dtype=np.int64)
    depths = np.array([tree.max_depth for tree in trees], dtype=np.int64)
    # decision_path reserves as much memory as max_depth says and fills as much as the tree is deep.
    return _links_problem(links, widths) or ("a tree deeper than it says" if (_depths(links) > depths).any() else None)


def predictors_problem(predictors: Sequence[Any], *, categorical: npt.NDArray[np.bool_]) -> str | None:
    """Return what is wrong with the first malformed tree of histogram boosting, or None.

    Parameters
    ----------
    predictors
        `TreePredictor`s.
    categorical
        For each feature whether it is categorical, shape (features,).
    """
    from sklearn.ensemble._hist_gradient_boosting.common import PREDICTOR_RECORD_DTYPE

    for each in predictors:
        nodes = each.nodes
        if (
            not isinstance(nodes, np.ndarray)
            or nodes.ndim != 1
            or not len(nodes)
            or nodes.dtype != PREDICTOR_RECORD_DTYPE
        ):
            return "a tree without nodes"
    if not predictors:
        return None
    nodes = [each.nodes for each in predictors]
    links = _links(
        [len(each) for each in nodes], _joined(nodes, "left"), _joined(nodes, "right"), _joined(nodes, "feature_idx"),
        _joined(nodes, "is_leaf") != 0,
    )  # fmt: skip
    widths = np.full(len(nodes), len(categorical), dtype=np.int64)
    return _links_problem(links, widths) or next(
        filter(None, (_bitset_problem(each, categorical) for each in predictors)), None
    )


def _bitset_problem(predictor: Any, categorical: npt.NDArray[np.bool_]) -> str | None:  # noqa: ANN401 - untyped
    sets = [predictor.raw_left_cat_bitsets, predictor.binned_left_cat_bitsets]
    if not all(isinstance(each, np.ndarray) and each.ndim == 2 and each.shape[1] == 8 for each in sets):
        return "a tree whose sets of categories aren't 8 words wide"
    nodes = predictor.nodes
    splits = nodes[(nodes["is_categorical"] != 0) & (nodes["is_leaf"] == 0)]
    if not len(splits):
        return None
    if int(splits["bitset_idx"].max()) >= min(len(each) for each in sets):
        return "a tree with a set of categories out of range"
    return None if categorical[splits["feature_idx"]].all() else "a tree with categories of a column that has none"


def _joined(nodes: Sequence[npt.NDArray[Any]], field: str) -> Integers:
    return np.concatenate([each[field] for each in nodes]).astype(np.int64)


def _links(
    lengths: Sequence[int], left: Integers, right: Integers, feature: Integers, leaf: npt.NDArray[np.bool_]
) -> _Links:
    counts = np.array(lengths, dtype=np.int64)
    tree = np.repeat(np.arange(len(counts)), counts)
    local = np.arange(counts.sum()) - (np.cumsum(counts) - counts)[tree]
    return _Links(tree=tree, local=local, left=left, right=right, feature=feature, leaf=leaf, counts=counts)


def _links_problem(links: _Links, widths: Integers) -> str | None:
    inner = ~links.leaf
    parents, trees = np.tile(links.local[inner], 2), np.tile(links.tree[inner], 2)
    children = np.concatenate([links.left[inner], links.right[inner]])
    # Children come after their parents in every tree that scikit-learn grows: this leaves no way round in a circle.
    if (children <= parents).any() or (children >= links.counts[trees]).any():
        return "a tree with a child that is out of range"
    starts = np.cumsum(links.counts) - links.counts
    if (np.bincount(children + starts[trees], minlength=len(links.tree)) != (links.local > 0)).any():
        return "a tree with a node that has no parent, or two"
    feature = links.feature[inner]
    if (feature < 0).any() or (feature >= widths[links.tree[inner]]).any():
        return "a tree that splits by a column that is out of range"
    return None


def _depths(links: _Links) -> Integers:
    """Return how deep each tree is, level by level over all trees at once."""
    depths = np.zeros(len(links.counts), dtype=np.int64)
    starts = np.cumsum(links.counts) - links.counts
    level = starts[~links.leaf[starts]]
    depth = 0
    while len(level):
        depth += 1
        depths[links.tree[level]] = depth
        offset = starts[links.tree[level]]
        below = np.concatenate([links.left[level] + offset, links.right[level] + offset])
        level = below[~links.leaf[below]]
    return depths


def width_problem(estimator: Any) -> str | None:  # noqa: ANN401 - untyped
    """Return what is wrong with the number of columns that a tree, a forest or boosted trees hand to their trees.

    A forest checks the columns that it gets against its own number, and its trees don't check again.
    """
    width = getattr(estimator, "n_features_in_", None)
    found = list(_trees_and_widths(estimator, width))
    if found and (not isinstance(width, int | np.integer) or width < 1):
        return "no number of columns"
    for tree, expected in found:
        if type(tree).__name__ != "Tree" or tree.n_features != expected:
            return f"a tree for other columns than the {expected} that it is given"
    return None


def _trees_and_widths(estimator: Any, width: Any) -> Iterator[tuple[Any, Any]]:  # noqa: ANN401 - untyped
    attributes = vars(estimator)
    if "tree_" in attributes:
        yield attributes["tree_"], width
    parts = attributes.get("estimators_", ())
    subsets = attributes.get("estimators_features_")
    chosen = subsets is not None and attributes.get("_max_features", width) != width
    for i, part in enumerate(parts.ravel() if isinstance(parts, np.ndarray) else parts):
        if "tree_" in getattr(part, "__dict__", {}):
            yield part.tree_, len(subsets[i]) if chosen else width


def boosting_problem(estimator: Any) -> str | None:  # noqa: ANN401 - untyped
    """Return what is wrong with gradient boosted trees: compiled code adds each column of trees to a column of answers."""
    stages = vars(estimator).get("estimators_")
    if stages is None:
        return None
    if not isinstance(stages, np.ndarray) or stages.ndim != 2 or stages.shape[1] < 1:
        return "stages that aren't a table of trees"
    if any(type(getattr(each, "tree_", None)).__name__ != "Tree" for each in stages.flat):
        return "a stage that isn't a tree"
    try:
        start = estimator._raw_predict_init(np.zeros((1, estimator.n_features_in_), dtype=np.float32))  # noqa: SLF001 - it sets the width that stages write to
    except Exception:  # noqa: BLE001 - an initial model of any kind; one that can't answer can't be checked
        return "an initial model that gives no answer"
    return None if start.shape == (1, stages.shape[1]) else "more trees in a stage than the initial model has answers"


def histogram_problem(estimator: Any) -> str | None:  # noqa: ANN401 - untyped
    """Return what is wrong with histogram boosting, or None."""
    attributes = vars(estimator)
    if "_predictors" not in attributes:
        return None
    width = attributes.get("n_features_in_")
    categorical = np.asarray(getattr(attributes.get("_bin_mapper"), "is_categorical_", None))
    if not isinstance(width, int | np.integer) or categorical.shape != (width,):
        return "no number of columns, or another than its bins have"
    predictors = [each for stage in attributes["_predictors"] for each in stage]
    if any(type(each).__name__ != "TreePredictor" for each in predictors):
        return "a stage that isn't a tree"
    return predictors_problem(predictors, categorical=categorical.astype(bool)) or _preparation_problem(
        attributes.get("_preprocessor"), int(width)
    )


def _preparation_problem(preparation: Any, width: int) -> str | None:  # noqa: ANN401 - untyped
    """Check that what goes into the trees has as many columns as they were grown on."""
    if preparation is None:
        return None
    try:
        (_, encoder, first), (_, numbers, second) = list(preparation.transformers_)[:2]
        columns = np.concatenate([np.arange(width)[first], np.arange(width)[second]])
        function = numbers.func.func
    except (AttributeError, TypeError, ValueError, IndexError):
        return "a preparation of its columns that scikit-learn doesn't make"
    if (type(encoder).__name__, type(numbers).__name__, function.__name__) != (
        "OrdinalEncoder", "FunctionTransformer", "check_array",
    ) or sorted(columns) != list(range(width)) or len(encoder.categories_) != len(np.arange(width)[first]):  # fmt: skip
        return "a preparation of its columns that scikit-learn doesn't make"
    return None
