"""The check of XGBoost documents and the reader of UBJSON."""

import json
import re
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mlops_widgets.errors import ModelFileError, UnsafeModelError
from mlops_widgets.study.model_files.malformed import MalformedError
from mlops_widgets.study.model_files.trust import Trusted
from mlops_widgets.study.model_files.ubjson import MOST_DEEP, read_ubjson
from mlops_widgets.study.model_files.xgboost_document import read_document
from mlops_widgets.study.model_files.xgboost_files import raw_problem, read
from tests.boosters import lightgbm_booster, xgboost_booster

KINDS = ("two", "three", "softmax", "number", "dart", "gblinear", "margin", "pruned", "vector")


def _document(kind: str = "two") -> Any:
    return json.loads(bytes(xgboost_booster(kind).save_raw("json")))


def _model(document: Any) -> Any:
    booster = document["learner"]["gradient_booster"]
    return booster.get("model") or booster["gbtree"]["model"]


@pytest.mark.parametrize("kind", KINDS)
def test_models_of_every_kind_are_sound_in_both_forms(kind: str) -> None:
    for form in ("ubj", "json"):
        assert raw_problem(bytes(xgboost_booster(kind).save_raw(form))) is None


def test_both_forms_hold_the_same_document() -> None:
    one, other = (read_document(bytes(xgboost_booster().save_raw(form))) for form in ("ubj", "json"))
    trees = zip(_model(one)["trees"], _model(other)["trees"], strict=True)
    assert all(tree["left_children"].tolist() == twin["left_children"] for tree, twin in trees)
    assert one["learner"]["feature_names"] == other["learner"]["feature_names"]


def _put(*path: str | int, value: Any) -> Callable[[Any], None]:
    def change(document: Any) -> None:
        part = document
        for key in path[:-1]:
            part = part[key]
        part[path[-1]] = value

    return change


def _tree(key: str, value: Any, at: int | None = None) -> Callable[[Any], None]:
    def change(document: Any) -> None:
        tree = _model(document)["trees"][0]
        if at is None:
            tree[key] = value
        else:
            tree[key][at] = value

    return change


LEARNER = ("learner", "learner_model_param")
MODEL = ("learner", "gradient_booster", "model")


@pytest.mark.parametrize(
    ("kind", "change", "says"),
    [
        ("two", _tree("left_children", 10**6, 0), "child index"), ("two", _tree("left_children", 0, 0), "child index"),
        ("two", _tree("left_children", -1, 0), "one child"), ("two", _tree("right_children", 1, 0), "two parents"),
        ("two", _tree("parents", 7, 1), "disagree"), ("pruned", _tree("parents", 10**6, 7), "a parent is out"),
        ("two", _tree("split_indices", 4, 0), "feature index"), ("two", _tree("split_indices", -5, 0), "feature index"),
        ("two", _tree("split_indices", [1]), "split_indices has"), ("two", _tree("default_left", 7, 0), "default_left"),
        ("two", _tree("split_type", 2, 0), "split_type"), ("two", _tree("categories", [-1]), "categories_segments|category"),
        ("two", _tree("categories_sizes", [10**6]), "categories"), ("two", _tree("id", 3), "id"),
        ("two", _tree("tree_param", {"num_nodes": "1000000000"}), "size_leaf_vector|num_nodes|num_feature"),
        ("two", _tree("sum_hessian", "x"), "sum_hessian"), ("two", _tree("base_weights", []), "base_weights has"),
        ("pruned", _put(*MODEL, "trees", 0, "tree_param", "num_deleted", value="0"), "num_deleted"),
        ("vector", _tree("right_children", 900, -1), "leaf_weights"), ("vector", _tree("leaf_weights", [1.0]), "leaf_weights"),
        ("two", _put(*MODEL, "tree_info", value=[0, 0, 0, 5]), "tree_info"),
        ("two", _put(*MODEL, "iteration_indptr", value=[0, 1, 2, 3, 90]), "iteration_indptr"),
        ("two", _put(*MODEL, "gbtree_model_param", "num_trees", value="5"), "num_trees"),
        ("two", _put(*MODEL, "gbtree_model_param", "num_parallel_tree", value="0"), "num_parallel_tree"),
        ("two", _put(*MODEL, "cats", "sorted_idx", value=[9, 9, 9, 9, 9, 9]), "sorted_idx"),
        ("two", _put(*MODEL, "cats", "feature_segments", value=[0, 0, 0, 900, 900]), "feature_segments"),
        ("two", _put(*MODEL, "cats", "enc", 2, "offsets", value=[0, 1, 2, 3, 4, 5, 600]), "offsets"),
        ("three", _put(*LEARNER, "num_class", value="2"), "base_score|num_class"),
        ("three", _put("learner", "objective", "softmax_multiclass_param", "num_class", value="9000"), "objective"),
        ("two", _put("learner", "objective", "name", value="multi:softprob"), "objective"),
        ("two", _put(*LEARNER, "num_feature", value="-1"), "whole number"),
        ("two", _put(*LEARNER, "num_feature", value="3"), "num_feature"),
        ("two", _put(*LEARNER, "num_target", value="999999"), "out of range"),
        ("two", _put(*LEARNER, "base_score", value="[1,2,3]"), "base_score"),
        ("two", _put(*LEARNER, "base_score", value="x"), "base_score"),
        ("two", _put("learner", "feature_names", value=["a"]), "feature_names"),
        ("two", _put("learner", "attributes", value={"a": 1}), "attributes"),
        ("two", _put("learner", "gradient_booster", "name", value="gbforest"), "booster"),
        ("two", _put("version", value=[3, -1, 0]), "version"),
        ("dart", _put("learner", "gradient_booster", "weight_drop", value=[1.0]), "weight_drop"),
        ("gblinear", _put(*MODEL, "weights", value=[1.0]), "weights"),
    ],
)  # fmt: skip
def test_an_index_or_size_out_of_range_is_seen(kind: str, change: Callable[[Any], None], says: str) -> None:
    document = _document(kind)
    change(document)
    problem = raw_problem(json.dumps(document).encode())
    assert problem
    assert re.search(says, problem), problem


def test_a_loop_apart_from_the_first_node_is_seen() -> None:
    document = _document()
    tree = _model(document)["trees"][0]
    inner = [i for i, child in enumerate(tree["left_children"]) if child > 0 and i > 0]
    a, b = inner[:2]
    for child, parent in ((tree["left_children"][a], b), (tree["left_children"][b], a)):
        tree["parents"][child] = parent
    tree["left_children"][a], tree["left_children"][b] = b, a
    tree["parents"][a], tree["parents"][b] = b, a
    assert raw_problem(json.dumps(document).encode())


def test_a_key_twice_is_refused_since_parsers_differ_in_which_counts() -> None:
    text = bytes(xgboost_booster().save_raw("json")).decode()
    assert "twice" in str(raw_problem(text.replace('"id":0', '"id":0,"id":0', 1).encode()))
    assert "twice" in str(raw_problem(b"{i\x01aTi\x01aF}"))


# ---- UBJSON


def _packed(value: object) -> bytes:
    """Write a document as UBJSON, for the reader to read back."""
    if isinstance(value, dict):
        return b"{" + b"".join(_size(key) + key.encode() + _packed(one) for key, one in value.items()) + b"}"
    if isinstance(value, list):
        return b"[#L" + struct.pack(">q", len(value)) + b"".join(map(_packed, value))
    if isinstance(value, bool) or value is None:
        return b"Z" if value is None else b"T" if value else b"F"
    if isinstance(value, int):
        return b"L" + struct.pack(">q", value)
    if isinstance(value, float):
        return b"D" + struct.pack(">d", value)
    assert isinstance(value, str)
    return b"S" + _size(value) + value.encode()


def _size(text: str) -> bytes:
    return b"L" + struct.pack(">q", len(text.encode()))


_TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
_VALUES = st.none() | st.booleans() | st.integers(-(2**63), 2**63 - 1) | st.floats(allow_nan=False) | _TEXTS
_DOCUMENTS = st.recursive(_VALUES, lambda one: st.lists(one, max_size=4) | st.dictionaries(_TEXTS, one, max_size=4))


@settings(max_examples=50, deadline=None)
@given(document=_DOCUMENTS)
def test_what_is_written_is_read_back(document: Any) -> None:
    assert read_ubjson(_packed(document)) == document


@pytest.mark.parametrize(
    ("marker", "kind"), [("i", "i1"), ("U", "u1"), ("I", "i2"), ("l", "i4"), ("L", "i8"), ("d", "f4"), ("D", "f8")]
)
def test_lists_of_one_type_become_arrays(marker: str, kind: str) -> None:
    values = np.array([1, 2, 3], dtype=f">{kind}")
    read_back = read_ubjson(f"[${marker}#i".encode() + b"\x03" + values.tobytes())
    assert read_back.dtype == np.dtype(kind)
    assert read_back.tolist() == [1, 2, 3]


@pytest.mark.parametrize(
    "data",
    [
        b"", b"{", b"[", b"[$", b"[$Z#L" + struct.pack(">q", 2**40), b"[$l#L" + struct.pack(">q", 2**60),
        b"[#L" + struct.pack(">q", 2**60), b"SL" + struct.pack(">q", -1), b"Si\x05ab", b"Si\x01\xff", b"H", b"N",
        b"[" * (MOST_DEEP + 2), b"TT", b"{Si\x01a", b"SD" + struct.pack(">d", 1.0),
    ],
)  # fmt: skip
def test_bytes_that_lie_are_malformed(data: bytes) -> None:
    with pytest.raises(MalformedError):
        read_ubjson(data)


@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_mangled_models_are_answered_without_an_exception(data: st.DataObject) -> None:
    raw = bytearray(
        xgboost_booster(data.draw(st.sampled_from(KINDS))).save_raw(data.draw(st.sampled_from(["ubj", "json"])))
    )
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(raw) - 1))
        raw[at : at + data.draw(st.integers(0, 3))] = data.draw(st.binary(max_size=3))
    problem = raw_problem(bytes(raw))
    assert problem is None or len(problem) < 300


@given(st.binary())
def test_any_bytes_are_answered_without_an_exception(data: bytes) -> None:
    assert raw_problem(data)


# ---- files that are something else


@pytest.mark.parametrize(
    ("name", "data", "error", "says"),
    [
        ("old.model", b"binf" + bytes(60), ModelFileError, "old binary form"),
        ("old.bin", bytes(20) + b"gbtree" + bytes(60), ModelFileError, "old binary form"),
        ("cat.json", b'{"oblivious_trees": [], "features_info": {}}', ModelFileError, "CatBoost model in JSON"),
        ("dump.json", b'{"tree_info": [], "feature_names": []}', ModelFileError, "dump of a LightGBM"),
        ("settings.json", b'{"a": 1}', ModelFileError, "no 'learner'"),
        ("v0.json", b'{"learner": {}}', ModelFileError, "'version' is missing"),
        ("renamed.ubj", b"CBM1" + bytes(60), ModelFileError, "call it .cbm"),
        ("deep.json", b'{"a":' * 100_000, UnsafeModelError, "JSON"),
        ("bad.json", b'{"learner": {}, "version": [3, 2, 0]}', UnsafeModelError, "learner_model_param is missing"),
    ],
)  # fmt: skip
def test_a_file_that_is_something_else_is_named(
    tmp_path: Path, name: str, data: bytes, error: type[Exception], says: str
) -> None:
    (tmp_path / name).write_bytes(data)
    with pytest.raises(error, match=says):
        read(tmp_path / name, trusted=Trusted(), argument="model")


def test_a_lightgbm_text_under_another_name_goes_to_its_own_check(tmp_path: Path) -> None:
    (tmp_path / "lgb.model").write_text(lightgbm_booster().model_to_string().replace("num_class=1", "num_class=900"))
    with pytest.raises(UnsafeModelError, match="malformed LightGBM"):
        read(tmp_path / "lgb.model", trusted=Trusted(), argument="model")
