"""The notebooks as papermill runs them: on the samples, and on studies as awkward as people's own are."""

from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import nbformat
import pytest
from papermill.exceptions import PapermillExecutionError

from mlops_widgets.report.chapter import CHAPTER_MIME
from mlops_widgets.report.notebooks import find_notebooks
from tests.notebooks.running import TOLD, Run, assert_ran_and_is_shareable, execute, parameters_of, write_log

pytestmark = pytest.mark.notebook

STRATEGIES = (
    "tournament", "live", "own-tournament", "coverage", "reweight", "slices", "stress", "before-after-a", "cv", "leaks",
    "bias", "baselines", "learning", "calibration", "threshold", "before-after", "drift", "free", "change",
    "before-after-c", "plan", "peeking", "rollout", "before-after-d",
)  # fmt: skip
QUESTIONS = ("check-1", "check-2", "check-3", "check-4", "check-5")


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
            ("UnknownNameError: Unknown parameter 'tets'", "study, table, trust, guess", "Did you mean 'test'"),
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
