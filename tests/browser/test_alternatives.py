"""The approval gate and the candidates in an exported page: columns, shares and margins move without a kernel, and by keyboard."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

import mlops_widgets as mw
from mlops_widgets.governance import AlternativesResult, EqualAccuracyResult, find_alternatives, run_equal_accuracy
from tests.browser.harness import shoot
from tests.browser.views import move, scrolls_sideways, shown, sticking_out, tab_to

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def unequal() -> EqualAccuracyResult:
    """Return a few sets of loans."""
    found = run_equal_accuracy(seeds=3, rows=12_000)
    assert isinstance(found, EqualAccuracyResult)
    return found


@pytest.fixture(scope="module")
def searched() -> AlternativesResult:
    """Return a short search."""
    study = mw.sample("loans+biased_recording")
    found = find_alternatives(
        study, groups="group", favourable="negative", selection_share=0.7, most_candidates=6, draws=100, max_rows=2000
    )
    assert isinstance(found, AlternativesResult)
    return found


@pytest.fixture(scope="module")
def saved(
    unequal: EqualAccuracyResult, searched: AlternativesResult, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, Path]:
    """Return the exported pages."""
    folder = tmp_path_factory.mktemp("alternatives")
    return {"gate": unequal.save(folder / "gate.html"), "search": searched.save(folder / "search.html")}


@pytest.fixture(params=[(900, "light"), (380, "dark")], ids=["wide", "narrow and dark"])
def page(browser: Browser, request: pytest.FixtureRequest) -> Iterator[Page]:
    """Return an empty page without a network; what is opened in it may ask for nothing and complain of nothing."""
    width, scheme = request.param
    context = browser.new_context(
        viewport={"width": width, "height": 1000}, color_scheme=scheme, offline=True, reduced_motion="reduce"
    )
    page = context.new_page()
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("request", lambda asked: complaints.append(asked.url) if asked.url.startswith("http") else None)
    yield page
    assert complaints == []
    context.close()


def test_the_gate_is_closed_at_first_and_opens_without_the_column(
    page: Page, saved: dict[str, Path], unequal: EqualAccuracyResult
) -> None:
    page.goto(saved["gate"].as_uri())
    expect(shown(page, ".mw-head")).to_have_text(unequal.headline)
    gate = page.get_by_role("status").filter(has_text="The gate").filter(visible=True)
    expect(gate).to_contain_text("■ failed")
    assert not scrolls_sideways(page)
    assert sticking_out(shown(page, ".mw-card").first) == []
    tab_to(page, "use ")
    page.keyboard.press("Enter")
    expect(gate).to_contain_text("● passed")
    expect(shown(page, ".mw-head")).to_contain_text("The gate is open")
    shoot(page, f"approval_gate_{page.viewport_size}", whole=True)


def test_the_truth_comes_when_it_is_asked_for(page: Page, saved: dict[str, Path]) -> None:
    page.goto(saved["gate"].as_uri())
    expect(page.get_by_text("right, in truth")).to_have_count(0)
    page.get_by_role("button", name="Reveal the truth").click()
    expect(page.get_by_text("right, in truth").filter(visible=True).first).to_be_visible()
    expect(shown(page, ".mw-head")).to_contain_text("of the records right")


def test_the_gate_follows_its_limit_and_the_share(page: Page, saved: dict[str, Path]) -> None:
    page.goto(saved["gate"].as_uri())
    gate = page.get_by_role("status").filter(has_text="The gate").filter(visible=True)
    move(page.get_by_role("slider", name="gate at"), "Home")
    expect(gate).to_contain_text("● passed")
    move(page.get_by_role("slider", name="gate at"), "End")
    expect(gate).to_contain_text("■ failed")
    move(page.get_by_role("slider", name="select the best"), "Home")
    expect(shown(page, ".mw-head")).to_contain_text("at a limit of 1.00")


def test_the_margin_moves_which_candidates_are_good_enough(
    page: Page, saved: dict[str, Path], searched: AlternativesResult
) -> None:
    page.goto(saved["search"].as_uri())
    expect(shown(page, ".mw-head")).to_have_text(searched.headline)
    assert not scrolls_sideways(page)
    slider = page.get_by_role("slider", name="may be lost")
    move(slider, "Home")
    expect(shown(page, ".mw-head")).to_contain_text("no more than 0 points of accuracy")
    move(slider, "End")
    expect(shown(page, ".mw-head")).to_contain_text("no more than 10.0 points of accuracy")
    expect(page.get_by_text("→ today").filter(visible=True).first).to_be_visible()
    shoot(page, f"alternatives_{page.viewport_size}", whole=True)
