"""What is wrong with a LightGBM model text, found before LightGBM reads it.

LightGBM parses its text in C++ and trusts it: a child index out of range, a size that lies or a number of classes that
doesn't fit make it read and write outside its memory, some while it loads, some at the first predict. So the text must
be word for word of the form that LightGBM writes, and every index must lie inside what it points into.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from mlops_widgets.study.model_files.malformed import MalformedError

Integers = npt.NDArray[np.int64]

MOST_DEEP = 4_096
"""Levels of a tree: explaining a prediction needs memory that grows with their square."""

_INT = r"-?\d{1,10}"
_FLOAT = r"[-+]?(?:\d{1,400}(?:\.\d{0,400})?(?:[eE][-+]?\d{1,3})?|inf|nan)"
_INTS, _FLOATS = (re.compile(rf"(?:{one}(?: {one})*)?") for one in (_INT, _FLOAT))
_RANGE = re.compile(rf"none|\[{_FLOAT}:{_FLOAT}\]|{_INT}(?::{_INT})*")
_OBJECTIVE = re.compile(r"[a-z_0-9]{1,40}(?: (?:sqrt|[a-z_]{1,40}:[-+.\deE]{1,30}))*")
_PARAMETER = re.compile(r"\[[A-Za-z_0-9]{1,60}: [^\x00-\x1f]*\]")
_CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f]")

_PER_NODE_INTS = ("split_feature", "decision_type", "left_child", "right_child", "internal_count")
_PER_NODE_FLOATS = ("split_gain", "threshold", "internal_value", "internal_weight")
_PER_LEAF_FLOATS = ("leaf_value", "leaf_weight")
_ONE = ("num_leaves", "num_cat", "is_linear", "shrinkage")
_CATEGORIES = ("cat_boundaries", "cat_threshold")
_LINEAR = ("leaf_const", "num_features", "leaf_features", "leaf_coeff")
_TREE_KEYS = frozenset(
    {*_PER_NODE_INTS, *_PER_NODE_FLOATS, *_PER_LEAF_FLOATS, "leaf_count", *_ONE, *_CATEGORIES, *_LINEAR}
)
_NEEDED = ("split_feature", "threshold", "decision_type", "left_child", "right_child", "leaf_value")
_HEADER_KEYS = frozenset(
    {
        "version", "num_class", "num_tree_per_iteration", "label_index", "max_feature_idx", "objective",
        "average_output", "feature_names", "monotone_constraints", "feature_infos", "tree_sizes",
    }
)  # fmt: skip


def text_problem(text: str) -> str | None:
    r"""Return what is wrong with a LightGBM model text, in a clause, or None where it is sound.

    Parameters
    ----------
    text
        The whole text, as `Booster.model_to_string` writes it.

    Examples
    --------
    >>> text_problem("tree\nversion=v4\n")
    'num_class is missing'
    """
    try:
        _check(text)
    except MalformedError as error:
        return str(error)
    except RecursionError:  # categories nested a thousand deep
        return "its list of categories is nested too deep"
    return None


def categories_of(text: str) -> list[list[object]] | None:
    """Return the levels of each pandas category column that the text stores, or None where it stores none."""
    stored = text.rstrip("\n").rsplit("\npandas_categorical:", 1)
    if len(stored) == 1:
        return None
    try:
        levels = json.loads(stored[1])
    except ValueError as error:
        raise MalformedError("its list of categories isn't JSON") from error
    if levels is None:
        return None
    scalar = str | int | float | bool
    if not isinstance(levels, list) or not all(
        isinstance(one, list) and all(isinstance(level, scalar) for level in one) for one in levels
    ):
        raise MalformedError("its list of categories isn't one list of levels a column")
    return levels


def _check(text: str) -> None:
    found = _CONTROL.search(text)
    if found:
        cause = "line endings of another system" if found[0] == "\r" else "control characters"
        raise MalformedError(f"it holds {cause}")
    body, end, tail = text.partition("\nend of trees\n")
    first, *blocks = body.split("\nTree=")
    header = _Header.read(first)
    if not end:
        raise MalformedError("the line 'end of trees' is missing")
    header.check_trees(blocks)
    _check_sizes(header.sizes, blocks, len(first.encode()) + 1)
    for number, block in enumerate(blocks):
        _check_tree(number, block, header.columns)
    _check_tail(tail)
    categories_of(text)


@dataclass(frozen=True)
class _Header:
    """What the lines before the first tree say."""

    classes: int
    columns: int
    sizes: Integers | None

    @classmethod
    def read(cls, text: str) -> "_Header":
        kind, _, rest = text.partition("\n")
        if kind != "tree":
            raise MalformedError("its first line isn't 'tree'")
        fields = _fields(rest.rstrip("\n").split("\n"), _HEADER_KEYS, "the header")
        classes, columns = _one(fields, "num_class"), _one(fields, "max_feature_idx") + 1
        if classes < 1 or columns < 1 or _one(fields, "num_tree_per_iteration") != classes:
            raise MalformedError("num_class, num_tree_per_iteration or max_feature_idx is out of range")
        if not 0 <= _one(fields, "label_index") <= columns:
            raise MalformedError("label_index is out of range")
        _check_objective(fields, classes)
        _check_columns(fields, columns)
        return cls(classes, columns, _integers(fields, "tree_sizes", "the header") if "tree_sizes" in fields else None)

    def check_trees(self, blocks: list[str]) -> None:
        if not blocks or len(blocks) % self.classes:
            raise MalformedError(f"{len(blocks):,} trees don't make whole rounds of {self.classes:,}")


def _check_objective(fields: Mapping[str, str], classes: int) -> None:
    objective = fields.get("objective")
    if objective is None:
        return
    if not _OBJECTIVE.fullmatch(objective):
        raise MalformedError("objective isn't a name and its options")
    name, *options = objective.split(" ")
    told = [option.partition(":")[2] for option in options if option.startswith("num_class:")]
    # The answers of so many classes are written into memory that num_class has measured.
    if told != ([str(classes)] if name in {"multiclass", "multiclassova"} else []):
        raise MalformedError("objective and num_class disagree")


def _check_columns(fields: Mapping[str, str], columns: int) -> None:
    for key in ("feature_names", "feature_infos"):
        if key not in fields:
            raise MalformedError(f"{key} is missing")
        if len(fields[key].split(" ")) != columns:
            raise MalformedError(f"{key} and max_feature_idx disagree")
    if not all(_RANGE.fullmatch(one) for one in fields["feature_infos"].split(" ")):
        raise MalformedError("feature_infos aren't ranges or categories")
    if "monotone_constraints" in fields:
        signs = _integers(fields, "monotone_constraints", "the header", columns)
        if (np.abs(signs) > 1).any():
            raise MalformedError("monotone_constraints aren't -1, 0 or 1")


def _fields(lines: list[str], known: frozenset[str], where: str) -> dict[str, str]:
    fields: dict[str, str] = {}
    for line in lines:
        key, equals, value = line.partition("=")
        if key not in known or key in fields or bool(equals) == (key == "average_output"):
            raise MalformedError(f"{where} holds a line that is no field of it, or one twice")
        fields[key] = value
    return fields


def _one(fields: Mapping[str, str], key: str) -> int:
    if key not in fields:
        raise MalformedError(f"{key} is missing")
    if not re.fullmatch(_INT, fields[key]):
        raise MalformedError(f"{key} isn't a whole number")
    return int(fields[key])


def _integers(fields: Mapping[str, str], key: str, where: str, count: int | None = None) -> Integers:
    """Return a line of whole numbers, as many as asked."""
    line = fields.get(key)
    if line is None:
        raise MalformedError(f"{where} lacks {key}")
    if not _INTS.fullmatch(line):
        raise MalformedError(f"{where}: {key} aren't whole numbers")
    values = np.array(line.split(), dtype=np.int64)
    if count is not None and len(values) != count:
        raise MalformedError(f"{where}: {key} has {len(values):,} numbers for {count:,}")
    if len(values) and (values.min() < -(2**31) or values.max() >= 2**32):
        raise MalformedError(f"{where}: {key} holds numbers beyond 32 bits")
    return values


def _floats(fields: Mapping[str, str], key: str, where: str, count: int) -> list[str]:
    line = fields[key]
    if not _FLOATS.fullmatch(line):
        raise MalformedError(f"{where}: {key} aren't numbers")
    words = line.split()
    if len(words) != count:
        raise MalformedError(f"{where}: {key} has {len(words):,} numbers for {count:,}")
    return words


def _check_sizes(sizes: Integers | None, blocks: list[str], first: int) -> None:
    """LightGBM jumps from tree to tree by these sizes, in bytes."""
    if sizes is None:
        return
    real = [len(f"Tree={block}\n".encode()) for block in blocks]
    if first < 1 or sizes.tolist() != real:
        raise MalformedError("tree_sizes aren't the sizes of its trees")


def _check_tree(number: int, block: str, columns: int) -> None:
    where = f"tree {number}"
    said, _, rest = block.partition("\n")
    if said != str(number):
        raise MalformedError(f"{where} has another number")
    body = rest.rstrip("\n")
    if not block.endswith("\n"):
        raise MalformedError(f"{where} has no end")
    fields = _fields(body.split("\n"), _TREE_KEYS, where)
    leaves = _one(fields, "num_leaves")
    if leaves < 1 or leaves > len(block):
        raise MalformedError(f"{where}: num_leaves is out of range")
    missing = [key for key in _NEEDED if key not in fields]
    if missing:
        raise MalformedError(f"{where} lacks {missing[0]}")
    for key in _PER_NODE_FLOATS:
        if key in fields:
            _floats(fields, key, where, leaves - 1)
    _check_leaves(fields, where, leaves)
    _check_children(fields, where, leaves, columns)
    _check_categories(fields, where, leaves - 1)
    _check_linear(fields, where, leaves, columns)


def _check_leaves(fields: Mapping[str, str], where: str, leaves: int) -> None:
    for key in _PER_LEAF_FLOATS:
        if key in fields and (leaves > 1 or key == "leaf_value" or fields[key]):
            _floats(fields, key, where, leaves)
    if "leaf_count" in fields and (leaves > 1 or fields["leaf_count"]):
        _small(_integers(fields, "leaf_count", where, leaves), f"{where}: leaf_count")
    if "internal_count" in fields:
        _small(_integers(fields, "internal_count", where, leaves - 1), f"{where}: internal_count")
    if "shrinkage" in fields:
        _floats(fields, "shrinkage", where, 1)


def _small(values: Integers, what: str) -> None:
    if len(values) and (values.min() < 0 or values.max() >= 2**31):
        raise MalformedError(f"{what} is out of range")


def _check_children(fields: Mapping[str, str], where: str, leaves: int, columns: int) -> None:
    """Each node after the first and each leaf is the child of one earlier node."""
    nodes = leaves - 1
    left, right = (_integers(fields, key, where, nodes) for key in ("left_child", "right_child"))
    child, parent = np.concatenate([left, right]), np.tile(np.arange(nodes), 2)
    down = child >= 0
    if (child < -leaves).any() or (child >= nodes).any() or (child[down] <= parent[down]).any():
        raise MalformedError(f"{where}: a child index is out of range")
    if len(np.unique(child)) != len(child):
        raise MalformedError(f"{where}: a node has two parents")
    features = _integers(fields, "split_feature", where, nodes)
    if nodes and (features.min() < 0 or features.max() >= columns):
        raise MalformedError(f"{where}: a feature index is out of range")
    if nodes > MOST_DEEP and _depth(left, right) > MOST_DEEP:
        raise MalformedError(f"{where} is deeper than {MOST_DEEP:,} levels")


def _depth(left: Integers, right: Integers) -> int:
    depth = [0] * len(left)
    for node, pair in enumerate(zip(left.tolist(), right.tolist(), strict=True)):
        for child in pair:
            if child >= 0:
                depth[child] = depth[node] + 1
    return max(depth)


def _check_categories(fields: Mapping[str, str], where: str, nodes: int) -> None:
    kinds = _integers(fields, "decision_type", where, nodes)
    if nodes and (kinds.min() < 0 or kinds.max() > 11):
        raise MalformedError(f"{where}: a decision_type is out of range")
    count = _one(fields, "num_cat")
    words = np.array(_floats(fields, "threshold", where, nodes), dtype=np.float64)[kinds % 2 == 1]
    if not 0 <= count <= nodes or not np.isin(words, np.arange(count)).all():
        raise MalformedError(f"{where}: a set of categories is out of range")
    if not count:
        if any(key in fields for key in _CATEGORIES):
            raise MalformedError(f"{where} has sets of categories that num_cat doesn't count")
        return
    bounds = _integers(fields, "cat_boundaries", where, count + 1)
    bits = _integers(fields, "cat_threshold", where)
    if bounds[0] != 0 or (np.diff(bounds) < 0).any() or bounds[-1] != len(bits) or (bits < 0).any():
        raise MalformedError(f"{where}: cat_boundaries are out of range")


def _check_linear(fields: Mapping[str, str], where: str, leaves: int, columns: int) -> None:
    linear = _one(fields, "is_linear") if "is_linear" in fields else 0
    if linear not in {0, 1} or (not linear and any(key in fields for key in _LINEAR)):
        raise MalformedError(f"{where}: is_linear and its fields disagree")
    if not linear:
        return
    if any(key not in fields for key in _LINEAR):
        raise MalformedError(f"{where} lacks a field of linear leaves")
    _normal(_floats(fields, "leaf_const", where, leaves), where)
    counts = _integers(fields, "num_features", where, leaves)
    if counts.min() < 0 or counts.max() > columns:
        raise MalformedError(f"{where}: num_features is out of range")
    total = int(counts.sum())
    dense = {key: " ".join(fields[key].split()) for key in _LINEAR[2:]}  # an empty leaf leaves a second space
    used = _integers(dense, "leaf_features", where, total)
    _normal(_floats(dense, "leaf_coeff", where, total), where)
    if total and (used.min() < 0 or used.max() >= columns):
        raise MalformedError(f"{where}: a feature index of a linear leaf is out of range")


def _normal(words: list[str], where: str) -> None:
    """LightGBM reads the numbers of linear leaves by C++'s `stod` inside OpenMP, where a range error ends Python."""
    smallest = np.finfo(np.float64).smallest_normal
    for word in words:
        value = abs(float(word))
        if (value == np.inf and "inf" not in word) or (value < smallest and word.strip("+-0.").partition("e")[0]):
            raise MalformedError(f"{where}: a number of a linear leaf is beyond 64 bits")


def _check_tail(tail: str) -> None:
    """After the trees: how often each feature is used, the parameters, and pandas' categories."""
    inside = ""
    for line in tail.split("\n"):
        if line in {"feature_importances:", "feature importances:", "parameters:"}:
            inside = line
        elif line == "end of parameters" or line.startswith("pandas_categorical:"):
            inside = ""
        elif line and not (_PARAMETER.fullmatch(line) if inside == "parameters:" else inside and "=" in line):
            raise MalformedError("it goes on with a line of no known kind after its trees")
