"""Fixtures: one JupyterLab and one Chromium for all browser tests, a fresh page for each."""

import os
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page

from tests.browser.harness import NO_BROWSER, Lab, find_browser, fresh_page, running_browser, running_lab


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
    with fresh_page(browser, lab, request.node.name) as page:
        yield page
