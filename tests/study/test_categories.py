"""Codes of categories that would shift between tables don't."""

import json
from typing import Any

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose
from sklearn.metrics import roc_auc_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer

from mlops_widgets.errors import TableError
from mlops_widgets.study.loading import load_study
from tests.boosters import features, lightgbm_booster, rows, xgboost_booster

TURNED = list("zyxwvu")


def _turned() -> pd.DataFrame:
    """Return the same rows, with the categories listed in another order."""
    return features().assign(c=features()["c"].cat.set_categories(TURNED))


def _without_levels() -> Any:
    """Return the booster as XGBoost before 3.1 saved it: without the lists of categories."""
    import xgboost

    document = json.loads(bytes(xgboost_booster("two").save_raw("json")))
    document["learner"]["gradient_booster"]["model"]["cats"] = {"enc": [], "feature_segments": [], "sorted_idx": []}
    booster = xgboost.Booster()
    booster.load_model(bytearray(json.dumps(document).encode()))
    return booster


def _scores(study: Any, name: str = "test") -> Any:
    return study.model.scores(study.tables[name])


def test_codes_shift_silently_in_the_library_and_not_here() -> None:
    import xgboost

    booster, y = _without_levels(), rows()["two"]
    naive = booster.predict(xgboost.DMatrix(_turned(), enable_categorical=True))
    study = load_study(model=booster, reference=features().assign(y=y), test=_turned().assign(y=y), target="y")
    right = booster.predict(xgboost.DMatrix(features(), enable_categorical=True))
    assert_allclose(_scores(study), right, atol=1e-6)
    assert roc_auc_score(y, naive) < roc_auc_score(y, right) - 0.05
    assert any("doesn't store the list of c" in note for note in study.notes)


@pytest.mark.parametrize("model", [lightgbm_booster, xgboost_booster])
def test_the_models_own_lists_count_even_without_a_reference(model: Any) -> None:
    booster, y = model("two"), rows()["two"]
    in_order = load_study(model=booster, test=features().assign(y=y), target="y")
    study = load_study(model=booster, test=_turned().assign(y=y), target="y")
    assert_allclose(_scores(study), _scores(in_order))
    assert any("listed otherwise than in the model" in note for note in study.notes)
    assert not any("listed otherwise" in note for note in in_order.notes)


@pytest.mark.parametrize("make", [lambda c: c.astype(str), lambda c: c.astype(object), lambda c: c.astype("string")])
def test_text_from_a_file_gets_the_models_levels(make: Any) -> None:
    y = rows()["two"]
    for booster in (lightgbm_booster("two"), xgboost_booster("two")):
        in_order = load_study(model=booster, test=features().assign(y=y), target="y")
        study = load_study(model=booster, test=features().assign(c=make(features()["c"]), y=y), target="y")
        assert_allclose(_scores(study), _scores(in_order))


def test_levels_that_lightgbm_never_saw_are_missing_and_counted() -> None:
    y, words = rows()["two"], features()["c"].astype(str)
    words[:8] = "new"
    words[8:10] = "rare"
    gaps = features().assign(c=features()["c"].where(features().index >= 10))
    study = load_study(model=lightgbm_booster("two"), test=features().assign(c=words, y=y), target="y")
    missing = load_study(model=lightgbm_booster("two"), test=gaps.assign(y=y), target="y")
    assert_allclose(_scores(study), _scores(missing))
    note = next(note for note in study.notes if "never saw" in note)
    assert "10 of 300 cells of 'c'" in note
    assert "new" in note
    assert "rare" not in note  # two rows hold it: it may tell who they are


@pytest.mark.parametrize("new", ["new", "x2", "U"])
def test_levels_that_xgboost_never_saw_are_answered_as_it_does(new: str) -> None:
    import xgboost

    y, booster, words = rows()["two"], xgboost_booster("two"), features()["c"].astype(str)
    words[:10] = new
    theirs = booster.predict(xgboost.DMatrix(features().assign(c=pd.Categorical(words)), enable_categorical=True))
    study = load_study(model=booster, test=features().assign(c=words, y=y), target="y")
    assert_allclose(_scores(study), theirs)
    note = next(note for note in study.notes if "never saw" in note)
    assert "10 of 300 cells of 'c'" in note
    assert "takes each for the known level that sorts next" in note


def test_levels_on_which_xgboost_raises_are_missing_and_a_note_says_that_it_does() -> None:
    import xgboost

    y, booster, words = rows()["two"], xgboost_booster("two"), features()["c"].astype(str)
    words[:10] = "zz"
    with pytest.raises(xgboost.core.XGBoostError, match="not in the training set"):
        booster.predict(xgboost.DMatrix(features().assign(c=pd.Categorical(words)), enable_categorical=True))
    gaps = features().assign(c=features()["c"].where(features().index >= 10))
    missing = load_study(model=booster, test=gaps.assign(y=y), target="y")
    for new in ("zz", "aéa"):  # the second, listed first, would shift the levels behind it
        test = features().assign(c=words.replace("zz", new), y=y)
        study = load_study(model=booster, test=test, target="y")
        assert_allclose(_scores(study), _scores(missing))
        note = next(note for note in study.notes if "never saw" in note)
        assert "10 of 300 cells of 'c'" in note
        assert "XGBoost itself refuses" in note


def test_unseen_numbers_are_answered_as_xgboost_does() -> None:
    import xgboost

    y, numbers = rows()["two"], rows()["d"].astype(np.int8) * 2
    told = {"max_depth": 3, "nthread": 1, "objective": "binary:logistic"}
    x = features()[["b"]].assign(k=pd.Categorical(numbers))
    booster = xgboost.train(told, xgboost.DMatrix(x, y, enable_categorical=True), 3)
    later = numbers.where(numbers.index > 9, 3)
    theirs = booster.predict(xgboost.DMatrix(x.assign(k=pd.Categorical(later)), enable_categorical=True))
    for cells in (later, later.astype("int64"), later.astype(float)):
        study = load_study(model=booster, test=x.assign(k=pd.Categorical(cells), y=y), target="y")
        assert_allclose(_scores(study), theirs)
    behind = load_study(model=booster, test=x.assign(k=numbers.where(numbers.index > 9, 1000), y=y), target="y")
    assert np.isfinite(_scores(behind)).all()


@pytest.mark.parametrize("name", ["lightgbm", "xgboost"])
def test_a_pipeline_around_a_model_that_stores_its_lists_is_not_warned_of(name: str) -> None:
    import lightgbm
    import xgboost

    y = rows()["two"]
    lgbm = lightgbm.LGBMClassifier(n_estimators=3, verbose=-1, n_jobs=1, min_child_samples=5)
    xgb = xgboost.XGBClassifier(n_estimators=3, max_depth=2, n_jobs=1, enable_categorical=True)
    model = make_pipeline(FunctionTransformer(), lgbm if name == "lightgbm" else xgb).fit(features(), y)
    study = load_study(model=model, reference=features().assign(y=y), test=_turned().assign(y=y), target="y")
    assert_allclose(_scores(study), model.predict_proba(features())[:, 1])
    assert not any("codes" in note for note in study.notes)


def test_text_for_a_booster_without_lists_is_refused_in_words_until_a_table_holds_categories() -> None:
    booster, y = _without_levels(), rows()["two"]
    words = features().assign(c=features()["c"].astype(str), y=y)
    with pytest.raises(TableError, match="learned 'c' as a category") as caught:
        load_study(model=booster, test=words, target="y")
    assert "in the order of training" in str(caught.value)
    assert "XGBoost 3.1" in str(caught.value)
    study = load_study(model=booster, reference=features().assign(y=y), test=words, target="y")
    right = load_study(model=xgboost_booster("two"), test=words, target="y")
    assert_allclose(_scores(study), _scores(right), atol=1e-6)


def test_an_older_lightgbms_estimator_names_its_columns_by_its_booster() -> None:
    import lightgbm

    y = rows()["two"]
    model = lightgbm.LGBMClassifier(n_estimators=3, verbose=-1, n_jobs=1, min_child_samples=5).fit(features(), y)
    right = np.asarray(model.predict_proba(features()))[:, 1]
    kept = model.__dict__
    for name in ("_fitted_with_feature_names", "feature_names_in_"):  # as LightGBM 3 pickled it
        kept.pop(name, None)
    study = load_study(model=model, test=features().assign(c=features()["c"].astype(str), y=y), target="y")
    assert study.roles.features == ("a", "b", "c", "d")
    assert_allclose(_scores(study), right)


def test_numbers_as_levels_are_found_in_text() -> None:
    import lightgbm

    x = features()[["b"]].assign(k=pd.Categorical(rows()["d"].astype(int)))
    told = {"verbose": -1, "objective": "binary", "num_threads": 1, "min_data_per_group": 5, "cat_smooth": 1}
    booster = lightgbm.train(told, lightgbm.Dataset(x, rows()["two"]), 3)
    y = rows()["two"]
    study = load_study(model=booster, test=x.assign(k=x["k"].astype(str), y=y), target="y")
    assert_allclose(_scores(study), np.asarray(booster.predict(x)))


def test_estimators_of_both_libraries_keep_their_lists_and_a_refit_learns_new_levels() -> None:
    import lightgbm
    import xgboost

    y = rows()["two"]
    lgbm = lightgbm.LGBMClassifier(n_estimators=3, verbose=-1, n_jobs=1, min_child_samples=5)
    xgb = xgboost.XGBClassifier(n_estimators=3, max_depth=2, n_jobs=1, enable_categorical=True)
    few = features()[features()["c"].isin(["u", "v", "w"])]
    few = few.assign(c=few["c"].cat.remove_unused_categories())
    for model in (lgbm, xgb):
        model.fit(few, y[few.index])
        study = load_study(model=model, test=_turned().assign(y=y), target="y")
        seen = features()["c"].isin(["u", "v", "w"]).to_numpy()
        assert_allclose(_scores(study)[seen], np.asarray(model.predict_proba(few))[:, 1], atol=1e-6)
        refitted = study.model.refit(study.need("test"))
        again = refitted.scores(study.need("test"))
        assert roc_auc_score(y, again) > roc_auc_score(y, _scores(study))
        assert np.isfinite(again).all()


def test_levels_that_xgboost_hands_back_broken_are_those_of_the_first_table() -> None:
    import xgboost

    y = rows()["two"]
    accents = features().assign(c=features()["c"].cat.rename_categories({"u": "éa", "v": "日本"}))
    told = {"max_depth": 3, "nthread": 1, "objective": "binary:logistic"}
    booster = xgboost.train(told, xgboost.DMatrix(accents, y, enable_categorical=True), 3)
    study = load_study(model=booster, test=accents.assign(y=y), target="y")
    assert_allclose(_scores(study), booster.predict(xgboost.DMatrix(accents, enable_categorical=True)), atol=1e-6)
    assert not any("never saw" in note for note in study.notes)


def test_levels_of_narrow_numbers_keep_their_width_which_xgboost_asks_for() -> None:
    import xgboost

    y = rows()["two"]
    narrow = features()[["b"]].assign(k=pd.Categorical(rows()["d"].astype(np.int8)))
    told = {"max_depth": 3, "nthread": 1, "objective": "binary:logistic"}
    booster = xgboost.train(told, xgboost.DMatrix(narrow, y, enable_categorical=True), 3)
    wide = narrow.assign(k=pd.Categorical(rows()["d"].astype(np.int64)))
    expected = booster.predict(xgboost.DMatrix(narrow, enable_categorical=True))
    for table in (narrow, wide):
        study = load_study(model=booster, test=table.assign(y=y), target="y")
        assert_allclose(_scores(study), expected, atol=1e-6)
