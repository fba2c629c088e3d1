"""The whole first chapter, live in JupyterLab."""

import shutil

import pytest
from playwright.sync_api import Page, expect

from mlops_widgets.report.notebooks import find_notebooks
from tests.browser.harness import Lab, open_notebook, run_all
from tests.browser.views import card, errors, expect_sliders_to_work, shown

pytestmark = pytest.mark.browser

_WATCH = """() => {
  const figure = Array.from(document.querySelectorAll(".mw-tournament-figure")).find(node => node.offsetParent);
  window.landings = new Set();
  const note = () => {
    const line = figure.querySelector(".mw-champion .mw-line");
    if (line) window.landings.add(line.getAttribute("y2"));
  };
  new MutationObserver(note).observe(figure, {childList: true, subtree: true});
}"""


def test_the_chapter_runs_live_and_its_tournament_answers(page: Page, lab: Lab) -> None:
    shutil.copy(find_notebooks() / "01_overfitting.ipynb", lab.root)
    page.set_viewport_size({"width": 1280, "height": 12_000})  # Lab draws only what is near the screen
    open_notebook(page, lab, "01_overfitting.ipynb")
    page.set_default_timeout(120_000)
    assert errors(run_all(page)) == []

    expect(shown(page, ".mw-veil")).to_have_count(2)
    page.get_by_role("button", name="Skip").filter(visible=True).click()
    expect(card(page, "You skipped the guess; it was .")).to_have_count(1)
    explorer = page.locator(".mw-card:has(.mw-tournament) .mw-job").filter(visible=True)
    expect(explorer).to_have_attribute("data-mw-job", "done")
    # the loader, the guess and three explorers talk to the kernel; nothing else needs it
    expect(shown(page, ".mw-live")).to_have_count(5)
    expect(shown(page, ".mw-output")).to_have_count(29)
    expect(shown(page, ".mw-output:not([data-mw-on])")).to_have_count(0)
    expect(shown(page, ".jp-OutputArea-output img")).to_have_count(0)

    view = shown(page, ".mw-card:has(.mw-tournament)").first
    expect_sliders_to_work(view)
    page.evaluate(_WATCH)
    view.get_by_role("button", name="Ship the winner").click()
    page.wait_for_function("() => window.landings.size > 1")  # it falls; it doesn't jump
