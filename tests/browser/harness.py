"""Real JupyterLab in a real Chromium: start both, open notebooks, run cells, look at what came out.

Cells are run by Lab's own commands, not by its menus: the menu lost cells when it was used before the kernel was ready.
"""

import json
import os
import re
import secrets
import shutil
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import nbformat
from playwright.sync_api import Browser, Page, Route, sync_playwright

from mlops_widgets.server import lab_environment

SHOTS = Path(__file__).parent / "shots"
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
NO_BROWSER = "No Chromium found. Install chromium, or name one: MLOPS_WIDGETS_BROWSER=/path/to/chrome"
CHROMIUM_OPTIONS = [
    "--no-sandbox",  # Chromium refuses to start as root with its sandbox; it opens nothing but our own server
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]

_OPEN = """async () => {
  const app = window.jupyterapp;
  await app.restored;
  for (let tries = 0; tries < 1200; tries++) {
    const panel = app.shell.currentWidget;
    if (panel && panel.content && panel.content.model && panel.context) {
      await panel.context.ready;
      await panel.context.sessionContext.ready;
      const kernel = panel.context.sessionContext.session && panel.context.sessionContext.session.kernel;
      if (kernel) {
        await kernel.info;
        if (kernel.connectionStatus === 'connected' && kernel.status === 'idle') return;
      }
    }
    await new Promise(done => setTimeout(done, 50));
  }
  throw new Error('no kernel became ready within a minute');
}"""
_CELLS = """() => window.jupyterapp.shell.currentWidget.content.widgets
  .filter(cell => cell.model.type === 'code')
  .map(cell => ({count: cell.model.executionCount, outputs: cell.model.sharedModel.outputs}))"""
_CELL = """index => {
  const cell = window.jupyterapp.shell.currentWidget.content.widgets[index];
  return {count: cell.model.executionCount, outputs: cell.model.sharedModel.outputs};
}"""
_SHOW_CELL = """async index => {
  const notebook = window.jupyterapp.shell.currentWidget.content;
  notebook.activeCellIndex = index;
  await notebook.scrollToItem(index, 'start');
}"""


@dataclass(frozen=True, kw_only=True)
class Lab:
    """A running JupyterLab.

    Parameters
    ----------
    url
        Its address without the token.
    token
        What to send with each request.
    root
        The folder that it shows.
    log
        The file with what it printed.
    """

    url: str
    token: str
    root: Path
    log: Path

    def request(self, path: str, *, method: str = "GET") -> Any:
        """Return the server's answer to a call of its REST API, or None where it has no body."""
        headers = {"Authorization": f"token {self.token}"}
        request = urllib.request.Request(f"{self.url}/api/{path}", method=method, headers=headers)  # noqa: S310
        with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310 - our own server
            body = answer.read()
        return json.loads(body) if body else None

    def write_notebook(self, name: str, cells: Sequence[str]) -> Path:
        """Write a notebook of code cells into the folder that JupyterLab shows."""
        notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
        notebook.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3", "language": "python"}
        nbformat.write(notebook, self.root / name)
        return self.root / name

    def shut_down_kernels(self) -> None:
        """End every kernel, as when a person comes back the next day."""
        for session in self.request("sessions"):
            self.request(f"sessions/{session['id']}", method="DELETE")


@dataclass(frozen=True, kw_only=True)
class Cell:
    """What a code cell shows after a run: its count (None: it didn't run) and its outputs, as in the file format."""

    count: int | None
    outputs: list[dict[str, Any]]

    @property
    def errors(self) -> list[str]:
        """What went wrong in the cell, one line an error."""
        return [f"{each['ename']}: {each['evalue']}" for each in self.outputs if each["output_type"] == "error"]


def find_browser() -> str | None:
    """Return the path of the machine's Chromium, or None."""
    named = os.environ.get("MLOPS_WIDGETS_BROWSER")
    names = (named,) if named else BROWSERS
    return next(filter(None, map(shutil.which, names)), None)


@contextmanager
def running_browser(path: str) -> Iterator[Browser]:
    """Start the Chromium at `path`, headless, and close it in the end."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=CHROMIUM_OPTIONS)
        yield browser
        browser.close()


@contextmanager
def running_lab(folder: Path, *, ours: bool = True, extra: Sequence[str] = ()) -> Iterator[Lab]:
    """Start JupyterLab with folders of its own, and end it in the end.

    Parameters
    ----------
    folder
        An empty folder: settings, logs and the notebooks go there.
    ours
        Whether it has the settings of our guide; without, it is as Jupyter ships it, but for calls to the outside.
    extra
        Further command line options.
    """
    root = folder / "root"
    root.mkdir()
    token = secrets.token_hex(16)
    log = folder / "lab.log"
    command = [sys.executable, "-P", "-m", "jupyterlab", "--no-browser", "--allow-root", "--ServerApp.ip=127.0.0.1"]
    command += ["--ServerApp.port=0", f"--IdentityProvider.token={token}", f"--ServerApp.root_dir={root}"]
    command += ["--LabApp.expose_app_in_browser=True", *extra]
    if not ours:
        command += ["--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate", "--LabApp.news_url=None"]
    with log.open("wb") as output:
        process = subprocess.Popen(
            command, env=environment(folder, ours=ours), stdout=output, stderr=subprocess.STDOUT, start_new_session=True
        )
    try:
        yield Lab(url=_wait_until_it_answers(process, folder, log), token=token, root=root, log=log)
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def environment(folder: Path, *, ours: bool = True) -> dict[str, str]:
    """Return the environment, with our guide's settings or without, and every folder that Jupyter writes to below `folder`."""
    own = {
        "JUPYTER_CONFIG_DIR": "config",
        "JUPYTER_DATA_DIR": "data",
        "JUPYTER_RUNTIME_DIR": "runtime",
        "JUPYTERLAB_SETTINGS_DIR": "settings",
        "JUPYTERLAB_WORKSPACES_DIR": "workspaces",
        "IPYTHONDIR": "ipython",
    }
    return {**(lab_environment() if ours else os.environ), **{name: str(folder / place) for name, place in own.items()}}


def _wait_until_it_answers(process: "subprocess.Popen[bytes]", folder: Path, log: Path) -> str:
    """Return the server's address once it answers; it chose its port itself and wrote it into its runtime folder."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and process.poll() is None:
        for info in (folder / "runtime").glob("jpserver-*.json"):
            url = f"http://127.0.0.1:{_port(info)}"
            if _answers(url):
                return url
        time.sleep(0.1)  # the server says nothing when it is ready: polling is all there is
    raise RuntimeError(f"JupyterLab didn't start:\n{log.read_text(errors='replace')[-3000:]}")


def _port(info: Path) -> int:
    try:
        return int(json.loads(info.read_text())["port"])
    except ValueError:  # half written
        return 0


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(f"{url}/login", timeout=2):  # noqa: S310 - our own server
            return True
    except urllib.error.HTTPError:
        return True
    except OSError:
        return False


@contextmanager
def fresh_page(browser: Browser, lab: Lab, name: str) -> Iterator[Page]:
    """Open a page for a test; in the end shoot it as `name`, end all kernels, and see that no request left this machine."""
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    context.set_default_timeout(20_000)
    outside: list[str] = []

    def refuse(route: Route) -> None:
        outside.append(route.request.url)
        route.abort()

    context.route(lambda url: urlsplit(url).hostname not in {None, "127.0.0.1"}, refuse)
    page = context.new_page()
    yield page
    shoot(page, name)
    context.close()
    lab.shut_down_kernels()
    assert outside == []


def open_notebook(page: Page, lab: Lab, name: str, *, reset: bool = True) -> None:
    """Open the notebook `name` alone on the page and wait until its kernel is ready.

    Parameters
    ----------
    page, lab
        The fixtures.
    name
        Path of the notebook below `lab.root`.
    reset
        Whether to forget the layout of the workspace; without it Lab may show what it showed before.
    """
    page.goto(f"{lab.url}/doc/tree/{name}?token={lab.token}{'&reset' if reset else ''}")
    page.wait_for_function("() => window.jupyterapp !== undefined", timeout=60_000)
    page.evaluate(_OPEN)


def run_all(page: Page) -> list[Cell]:
    """Run all cells of the open notebook and return its code cells when all have run, or one has failed."""
    run_command(page, "notebook:run-all-cells")
    return cells(page)


def cells(page: Page) -> list[Cell]:
    """Return the code cells of the open notebook as they are now."""
    return [Cell(**each) for each in page.evaluate(_CELLS)]


def number_of_cells(page: Page) -> int:
    """Return how many cells of any kind the open notebook has."""
    count: int = page.evaluate("() => window.jupyterapp.shell.currentWidget.content.widgets.length")
    return count


def run_cell(page: Page, index: int) -> Cell:
    """Run one cell (of any kind, from 0) and return it."""
    page.evaluate("index => { window.jupyterapp.shell.currentWidget.content.activeCellIndex = index; }", index)
    run_command(page, "notebook:run-cell")
    cell = page.evaluate(_CELL, index)
    return Cell(**cell)


def run_command(page: Page, command: str, **options: Any) -> None:
    """Run a command of Lab, such as `docmanager:save` or `notebook:run-cell`, and wait until it is done."""
    run = "async ([command, options]) => { await window.jupyterapp.commands.execute(command, options); }"
    page.evaluate(run, [command, options])


def save(page: Page) -> None:
    """Save the open notebook."""
    run_command(page, "docmanager:save")


def use_theme(page: Page, *, dark: bool) -> None:
    """Switch Lab to its dark or light theme and wait until it shows."""
    run_command(page, "apputils:change-theme", theme="JupyterLab Dark" if dark else "JupyterLab Light")
    page.wait_for_selector(f"body[data-jp-theme-light='{str(not dark).lower()}']", state="attached")


def show_cell(page: Page, index: int) -> None:
    """Scroll to a cell (of any kind, from 0): Lab draws only the cells near what is on the screen."""
    page.evaluate(_SHOW_CELL, index)


def shoot(page: Page, name: str, *, whole: bool = False) -> Path:
    """Save what the window shows, or the whole page, as `shots/<name>.png`, for a person to look at."""
    SHOTS.mkdir(exist_ok=True)
    path = SHOTS / f"{re.sub(r'[^a-zA-Z0-9]+', '_', name).strip('_')}.png"
    page.screenshot(path=path, full_page=whole)
    return path
