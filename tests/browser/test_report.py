"""A report, opened as a file where there is no network."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from mlops_widgets.report.site import write_report
from tests.browser.harness import shoot
from tests.browser.views import expect_sliders_to_work, scrolls_sideways, shown, sticking_out

pytestmark = pytest.mark.browser

MOST_BYTES = 3_000_000
_LOUD = {"error", "warning"}


@dataclass(frozen=True)
class Opened:
    """A page from a file, with what it asked for and what it complained about."""

    page: Page
    asked: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)

    def assert_alone(self) -> None:
        """Nothing but the file itself was asked for, and nothing went wrong."""
        assert [url for url in self.asked if not url.startswith(("file:", "blob:file:", "blob:null", "data:"))] == []
        assert [url for url in self.asked if url.startswith("file:")] == self.asked[:1]
        assert self.complaints == []


@contextmanager
def opened(browser: Browser, path: Path, *, name: str, scripts: bool = True, width: int = 1100) -> Iterator[Opened]:
    """Open a file with the network off; in the end its picture is saved."""
    context = browser.new_context(offline=True, java_script_enabled=scripts, viewport={"width": width, "height": 900})
    context.set_default_timeout(20_000)
    found = Opened(context.new_page())
    found.page.on("request", lambda request: found.asked.append(request.url))
    found.page.on("pageerror", lambda error: found.complaints.append(str(error)))
    found.page.on("console", lambda line: found.complaints.append(line.text) if line.type in _LOUD else None)
    found.page.goto(path.as_uri())
    try:
        yield found
    finally:
        shoot(found.page, name, whole=True)
        context.close()


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the page of chapter 1 on loans."""
    return next(path for path in write_report("loans", out=tmp_path_factory.mktemp("report")) if path.suffix == ".html")


def test_a_report_works_offline_and_asks_for_nothing(browser: Browser, report: Path) -> None:
    assert report.stat().st_size <= MOST_BYTES
    with opened(browser, report, name="report") as it:
        expect(shown(it.page, ".mw-output")).to_have_count(28)
        expect(it.page.locator(".mw-output:not([data-mw-on])")).to_have_count(0)
        expect_sliders_to_work(it.page.locator(".mw-card:has(.mw-tournament)").first)
        it.page.get_by_text("Numbers").first.click()
        it.assert_alone()


def test_a_report_without_javascript_shows_pictures_and_words(browser: Browser, report: Path) -> None:
    with opened(browser, report, name="report without javascript", scripts=False) as it:
        pictures = it.page.locator("figure img")
        assert pictures.count() >= 28
        for picture in pictures.all():
            expect(picture).to_be_visible()
            assert str(picture.get_attribute("alt")).strip()
        expect(
            it.page.get_by_alt_text("The winner of 200 models, each trained on 400 rows, scored").first
        ).to_be_visible()
        expect(it.page.get_by_role("heading", name="Takeaways")).to_be_visible()
        it.assert_alone()


def test_a_report_fits_a_narrow_window(browser: Browser, report: Path) -> None:
    with opened(browser, report, name="report narrow", width=380) as it:
        expect(it.page.locator(".mw-output[data-mw-on]").last).to_be_attached()
        assert not scrolls_sideways(it.page)
        assert [out for root in shown(it.page, ".mw").all() for out in sticking_out(root)] == []
