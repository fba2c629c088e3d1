"""The search: finds what was put there, finds nothing where there is nothing, and refuses what it can't judge."""

import json
from functools import cache
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LogisticRegression

import mlops_widgets as mw
from mlops_widgets.core.result import NoResult
from mlops_widgets.errors import CancelledError, InputError, UnknownNameError, WrongTypeError
from mlops_widgets.governance import AlternativesResult, find_alternatives
from tests.awkward import callable_only, logged_predictions, plain, regression_pipeline

FAST: dict[str, Any] = {"draws": 100}


def _frame(rows: int, *, seed: int, proxy: float) -> pd.DataFrame:
    """Return rows in which `proxy` tells of the group, and the recorded label leans on it without a reason."""
    rng = np.random.default_rng(seed)
    group = rng.integers(0, 2, rows)
    skill = rng.normal(size=rows)
    frame = pd.DataFrame({"skill": skill + rng.normal(0, 0.3, rows), "proxy": (rng.random(rows) < 0.15 + 0.7 * group).astype(int), "noise": rng.normal(size=rows)})  # fmt: skip
    frame["y"] = (skill - proxy * frame["proxy"] + rng.normal(0, 1.2, rows) > 0).astype(int)
    return frame.assign(g=np.where(group, "b", "a"))


def _study(rows: int = 3000, *, seed: int = 0, proxy: float = 0.35, **arguments: Any) -> mw.Study:
    frame = _frame(rows, seed=seed, proxy=proxy)
    learned, tested = frame[: rows // 2], frame[rows // 2 :].reset_index(drop=True)
    model = LogisticRegression().fit(learned[["skill", "proxy", "noise"]], learned["y"])
    return mw.load_study(**{"model": model, "reference": learned, "test": tested, "target": "y", "groups": "g", "features": ["skill", "proxy", "noise"]} | arguments)  # fmt: skip


@cache
def _found() -> AlternativesResult:
    result = find_alternatives(_study(8000), selection_share=0.5, reference_group="a", group_aware=True, **FAST)
    assert isinstance(result, AlternativesResult)
    return result


def _result(study: mw.Study, **options: Any) -> AlternativesResult:
    result = find_alternatives(study, **(FAST | options))
    assert isinstance(result, AlternativesResult)
    return result


def test_the_column_that_was_put_there_is_found_and_confirmed() -> None:
    result = _found()
    assert result.best is not None
    assert result.best.ratio > result.today.ratio_upper
    assert result.findings[0].status == "warning"
    assert result.best.ratio_gain_lower > 0
    assert result.best.accuracy_loss_upper <= result.margin


def test_leaving_out_the_column_is_among_those_that_are_better() -> None:
    without = next(row for row in _found().alternatives if row.name == "without proxy")
    assert without.ratio_gain_lower > 0
    assert without.verdict in {"better", "not enough data"}


def test_chosen_and_reported_rows_are_different_ones() -> None:
    result = _found()
    assert result.chosen_rows + result.reported_rows == result.rows
    assert all(row.chosen_ratio != row.ratio for row in result.alternatives if row.name == "without proxy")


def test_refits_select_the_share_that_today_selects() -> None:
    blind = [row for row in _found().alternatives if row.kind in {"refit", "reweighed", "combination"}]
    assert all(abs(row.selected_share - 0.5) < 0.06 for row in blind)


def test_a_stated_share_isnt_changed_by_a_threshold() -> None:
    assert not any(row.kind == "threshold" for row in _found().alternatives)
    assert any(row.kind == "threshold" for row in _result(_study()).alternatives)


def test_methods_that_look_at_the_group_are_never_chosen_and_come_with_a_warning() -> None:
    result = _found()
    aware = [row for row in result.alternatives if row.kind == "group-aware"]
    assert {row.uses_group for row in aware} == {"in decisions", "in training"}
    assert result.alternatives[result.chosen] not in aware
    warning = next(each for each in result.findings if each.code == "GV-AL-04")
    assert warning.status == "warning"
    assert "disparate treatment" in warning.claim
    assert all(rule.words in warning.claim for rule in result.rules)
    assert {rule.group for rule in result.rules} == {"a", "b"}


def test_without_being_asked_no_decision_looks_at_the_group() -> None:
    result = _result(_study(), selection_share=0.5)
    assert "in decisions" not in {row.uses_group for row in result.alternatives}
    assert result.rules == ()


def test_groups_outside_the_models_columns_are_compared() -> None:
    assert "g" not in _study().model.features
    assert _found().today.worst_column == "g"


def test_nothing_is_chosen_where_nobody_is_unequal() -> None:
    result = _result(_study(1200, proxy=0.0), selection_share=0.5)
    assert result.findings[0].status != "warning"


def test_every_number_is_that_of_the_same_seed() -> None:
    a, b = (_result(_study(900), most_candidates=3, seed=5) for _ in range(2))
    assert a.to_dict() == b.to_dict()


def test_the_frontier_is_beaten_by_none() -> None:
    frontier = _found().frontier
    for a in frontier:
        assert not any(b.accuracy > a.accuracy and b.ratio > a.ratio for b in _found().alternatives)


def test_a_missing_group_is_a_group_and_one_of_two_rows_is_left_out() -> None:
    frame = _frame(1200, seed=1, proxy=0.35)
    frame.loc[frame.index % 5 == 0, "g"] = None
    frame.loc[frame.index[-2:], "g"] = "rare"
    study = _study(test=frame)
    result = _result(study, most_candidates=1, selection_share=0.5)
    assert result.left_out == 1
    assert "rare" not in json.dumps(result.to_dict())
    assert _result(study, most_candidates=1, reference_group="missing").references[0].level == "missing"


def test_a_reference_that_nobody_declared_is_told() -> None:
    told = {each.code: each for each in _result(_study(900), most_candidates=1).findings}["GV-AL-02"]
    assert told.status == "warning"
    assert "as none was declared" in told.claim
    assert {each.code: each for each in _found().findings}["GV-AL-02"].status == "passed"


def test_a_favourable_negative_decision_turns_selection_round() -> None:
    a = _result(_study(900), most_candidates=1, favourable="negative")
    b = _result(_study(900), most_candidates=1)
    assert a.today.selected_share == pytest.approx(1 - b.today.selected_share)
    assert a.selected_means == "y = 0"
    assert a.today.accuracy == pytest.approx(b.today.accuracy)


@pytest.mark.parametrize("study", [regression_pipeline, plain], ids=["regression", "no groups"])
def test_what_cant_be_judged_is_not_applicable_with_a_way_out(study: Any) -> None:
    result = find_alternatives(study().study)
    assert isinstance(result, NoResult)
    assert result.status == "not_applicable"
    assert result.findings[0].action


def test_a_model_that_cant_be_refitted_is_told_so() -> None:
    arguments = callable_only().arguments
    rng = np.random.default_rng(0)
    arguments["test"] = arguments["test"].assign(g=rng.choice(["a", "b"], len(arguments["test"])))
    result = _result(mw.load_study(**arguments), groups="g", smallest=5)
    assert result.fit_rows == 0
    assert [each.code for each in result.findings] == ["GV-AL-01", "GV-AL-02", "GV-AL-03"]
    assert result.findings[0].status == "not_applicable"


def test_logged_scores_are_tried_at_other_thresholds() -> None:
    frame = _frame(900, seed=0, proxy=0.35)
    frame["score"] = 1 / (1 + np.exp(-frame["skill"] + 0.5 * frame["proxy"]))
    study = mw.load_study(scores="score", test=frame[["score", "y", "g"]], target="y", groups="g")
    result = _result(study)
    assert {row.kind for row in result.alternatives} == {"today", "threshold"}
    assert "only other thresholds" in {each.code: each.claim for each in result.findings}["GV-AL-03"]


def test_logged_labels_leave_nothing_to_try() -> None:
    arguments = logged_predictions().arguments
    arguments["test"] = arguments["test"].assign(g=np.arange(len(arguments["test"])) % 2)
    result = _result(mw.load_study(**arguments), groups="g")
    assert result.findings[0].status == "not_applicable"


def test_too_few_rows_are_not_enough_data() -> None:
    study = _study(test=_frame(40, seed=3, proxy=0.35))
    assert _result(study, most_candidates=1).findings[0].status == "not_enough_data"


@pytest.mark.parametrize(
    ("options", "error", "words"),
    [
        ({"groups": "gg"}, UnknownNameError, "Did you mean 'g'"),
        ({"reference_group": "zz"}, UnknownNameError, "reference_group"),
        ({"favourable": "approved"}, UnknownNameError, "favourable"),
        ({"selection_share": 1.0}, InputError, "selection_share"),
        ({"selection_share": 0.5, "decision_threshold": 0.5}, InputError, "Leave one out"),
        ({"decision_threshold": "high"}, InputError, "decision_threshold"),
        ({"most_candidates": 0}, InputError, "most_candidates"),
        ({"least_gain": 1}, InputError, "least_gain"),
        ({"margin": 0}, InputError, "margin"),
        ({"drop": "yes"}, InputError, "drop"),
    ],
)
def test_a_wrong_option_is_named(options: dict[str, Any], error: type[Exception], words: str) -> None:
    with pytest.raises(error, match=words):
        find_alternatives(_study(300), **options)


def test_a_frame_is_no_study() -> None:
    with pytest.raises(WrongTypeError):
        find_alternatives(_frame(10, seed=0, proxy=0))  # type: ignore[arg-type]  # the mistake


def test_cancel_stops_between_candidates() -> None:
    with pytest.raises(CancelledError):
        find_alternatives(_study(900), cancel=lambda: True)


def test_no_cell_of_a_row_is_in_the_result() -> None:
    frame = _frame(900, seed=0, proxy=0.35)
    frame["skill"] = frame["skill"].round(6)
    text = json.dumps(_result(_study(test=frame), most_candidates=2).to_dict())
    assert not any(str(value) in text for value in frame["skill"].head(50))
