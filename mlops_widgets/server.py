"""How this project starts JupyterLab: on copies of its notebooks, with a fast websocket, without calls to the outside.

The websocket class is opt-in for any Jupyter server:
`jupyter lab --ServerApp.kernel_websocket_connection_class=mlops_widgets.server.NoDelayConnection`.
"""

import json
import os
import sys
from collections.abc import Iterator, Sequence
from hashlib import sha256
from itertools import count
from pathlib import Path
from typing import Any

from jupyter_server.services.kernels.connection.channels import ZMQChannelsWebsocketConnection

from mlops_widgets.core.result import write_atomically
from mlops_widgets.errors import InputError
from mlops_widgets.report.notebooks import find_notebooks

START_NOTEBOOK = "00_start_here.ipynb"
_RECORD = ".mlops-widgets.json"


class NoDelayConnection(ZMQChannelsWebsocketConnection):
    """A kernel's websocket that sends small messages at once (TCP_NODELAY).

    Tornado leaves Nagle's algorithm on; together with the browser's delayed acknowledgement it holds back each of a
    widget's small messages for about 40 ms.
    """

    def connect(self) -> Any:  # noqa: ANN401 - a future or None, by the version of jupyter_server
        """Switch Nagle's algorithm off, then connect as usual."""
        self.websocket_handler.set_nodelay(True)
        return super().connect()


def lab_environment() -> dict[str, str]:
    """Return the environment in which JupyterLab shows the guide: this process's own and our settings first.

    `lab_config/` holds them: fast websocket, room for uploads, and no news, no check for updates and no browsing of
    extensions, each of which would call the outside. Options on the command line win over them.

    Examples
    --------
    >>> Path(lab_environment()["JUPYTER_CONFIG_PATH"].split(os.pathsep)[0]).name
    'lab_config'
    """
    own = str(Path(__file__).parent / "lab_config")
    others = os.environ.get("JUPYTER_CONFIG_PATH")
    return {**os.environ, "JUPYTER_CONFIG_PATH": os.pathsep.join([own, others] if others else [own])}


def prepare_workspace(folder: Path, *, source: Path | None = None) -> Path:
    """Copy the notebooks to `folder` without touching a copy that its owner changed.

    A copy that is still as it was shipped is brought up to date. One that was changed, or run and saved, stays; when
    the shipped notebook has changed since that copy was made, the new one is put beside it as `<name>.new.ipynb`.
    A notebook that its owner deleted comes back.

    Parameters
    ----------
    folder
        Where to work; made if it doesn't exist.
    source
        Folder of the notebooks; by default those of this installation.

    Returns
    -------
    Path
        The absolute path of `folder`.

    Raises
    ------
    InputError
        If `folder` is a file.
    """
    folder = folder.expanduser().absolute()
    if folder.exists() and not folder.is_dir():
        raise InputError(f"folder={str(folder)!r} is a file. Name a folder, or a name that doesn't exist yet.")
    folder.mkdir(parents=True, exist_ok=True)
    shipped = _read_record(folder)
    for notebook in sorted((source or find_notebooks()).glob("*.ipynb")):
        _bring(notebook, folder, shipped)
    write_atomically(folder / _RECORD, json.dumps(shipped, indent=2, sort_keys=True).encode())
    return folder


def guide_command(folder: Path, *, browser: bool = True, extra: Sequence[str] = ()) -> list[str]:
    """Return the command that opens the guide in JupyterLab.

    Parameters
    ----------
    folder
        A folder made by `prepare_workspace`; JupyterLab shows nothing above it.
    browser
        Whether to open a browser window; the address is printed in any case.
    extra
        Further options for JupyterLab.
    """
    options = [
        f"--ServerApp.root_dir={folder}",
        f"--LabApp.default_url=/lab/tree/{START_NOTEBOOK}",
        "--Application.log_level=WARN",  # else 25 lines about extensions stand around the address
    ]
    if not browser:
        options.append("--no-browser")
    if _is_root():
        options.append("--allow-root")  # as in a container; the server still listens on this machine only, with a token
    # -P: a file named jupyterlab.py in the current folder must not run in the place of JupyterLab
    return [sys.executable, "-P", "-m", "jupyterlab", *options, *extra]


def open_guide(folder: Path, *, browser: bool = True, extra: Sequence[str] = ()) -> None:
    """Copy the notebooks to `folder` and become JupyterLab there, opened at the first notebook; doesn't return.

    Parameters
    ----------
    folder, browser, extra
        As in `prepare_workspace` and `guide_command`.
    """
    command = guide_command(prepare_workspace(folder), browser=browser, extra=extra)
    # A list, no shell; JupyterLab gets our terminal, signals and exit code.
    os.execve(command[0], command, lab_environment())  # noqa: S606


def _jupyter_server_extension_points() -> list[dict[str, str]]:
    """Tell Jupyter's server that this module has something to load; `lab_config/` asks for it."""
    return [{"module": "mlops_widgets.server"}]


def _load_jupyter_server_extension(server: Any) -> None:  # noqa: ANN401 - a ServerApp, whose class takes long to load
    """Say the guide's address in one line, once the server listens, in the place of the server's own six."""
    provider = server.identity_provider
    token = provider.token if provider.token_generated else ""  # one that somebody chose is theirs to know
    provider.token_generated = False
    server.io_loop.add_callback(lambda: print(banner(server.connection_url, token), flush=True))  # noqa: T201


def banner(address: str, token: str) -> str:
    """Return the line that says where the guide is.

    Examples
    --------
    >>> banner("http://localhost:8888/", "abc")
    'The guide is at http://localhost:8888/?token=abc (Ctrl-C ends it)'
    """
    return f"The guide is at {address}{f'?token={token}' if token else ''} (Ctrl-C ends it)"


def _is_root() -> bool:
    return hasattr(os, "geteuid") and os.geteuid() == 0


def _bring(notebook: Path, folder: Path, shipped: dict[str, str]) -> None:
    """Put `notebook` into `folder` where that loses nothing, and note in `shipped` what was put there."""
    content = notebook.read_bytes()
    digest = _digest(content)
    if shipped.get(notebook.name) == digest and (folder / notebook.name).exists():
        return  # whatever its owner made of it, it was made of this version
    target = next(path for path in _names(folder / notebook.name) if _is_ours(path, shipped, digest))
    write_atomically(target, content)
    shipped[notebook.name] = shipped[target.name] = digest


def _names(path: Path) -> Iterator[Path]:
    yield path
    yield path.with_suffix(".new.ipynb")
    for number in count(2):
        yield path.with_suffix(f".new-{number}.ipynb")


def _is_ours(path: Path, shipped: dict[str, str], digest: str) -> bool:
    """Whether writing to `path` loses nothing: it is free, as it was put there, or already what is to be put."""
    return not path.exists() or _digest(path.read_bytes()) in {shipped.get(path.name), digest}


def _digest(content: bytes) -> str:
    return sha256(content).hexdigest()


def _read_record(folder: Path) -> dict[str, str]:
    """Return name → digest of what was put into `folder`; empty where the record is missing or can't be read."""
    try:
        record = json.loads((folder / _RECORD).read_bytes())
    except (OSError, ValueError):
        return {}
    return {str(name): str(digest) for name, digest in record.items()} if isinstance(record, dict) else {}
