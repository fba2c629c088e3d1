"""Names from the user's data that try to run do nothing, on the screen and in a file."""

import base64
import gzip
import shutil
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output
from playwright.sync_api import Browser, Page, expect

from mlops_widgets.core.display import bundles
from mlops_widgets.report.document import read_executed, write_page
from mlops_widgets.report.site import write_report
from mlops_widgets.study.samples.catalogue import sample
from mlops_widgets.ui.show import program
from tests.browser.harness import Lab, open_notebook, save
from tests.browser.stories import copy_unsigned, run_story
from tests.browser.test_report import opened
from tests.browser.views import outcome_of_scripts, scrolls_sideways, shown, sticking_out

pytestmark = pytest.mark.browser

STUDY = Path(__file__).parent / "hostile_study.py"
OPEN = "import mlops_widgets as mw\nchapter = mw.open_chapter(study=study)\nstudy = chapter.study\nstudy.describe()"
CELLS = (
    "mw.overfitting.run_tournament(study, n_models=12, train_rows=100)",
    "live = mw.overfitting.compare_live(study)\nlive",
    "cv = mw.overfitting.cross_validate(study)\ncv",
    "mw.Guess(study.name + study.roles.target)",
    "mw.exercise('OV-2', study, answer=study.name, results=(live, cv))",
    "chapter.takeaways(live, cv)",
    "chapter.command(1)",
    "mw.overfitting.reweight_metric(study, draws=100)",
    "mw.overfitting.choose_threshold(study, draws=100)",
    "mw.overfitting.stress(study, max_rows=60, draws=100, faults=('nulls', 'missing_column', 'reordered'))",
    "mw.overfitting.plan_ab_test(study)",
    "mw.overfitting.simulate_peeking(0.2, looks=8, rows_per_arm=800, experiments=100)",
    "arms = {study.roles.target: (40, 500), study.name: (60, 520)}\nmw.overfitting.analyse_ab_test(arms, control=study.name)",
    "mw.overfitting.find_leaks(study)",
    "mw.overfitting.measure_coverage(study, draws=99)",
    "mw.overfitting.replay_rollout(study, 'plain')",
    "mw.overfitting.SliceExplorer(study)",
    "looks = mw.explainability\nlooks.explain(study, [0, 1], background=20)",
    "looks.WhatIfExplorer(study, row=0)",
    "looks.measure_importance(study, draws=50)",
    "looks.measure_effects(study, draws=50)",
    "looks.find_shortcuts(study)",
    "looks.find_recourse(study, 0)",
    "said = {'text': study.name, 'author': study.name, 'date': '2026-01-01'}",
    "looks.document_model(study, rationale={'owner': said, 'contact': said}, explained_rows=20, draws=50)",
    "looks.write_stakeholder_report(study, 0, contact=study.name, said_by=study.name, audience='regulator')",
)
VIEWS = 26
KERNEL = {"name": "python3", "display_name": "Python 3", "language": "python"}


def test_hostile_names_are_inert_in_jupyterlab(page: Page, lab: Lab) -> None:
    shutil.copy(STUDY, lab.root)
    page.set_viewport_size({"width": 1280, "height": 16000})
    run_story(page, lab, f"study = 'hostile_study.py'\n{OPEN}", *CELLS, name="hostile.ipynb")
    expect(shown(page, ".mw")).to_have_count(VIEWS)
    for fold in shown(page, "summary").all():
        fold.click()
    expect(page.locator(".mw").get_by_text("<script>window.pwned='script'</script>").first).to_be_visible()
    expect(page.locator(".mw :is(script, img, iframe, object, embed, a, mjx-container)")).to_have_count(0)
    assert [out for root in shown(page, ".mw").all() for out in sticking_out(root)] == []
    assert outcome_of_scripts(page) is None

    save(page)
    copy_unsigned(lab.root / "hostile.ipynb", "hostile mail.ipynb")
    open_notebook(page, lab, "hostile mail.ipynb")
    expect(shown(page, ".jp-OutputArea-output img")).to_have_count(VIEWS)
    expect(page.locator(".jp-RenderedHTML :is(script, img, iframe, object, embed, a, mjx-container)")).to_have_count(0)
    assert outcome_of_scripts(page) is None


def test_hostile_names_are_inert_in_a_report(browser: Browser, tmp_path: Path) -> None:
    parameters = new_code_cell("study = None", metadata={"tags": ["parameters"]})
    cells = [new_markdown_cell("# Hostile"), parameters, *map(new_code_cell, (OPEN, *CELLS))]
    notebook = new_notebook(cells=cells, metadata={"kernelspec": KERNEL})
    nbformat.write(notebook, tmp_path / "01_hostile.ipynb")
    files = write_report(STUDY, out=tmp_path / "out", notebooks=tmp_path)
    (path,) = (path for path in files if path.suffix == ".html")
    for scripts in (True, False):
        with opened(browser, path, name=f"hostile report {scripts}", scripts=scripts, width=380) as it:
            if scripts:
                expect(it.page.locator(".mw-output[data-mw-on]")).to_have_count(VIEWS)
                assert outcome_of_scripts(it.page) is None
            expect(it.page.locator(".mw-output :is(script, img, iframe, object, embed, a)")).to_have_count(0)
            assert not scrolls_sideways(it.page)
            it.assert_alone()


def test_html_of_a_cell_cannot_pass_its_own_program_for_the_report_s(browser: Browser, tmp_path: Path) -> None:
    """The boot looks the program up by an id, and a link has a text as a script has one."""
    own = base64.b64encode(gzip.compress(b"window.pwned = 'program'; export const mount = () => {};")).decode()
    posing = f'<a id="mw-code-{program().key}">{own}</a>'
    outputs = [new_output("display_data", {"text/html": posing})]
    outputs += [new_output("display_data", dict(each)) for each in bundles(sample("census").describe())]
    page = write_page(read_executed(new_notebook(cells=[new_code_cell("", outputs=outputs)])), facts=[], footer="")
    path = tmp_path / "posing.html"
    path.write_text(page, encoding="utf-8")
    with opened(browser, path, name="posing program") as it:
        expect(it.page.locator(".mw-output[data-mw-on] .mw")).to_have_count(1)
        assert outcome_of_scripts(it.page) is None
