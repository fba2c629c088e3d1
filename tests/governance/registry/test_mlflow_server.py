"""Versions to and from a real MLflow server on sqlite, which runs in the validators' environment."""

import os
import signal
import socket
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from mlops_widgets.errors import InputError, ModelFileError, UnsafeModelError
from mlops_widgets.governance.registry.entries import ModelMetric
from mlops_widgets.governance.registry.mlflow_exchange import export_to_mlflow, import_from_mlflow
from mlops_widgets.governance.registry.registry import Registry
from tests.governance.registry.small_models import ADA, BO, promote, registry_in, rows, study

PROGRAM = Path(__file__).parents[3] / ".venv/validators/bin/mlflow"
pytestmark = pytest.mark.filterwarnings(
    "ignore::UserWarning:mlflow", "ignore::FutureWarning:mlflow", "ignore::DeprecationWarning:mlflow"
)
"""MLflow warns of its own types while it is imported."""
_READY = "Application startup complete"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Give the address of a server that ends with the tests of this module."""
    folder = tmp_path_factory.mktemp("server")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [
        str(PROGRAM), "server", "--backend-store-uri", f"sqlite:///{folder}/mlflow.db", "--artifacts-destination", str(folder / "artifacts"),
        "--host", "127.0.0.1", "--port", str(port), "--workers", "1",
    ]  # fmt: skip
    quiet = {**os.environ, "MLFLOW_DISABLE_TELEMETRY": "true", "DO_NOT_TRACK": "true"}
    process = subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
        cwd=folder,
        env=quiet,
    )
    ready, said = threading.Event(), list[str]()

    def listen() -> None:
        assert process.stdout is not None
        for line in process.stdout:
            said.append(line)
            if _READY in line:
                ready.set()
        ready.set()

    listener = threading.Thread(target=listen, daemon=True)
    listener.start()
    try:
        assert ready.wait(120), "".join(said)
        assert any(_READY in line for line in said), "".join(said)
        yield f"http://127.0.0.1:{port}"
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait(30)
        listener.join(5)
        if process.stdout is not None:
            process.stdout.close()


@pytest.fixture
def client(server: str) -> Any:
    from mlflow import MlflowClient

    return MlflowClient(tracking_uri=server, registry_uri=server)


def _filled(folder: Path) -> Registry:
    registry = Registry(folder)
    registry.register(
        name="loans",
        author=ADA,
        study=study(),
        tags={"team": "risk"},
        aliases=["champion"],
        note="The first <b>one</b>.",
    )
    registry.register(study(0.1).model.model, name="loans", author=ADA, metrics=[ModelMetric(name="auc", value=0.7)])  # type: ignore[attr-defined]  # an EstimatorPredictor
    promote(registry)
    return registry


def test_versions_metrics_aliases_and_tags_come_back_as_they_went(tmp_path: Path, server: str, client: Any) -> None:
    first = _filled(tmp_path / "first")
    sent = export_to_mlflow(first, "loans", tracking_uri=server)
    assert [(each.version, each.elsewhere, each.was_there) for each in sent] == [(1, 1, False), (2, 2, False)]
    assert client.get_registered_model("loans").aliases == {"production": "1", "champion": "1"}
    second = Registry(tmp_path / "second")
    assert [each.digest for each in import_from_mlflow(server, "loans", second, author=BO)] == [
        each.digest for each in sent
    ]
    for before, after in zip(first.versions("loans"), second.versions("loans"), strict=True):
        assert (after.digest, after.note, after.tags, after.author) == (before.digest, before.note, before.tags, BO)
        assert after.lineage["told by author"] == ADA
        for one, other in zip(before.metrics, after.metrics, strict=True):
            assert (one.name, one.table, one.n) == (other.name, other.table, other.n)
            assert np.allclose(
                [one.value, one.lower, one.upper],
                [other.value, other.lower, other.upper],
                rtol=0,
                atol=0,
                equal_nan=True,
            )
    assert second.versions("loans")[0].aliases == ("champion", "production")
    assert {each.stage for each in second.versions("loans")} == {"none"}, "an alias moves nothing"
    assert all(each.was_there for each in import_from_mlflow(server, "loans", second, author=BO))


def test_what_mlflow_reads_of_an_export_answers_as_the_version(server: str) -> None:
    import mlflow

    before = mlflow.get_tracking_uri()
    mlflow.set_tracking_uri(server)
    try:
        model = mlflow.sklearn.load_model("models:/loans/1")
        needed = Path(mlflow.artifacts.download_artifacts("models:/loans/1/requirements.txt")).read_text()
        described = mlflow.models.get_model_info("models:/loans/1")
    finally:
        mlflow.set_tracking_uri(before)
    frame = rows()[["a", "b"]]
    assert np.array_equal(model.predict_proba(frame), study().model.model.predict_proba(frame))  # type: ignore[attr-defined]  # an EstimatorPredictor
    assert "scikit-learn==" in needed
    assert "skops==" in needed
    assert described.signature.inputs.input_names() == ["a", "b"]
    assert described.flavors["sklearn"]["skops_trusted_types"] is None


def test_exporting_again_adds_nothing_and_moves_the_alias_with_the_stage(
    tmp_path: Path, server: str, client: Any
) -> None:
    registry = _filled(tmp_path)
    registry.demote("loans", 1, by=BO, reason="It errs.")
    assert all(each.was_there for each in export_to_mlflow(registry, "loans", tracking_uri=server, versions=[1]))
    assert client.get_registered_model("loans").aliases == {"champion": "1"}
    promote(registry, 2, 0.1, to="staging")
    export_to_mlflow(registry, "loans", tracking_uri=server)
    assert client.get_registered_model("loans").aliases == {"champion": "1", "staging": "2"}
    assert len(client.search_model_versions("name='loans'")) == 2


class Own(LogisticRegression):
    """A class that nobody has reviewed."""


def test_a_list_of_trusted_types_in_the_models_own_file_is_not_read(tmp_path: Path, server: str, client: Any) -> None:
    import mlflow

    name = f"{Own.__module__}.Own"
    before = mlflow.get_tracking_uri()
    mlflow.set_tracking_uri(server)
    try:
        with mlflow.start_run():
            mlflow.log_metric("auc", 0.75)
            mlflow.sklearn.log_model(
                Own().fit(rows()[["a", "b"]], rows().y), name="m", registered_model_name="theirs", serialization_format="skops",
                skops_trusted_types=[name], pip_requirements=["scikit-learn"],
            )  # fmt: skip
    finally:
        mlflow.set_tracking_uri(before)
    client.set_registered_model_alias("theirs", "production", "1")
    client.set_model_version_tag("theirs", "1", "team", "risk")
    registry = Registry(tmp_path)
    import_from_mlflow(server, "theirs", registry, author=ADA, called="own")
    told = registry.version("own", 1)
    assert (told.stage, told.aliases, told.tags["team"]) == ("none", ("production",), "risk")
    assert [(each.name, each.value) for each in told.metrics] == [("auc", 0.75)]
    with pytest.raises(UnsafeModelError):
        registry.load("own", 1)
    assert isinstance(registry.load("own", 1, trust=(name,)), Own)


def test_a_file_that_is_not_the_one_of_its_tag_is_refused(tmp_path: Path, server: str, client: Any) -> None:
    registry = Registry(tmp_path / "a")
    registry.register(LogisticRegression(C=7), name="swapped", author=ADA)
    export_to_mlflow(registry, "swapped", tracking_uri=server, pip_requirements=["scikit-learn"])
    client.set_model_version_tag("swapped", "1", "mlops_widgets.digest", "0" * 64)
    with pytest.raises(InputError, match="isn't the file that was exported"):
        import_from_mlflow(server, "swapped", Registry(tmp_path / "b"), author=BO)


def test_what_mlflow_has_no_flavor_for_or_does_not_know_is_said(
    tmp_path: Path, server: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    registry = registry_in(tmp_path, 1.0)
    path = tmp_path / "model.bin"
    path.write_bytes(b"x")
    registry.register(path, name="odd", author=ADA)
    with pytest.raises(InputError, match="no flavor"):
        export_to_mlflow(registry, "odd", tracking_uri=server)
    with pytest.raises(InputError, match="answers with an error"):
        import_from_mlflow(server, "nothing", registry, author=ADA)
    with pytest.raises(InputError, match="tracking_uri=''"):
        export_to_mlflow(registry, "loans", tracking_uri="")
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0")
    with pytest.raises(InputError, match="answers with an error"):
        import_from_mlflow("http://127.0.0.1:9", "loans", registry, author=ADA)


def test_a_model_file_outside_its_folder_is_not_read(tmp_path: Path) -> None:
    from mlops_widgets.study.model_files.mlflow_models import stored_file

    for stored, error in (("../../x.skops", UnsafeModelError), ("", ModelFileError)):
        (tmp_path / "MLmodel").write_text(f"flavors: {{sklearn: {{pickled_model: '{stored}'}}}}")
        with pytest.raises(error):
            stored_file(tmp_path)
