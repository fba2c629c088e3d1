"""Costs and delays dragged in an exported page, without a kernel: the numbers are those that Python has."""

import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Browser, Page, expect

from mlops_widgets.core.words import number
from mlops_widgets.lifecycle.retraining.result import RetrainingResult
from mlops_widgets.measures.retraining.grid import Grid
from tests.browser.harness import shoot
from tests.browser.views import move, scrolls_sideways, shown, sticking_out

pytestmark = pytest.mark.browser

CHUNKS, FIRST = 30, 4


def losses(seed: int) -> Grid:
    """Return models that lose more as they age, and a signal that says so."""
    rng = np.random.default_rng(seed)
    place = np.arange(CHUNKS)
    age = place[None, :] - place[:, None]
    read = (age >= 0) & (place >= FIRST)[:, None]
    mean = 0.5 + 0.01 * age + rng.normal(0, 0.01, age.shape)
    sums = np.where(read, 100 * (mean + rng.normal(0, 0.01, (2, CHUNKS, CHUNKS))), np.nan)
    drift = np.where(read, 0.1 * age + rng.normal(0, 0.2, age.shape), np.nan)
    return Grid(sums=sums, counts=np.full((2, CHUNKS), 100.0), first=FIRST, label_delay=2, signals={"drift": drift})


@pytest.fixture(scope="module")
def result() -> RetrainingResult:
    """Return two windows of refits."""
    names = [f"week {index}" for index in range(CHUNKS)]
    grids = {"all rows": losses(0), "<b>8 weeks": losses(1)}
    return RetrainingResult.of(grids, labels=names, by="week", loss_name="log loss", retrain_cost=20.0)


@pytest.fixture(params=[1000, 380])
def page(browser: Browser, result: RetrainingResult, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Page]:
    """Return its exported page, wide and narrow, without a network; it may ask for nothing and complain of nothing."""
    context = browser.new_context(viewport={"width": request.param, "height": 1000}, offline=True)
    page = context.new_page()
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("request", lambda asked: complaints.append(asked.url) if asked.url.startswith("http") else None)
    page.goto(result.save(tmp_path / "retraining.html").as_uri())
    yield page
    assert complaints == []
    context.close()


def says(page: Page, result: RetrainingResult, name: str) -> None:
    """Expect the sentence under the sliders to say what Python has of a policy and of the oracle."""
    each = result.policy(name)
    apart, best = each.difference, result.judged_oracle - result.judged_never
    side = "less" if apart < 0 else "more"
    costs = f"“{name}” costs {written(apart)} log loss {side} than never ({each.judged_retrains} retrain"
    expect(shown(page, ".mw-retraining-said")).to_contain_text(costs)
    expect(shown(page, ".mw-retraining-said")).to_contain_text(f"the oracle costs {written(best)} log loss")


def written(value: float) -> str:
    """Return the size of a difference as the page writes it."""
    size = abs(value)
    return number(size, digits=0 if size >= 100 else 1 if size >= 10 else 2)


def test_costs_and_delays_give_the_numbers_that_python_has(page: Page, result: RetrainingResult) -> None:
    name = "every 2 (<b>8 weeks)"
    page.get_by_role("combobox", name="policy").select_option(label=name)
    says(page, result, name)

    cost = page.get_by_role("slider", name="a retrain costs")
    move(cost, "End", *["ArrowLeft"] * 60)
    dragged = float(cost.input_value())
    assert dragged > 100
    dear = result.with_costs(retrain_cost=dragged, retune=False)
    says(page, dear, name)

    late = page.get_by_role("slider", name="labels arrive after")
    move(late, "Home", *["ArrowRight"] * 5)
    move(page.get_by_role("slider", name="a deployment takes"), "ArrowRight", "ArrowRight")
    dear_and_late = result.with_costs(retrain_cost=dragged, label_delay=5, deploy_delay=2, retune=False)
    says(page, dear_and_late, name)
    move(page.get_by_role("slider", name="value of a loss"), *["ArrowRight"] * 4)
    assert dear_and_late.with_costs(value_per_loss=2.0, retune=False).policy(name).difference != 0
    says(page, dear_and_late.with_costs(value_per_loss=2.0, retune=False), name)

    for other in ("drift (all rows)", "forecast (all rows)", "every 1, gated (<b>8 weeks)"):
        page.get_by_role("combobox", name="policy").select_option(label=other)
        says(page, dear_and_late.with_costs(value_per_loss=2.0, retune=False), other)


def test_labels_sooner_than_measured_are_a_what_if_in_words_and_in_the_line(page: Page) -> None:
    steps = page.locator("path.mw-steps:not(.mw-steps-thin)")
    expect(steps).not_to_have_attribute("stroke-dasharray", re.compile(".+"))
    late = page.get_by_role("slider", name="labels arrive after")
    assert (late.get_attribute("aria-valuetext") or "") == "2 weeks, as measured"
    move(late, "ArrowLeft")
    expect(late).to_have_attribute("aria-valuetext", "1 week: what if")
    expect(steps).to_have_attribute("stroke-dasharray", "5 3")
    expect(shown(page, ".mw-header")).to_contain_text("What if: labels don't arrive that soon")


def test_nothing_sticks_out(page: Page) -> None:
    assert sticking_out(shown(page, ".mw")) == []
    assert not scrolls_sideways(page)
    shoot(page, f"retraining {page.viewport_size}", whole=True)
