"""A class prior dragged by hand in an exported page: where the test can't carry the mix, the view greys out in words."""

import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from mlops_widgets.overfitting.representative.reweighting import ReweightResult, reweight_metric
from mlops_widgets.study.loading import load_study
from tests.browser.harness import shoot
from tests.browser.views import move, scrolls_sideways, shown, sticking_out

pytestmark = pytest.mark.browser

ROWS, RARE = 2000, 100
GREY = re.compile(r"\bmw-mix-grey\b")


@pytest.fixture(scope="module")
def result() -> ReweightResult:
    """Return the mixes of a test in which one row of twenty has the outcome."""
    rng = np.random.default_rng(0)
    y = (np.arange(ROWS) < RARE).astype(int)
    table = pd.DataFrame({"x": rng.normal(size=ROWS) + y, "y": y})
    study = load_study(
        predict_proba=lambda frame: 1 / (1 + np.exp(-frame["x"])), test=table, features=["x"], target="y"
    )
    found = reweight_metric(study, to={"target": {1: 0.5}}, draws=100)
    assert isinstance(found, ReweightResult)
    return found


@pytest.fixture(scope="module")
def saved(result: ReweightResult, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return its exported page."""
    return result.save(tmp_path_factory.mktemp("mix") / "mix.html")


@pytest.fixture(params=[1000, 380])
def page(browser: Browser, saved: Path, request: pytest.FixtureRequest) -> Iterator[Page]:
    """Return the page, wide and narrow, without a network; it may ask for nothing and complain of nothing."""
    context = browser.new_context(viewport={"width": request.param, "height": 1000}, offline=True)
    page = context.new_page()
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("request", lambda asked: complaints.append(asked.url) if asked.url.startswith("http") else None)
    page.goto(saved.as_uri())
    yield page
    assert complaints == []
    context.close()


def drag(page: Page, slider: Locator, to: float) -> None:
    """Drag the thumb of a slider to a share of its length."""
    slider.scroll_into_view_if_needed()
    box = slider.bounding_box()
    assert box is not None
    at = float(slider.input_value())
    x = [box["x"] + 9 + share * (box["width"] - 18) for share in (at, to)]
    y = box["y"] + box["height"] / 2
    page.mouse.move(x[0], y)
    page.mouse.down()
    page.mouse.move(x[1], y, steps=6)
    page.mouse.up()


def test_a_dragged_class_prior_greys_out_in_words_and_comes_back(page: Page, result: ReweightResult) -> None:
    view, said = shown(page, ".mw-mix"), shown(page, ".mw-mix-said")
    page.get_by_role("combobox", name="column").select_option("y")
    page.get_by_role("combobox", name="level").select_option(label=f"1 ({RARE} rows)")
    share = page.get_by_role("slider", name="share")
    carried = shown(page, ".mw-mix-carried")

    page.get_by_role("button", name="as in the test").press("Enter")
    assert float(share.input_value()) == RARE / ROWS
    expect(said).to_contain_text(f"the test scores ROC AUC {result.unweighted:.2f}".replace(" 0.", " ."))
    expect(view).not_to_have_class(GREY)

    drag(page, share, 0.3)
    expect(said).to_contain_text("the test scores ROC AUC .79 [.7")
    expect(carried).to_contain_text("of 2,000")

    drag(page, share, 0.97)
    at = float(share.input_value())
    assert at > 0.9
    effective = 1 / (at**2 / RARE + (1 - at) ** 2 / (ROWS - RARE))  # Kish, two groups
    assert effective < 0.1 * ROWS
    expect(said).to_contain_text(f"can't be told from this test. It would rest on {effective:.0f} effective rows")
    expect(view).to_have_class(GREY)
    expect(shown(page, ".mw-mix .mw-direct").filter(has_text="too few rows to tell")).to_have_count(1)
    assert sticking_out(shown(page, ".mw")) == []
    shoot(page, f"mix {page.viewport_size}", whole=True)

    move(share, "Home", *["ArrowRight"] * 20)
    expect(said).to_contain_text("in 10\u202f% of the rows the test scores ROC AUC .79 [.7")
    expect(view).not_to_have_class(GREY)
    assert not scrolls_sideways(page)
