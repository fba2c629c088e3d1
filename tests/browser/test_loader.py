"""A newcomer's way from files of their own to the first finding, by keyboard, on a server as Jupyter ships it."""

from collections.abc import Iterator
from pathlib import Path

import joblib
import numpy as np
import pandas as pd
import pytest
import skops.io
from playwright.sync_api import Browser, Locator, Page, expect
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from tests.browser.harness import (
    Lab,
    fresh_page,
    number_of_cells,
    run_cell,
    running_lab,
    save,
    shoot,
    show_cell,
    use_theme,
)
from tests.browser.stories import run_story
from tests.browser.views import contrast, focused, shown, sticking_out, tab_to

pytestmark = pytest.mark.browser

CELLS = (
    "import mlops_widgets as mw\nloader = mw.StudyLoader()\nloader",
    "result = mw.overfitting.compare_live(loader.study)\nresult",
    "print(loader.study.name, loader.study.roles.target, loader.study.test.rows)",
)
LARGE = 50_000_000
TEXTS = (".mw-hint", ".mw-choice-line", ".mw-next", ".mw-found", ".mw-step-number", ".mw-column-cells", ".mw-button",
         ".mw-loaded-next", ".mw-folder-name", ".mw-trust-head", ".mw-then", ".mw-error")  # fmt: skip


@pytest.fixture(scope="module")
def plain_lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """Return a JupyterLab without our settings: a message over 10 MiB closes its websocket."""
    folder = tmp_path_factory.mktemp("plain")
    with running_lab(folder, ours=False) as lab:
        yield lab


@pytest.fixture
def plain(browser: Browser, plain_lab: Lab, request: pytest.FixtureRequest) -> Iterator[Page]:
    """Return a fresh page of it, high enough to show the whole form."""
    with fresh_page(browser, plain_lab, request.node.name) as page:
        page.set_viewport_size({"width": 1280, "height": 2400})
        page.on("filechooser", lambda _: None)  # so that Playwright takes every dialog over from the beginning
        yield page


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder as a newcomer has it: two tables and a model, in a good and in a doubtful format."""
    folder = tmp_path_factory.mktemp("files")
    rng = np.random.default_rng(0)
    rows = 1_200
    frame = pd.DataFrame(
        {"age": rng.integers(18, 80, rows), "income": rng.normal(40, 9, rows).round(1), "visits": rng.poisson(3, rows)}
    )
    frame["day"] = (pd.Timestamp("2024-01-01") + pd.to_timedelta(np.arange(rows) // 5, "D")).strftime("%Y-%m-%d")
    frame["churned"] = np.where(rng.random(rows) < 1 / (1 + np.exp(2 - frame["visits"])), "yes", "no")
    model = make_pipeline(StandardScaler(), LogisticRegression()).fit(
        frame[["age", "income", "visits"]][:600], frame["churned"][:600]
    )
    frame[600:900].to_csv(folder / "test.csv", index=False)
    frame[900:].to_csv(folder / "production.csv", index=False)
    skops.io.dump(model, folder / "model.skops")
    joblib.dump(model, folder / "model.joblib")
    return folder


def field(page: Page, name: str) -> Locator:
    return page.get_by_role("group", name=name, exact=True).filter(visible=True)


def begin(page: Page, lab: Lab, name: str, *cells: str) -> None:
    run_story(page, lab, *(cells or CELLS), name=name)
    show_cell(page, 0)
    expect(shown(page, ".mw-loader")).to_have_count(1)
    page.evaluate("() => window.jupyterapp.shell.currentWidget.content.activate()")


def choose_own(page: Page) -> None:
    tab_to(page, "INPUT")
    for _ in range(3):
        page.keyboard.press("ArrowDown")
        page.wait_for_timeout(0)
    expect(shown(page, ".mw-field")).to_have_count(4)


def upload(page: Page, slot: str, path: Path) -> None:
    """Choose a file; the dialog of the operating system is all that a test can't reach by keyboard."""
    tab_to(page, f"INPUT Upload a file for {slot}")
    with page.expect_file_chooser() as chosen:
        page.keyboard.press("Enter")
    chosen.value.set_files(path)
    expect(field(page, slot).locator(".mw-found, .mw-question-box")).to_have_count(1, timeout=60_000)


def test_a_newcomer_comes_from_two_files_to_the_first_finding_by_keyboard(
    plain: Page, plain_lab: Lab, files: Path
) -> None:
    page, root = plain, plain_lab.root
    begin(page, plain_lab, "newcomer.ipynb")
    before = number_of_cells(page)
    shoot(page, "loader 1 start")
    choose_own(page)
    assert "INPUT" in focused(page), "the focus stays where it was when the form is drawn anew"
    expect(shown(page, ".mw-next")).to_have_text("Next: choose a model, and a table to test it on.")
    shoot(page, "loader 2 own")
    upload(page, "Model", files / "model.skops")
    expect(field(page, "Model").locator(".mw-found")).to_contain_text("Pipeline")
    upload(page, "Test", files / "test.csv")
    expect(page.get_by_label("Role of churned")).to_have_value("target")
    shoot(page, "loader 3 uploaded")
    (root / "later").mkdir()
    (root / "later" / "production.csv").write_bytes((files / "production.csv").read_bytes())
    walk_to_production(page)
    say_a_role_and_take_it_back(page)
    load_and_save(page)

    ran = run_cell(page, 1)
    assert ran.errors == []
    assert "ROC AUC" in str(ran.outputs[0]["data"]["text/plain"])
    assert run_cell(page, 2).outputs[0]["text"] == "yours churned 300\n"
    show_cell(page, 1)
    shoot(page, "loader 6 first finding")
    assert number_of_cells(page) == before
    assert 'test = "uploads/test.csv"' in (root / "study.toml").read_text()
    save(page)
    assert "2024-06-01" not in (root / "newcomer.ipynb").read_text(), "rows of a preview aren't saved"


def walk_to_production(page: Page) -> None:
    """Choose later/production.csv in the list of the server's files."""
    tab_to(page, "BUTTON Browse files for Production")
    page.keyboard.press("Enter")
    expect(shown(page, ".mw-browser")).to_have_count(1)
    shoot(page, "loader 4 browser")
    tab_to(page, "DIV ")
    for key in ("Home", "l", "Enter"):
        page.keyboard.press(key)
    expect(shown(page, ".mw-entry").filter(has_text="production.csv")).to_have_count(1)
    page.keyboard.press("p")
    page.keyboard.press("Enter")
    expect(field(page, "Production").locator(".mw-found")).to_have_count(1)


def say_a_role_and_take_it_back(page: Page) -> None:
    role = page.get_by_label("Role of day")
    expect(role).to_have_value("time")
    tab_to(page, "SELECT Role of day")
    page.keyboard.press("i")
    expect(shown(page, ".mw-column").filter(has_text="as you said")).to_have_count(1)
    expect(role).to_have_value("id")
    assert focused(page).startswith("SELECT Role of day")
    for key in ("t", "i"):  # target, then time: only where the typing ends is told
        page.keyboard.press(key)
    expect(role).to_have_value("time")


def load_and_save(page: Page) -> None:
    tab_to(page, "BUTTON Load this study")
    page.keyboard.press("Enter")
    expect(shown(page, ".mw-fresh")).to_contain_text("predicts 'churned' = 'yes'")
    tab_to(page, "SUMMARY The code")
    page.keyboard.press("Enter")
    expect(shown(page, ".mw-snippet").first).to_contain_text('model="uploads/model.skops"')
    tab_to(page, "BUTTON Save study.toml")
    page.keyboard.press("Enter")
    expect(shown(page, ".mw-loaded .mw-job-text")).to_contain_text("Saved as study.toml")
    shoot(page, "loader 5 loaded")


def test_fifty_megabytes_come_through_a_server_with_its_own_limits(plain: Page, plain_lab: Lab, tmp_path: Path) -> None:
    page = plain
    line = "0,1,2,3,4,5,6,7,8,9,yes\n"
    large = tmp_path / "large.csv"
    large.write_text("a,b,c,d,e,f,g,h,i,j,label\n" + line * (LARGE // len(line) + 1))
    begin(page, plain_lab, "large.ipynb", CELLS[0])
    choose_own(page)
    upload(page, "Test", large)
    came = plain_lab.root / "uploads" / "large.csv"
    assert came.stat().st_size == large.stat().st_size > LARGE
    assert came.read_bytes() == large.read_bytes()
    expect(field(page, "Test").locator(".mw-found")).to_contain_text("11 columns")


def test_an_upload_is_stopped_by_keyboard_and_leaves_nothing(plain: Page, plain_lab: Lab, tmp_path: Path) -> None:
    page = plain
    huge = tmp_path / "huge.csv"
    with huge.open("wb") as file:
        file.truncate(900_000_000)  # a hole: it costs no disk here
    begin(page, plain_lab, "stopped.ipynb", CELLS[0])
    choose_own(page)
    tab_to(page, "INPUT Upload a file for Test")
    with page.expect_file_chooser() as chosen:
        page.keyboard.press("Enter")
    chosen.value.set_files(huge)
    expect(field(page, "Test").locator(".mw-transfer")).to_contain_text("of 900 MB")
    shoot(page, "loader 7 uploading")
    tab_to(page, "BUTTON Stop the upload")
    page.keyboard.press("Enter")
    expect(shown(page, ".mw-transfer")).to_have_count(0)
    assert [path for path in (plain_lab.root / "uploads").iterdir() if "huge" in path.name or path.name[0] == "."] == []


def test_a_pickle_is_opened_only_by_a_tick_and_a_button(plain: Page, plain_lab: Lab, files: Path) -> None:
    page = plain
    begin(page, plain_lab, "pickle.ipynb", CELLS[0])
    choose_own(page)
    upload(page, "Test", files / "test.csv")
    upload(page, "Model", files / "model.joblib")
    question = shown(page, ".mw-question-box")
    expect(question).to_contain_text("A pickle is a program")
    expect(question.get_by_role("button", name="Open this file")).to_be_disabled()
    expect(shown(page, ".mw-next")).to_have_text("Next: say whether you trust the model's file.")
    shoot(page, "loader 8 trust")
    tab_to(page, "INPUT")
    while page.evaluate("() => document.activeElement.type") != "checkbox":
        page.keyboard.press("Tab")
    page.keyboard.press("Space")
    expect(question.get_by_role("button", name="Open this file")).to_be_enabled()
    tab_to(page, "BUTTON Open this file")
    page.keyboard.press("Enter")
    expect(field(page, "Model").locator(".mw-found")).to_contain_text("Pipeline", timeout=60_000)
    tab_to(page, "BUTTON Load this study")
    page.keyboard.press("Enter")
    expect(shown(page, ".mw-fresh")).to_have_count(1, timeout=60_000)
    save(page)
    assert "sha256:" not in (plain_lab.root / "pickle.ipynb").read_text()


def test_every_control_has_a_name_and_the_form_is_readable_in_every_look(
    plain: Page, plain_lab: Lab, files: Path
) -> None:
    page = plain
    cells = (f"import pandas as pd\nholdout = pd.read_csv({str(files / 'test.csv')!r})", *CELLS[:1])
    run_story(page, plain_lab, *cells, name="looks_loader.ipynb")
    show_cell(page, 1)
    page.get_by_role("radio", name="your own").check()
    page.get_by_label("Test in this notebook").select_option("holdout")
    path = page.get_by_label("Path of a file for Model")
    path.fill(str(files / "model.joblib"))
    path.press("Enter")
    expect(shown(page, ".mw-question-box")).to_have_count(1, timeout=60_000)
    page.get_by_label("Path of a file for Production").fill("nowhere.csv")
    page.keyboard.press("Enter")
    expect(shown(page, ".mw-error")).to_have_count(1)
    page.get_by_role("button", name="Browse files for Reference").click()
    expect(shown(page, ".mw-browser")).to_have_count(1)
    nameless = page.evaluate("""() => Array.from(document.querySelectorAll(".mw-live :is(input, select, button)"))
        .filter(node => !(node.ariaLabel || node.labels?.[0]?.textContent || node.textContent)).map(node => node.outerHTML)""")
    unguarded = page.evaluate("""() => Array.from(document.querySelectorAll(".mw-live :is(input, select, button, summary, [tabindex])"))
        .filter(node => node.dataset.lmSuppressShortcuts !== "true").map(node => node.outerHTML)""")
    assert (nameless, unguarded) == ([], [])
    for dark in (False, True):
        use_theme(page, dark=dark)
        ratios = {text: min(contrast(node) for node in shown(page, text).all()) for text in TEXTS}
        assert {text: ratio for text, ratio in ratios.items() if ratio < 4.5} == {}
        shoot(page, f"loader looks {'dark' if dark else 'light'}")
    page.add_style_tag(content=".jp-OutputArea-output { max-width: 480px; }")
    root = shown(page, ".mw").last
    page.wait_for_function("node => node.clientWidth <= 480", arg=root.element_handle())
    page.evaluate("() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")
    assert sticking_out(root) == []
    shoot(page, "loader looks narrow")
    use_theme(page, dark=False)
