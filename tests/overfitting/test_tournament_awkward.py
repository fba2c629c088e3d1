"""The tournament on studies as users have them: a Result, or a named reason why there is none."""

import json
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.compose import make_column_transformer
from sklearn.dummy import DummyClassifier
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.linear_model import LogisticRegression, RidgeClassifier
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder
from sklearn.svm import LinearSVC
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

from mlops_widgets.core.display import card_of
from mlops_widgets.core.result import Finding, NoResult
from mlops_widgets.overfitting.contest.holdouts import draw_holdouts
from mlops_widgets.overfitting.tournament import TournamentResult, run_tournament
from mlops_widgets.study.loading import load_study
from mlops_widgets.study.study import Study

CANARY = "canary-7Q"


def play(study: Study, **options: Any) -> TournamentResult:
    found = run_tournament(study, **options)
    assert isinstance(found, TournamentResult), str(found)
    return found


def refused(study: Study, **options: Any) -> NoResult:
    found = run_tournament(study, **options)
    assert isinstance(found, NoResult)
    return found


def codes_of(result: TournamentResult) -> dict[str, Finding]:
    return {each.code: each for each in result.findings}


def binary(n: int, seed: int = 0, *, signal: float = 1.0) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    y = (rng.random(n) < 0.4).astype(int)
    return pd.DataFrame(
        {"a": rng.normal(size=n) + signal * y, "b": rng.normal(size=n), "c": rng.normal(size=n), "y": y}
    )


def fitted(frame: pd.DataFrame, estimator: Any = None) -> Any:
    return (estimator or LogisticRegression()).fit(frame[["a", "b", "c"]], frame["y"])


def houses(n: int, seed: int) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame({
        "built": pd.date_range("1950-01-01", periods=n, freq="37D"), "sold": pd.date_range("2020-01-01", periods=n, freq="h").astype(str),
        "street": [f"street {i}" for i in rng.integers(0, n, n)], "kind": rng.choice(np.array(["flat", "house", None], dtype=object), n),
        "size": np.where(rng.random(n) < 0.1, np.nan, rng.normal(100, 20, n)), "nothing": np.nan, "same": 1,
        "new": rng.random(n) < 0.3,
    })  # fmt: skip
    return frame.assign(
        price=1000 + 3 * frame["size"].fillna(90) + 50 * (frame["kind"] == "house") + rng.normal(0, 20, n)
    )


class Size(DecisionTreeRegressor):
    """Looks at one column of a frame that most estimators refuse."""

    def fit(self, x: Any, y: Any) -> Any:
        return super().fit(x[["size"]], y)

    def predict(self, x: Any) -> Any:
        return super().predict(x[["size"]])


class Refuses(ClassifierMixin, BaseEstimator):
    """A model whose fit quotes a cell of the data, as scikit-learn's do."""

    def fit(self, x: Any, y: Any) -> Any:
        raise ValueError(f"could not convert string to float: '{CANARY}'")

    def predict(self, x: Any) -> Any:
        return np.zeros(len(x))


def test_regression_with_dates_strings_and_gaps() -> None:
    train = houses(600, 0)
    model = Size().fit(train.drop(columns="price"), train["price"])
    study = load_study(model=model, reference=train, test=houses(300, 1), production=houses(300, 2), target="price")
    result = play(study, n_models=20, test_rows=(50,))
    assert result.metric == study.metric.name
    assert not result.greater_is_better
    assert result.start == 300
    assert result.plain_name == "ridge regression"
    assert result.plain_later < 60
    assert result.winner().later >= result.later.min()
    board = result.frame()
    assert board["offline"].is_monotonic_increasing


def test_three_classes_with_string_labels_and_three_hundred_rows_only() -> None:
    rng = np.random.default_rng(0)
    labels = rng.choice(["low", "mid", "high"], 300, p=[0.5, 0.4, 0.1])
    frame = pd.DataFrame(
        {"x": rng.normal(size=300) + (labels == "high") * 2, "w": rng.choice(list("abc"), 300), "y": labels}
    )
    model = make_pipeline(
        make_column_transformer((OneHotEncoder(), ["w"]), remainder="passthrough"), DecisionTreeClassifier()
    )
    model.fit(frame[["x", "w"]], frame["y"])
    result = play(load_study(model=model, test=frame, target="y"), n_models=20, test_rows=(20, 50))
    assert result.where == "on held-back rows"
    assert (result.train_rows, result.start, result.later_rows) == (120, 90, 90)
    assert len(result.notes) == 2
    assert not np.isnan(result.offline).any()


def test_a_callable_without_refit_only_stays_out() -> None:
    train = binary(400)
    study = load_study(
        predict=lambda x: (x["a"] > 0).astype(int),
        reference=train,
        test=binary(200, 1),
        production=binary(200, 2),
        target="y",
    )
    result = play(study, n_models=10, test_rows=(50,))
    assert len(result.names) == 10
    assert not any("your model" in name for name in result.names)


def test_logged_predictions_only() -> None:
    tables: dict[str, Any] = {
        name: binary(300, seed).assign(score=0.5) for seed, name in enumerate(("reference", "test", "production"))
    }
    study = load_study(scores="score", target="y", **tables)
    assert len(play(study, n_models=10, test_rows=(50,)).names) == 10
    bare: dict[str, Any] = {name: frame[["y", "score"]] for name, frame in tables.items()}
    nothing = refused(load_study(scores="score", target="y", **bare))
    assert nothing.missing == "feature column that varies"


def test_free_text_is_not_called_a_column_that_does_not_vary() -> None:
    frames: dict[str, Any] = {}
    for seed, name in enumerate(("reference", "test", "production")):
        rng = np.random.default_rng(seed)
        y = rng.integers(0, 2, 200)
        words = [f"{'bad' if bad else 'good'} {n} {seed}" for n, bad in enumerate(y)]
        frames[name] = pd.DataFrame({"review": words, "y": y})
    model = make_pipeline(make_column_transformer((CountVectorizer(), "review")), LogisticRegression())
    model.fit(frames["reference"][["review"]], frames["reference"]["y"])
    study = load_study(model=model, target="y", **frames)
    nothing = refused(study, n_models=5)
    assert nothing.findings[0].action == "The small candidates can't learn from free text: pass candidates=."
    assert "varies" not in nothing.headline
    assert play(study, candidates={"mine": model}, test_rows=(50,)).names == ("mine",)


def test_odd_column_names_and_a_hostile_candidate() -> None:
    hostile = "<script>alert('x')</script>"
    names = {"a": hostile, "b": 3, "c": "naïve 名前 \n"}
    train, test, later = (binary(300, seed).rename(columns=names) for seed in range(3))
    columns = [hostile, 3, "naïve 名前 \n"]
    model = DecisionTreeClassifier(max_depth=2).fit(train[columns].to_numpy(), train["y"])
    study = load_study(
        model=model, reference=train, test=test, production=later, target="y", features=[str(c) for c in columns]
    )
    assert len(play(study, n_models=5, test_rows=(50,)).names) == 5
    own = play(study, candidates={hostile: DummyClassifier()}, test_rows=(50,))
    assert card_of(own).view.state["names"] == [hostile]


@pytest.mark.parametrize("rows", [12, 25])
def test_a_tiny_test_has_a_result_or_says_what_is_missing(rows: int) -> None:
    train = binary(300)
    study = load_study(model=fitted(train), reference=train, test=binary(rows, 1), target="y")
    if rows == 12:
        assert "10 labelled rows" in refused(study, n_models=5).missing
    else:
        assert play(study, n_models=5).start == 12


def test_without_any_test_it_says_so() -> None:
    train = binary(300)
    study = load_study(model=fitted(train), reference=train, production=binary(100, 1), target="y")
    assert refused(study).missing == "test table"


def test_a_fitted_search_brings_what_it_tried() -> None:
    train = binary(300)
    grid = {"C": [0.001, 0.01, 0.1, 1.0, 10.0, 100.0]}
    search = GridSearchCV(LogisticRegression(), grid, cv=2).fit(train[["a", "b", "c"]], train["y"])
    study = load_study(
        model=search,
        reference=train,
        test=binary(200, 1),
        production=binary(300, 2),
        target="y",
        challenger=fitted(train, DecisionTreeClassifier()),
    )
    result = play(study, n_models=4, test_rows=(50,))
    assert result.names[0] == "#1 C=0.001"
    assert result.names[3:] == ("#4 C=100.0", "challenger: DecisionTreeClassifier")
    assert result.notes == ("The models are those that your GridSearchCV tried: 4 of 6.",)
    assert play(study, n_models=6).notes == ("The models are those that your GridSearchCV tried.",)


def test_a_candidate_that_raises_is_named_without_what_it_said() -> None:
    train = binary(300)
    study = load_study(model=fitted(train), reference=train, test=binary(200, 1), production=binary(300, 2), target="y")
    result = play(study, candidates={"good": LogisticRegression(), "bad": Refuses()}, test_rows=(50,))
    assert result.names == ("good",)
    absent = codes_of(result)["OV-TO-04"]
    assert absent.claim == "1 of your models couldn't take part: bad (its refit raised ValueError)."
    assert CANARY not in json.dumps(result.to_dict()) + str(card_of(result))
    nobody = refused(study, candidates=[Refuses()])
    assert CANARY not in str(nobody)


def test_no_cell_of_a_row_reaches_the_result() -> None:
    train, test, later = (binary(200, seed).assign(c=lambda f: f["c"].astype(str)) for seed in range(3))
    for frame in (train, test, later):
        frame.loc[:30, "c"] = CANARY
    study = load_study(predict=lambda x: np.zeros(len(x)), reference=train, test=test, production=later, target="y")
    result = play(study, n_models=10, test_rows=(50,))
    assert CANARY not in json.dumps(result.to_dict()) + str(card_of(result))


def test_candidates_without_scores_are_judged_by_accuracy() -> None:
    train = binary(300)
    study = load_study(
        model=fitted(train),
        reference=train,
        test=binary(200, 1),
        production=binary(300, 2),
        target="y",
        metric="log_loss",
    )
    scored = play(study, candidates=[LinearSVC(), RidgeClassifier()], test_rows=(50,))
    assert scored.metric == "roc_auc"
    assert "Judged by ROC AUC" in scored.notes[-1]


def test_rows_of_a_customer_are_not_taken_apart() -> None:
    def customers(n: int, seed: int) -> pd.DataFrame:
        return binary(n, seed).assign(customer=np.arange(n) // 5 + 10_000 * seed)

    train = customers(400, 0)
    study = load_study(
        model=fitted(train),
        reference=train,
        test=customers(300, 1),
        target="y",
        entity="customer",
        features=["a", "b", "c"],
    )
    result = play(study, n_models=5, test_rows=(50,))
    assert "whole units" in result.method
    assert result.start + result.later_rows == 300
    assert result.later_rows % 5 == 0


def test_weights_of_the_users_count() -> None:
    rng = np.random.default_rng(0)
    train, test, later = (binary(300, seed).assign(w=rng.random(300)) for seed in range(3))
    tables: dict[str, Any] = {"reference": train, "test": test, "production": later}
    study = load_study(model=fitted(train), target="y", weights="w", features=["a", "b", "c"], **tables)
    plain = load_study(model=fitted(train), target="y", features=["a", "b", "c"], **tables)
    weighted, even = (play(each, n_models=5, test_rows=(50,)) for each in (study, plain))
    assert (weighted.offline != even.offline).all()


def test_missing_labels_are_left_out_and_one_class_is_named() -> None:
    train, test, later = (binary(300, seed) for seed in range(3))
    late = later.assign(y=later["y"].astype(float).where(np.arange(300) < 100))
    study = load_study(model=fitted(train), reference=train, test=test, production=late, target="y")
    assert play(study, n_models=5).later_rows == 100
    single = load_study(model=fitted(train), reference=train, test=test, production=later.assign(y=1), target="y")
    found = refused(single, n_models=5)
    assert "second class" in found.missing


def test_rare_events_drop_the_sizes_without_any() -> None:
    frames = [binary(600, seed) for seed in range(3)]
    for frame in frames:
        frame["y"] = (np.arange(600) < 6).astype(int)
    study = load_study(model=fitted(frames[0]), reference=frames[0], test=frames[1], production=frames[2], target="y")
    result = play(study, n_models=5, test_rows=(5, 10))
    assert result.test_rows[-1] == 600
    assert not np.isnan(result.offline).any()


def test_a_metric_of_the_users_own() -> None:
    def gain(y_true: Any, y_pred: Any) -> float:
        return float(np.mean((y_true == y_pred) * (1 + y_true)))

    train = binary(300)
    study = load_study(
        model=fitted(train), reference=train, test=binary(150, 1), production=binary(150, 2), target="y", metric=gain
    )
    result = play(study, n_models=5, test_rows=(50,))
    assert result.metric_label == "gain"


def test_more_rows_than_fit_are_sampled_and_the_result_says_so() -> None:
    study = load_study(
        model=fitted(binary(300)), reference=binary(300), test=binary(150, 1), production=binary(6000, 2), target="y"
    )
    rows = draw_holdouts(study, train_rows=100, most_rows=1000, seed=0)
    assert rows.later.rows == 1000
    assert rows.notes == ("production: 1,000 of 6,000 labelled rows, drawn at random.",)


def test_a_metric_without_value_on_the_test_is_a_missing_input() -> None:
    def never(y_true: Any, y_pred: Any) -> float:
        return float("nan")

    train = binary(300)
    study = load_study(
        model=fitted(train),
        reference=train,
        test=binary(60, 1),
        production=binary(60, 2),
        target="y",
        metric=(never, "higher is better"),
    )
    assert "never has a value" in refused(study, n_models=2).missing


def test_without_features_the_users_own_candidates_still_play() -> None:
    frames: dict[str, Any] = {
        name: binary(100, seed).assign(k=1) for seed, name in enumerate(("reference", "test", "production"))
    }
    study = load_study(predict=lambda x: np.ones(len(x)), target="y", features=["k"], **frames)
    result = play(study, candidates=[DummyClassifier(strategy="stratified", random_state=0)], test_rows=(50,))
    assert result.plain_later == pytest.approx((frames["production"]["y"] == 0).mean())  # the majority, always
    assert refused(study, n_models=3).missing == "feature column that varies"
