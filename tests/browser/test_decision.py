"""Prices of mistakes, moved by hand in an exported page where there is no kernel and no network."""

from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

import mlops_widgets as mw
from tests.browser.harness import shoot
from tests.browser.views import move, scrolls_sideways, shown, sticking_out

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the page of a choice of threshold on census."""
    result = mw.overfitting.choose_threshold(mw.sample("census"), false_negative_price=3, draws=100)
    return result.save(tmp_path_factory.mktemp("decision") / "decision.html")


@pytest.mark.parametrize("width", [1000, 380])
def test_prices_move_the_cheapest_threshold_by_keyboard_without_a_kernel(
    browser: Browser, saved: Path, width: int
) -> None:
    page = browser.new_page(viewport={"width": width, "height": 900})
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.goto(saved.as_uri())
    headline, first = shown(page, ".mw-head"), shown(page, ".mw-head").inner_text()
    missed, threshold = (page.get_by_role("slider", name=name) for name in ("false negative costs", "threshold"))
    began = threshold.input_value()

    move(missed, *["ArrowRight"] * 5)
    expect(headline).to_contain_text("At 1 a false positive and 9.5 a false negative")
    expect(shown(page, ".mw-sub")).to_contain_text("Moving from yours to the cheapest saves about")
    assert threshold.input_value() == began

    page.get_by_role("button", name="Go to the cheapest").press("Enter")
    assert int(threshold.input_value()) < int(began)  # dearer misses, lower threshold
    decided = shown(page, ".mw-decision-tables td").all_inner_texts()
    move(threshold, "End")  # nobody reaches the highest threshold
    expect(shown(page, ".mw-decision-tables td").first).to_have_text("0")
    assert shown(page, ".mw-decision-tables td").all_inner_texts() != decided

    page.get_by_role("button", name="Back to yours").press("Enter")
    expect(shown(page, ".mw-sub")).to_contain_text("Here, at .500, a row costs")
    move(missed, *["ArrowLeft"] * 5)
    move(threshold, "Home", *["ArrowRight"] * int(began))
    expect(headline).to_have_text(first)  # where it began, Python's own words stand
    assert not scrolls_sideways(page)
    assert sticking_out(shown(page, ".mw")) == []
    assert complaints == []
    shoot(page, f"decision {width}", whole=True)
    page.close()
