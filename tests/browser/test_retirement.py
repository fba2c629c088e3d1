"""A retirement rule's bound moved in an exported page: when it would have fired, and what waiting cost, without a kernel."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from playwright.sync_api import Browser, Page, expect
from sklearn.linear_model import LogisticRegression

from mlops_widgets.lifecycle.retirement.evaluate import evaluate_retirement
from mlops_widgets.lifecycle.retirement.policy import RetirementPolicy, RetirementRule
from mlops_widgets.lifecycle.retirement.retirement_result import RetirementResult
from mlops_widgets.study.loading import load_study
from tests.browser.views import scrolls_sideways

pytestmark = pytest.mark.browser

ROWS = 3600


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the page of a model whose signal turns round in July."""
    rng = np.random.default_rng(0)
    x = rng.normal(size=ROWS)
    y = (rng.random(ROWS) < 1 / (1 + np.exp(-2 * x * np.where(np.arange(ROWS) < ROWS // 2, 1, -1)))).astype(int)
    day = pd.Timestamp("2024-01-01") + pd.to_timedelta(np.arange(ROWS) * 366 // ROWS, unit="D")
    frame = pd.DataFrame({"x": x, "y": y, "day": day})
    model = LogisticRegression().fit(frame[["x"]][:1200], frame["y"][:1200])
    study = load_study(
        model=model, reference=frame[:1200], test=frame[1200:1500], production=frame[1500:], target="y", time="day", features=["x"]
    )  # fmt: skip
    rules = (
        RetirementRule(name="no skill", signal="skill", comparator="below", bound=0.1),
        RetirementRule(name="odds off", signal="calibration", comparator="above", bound=0.1, action="retrain"),
    )
    result = evaluate_retirement(study, RetirementPolicy(rules=rules), chunks="month", draws=100)
    assert isinstance(result, RetirementResult)
    return result.save(tmp_path_factory.mktemp("retirement") / "retirement.html")


@pytest.fixture(params=[900, 380])
def page(browser: Browser, saved: Path, request: pytest.FixtureRequest) -> Iterator[Page]:
    """Return the page, wide and narrow, without a network; it may complain of nothing."""
    context = browser.new_context(viewport={"width": request.param, "height": 1000}, offline=True)
    page = context.new_page()
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.goto(saved.as_uri())
    yield page
    assert complaints == []
    context.close()


def test_moving_the_bound_by_keyboard_says_when_it_fires_and_when_never(page: Page) -> None:
    slider = page.get_by_label("bound", exact=True)
    slider.focus()
    slider.press("Home")
    expect(page.get_by_text("never fires").first).to_be_visible()
    slider.press("End")
    expect(page.get_by_text("would have said retire at the beginning of").first).to_be_visible()
    assert not scrolls_sideways(page)


def test_another_rule_is_chosen_with_its_own_bound(page: Page) -> None:
    button = page.get_by_role("button", name="odds off")
    button.click()
    expect(button).to_have_attribute("aria-pressed", "true")
    expect(page.get_by_text("‘odds off’ at").first).to_be_visible()
