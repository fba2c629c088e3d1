"""The gate in JupyterLab: a name is typed, and the requirement that waited for it is met."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.harness import Lab, run_cell, save, shoot
from tests.browser.stories import run_story
from tests.browser.views import shown

pytestmark = pytest.mark.browser

CELLS = (
    "import mlops_widgets as mw\ngate = mw.governance.GateExplorer(mw.sample('loans'))\ngate",
    "print(gate.result and gate.result.met)",
)


def test_a_typed_name_meets_a_requirement_and_is_text(page: Page, lab: Lab) -> None:
    run_story(page, lab, *CELLS, name="gate.ipynb")
    panel = shown(page, ".mw-job")
    expect(panel).to_have_attribute("data-mw-job", "done", timeout=60_000)
    expect(shown(page, ".mw-head")).to_contain_text("1 of 8 requirements is met")

    panel.get_by_label("ST-1: who signs as owner?").fill("<b>Ada King</b>")
    panel.get_by_role("button", name="Run").press("Enter")
    expect(shown(page, ".mw-head")).to_contain_text("2 of 8 requirements are met", timeout=60_000)
    expect(shown(page, ".mw-card")).to_contain_text("<b>Ada King</b> (owner) signed on")
    assert run_cell(page, 1).outputs[0]["text"] == "2\n"
    shoot(page, "gate")

    save(page)
    assert "2 of 8 requirements are met" in (lab.root / "gate.ipynb").read_text()
