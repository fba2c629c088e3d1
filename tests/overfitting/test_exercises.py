"""The exercises: each answer is measured on the study that is loaded."""

import re
from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np
import pytest

import mlops_widgets as mw
from mlops_widgets.core.result import NoResult, Result
from mlops_widgets.errors import UnknownNameError
from mlops_widgets.overfitting import CrossValidationResult, LiveGapResult
from tests import awkward


@cache
def _loans() -> tuple[mw.Study, LiveGapResult, CrossValidationResult]:
    study = mw.sample("loans")
    live = mw.overfitting.compare_live(study, folds=2, draws=100)
    validation = mw.overfitting.cross_validate(study, folds=2, repeats=1, max_fit_rows=600)
    assert isinstance(live, LiveGapResult)
    assert isinstance(validation, CrossValidationResult)
    return study, live, validation


@cache
def _census() -> mw.Study:
    return mw.sample("census")


def _ask(code: str, answer: Any) -> Any:
    study, *results = _loans()
    return mw.exercise(code, study, answer=answer, results=results)


@pytest.mark.parametrize("code", ["OV-1", "OV-2", "OV-3", "OV-4"])
def test_without_an_answer_it_is_not_tried_and_asks(code: str) -> None:
    result = _ask(code, None)
    assert result.state == "not tried"
    assert result.status == "not_run"
    assert result.question in result.headline


@pytest.mark.parametrize(
    ("code", "answer"),
    [("OV-1", 5), ("OV-1", (1, 100)), ("OV-2", "shuffled"), ("OV-3", "May"), ("OV-4", "many"), ("OV-4", True)],
)
def test_an_answer_of_another_form_is_an_error_and_not_wrong(code: str, answer: Any) -> None:
    result = _ask(code, answer)
    assert result.state == "error"
    assert result.headline.startswith("Your answer can't be used")


def test_few_models_on_many_rows_are_a_fair_tournament_and_many_on_few_are_not() -> None:
    assert _ask("OV-1", (2, 2000)).state == "right"
    assert _ask("OV-1", (100, 50)).state == "not yet"


def test_a_scheme_is_right_where_its_interval_holds_production() -> None:
    _, live, validation = _loans()
    production = live.stage("production")
    assert production is not None
    for scheme in validation.schemes:
        if scheme.status == "measured":
            holds = scheme.lower <= production.value <= scheme.upper
            assert (_ask("OV-2", scheme.name).state == "right") == holds


def test_a_scheme_may_be_answered_by_its_label() -> None:
    _, _, validation = _loans()
    for scheme in validation.schemes:
        if scheme.status == "measured":
            assert _ask("OV-2", scheme.label).state == _ask("OV-2", scheme.name).state


def test_more_test_rows_than_there_are_is_said_and_no_other_size_is_used() -> None:
    result = _ask("OV-1", (5, 10**6))
    assert result.state == "error"
    assert result.status == "warning"
    assert "labelled rows. Try 2 to " in result.headline


def test_the_size_asked_for_is_used_where_the_truth_is_not_known() -> None:
    study = _census()
    assert "on 60 test rows" in mw.exercise("OV-1", study, answer=(3, 60)).headline


@pytest.mark.parametrize("code", ["OV-2", "OV-3"])
def test_a_question_about_production_cannot_be_asked_without_it(code: str) -> None:
    full = _census()
    bare = mw.load_study(
        model=full.model.model, reference=full.need("reference").pandas(), target=full.outcome.target,  # type: ignore[attr-defined]
        test=full.need("test").pandas(), features=list(full.model.features),
    )  # fmt: skip
    result = mw.exercise(code, bare)
    assert result.state == "can't be asked"
    assert result.status == "not_applicable"
    assert result.headline.endswith("the study has no labelled production rows.")


def test_the_rows_of_a_test_cannot_be_asked_for_without_one() -> None:
    full = _census()
    bare = mw.load_study(
        model=full.model.model, reference=full.need("reference").pandas(), target=full.outcome.target,  # type: ignore[attr-defined]
        features=list(full.model.features),
    )  # fmt: skip
    assert mw.exercise("OV-4", bare, answer=100).state == "can't be asked"


def test_questions_list_what_there_is_to_choose_from() -> None:
    _, live, validation = _loans()
    names = [scheme.name for scheme in validation.schemes if scheme.status == "measured"]
    assert all(name in _ask("OV-2", None).question for name in names)
    assert live.chunk_labels[0] in _ask("OV-3", None).question


def test_the_worst_chunk_is_the_one_with_the_lowest_score() -> None:
    _, live, _ = _loans()
    order = np.argsort(live.chunk_values)
    assert _ask("OV-3", live.chunk_labels[order[0]]).state == "right"
    assert _ask("OV-3", live.chunk_labels[order[-1]]).state == "not yet"


def test_the_rows_needed_follow_from_the_width_of_the_interval() -> None:
    _, live, _ = _loans()
    test = live.stage("test")
    assert test is not None
    needed = test.rows * ((test.upper - test.lower) / 2 / live.margin) ** 2
    assert _ask("OV-4", needed).state == "right"
    assert _ask("OV-4", needed * 2).state == "not yet"


def test_a_wrong_number_of_rows_is_not_told_the_right_one() -> None:
    study, live, _ = _loans()
    test = live.stage("test")
    assert test is not None
    half = (test.upper - test.lower) / 2
    near = replace(live, margin=round(half, 3) + 0.0004)  # both would round to the same
    wrong = mw.exercise("OV-4", study, answer=1, results=(near,)).headline
    reached, margin = re.findall(r"reaches (\S+) .* margin is ([.\d]+)\.$", wrong)[0]
    assert reached != margin
    assert "needed" not in wrong
    assert "rows are needed" in mw.exercise("OV-4", study, answer=test.rows, results=(near,)).headline
    assert not re.search(r"\d", mw.exercise("OV-4", study).question)


def test_the_hint_comes_with_the_second_wrong_answer() -> None:
    study = mw.sample("loans", seed=1)
    _, live, _ = _loans()
    first, second = (mw.exercise("OV-4", study, answer=1, results=(live,)) for _ in range(2))
    assert first.findings[0].action == ""
    assert "four times the rows" in second.findings[0].action


def test_a_study_that_lacks_what_is_asked_says_so() -> None:
    study = awkward.logged_predictions().study
    results: list[Result] = [
        mw.exercise("OV-1", awkward.callable_only().study, answer=(5, 50)),
        mw.exercise("OV-2", study, answer="random"),
    ]
    assert all(result.status in {"not_applicable", "warning", "passed"} for result in results)
    assert "can't" in mw.exercise("OV-2", study, answer="random").headline.lower()


def test_results_that_are_no_results_are_measured_anew() -> None:
    study, live, _ = _loans()
    nothing = NoResult(findings=live.findings, rows=0, strategy="compare_live")
    assert mw.exercise("OV-4", study, answer=1.0, results=(nothing, live)).state == "not yet"


def test_unknown_codes_name_the_known_ones() -> None:
    with pytest.raises(UnknownNameError, match="Codes begin with OV"):
        mw.exercise("XX-1", mw.sample("loans"))
    with pytest.raises(UnknownNameError, match="OV-1, OV-2, OV-3, OV-4"):
        mw.exercise("OV-9", mw.sample("loans"))
