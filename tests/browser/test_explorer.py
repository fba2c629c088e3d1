"""An Explorer's job: it runs, says how far it is, stops when told, and runs again."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.harness import Lab, run_cell, save
from tests.browser.stories import run_story
from tests.browser.views import move, shown

pytestmark = pytest.mark.browser

CELLS = (
    (
        "import mlops_widgets as mw\n"
        "study = mw.sample('loans')\n"
        "explorer = mw.overfitting.TournamentExplorer(study, n_models=400, train_rows=2000)\n"
        "explorer"
    ),
    "print(explorer.result and len(explorer.result.names))",
)


def test_a_job_shows_progress_stops_at_once_and_runs_again(page: Page, lab: Lab) -> None:
    run_story(page, lab, *CELLS, name="explorer.ipynb")
    panel = shown(page, ".mw-job")
    expect(panel).to_have_attribute("data-mw-job", "running")
    expect(panel.locator(".mw-job-text")).to_contain_text("fitting model")
    expect(panel.get_by_role("progressbar")).to_be_visible()

    panel.get_by_role("button", name="Cancel").click()
    expect(panel).to_have_attribute("data-mw-job", "cancelled", timeout=2_000)
    expect(panel.locator(".mw-job-text")).to_contain_text("Stopped.")
    assert run_cell(page, 1).outputs[0]["text"] == "None\n"

    move(panel.get_by_label("models fitted"), "Home", *["ArrowRight"] * 9)
    panel.get_by_role("button", name="Run").press("Enter")
    expect(panel).to_have_attribute("data-mw-job", "done")
    expect(shown(page, ".mw-head")).to_contain_text("The winner of 10 models")
    assert run_cell(page, 1).outputs[0]["text"] == "10\n"

    save(page)  # the saved notebook shows the last run
    assert "The winner of 10 models" in (lab.root / "explorer.ipynb").read_text()


def test_what_goes_wrong_in_a_job_stands_beside_its_button(page: Page, lab: Lab) -> None:
    cells = (
        (
            "import mlops_widgets as mw\nfrom mlops_widgets.ui.card import Control\nfrom mlops_widgets.ui.explorer import Explorer\n"
            "def work(options, progress, cancel): raise ValueError('no such <b>thing</b>')\n"
            "Explorer(work, (Control(name='size', label='size', value=3, lower=1, upper=9, step=1),))"
        ),
    )
    run_story(page, lab, *cells, name="wrong.ipynb")
    expect(shown(page, ".mw-job")).to_have_attribute("data-mw-job", "failed")
    expect(shown(page, ".mw-job-text")).to_have_text("ValueError: no such <b>thing</b>")
