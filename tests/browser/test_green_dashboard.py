"""The green dashboard in an exported page: months play, policies redraw the money, without a kernel and by keyboard."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from mlops_widgets.lifecycle import GreenDashboardResult, run_green_dashboard
from tests.browser.harness import shoot
from tests.browser.views import move, scrolls_sideways, shown, sticking_out, tab_to

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def result() -> GreenDashboardResult:
    """Return a few small desks."""
    found = run_green_dashboard(desks=3, rows=12_000)
    assert isinstance(found, GreenDashboardResult)
    return found


@pytest.fixture(scope="module")
def saved(result: GreenDashboardResult, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the exported page."""
    return result.save(tmp_path_factory.mktemp("dashboard") / "dashboard.html")


@pytest.fixture(params=[(900, "light"), (380, "dark")], ids=["wide", "narrow and dark"])
def page(browser: Browser, saved: Path, request: pytest.FixtureRequest) -> Iterator[Page]:
    """Return the page without a network and without motion; it may ask for nothing and complain of nothing."""
    width, scheme = request.param
    context = browser.new_context(
        viewport={"width": width, "height": 1000}, color_scheme=scheme, offline=True, reduced_motion="reduce"
    )
    page = context.new_page()
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("request", lambda asked: complaints.append(asked.url) if asked.url.startswith("http") else None)
    page.goto(saved.as_uri())
    yield page
    assert complaints == []
    context.close()


def test_the_first_frame_shows_the_bad_case(page: Page, result: GreenDashboardResult) -> None:
    expect(shown(page, ".mw-head")).to_have_text(result.headline)
    expect(page.get_by_role("button", name="never", exact=True)).to_have_attribute("aria-pressed", "true")
    newest = float(result.policy_auc[0, -1 - result.known_after])
    green = newest >= result.panels[0].promised - result.panels[0].margin
    expect(shown(page, ".mw-figure-title").first).to_contain_text("passed" if green else "failed")
    assert not scrolls_sideways(page)
    assert sticking_out(shown(page, ".mw-card").first) == []
    shoot(page, f"green_dashboard_{page.viewport_size}", whole=True)


def test_months_move_and_policies_redraw_by_keyboard(page: Page, result: GreenDashboardResult) -> None:
    slider = page.get_by_role("slider", name="months seen")
    move(slider, "Home")
    expect(shown(page, ".mw-head")).to_contain_text(f"{result.labels[0]}, retraining never: no label is in yet")
    tab_to(page, "calibration alarm")
    page.keyboard.press("Enter")
    move(slider, "End")
    expect(shown(page, ".mw-head")).to_contain_text("retraining calibration alarm")
    expect(page.get_by_text("retrainings by the end")).to_be_visible()


def test_play_begins_again_at_the_end_and_moves_by_a_month_where_motion_is_unwanted(
    page: Page, result: GreenDashboardResult
) -> None:
    play = page.get_by_role("button", name="Play")
    play.click()
    expect(shown(page, ".mw-head")).to_contain_text(result.labels[0])
    play.click()
    expect(shown(page, ".mw-head")).to_contain_text(result.labels[1])
