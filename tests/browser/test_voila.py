"""The first chapter as Voilà shows it: without code, live, for somebody who doesn't know Jupyter."""

import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, Route, expect

from mlops_widgets.report.notebooks import find_notebooks
from tests.browser.harness import environment, shoot
from tests.browser.views import card, shown

pytestmark = pytest.mark.browser

_READY = "is running at"
_ICONS = re.compile(r"/npm/@fortawesome/fontawesome-free@[^/]+/css/[\w-]+\.min\.css")
"""What Voilà's own page template asks for, wherever it is opened: two style sheets with icons that we don't use."""


@contextmanager
def running_voila(folder: Path, notebook: Path) -> Iterator[str]:
    """Show a notebook in Voilà, with folders of its own, and yield its address."""
    log = folder / "voila.log"
    port = _free_port()
    command = [sys.executable, "-P", "-m", "voila", str(notebook), "--no-browser", f"--port={port}"]
    with log.open("wb") as output:
        process = subprocess.Popen(
            command,
            env=environment(folder),
            cwd=folder,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        _wait_until_ready(process, log)
        yield f"http://127.0.0.1:{port}/"
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def _free_port() -> int:
    """Return a port that was free just now: Voilà doesn't say which one it chose itself."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port: int = taken.getsockname()[1]
    return port


def _wait_until_ready(process: "subprocess.Popen[bytes]", log: Path) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and process.poll() is None:
        if _READY in log.read_text(errors="replace"):
            return
        time.sleep(0.1)  # it says so on its standard error: polling is all there is
    raise RuntimeError(f"Voilà didn't start:\n{log.read_text(errors='replace')[-3000:]}")


@pytest.fixture
def page(browser: Browser, tmp_path: Path) -> Iterator[Page]:
    """Return a page with chapter 0 in Voilà; afterwards nothing may have gone wrong in it or left this machine."""
    notebook = tmp_path / "00_start_here.ipynb"
    text = (find_notebooks() / notebook.name).read_text()
    notebook.write_text(text.replace("budget_seconds = 60", "budget_seconds = 1"))  # what is measured isn't the point
    outside: list[str] = []
    wrong: list[str] = []

    def refuse(route: Route) -> None:
        if not _ICONS.fullmatch(urlsplit(route.request.url).path):
            outside.append(route.request.url)
        route.fulfill(body="", content_type="text/css")

    def note(message: ConsoleMessage) -> None:
        if message.type == "error":
            wrong.append(message.text)

    with running_voila(tmp_path, notebook) as address:
        context = browser.new_context(viewport={"width": 1280, "height": 900})
        context.set_default_timeout(60_000)
        context.route(lambda url: urlsplit(url).hostname not in {None, "127.0.0.1", "localhost"}, refuse)
        page = context.new_page()
        page.on("console", note)
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.goto(address)
        yield page
        shoot(page, "voila", whole=True)
        context.close()
    assert outside == []
    assert wrong == []


def test_a_chapter_is_live_in_voila(page: Page) -> None:
    expect(card(page, "Which study do you want to look at?")).to_have_count(1)
    expect(shown(page, ".mw-live")).to_have_count(2)  # the form and the questions
    shoot(page, "voila_top")
    question = page.get_by_label("Do you know how long after a prediction you learn whether it was right?").filter(
        visible=True
    )
    question.select_option("no")
    shown(page, ".mw-job").filter(has=question).get_by_role("button", name="Run").click()
    expect(page.get_by_text("Open chapter 2 first").filter(visible=True).first).to_be_visible()
    expect(page.locator("pre.traceback, .jp-OutputArea-output[data-mime-type*=stderr]")).to_have_count(0)
    expect(page.get_by_text("import mlops_widgets").filter(visible=True)).to_have_count(1)  # the one in the prose
