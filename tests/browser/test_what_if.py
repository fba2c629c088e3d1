"""A row is edited: prediction and both explanations follow, live and, a column at a time, without a kernel."""

from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

import mlops_widgets as mw
from tests.browser.harness import Lab, save
from tests.browser.stories import run_story
from tests.browser.views import move, scrolls_sideways, shown, sticking_out

pytestmark = pytest.mark.browser

CELL = "import mlops_widgets as mw\nmw.explainability.WhatIfExplorer(mw.sample('loans'), row=3)"
WAIT = 15_000


def _numbers(view: Locator, chart: int) -> list[str]:
    return view.locator(".mw-figure").nth(chart).locator(".mw-value").all_text_contents()


def _type(view: Locator, column: str, number: str) -> None:
    box = view.get_by_role("spinbutton", name=column, exact=True)
    box.fill(number)
    box.press("Enter")


def test_an_edit_moves_the_prediction_and_both_explanations(page: Page, lab: Lab) -> None:
    run_story(page, lab, CELL, name="what_if.ipynb")
    view = shown(page, ".mw-what-if")
    said = view.locator(".mw-mix-said")
    expect(said).to_contain_text("defaulted = 1", timeout=WAIT)
    first, shap, lime = said.inner_text(), _numbers(view, 0), _numbers(view, 1)

    income = view.get_by_role("slider", name="income", exact=True)
    move(income, "Home")
    expect(said).to_contain_text("now", timeout=WAIT)
    expect(view.locator(".mw-figure").first).to_contain_text("income = 11000")
    assert _numbers(view, 0) != shap
    assert _numbers(view, 1) != lime
    expect(view.locator(".mw-figure").first).to_contain_text("before")

    view.get_by_role("combobox", name="area").select_option("south")
    expect(view.locator(".mw-figure").first).to_contain_text("area = south")
    expect(view.locator(".mw-figure").first).to_contain_text("income = 11000")  # both edits hold
    assert sticking_out(view) == []

    _type(view, "income", "30500")
    expect(view.locator(".mw-figure").first).to_contain_text("income = 30500")
    expect(income).to_have_js_property("value", "30500")  # the slider goes along
    _type(view, "income", "1")
    expect(said).to_contain_text("'income' takes values from 11,000 to")
    income.press("End")
    expect(view.locator(".mw-figure").first).to_contain_text("income = 93000")

    save(page)
    assert "income = 93000" not in (lab.root / "what_if.ipynb").read_text()  # the edited row is kept nowhere

    view.get_by_role("button", name="Reset").press("Enter")
    expect(said).to_have_text(first)
    assert (_numbers(view, 0), _numbers(view, 1)) == (shap, lime)


def test_without_a_kernel_one_column_moves_at_a_time(browser: Browser, tmp_path: Path) -> None:
    result = mw.explainability.vary_row(mw.sample("loans"), row=3)
    path = result.save(tmp_path / "what_if.html")
    page = browser.new_page(viewport={"width": 380, "height": 900})
    page.goto(path.as_uri())
    view = shown(page, ".mw-what-if")
    said = view.locator(".mw-mix-said")
    own = said.inner_text()
    move(view.get_by_role("slider", name="credit_score"), "Home")
    expect(said).to_contain_text("before")
    expect(view.locator(".mw-figure-title")).to_have_text("The answer along credit_score")
    moved = said.inner_text()
    move(view.get_by_role("slider", name="prior_defaults"), "End")
    expect(view.locator(".mw-figure-title")).to_have_text("The answer along prior_defaults")
    expect(view.get_by_role("slider", name="credit_score")).to_have_attribute("aria-valuetext", "714")
    assert said.inner_text() != moved
    assert not scrolls_sideways(page)
    view.get_by_role("button", name="Reset").click()
    expect(said).to_have_text(own)
    page.close()
