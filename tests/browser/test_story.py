"""Guess, veil and tournament, live in JupyterLab."""

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.harness import Lab, open_notebook, run_all, run_cell, run_command, show_cell

pytestmark = pytest.mark.browser

STORY = (
    "import mlops_widgets as mw\n"
    "tournament = mw.overfitting.run_tournament(mw.sample('loans'), n_models=40, train_rows=200)\n"
    "guess = mw.Guess('What will the winner score in production?')\nguess",
    "guess.veil(tournament)",
    "guess.compare(tournament.winner().later, label='ROC AUC in production')",
    "print(guess.state, guess.value)",
)


@pytest.fixture
def story(page: Page, lab: Lab) -> Page:
    """Return the page with the story's cells run."""
    lab.write_notebook("story.ipynb", STORY)
    open_notebook(page, lab, "story.ipynb")
    assert [cell.errors for cell in run_all(page)] == [[]] * len(STORY)
    return page


def card(page: Page, text: str) -> Locator:
    """Return the visible card that holds `text`."""
    return page.locator(".mw-card", has_text=text).filter(visible=True)


def number_of_cells(page: Page) -> int:
    count: int = page.evaluate("() => window.jupyterapp.shell.currentWidget.content.widgets.length")
    return count


def focused(page: Page) -> str:
    """Return the tag and the name of what has the focus."""
    words: str = page.evaluate("() => { const at = document.activeElement;"
                               " return `${at.tagName} ${at.ariaLabel || at.textContent.slice(0, 40)}`; }")
    return words


def tab_to(page: Page, name: str) -> None:
    """Press Tab until the element whose name begins with `name` has the focus."""
    for _ in range(40):
        page.keyboard.press("Tab")
        if name in focused(page):
            return
    raise AssertionError(f"{name!r} isn't reached by Tab; the focus is on {focused(page)!r}")


def test_what_follows_is_veiled_until_the_guess_is_locked_by_keyboard(story: Page) -> None:
    veils = story.locator(".mw-veil").filter(visible=True)
    expect(veils).to_have_count(2)
    expect(story.locator(".mw-tournament").filter(visible=True)).to_have_count(0)
    before = number_of_cells(story)
    show_cell(story, 0)
    story.evaluate("() => window.jupyterapp.shell.currentWidget.content.activate()")

    tab_to(story, "INPUT What will the winner score")
    for key in ("Home", *["ArrowRight"] * 7, "x", "a", "b", "d", "d"):
        story.keyboard.press(key)
    tab_to(story, "BUTTON Lock my guess")
    story.keyboard.press("Enter")

    expect(card(story, "Your guess is locked: .07")).to_have_count(1)
    expect(veils).to_have_count(0)
    expect(card(story, "You said .07, it was .")).to_have_count(1)
    expect(story.locator(".mw-tournament").filter(visible=True)).to_have_count(1)
    assert run_cell(story, 3).outputs[0]["text"] == "locked 0.07\n"
    assert number_of_cells(story) == before


def test_skipping_lifts_the_veil_too(story: Page) -> None:
    story.get_by_role("button", name="Skip").filter(visible=True).click()
    expect(story.locator(".mw-veil").filter(visible=True)).to_have_count(0)
    expect(card(story, "You skipped the guess; it was .")).to_have_count(1)
    assert run_cell(story, 3).outputs[0]["text"] == "skipped None\n"
