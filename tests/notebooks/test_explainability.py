"""Chapter 5 as papermill runs it: on the samples, and on studies as awkward as people's own are."""

from collections.abc import Callable
from functools import cache

import pytest

from tests.notebooks.running import TOLD, Run, assert_ran_and_is_shareable, execute, parameters_of

pytestmark = pytest.mark.notebook

STRATEGIES = (
    "perfect", "shortcuts", "explain", "what-if", "agree", "trust", "audit", "document", "importance", "effects",
    "interactions", "cohorts", "manager", "recourse", "letter",
)  # fmt: skip
QUESTIONS = ("check-1", "check-2", "check-3", "check-4")


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Run]:
    """Return what executes chapter 5 on a study, once for all tests."""

    @cache
    def run(study: str) -> Run:
        folder = tmp_path_factory.mktemp(study)
        return execute("05_explainability", folder, parameters_of(study, folder))

    return run


@pytest.fixture(params=["loans", "flights", "regression", "three_classes", "rule", "logged"])
def chapter(request: pytest.FixtureRequest, runs: Callable[[str], Run]) -> Run:
    """Return chapter 5 as it was executed on one study; a cell that raises fails every test of that study."""
    return runs(request.param)


def test_the_chapter_runs_on_any_study_and_its_file_can_be_shared(chapter: Run) -> None:
    assert_ran_and_is_shareable(chapter)


def test_each_strategy_measures_or_names_what_is_missing(chapter: Run) -> None:
    wrong = {}
    for cell in STRATEGIES:
        (result,) = chapter.results(cell)
        first = result["findings"][0]
        missing = "isn't known here" if cell == "document" else "measured"  # a document is written all the same
        named = missing in first["claim"] and "Pass " in first["action"]
        if not (named if first["status"] == "not_applicable" else first["status"] in TOLD):
            wrong[cell] = first
    assert wrong == {}


def test_every_question_is_asked_and_takeaways_are_three_sentences(chapter: Run) -> None:
    for cell in QUESTIONS:
        (result,) = chapter.results(cell)
        assert result["state"] in {"not tried", "can't be asked"}
    (words,) = chapter.outputs("takeaways", "text/plain")
    assert len(words.splitlines()) == 3


def test_on_a_sample_every_question_can_be_asked(runs: Callable[[str], Run]) -> None:
    assert {runs("loans").results(cell)[0]["state"] for cell in QUESTIONS} == {"not tried"}


def test_a_log_of_predictions_says_that_a_model_is_missing(runs: Callable[[str], Run]) -> None:
    claims = {
        cell: runs("logged").results(cell)[0]["findings"][0]["claim"] for cell in ("explain", "recourse", "letter")
    }
    assert {cell: claim for cell, claim in claims.items() if "no model that can be asked" not in claim} == {}
