"""A notebook that was saved: opened without its kernel, and opened by somebody who doesn't trust it."""

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.harness import Lab, fresh_page, open_notebook, run_cell, save, show_cell
from tests.browser.stories import STORY, copy_unsigned, run_story
from tests.browser.views import card, expect_sliders_to_work, shown

pytestmark = pytest.mark.browser

EXPLORER = "mw.overfitting.TournamentExplorer(mw.sample('loans'), n_models=5, train_rows=100, result=tournament)"


@pytest.fixture(scope="module")
def saved(browser: Browser, lab: Lab) -> str:
    """Return the name of a notebook that was run, skipped its guess, and was saved; its kernel is gone."""
    with fresh_page(browser, lab, "saved") as page:
        run_story(page, lab, *STORY, EXPLORER, name="saved.ipynb")
        page.get_by_role("button", name="Skip").filter(visible=True).click()
        expect(card(page, "You skipped the guess")).to_have_count(1)
        assert run_cell(page, 3).outputs[0]["text"] == "skipped None\n"  # so the kernel has answered the click
        save(page)
    return "saved.ipynb"


def test_views_still_move_when_a_notebook_is_opened_without_its_kernel(page: Page, lab: Lab, saved: str) -> None:
    open_notebook(page, lab, saved)

    expect(shown(page, ".mw-live")).to_have_count(0)
    expect(page.get_by_text("not found").filter(visible=True)).to_have_count(0)
    expect(page.get_by_text("Loading widget").filter(visible=True)).to_have_count(0)
    show_cell(page, 1)
    expect(shown(page, ".jp-OutputArea-output img")).to_have_count(0)
    expect_sliders_to_work(shown(page, ".mw-card:has(.mw-tournament)").first)
    show_cell(page, 4)
    expect(shown(page, ".mw-card:has(.mw-tournament)").last).to_be_visible()
    expect(page.get_by_text("not found").filter(visible=True)).to_have_count(0)


def test_in_a_notebook_that_isnt_trusted_pictures_and_words_remain_and_nothing_runs(
    page: Page, lab: Lab, saved: str
) -> None:
    copy_unsigned(lab.root / saved, "mail.ipynb")
    open_notebook(page, lab, "mail.ipynb")

    show_cell(page, 1)
    expect(page.get_by_text("What will the winner score in production? (skipped)")).to_have_count(1)
    picture = shown(page, ".jp-OutputArea-output img").first
    expect(picture).to_be_visible()
    assert picture.evaluate("image => image.naturalWidth") > 600
    expect(page.get_by_text("The winner of 40 models, each trained on").filter(visible=True).first).to_be_visible()
    expect(page.locator("[data-mw-on]")).to_have_count(0)
    expect(page.locator(".mw")).to_have_count(0)
    assert page.evaluate("() => window.__mlopsWidgets") is None
