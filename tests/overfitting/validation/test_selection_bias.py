import json
from functools import cache
from typing import Any

import numpy as np
import pandas as pd
import pytest

import mlops_widgets as mw
from mlops_widgets.core.result import NoResult, Result
from mlops_widgets.errors import InputError
from mlops_widgets.measures.contests.winners import expected_maximum
from mlops_widgets.overfitting.validation.selection_bias import SelectionBiasResult, estimate_selection_bias
from tests.awkward import AWKWARD, plain, search_cv, study_of, three_classes


@cache
def _study() -> mw.Study:
    rng = np.random.default_rng(0)
    y = rng.integers(0, 2, 300)
    return mw.load_study(test=pd.DataFrame({"score": rng.random(300), "y": y}), target="y", scores="score")


def _estimated(study: mw.Study | None = None, **options: Any) -> SelectionBiasResult:
    result = estimate_selection_bias(study or _study(), **{"draws": 100, **options})
    assert isinstance(result, SelectionBiasResult)
    return result


def test_the_best_of_many_guesses_is_all_luck() -> None:
    rng = np.random.default_rng(1)
    result = _estimated(candidates={f"guess {n}": rng.random(300) for n in range(40)}, margin=0.01)
    assert (result.how, result.status) == ("candidates", "failed")
    assert result.score > 0.55
    assert result.corrected == pytest.approx(0.5, abs=0.03)
    assert result.findings[0].cost == pytest.approx(result.optimism)
    assert result.findings[1].status == "warning"


def test_a_clear_winner_keeps_its_score() -> None:
    rng = np.random.default_rng(2)
    y = _study().labels(_study().need("test"))
    field = {"good": y + rng.normal(0, 0.5, 300), "bad": rng.random(300)}
    result = _estimated(candidates=field)
    assert {finding.code: finding.status for finding in result.findings} == {"OV-SB-01": "passed", "OV-SB-02": "passed"}
    assert result.frame()["candidate"][0] == "good"


def test_the_bound_is_the_expected_maximum_times_the_standard_error() -> None:
    result = _estimated(n_candidates=30)
    assert result.how == "bound"
    assert result.optimism == pytest.approx(result.error * expected_maximum(30))
    assert result.optimism < result.optimism_upper
    assert result.corrected == pytest.approx(result.score - result.optimism)
    assert result.status == "not_enough_data"


def test_the_standard_error_is_that_of_an_auc_by_chance() -> None:
    positives = int(_study().labels(_study().need("test")).sum())
    known = np.sqrt(301 / (12 * positives * (300 - positives)))  # Mann & Whitney 1947
    assert _estimated(n_candidates=2).error == pytest.approx(known, rel=0.12)


def test_scores_that_hardly_differ_leave_less_to_luck() -> None:
    close = [0.700 + 0.001 * n for n in range(12)]
    result = _estimated(scores=close)
    assert result.n_candidates == 12
    assert result.score == max(close)
    assert result.optimism < _estimated(n_candidates=12).optimism / 3
    assert _estimated(scores=close, n_candidates=100).optimism > result.optimism


def test_without_a_number_nothing_is_claimed() -> None:
    result = _estimated()
    assert (result.how, result.status, result.n_candidates) == ("unknown", "not_applicable", 0)
    assert "isn't known" in result.headline
    assert len(result.frame()) == len(result.tried)


def test_one_candidate_owes_nothing_to_choice() -> None:
    result = _estimated(n_candidates=1)
    assert result.status == "passed"
    assert result.optimism == pytest.approx(0, abs=1e-9)


def test_fitted_models_are_asked_on_the_test() -> None:
    from sklearn.linear_model import LogisticRegression
    from sklearn.tree import DecisionTreeClassifier

    case = plain()
    learned = case.arguments["reference"]
    models = [LogisticRegression().fit(learned[["a", "b"]], learned["y"]), DecisionTreeClassifier(max_depth=2, random_state=0).fit(learned[["a", "b"]], learned["y"])]  # fmt: skip
    study = case.study
    result = _estimated(study, candidates=models)
    assert result.names == ("1. LogisticRegression", "2. DecisionTreeClassifier")
    assert result.scores[0] == pytest.approx(study.measure(study.need("test")).score)


def test_a_challenger_is_a_second_candidate() -> None:
    from sklearn.tree import DecisionTreeClassifier

    case = plain()
    learned = case.arguments["reference"]
    other = DecisionTreeClassifier(max_depth=1).fit(learned[["a", "b"]], learned["y"])
    result = _estimated(plain(challenger=other).study)
    assert [name.partition(":")[0] for name in result.names] == ["your model", "challenger"]


def test_candidates_of_a_search_are_fitted_out_of_fold() -> None:
    result = _estimated(search_cv().study)
    assert result.how == "candidates"
    assert len(result.names) == 2
    assert "out of 3 folds" in result.where


def test_predicted_labels_are_read_as_labels() -> None:
    study = three_classes().study
    rng = np.random.default_rng(0)
    colours = [rng.choice(["red", "amber", "green"], study.need("test").rows) for _ in range(3)]
    result = _estimated(study, candidates=colours)
    assert result.scores == pytest.approx([1 / 3] * 3, abs=0.15)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"candidates": {"a": np.zeros(3), "b": np.zeros(3)}}, "300 rows"),
        ({"candidates": {"a": np.zeros(300)}}, "two or more"),
        ({"candidates": 7}, "candidates= is int"),
        ({"candidates": [np.zeros((300, 2))] * 2}, "numbers of shape"),
        ({"candidates": [np.zeros(300)] * 2, "n_candidates": 9}, "Pass candidates="),
        ({"n_candidates": 0}, "n_candidates=0"),
        ({"scores": [0.7]}, "scores="),
        ({"scores": [0.7, 0.8, 0.9], "n_candidates": 2}, "n_candidates=2"),
        ({"margin": 0}, "margin=0"),
        ({"draws": 3}, "draws=3"),
    ],
)
def test_an_argument_that_cannot_be_used_is_named(options: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError, match=message):
        _estimated(**options)


@pytest.mark.parametrize("name", list(AWKWARD))
def test_every_awkward_study_gets_findings_that_survive_json(name: str) -> None:
    study = study_of(name)
    for number in (None, 20):
        result = estimate_selection_bias(study, draws=100, n_candidates=number)
        assert result.findings
        assert not isinstance(result, NoResult)
        assert result.to_dict() == Result.from_dict(json.loads(json.dumps(result.to_dict()))).to_dict()
