"""Chapter 2 as papermill runs it: on the desk that changes, on a study in which nothing does, on studies as awkward as people's own."""

from collections.abc import Callable
from functools import cache

import pytest

from tests.notebooks.running import TOLD, Run, assert_ran_and_is_shareable, execute, parameters_of

pytestmark = pytest.mark.notebook

LOOKS = ("review", "retraining", "champion", "schedule", "retirement")
PRICES = ("waiting", "waiting-review", "waiting-retraining", "waiting-retirement", "waiting-automation")
QUESTIONS = tuple(f"exercise-{k}" for k in range(1, 6))


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Run]:
    """Return what executes chapter 2 on a study, once for all tests."""

    @cache
    def run(name: str) -> Run:
        folder = tmp_path_factory.mktemp(name.replace("+", "_"))
        return execute("02_lifecycle", folder, parameters_of(name, folder))

    return run


@pytest.fixture(params=["loans+shock", "census", "flights", "regression", "three_classes", "logged"])
def chapter(request: pytest.FixtureRequest, runs: Callable[[str], Run]) -> Run:
    """Return chapter 2 as it was executed on one study; a cell that raises fails every test of that study."""
    return runs(request.param)


def test_the_chapter_runs_on_any_study_and_its_file_can_be_shared(chapter: Run) -> None:
    assert_ran_and_is_shareable(chapter)


def test_each_strategy_measures_or_names_what_is_missing(chapter: Run) -> None:
    wrong = {}
    for cell in (*LOOKS, *PRICES):
        (result,) = chapter.results(cell)
        first = result["findings"][0]
        named = "measured" in first["claim"] and first["action"]
        if not (named if first["status"] == "not_applicable" else first["status"] in TOLD):
            wrong[cell] = first
    assert wrong == {}


def test_the_pipeline_is_planned_and_nothing_is_written(chapter: Run) -> None:
    (planned,) = chapter.results("pipeline")
    assert planned["findings"][0]["status"] == "not_run"
    assert {each.suffix for each in chapter.path.parent.iterdir()} <= {
        ".ipynb",
        ".py",
        ".csv",
    }  # what was brought, and what ran


def test_every_question_is_asked_and_takeaways_are_three_sentences(chapter: Run) -> None:
    for cell in QUESTIONS:
        (result,) = chapter.results(cell)
        assert result["state"] in {"not tried", "can't be asked"}
    (words,) = chapter.outputs("takeaways", "text/plain")
    assert len(words.splitlines()) == 3


def test_logged_answers_without_a_date_or_a_model_are_told_what_to_bring(runs: Callable[[str], Run]) -> None:
    logged = runs("logged")
    for cell in ("review", "retraining", "waiting"):
        first = logged.results(cell)[0]["findings"][0]
        assert (first["status"], first["action"][:5]) == ("not_applicable", "Pass "), cell
