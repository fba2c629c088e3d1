"""Guess, veil and tournament, live in JupyterLab."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.harness import Lab, cells, number_of_cells, run_cell, show_cell
from tests.browser.stories import run_story
from tests.browser.views import card, expect_sliders_to_work, shown, tab_to

pytestmark = pytest.mark.browser


def test_what_follows_is_veiled_until_the_guess_is_locked_by_keyboard(page: Page, lab: Lab) -> None:
    run_story(page, lab)
    expect(shown(page, ".mw-veil")).to_have_count(2)
    expect(shown(page, ".mw-tournament")).to_have_count(0)
    before = number_of_cells(page)
    show_cell(page, 0)
    page.evaluate("() => window.jupyterapp.shell.currentWidget.content.activate()")

    tab_to(page, "INPUT What will the winner score")
    for key in ("Home", *["ArrowRight"] * 7, "x", "a", "b", "d", "d"):
        page.keyboard.press(key)
    tab_to(page, "BUTTON Lock my guess")
    page.keyboard.press("Enter")

    expect(card(page, "Your guess is locked: .07")).to_have_count(1)
    expect(shown(page, ".mw-veil")).to_have_count(0)
    expect(card(page, "You said .07, it was .")).to_have_count(1)
    expect(shown(page, ".mw-tournament")).to_have_count(1)
    assert run_cell(page, 3).outputs[0]["text"] == "locked 0.07\n"
    assert number_of_cells(page) == before


def test_skipping_lifts_the_veil_and_keys_move_the_sliders_and_never_the_notebook(page: Page, lab: Lab) -> None:
    run_story(page, lab)
    before = number_of_cells(page)
    page.get_by_role("button", name="Skip").filter(visible=True).click()
    expect(shown(page, ".mw-veil")).to_have_count(0)
    expect(card(page, "You skipped the guess; it was .")).to_have_count(1)
    assert run_cell(page, 3).outputs[0]["text"] == "skipped None\n"
    show_cell(page, 1)
    expect_sliders_to_work(shown(page, ".mw-card:has(.mw-tournament)"))

    tried = page.get_by_role("slider", name="models tried").filter(visible=True)
    tried.focus()
    for key in ("ArrowLeft", "ArrowLeft", "a", "b", "x", "d", "d", "m", "z"):  # each means something to a notebook
        page.keyboard.press(key)
    expect(tried).to_have_value("38")
    tab_to(page, "BUTTON Ship the winner")
    for key in ("a", "b", "x", "d", "d", "Enter"):
        page.keyboard.press(key)
    assert number_of_cells(page) == before
    assert {cell.count is None for cell in cells(page)} == {False}
