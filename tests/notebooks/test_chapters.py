"""The notebooks as papermill runs them: on the samples, and on studies as awkward as people's own are."""

import shutil
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import nbformat
import numpy as np
import pandas as pd
import papermill as pm
import pytest
from papermill.exceptions import PapermillExecutionError

from mlops_widgets.report.chapter import CHAPTER_MIME
from mlops_widgets.report.notebooks import find_notebooks
from mlops_widgets.ui.show import JSON_MIME

pytestmark = pytest.mark.notebook

STUDIES = Path(__file__).parent / "studies"
CANARY = "canary-7f3a"
MOST_BYTES = 6_000_000
"""Of the executed notebook, in which every output stands alone; the page, which holds the bundle once, has 3 MB."""
MOST_KILOBYTES_OF_KERNEL = 1_000_000
STRATEGIES = (
    "tournament", "live", "own-tournament", "coverage", "reweight", "slices", "stress", "before-after-a", "cv", "leaks",
    "bias", "baselines", "learning", "calibration", "threshold", "before-after", "drift", "free", "change",
    "before-after-c", "plan", "peeking", "rollout", "before-after-d",
)  # fmt: skip
QUESTIONS = ("check-1", "check-2", "check-3", "check-4", "check-5")
TOLD = {"passed", "warning", "failed", "not_enough_data"}
PEAK = "print(next(line.split()[1] for line in open('/proc/self/status') if line.startswith('VmHWM')))"


@dataclass(frozen=True, kw_only=True)
class Run:
    """An executed notebook, its file, and its code cells by id; `peak` is the kernel's most memory in kilobytes."""

    name: str
    path: Path
    cells: Mapping[str, Any]
    metadata: Mapping[str, Any]
    peak: int

    def outputs(self, cell: str, mime: str) -> list[Any]:
        return [each["data"][mime] for each in self.cells[cell]["outputs"] if mime in each.get("data", {})]

    def results(self, cell: str) -> list[Any]:
        return self.outputs(cell, JSON_MIME)


def execute(name: str, folder: Path, parameters: Mapping[str, Any] | None = None, *, more: Sequence[Any] = ()) -> Run:
    """Run a notebook of ours with papermill in `folder`, and then `more` cells.

    On Linux a last cell tells the kernel's peak of memory.
    """
    notebook = nbformat.read(find_notebooks() / f"{name}.ipynb", as_version=4)
    notebook.cells += more
    if sys.platform == "linux":
        notebook.cells.append(nbformat.v4.new_code_cell(PEAK, id="peak"))
    path = folder / f"{name}-done.ipynb"
    pm.execute_notebook(
        notebook, path, parameters=dict(parameters or {}), kernel_name="python3", cwd=folder, progress_bar=False
    )
    done = nbformat.read(path, as_version=4)
    cells = {cell["id"]: cell for cell in done.cells if cell["cell_type"] == "code"}
    peak = int(cells.pop("peak")["outputs"][0]["text"]) if "peak" in cells else 0
    return Run(name=name, path=path, cells=cells, metadata=done.metadata, peak=peak)


def parameters_of(study: str, folder: Path) -> dict[str, Any]:
    """Return what a person passes to run a chapter on `study`; files of the person's own lie in `folder`."""
    if study in {"loans", "flights", "census"}:
        return {"study": study, **({"guess": 0.76} if study == "loans" else {})}
    if study == "logged":
        return write_log(folder / "log.csv")
    return {"study": str(shutil.copy(STUDIES / f"{study}.py", folder / "my study {0}.py"))}


def write_log(path: Path) -> dict[str, Any]:
    """Write predictions that were logged earlier, with a marked row, and return the parameters that read them."""
    rng = np.random.default_rng(11)
    y = rng.integers(0, 2, 500)
    comment = np.full(500, "fine", dtype=object)
    comment[17] = CANARY
    score = (0.5 + 0.2 * (2 * y - 1) * rng.uniform(0, 1, 500) + rng.normal(0, 0.1, 500)).clip(0, 1)
    pd.DataFrame({"comment": comment, "score": score, "clicked": y}).to_csv(path, index=False)
    return {"test": str(path), "target": "clicked", "scores": "score"}


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Run]:
    """Return what executes chapter 1 on a study, once for all tests."""

    @cache
    def run(study: str) -> Run:
        folder = tmp_path_factory.mktemp(study)
        return execute("01_overfitting", folder, parameters_of(study, folder))

    return run


@pytest.fixture(params=["loans", "flights", "census", "regression", "three_classes", "rule", "logged"])
def chapter(request: pytest.FixtureRequest, runs: Callable[[str], Run]) -> Run:
    """Return chapter 1 as it was executed on one study; a cell that raises fails every test of that study."""
    return runs(request.param)


@pytest.fixture(scope="module")
def start(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """Return the start page as it was executed on the sample that it starts on, in little time."""
    parameters = {"budget_seconds": 2, "answers": {"label_delay": "no"}}
    return execute("00_start_here", tmp_path_factory.mktemp("start"), parameters)


def assert_ran_and_is_shareable(run: Run) -> None:
    assert all(cell["execution_count"] is not None for cell in run.cells.values())
    kinds = {output["output_type"] for cell in run.cells.values() for output in cell["outputs"]}
    assert kinds <= {"display_data", "execute_result", "stream"}
    told = [o["text"] for cell in run.cells.values() for o in cell["outputs"] if o["output_type"] == "stream"]
    assert told == []  # no warning, no progress bar
    assert "widgets" not in run.metadata
    saved = run.path.read_bytes()
    assert b"widget-view" not in saved
    assert CANARY.encode() not in saved
    assert len(saved) < MOST_BYTES
    assert run.peak < MOST_KILOBYTES_OF_KERNEL


def test_a_chapter_runs_on_any_study_and_its_file_can_be_shared(chapter: Run) -> None:
    assert_ran_and_is_shareable(chapter)


def test_a_chapter_says_which_study_it_is_about(chapter: Run) -> None:
    (about,) = chapter.outputs("open", CHAPTER_MIME)
    assert about["study"]
    assert len(about["fingerprint"]) >= 8


def test_each_strategy_measures_or_names_what_is_missing(chapter: Run) -> None:
    wrong = {}
    for cell in STRATEGIES:
        (result,) = chapter.results(cell)
        first = result["findings"][0]
        remedy = "Pass " in first["action"] or (cell == "threshold" and "yes or no" in first["action"])
        named = "measured" in first["claim"] and remedy
        told = first["status"] in TOLD and (result["rows"] > 0 or cell == "peeking")  # it simulates, on no rows
        if not (named if first["status"] == "not_applicable" else told):
            wrong[cell] = first
    assert wrong == {}


def test_a_log_of_predictions_is_enough_and_what_needs_more_says_so(runs: Callable[[str], Run]) -> None:
    claims = {cell: runs("logged").results(cell)[0]["findings"][0]["claim"] for cell in STRATEGIES}
    assert "no model that can be refitted" in claims["cv"]
    assert "no production table" in claims["live"]


def test_every_question_is_asked_and_takeaways_are_three_sentences(chapter: Run) -> None:
    for cell in QUESTIONS:
        (result,) = chapter.results(cell)
        assert result["state"] in {"not tried", "can't be asked"}  # the latter where the study has no production, say
        assert result["question"]
    (words,) = chapter.outputs("takeaways", "text/plain")
    assert len(words.splitlines()) == 3


def test_on_a_sample_every_question_can_be_asked(runs: Callable[[str], Run]) -> None:
    states = {cell: runs("loans").results(cell)[0]["state"] for cell in QUESTIONS}
    assert set(states.values()) == {"not tried"}


def test_a_guess_among_the_parameters_stands_in_what_was_said(runs: Callable[[str], Run]) -> None:
    (words,) = runs("loans").outputs("compare-guess", "text/plain")
    assert words.startswith("You said .76, it was .")


def test_without_a_guess_nobody_was_asked_and_nobody_is_scolded(runs: Callable[[str], Run]) -> None:
    (words,) = runs("logged").outputs("compare-guess", "text/plain")
    assert words.startswith("It was .")


def test_the_start_page_runs_and_its_file_can_be_shared(start: Run) -> None:
    assert_ran_and_is_shareable(start)
    (scorecard,) = start.results("run-all")
    assert {finding["status"] for finding in scorecard["findings"]} <= TOLD | {"not_applicable", "not_run"}
    (conformance,) = start.results("conformance")
    assert {finding["status"] for finding in conformance["findings"]} <= {"passed", "warning", "not_applicable"}


def test_answers_among_the_parameters_say_which_chapter_to_open(start: Run) -> None:
    (words,) = start.outputs("assessment", "text/plain")
    assert "Open chapter 2 first" in words


def test_a_run_for_a_file_leaves_no_study_behind(start: Run) -> None:
    assert [path.name for path in start.path.parent.iterdir()] == [start.path.name]


def test_a_study_that_was_loaded_is_taken_along_once_and_found_again(tmp_path: Path) -> None:
    """As a person does who loads a study in the form, runs the cells below, and later runs all cells again."""
    parameters = write_log(tmp_path / "log.csv")
    source = {cell["id"]: cell["source"] for cell in nbformat.read(find_notebooks() / "00_start_here.ipynb", 4).cells}
    again = [
        nbformat.v4.new_code_cell(f"loader.study = mw.load_study(**{parameters}, seed=1)", id="loaded"),
        nbformat.v4.new_code_cell(source["save"], id="save-yours"),
        nbformat.v4.new_code_cell("found = mw.open_study()", id="find"),
        nbformat.v4.new_code_cell("assert found.fingerprint == loader.study.fingerprint", id="same"),
        nbformat.v4.new_code_cell(
            "from dataclasses import replace; chapter = replace(chapter, study=found)", id="reopen"
        ),
        nbformat.v4.new_code_cell(source["load"], id="load-yours"),
        nbformat.v4.new_code_cell(source["save"], id="save-again"),
    ]
    run = execute("00_start_here", tmp_path, parameters, more=again)
    assert run.outputs("assessment", "text/plain")[0].startswith("– not run")
    assert (tmp_path / "study.toml").exists()
    assert run.cells["save-again"]["outputs"] == []


@pytest.mark.parametrize(
    ("parameters", "said"),
    [
        (
            {"tets": "log.csv"},
            ("UnknownNameError: Unknown parameter 'tets'", "study, trust, guess", "Did you mean 'test'"),
        ),
        ({"study": "laons"}, ("Unknown study 'laons'", "loans, flights, census", "Did you mean 'loans'")),
        ({"guess": "high"}, ("guess='high'", "Pass a number, or None")),
        ({"seed": -1}, ("seed=-1", "0 or more")),
        ({"render": "dead"}, ("render='dead'", "'live', 'static' or None")),
    ],
    ids=["name", "study", "guess", "seed", "render"],
)
def test_a_wrong_parameter_stops_the_first_cell_and_names_the_right_ones(
    parameters: dict[str, Any], said: tuple[str, ...], tmp_path: Path
) -> None:
    with pytest.raises(PapermillExecutionError) as raised:
        execute("01_overfitting", tmp_path, parameters)
    assert raised.value.source.startswith("import mlops_widgets as mw")
    message = f"{raised.value.ename}: {raised.value.evalue}"
    assert [words for words in said if words not in message] == []
