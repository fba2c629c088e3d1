"""A contract edited by keyboard: each edit says what the table makes of it, mistakes are refused beside their field, undo takes it back."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.harness import Lab, run_cell
from tests.browser.stories import run_story
from tests.browser.views import shown, sticking_out

pytestmark = pytest.mark.browser

CELLS = (
    (
        "import mlops_widgets as mw\nfrom mlops_widgets.data_quality import ColumnRules, Contract, ContractEditor\n"
        "age = ColumnRules(name='AGEP', type='integer', lower=18, upper=60)\n"
        "editor = ContractEditor(Contract(name='census', columns=(age,)), mw.sample('census'))\neditor"
    ),
    "print(editor.contract['AGEP'].lower, editor.contract['AGEP'].upper)",
)


def test_a_rule_is_edited_by_keyboard_refused_and_undone(page: Page, lab: Lab) -> None:
    run_story(page, lab, *CELLS, name="contract.ipynb")
    view = shown(page, ".mw-contract")
    row = view.locator("tbody tr").filter(has_text="AGEP: range")
    expect(row.locator("td").nth(3)).to_contain_text("would fail")

    upper = view.get_by_label("upper of AGEP: range")
    upper.fill("120")
    upper.press("Tab")
    expect(row.locator("td").nth(3)).to_have_text("all keep it")
    expect(shown(page, ".mw-head")).to_contain_text("keeps contract 'census'")
    assert run_cell(page, 1).outputs[0]["text"] == "18 120\n"

    lower = view.get_by_label("lower of AGEP: range")
    lower.fill("130")
    lower.press("Enter")
    expect(view.get_by_role("alert")).to_contain_text("lower=130 of column 'AGEP' is above upper=120")
    assert run_cell(page, 1).outputs[0]["text"] == "18 120\n"

    view.get_by_label("severity of AGEP: range").select_option("off")
    expect(row.locator("td").nth(3)).to_have_text("not checked")
    expect(view.get_by_role("alert")).to_have_count(0)
    undo = view.get_by_role("button", name="Undo")
    for _ in range(2):
        undo.press("Enter")
    expect(undo).to_be_disabled()
    assert run_cell(page, 1).outputs[0]["text"] == "18 60\n"
    assert sticking_out(view) == []
