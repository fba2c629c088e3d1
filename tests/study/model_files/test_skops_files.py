"""Types in three bands, hostile archives and descriptions, and content that is checked before skops sees it."""

import io
import json
import os
import warnings
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import scipy.stats
import skops.io
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import RandomizedSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler
from sklearn.tree import DecisionTreeClassifier

import mlops_widgets as mw
from mlops_widgets.errors import UnsafeModelError
from mlops_widgets.study.model_files import skops_archive
from mlops_widgets.study.model_files.door import read_model
from mlops_widgets.study.model_files.skops_files import skops_problem

X, y = np.array([[0.0, 1.0], [1.0, 0.0], [2.0, 1.0], [3.0, 0.5]]), np.array([0, 1, 0, 1])
PLAIN = LogisticRegression().fit(X, y)
TREE = DecisionTreeClassifier(random_state=0).fit(X, y)

Schema = dict[str, Any]


def edited(
    model: Any, edit: Callable[[Schema], Any] = lambda _: None, files: Mapping[str, bytes] | None = None
) -> bytes:
    """Return the bytes of a saved model whose description was changed in place, and files added or replaced."""
    with zipfile.ZipFile(io.BytesIO(skops.io.dumps(model))) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    schema = json.loads(members["schema.json"])
    edit(schema)
    members |= {"schema.json": json.dumps(schema).encode(), **(files or {})}
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return out.getvalue()


def attributes(schema: Schema) -> Schema:
    found: Schema = schema["content"]["content"]
    return found


def node(loader: str, module: str, name: str, **more: Any) -> Schema:
    return {"__loader__": loader, "__module__": module, "__class__": name, **more}


def text(value: Any, **more: Any) -> Schema:
    return node("JsonNode", "builtins", "str", content=json.dumps(value), is_json=True, **more)


def many(loader: str, *items: Schema, **more: Any) -> Schema:
    kind = {"TupleNode": "tuple", "ListNode": "list"}[loader]
    return node(loader, "builtins", kind, content=list(items), **more)


def add(schema: Schema, extra: Schema) -> Schema:
    """Add one attribute to the outermost object and return the description."""
    attributes(schema)["extra"] = extra
    schema["content"]["key_types"]["content"].append(node("TypeNode", "builtins", "str"))
    return schema


def npy(array: Any) -> bytes:
    out = io.BytesIO()
    np.save(out, array)
    return out.getvalue()


def test_reviewed_types_load_without_trust() -> None:
    assert skops_problem(skops.io.dumps(TREE)) is None


def test_unknown_types_are_named_and_loaded_in_a_child_first_when_trusted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "my_steps.py").write_text(
        "from sklearn.base import BaseEstimator, TransformerMixin\n"
        "class Doubler(TransformerMixin, BaseEstimator):\n"
        "    def fit(self, X, y=None): return self\n"
        "    def transform(self, X): return 2 * X\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    from my_steps import Doubler  # type: ignore[import-not-found] # written above

    skops.io.dump(make_pipeline(Doubler(), LogisticRegression()).fit(X, y), tmp_path / "m.skops")
    with pytest.raises(UnsafeModelError, match=r"nobody has reviewed: my_steps.Doubler.*trust=\('my_steps.Doubler',\)"):
        read_model(tmp_path / "m.skops")
    with pytest.raises(UnsafeModelError, match=r"nobody has reviewed: my_steps.Doubler"):
        read_model(tmp_path / "m.skops", trust=("my_steps.Other", "pickle"))
    assert mw.load_model(tmp_path / "m.skops", trust="my_steps.Doubler").predict(X).shape == (4,)


def test_distributions_that_run_text_from_the_file_are_refused() -> None:
    search = RandomizedSearchCV(PLAIN, {"C": scipy.stats.loguniform(0.1, 1)}, n_iter=1, cv=2).fit(X, y)
    problem = skops_problem(skops.io.dumps(search))
    assert problem is not None
    assert "save search.best_estimator_" in problem
    assert skops_problem(skops.io.dumps(search.best_estimator_)) is None


HOSTILE: dict[str, Callable[[Schema], Any]] = {
    "function of the system": lambda s: add(s, node("FunctionNode", "os", "system")),
    "function by a reviewed loader": lambda s: add(s, node("TypeNode", "os", "system")),
    "call by reduce": lambda s: add(s, node("ConstructorFromReduceNode", "os", "system", content=many("TupleNode", text("true")))),
    "a reviewed type called with arguments": lambda s: add(
        s,
        node("ConstructorFromReduceNode", "lightgbm.basic", "Booster", content=many("TupleNode", text(None))),
    ),
    "a reviewed class called with arguments": lambda s: add(
        s, node("ConstructorFromReduceNode", "lightgbm.sklearn", "LGBMClassifier", content=many("TupleNode", text("x")))
    ),
    "a reviewed class in place of a tree": lambda s: add(s, node("TreeNode", "sklearn.neighbors._kd_tree", "KDTree")),
    "a reviewed function as a type": lambda s: add(s, node("TypeNode", "sklearn.metrics._classification", "accuracy_score")),
    "a reviewed class as a set": lambda s: add(s, node("SetNode", "sklearn.neighbors._kd_tree", "KDTree", content=[])),
    "a reviewed type as a list": lambda s: add(s, node("ListNode", "xgboost.core", "Booster", content=[])),
    "a reviewed type as an array": lambda s: add(
        s, node("NdArrayNode", "lightgbm.basic", "Booster", type="json", content=[], shape=many("TupleNode", text(0)))
    ),
    "a reviewed type as a loss": lambda s: add(
        s, node("LossNode", "xgboost.core", "Booster", content=many("TupleNode"), __reduce__={"args": many("TupleNode")})
    ),
    "a reviewed type that makes keys": lambda s: s["content"]["key_types"]["content"].append(
        node("TypeNode", "lightgbm.basic", "Booster")
    ),
    "partial of the system": lambda s: add(
        s,
        node(
            "PartialNode", "functools", "partial",
            content={"func": node("FunctionNode", "os", "system"), "args": many("TupleNode"), "kwds": text({}), "namespace": text(None)},
        ),
    ),
    "partial of a type that skops trusts": lambda s: add(
        s,
        node(
            "PartialNode", "functools", "partial",
            content={"func": node("TypeNode", "builtins", "map"), "args": many("TupleNode"), "kwds": text({}), "namespace": text(None)},
        ),
    ),
    "method by name": lambda s: add(
        s, node("MethodNode", "sklearn.tree._classes", "DecisionTreeClassifier",
                content={"func": "fit", "obj": node("ObjectNode", "sklearn.tree._classes", "DecisionTreeClassifier")})
    ),
    "method caller": lambda s: add(s, node("OperatorFuncNode", "operator", "methodcaller", attrs=many("TupleNode", text("fit")))),
    "distance that calls a function": lambda s: add(
        s, node("ObjectNode", "sklearn.metrics._dist_metrics", "PyFuncDistance64", content=many("TupleNode"))
    ),
    "callback that writes files": lambda s: add(s, node("ObjectNode", "xgboost.callback", "TrainingCheckPoint", content=text({}))),
    "types that it says are trusted": lambda s: (s.update(trusted=["os.system"]), add(s, node("FunctionNode", "os", "system"))),
    "bit generator by name": lambda s: add(
        s,
        node("RandomGeneratorNode", "numpy.random._generator", "Generator", content={
            "bit_generator": node("DictNode", "builtins", "dict", key_types=many("ListNode"), content={"bit_generator": text("seed")}),
            "seed_seq": text({}),
        }),
    ),
    "booster without text": lambda s: add(s, node("ObjectNode", "lightgbm.basic", "Booster")),
    "booster with a number for its text": lambda s: add(s, booster(text(12345))),
    "booster with a broken text": lambda s: add(s, booster(text("tree\nnum_class=99\n"))),
    "booster whose state is another": lambda s: (
        add(s, booster(text("tree"), __id__=77)),
        attributes(s).update({"coef_": booster(text("tree two"), __id__=77)["content"]}),
    ),
    "two objects under one identity": lambda s: (
        add(s, text("harmless", __id__=78)), attributes(s).update({"coef_": text("harmful", __id__=78)}),
    ),
    "a short file that unfolds without end": lambda s: add(s, doubled(40)),
    "the same without a loader": lambda s: add(s, referring(40)),
    "a reference to what was said elsewhere": lambda s: add(s, node("CachedNode", "builtins", "str", __id__=1)),
    "deep nesting": lambda s: add(s, nested(400)),
    "no loader": lambda s: add(s, node(None, "builtins", "str")),  # type: ignore[arg-type] # as a file may say
    "loader in a list": lambda s: add(s, node(["JsonNode"], "builtins", "str")),  # type: ignore[arg-type] # the same
    "a type whose name writes lines of its own": lambda s: add(s, node("FunctionNode", "evil\nAll is safe", "run")),
    "a type whose name turns its direction": lambda s: add(s, node("FunctionNode", "evil\u202e", "run")),
    "unknown loader": lambda s: add(s, node("EvalNode", "builtins", "str")),
    "identity in a list": lambda s: add(s, text("a", __id__=[1])),
    "protocol 0": lambda s: s.update(protocol=0),
    "protocol true": lambda s: s.update(protocol=True),
    "protocol of the future": lambda s: s.update(protocol=99),
    "file that is missing": lambda s: attributes(s)["coef_"].update(file="absent.npy"),
    "file that is a number": lambda s: attributes(s)["coef_"].update(file=7),
    "a list for an object": lambda s: s.update(content=[1, 2]),
}  # fmt: skip


def booster(handle: Schema, **more: Any) -> Schema:
    keys = many("ListNode", node("TypeNode", "builtins", "str"))
    state = node("DictNode", "builtins", "dict", key_types=keys, content={"_handle": handle}, **more)
    return node("ObjectNode", "lightgbm.basic", "Booster", content=state)


def doubled(times: int) -> Schema:
    found = many("ListNode", text(1), __id__=1000)
    for i in range(times):
        found = many(
            "ListNode", found, node("ListNode", "builtins", "list", content=[], __id__=1000 + i), __id__=1001 + i
        )
    return found


def referring(times: int) -> Schema:
    found = many("ListNode", text(1), __id__=1000)
    for i in range(times):
        found = many("ListNode", found, {"__id__": 1000 + i}, __id__=1001 + i)
    return found


def nested(times: int) -> Schema:
    found = text(1)
    for _ in range(times):
        found = many("ListNode", found)
    return found


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_description_is_refused(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    called: list[Any] = []
    monkeypatch.setattr(os, "system", called.append)
    data = edited(PLAIN, HOSTILE[name])
    problem = skops_problem(data)
    assert problem is not None
    assert len(problem) < 1000
    assert problem.isprintable()
    assert not called


@pytest.mark.parametrize(
    "change", [{"n_outputs": 2**20}, {"node_count": 2**40}, {"classes": np.array([2, 2])}, {"nodes": None}]
)
def test_a_tree_that_lies_about_its_size_is_refused_before_it_is_built(change: dict[str, Any]) -> None:
    def edit(schema: Schema) -> None:
        tree = attributes(schema)["tree_"]
        state, arguments = tree["content"]["content"], tree["__reduce__"]["args"]["content"]
        if "n_outputs" in change:
            arguments[2] = text(change["n_outputs"])
        if "node_count" in change:
            state["node_count"] = text(change["node_count"])
        if "classes" in change:
            arguments[1]["file"] = "classes.npy"
        if "nodes" in change:
            del state["nodes"]

    problem = skops_problem(edited(TREE, edit, {"classes.npy": npy(change.get("classes", y))}))
    assert problem is not None
    assert "Save it again from a sound model" in problem


def replaced_nodes(change: Callable[[Any], None]) -> bytes:
    nodes = TREE.tree_.__getstate__()["nodes"].copy()
    change(nodes)
    return edited(
        TREE,
        lambda s: attributes(s)["tree_"]["content"]["content"]["nodes"].update(file="bad.npy"),
        {"bad.npy": npy(nodes)},
    )


def test_a_malformed_tree_in_a_file_is_refused() -> None:
    assert skops_problem(replaced_nodes(lambda nodes: None)) is None
    problem = skops_problem(replaced_nodes(lambda nodes: nodes["left_child"].__setitem__(0, 2**40)))
    assert problem == (
        "file holds a malformed tree: a tree with a child that is out of range. Using it could crash Python. "
        "Save it again from a sound model."
    )


ARRAYS: dict[str, bytes] = {
    "pickled objects": b"\x93NUMPY\x01\x00" + (118).to_bytes(2, "little")
    + b"{'descr': '|O', 'fortran_order': False, 'shape': (1,), }".ljust(117) + b"\ncos\nsystem\n(S'true'\ntR.",
    "a size that isn't there": b"\x93NUMPY\x01\x00" + (118).to_bytes(2, "little")
    + b"{'descr': '<f8', 'fortran_order': False, 'shape': (1000000000000,), }".ljust(117) + b"\n" + bytes(8),
    "a pickle": b"\x80\x04cos\nsystem\n(S'true'\ntR.",
    "an archive": skops.io.dumps(1),
    "nothing": b"",
    "an unreadable header": b"\x93NUMPY\x01\x00\xff\xff{'descr'",
    "a future version": b"\x93NUMPY\x09\x00" + bytes(100),
}  # fmt: skip


@pytest.mark.parametrize("name", ARRAYS)
def test_an_array_that_is_none_is_refused(name: str) -> None:
    data = edited(PLAIN, lambda s: attributes(s)["coef_"].update(file="bad.npy"), {"bad.npy": ARRAYS[name]})
    assert skops_problem(data) is not None


def archive_of(members: list[tuple[str, bytes]]) -> bytes:
    out = io.BytesIO()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # zipfile warns of repeated names
        with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, data in members:
                archive.writestr(name, data)
    return out.getvalue()


@pytest.mark.parametrize(
    "members",
    [
        [], [("schema.json", b"")], [("schema.json", b"[]")], [("schema.json", b"nan")], [("schema.json", b"\xff")],
        [("schema.json", b"[" * 100_000)], [("schema.json", b'{"a":' * 100_000)], [("model.json", b"{}")],
        [("schema.json", b"{}"), ("schema.json", b"{}")], [("schema.json", b"{}"), ("../x", b"")],
        [("schema.json", b"{}"), ("/x", b"")], [("schema.json", b"{}"), ("a\\b", b"")],
    ],
)  # fmt: skip
def test_an_archive_that_skops_didnt_write_is_refused(members: list[tuple[str, bytes]]) -> None:
    assert skops_problem(archive_of(members)) is not None


def test_an_archive_that_unpacks_to_too_much_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    bomb = archive_of([("schema.json", b"{}"), ("a", bytes(2_000_000)), ("b", bytes(2_000_000))])
    assert len(bomb) < 10_000
    monkeypatch.setattr(skops_archive, "MOST_BYTES", 3_000_000)
    assert "would unpack to more than" in str(skops_problem(bomb))
    monkeypatch.setattr(skops_archive, "MOST_MEMBERS", 2)
    assert "the most that is read is 2" in str(skops_problem(bomb))
    monkeypatch.setattr(skops_archive, "MOST_SCHEMA_BYTES", 1)
    assert "describes its objects in" in str(skops_problem(archive_of([("schema.json", b"{}")])))


def test_an_archive_in_the_archive_counts_too(monkeypatch: pytest.MonkeyPatch) -> None:
    sparse = node("SparseMatrixNode", "scipy.sparse._csr", "csr_matrix", type="scipy", file="m.npz")
    data = edited(PLAIN, lambda s: add(s, sparse), {"m.npz": archive_of([("data.npy", npy(np.zeros(1_000_000)))])})
    monkeypatch.setattr(skops_archive, "MOST_BYTES", 3_000_000)
    assert "would unpack to more than" in str(skops_problem(data))


def test_a_member_that_is_encrypted_or_damaged_is_refused() -> None:
    data = bytearray(skops.io.dumps(PLAIN))
    start = data.rindex(b"PK\x01\x02")
    data[start + 8] |= 1  # of schema.json, the last: says that it is encrypted
    assert "is damaged" in str(skops_problem(bytes(data)))
    assert "no zip archive" in str(skops_problem(skops.io.dumps(PLAIN)[:-30]))


def test_functions_of_numpy_load_and_others_are_named() -> None:
    assert skops_problem(skops.io.dumps(make_pipeline(FunctionTransformer(np.log1p), PLAIN))) is None
    problem = skops_problem(skops.io.dumps(make_pipeline(FunctionTransformer(json.dumps), PLAIN)))
    assert "json.dumps" in str(problem)


def test_another_version_of_scikit_learn_is_noted(tmp_path: Path) -> None:
    data = edited(PLAIN, lambda s: attributes(s).update(_sklearn_version=text("1.3.2\x1b[2J\u202e")))
    (tmp_path / "old.skops").write_bytes(data)
    notes = read_model(tmp_path / "old.skops").notes
    assert len(notes) == 1
    assert "saved by scikit-learn 1.3.2\ufffd[2J\ufffd and is read by" in notes[0]
    with pytest.warns(UserWarning, match=r"scikit-learn 1\.3\.2"):
        mw.load_model(tmp_path / "old.skops")


def test_a_folder_named_in_the_file_is_left_out(tmp_path: Path) -> None:
    skops.io.dump(
        make_pipeline(StandardScaler(), LogisticRegression(), memory=str(tmp_path)).fit(X, y), tmp_path / "m.skops"
    )
    opened = read_model(tmp_path / "m.skops")
    assert opened.model.memory is None
    assert "memory= of Pipeline" in opened.notes[0]


def test_a_vectorizer_that_would_open_files_is_refused() -> None:
    vectorizer = CountVectorizer().fit(["some words"])
    assert skops_problem(skops.io.dumps(vectorizer)) is None
    problem = skops_problem(skops.io.dumps(vectorizer.set_params(input="filename")))
    assert "CountVectorizer with input='filename': it would open the files that cells of a table name" in str(problem)


def test_a_missing_package_is_named() -> None:
    data = edited(PLAIN, lambda s: s.update(__module__="sklearn.linear_model._gone"))
    problem = skops_problem(data)
    assert problem is not None
    assert "sklearn.linear_model._gone" in problem
