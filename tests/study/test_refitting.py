"""Refits of boosters: what a copy of the model would lose, and what its training had that refits haven't."""

from pathlib import Path
from typing import Any
from warnings import catch_warnings

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose
from sklearn.compose import make_column_transformer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OrdinalEncoder, StandardScaler, TargetEncoder

from mlops_widgets.study.loading import load_study
from mlops_widgets.study.predictor import EstimatorPredictor
from mlops_widgets.study.refitting import fit_arguments, refit_notes, untrained
from mlops_widgets.testing import inputs
from mlops_widgets.testing.bench import Bench
from mlops_widgets.testing.lifetime import check_refit
from tests.boosters import features, rows

_CATBOOST: dict[str, Any] = {"iterations": 4, "depth": 2, "verbose": 0, "thread_count": 1, "allow_writing_files": False}


def _worded() -> pd.DataFrame:
    return features().assign(c=features()["c"].astype(str))


def _study(model: Any, x: pd.DataFrame, target: str = "two") -> Any:
    table = x.assign(y=rows()[target].to_numpy())
    return load_study(model=model, reference=table, test=table, target="y")


def _refit(study: Any) -> EstimatorPredictor:
    found: EstimatorPredictor = study.learner.refit(study.need("reference"))
    return found


def _early(target: str = "two") -> tuple[Any, Any, Any, Any]:
    x, y = rows()[["a", "b", "d"]], rows()[target]
    return x[:200], y[:200], x[200:], y[200:]


# ---- CatBoost's category and text columns


@pytest.mark.parametrize("told", ["constructor", "constructor by place", "fit", "file"])
def test_a_refit_of_catboost_knows_the_category_columns(told: str, tmp_path: Path) -> None:
    from catboost import CatBoostClassifier

    x, y = _worded(), rows()["two"]
    named: dict[str, Any] = {"constructor": {"cat_features": ["c"]}, "constructor by place": {"cat_features": [2]}}
    model = CatBoostClassifier(**_CATBOOST, **named.get(told, {}))
    model.fit(x, y, **({} if told in named else {"cat_features": ["c"]}))
    own = model.predict_proba(x)[:, 1]
    if told == "file":
        model.save_model(str(tmp_path / "m.cbm"))
    study = _study(str(tmp_path / "m.cbm") if told == "file" else model, x)
    refit = _refit(study)
    assert_allclose(refit.scores(study.need("test")), own, atol=1e-9)
    assert list(refit.model.get_cat_feature_indices()) == [2]
    assert any("as categories: c." in note for note in study.notes) is (told not in named)
    again = refit.refit(study.need("reference"))  # a refit can be refitted
    assert_allclose(again.scores(study.need("test")), own, atol=1e-9)


def test_a_refit_of_a_catboost_regressor_in_a_pipeline_knows_its_category_columns() -> None:
    from catboost import CatBoostRegressor

    own = make_pipeline("passthrough", CatBoostRegressor(**_CATBOOST, cat_features=["c"]))
    own.fit(_worded(), rows()["number"])
    study = _study(own, _worded(), "number")
    assert_allclose(_refit(study).predictions(study.need("test")), own.predict(_worded()), atol=1e-9)
    assert own.steps[-1][1].get_params()["cat_features"] == ["c"]


@pytest.mark.parametrize("piped", [False, True])
def test_category_columns_given_to_the_fit_of_a_search_or_pipeline_reach_refits(*, piped: bool) -> None:
    from catboost import CatBoostClassifier

    inside = CatBoostClassifier(**_CATBOOST)
    step = "catboostclassifier__" if piped else ""
    search = GridSearchCV(make_pipeline("passthrough", inside) if piped else inside, {f"{step}depth": [2]}, cv=2)
    search.fit(_worded(), rows()["two"], **{f"{step}cat_features": ["c"]})
    assert fit_arguments(search) == {f"{step}cat_features": ["c"]}
    study = _study(search, _worded())
    own = search.predict_proba(_worded())[:, 1]
    assert_allclose(_refit(study).scores(study.need("test")), own, atol=1e-9)
    assert_allclose(
        study.learner.with_model(search.best_estimator_).refit(study.need("reference")).scores(study.need("test")), own
    )


def test_missing_cells_of_a_category_column_are_a_word_of_their_own_and_a_note_says_so() -> None:
    from catboost import CatBoostClassifier

    filled = _worded()
    filled.loc[::5, "c"] = "nan"
    model = CatBoostClassifier(**_CATBOOST, cat_features=["c"]).fit(filled, rows()["two"])
    own = model.predict_proba(filled)[:, 1]
    for kind in ("str", "object", "category"):
        gaps = filled.assign(c=filled["c"].where(filled["c"] != "nan").astype(kind))
        study = _study(model, gaps)
        assert_allclose(study.model.scores(study.need("test")), own, atol=1e-9)
        assert_allclose(_refit(study).scores(study.need("test")), own, atol=1e-9)
        assert any("test: 60 of 300 cells of 'c' are missing" in note and "'nan'" in note for note in study.notes)
    assert not any("are missing. CatBoost" in note for note in _study(model, filled).notes)


def test_a_model_before_its_fit_names_its_category_columns_itself() -> None:
    from catboost import CatBoostClassifier

    gaps = _worded().assign(c=lambda frame: frame["c"].where(frame["c"] != "u"))
    study = _study(LogisticRegression().fit(gaps[["b", "d"]], rows()["two"]), gaps)
    for told in (["c"], [1]):
        candidate = CatBoostClassifier(**_CATBOOST, cat_features=told)
        around = EstimatorPredictor(candidate, outcome=study.outcome, features=("b", "c"))
        assert np.isfinite(around.refit(study.need("reference")).scores(study.need("test"))).all()


def test_numbers_that_are_categories_stay_whole_beside_gaps() -> None:
    from catboost import CatBoostClassifier

    codes = features()[["b", "d"]].assign(d=features()["d"].astype(int))
    model = CatBoostClassifier(**_CATBOOST, cat_features=["d"]).fit(codes, rows()["two"])
    study = _study(model, codes.assign(d=codes["d"].astype(float).where(codes["d"] != 0)))
    known = (codes["d"] != 0).to_numpy()
    assert_allclose(study.model.scores(study.need("test"))[known], model.predict_proba(codes)[known, 1])


def test_a_refit_of_catboost_knows_the_text_columns() -> None:
    from catboost import CatBoostClassifier

    x = features()[["b"]].assign(words=_worded()["c"].map(lambda c: f"it is {c} here"))
    model = CatBoostClassifier(**_CATBOOST).fit(x, rows()["two"], text_features=["words"])
    study = _study(model, x)
    assert_allclose(_refit(study).scores(study.need("test")), model.predict_proba(x)[:, 1], atol=1e-6)


# ---- early stopping


@pytest.mark.parametrize("told", ["constructor", "callback", "pipeline", "regressor"])
def test_a_refit_of_xgboost_learns_as_many_rounds_as_were_best_without_early_stopping(told: str) -> None:
    import xgboost

    x, y, held_x, held_y = _early("number" if told == "regressor" else "two")
    common: dict[str, Any] = {"n_estimators": 60, "n_jobs": 1, "max_depth": 2}
    stop: dict[str, Any] = {"early_stopping_rounds": 3}
    if told == "callback":
        stop = {"callbacks": [xgboost.callback.EarlyStopping(rounds=3)]}
    own = (xgboost.XGBRegressor if told == "regressor" else xgboost.XGBClassifier)(**common, **stop)
    own.fit(x, y, eval_set=[(held_x, held_y)], verbose=False)
    model = make_pipeline("passthrough", own) if told == "pipeline" else own
    study = _study(model, rows()[["a", "b", "d"]], "number" if told == "regressor" else "two")
    refit = _refit(study).model
    found = refit.steps[-1][1] if told == "pipeline" else refit
    rounds = own.best_iteration + 1
    assert (found.n_estimators, found.early_stopping_rounds, found.callbacks) == (rounds, None, None)
    assert found.get_booster().num_boosted_rounds() == rounds < 60
    assert own.get_params()["n_estimators"] == 60
    said = f"{type(own).__name__} was stopped early, at {rounds} of 60 rounds. Refits learn {rounds} rounds"
    assert any(said in note for note in study.notes)


@pytest.mark.parametrize("told", ["constructor", "callback", "alias"])
def test_a_refit_of_lightgbm_learns_as_many_rounds_as_were_best_without_early_stopping(told: str) -> None:
    import lightgbm

    x, y, held_x, held_y = _early()
    stop: dict[str, Any] = {"constructor": {"early_stopping_round": 3}, "alias": {"n_iter_no_change": 3}}.get(told, {})
    size: dict[str, Any] = {"num_trees": 60} if told == "alias" else {"n_estimators": 60}
    own = lightgbm.LGBMClassifier(**size, **stop, n_jobs=1, verbose=-1, num_leaves=6)
    calls: Any = [lightgbm.early_stopping(3, verbose=False)] if told == "callback" else None
    with catch_warnings(action="ignore"):  # LightGBM's on the name of eval_set and on its aliases
        own.fit(x, y, eval_set=[(held_x, held_y)], callbacks=calls)
    with catch_warnings(action="ignore"):
        study = _study(own, rows()[["a", "b", "d"]])
        found = _refit(study).model
    assert found.booster_.num_trees() == own.best_iteration_ < 60
    assert any(f"at {own.best_iteration_} of 60 rounds" in note for note in study.notes)


def test_a_refit_of_catboost_learns_as_many_rounds_as_were_best_at_the_same_rate(tmp_path: Path) -> None:
    from catboost import CatBoostClassifier

    x, y, held_x, held_y = _early()
    own = CatBoostClassifier(**{**_CATBOOST, "iterations": 200}, early_stopping_rounds=3, use_best_model=True)
    own.fit(x, y, eval_set=(held_x, held_y))
    own.save_model(str(tmp_path / "m.cbm"))
    for model in (own, str(tmp_path / "m.cbm")):
        study = _study(model, rows()[["a", "b", "d"]])
        found = _refit(study).model
        assert found.tree_count_ == own.tree_count_ < 200
        assert_allclose(found.learning_rate_, own.learning_rate_, atol=1e-6)
        assert any(f"at {own.tree_count_} of 200 rounds" in note for note in study.notes)


def test_a_search_that_was_given_an_evaluation_set_can_be_refitted() -> None:
    import xgboost

    x, y, held_x, held_y = _early()
    inside = xgboost.XGBClassifier(n_estimators=60, early_stopping_rounds=3, n_jobs=1)
    search = GridSearchCV(inside, {"max_depth": [2]}, cv=2)
    search.fit(x, y, eval_set=[(held_x, held_y)], verbose=False)
    refit = _refit(_study(search, rows()[["a", "b", "d"]])).model
    assert refit.best_estimator_.n_estimators == search.best_estimator_.best_iteration + 1


def test_columns_that_lightgbm_was_told_are_categories_stay_so_in_refits() -> None:
    import lightgbm

    x = rows()[["b", "d"]]
    own = lightgbm.LGBMClassifier(n_estimators=4, n_jobs=1, verbose=-1, min_data_per_group=5)
    own.fit(x, rows()["two"], categorical_feature=["d"])
    study = _study(own, x)
    assert _refit(study).model.booster_.params["categorical_column"] == [1]
    plain = lightgbm.LGBMClassifier(n_estimators=4, n_jobs=1, verbose=-1).fit(features(), rows()["two"])
    assert fit_arguments(plain) == {}  # category columns of a frame are found by themselves


# ---- copies


def test_a_copy_leaves_the_model_as_it_is_and_other_seeds_are_other_numbers() -> None:
    from sklearn.ensemble import RandomForestClassifier

    model = make_pipeline(StandardScaler(), RandomForestClassifier(2))
    copies = [untrained(model, seed=seed).get_params()["randomforestclassifier__random_state"] for seed in (None, 1, 2)]
    assert copies[0] == 0
    assert len(set(copies)) == 3
    assert model.get_params()["randomforestclassifier__random_state"] is None


def test_models_of_scikit_learn_need_no_words() -> None:
    model = LogisticRegression().fit(rows()[["b", "d"]], rows()["two"])
    assert (refit_notes(model), fit_arguments(model)) == ((), {})


def test_a_model_before_its_fit_is_copied_without_early_stopping() -> None:
    import xgboost
    from catboost import CatBoostClassifier
    from lightgbm import LGBMClassifier

    x = rows()[["b", "d"]]
    for model in (
        xgboost.XGBClassifier(n_estimators=2, early_stopping_rounds=3), LGBMClassifier(n_estimators=2, early_stopping=3),
        CatBoostClassifier(**_CATBOOST, use_best_model=True),
    ):  # fmt: skip
        assert np.isfinite(untrained(model).fit(x, rows()["two"]).predict_proba(x)).all()


# ---- what libraries print


def test_xgboosts_own_warnings_stay_out_while_the_model_is_called(capfd: pytest.CaptureFixture[str]) -> None:
    import xgboost

    from mlops_widgets.study.predictor import users_code

    booster = xgboost.train({"objective": "binary:logistic"}, xgboost.DMatrix(rows()[["b"]], rows()["two"]), 2)
    before = xgboost.get_config()
    capfd.readouterr()
    with users_code("it", "on no rows"):
        booster.predict(xgboost.DMatrix(rows()[["b"]][:0]))
    assert capfd.readouterr() == ("", "")
    assert xgboost.get_config() == before


@pytest.mark.parametrize("piped", [False, True])
def test_refits_of_lightgbm_print_nothing_unless_its_owner_said_so(
    *, piped: bool, capfd: pytest.CaptureFixture[str]
) -> None:
    from lightgbm import LGBMClassifier

    inside = LGBMClassifier(n_estimators=2, n_jobs=1)
    study = _study(
        (make_pipeline("passthrough", inside) if piped else inside).fit(rows()[["d"]], rows()["two"]), rows()[["d"]]
    )
    capfd.readouterr()
    _refit(study)
    assert capfd.readouterr() == ("", "")
    assert untrained(LGBMClassifier(verbosity=1)).get_params().get("verbose") is None


@pytest.mark.parametrize("library", ["catboost", "lightgbm", "xgboost", "lightgbm in a pipeline"])
def test_the_kit_makes_no_library_print(library: str, capfd: pytest.CaptureFixture[str]) -> None:
    from catboost import CatBoostClassifier
    from lightgbm import LGBMClassifier
    from xgboost import XGBClassifier

    x, y = rows()[["b", "d"]], rows()["two"]
    models: dict[str, Any] = {
        "catboost": CatBoostClassifier(iterations=3, depth=2, thread_count=1, allow_writing_files=False, silent=True),
        "lightgbm": LGBMClassifier(n_estimators=3, n_jobs=1), "xgboost": XGBClassifier(n_estimators=3, n_jobs=1),
        "lightgbm in a pipeline": make_pipeline(
            make_column_transformer((OrdinalEncoder(), []), remainder="passthrough"), LGBMClassifier(n_estimators=3)
        ).set_output(transform="pandas"),
    }  # fmt: skip
    study = _study(models[library].fit(x, y), x)
    capfd.readouterr()
    bench = Bench(study=study, rows=20)
    found = {check: check(bench).status for check in (inputs.check_columns_by_model, inputs.check_no_rows, check_refit)}
    assert capfd.readouterr() == ("", "")
    assert found[inputs.check_no_rows] == ("not_run" if library == "catboost" else "passed")
    assert found[check_refit] == "passed"


def test_a_seed_that_scikit_learn_deprecates_stays_unset() -> None:
    encoder = make_pipeline(TargetEncoder(), LogisticRegression())
    unset = encoder.get_params()["targetencoder__random_state"]  # None before scikit-learn 1.9, "deprecated" since
    for seed in (None, 3):
        states = untrained(encoder, seed=seed).get_params()
        assert (states["targetencoder__random_state"] == unset) == isinstance(unset, str)
        assert states["logisticregression__random_state"] is not None
