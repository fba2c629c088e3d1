"""Trees of LightGBM, from its own text."""

import re
from collections.abc import Mapping
from typing import Any

import numpy as np

from mlops_widgets.explainability.attribution.read_model import Scale, TreesRead, UnreadableError, coded
from mlops_widgets.measures.attribution.forests import CategorySplit, Floats, Ints, Tree, planted

_LOG = ("poisson", "gamma", "tweedie")
_CATEGORY, _DEFAULT_LEFT = 1, 2
_ZERO = 1
"""Bits of `decision_type`; of its kinds of missing cells (bits 2 and 3) that which takes zeros for missing."""
_TINY = float(np.float32(1e-35))
"""What lies within this of 0 counts as 0 (`kZeroThreshold`)."""


def read_lightgbm(model: Any) -> TreesRead:  # noqa: ANN401 - a Booster, or LightGBM's own estimator
    """Read boosted trees, by the rounds that the model predicts with."""
    booster = getattr(model, "booster_", model)
    header, blocks = _told(booster)
    fields = _fields(header)
    count = int(fields["num_tree_per_iteration"])
    objective = fields.get("objective", "").split(" ")
    share = count / len(blocks) if "average_output" in header.split("\n") else 1.0
    factor = share * _steepness(objective)
    trees = [_tree(_fields(block), np.eye(count)[k % count] * factor) for k, block in enumerate(blocks)]
    levels = _levels(booster, fields["feature_infos"].split(" "))
    forest = planted(trees, base=np.zeros(count), single=False)

    def cells(inputs: Any) -> Floats:  # noqa: ANN401 - a frame or an array
        found = coded(inputs, levels)
        return np.where(np.abs(found) <= _TINY, 0.0, found)

    return TreesRead(forest=forest, scale=_scale(objective[0]), cells=cells)


def lightgbm_scale(model: Any) -> Scale:  # noqa: ANN401 - as above
    """Return on which scale the trees add up, by the first of them."""
    header, blocks = _told(getattr(model, "booster_", model), num_iteration=1)
    for block in blocks:
        _check_leaves(_fields(block))
    return _scale(_fields(header).get("objective", "").split(" ")[0])


def _told(booster: Any, **options: int) -> tuple[str, list[str]]:  # noqa: ANN401 - a Booster
    header, *blocks = booster.model_to_string(**options).partition("\nend of trees")[0].split("\nTree=")
    return header, blocks


def _levels(booster: Any, told: list[str]) -> list[list[Any] | None]:  # noqa: ANN401 - a Booster
    """Return the levels of each column, of which the model stores one list a category column."""
    lists = booster.pandas_categorical or ()
    if lists and sum(map(_is_category, told)) != len(lists):
        raise UnreadableError("it knows lists of categories, and not of which columns")
    left = iter(lists)
    return [next(left, None) if _is_category(said) else None for said in told]


def _check_leaves(told: Mapping[str, str]) -> None:
    if told.get("is_linear", "0") != "0":
        raise UnreadableError("its leaves hold linear models (linear_tree)")


def _fields(text: str) -> dict[str, str]:
    return {name: value for name, _, value in (line.partition("=") for line in text.split("\n"))}


def _is_category(said: str) -> bool:
    return said != "none" and not said.startswith("[")


def _steepness(objective: list[str]) -> float:
    """Return what log-odds are of the sum."""
    found = re.search(r"sigmoid:(\S+)", " ".join(objective))
    return float(found[1]) if found and objective[0] == "binary" else 1.0


def _scale(objective: str) -> Scale:
    if objective in {"binary", "multiclass", "multiclassova", "cross_entropy"}:
        return "log-odds"
    return "logarithm of the prediction" if objective in _LOG else "prediction"


def _tree(told: Mapping[str, str], output: Floats) -> Tree:
    _check_leaves(told)
    worth = np.fromstring(told["leaf_value"], sep=" ")
    inner = len(worth) - 1
    kind = _whole(told.get("decision_type", ""))
    missing = kind >> 2 & 3
    threshold = np.fromstring(told.get("threshold", ""), sep=" ") if inner else np.empty(0)
    default = (kind & _DEFAULT_LEFT) != 0
    ends = np.full(len(worth), -1, dtype=np.intp)
    # Without a kind of missing cell NaN counts as 0; a category that is missing goes right.
    to_left = np.where(missing == 0, threshold >= 0, default) & ((kind & _CATEGORY) == 0)
    to_left = np.where((missing == _ZERO) & ((kind & _CATEGORY) == 0), default, to_left)
    return Tree(
        left=np.append(_children(told.get("left_child", ""), inner), ends),
        right=np.append(_children(told.get("right_child", ""), inner), ends),
        feature=np.append(_whole(told.get("split_feature", "")), np.zeros(len(worth), dtype=np.intp)),
        threshold=np.append(threshold, np.zeros(len(worth))), missing_left=np.append(to_left, np.zeros(len(worth), dtype=bool)),
        zero_missing=np.append((missing == _ZERO) & ((kind & _CATEGORY) == 0), np.zeros(len(worth), dtype=bool)),
        value=np.outer(np.append(np.zeros(inner), worth), output), categories=_categories(told, kind, threshold),
    )  # fmt: skip


def _whole(text: str) -> Ints:
    return np.array(text.split(), dtype=np.intp)


def _children(text: str, inner: int) -> Ints:
    """Return children as nodes: leaves stand behind the nodes that split, and are told as -1, -2 and so on."""
    told = _whole(text)
    return np.where(told >= 0, told, inner + ~told)


def _categories(told: Mapping[str, str], kind: Ints, threshold: Floats) -> dict[int, CategorySplit]:
    if told.get("num_cat", "0") == "0":
        return {}
    bounds, words = _whole(told["cat_boundaries"]), np.array(told["cat_threshold"].split(), dtype=np.uint32)
    found = {}
    for node in np.flatnonzero(kind & _CATEGORY).tolist():
        at = int(threshold[node])
        own = words[bounds[at] : bounds[at + 1]].astype("<u4").view(np.uint8)
        codes = np.flatnonzero(np.unpackbits(own, bitorder="little")).tolist()
        found[node] = CategorySplit(left=codes, other_left=False)
    return found
