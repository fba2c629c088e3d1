"""Fixtures: one JupyterLab and one Chromium for all browser tests, a fresh page for each."""

import os
import re
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page, Route

from tests.browser.harness import NO_BROWSER, Lab, find_browser, running_browser, running_lab, shoot


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Return the machine's Chromium. Where there is none, tests fail in CI and are skipped elsewhere, saying why."""
    path = find_browser()
    if path is None:
        if os.environ.get("CI") == "true":
            pytest.fail(NO_BROWSER)
        pytest.skip(NO_BROWSER)
    with running_browser(path) as browser:
        yield browser


@pytest.fixture(scope="session")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """Return a running JupyterLab with an empty folder."""
    with running_lab(tmp_path_factory.mktemp("lab")) as lab:
        yield lab


@pytest.fixture
def page(browser: Browser, lab: Lab, request: pytest.FixtureRequest) -> Iterator[Page]:
    """Return a fresh page; afterwards a picture is saved, kernels end, and no request may have left this machine."""
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    context.set_default_timeout(20_000)
    outside: list[str] = []

    def refuse(route: Route) -> None:
        outside.append(route.request.url)
        route.abort()

    context.route(lambda url: urlsplit(url).hostname not in {None, "127.0.0.1"}, refuse)
    page = context.new_page()
    yield page
    shoot(page, re.sub(r"\W+", "_", request.node.name).strip("_"))
    context.close()
    lab.shut_down_kernels()
    assert outside == []
