"""From the list of weak slices to the worst rows of one, which come from the kernel and are saved nowhere."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.harness import Lab, save
from tests.browser.stories import run_story
from tests.browser.views import focused, shown, sticking_out

pytestmark = pytest.mark.browser

CELL = (
    "import mlops_widgets as mw\n"
    "study = mw.sample('loans')\n"
    "mw.overfitting.SliceExplorer(study, result=mw.overfitting.find_weak_slices(study))"
)


def test_a_slice_leads_to_its_worst_rows_by_mouse_and_by_keyboard(page: Page, lab: Lab) -> None:
    run_story(page, lab, CELL, name="slices.ipynb")
    view = shown(page, ".mw-slices")
    table = view.locator(".mw-slice-rows table")
    expect(table.locator("tbody tr")).to_have_count(20)  # of the slice that is chosen at first
    first = view.locator(".mw-slice-detail .mw-figure-title").inner_text()

    second = view.locator(".mw-slice").nth(1)
    second.click()
    expect(second).to_have_attribute("aria-pressed", "true")
    expect(view.locator(".mw-slice-detail .mw-figure-title")).not_to_have_text(first)
    expect(table.locator("caption")).to_contain_text("worst rows of this slice, from the kernel")
    cell = table.locator("tbody td").nth(1)
    expect(cell).not_to_be_empty()

    second.press("ArrowUp")
    expect(view.locator(".mw-slice-detail .mw-figure-title")).to_have_text(first)
    assert first.split(" ")[0] in focused(page)

    shown(page, ".mw-filter").filter(has_text="highest raw loss").press("Enter")
    expect(view.locator(".mw-slice").first).to_contain_text("not tested")
    expect(table.locator("tbody tr")).to_have_count(20)
    assert sticking_out(view) == []

    words = table.locator("caption").inner_text()
    save(page)
    saved = (lab.root / "slices.ipynb").read_text()
    assert first in saved  # the aggregates
    assert words not in saved
    assert "<td dir=" not in saved
