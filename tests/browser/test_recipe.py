"""A recipe in JupyterLab: a step is previewed, switched off by keyboard, moved, and all of it is undone."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.harness import Lab, save
from tests.browser.stories import run_story
from tests.browser.views import shown, sticking_out

pytestmark = pytest.mark.browser

CELL = (
    "import pandas as pd, mlops_widgets as mw\n"
    "dq = mw.data_quality\n"
    "table = pd.DataFrame({'age': [20.0 + i % 37 for i in range(120)] + [-999.0] * 8, 'town': ['Oslo'] * 125 + ['Hidden'] * 3})\n"
    "steps = (dq.Step(kind='void_numbers', columns=('age',), parameters={'values': [-999]}),\n"
    "         dq.Step(kind='void_texts', columns=('town',), parameters={'texts': ['Hidden']}))\n"
    "editor = dq.RecipeEditor(table, dq.CleaningRecipe(steps))\n"
    "editor"
)


def test_a_step_is_previewed_switched_off_moved_and_undone(page: Page, lab: Lab) -> None:
    run_story(page, lab, CELL, name="recipe.ipynb")
    view = shown(page, ".mw-slices")
    rows = view.locator(".mw-slice-rows tbody tr")
    expect(rows).to_have_count(8)
    expect(rows.first).to_contain_text("-999")

    first, second = view.locator(".mw-slice").nth(0), view.locator(".mw-slice").nth(1)
    first.press("ArrowDown")
    expect(second).to_have_attribute("aria-pressed", "true")
    expect(rows).to_have_count(3)
    expect(rows.first).to_contain_text("Hidden")

    view.get_by_role("button", name="Switch off").press("Enter")
    expect(second).to_contain_text("off:")
    expect(shown(page, ".mw-card")).to_contain_text("1 step changes 8 cells")

    second.press("Alt+ArrowUp")
    expect(first).to_contain_text("town")
    view.get_by_role("button", name="Undo").press("Enter")
    expect(first).to_contain_text("age")
    view.get_by_role("button", name="Undo").press("Enter")
    expect(second).not_to_contain_text("off:")
    expect(view.get_by_role("button", name="Undo")).to_be_disabled()
    expect(shown(page, ".mw-card")).to_contain_text("2 steps change 11 cells")
    assert sticking_out(view) == []

    save(page)
    saved = (lab.root / "recipe.ipynb").read_text()
    assert saved.count("Hidden") == 2  # in the code cell alone
