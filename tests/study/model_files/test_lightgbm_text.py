"""The check of LightGBM texts: sound models pass, whatever makes LightGBM crash doesn't."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mlops_widgets.errors import ModelFileError, UnsafeModelError
from mlops_widgets.study.model_files.lightgbm_files import read
from mlops_widgets.study.model_files.lightgbm_text import MOST_DEEP, text_problem
from mlops_widgets.study.model_files.trust import Trusted
from tests.boosters import lightgbm_booster

KINDS = ("two", "dart", "rf", "three", "number", "linear", "single", "monotone", "bins", "rank")


def _text(kind: str = "two") -> str:
    return str(lightgbm_booster(kind).model_to_string())


def _resized(text: str) -> str:
    """Return the text with the sizes of its trees made right, so that only the fault under test is wrong."""
    head, *trees = text.split("\nTree=")
    last, end, tail = trees[-1].partition("\nend of trees")
    trees[-1] = last
    sizes = " ".join(str(len(f"Tree={tree}\n".encode())) for tree in trees)
    head = re.sub(r"(?m)^tree_sizes=.*$", f"tree_sizes={sizes}", head)
    return head + "".join(f"\nTree={tree}" for tree in trees) + end + tail


def _line(text: str, key: str, change: Callable[[list[str]], list[str]]) -> str:
    """Return the text with the first line of this key changed."""
    found = re.search(rf"(?m)^{key}=(.*)$", text)
    assert found, key
    return text[: found.start(1)] + " ".join(change(found[1].split(" "))) + text[found.end(1) :]


def _first(value: str) -> Callable[[list[str]], list[str]]:
    return lambda words: [value, *words[1:]]


@pytest.mark.parametrize("kind", KINDS)
def test_models_of_every_kind_are_sound(kind: str) -> None:
    assert text_problem(_text(kind)) is None


def test_texts_without_sizes_or_with_a_slice_of_the_trees_are_sound() -> None:
    assert text_problem(re.sub(r"(?m)^tree_sizes=.*\n", "", _text())) is None
    assert text_problem(lightgbm_booster().model_to_string(start_iteration=1, num_iteration=2)) is None


# Each of these crashed LightGBM 4.7 (abort, segmentation fault) or made it read beyond its memory or never end.
@pytest.mark.parametrize(
    ("key", "change", "says"),
    [
        ("left_child", _first("1000000"), "child index"), ("left_child", _first("0"), "child index"),
        ("right_child", _first("-1000000"), "child index"), ("right_child", lambda w: [w[0], w[0], *w[2:]], "child|parents"),
        ("left_child", lambda w: w[:-1], "left_child has"), ("right_child", _first("x"), "whole numbers"),
        ("split_feature", _first("9"), "feature index"), ("split_feature", _first("-1"), "feature index"),
        ("threshold", lambda w: w[:-1], "threshold has"), ("threshold", _first("abc"), "aren't numbers"),
        ("decision_type", _first("13"), "decision_type"), ("decision_type", _first("1"), "set of categories"),
        ("num_leaves", _first("1000000"), "num_leaves|has"), ("num_leaves", _first("0"), "num_leaves"),
        ("num_leaves", _first("2147483647"), "num_leaves"), ("num_cat", _first("50"), "set of categories"),
        ("leaf_value", lambda w: w[:-1], "leaf_value has"), ("leaf_count", _first("-5"), "leaf_count"),
        ("internal_count", _first("4294967295"), "internal_count"), ("cat_boundaries", _first("1"), "cat_boundaries"),
        ("cat_boundaries", lambda w: [*w[:-1], "900"], "cat_boundaries"), ("cat_threshold", lambda w: [], "cat_boundaries"),
        ("cat_threshold", _first("-1"), "cat_boundaries"), ("is_linear", _first("1"), "linear"),
        ("shrinkage", _first("1 1"), "shrinkage"), ("num_class", _first("1000000"), "num_class"),
        ("num_tree_per_iteration", _first("3"), "num_class"), ("max_feature_idx", _first("0"), "feature_names"),
        ("max_feature_idx", _first("10000000"), "feature_names"), ("label_index", _first("-7"), "label_index"),
        ("feature_infos", _first("[1:"), "feature_infos"), ("objective", _first("multiclass num_class:900"), "objective"),
        ("objective", _first("binary\tx"), "control"), ("tree_sizes", _first("1000000000"), "tree_sizes"),
        ("monotone_constraints", _first("5"), "monotone"),
    ],
)  # fmt: skip
def test_a_field_that_would_crash_lightgbm_is_seen(
    key: str, change: Callable[[list[str]], list[str]], says: str
) -> None:
    kind = {"monotone_constraints": "monotone"}.get(key, "two")
    changed = _line(_text(kind), key, change)
    problem = text_problem(changed if key == "tree_sizes" else _resized(changed))
    assert problem
    assert re.search(says, problem), problem


@pytest.mark.parametrize(
    ("key", "change"),
    [
        ("num_features", _first("9")), ("num_features", _first("-1")), ("leaf_features", _first("77")),
        ("leaf_coeff", lambda w: [x for x in w if x][:-1]), ("leaf_const", lambda w: w[:-1]),
        ("leaf_const", _first("1e-400")), ("leaf_const", _first("1e-310")), ("leaf_const", _first("-1e400")),
        ("is_linear", _first("0")),
    ],
)  # fmt: skip
def test_linear_leaves_are_checked(key: str, change: Callable[[list[str]], list[str]]) -> None:
    head, first, *rest = _text("linear").split("\nTree=")  # the first tree of a linear model has constant leaves
    changed = _line(f"number={rest[0]}", key, change).removeprefix("number=")
    assert text_problem(_resized("\nTree=".join([head, first, changed, *rest[1:]])))


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("tree\n", "forest\n", "first line"), ("\n", "\r\n", "line endings"), ("end of trees", "end", "end of trees"),
        ("\nTree=1\n", "\nTree=7\n", "another number"), ("num_class=1\n", "num_class=1\nnum_class=1\n", "twice"),
        ("num_cat=1\n", "num_cat=1\nsecret=1\n", "no field"), ("num_class=1\n", "", "num_class is missing"),
        ("[boosting: gbdt]", "rm -rf", "no known kind"), ("pandas_categorical:[[", "pandas_categorical:[[[", "categories"),
        ("feature_infos=", "feature_info=", "no field"), ("leaf_value=", "leaf_value=1 ", "leaf_value"),
    ],
)  # fmt: skip
def test_a_text_of_another_form_is_refused(old: str, new: str, says: str) -> None:
    assert old in _text()
    problem = text_problem(_resized(_text().replace(old, new)) if "Tree" not in old else _text().replace(old, new))
    assert problem
    assert re.search(says, problem), problem


def test_categories_that_are_a_bomb_are_refused() -> None:
    nested = _text().rpartition("pandas_categorical:")[0] + "pandas_categorical:" + "[" * 100_000
    assert text_problem(nested) is not None
    assert text_problem(_text().replace('["u", "v"', '[{"u": 1}, "v"')) is not None


def test_a_tree_deeper_than_any_real_one_is_refused() -> None:
    nodes = MOST_DEEP + 2
    chain = {
        "num_leaves": str(nodes + 1), "num_cat": "0", "split_feature": "0 " * nodes, "threshold": "0 " * nodes,
        "decision_type": "2 " * nodes, "left_child": " ".join(str(i) for i in [*range(1, nodes), -1]),
        "right_child": " ".join(str(-i - 2) for i in range(nodes)), "leaf_value": "0 " * (nodes + 1),
    }  # fmt: skip
    body = "".join(f"{key}={value.strip()}\n" for key, value in chain.items())
    head, *_ = _text().split("\nTree=")
    tail = _text().partition("\nend of trees")[2]
    assert "deeper" in str(text_problem(_resized(f"{head}\nTree=0\n{body}\n\nend of trees{tail}")))


@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_a_mangled_text_is_answered_without_an_exception(data: st.DataObject) -> None:
    text = _text(data.draw(st.sampled_from(("two", "linear", "three"))))
    at = data.draw(st.integers(0, len(text) - 1))
    cut = data.draw(st.integers(0, 12))
    put = data.draw(st.text(max_size=6) | st.sampled_from(["-1", "99999999999", "nan", "\n", "=", " "]))
    problem = text_problem(_resized(text[:at] + put + text[at + cut :]) if "\nTree=" in text[:at] else text[:at] + put)
    assert problem is None or len(problem) < 200


@given(st.text())
def test_any_text_is_answered_without_an_exception(text: str) -> None:
    assert text_problem(text)


def test_a_malformed_file_is_refused_before_lightgbm_sees_it(tmp_path: Path) -> None:
    for name, data, error in (
        ("bad.txt", _line(_text(), "left_child", _first("1000000")).encode(), UnsafeModelError),
        ("words.txt", b"some words", ModelFileError), ("latin.txt", "tree\né".encode("latin-1"), ModelFileError),
        ("empty.txt", b"", ModelFileError),
    ):  # fmt: skip
        (tmp_path / name).write_bytes(data)
        with pytest.raises(error, match=name):
            read(tmp_path / name, trusted=Trusted(), argument="model")
