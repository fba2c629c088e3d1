"""Boosters, CatBoost objects and ONNX sessions as live models: their own answers through the Study's Predictor."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from mlops_widgets.errors import InputError
from mlops_widgets.study.faces.catboost_face import quiet
from mlops_widgets.study.loading import load_study
from mlops_widgets.study.model_columns import as_called_in, own_columns
from mlops_widgets.study.native_models import with_sklearn_face
from tests.boosters import catboost_model, features, lightgbm_booster, onnx_bytes, rows, xgboost_booster


def _study(model: Any, target: str, *, table: pd.DataFrame | None = None, **more: Any) -> Any:
    x = features() if table is None else table
    return load_study(model=model, test=x.assign(y=rows()[target].to_numpy()), target="y", **more)


def _answers(study: Any) -> Any:
    table = study.need("test")
    return study.model.scores(table) if "scores" in study.model.can else study.model.predictions(table)


@pytest.mark.parametrize(
    ("kind", "target", "can"),
    [
        ("two", "two", {"predict", "scores", "probabilities"}), ("three", "three", {"predict", "scores", "probabilities"}),
        ("number", "number", {"predict"}), ("linear", "number", {"predict"}), ("rank", "two", {"scores"}),
        ("dart", "two", {"predict", "scores", "probabilities"}), ("rf", "two", {"predict", "scores", "probabilities"}),
    ],
)  # fmt: skip
def test_a_lightgbm_booster_answers_as_by_itself(kind: str, target: str, can: set[str]) -> None:
    study = _study(lightgbm_booster(kind), target)
    assert_allclose(_answers(study), lightgbm_booster(kind).predict(features()), atol=1e-12)
    assert study.model.can == can
    assert study.model.name == "the LightGBM Booster"


@pytest.mark.parametrize(
    ("kind", "target", "can"),
    [
        ("two", "two", {"predict", "scores", "probabilities"}), ("three", "three", {"predict", "scores", "probabilities"}),
        ("number", "number", {"predict"}), ("dart", "two", {"predict", "scores", "probabilities"}),
        ("margin", "two", {"predict", "scores"}),
    ],
)  # fmt: skip
def test_an_xgboost_booster_answers_as_by_itself(kind: str, target: str, can: set[str]) -> None:
    import xgboost

    booster = xgboost_booster(kind)
    study = _study(booster, target)
    matrix = xgboost.DMatrix(features()[list(booster.feature_names)], enable_categorical=True)
    assert_allclose(_answers(study), booster.predict(matrix), atol=1e-6)
    assert study.model.can == can


def test_softmax_codes_become_the_probabilities_behind_them() -> None:
    soft, codes = (_study(xgboost_booster(kind), "three") for kind in ("three", "softmax"))
    assert_allclose(_answers(codes), _answers(soft), atol=1e-6)
    assert np.array_equal(codes.model.predictions(codes.need("test")), _answers(codes).argmax(axis=1))


@pytest.mark.parametrize("kind", ["two", "number"])
def test_a_plain_catboost_object_answers_as_its_estimator(kind: str) -> None:
    import catboost

    model = catboost_model(kind)
    plain = catboost.CatBoost()
    plain.load_model(blob=model._serialize_model())
    table = features().assign(c=features()["c"].astype(str))
    test = table.assign(y=rows()[kind].map({0: "no", 1: "yes"}) if kind == "two" else rows()[kind])
    one, other = (load_study(model=m, test=test, target="y") for m in (plain, model))
    assert_allclose(_answers(one), _answers(other), atol=1e-9)
    assert one.outcome.classes == other.outcome.classes
    assert one.roles.features == ("a", "b", "c", "d")
    assert np.array_equal(one.model.predictions(one.need("test")), other.model.predictions(other.need("test")))


@pytest.mark.parametrize(("kind", "target"), [("forest", "words"), ("plain", "two"), ("number", "number")])
def test_an_onnx_session_answers_as_by_itself(kind: str, target: str) -> None:
    import onnx
    import onnxruntime

    session = onnxruntime.InferenceSession(onnx_bytes(kind), providers=["CPUExecutionProvider"])
    block = features()[["b", "d"]]
    labels = rows()["two"].map({0: "no", 1: "yes"}) if target == "words" else rows()[target]
    expected = session.run(None, {"X": block.to_numpy(dtype=np.float32)})[-1]
    if kind == "forest":
        expected = np.array([row["yes"] for row in expected])
    expected = expected[:, 1] if kind == "plain" else np.ravel(expected)
    for model in (session, onnx.load_from_string(onnx_bytes(kind))):
        study = load_study(model=model, test=block.assign(y=labels), target="y")
        assert_allclose(_answers(study), expected, atol=1e-6)
        assert study.model.name == "the ONNX model"


# ---- classes without names


def test_classes_without_names_are_the_sorted_labels_and_a_note_says_so() -> None:
    words = features().assign(y=rows()["three"].map({0: "low", 1: "mid", 2: "top"}))
    study = load_study(model=lightgbm_booster("three"), test=words, target="y")
    assert study.outcome.classes == ("low", "mid", "top")
    assert any("0 to 2 are taken as low, mid, top" in note for note in study.notes)
    assert not any("taken as" in note for note in _study(lightgbm_booster("three"), "three").notes)
    by_number = _study(lightgbm_booster("three"), "three")
    assert study.measure(study.need("test")).score == by_number.measure(by_number.need("test")).score
    assert study.model.model.predict(features())[0] in {"low", "mid", "top"}  # type: ignore[attr-defined]


def test_a_class_that_no_row_holds_is_known_by_its_number() -> None:
    some = rows()["three"].to_numpy() < 2
    test = features()[some].assign(y=rows()["three"][some])
    study = load_study(model=lightgbm_booster("three"), test=test, target="y")
    assert study.outcome.classes == (0, 1, 2)


def test_another_number_of_labels_than_classes_is_refused() -> None:
    with pytest.raises(InputError, match="3 classes without names; target='y' has 2 labels"):
        load_study(model=xgboost_booster("three"), test=features().assign(y=rows()["two"].map(str)), target="y")


def test_a_regression_on_two_labels_ranks_them() -> None:
    study = _study(lightgbm_booster("number"), "two", task="binary")
    expected = roc_auc_score(rows()["two"], lightgbm_booster("number").predict(features()))
    assert_allclose(study.measure(study.need("test")).score, expected)


def test_several_targets_at_once_are_refused() -> None:
    with pytest.raises(InputError, match="2 targets at once"):
        with_sklearn_face(xgboost_booster("vector"))


def test_an_onnx_input_that_is_no_table_is_refused() -> None:
    import onnx
    import onnxruntime
    from onnx import TensorProto, helper

    def session(shape: list[int], kind: int = TensorProto.FLOAT, *, inputs: int = 1) -> Any:
        names = [f"x{i}" for i in range(inputs)]
        nodes = [helper.make_node("Identity", [name], [f"{name}_out"]) for name in names]
        graph = helper.make_graph(
            nodes, "g", [helper.make_tensor_value_info(name, kind, shape) for name in names],
            [helper.make_tensor_value_info(f"{name}_out", kind, shape) for name in names],
        )  # fmt: skip
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
        onnx.checker.check_model(model)
        return onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])

    for wrong, says in (
        (session([1, 3, 8]), "Two dimensions"), (session([1, 3], inputs=2), "isn't one column"),
        (session([1, 3], TensorProto.INT8), "of type tensor"),
    ):  # fmt: skip
        with pytest.raises(InputError, match=says):
            with_sklearn_face(wrong)


# ---- columns


def test_columns_are_found_by_name_where_the_library_reads_them_by_position() -> None:
    turned = features()[["d", "a", "c", "b"]]
    booster = lightgbm_booster("two")
    y = rows()["two"]
    naive = booster.predict(turned)
    ours = _study(booster, "two", table=turned)
    assert_allclose(_answers(ours), booster.predict(features()))
    assert roc_auc_score(y, naive) < roc_auc_score(y, _answers(ours)) - 0.1


def test_names_that_lightgbm_wrote_with_underscores_are_found() -> None:
    import lightgbm

    spaced = features()[["a", "b"]].set_axis(["my a", "my b"], axis=1)
    told = {"verbose": -1, "objective": "binary", "num_threads": 1}
    booster = lightgbm.train(told, lightgbm.Dataset(spaced, rows()["two"]), 2)
    assert own_columns(booster) == ("my_a", "my_b")
    study = load_study(model=booster, test=spaced.assign(y=rows()["two"]), target="y")
    assert study.roles.features == ("my a", "my b")
    assert as_called_in(("x",), ["y"]) == ("x",)


def test_a_model_of_an_array_knows_no_names() -> None:
    import lightgbm

    block = features()[["a", "b"]].to_numpy()
    model = lightgbm.LGBMClassifier(n_estimators=2, verbose=-1, n_jobs=1).fit(block, rows()["two"])
    assert own_columns(model) == ()
    assert own_columns(model.booster_) == ()
    study = load_study(model=model, test=features()[["a", "b"]].assign(y=rows()["two"]), target="y")
    assert_allclose(_answers(study), np.asarray(model.booster_.predict(block)))


def test_estimators_of_scikit_learn_stay_as_they_are() -> None:
    model = catboost_model()
    assert with_sklearn_face(model) is model
    assert with_sklearn_face(len) is len
    assert repr(with_sklearn_face(lightgbm_booster())) == "<the LightGBM Booster, 4 columns>"


def test_a_challenger_may_be_of_another_library() -> None:
    study = _study(lightgbm_booster("two"), "two", challenger=xgboost_booster("two"))
    assert study.challenger is not None
    assert study.challenger.name == "the XGBoost Booster"
    assert study.measure(study.need("test"), model=study.challenger).score > 0.8


# ---- MLflow's wrapper


def test_mlflows_wrapper_is_opened_where_it_holds_a_model() -> None:
    class PyFuncModel:
        def __init__(self, inside: Any) -> None:
            self.inside = inside

        def get_raw_model(self) -> Any:
            if self.inside is None:
                raise NotImplementedError
            return self.inside

        def predict(self, frame: Any) -> Any:
            return frame["b"]

    PyFuncModel.__module__ = "mlflow.pyfunc"
    face: Any = with_sklearn_face(PyFuncModel(lightgbm_booster()))
    assert face.native.model is lightgbm_booster()
    alone = PyFuncModel(None)
    assert with_sklearn_face(alone) == alone.predict


@pytest.mark.parametrize("inside", ["alone", "pipeline", "search"])
def test_refits_of_catboost_leave_no_files_and_print_nothing(
    inside: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    from catboost import CatBoostClassifier

    x = rows()[["b", "d"]]
    own: Any = CatBoostClassifier(iterations=2, depth=2, thread_count=1)
    own = own if inside == "alone" else make_pipeline(StandardScaler(), own)
    own = GridSearchCV(own, {"catboostclassifier__depth": [1]}, cv=2) if inside == "search" else own
    monkeypatch.chdir(tmp_path)
    study = load_study(model=own.fit(x, rows()["two"]), reference=(x, rows()["two"]), test=(x, rows()["two"]))
    (tmp_path / "refits").mkdir()
    monkeypatch.chdir(tmp_path / "refits")
    capfd.readouterr()
    study.model.refit(study.need("reference"))
    assert (list(Path().iterdir()), capfd.readouterr()) == ([], ("", ""))


def test_refits_of_catboost_keep_what_its_owner_said_of_printing() -> None:
    from catboost import CatBoostRegressor

    assert "verbose" not in quiet(CatBoostRegressor(logging_level="Silent")).get_params()
