"""The spoiler's desk in an exported page: spills, the slider and the repair move the dials without a kernel, by keyboard."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from mlops_widgets.core.words import number
from mlops_widgets.data_quality import SpoilersDeskResult, run_spoilers_desk
from tests.browser.harness import shoot
from tests.browser.views import contrast, move, scrolls_sideways, shown, sticking_out, tab_to

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def result() -> SpoilersDeskResult:
    """Return the desk of the made-up loans with two amounts of each spill."""
    found = run_spoilers_desk(shares=(0, 0.1, 0.4), rounds=3)
    assert isinstance(found, SpoilersDeskResult)
    return found


@pytest.fixture(scope="module")
def saved(result: SpoilersDeskResult, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return its exported page."""
    return result.save(tmp_path_factory.mktemp("desk") / "desk.html")


@pytest.fixture(params=[(900, "light"), (380, "dark")], ids=["wide", "narrow and dark"])
def page(browser: Browser, saved: Path, request: pytest.FixtureRequest) -> Iterator[Page]:
    """Return the page without a network; it may ask for nothing and complain of nothing."""
    width, scheme = request.param
    context = browser.new_context(viewport={"width": width, "height": 1000}, color_scheme=scheme, offline=True)
    page = context.new_page()
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("request", lambda asked: complaints.append(asked.url) if asked.url.startswith("http") else None)
    page.goto(saved.as_uri())
    yield page
    assert complaints == []
    context.close()


def dial(page: Page, label: str) -> str:
    """Return what a dial says."""
    return shown(page, ".mw-dial").filter(has_text=label).inner_text()


def test_the_first_frame_shows_the_score_that_rose_and_production_that_didnt(page: Page) -> None:
    expect(page.get_by_role("button", name="near-duplicates")).to_have_attribute("aria-pressed", "true")
    assert "▲ from" in dial(page, "that the team sees")
    assert "▲" not in dial(page, "in production")
    expect(shown(page, ".mw-head")).to_contain_text("the team sees looks better")
    assert not scrolls_sideways(page)
    assert sticking_out(shown(page, ".mw-card").first) == []
    assert contrast(shown(page, ".mw-dial .mw-then").first) > 4.5
    shoot(page, f"spoilers_desk_{page.viewport_size}", whole=True)


def test_a_spill_is_chosen_moved_and_repaired_by_keyboard(page: Page, result: SpoilersDeskResult) -> None:
    k, approved = result.spills.index("flipped_labels"), 2
    tab_to(page, "labels flipped")
    page.keyboard.press("Enter")
    expect(shown(page, ".mw-head")).to_have_text("Wrong labels in 40\u202f% of the rows.")
    move(page.get_by_role("slider", name="rows hit"), "ArrowLeft")
    expect(shown(page, ".mw-head")).to_have_text("Wrong labels in 10\u202f% of the rows.")
    assert number(float(result.values[k, 1, 0, approved]), "percent") in dial(page, "loans approved")
    assert "▼ from" in dial(page, "loans approved")

    tab_to(page, "Repair")
    page.keyboard.press("Enter")
    expect(shown(page, ".mw-head")).to_contain_text("after the repair")
    assert number(float(result.values[k, 1, 1, approved]), "percent") in dial(page, "loans approved")
    expect(page.get_by_role("status").filter(has_text="Repair: 300 labels are read again")).to_be_visible()

    move(page.get_by_role("slider", name="rows hit"), "Home")
    expect(shown(page, ".mw-head")).to_have_text("Clean rows: nothing is spilled.")
    assert "= clean" in dial(page, "loans approved")


def test_what_cant_be_repaired_says_so(page: Page) -> None:
    page.get_by_role("button", name="bad join").click()
    before = dial(page, "in production")
    page.get_by_role("button", name="Repair").click()
    assert dial(page, "in production") == before
    expect(page.get_by_role("status").filter(has_text="Repair: none")).to_be_visible()
