"""The self-assessment: what ten answers say, and that they stay where they were given."""

from typing import Any

import pytest

import mlops_widgets as mw
from mlops_widgets.core.display import bundles
from mlops_widgets.core.result import Result
from mlops_widgets.report.assessment import QUESTIONS, REPLIES, TOPICS, SelfAssessment
from mlops_widgets.report.notebooks import find_chapters, find_notebooks
from mlops_widgets.ui.host import set_render
from tests.ui.conftest import FakeScreen


def test_two_questions_stand_for_each_of_five_pitfalls() -> None:
    assert [topic.number for topic in TOPICS] == [1, 2, 3, 4, 5]
    assert len(QUESTIONS) == 10
    assert all(question.text.endswith("?") for question in QUESTIONS.values())


def test_a_chapter_is_named_exactly_where_there_is_one() -> None:
    there = {number: path.name for number, path in find_chapters(find_notebooks()).items() if number}
    assert {topic.number: topic.notebook for topic in TOPICS if topic.notebook} == there


def test_without_answers_everything_is_not_asked_in_words() -> None:
    result = mw.assess()
    assert {finding.status for finding in result.findings} == {"not_run"}
    assert result.headline == "Not asked: none of the ten questions was answered."
    assert list(result.frame()["answer"].unique()) == ["not answered"]


def test_the_pitfall_with_most_that_is_lacking_leads_and_names_its_chapter() -> None:
    result = mw.assess(group_rates="no", decision_record="no", top_columns="don't know")
    assert result.headline.startswith(
        "Open chapter 3 first, Overlooking governance and compliance. Lacking, as you say: "
    )
    assert result.findings[0].action.startswith("Open 03_governance.ipynb. Compare ")
    assert [finding.status for finding in result.findings] == [
        "warning", "not_enough_data", "not_run", "not_run", "not_run",
    ]  # fmt: skip
    assert mw.assess(untouched_test="no").findings[0].action.startswith("Open 01_overfitting.ipynb.")


def test_an_answer_of_no_comes_before_not_knowing() -> None:
    result = mw.assess(production_score="don't know", untouched_test="don't know", near_duplicates="no")
    assert [finding.code for finding in result.findings[:2]] == ["SA-04", "SA-01"]


def test_two_answers_of_no_come_before_one() -> None:
    result = mw.assess(untouched_test="no", group_rates="no", decision_record="no")
    assert [finding.code for finding in result.findings[:2]] == ["SA-03", "SA-01"]
    assert result.headline.startswith("Open chapter 3 first")
    assert mw.assess(untouched_test="don't know", group_rates="no").findings[0].code == "SA-03"


def test_ten_times_yes_is_taken_as_said_and_sends_nobody_away() -> None:
    result = mw.assess(**dict.fromkeys(QUESTIONS, "yes"))  # type: ignore[arg-type]  # each is an answer
    assert {finding.status for finding in result.findings} == {"passed"}
    assert result.headline.startswith("Nothing that you know of is lacking.")
    assert result.findings[0].action == "Measure it once, to be sure."


def test_one_yes_speaks_for_no_more_than_the_question_answered() -> None:
    headline = mw.assess(production_score="yes").headline
    assert headline.startswith("Nothing that you know of is lacking, with 1 of 10 questions answered.")


@pytest.mark.parametrize("reply", REPLIES)
@pytest.mark.parametrize("name", QUESTIONS)
def test_every_question_counts(name: str, reply: Any) -> None:
    result = mw.assess(**{name: reply})
    assert [f.status for f in result.findings if name in f.evidence] == [
        {"yes": "passed", "no": "warning", "don't know": "not_enough_data"}[reply]
    ]


def test_wrong_names_and_answers_are_named() -> None:
    with pytest.raises(KeyError, match=r"Unknown question 'label_dely'.*Did you mean 'label_delay'"):
        mw.assess(label_dely="yes")
    with pytest.raises(ValueError, match=r"label_delay='maybe'. Allowed: 'yes', 'no', \"don't know\", or None"):
        mw.assess(label_delay="maybe")  # type: ignore[arg-type]  # the point of the test
    with pytest.raises(TypeError, match="Pass a map from questions to answers"):
        mw.SelfAssessment("yes")  # type: ignore[arg-type]  # the point of the test


def test_a_file_shows_the_answers_that_were_passed() -> None:
    assert SelfAssessment({"label_delay": "no"}).result == mw.assess(label_delay="no")
    assert SelfAssessment().run(label_delay="no") == mw.assess(label_delay="no")


def test_answers_given_on_the_screen_are_not_saved_with_the_notebook() -> None:
    set_render("live")
    try:
        live = SelfAssessment(screen=(screen := FakeScreen()))
        live._ipython_display_()
        (widget,) = screen.widgets
        widget.start({"label_delay": "no"})
        widget.join(10)
    finally:
        set_render(None)
    assert live.result == mw.assess(label_delay="no")
    assert "Open chapter 2 first" in str(widget.message)
    assert "Open chapter 2 first" not in str(screen.shown)


def test_the_result_looks_like_any_other() -> None:
    result: Result = mw.assess(label_delay="no")
    assert "Open chapter 2 first" in bundles(result)[0]["text/plain"]
