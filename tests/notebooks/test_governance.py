"""Chapter 3 as papermill runs it: on the desk with wrong records, and on studies with and without groups."""

from collections.abc import Callable
from functools import cache

import pytest

from tests.notebooks.running import TOLD, Run, assert_ran_and_is_shareable, execute, parameters_of

pytestmark = pytest.mark.notebook

LOOKS = ("fairness", "alternatives", "checklist", "log", "usage", "card", "datasheet", "decision", "bundle")
AUDITS = ("audit", "evidence", "audit-ethics", "audit-platform", "audit-transparency")
QUESTIONS = tuple(f"exercise-{k}" for k in range(1, 6))


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Run]:
    """Return what executes chapter 3 on a study, once for all tests."""

    @cache
    def run(name: str) -> Run:
        folder = tmp_path_factory.mktemp(name.replace("+", "_"))
        return execute("03_governance", folder, parameters_of(name, folder))

    return run


@pytest.fixture(params=["loans+biased_recording", "census", "regression", "three_classes", "logged"])
def chapter(request: pytest.FixtureRequest, runs: Callable[[str], Run]) -> Run:
    """Return chapter 3 as it was executed on one study; a cell that raises fails every test of that study."""
    return runs(request.param)


def test_the_chapter_runs_on_any_study_and_its_file_can_be_shared(chapter: Run) -> None:
    assert_ran_and_is_shareable(chapter)


def test_each_look_measures_or_names_what_is_missing(chapter: Run) -> None:
    wrong = {}
    for cell in LOOKS:
        (result,) = chapter.results(cell)
        first = result["findings"][0]
        named = "measured" in first["claim"] and first["action"]
        if not (named if first["status"] == "not_applicable" else first["status"] in TOLD):
            wrong[cell] = first
    assert wrong == {}


def test_evidence_is_never_taken_back_along_the_chapter(chapter: Run) -> None:
    met = []
    for cell in AUDITS:
        (result,) = chapter.results(cell)
        met.append(result["findings"][0]["evidence"]["met"])
    assert met == sorted(met)
    assert met[-1] > met[0]


def test_the_log_shows_the_rewrite_to_who_kept_the_root(chapter: Run) -> None:
    (kept,), (rewritten,) = (chapter.results(cell) for cell in ("log", "rewrite"))
    assert {each["status"] for each in kept["findings"]} <= {"passed", "warning"}
    assert rewritten["findings"][0]["code"] == "GV-LO-02"
    assert rewritten["findings"][0]["status"] == "failed"


def test_every_question_is_asked_and_takeaways_are_three_sentences(chapter: Run) -> None:
    for cell in QUESTIONS:
        (result,) = chapter.results(cell)
        assert result["state"] in {"not tried", "can't be asked"}
    (words,) = chapter.outputs("takeaways", "text/plain")
    assert len(words.splitlines()) == 3
