import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest
from jupyter_server.services.kernels.websocket import KernelWebsocketHandler

from mlops_widgets.errors import InputError
from mlops_widgets.report.notebooks import find_notebooks
from mlops_widgets.server import (
    START_NOTEBOOK,
    NoDelayConnection,
    _jupyter_server_extension_points,
    _load_jupyter_server_extension,
    guide_command,
    lab_environment,
    prepare_workspace,
)

ROOT = Path(__file__).parents[1]


@pytest.fixture
def source(tmp_path: Path) -> Path:
    folder = tmp_path / "shipped"
    folder.mkdir()
    (folder / "01_overfitting.ipynb").write_text("first")
    return folder


def contents(folder: Path) -> dict[str, str]:
    return {path.name: path.read_text() for path in folder.glob("*.ipynb")}


def test_a_workspace_holds_a_copy_of_each_shipped_notebook(tmp_path: Path) -> None:
    folder = prepare_workspace(tmp_path / "deep" / "workspace")
    assert sorted(contents(folder)) == sorted(path.name for path in find_notebooks().glob("*.ipynb"))
    assert (folder / START_NOTEBOOK).read_bytes() == (find_notebooks() / START_NOTEBOOK).read_bytes()


def test_an_untouched_copy_is_brought_up_to_date(tmp_path: Path, source: Path) -> None:
    folder = prepare_workspace(tmp_path / "workspace", source=source)
    (source / "01_overfitting.ipynb").write_text("second")
    prepare_workspace(folder, source=source)
    assert contents(folder) == {"01_overfitting.ipynb": "second"}


def test_a_changed_copy_stays_as_it_is(tmp_path: Path, source: Path) -> None:
    folder = prepare_workspace(tmp_path / "workspace", source=source)
    (folder / "01_overfitting.ipynb").write_text("mine")
    prepare_workspace(folder, source=source)
    assert contents(folder) == {"01_overfitting.ipynb": "mine"}


def test_a_new_version_is_put_beside_a_changed_copy_once(tmp_path: Path, source: Path) -> None:
    folder = prepare_workspace(tmp_path / "workspace", source=source)
    (folder / "01_overfitting.ipynb").write_text("mine")
    (source / "01_overfitting.ipynb").write_text("second")
    for _ in range(2):
        prepare_workspace(folder, source=source)
    assert contents(folder) == {"01_overfitting.ipynb": "mine", "01_overfitting.new.ipynb": "second"}


def test_a_changed_new_version_stays_too(tmp_path: Path, source: Path) -> None:
    folder = prepare_workspace(tmp_path / "workspace", source=source)
    (folder / "01_overfitting.ipynb").write_text("mine")
    (source / "01_overfitting.ipynb").write_text("second")
    prepare_workspace(folder, source=source)
    (folder / "01_overfitting.new.ipynb").write_text("mine too")
    (source / "01_overfitting.ipynb").write_text("third")
    prepare_workspace(folder, source=source)
    assert contents(folder) == {
        "01_overfitting.ipynb": "mine",
        "01_overfitting.new.ipynb": "mine too",
        "01_overfitting.new-2.ipynb": "third",
    }


def test_an_untouched_new_version_gives_way_to_a_newer_one(tmp_path: Path, source: Path) -> None:
    folder = prepare_workspace(tmp_path / "workspace", source=source)
    (folder / "01_overfitting.ipynb").write_text("mine")
    for version in ("second", "third"):
        (source / "01_overfitting.ipynb").write_text(version)
        prepare_workspace(folder, source=source)
    assert contents(folder) == {"01_overfitting.ipynb": "mine", "01_overfitting.new.ipynb": "third"}


@pytest.mark.parametrize("record", ["{half", "[]", '"text"'])
def test_without_a_readable_record_a_file_of_that_name_is_taken_for_its_owners(
    tmp_path: Path, source: Path, record: str
) -> None:
    (tmp_path / "01_overfitting.ipynb").write_text("mine")
    (tmp_path / ".mlops-widgets.json").write_text(record)
    prepare_workspace(tmp_path, source=source)
    assert contents(tmp_path) == {"01_overfitting.ipynb": "mine", "01_overfitting.new.ipynb": "first"}


def test_a_deleted_copy_comes_back(tmp_path: Path, source: Path) -> None:
    folder = prepare_workspace(tmp_path / "workspace", source=source)
    (folder / "01_overfitting.ipynb").unlink()
    prepare_workspace(folder, source=source)
    assert contents(folder) == {"01_overfitting.ipynb": "first"}


def test_a_link_in_the_workspace_is_never_written_through(tmp_path: Path, source: Path) -> None:
    outside = tmp_path / "outside.txt"
    outside.write_text("first")  # the same content as the notebook: nothing would be lost by replacing the link
    folder = tmp_path / "workspace"
    folder.mkdir()
    (folder / "01_overfitting.ipynb").symlink_to(outside)
    prepare_workspace(folder, source=source)
    (source / "01_overfitting.ipynb").write_text("second")
    prepare_workspace(folder, source=source)
    assert outside.read_text() == "first"
    assert contents(folder) == {"01_overfitting.ipynb": "second"}


def test_a_file_is_no_workspace(tmp_path: Path) -> None:
    path = tmp_path / "notes.txt"
    path.touch()
    with pytest.raises(InputError, match=r"notes\.txt.* is a file\. Name a folder"):
        prepare_workspace(path)


def test_the_guide_opens_at_the_first_notebook_and_shows_only_the_workspace(tmp_path: Path) -> None:
    command = guide_command(tmp_path, browser=False, extra=["--ServerApp.port=0"])
    assert command[:4] == [sys.executable, "-P", "-m", "jupyterlab"]
    assert "--Application.log_level=WARN" in command
    assert f"--ServerApp.root_dir={tmp_path}" in command
    assert "--LabApp.default_url=/lab/tree/00_start_here.ipynb" in command
    assert command[-1] == "--ServerApp.port=0"
    assert "--no-browser" in command
    assert "--no-browser" not in guide_command(tmp_path)


def test_our_settings_come_before_those_that_are_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JUPYTER_CONFIG_PATH", "theirs")
    ours, theirs = lab_environment()["JUPYTER_CONFIG_PATH"].split(os.pathsep)
    settings = json.loads((Path(ours) / "jupyter_server_config.json").read_text())
    assert settings["ServerApp"]["kernel_websocket_connection_class"] == "mlops_widgets.server.NoDelayConnection"
    assert theirs == "theirs"


class FakeServer:
    """As much of a ServerApp as an extension is given."""

    connection_url = "http://localhost:8888/"

    def __init__(self, *, generated: bool) -> None:
        self.identity_provider = SimpleNamespace(token="secret", token_generated=generated)
        self.waiting: list[Callable[[], None]] = []
        self.io_loop = SimpleNamespace(add_callback=self.waiting.append)


@pytest.mark.parametrize(("generated", "address"), [(True, "8888/?token=secret (Ctrl"), (False, "8888/ (Ctrl")])
def test_the_address_is_one_line_said_once_the_server_listens(
    generated: bool, address: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert _jupyter_server_extension_points() == [{"module": "mlops_widgets.server"}]
    server = FakeServer(generated=generated)
    _load_jupyter_server_extension(server)
    assert capsys.readouterr().out == ""
    assert not server.identity_provider.token_generated  # else the server says the same in six lines
    for call in server.waiting:
        call()
    (line,) = capsys.readouterr().out.splitlines()
    assert address in line


def test_opening_the_guide_becomes_jupyterlab_and_runs_nothing_from_the_current_folder(tmp_path: Path) -> None:
    (tmp_path / "jupyterlab.py").write_text("raise SystemExit('the wrong one ran')")
    program = "from pathlib import Path; from mlops_widgets.server import open_guide; "
    program += "open_guide(Path('workspace'), browser=False, extra=['--version'])"
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, "-P", "-c", program],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.strip()[0].isdigit()
    assert (tmp_path / "workspace" / START_NOTEBOOK).exists()


class Handler(KernelWebsocketHandler):
    """A websocket handler without a connection, which ends the test once it was told."""

    def __init__(self) -> None:
        self.nodelay: bool | None = None

    def set_nodelay(self, value: bool) -> None:
        self.nodelay = value
        raise ConnectionAbortedError


def test_connecting_switches_the_delay_of_small_messages_off() -> None:
    handler = Handler()
    with pytest.raises(ConnectionAbortedError):
        NoDelayConnection(websocket_handler=handler).connect()
    assert handler.nodelay is True
