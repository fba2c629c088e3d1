"""Files in the libraries' own forms: what is read predicts what was saved, what is malformed is refused."""

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from mlops_widgets.errors import ModelFileError, UnsafeModelError
from mlops_widgets.study.loading import load_study
from mlops_widgets.study.model_files.catboost_files import cbm_problem
from mlops_widgets.study.model_files.door import read_model
from mlops_widgets.study.model_files.onnx_files import session_of
from mlops_widgets.study.model_files.onnx_graph import onnx_problem
from mlops_widgets.study.model_files.packages import needs
from tests.boosters import catboost_model, features, lightgbm_booster, onnx_bytes, rows


def _table(*, words: bool = False) -> Any:
    """Return the rows as a file would give them: the category is plain text."""
    frame = features().assign(c=features()["c"].astype(str), y=rows()["two"])
    return frame.assign(y=frame["y"].map({0: "no", 1: "yes"})) if words else frame


def _study(path: Path, *, words: bool = False, **more: Any) -> Any:
    return load_study(model=str(path), test=_table(words=words), target="y", **more)


# Each of these four starts a child process: the file's trial.


def test_a_lightgbm_text_predicts_what_the_saved_booster_does(tmp_path: Path) -> None:
    booster = lightgbm_booster()
    booster.save_model(tmp_path / "model.txt")
    study = _study(tmp_path / "model.txt")
    assert_allclose(study.model.probabilities(study.need("test")), booster.predict(features()), atol=1e-6)
    assert study.roles.features == ("a", "b", "c", "d")
    assert "refit" not in study.model.can


def test_an_xgboost_file_predicts_what_the_saved_estimator_does(tmp_path: Path) -> None:
    import xgboost

    settings = {"n_estimators": 30, "max_depth": 3, "n_jobs": 1, "early_stopping_rounds": 2, "enable_categorical": True}
    half = features().index % 2 == 0
    model = xgboost.XGBClassifier(**settings).fit(
        features()[half], rows()["two"][half], eval_set=[(features()[~half], rows()["two"][~half])], verbose=False
    )
    model.save_model(tmp_path / "model.ubj")
    study = _study(tmp_path / "model.ubj")
    expected = model.predict_proba(features())[:, 1]
    assert_allclose(study.model.probabilities(study.need("test")), expected, atol=1e-6)
    assert any("stopped early" in note for note in study.notes) == (model.best_iteration + 1 < 30)


def test_a_catboost_file_knows_its_labels_and_writes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    model = catboost_model()
    model.save_model("model.cbm")
    study = _study(tmp_path / "model.cbm", words=True)
    x = features().assign(c=features()["c"].astype(str))
    assert_allclose(study.model.probabilities(study.need("test")), model.predict_proba(x)[:, 1], atol=1e-6)
    assert study.outcome.classes == ("no", "yes")
    assert [found.name for found in tmp_path.iterdir()] == ["model.cbm"]


def test_an_onnx_file_with_one_input_a_column_knows_their_names(tmp_path: Path) -> None:
    (tmp_path / "model.onnx").write_bytes(onnx_bytes("columns"))
    study = _study(tmp_path / "model.onnx", words=True)
    assert study.roles.features == ("b", "c")
    session = session_of(onnx_bytes("columns"), argument="model")
    table = _table()
    feed = {"b": table[["b"]].to_numpy(dtype=np.float32), "c": table[["c"]].to_numpy(dtype=object)}
    labels, shares = session.run(None, feed)
    assert_allclose(study.model.probabilities(study.need("test")), [row["yes"] for row in shares], atol=1e-6)
    assert np.array_equal(study.model.predictions(study.need("test")), labels == "yes")


def test_a_digest_that_is_not_the_files_is_refused(tmp_path: Path) -> None:
    lightgbm_booster().save_model(tmp_path / "model.txt")
    with pytest.raises(UnsafeModelError, match="isn't the file that trust= names"):
        read_model(tmp_path / "model.txt", trust=f"sha256:{'0' * 64}")


# ---- CatBoost


@pytest.mark.parametrize(
    ("name", "data", "error"),
    [
        ("other.cbm", b"{}" + bytes(60), ModelFileError), ("short.cbm", b"CBM1", UnsafeModelError),
        ("size.cbm", b"CBM1\xff\xff\xff\x7f" + bytes(60), UnsafeModelError),
        ("root.cbm", b"CBM1\x20\x00\x00\x00\xff\xff\xff\x00" + bytes(60), UnsafeModelError),
    ],
)  # fmt: skip
def test_a_catboost_file_whose_sizes_lie_is_refused(
    tmp_path: Path, name: str, data: bytes, error: type[Exception]
) -> None:
    (tmp_path / name).write_bytes(data)
    with pytest.raises(error, match=name):
        read_model(tmp_path / name)


@given(st.binary())
def test_any_bytes_are_no_catboost_model(data: bytes) -> None:
    assert cbm_problem(data)


# ---- ONNX


def _changed(change: Any, kind: str = "forest") -> bytes:
    import onnx

    model = onnx.load_from_string(onnx_bytes(kind))
    change(model)
    return bytes(model.SerializeToString())


def _external(model: Any) -> None:
    tensor = model.graph.initializer.add(name="w", data_type=1, dims=[1], data_location=1)
    tensor.external_data.add(key="location", value="../../etc/passwd")


def _external_in_an_attribute(model: Any) -> None:
    node = model.graph.node.add(op_type="Constant", output=["w"])
    attribute = node.attribute.add(name="value", type=4)
    attribute.t.external_data.add(key="location", value="/etc/passwd")


def _custom(model: Any) -> None:
    model.graph.node.add(op_type="Anything", domain="my.lib", output=["w"])


def _custom_in_a_branch(model: Any) -> None:
    branch = model.graph.node.add(op_type="If", output=["w"]).attribute.add(name="then_branch", type=5)
    branch.g.node.add(op_type="Anything", domain="my.lib")


def _no_graph(model: Any) -> None:
    model.ClearField("graph")


@pytest.mark.parametrize(
    ("change", "error", "says"),
    [
        (_external, UnsafeModelError, "other files"), (_external_in_an_attribute, UnsafeModelError, "other files"),
        (_custom, UnsafeModelError, "my.lib"), (_custom_in_a_branch, UnsafeModelError, "my.lib"),
        (_no_graph, ModelFileError, "no graph"),
    ],
)  # fmt: skip
def test_an_onnx_file_that_asks_for_more_than_itself_is_refused(
    tmp_path: Path, change: Any, error: type[Exception], says: str
) -> None:
    (tmp_path / "m.onnx").write_bytes(_changed(change))
    with pytest.raises(error, match=says):
        read_model(tmp_path / "m.onnx")


@pytest.mark.parametrize("kind", ["forest", "plain", "number", "columns"])
def test_sound_graphs_ask_for_nothing(kind: str) -> None:
    assert onnx_problem(onnx_bytes(kind)) is None


def test_a_tree_node_out_of_range_is_refused_by_onnxruntime() -> None:
    def far(model: Any) -> None:
        node = next(node for node in model.graph.node if node.op_type.startswith("TreeEnsemble"))
        next(one for one in node.attribute if one.name == "nodes_truenodeids").ints[0] = 10**6

    with pytest.raises(ModelFileError, match="onnxruntime"):
        session_of(_changed(far), argument="model")


def test_a_function_of_the_files_own_is_no_unknown_operator() -> None:
    def own(model: Any) -> None:
        function = model.functions.add(name="F", domain="mine")
        function.node.add(op_type="Identity", input=["x"], output=["y"])
        model.graph.node.add(op_type="F", domain="mine", input=["X"], output=["z"])

    assert onnx_problem(_changed(own)) is None


@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_mangled_graphs_are_answered_without_an_exception(data: st.DataObject) -> None:
    raw = bytearray(onnx_bytes("plain"))
    at = data.draw(st.integers(0, len(raw) - 1))
    raw[at : at + data.draw(st.integers(0, 3))] = data.draw(st.binary(max_size=4))
    problem = onnx_problem(bytes(raw))
    assert problem is None or len(problem) < 200


@given(st.binary())
def test_any_bytes_are_answered_without_an_exception(data: bytes) -> None:
    assert onnx_problem(data)


def test_messages_nested_too_deep_are_refused() -> None:
    data = b""
    for _ in range(400):  # graph in attribute in node in graph …
        for tag in (b"\x32", b"\x2a", b"\x0a"):
            size, length = len(data), b""
            while size > 127:
                length, size = length + bytes([size & 127 | 128]), size >> 7
            data = tag + length + bytes([size]) + data
    size, length = len(data), b""
    while size > 127:
        length, size = length + bytes([size & 127 | 128]), size >> 7
    assert onnx_problem(b"\x3a" + length + bytes([size]) + data) == "its messages are nested too deep"


def test_a_missing_package_is_named_with_its_extra() -> None:
    with (
        pytest.raises(ModelFileError, match=re.escape('pip install "mlops-widgets[onnx]"')),
        needs("onnxruntime", extra="onnx", argument="model"),
    ):
        raise ImportError("No module named 'onnxruntime'")


def test_a_catboost_file_brings_the_settings_that_a_refit_needs_and_none_that_names_a_file(tmp_path: Path) -> None:
    from catboost import CatBoostClassifier

    x, y = np.arange(40.0).reshape(20, 2), np.arange(20) % 2
    made = CatBoostClassifier(iterations=3, depth=2, verbose=0, train_dir=str(tmp_path / "logs"), thread_count=1).fit(
        x, y
    )
    made.save_model(str(tmp_path / "m.cbm"))
    opened = read_model(tmp_path / "m.cbm").model
    assert opened.get_params() == {"iterations": 3, "depth": 2, "loss_function": "Logloss"}
