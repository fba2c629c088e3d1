from typing import Any

import numpy as np
import pandas as pd
import pytest

from mlops_widgets.errors import InputError, TableError
from mlops_widgets.study.answer_columns import other_answers
from mlops_widgets.study.loading import load_study
from mlops_widgets.study.tables import Table

RNG = np.random.default_rng(0)
SCORE = RNG.random(200)
LOG = pd.DataFrame({
    "day": pd.date_range("2024-01-01", periods=200), "customer": np.arange(200) % 40, "score": SCORE,
    "pred": (SCORE > 0.5).astype(int), "churn": (RNG.random(200) < SCORE).astype(int),
})  # fmt: skip


def test_the_models_own_prediction_beside_its_score_is_no_feature_and_the_note_says_so() -> None:
    study = load_study(test=LOG, target="churn", scores="score", time="day")
    assert study.roles.features == ("customer",)
    (note,) = [note for note in study.notes if "features" in note]
    assert note == (
        "No column names to go by: the one column without another role is the feature: 'customer'. Not taken, since it "
        "looks like the model's own answers: 'pred'; name it in features= where that is wrong."
    )


def test_scores_that_were_passed_as_predictions_are_told_their_argument() -> None:
    with pytest.raises(TableError, match=r"predictions='score' in test holds fractions.* passed as scores='score'"):
        load_study(test=LOG, target="churn", predictions="score")


def test_what_is_named_in_features_is_taken() -> None:
    study = load_study(test=LOG, target="churn", scores="score", time="day", features=["pred"])
    assert study.roles.features == ("pred",)


@pytest.mark.parametrize(
    ("name", "cells", "taken"),
    [
        ("odds", np.exp(SCORE), False),
        ("rank", SCORE.argsort().argsort()[::-1], True),
        ("rank", (-SCORE).argsort().argsort(), False),
        ("copy", [str(score) for score in SCORE], False),
        ("flag", SCORE > 0.7, False),
        ("flag", RNG.random(200) < 0.5, True),
        ("rare", np.arange(200) == SCORE.argmax(), True),
        ("constant", 1, True),
        ("gaps", np.where(SCORE > 0.9, np.nan, SCORE), False),
        ("problem_code", RNG.integers(0, 5, 200), True),
        ("credit_score", RNG.integers(300, 800, 200), True),
        ("predecessor", RNG.integers(0, 5, 200), True),
        ("y_hat", RNG.random(200), False),
        ("prob_2", RNG.random(200), False),
        ("Model score", RNG.random(200), False),
        ("churnPrediction", RNG.random(200), False),
        ("words", RNG.choice(["a", "b"], 200), True),
    ],
)
def test_columns_that_are_called_like_answers_or_follow_them(name: str, cells: Any, taken: bool) -> None:
    frame = pd.DataFrame({"p": SCORE}).assign(**{name: cells})
    assert (other_answers([Table(frame, name="test")], [name], ["p"]) == ()) is taken


def test_a_constant_score_is_followed_by_nothing() -> None:
    frame = pd.DataFrame({"p": 0.5, "age": RNG.integers(18, 80, 200)})
    assert other_answers([Table(frame, name="test")], ["age"], ["p"]) == ()


def test_features_that_were_guessed_are_named_twelve_at_most() -> None:
    wide = pd.DataFrame(RNG.random((200, 15)), columns=[f"c{i}" for i in range(15)]).assign(y=LOG["churn"])
    study = load_study(predict_proba=lambda X: X["c0"].to_numpy(), test=wide, target="y")
    (note,) = [note for note in study.notes if "features" in note]
    assert "the 15 columns without another role are the features: 'c0', 'c1'," in note
    assert note.endswith("'c11' … and 3 more.")


def test_a_target_that_the_model_takes_is_called_that() -> None:
    from sklearn.linear_model import LogisticRegression

    model = LogisticRegression().fit(LOG[["customer", "pred"]], LOG["churn"])
    with pytest.raises(InputError, match=r"target='pred' is a column that the model takes.* Choose another target"):
        load_study(model=model, test=LOG, target="pred")
    with pytest.raises(InputError, match=r"target='pred' is among the features that features="):
        load_study(predict=lambda X: X["pred"], test=LOG, target="pred", features=["pred"])
