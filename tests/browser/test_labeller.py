"""Rows are judged by keyboard alone; they come from the kernel and are saved nowhere."""

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.harness import Lab, run_cell, save
from tests.browser.stories import run_story
from tests.browser.views import focused, scrolls_sideways, shown, sticking_out

pytestmark = pytest.mark.browser

WAIT = 15_000
CELL = (
    "import mlops_widgets as mw, pandas as pd\n"
    "size = [f'{6 + at % 5} cm' for at in range(200)]\n"
    "size[::9] = [f'{each} (measured)' for each in size[::9]]\n"
    "serial = [f'S{at * 7919 % 100_000:05d}' for at in range(200)]\n"
    "parts = pd.DataFrame({'serial': serial, 'size': size, 'kept': ['yes', 'no'] * 100})\n"
    "labeller = mw.data_quality.ErrorLabeller(parts, rows=4)\n"
    "labeller"
)
KNOWN = "print({row: bool(wrong) for row, wrong in labeller.labels.items()}, len(labeller.result.labelled) if labeller.labels else 0)"


def _row(view: Locator) -> int:
    return int(view.locator(".mw-figure-title").inner_text().split(",")[0].removeprefix("Row "))


def _cell(view: Locator, column: str) -> Locator:
    return view.locator(".mw-cells .mw-slice").filter(has=view.page.locator(f".mw-slice-said:text-is('{column}')"))


def _judge(view: Locator) -> tuple[int, bool]:
    """Judge the row on the screen by keyboard, and return it with whether it was wrong."""
    row = _row(view)
    wrong = "(measured)" in _cell(view, "size").inner_text()
    view.page.keyboard.press("2")
    if wrong:
        view.page.keyboard.press("x")
        expect(_cell(view, "size")).to_have_attribute("aria-pressed", "true")
    view.page.keyboard.press("Enter")
    expect(view.locator(".mw-figure-title")).not_to_contain_text(f"Row {row},")
    return row, wrong


def test_four_rows_are_judged_by_keyboard_and_the_kernel_knows_them(page: Page, lab: Lab) -> None:
    run_story(page, lab, CELL, KNOWN, name="labeller.ipynb")
    view = shown(page, ".mw-card:has(.mw-cells)")
    said = view.locator(".mw-mix-said")
    expect(said).to_contain_text("0 of 4 rows judged", timeout=WAIT)
    view.locator(".mw-cells .mw-slice").first.focus()
    page.keyboard.press("j")
    assert "size" in focused(page)
    page.keyboard.press("ArrowUp")
    assert "serial" in focused(page)

    row, wrong = _judge(view)
    expect(said).to_contain_text("1 of 4 rows judged")
    page.keyboard.press("u")  # the row comes back with its marks
    expect(view.locator(".mw-figure-title")).to_contain_text(f"Row {row},")
    expect(said).to_contain_text("0 of 4 rows judged")
    expect(_cell(view, "size")).to_have_attribute("aria-pressed", str(wrong).lower())
    page.keyboard.press("s")
    expect(view.locator(".mw-figure-title")).not_to_contain_text(f"Row {row},")
    judged = dict(_judge(view) for _ in range(4))
    expect(said).to_contain_text("4 of 4 rows judged; labeller.result holds the list")
    assert row not in judged
    assert sticking_out(view) == []
    page.set_viewport_size({"width": 380, "height": 900})
    assert not scrolls_sideways(page)

    assert f"{judged} 4" in run_cell(page, 1).outputs[0]["text"]
    save(page)
    saved = (lab.root / "labeller.ipynb").read_text()
    assert "4 judged rows" in saved
    assert not [row for row in judged if f"S{row * 7919 % 100_000:05d}" in saved]
