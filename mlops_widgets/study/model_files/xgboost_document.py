"""What is wrong with an XGBoost model document, found before XGBoost reads it.

XGBoost checks that arrays are as long as they say, and trusts the indices in them: a child, feature or group out of range
is read and written outside its memory at the first predict, a tree with a loop never ends.
"""

import json
import re
from collections.abc import Iterable, Mapping, Sized
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt

from mlops_widgets.study.model_files.malformed import MalformedError
from mlops_widgets.study.model_files.ubjson import read_ubjson

Integers = npt.NDArray[np.int64]
Document = Mapping[str, Any]

MOST_CATEGORY_BITS = 2**31
"""Bits that all sets of categories may take in memory: XGBoost makes one up to the largest category of each split."""

_FLOAT = r"-?(?:\d[\d.]{0,40}(?:[eE][-+]?\d{1,3})?|inf|nan|Infinity|NaN)"
_BASE_SCORE = re.compile(rf"{_FLOAT}|\[{_FLOAT}(?:,{_FLOAT})*\]")
_DELETED = (2**31 - 1, 2**32 - 1, -1)
"""What stands for the feature of a node that pruning took away."""
_FLOATS_PER_NODE = ("split_conditions", "loss_changes", "sum_hessian")
_KNOWN_BOOSTERS = ("gbtree", "dart", "gblinear")


def read_document(data: bytes) -> Any:  # noqa: ANN401 - a document: objects, lists, numbers, text
    """Return the document of a model in JSON or UBJSON.

    Raises
    ------
    MalformedError
        If it is neither, or names a key twice.
    """
    if data[:1] == b"{" and data[1:].lstrip()[:1] in {b'"', b"}"}:
        try:
            return json.loads(data, object_pairs_hook=_once)
        except (ValueError, RecursionError) as error:
            if isinstance(error, MalformedError):
                raise
            raise MalformedError("it isn't JSON") from error
    return read_ubjson(data)


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise MalformedError("an object names a key twice")
    return found


def check_document(document: Any) -> None:  # noqa: ANN401 - what a file held
    """Raise `MalformedError` where the document isn't a sound model."""
    learner = _part(document, "learner")
    shape = _part(learner, "learner_model_param")
    features, classes = _count(shape, "num_feature"), _count(shape, "num_class")
    targets = _count(shape, "num_target") if "num_target" in shape else 1
    groups = max(classes, targets, 1)
    if groups > 10_000 or (classes > 1 and targets > 1):
        raise MalformedError("num_class or num_target is out of range")
    _check_base_score(shape.get("base_score"), groups)
    _check_objective(_part(learner, "objective"), classes)
    for key in ("feature_names", "feature_types"):
        if key in learner and len(_texts(learner[key], key)) not in {0, features}:
            raise MalformedError(f"{key} and num_feature disagree")
    attributes = learner.get("attributes", {})
    if not isinstance(attributes, Mapping) or not all(isinstance(one, str) for one in attributes.values()):
        raise MalformedError("attributes aren't texts")
    _check_version(document)
    _check_booster(_part(learner, "gradient_booster"), features, groups)


def _check_version(document: Document) -> None:
    version = _ints(document, "version", 3)
    if (version < 0).any() or (version > 10_000).any():
        raise MalformedError("version is out of range")


def _check_base_score(score: object, groups: int) -> None:
    if not isinstance(score, str) or not _BASE_SCORE.fullmatch(score):
        raise MalformedError("base_score isn't a number or a list of them")
    if len(score.split(",")) not in {1, groups}:
        raise MalformedError("base_score and num_class disagree")


def _check_objective(objective: Document, classes: int) -> None:
    if not isinstance(objective.get("name"), str):
        raise MalformedError("the objective has no name")
    for key, options in objective.items():
        if key != "name" and not (
            isinstance(options, Mapping) and all(isinstance(one, str) for one in options.values())
        ):
            raise MalformedError("an option of the objective isn't text")
    told = objective.get("softmax_multiclass_param", {}).get("num_class")
    # The answers of so many classes are written into memory that num_class has measured.
    if objective["name"].startswith("multi:") != (told is not None) or (told is not None and told != str(classes)):
        raise MalformedError("objective and num_class disagree")


def _check_booster(booster: Document, features: int, groups: int) -> None:
    name = booster.get("name")
    if name not in _KNOWN_BOOSTERS:
        raise MalformedError("its booster is none of XGBoost's")
    if name == "gblinear":
        model = _part(booster, "model")
        _floats(model, "weights", (features + 1) * groups)
        return
    trees = booster if name == "gbtree" else _part(booster, "gbtree")
    if name == "dart" and trees.get("name") != "gbtree":
        raise MalformedError("the booster inside dart isn't gbtree")
    count = _check_trees(_part(trees, "model"), features, groups)
    if name == "dart":
        _floats(booster, "weight_drop", count)


def _check_trees(model: Document, features: int, groups: int) -> int:
    trees, told = model.get("trees"), _part(model, "gbtree_model_param")
    if not isinstance(trees, list) or _count(told, "num_trees") != len(trees):
        raise MalformedError("num_trees and the trees disagree")
    info = _ints(model, "tree_info", len(trees))
    if (info < 0).any() or (info >= groups).any():
        raise MalformedError("tree_info is out of range")
    if "num_parallel_tree" in told and not 1 <= _count(told, "num_parallel_tree") <= max(len(trees), 2**20):
        raise MalformedError("num_parallel_tree is out of range")
    if "iteration_indptr" in model:
        _check_steps(_ints(model, "iteration_indptr"), len(trees), "iteration_indptr")
    if "cats" in model:
        _check_levels(_part(model, "cats"), features)
    bits = 0
    for number, tree in enumerate(trees):
        try:
            bits += _check_tree(tree, number, features, groups)
        except MalformedError as error:
            raise MalformedError(f"tree {number}: {error}") from error
    if bits > MOST_CATEGORY_BITS:
        raise MalformedError("its sets of categories would take gigabytes")
    return len(trees)


def _check_steps(steps: Integers, end: int, name: str) -> None:
    if not len(steps) or steps[0] != 0 or (np.diff(steps) < 0).any() or steps[-1] != end:
        raise MalformedError(f"{name} is out of range")


def _check_levels(cats: Document, features: int) -> None:
    """XGBoost 3.1 and later keep the levels of category columns: per column, one after the other, and their order."""
    columns, segments, order = cats.get("enc"), _ints(cats, "feature_segments"), _ints(cats, "sorted_idx")
    if not isinstance(columns, list) or len(columns) not in {0, features}:
        raise MalformedError("the levels of categories and num_feature disagree")
    if not columns:
        if len(segments) > 1 or len(order):
            raise MalformedError("the levels of categories are out of range")
        return
    _check_steps(segments, len(order), "feature_segments")
    if len(segments) != features + 1:
        raise MalformedError("feature_segments and num_feature disagree")
    for column, (first, last) in zip(columns, pairwise(segments.tolist()), strict=True):
        if not isinstance(column, Mapping):
            raise MalformedError("the levels of a column aren't an object")
        if sorted(order[first:last].tolist()) != list(range(last - first)):
            raise MalformedError("sorted_idx is out of range")
        _check_column_levels(column, last - first)


def _check_column_levels(column: Document, levels: int) -> None:
    values = _ints(column, "values") if _is_whole(column.get("values")) else None
    if "offsets" not in column:
        if len(column.get("values", ())) != levels:
            raise MalformedError("the levels of a column are out of range")
        return
    offsets = _ints(column, "offsets")
    if values is None:
        raise MalformedError("the levels of a column are no text")
    if levels == 0 and not len(offsets) and not len(values):
        return
    _check_steps(offsets, len(values), "offsets")
    if len(offsets) != levels + 1:
        raise MalformedError("the levels of a column are out of range")


def _is_whole(values: object) -> bool:
    if isinstance(values, np.ndarray):
        return values.dtype.kind in "iu"
    return isinstance(values, list) and all(type(one) is int for one in values)


def _check_tree(tree: object, number: int, features: int, groups: int) -> int:
    """Return how many bits the sets of categories take."""
    if not isinstance(tree, Mapping):
        raise MalformedError("isn't an object")
    told = _part(tree, "tree_param")
    nodes, width = _count(told, "num_nodes"), max(_count(told, "size_leaf_vector"), 1)
    if nodes < 1 or _count(told, "num_feature") not in {0, features} or width not in {1, groups}:
        raise MalformedError("tree_param is out of range")
    if tree.get("id") != number:
        raise MalformedError("its id is another")
    left, right, parent = (_ints(tree, key, nodes) for key in ("left_children", "right_children", "parents"))
    split = _ints(tree, "split_indices", nodes)
    for key in _FLOATS_PER_NODE:
        _floats(tree, key, nodes)
    _floats(tree, "base_weights", nodes * width)
    _flags(tree, "default_left", nodes)
    leaves = _check_children(left, right, parent, vector=width > 1)
    _check_leaf_vectors(tree, right[leaves], width)
    deleted = np.isin(split, _DELETED)
    if (deleted & (left >= 0)).any() or deleted.sum() != _count(told, "num_deleted"):
        raise MalformedError("num_deleted and the nodes disagree")
    if (split[~deleted] < 0).any() or (split[~deleted] >= max(features, 1)).any():
        raise MalformedError("a feature index is out of range")
    return _check_categories(tree, nodes)


def _check_children(left: Integers, right: Integers, parent: Integers, *, vector: bool) -> npt.NDArray[np.bool_]:
    """Return which nodes are leaves: every other has two children of its own, and no node is its own ancestor."""
    nodes = len(left)
    leaves: npt.NDArray[np.bool_] = left == -1
    inner: Integers = np.flatnonzero(~leaves)
    child = np.concatenate([left[inner], right[inner]])
    if not vector and (right[leaves] != -1).any():
        raise MalformedError("a node has one child")
    if (child < 1).any() or (child >= nodes).any() or len(np.unique(child)) != len(child):
        raise MalformedError("a child index is out of range, or a node has two parents")
    if (parent[child] != np.tile(inner, 2)).any() or parent[0] not in {-1, 2**31 - 1}:
        raise MalformedError("parents and children disagree")
    _check_ancestors(parent)
    return leaves


def _check_ancestors(parent: Integers) -> None:
    """Every node's line of parents ends at the first node; those that pruning took away still have a parent."""
    nodes = len(parent)
    if (parent[1:] < 0).any() or (parent[1:] >= nodes).any():
        raise MalformedError("a parent is out of range")
    above = np.concatenate([[0], parent[1:]])
    for _ in range(nodes.bit_length()):  # each step doubles how far up the line it looks
        above = above[above]
    if above.any():
        raise MalformedError("its nodes make a loop")


def _check_leaf_vectors(tree: Document, index: Integers, width: int) -> None:
    if width == 1:
        return
    weights = tree.get("leaf_weights", ())
    if len(weights) % width or (index < 0).any() or (index >= len(weights) // width).any():
        raise MalformedError("leaf_weights are out of range")
    _floats(tree, "leaf_weights", len(weights))


def _check_categories(tree: Document, nodes: int) -> int:
    if "split_type" not in tree:
        return 0
    kinds = _ints(tree, "split_type", nodes)
    where, first, size = (_ints(tree, f"categories_{key}") for key in ("nodes", "segments", "sizes"))
    levels = _ints(tree, "categories")
    if not np.isin(kinds, (0, 1)).all() or not np.array_equal(np.flatnonzero(kinds == 1), where):
        raise MalformedError("split_type and categories_nodes disagree")
    if not len(where) == len(first) == len(size):
        raise MalformedError("categories_segments and categories_sizes disagree")
    if not len(where):
        return 0
    if (first < 0).any() or (size < 1).any() or (first > len(levels)).any() or (size > len(levels) - first).any():
        raise MalformedError("categories_segments are out of range")
    if (levels < 0).any() or (levels >= 2**24).any():
        raise MalformedError("a category is out of range")
    return int(sum(levels[a : a + n].max() + 1 for a, n in zip(first.tolist(), size.tolist(), strict=True)))


def _part(whole: object, key: str) -> Document:
    part = whole.get(key) if isinstance(whole, Mapping) else None
    if not isinstance(part, Mapping):
        raise MalformedError(f"{key} is missing")
    return part


def _count(part: Document, key: str) -> int:
    """Return a number that XGBoost writes as text."""
    text = part.get(key)
    if not isinstance(text, str) or not re.fullmatch(r"\d{1,9}", text):
        raise MalformedError(f"{key} isn't a whole number")
    return int(text)


def _texts(values: object, key: str) -> list[str]:
    if not isinstance(values, Iterable) or not all(isinstance(one, str) for one in values):
        raise MalformedError(f"{key} aren't texts")
    return list(values)


def _ints(part: Document, key: str, count: int | None = None) -> Integers:
    values = part.get(key)
    if isinstance(values, list) and not values:
        values = np.zeros(0, dtype=np.int64)
    if values is None or not _is_whole(values):
        raise MalformedError(f"{key} aren't whole numbers")
    found = _as_int64(values, key)
    _check_count(found, key, count)
    return found


def _as_int64(values: Any, key: str) -> Integers:  # noqa: ANN401 - a list or an array of whole numbers
    try:
        found: Integers = np.asarray(values, dtype=np.int64)
    except OverflowError as error:
        raise MalformedError(f"{key} holds numbers beyond 64 bits") from error
    return found


def _flags(part: Document, key: str, count: int) -> None:
    values = part.get(key)
    if isinstance(values, list) and all(isinstance(one, bool) for one in values):
        _check_count(values, key, count)
    elif not np.isin(_ints(part, key, count), (0, 1)).all():
        raise MalformedError(f"{key} is neither 0 nor 1")


def _floats(part: Document, key: str, count: int) -> None:
    values = part.get(key)
    if isinstance(values, list):
        sound = all(type(one) in {int, float} for one in values)
    else:
        sound = isinstance(values, np.ndarray) and values.dtype.kind == "f"
    if not sound or not isinstance(values, Sized):
        raise MalformedError(f"{key} aren't numbers")
    _check_count(values, key, count)


def _check_count(values: Sized, key: str, count: int | None) -> None:
    if count is not None and len(values) != count:
        raise MalformedError(f"{key} has {len(values):,} numbers for {count:,}")
