"""MLflow's folders and addresses: read by our own doors, with the same refusals."""

import json
import pickle
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from mlops_widgets.errors import ModelFileError, UnsafeModelError
from mlops_widgets.study.loading import load_study
from mlops_widgets.study.model_files.door import read_model
from mlops_widgets.study.model_files.mlflow_models import MOST_BYTES, read_mlmodel, run_tables, signature_columns
from tests.boosters import features, lightgbm_booster, onnx_bytes, rows

SIGNATURE = json.dumps([{"type": "double", "name": name, "required": True} for name in ("b", "d")])


def _folder(path: Path, flavors: dict[str, Any], **more: Any) -> Path:
    path.mkdir(exist_ok=True)
    (path / "MLmodel").write_text(yaml.safe_dump({"flavors": flavors, **more}))
    return path


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """A tracking store in files, the one form that the slim package has without a database."""
    monkeypatch.setenv("MLFLOW_ALLOW_FILE_STORE", "true")
    import mlflow

    before = mlflow.get_tracking_uri()
    mlflow.set_tracking_uri((tmp_path / "runs").as_uri())
    yield mlflow
    mlflow.set_tracking_uri(before)


# One child process: the trial of the model in the folder.


def test_a_folder_is_read_by_the_models_own_door_and_its_signature_names_the_columns(tmp_path: Path) -> None:
    folder = _folder(tmp_path / "m", {"onnx": {"data": "model.onnx"}}, signature={"inputs": SIGNATURE})
    (folder / "model.onnx").write_bytes(onnx_bytes("forest"))
    test = features()[["d", "a", "b"]].assign(y=rows()["two"].map({0: "no", 1: "yes"}))
    study = load_study(model=folder, test=test, target="y")
    assert study.roles.features == ("b", "d")
    by_position = load_study(model=study.model.model.native.model, test=test[["b", "d", "y"]], target="y")  # type: ignore[attr-defined]
    scores = study.model.scores(study.need("test"))
    assert_allclose(scores, by_position.model.scores(by_position.need("test")))


def test_a_pickle_in_a_folder_is_refused_whatever_the_folder_says(tmp_path: Path) -> None:
    trusting = {"pickled_model": "model.skops", "serialization_format": "skops", "skops_trusted_types": ["os.system"]}
    folder = _folder(tmp_path / "m", {"sklearn": trusting})
    (folder / "model.skops").write_bytes(pickle.dumps({"a": 1}))
    with pytest.raises(UnsafeModelError):
        read_model(folder)


@pytest.mark.parametrize(
    "stored", ["../outside.txt", "/etc/hostname", "C:\\model.txt", "link.txt", "sub/../../outside.txt"]
)
def test_a_file_outside_the_folder_is_refused(tmp_path: Path, stored: str) -> None:
    folder = _folder(tmp_path / "m", {"lightgbm": {"data": stored}})
    (tmp_path / "outside.txt").write_text(lightgbm_booster().model_to_string())
    (folder / "link.txt").symlink_to(tmp_path / "outside.txt")
    with pytest.raises(UnsafeModelError, match="outside its folder"):
        read_model(folder)


def test_an_mlmodel_that_leads_out_of_its_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").write_text("flavors: {}")
    (tmp_path / "m").mkdir()
    (tmp_path / "m" / "MLmodel").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(UnsafeModelError, match="outside its folder"):
        read_model(tmp_path / "m")


@pytest.mark.parametrize(
    ("flavors", "says"),
    [
        ({"python_function": {"loader_module": "evil"}}, "by running its"), ({}, "by running its"),
        ({"sklearn": {}}, "names no file"), ({"xgboost": {"data": 3}}, "names no file"),
        ({"sklearn": {"pickled_model": "gone.skops"}}, "no such file"), ({"sklearn": {"pickled_model": "m.exe"}}, "isn't known"),
        ({"lightgbm": {"data": "\0"}}, "can't be followed"),
    ],
)  # fmt: skip
def test_a_folder_without_a_model_that_can_be_read_is_refused(
    tmp_path: Path, flavors: dict[str, Any], says: str
) -> None:
    folder = _folder(tmp_path / "m", flavors)
    (folder / "m.exe").write_bytes(b"MZ" + bytes(40))
    with pytest.raises(ModelFileError, match=says):
        read_model(folder)


MERGES = b"a: &a {x: 1}\nb: &b\n  <<: [*a, *a]\nflavors:\n  <<: [*b, *b]\n"
"""Twice as much in each line: forty lines would fill the memory."""


@pytest.mark.parametrize(
    "data",
    [b"a: [", b"1", b"flavors: 3", b"flavors: {a: 1}", b"a: 2020-99-99", b"!!python/object/apply:os.system [ls]",
     b"#" * (MOST_BYTES + 1), b"\xff\xfe", b"!!int ''", b"!!timestamp x", b"a: 1" + b":59" * 1000 + b".0", MERGES],
)  # fmt: skip
def test_an_mlmodel_of_another_form_is_refused(data: bytes) -> None:
    with pytest.raises(ModelFileError, match="MLmodel"):
        read_mlmodel(data)


@settings(max_examples=50)
@given(st.binary(max_size=200) | st.text(max_size=200).map(lambda text: text.encode(errors="replace")))
def test_any_bytes_as_mlmodel_are_answered(data: bytes) -> None:
    with suppress(ModelFileError):
        assert isinstance(read_mlmodel(data)["flavors"], dict)


def test_what_a_signature_says_is_taken_only_where_it_names_columns() -> None:
    tensor = json.dumps([{"type": "tensor", "tensor-spec": {"dtype": "float64", "shape": [-1, 4]}}])
    optional = json.dumps([{"type": "long", "name": "a", "required": False}, {"type": "long", "name": "b"}])
    assert signature_columns({"signature": {"inputs": SIGNATURE}}) == (("b", "d"), ())
    columns, notes = signature_columns({"signature": {"inputs": optional}})
    assert columns == ("a", "b")
    assert "may be missing: a" in notes[0]
    for inputs in (tensor, "[", "{}", "3", '[{"name": 1}]', '[{"name": "a"}, {"name": "a"}]', None):
        assert signature_columns({"signature": {"inputs": inputs}}) == ((), ())
    assert signature_columns({}) == ((), ())


@settings(max_examples=40, deadline=None)
@given(st.recursive(st.none() | st.text() | st.integers(), lambda one: st.lists(one) | st.dictionaries(st.text(), one)))
def test_any_signature_is_answered(signature: Any) -> None:
    columns, _ = signature_columns({"signature": {"inputs": json.dumps(signature)}})
    assert isinstance(columns, tuple)


# ---- addresses


@pytest.mark.filterwarnings("ignore::UserWarning", "ignore::DeprecationWarning")  # MLflow's own, of its sources
def test_the_tables_that_a_run_logged_are_found_by_their_context(tmp_path: Path, store: Any) -> None:
    frame = pd.DataFrame({"a": np.arange(3.0)})
    (tmp_path / "train.csv").write_text(frame.to_csv(index=False))
    with store.start_run() as run:
        for context, source in (("training", str(tmp_path / "train.csv")), ("", str(tmp_path / "train.csv")),
                                ("eval", str(tmp_path / "gone.csv")), ("validation", None)):  # fmt: skip
            store.log_input(store.data.from_pandas(frame, source=source, name=f"table {context}"), context=context)
        frame.to_csv(tmp_path / "held.csv", index=False)
        store.log_artifact(tmp_path / "held.csv")
        held = store.data.from_pandas(frame, source=f"{run.info.artifact_uri}/held.csv")
        store.log_input(held, context="testing")
    found = run_tables(f"runs:/{run.info.run_id}/model", into=tmp_path)
    assert found["reference"] == tmp_path / "train.csv"
    assert found["test"].name == "held.csv"
    assert found["test"].is_file()
    assert run_tables("mlflow-artifacts:/x", into=tmp_path) == {}


def test_an_address_that_leads_nowhere_says_so(tmp_path: Path, store: Any) -> None:
    with pytest.raises(ModelFileError, match="MLflow can't fetch it"):
        read_model("runs:/0123456789abcdef0123456789abcdef/model")
    with pytest.raises(ModelFileError, match="can't find its run"):
        run_tables("runs:/0123456789abcdef0123456789abcdef/model", into=tmp_path)


def test_a_model_of_a_run_is_fetched_and_refused_as_any_other(tmp_path: Path, store: Any) -> None:
    folder = _folder(tmp_path / "m", {"sklearn": {"pickled_model": "model.pkl"}})
    (folder / "model.pkl").write_bytes(pickle.dumps({"a": 1}))
    with store.start_run() as run:
        store.log_artifacts(folder, artifact_path="model")
    with pytest.raises(UnsafeModelError):
        read_model(f"runs:/{run.info.run_id}/model")


@pytest.mark.filterwarnings("ignore::UserWarning", "ignore::DeprecationWarning")  # MLflow's own, of its sources
def test_the_address_of_a_model_is_enough_where_its_run_logged_its_tables(tmp_path: Path, store: Any) -> None:
    import skops.io
    from sklearn.linear_model import LogisticRegression

    x = features()[["b", "d"]]
    model = LogisticRegression().fit(x, rows()["two"])
    described = {"pickled_model": "model.skops", "serialization_format": "skops"}
    skops.io.dump(model, _folder(tmp_path / "m", {"sklearn": described}) / "model.skops")
    table = x.assign(y=rows()["two"])
    with store.start_run() as run:
        store.log_artifacts(tmp_path / "m", artifact_path="model")
        for context in ("training", "test"):
            table.to_csv(tmp_path / f"{context}.csv", index=False)
            source = str(tmp_path / f"{context}.csv")
            store.log_input(store.data.from_pandas(table, source=source, name=context), context=context)
    study = load_study(model=f"runs:/{run.info.run_id}/model", target="y")
    assert_allclose(study.model.probabilities(study.need("test")), model.predict_proba(x)[:, 1])
    assert set(study.tables) == {"reference", "test"}
    assert "Tables are those that the model's MLflow run logged: reference, test." in study.notes
