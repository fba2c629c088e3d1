"""Weighted sums of scikit-learn against brute force over all coalitions of the user's own columns."""

from collections.abc import Callable
from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pytest

from mlops_widgets.explainability.attribution.linear_route import LinearRoute, by_linear
from mlops_widgets.explainability.attribution.question import Question
from mlops_widgets.explainability.attribution.routes import Answer, Declined
from mlops_widgets.explainability.attribution.study_questions import log_odds
from mlops_widgets.explainability.attribution.tree_route import natural_scale
from mlops_widgets.measures.attribution.shapley import exact

Floats = npt.NDArray[np.float64]
COLUMNS = ["a", "b", "c", "word"]


@cache
def data() -> pd.DataFrame:
    rng = np.random.default_rng(3)
    frame = pd.DataFrame(rng.normal(size=(200, 3)), columns=["a", "b", "c"])
    word = rng.choice(["u", "v", "w"], 200)
    number = frame["a"] - 2 * frame["b"] + (word == "v") + rng.normal(0, 0.3, 200)
    frame["a"] = frame["a"].mask(rng.random(200) < 0.1)
    three = pd.cut(number, [-99, -1, 1, 99], labels=False)
    return frame.assign(word=word, number=np.exp(number / 3), two=(number > 0).astype(int), three=three)


@cache
def columns() -> Any:
    from sklearn.compose import make_column_transformer
    from sklearn.impute import SimpleImputer
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import OneHotEncoder, StandardScaler

    return make_column_transformer(
        (make_pipeline(SimpleImputer(add_indicator=True), StandardScaler()), ["a"]),
        ("passthrough", ["b", "c"]),
        (OneHotEncoder(handle_unknown="ignore"), ["word"]),
    ).fit(data()[COLUMNS])


def piped(estimator: Any, target: str) -> Any:
    """Return the columns, fitted once for all, with an estimator fitted to what they give."""
    from sklearn.pipeline import make_pipeline

    return make_pipeline(columns(), estimator.fit(columns().transform(data()[COLUMNS]), data()[target]))


def asked(model: Any, raw: Callable[[pd.DataFrame], Any], scale: str) -> Question:
    def predict(rows: pd.DataFrame) -> Floats:
        return np.asarray(raw(rows), dtype=np.float64).reshape(len(rows), -1)

    frame = data()[COLUMNS]
    outputs = tuple(f"output {k}" for k in range(predict(frame[:1]).shape[1]))
    return Question(
        predict=predict, rows=frame[:2].reset_index(drop=True), background=frame[60:75].reset_index(drop=True),
        players={column: (column,) for column in COLUMNS}, outputs=outputs, scale=scale, row_names=("one", "two"),
        background_text="15 rows", model=model,
    )  # fmt: skip


def _made(name: str, **options: Any) -> Any:
    from sklearn import discriminant_analysis, linear_model, svm

    found = [getattr(module, name) for module in (linear_model, svm, discriminant_analysis) if hasattr(module, name)]
    return found[0](**options)


CASES: dict[str, tuple[str, str, dict[str, Any]]] = {
    "LinearRegression": ("number", "prediction", {}), "Ridge": ("number", "prediction", {}),
    "Lasso": ("number", "prediction", {"alpha": 0.01}), "ElasticNet": ("number", "prediction", {"alpha": 0.01}),
    "LinearSVR": ("number", "prediction", {"random_state": 0, "max_iter": 5000}), "SVR": ("number", "prediction", {"kernel": "linear"}),
    "LogisticRegression": ("two", "log-odds", {}), "LinearDiscriminantAnalysis": ("two", "log-odds", {"solver": "lsqr"}),
    "SGDClassifier": ("two", "log-odds", {"loss": "log_loss", "alpha": 0.3, "random_state": 0}),
    "LinearSVC": ("two", "score", {"random_state": 0}), "RidgeClassifier": ("three", "score", {}),
    "LogisticRegressionCV": ("three", "log-odds", {"cv": 2, "Cs": [1.0], "l1_ratios": (0.0,), "use_legacy_attributes": False, "scoring": "accuracy"}),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_contributions_equal_brute_force(name: str) -> None:
    target, scale, options = CASES[name]
    model = piped(_made(name, **options), target)

    def raw(rows: pd.DataFrame) -> Any:
        if scale == "log-odds":
            found = np.asarray(model.predict_proba(rows))
            return log_odds(found[:, 1:] if target == "two" else found)
        return model.decision_function(rows) if scale == "score" else model.predict(rows)

    question = asked(model, raw, scale)
    found = by_linear(question)
    assert isinstance(found, Answer), found
    truth = np.stack([exact(question.game(row), len(COLUMNS)).values for row in range(2)])
    assert np.abs(found.values - truth).max() <= 1e-9 * np.ptp(question.predict(question.background))
    assert np.allclose(found.base + found.values.sum(axis=1), found.prediction, rtol=0, atol=1e-9)
    assert natural_scale(model) == (None if scale == "prediction" else scale)


def _declined(question: Question) -> str:
    found = by_linear(question)
    assert isinstance(found, Declined)
    return found.why


def test_a_sum_in_the_logarithm_is_declined() -> None:
    model = piped(_made("PoissonRegressor"), "number")
    assert "logarithm" in _declined(asked(model, model.predict, "number"))


def test_probabilities_are_declined_and_the_scale_that_works_is_named() -> None:
    model = piped(_made("LogisticRegression"), "two")
    question = asked(model, lambda rows: model.predict_proba(rows)[:, 1], "probability")
    assert "ask for output='log-odds'" in _declined(question)


def test_what_has_no_weights_is_declined() -> None:
    from sklearn.svm import SVC

    model = piped(SVC(), "two")
    assert "no weights" in _declined(asked(model, model.decision_function, "score"))
    assert "function" in _declined(replace(asked(model, model.decision_function, "score"), model=None))


def test_probabilities_that_are_rounded_to_one_everywhere_compare_with_nothing_and_are_declined() -> None:
    model = piped(_made("LogisticRegression"), "two")
    model[-1].intercept_ += 60
    assert "rounded" in _declined(asked(model, lambda rows: log_odds(model.predict_proba(rows)[:, 1:]), "log-odds"))


def test_a_threshold_chosen_by_scikit_learn_leaves_probabilities_as_they_are() -> None:
    from sklearn.frozen import FrozenEstimator
    from sklearn.model_selection import FixedThresholdClassifier

    inner = piped(_made("LogisticRegression"), "two")
    model = FixedThresholdClassifier(FrozenEstimator(inner), threshold=0.3).fit(data()[COLUMNS], data()["two"])
    question = asked(model, lambda rows: log_odds(model.predict_proba(rows)[:, 1:]), "log-odds")
    assert isinstance(by_linear(question), Answer)
    assert natural_scale(model) == "log-odds"


def test_a_word_that_the_background_lacks_is_the_words_contribution() -> None:
    model = piped(_made("Ridge"), "number")
    question = asked(model, model.predict, "number")
    background = data()[COLUMNS].query("word == 'u'").iloc[:10].reset_index(drop=True)
    narrow = replace(
        question, background=background, rows=data()[COLUMNS].query("word == 'v'").iloc[:1].reset_index(drop=True)
    )
    found = by_linear(narrow)
    assert isinstance(found, Answer)
    assert np.abs(found.values[0] - exact(narrow.game(0), len(COLUMNS)).values).max() <= 1e-12
    assert abs(found.values[0, 3, 0]) > 0.01


def test_a_further_row_gets_the_same_answer_as_asked_afresh_and_the_model_is_asked_about_it_alone() -> None:
    model = piped(_made("Ridge"), "number")
    question, route = asked(model, model.predict, "number"), LinearRoute()
    first = route(question)
    other = replace(question, rows=data()[COLUMNS].iloc[20:23].reset_index(drop=True))
    again, fresh = route(other), by_linear(other)
    assert isinstance(first, Answer)
    assert isinstance(again, Answer)
    assert isinstance(fresh, Answer)
    np.testing.assert_allclose(again.values, fresh.values, rtol=0, atol=1e-12)
    np.testing.assert_allclose(again.base, fresh.base)
    assert again.evaluations == 3 < first.evaluations
