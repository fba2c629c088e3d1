"""An exported plan without kernel or network: a hand on its sliders, and the peeking tests beside it."""

from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, expect

import mlops_widgets as mw
from mlops_widgets.overfitting.experiments.planning import AbPlanResult
from tests.browser.views import move, scrolls_sideways, sticking_out

pytestmark = pytest.mark.browser


def planned(**options: Any) -> AbPlanResult:
    plan = mw.overfitting.plan_ab_test(0.1, **options)
    assert isinstance(plan, AbPlanResult)
    return plan


def test_a_plan_is_moved_by_keyboard_in_an_exported_page(browser: Browser, tmp_path: Path) -> None:
    plan = planned(effect=0.02, per_day=1000)
    page = browser.new_page(viewport={"width": 380, "height": 900})
    page.goto(plan.save(tmp_path / "plan.html").as_uri())
    headline, facts = page.locator(".mw-head"), page.locator(".mw-plan-facts")

    expect(headline).to_have_text(plan.headline)
    expect(facts).to_contain_text(f"{plan.needed_rows:,} rows, 8 days")
    move(page.get_by_role("slider", name="effect worth seeing"), "Home")
    expect(headline).to_contain_text("from 10.0 % to 10.2 %")
    smaller = planned(effect=0.002)
    expect(headline).to_contain_text(f"{smaller.needed_rows:,} rows")
    page.locator(".mw-more summary").press("Enter")
    move(page.get_by_role("slider", name="sides"), "Home")
    one_sided = planned(effect=0.002, sides=1)
    expect(headline).to_contain_text(f"{one_sided.needed_rows:,} rows")
    page.get_by_role("button", name="Watch it while it runs").press("Enter")
    expect(headline).to_contain_text("the watched test needs")
    expect(page.get_by_role("button", name="Watch it while it runs")).to_have_attribute("aria-pressed", "true")

    assert not scrolls_sideways(page)
    assert sticking_out(page.locator(".mw-card").first) == []
    page.close()


def test_more_looks_make_more_false_alarms(browser: Browser, tmp_path: Path) -> None:
    result = mw.overfitting.simulate_peeking(0.1, experiments=200)
    page = browser.new_page(viewport={"width": 380, "height": 900})
    page.goto(result.save(tmp_path / "peeking.html").as_uri())

    looks = page.get_by_role("slider", name="looks")
    move(looks, "Home")
    expect(page.locator(".mw-head")).to_contain_text("Looked at once, 5 %")
    move(looks, "End")
    expect(page.locator(".mw-head")).to_contain_text("Looked at 100 times, 37 %")
    assert sticking_out(page.locator(".mw-card").first) == []
    page.close()
