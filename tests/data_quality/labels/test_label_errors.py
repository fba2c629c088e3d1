from functools import cache
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.datasets import load_breast_cancer, load_diabetes, load_wine
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import average_precision_score
from sklearn.model_selection import StratifiedKFold, cross_val_predict
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import mlops_widgets as mw
from mlops_widgets.data_quality.labels.label_errors import LabelErrorsResult
from mlops_widgets.errors import InputError, WrongTypeError

Labels = Any
MODELS = (
    make_pipeline(StandardScaler(), LogisticRegression(max_iter=300)),
    RandomForestClassifier(50, random_state=0, n_jobs=1),
    make_pipeline(StandardScaler(), KNeighborsClassifier()),
)


def _flip(y: Labels, share: float, seed: int) -> tuple[Labels, Labels]:
    rng = np.random.default_rng(seed)
    wrong = np.zeros(len(y), dtype=bool)
    wrong[rng.choice(len(y), round(share * len(y)), replace=False)] = True
    classes = len(np.unique(y))
    return np.where(wrong, (y + rng.integers(1, classes, len(y))) % classes, y), wrong


@cache
def _flipped(name: str) -> tuple[Labels, Labels, list[Labels]]:
    X, y = {"wine": load_wine, "breast_cancer": load_breast_cancer}[name](return_X_y=True)
    labels, wrong = _flip(y, 0.1, 20240101)
    folds = StratifiedKFold(5, shuffle=True, random_state=0)
    answers = [cross_val_predict(model, X, labels, cv=folds, method="predict_proba") for model in MODELS]
    return labels, wrong, answers


def _found(data: Any, **options: Any) -> LabelErrorsResult:
    result = mw.data_quality.find_label_errors(data, **options)
    assert isinstance(result, LabelErrorsResult)
    return result


@pytest.mark.parametrize("name", ["wine", "breast_cancer"])
def test_flipped_labels_lead_the_ranks_of_the_models_together(name: str) -> None:
    labels, wrong, answers = _flipped(name)
    together = _found(labels, probabilities=answers)
    assert average_precision_score(wrong, together.scores) > 0.93
    alone = [average_precision_score(wrong, _found(labels, probabilities=p).scores) for p in answers]
    assert average_precision_score(wrong, together.scores) >= np.mean(alone)
    assert 0.5 * wrong.sum() <= together.count <= 1.2 * wrong.sum()


def test_scores_are_one_minus_cleanlabs_self_confidence() -> None:
    from cleanlab.rank import get_label_quality_scores  # 2.9.0

    labels, _, answers = _flipped("wine")
    result = _found(labels, probabilities=answers)
    wanted = 1 - get_label_quality_scores(labels, np.mean(answers, axis=0), method="self_confidence")
    np.testing.assert_allclose(result.scores, wanted)
    assert list(result.frame()["row"][:5]) == list(np.argsort(-wanted, kind="stable")[:5])


@cache
def _loans() -> LabelErrorsResult:
    return _found(mw.sample("loans"), folds=2)


def test_no_label_of_clean_loans_is_claimed_where_cleanlab_alone_claims_hundreds() -> None:
    result = _loans()
    assert result.count == 0
    assert result.status == "passed"
    assert result.by_cleanlab is not None
    assert result.by_cleanlab > 200
    assert result.findings[1].code == "DQ-LE-02"


def test_saved_results_hold_no_labels() -> None:
    plain = _loans().to_dict()
    assert not {"given", "suggested", "scores"} & set(plain)
    back = LabelErrorsResult.from_dict(plain)
    assert list(back.frame().columns) == ["row", "score", "counted"]


def test_numbers_far_from_every_model_are_counted_and_heavy_tails_are_not() -> None:
    rng = np.random.default_rng(1)
    predicted = rng.normal(size=2000)
    heavy = predicted + rng.standard_t(2.5, 2000)
    assert _found(heavy, predictions=predicted).count <= 5
    wrong = predicted + 0.3 * rng.normal(size=2000)
    wrong[:60] += 20
    result = _found(wrong, predictions=predicted)
    assert 55 <= result.count <= 60
    assert set(result.ranked[:60]) == set(range(60))


def test_a_study_with_numbers_as_target_is_searched_by_residuals() -> None:
    frame = load_diabetes(as_frame=True).frame
    frame.loc[:9, "target"] *= 100
    from sklearn.linear_model import Ridge

    model = Ridge().fit(frame.drop(columns="target"), frame["target"])
    study = mw.load_study(model=model, reference=frame, test=frame.iloc[:50], target="target")
    result = _found(study)
    assert {*result.ranked[:8]} <= set(range(10))
    assert result.task == "regression"


def test_rows_without_a_label_have_no_score() -> None:
    labels, _, answers = _flipped("wine")
    some = pd.Series(labels, dtype=object)
    some[3] = None
    result = _found(some, probabilities=answers)
    assert np.isnan(result.scores[3])
    assert np.isfinite(np.delete(result.scores, 3)).all()
    assert result.labelled == len(labels) - 1


@pytest.mark.parametrize(
    ("options", "error", "words"),
    [
        ({}, WrongTypeError, "probabilities="),
        ({"probabilities": np.zeros((3, 2))}, InputError, "shape"),
        ({"probabilities": np.full((4, 2), 0.9)}, InputError, "sum of 1"),
        ({"probabilities": np.array([0.1, np.nan, 0.2, 0.3])}, InputError, "missing or infinite"),
        ({"predictions": np.zeros(3)}, InputError, "one number a label"),
    ],
)
def test_wrong_arrays_are_named(options: dict[str, Any], error: type[Exception], words: str) -> None:
    with pytest.raises(error, match=words):
        _found([0, 1, 0, 1], **options)


def test_labels_of_one_class_or_none_are_refused_in_words() -> None:
    with pytest.raises(InputError, match="one class"):
        _found([1, 1, 1], probabilities=np.ones((3, 1)))
    with pytest.raises(InputError, match="all missing"):
        _found([None, None], probabilities=[0.1, 0.2])


def test_a_study_without_labels_says_what_is_missing() -> None:
    study = mw.load_study(
        predict=lambda frame: frame["a"].to_numpy(), test=pd.DataFrame({"a": [0.1, 0.4], "y": [0, 1]}), target="y"
    )
    result = mw.data_quality.find_label_errors(study)
    assert result.status == "not_applicable"


def test_a_table_is_told_that_a_model_and_a_target_are_missing() -> None:
    result = mw.data_quality.find_label_errors(pd.DataFrame({"a": [1, 2], "y": [0, 1]}))
    assert result.status == "not_applicable"
    assert "no model and target" in result.headline
