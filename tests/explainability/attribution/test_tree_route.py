"""Trees of each library against brute force over all coalitions of the library's own answers."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pytest

from mlops_widgets.explainability.attribution.question import Question
from mlops_widgets.explainability.attribution.routes import Answer, Declined
from mlops_widgets.explainability.attribution.study_questions import log_odds
from mlops_widgets.explainability.attribution.tree_models.reader import read_trees
from mlops_widgets.explainability.attribution.tree_route import TreeRoute, by_trees, natural_scale
from mlops_widgets.measures.attribution.forests import rounded
from mlops_widgets.measures.attribution.shapley import exact
from mlops_widgets.measures.attribution.trees import Paths

Floats = npt.NDArray[np.float64]

ROWS = 240
NUMBERS = ("a", "b", "c", "d")


@cache
def data(*, gaps: bool, words: bool) -> pd.DataFrame:
    """Four columns of numbers, coarse, so that many cells are equal; a column of words; targets."""
    rng = np.random.default_rng(7)
    frame = pd.DataFrame(np.round(rng.normal(size=(ROWS, 4)), 1), columns=list(NUMBERS))
    word = rng.choice(list("tuvwxyz"), ROWS)
    signal = frame["a"] * frame["b"] + frame["c"] + np.isin(word, ["u", "y", "z"]) * 2 - (frame["d"] > 0.5)
    if gaps:
        frame = frame.mask(rng.random(frame.shape) < 0.15)
    if words:
        frame["word"] = pd.Categorical(word)
        if gaps:
            frame.loc[rng.random(ROWS) < 0.1, "word"] = None
    noisy = signal + rng.normal(0, 0.3, ROWS)
    return frame.assign(
        number=noisy, two=(noisy > 0.5).astype(int), three=pd.cut(noisy, [-99, 0, 1.5, 99], labels=False)
    )


def _columns(*, words: bool) -> list[str]:
    return [*NUMBERS, "word"] if words else list(NUMBERS)


@dataclass(frozen=True)
class Case:
    """A model to fit on one of the targets, what of the data it takes, and its raw answers, (rows, outputs)."""

    make: Callable[[], Any]
    target: str
    raw: Callable[[Any, pd.DataFrame], Any]
    gaps: bool = True
    words: bool = False
    scale: str = "prediction"
    share: float = 1e-9


def _predicted(model: Any, frame: pd.DataFrame) -> Any:
    return model.predict(frame)


def _decided(model: Any, frame: pd.DataFrame) -> Any:
    found = np.asarray(model.decision_function(frame), dtype=np.float64).reshape(len(frame), -1)
    return found if found.shape[1] == 1 else found - found.mean(axis=1, keepdims=True)


def _probable(model: Any, frame: pd.DataFrame) -> Any:
    found = model.predict_proba(frame)
    return found[:, 1:] if found.shape[1] == 2 else found


def _margins(model: Any, frame: pd.DataFrame) -> Any:
    found = np.asarray(model.predict(frame, output_margin=True), dtype=np.float64).reshape(len(frame), -1)
    return found if found.shape[1] == 1 else found - found.mean(axis=1, keepdims=True)


def _raw_score(model: Any, frame: pd.DataFrame) -> Any:
    found = np.asarray(model.predict(frame, raw_score=True), dtype=np.float64).reshape(len(frame), -1)
    return found if found.shape[1] == 1 else found - found.mean(axis=1, keepdims=True)


def _from_probabilities(model: Any, frame: pd.DataFrame) -> Any:
    return log_odds(np.asarray(_probable(model, frame), dtype=np.float64))


def _sklearn(name: str, **options: Any) -> Callable[[], Any]:
    def make() -> Any:
        from sklearn import ensemble, tree

        return (getattr(ensemble, name, None) or getattr(tree, name))(random_state=0, **options)

    return make


def _library(library: str, name: str, **options: Any) -> Callable[[], Any]:
    def make() -> Any:
        return getattr(pytest.importorskip(library), name)(**options)

    return make


def _xgb(name: str, **options: Any) -> Callable[[], Any]:
    return _library("xgboost", name, n_estimators=6, max_depth=3, enable_categorical=True, n_jobs=1, **options)


def _lgbm(name: str, **options: Any) -> Callable[[], Any]:
    return _library(
        "lightgbm", name, n_estimators=6, num_leaves=6, min_child_samples=5, min_data_per_group=2, cat_smooth=1, verbose=-1,
        n_jobs=1, **options,
    )  # fmt: skip


def _cat(name: str, **options: Any) -> Callable[[], Any]:
    return _library(
        "catboost", name, iterations=6, depth=3, verbose=0, allow_writing_files=False, thread_count=1, **options
    )


SMALL = {"n_estimators": 5, "max_depth": 4}
HIST: dict[str, Any] = {"max_iter": 6, "max_leaf_nodes": 6, "min_samples_leaf": 5}
CASES: dict[str, Case] = {
    "decision tree": Case(_sklearn("DecisionTreeRegressor", max_depth=4), "number", _predicted),
    "decision tree, 3 classes": Case(_sklearn("DecisionTreeClassifier", max_depth=4), "three", _probable, scale="probability"),
    "random forest": Case(_sklearn("RandomForestRegressor", **SMALL), "number", _predicted),
    "random forest, 2 classes": Case(_sklearn("RandomForestClassifier", **SMALL), "two", _probable, scale="probability"),
    "random forest, 3 classes": Case(_sklearn("RandomForestClassifier", **SMALL), "three", _probable, scale="probability"),
    "extra trees": Case(_sklearn("ExtraTreesClassifier", **SMALL), "three", _probable, scale="probability"),
    "bagging": Case(
        _sklearn("BaggingClassifier", n_estimators=4, max_features=3), "three", _probable, gaps=False, scale="probability"
    ),
    "adaboost, 2 classes": Case(
        _sklearn("AdaBoostClassifier", n_estimators=5), "two", _decided, gaps=False, scale="log-odds"
    ),
    "adaboost, 3 classes": Case(
        _sklearn("AdaBoostClassifier", n_estimators=5), "three", _from_probabilities, gaps=False, scale="log-odds"
    ),
    "boosting": Case(_sklearn("GradientBoostingRegressor", n_estimators=5), "number", _predicted, gaps=False),
    "boosting, 2 classes": Case(
        _sklearn("GradientBoostingClassifier", n_estimators=5, learning_rate=0.3), "two", _decided, gaps=False, scale="log-odds"
    ),
    "boosting, exponential loss": Case(
        _sklearn("GradientBoostingClassifier", n_estimators=5, loss="exponential"), "two", _from_probabilities, gaps=False,
        scale="log-odds",
    ),
    "boosting from zero, 3 classes": Case(
        _sklearn("GradientBoostingClassifier", n_estimators=4, init="zero"), "three", _decided, gaps=False, scale="log-odds"
    ),
    "histogram": Case(_sklearn("HistGradientBoostingRegressor", **HIST), "number", _predicted),
    "histogram with words": Case(
        _sklearn("HistGradientBoostingRegressor", categorical_features="from_dtype", **HIST), "number", _predicted, words=True
    ),
    "histogram with words, 2 classes": Case(
        _sklearn("HistGradientBoostingClassifier", **HIST), "two", _decided, words=True, scale="log-odds"
    ),
    "histogram with words, 3 classes": Case(
        _sklearn("HistGradientBoostingClassifier", **HIST), "three", _decided, words=True, scale="log-odds"
    ),
    "xgboost": Case(_xgb("XGBRegressor"), "number", _margins, words=True, share=1e-6),
    "xgboost, 2 classes": Case(_xgb("XGBClassifier"), "two", _margins, scale="log-odds", share=1e-6),
    "xgboost, 3 classes with words": Case(
        _xgb("XGBClassifier", max_cat_to_onehot=1), "three", _margins, words=True, scale="log-odds", share=1e-6
    ),
    "xgboost, dart": Case(
        _xgb("XGBClassifier", booster="dart", rate_drop=0.5, random_state=0), "two", _margins, scale="log-odds", share=1e-6
    ),
    "xgboost forest": Case(_xgb("XGBRFRegressor"), "number", _margins, share=1e-6),
    "lightgbm": Case(_lgbm("LGBMRegressor"), "number", _raw_score, words=True),
    "lightgbm, 2 classes": Case(_lgbm("LGBMClassifier"), "two", _raw_score, words=True, scale="log-odds"),
    "lightgbm, 3 classes": Case(_lgbm("LGBMClassifier"), "three", _raw_score, words=True, scale="log-odds"),
    "lightgbm, zero as missing": Case(_lgbm("LGBMRegressor", zero_as_missing=True), "number", _raw_score),
    "lightgbm without gaps": Case(_lgbm("LGBMRegressor"), "number", _raw_score, gaps=False),
    "lightgbm forest": Case(
        _lgbm("LGBMRegressor", boosting_type="rf", subsample=0.5, subsample_freq=1, random_state=0), "number", _predicted
    ),
    "catboost": Case(_cat("CatBoostRegressor"), "number", _predicted),
    "catboost, 3 classes": Case(_cat("CatBoostClassifier"), "three", _from_probabilities, scale="log-odds"),
}  # fmt: skip


@cache
def fitted(name: str) -> tuple[Any, Question]:
    case = CASES[name]
    frame, columns = data(gaps=case.gaps, words=case.words), _columns(words=case.words)
    model = case.make().fit(frame[columns], frame[case.target])

    def predict(rows: pd.DataFrame) -> Floats:
        return np.asarray(case.raw(model, rows), dtype=np.float64).reshape(len(rows), -1)

    inputs = frame[columns]
    outputs = tuple(f"output {k}" for k in range(predict(inputs[:1]).shape[1]))
    question = Question(
        predict=predict, rows=inputs[:2].reset_index(drop=True), background=inputs[100:110].reset_index(drop=True),
        players={column: (column,) for column in columns}, outputs=outputs, scale=case.scale, row_names=("one", "two"),
        background_text="ten rows", model=model,
    )  # fmt: skip
    return model, question


@cache
def answered(name: str) -> Answer:
    found = by_trees(fitted(name)[1])
    assert isinstance(found, Answer), found
    return found


def brute(question: Question) -> Floats:
    return np.stack([exact(question.game(row), len(question.players)).values for row in range(len(question.rows))])


@pytest.mark.parametrize("name", CASES)
def test_contributions_equal_brute_force(name: str) -> None:
    question, found = fitted(name)[1], answered(name)
    span = np.ptp(question.predict(question.background))
    assert np.abs(found.values - brute(question)).max() <= CASES[name].share * span
    assert np.abs(found.values).max() > 0.01 * span


@pytest.mark.parametrize("name", CASES)
def test_baseline_is_the_mean_of_the_background(name: str) -> None:
    question, found = fitted(name)[1], answered(name)
    assert np.allclose(found.base, question.predict(question.background).mean(axis=0), rtol=0, atol=1e-6)
    assert np.allclose(found.base + found.values.sum(axis=1), question.predict(question.rows), rtol=0, atol=2e-6)
    assert found.exact
    assert not found.standard_error.any()


@pytest.mark.parametrize("name", [name for name, case in CASES.items() if not case.words and "catboost" not in name])
def test_cells_at_a_threshold_and_next_to_it_go_where_the_model_sends_them(name: str) -> None:
    model, question = fitted(name)
    read = read_trees(model)
    splits = np.flatnonzero((read.forest.left >= 0) & np.isfinite(read.forest.threshold))  # infinite: gaps against all
    rng = np.random.default_rng(0)
    cells = question.background.to_numpy(dtype=np.float64)[rng.integers(0, 10, 6 * len(splits))]
    at = np.repeat(read.forest.threshold[splits], 6)
    near = np.array([at, np.nextafter(at, np.inf), np.nextafter(at, -np.inf), rounded(at), rounded(at) + 0.0, at])
    pick = np.tile(np.arange(6), len(splits))
    cells[np.arange(len(at)), np.repeat(read.forest.feature[splits], 6)] = near[pick, np.arange(len(at))]
    frame = pd.DataFrame(cells, columns=list(question.background.columns))
    own = Paths(read.forest, np.arange(4)).margins(read.cells(frame))
    if own.shape[1] > 1 and CASES[name].scale == "log-odds":
        own = own - own.mean(axis=1, keepdims=True)
    asked = question.predict(frame)
    assert np.abs(own[:, -asked.shape[1] :] - asked).max() <= 5e-7


@pytest.mark.parametrize("name", ["histogram with words, 3 classes", "lightgbm", "xgboost, 3 classes with words"])
def test_a_level_that_the_model_never_met_and_a_gap_are_read_as_the_model_reads_them(name: str) -> None:
    question = fitted(name)[1]
    rows = question.rows.assign(word=pd.Categorical(["never met", None], categories=[*"tuvwxyz", "never met"]))
    if name.startswith("xgboost"):  # it refuses levels that it never met
        rows["word"] = pd.Categorical([None, None], categories=list("tuvwxyz"))
    asked = replace(question, rows=rows)
    found = by_trees(asked)
    assert isinstance(found, Answer)
    assert np.abs(found.values - brute(asked)).max() <= 2e-6


def test_a_further_row_gets_the_same_answer_as_asked_afresh() -> None:
    question = fitted("histogram with words, 2 classes")[1]
    route = TreeRoute()
    route(question)
    other = replace(
        question, rows=data(gaps=True, words=True)[list(question.players)].iloc[20:23].reset_index(drop=True)
    )
    again, fresh = route(other), by_trees(other)
    assert isinstance(again, Answer)
    assert isinstance(fresh, Answer)
    assert np.allclose(again.values, fresh.values, rtol=0, atol=1e-12)


def test_groups_of_columns_play_together() -> None:
    question = fitted("lightgbm, 3 classes")[1]
    asked = replace(question, players={"ab": ("a", "b"), "c": ("c",), "rest": ("d", "word")})
    found = by_trees(asked)
    assert isinstance(found, Answer)
    assert np.abs(found.values - brute(asked)).max() <= 1e-9


def test_one_hot_columns_and_imputed_cells_are_explained_as_the_users_columns() -> None:
    from sklearn.compose import make_column_transformer
    from sklearn.ensemble import RandomForestClassifier
    from sklearn.impute import SimpleImputer
    from sklearn.model_selection import GridSearchCV
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import OneHotEncoder

    frame = data(gaps=True, words=True).astype({"word": object})
    columns = [*NUMBERS, "word"]
    model = GridSearchCV(
        make_pipeline(
            make_column_transformer(
                (OneHotEncoder(handle_unknown="ignore"), ["word"]), (SimpleImputer(add_indicator=True), ["a", "d", "c"]),
                ("drop", ["b"]), remainder="passthrough", sparse_threshold=1.0,
            ),
            RandomForestClassifier(n_estimators=4, max_depth=4, random_state=0),
        ),
        {"randomforestclassifier__max_features": [3]}, cv=2,
    ).fit(frame[columns], frame["two"])  # fmt: skip
    asked = Question(
        predict=lambda rows: _probable(model, rows), rows=frame[columns].iloc[:2].reset_index(drop=True),
        background=frame[columns].iloc[50:60].reset_index(drop=True), players={column: (column,) for column in columns},
        outputs=("two = 1",), scale="probability", row_names=("one", "two"), background_text="ten rows", model=model,
    )  # fmt: skip
    found = by_trees(asked)
    assert isinstance(found, Answer)
    assert np.abs(found.values - brute(asked)).max() <= 1e-12
    assert not found.values[:, 1].any()


def _declined(question: Question) -> str:
    found = by_trees(question)
    assert isinstance(found, Declined)
    return found.why


def test_boosted_trees_are_declined_on_probabilities_and_name_the_scale_that_works() -> None:
    model, question = fitted("histogram with words, 2 classes")
    asked = replace(question, predict=lambda rows: model.predict_proba(rows)[:, 1:], scale="probability")
    assert "ask for output='log-odds'" in _declined(asked)


def test_a_loss_with_a_logarithm_is_declined() -> None:
    from sklearn.ensemble import HistGradientBoostingRegressor

    frame = data(gaps=True, words=False)
    model = HistGradientBoostingRegressor(loss="poisson", **HIST).fit(frame[list(NUMBERS)], frame["three"])
    question = fitted("histogram")[1]
    asked = replace(question, predict=lambda rows: model.predict(rows)[:, None], model=model)
    assert "logarithm" in _declined(asked)


def test_columns_that_meet_in_one_input_are_declined_by_name() -> None:
    from sklearn.decomposition import PCA
    from sklearn.pipeline import make_pipeline
    from sklearn.tree import DecisionTreeRegressor

    frame = data(gaps=False, words=False)
    model = make_pipeline(PCA(2), DecisionTreeRegressor(max_depth=2)).fit(frame[list(NUMBERS)], frame["number"])
    question = fitted("boosting")[1]
    assert "meet in one input" in _declined(
        replace(question, predict=lambda rows: model.predict(rows)[:, None], model=model)
    )


def test_linear_leaves_another_models_start_and_functions_are_declined() -> None:
    from sklearn.ensemble import GradientBoostingRegressor
    from sklearn.linear_model import LinearRegression

    frame = data(gaps=False, words=False)
    question = fitted("boosting")[1]
    started = GradientBoostingRegressor(n_estimators=2, init=LinearRegression()).fit(
        frame[list(NUMBERS)], frame["number"]
    )
    linear = _lgbm("LGBMRegressor", linear_tree=True)().fit(frame[list(NUMBERS)], frame["number"])
    for model, why in (
        (started, "another model"),
        (linear, "linear_tree"),
        (None, "function"),
        (LinearRegression(), "Linear"),
    ):
        assert why in _declined(replace(question, model=model))


def test_more_outputs_than_memory_is_meant_for_are_declined() -> None:
    assert "51 outputs" in _declined(replace(fitted("boosting")[1], outputs=tuple(map(str, range(51)))))


def test_trees_that_are_not_the_ones_that_answer_are_declined() -> None:
    question = fitted("random forest")[1]
    assert "doesn't add up" in _declined(
        replace(question, predict=lambda rows: question.predict(rows) + 0.01 * rows.shape[0])
    )


def test_the_other_class_is_explained_with_the_opposite_sign() -> None:
    question = fitted("histogram with words, 2 classes")[1]
    found = by_trees(replace(question, predict=lambda rows: -question.predict(rows)))
    assert isinstance(found, Answer)
    assert np.allclose(found.values, -answered("histogram with words, 2 classes").values, rtol=0, atol=1e-12)


@pytest.mark.parametrize("name", CASES)
def test_natural_scale_is_the_one_on_which_the_model_adds_up(name: str) -> None:
    scale = CASES[name].scale
    assert natural_scale(fitted(name)[0]) == (None if scale == "prediction" else scale)
    assert read_trees(fitted(name)[0]).scale == scale


def test_rounds_after_the_best_one_are_read_as_the_model_predicts() -> None:
    frame, columns = data(gaps=True, words=False), list(NUMBERS)
    model = _library(
        "xgboost", "XGBClassifier", n_estimators=40, learning_rate=0.9, early_stopping_rounds=2, n_jobs=1
    )()
    model.fit(
        frame[columns][:120], frame["two"][:120], eval_set=[(frame[columns][120:], frame["two"][120:])], verbose=False
    )
    booster = model.get_booster()
    stopped, whole = read_trees(model), read_trees(booster)
    assert len(stopped.forest.roots) == model.best_iteration + 1 < len(whole.forest.roots)
    for read, asked in (
        (stopped, model.predict(frame[columns], output_margin=True)),
        (whole, _all_rounds(booster, frame[columns])),
    ):
        own = Paths(read.forest, np.arange(4)).margins(read.cells(frame[columns]))
        assert np.allclose(own[:, 0], asked, rtol=0, atol=1e-5)


def _all_rounds(booster: Any, frame: pd.DataFrame) -> Any:
    import xgboost

    return booster.predict(xgboost.DMatrix(frame), output_margin=True)


def test_levels_beyond_ascii_count_as_they_come() -> None:
    frame = data(gaps=True, words=True)[["a", "word", "number"]].copy()
    frame["word"] = frame["word"].cat.rename_categories({"u": "Bodø", "y": "Żabno"})
    model = _xgb("XGBRegressor")().fit(frame[["a", "word"]], frame["number"])
    read = read_trees(model)
    own = Paths(read.forest, np.arange(2)).margins(read.cells(frame[["a", "word"]]))
    assert np.allclose(own[:, 0], model.predict(frame[["a", "word"]]), rtol=0, atol=1e-5)
