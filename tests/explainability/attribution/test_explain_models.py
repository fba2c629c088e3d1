"""Every kind of model: contributions equal the definition (brute force on the user's own predict) and add up to its answers."""

from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pytest
from sklearn.calibration import CalibratedClassifierCV
from sklearn.compose import make_column_transformer
from sklearn.ensemble import (
    ExtraTreesRegressor,
    GradientBoostingClassifier,
    HistGradientBoostingClassifier,
    HistGradientBoostingRegressor,
    RandomForestClassifier,
    StackingClassifier,
    VotingClassifier,
)
from sklearn.linear_model import LinearRegression, LogisticRegression, Ridge
from sklearn.model_selection import GridSearchCV
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsClassifier
from sklearn.neural_network import MLPRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, OrdinalEncoder, StandardScaler
from sklearn.svm import SVC, LinearSVC
from sklearn.tree import DecisionTreeClassifier

import mlops_widgets as mw
from mlops_widgets.explainability.attribution.explanation import Explanation
from mlops_widgets.explainability.attribution.study_questions import log_odds
from tests.explainability.attribution.brute_force import brute_force

Floats = npt.NDArray[np.float64]
ROWS, BACKGROUND = 120, 12


@cache
def frame(kind: str = "words") -> pd.DataFrame:
    """Four columns, one missing here and there, one of words (or codes, or a category), and three targets."""
    rng = np.random.default_rng(0)
    town = rng.choice(["Oslo", "Bergen", "Bodø"], ROWS)
    made = pd.DataFrame(
        {"size": rng.normal(80, 20, ROWS), "rooms": rng.integers(1, 6, ROWS), "heat": rng.normal(size=ROWS)}
    )
    value = made["size"] / 20 + made["rooms"] * made["heat"] + np.where(town == "Oslo", 2, 0)
    if kind == "gaps":
        made.loc[rng.random(ROWS) < 0.2, "heat"] = np.nan
    cells: Any = {"words": town, "category": pd.Categorical(town)}.get(kind, pd.factorize(town)[0])
    made = made.assign(town=cells)
    noisy = value + rng.normal(size=ROWS)
    return made.assign(price=noisy, dear=(noisy > noisy.median()).astype(int), band=pd.qcut(noisy, 3, labels=False))


def in_pipeline(model: Any, *, one_hot: bool = True) -> Any:
    encoder = OneHotEncoder(handle_unknown="ignore") if one_hot else OrdinalEncoder()
    columns = make_column_transformer((encoder, ["town"]), (StandardScaler(), ["size", "rooms", "heat"]))
    return make_pipeline(columns, model)


def xgb(**options: Any) -> Any:
    import xgboost

    kind = xgboost.XGBRegressor if options.pop("regression", False) else xgboost.XGBClassifier
    return kind(n_estimators=6, max_depth=3, n_jobs=1, **options)


def lgbm(**options: Any) -> Any:
    import lightgbm

    kind = lightgbm.LGBMRegressor if options.pop("regression", False) else lightgbm.LGBMClassifier
    return kind(n_estimators=6, num_leaves=5, min_child_samples=5, n_jobs=1, verbose=-1, **options)


def hgb(**options: Any) -> Any:
    kind = HistGradientBoostingRegressor if options.pop("regression", False) else HistGradientBoostingClassifier
    return kind(max_iter=6, max_leaf_nodes=6, min_samples_leaf=5, **options)


# name → (target, kind of frame, model)
MODELS: dict[str, tuple[str, str, Callable[[], Any]]] = {
    "hist boosting": ("dear", "codes", hgb),
    "hist boosting, categories": ("dear", "category", lambda: hgb(categorical_features="from_dtype")),
    "hist boosting, gaps": ("price", "gaps", lambda: hgb(regression=True)),
    "hist boosting, three classes": ("band", "gaps", hgb),
    "random forest": ("dear", "codes", lambda: RandomForestClassifier(5, max_depth=4, random_state=0)),
    "random forest, three classes": ("band", "codes", lambda: RandomForestClassifier(5, max_depth=4, random_state=0)),
    "extra trees": ("price", "codes", lambda: ExtraTreesRegressor(5, max_depth=4, random_state=0)),
    "gradient boosting": ("dear", "words", lambda: in_pipeline(GradientBoostingClassifier(n_estimators=6))),
    "gradient boosting, three classes": ("band", "codes", lambda: GradientBoostingClassifier(n_estimators=4)),
    "logistic pipeline": ("dear", "words", lambda: in_pipeline(LogisticRegression())),
    "logistic pipeline, three classes": ("band", "words", lambda: in_pipeline(LogisticRegression())),
    "ridge pipeline": ("price", "words", lambda: in_pipeline(Ridge())),
    "calibrated": ("dear", "codes", lambda: CalibratedClassifierCV(DecisionTreeClassifier(max_depth=3), cv=2)),
    "stacking": (
        "dear", "codes",
        lambda: StackingClassifier([("a", GaussianNB()), ("b", DecisionTreeClassifier(max_depth=2))], cv=2),
    ),
    "voting": (
        "dear", "codes",
        lambda: VotingClassifier([("a", GaussianNB()), ("b", DecisionTreeClassifier(max_depth=2))], voting="soft"),
    ),
    "search": ("dear", "words", lambda: GridSearchCV(in_pipeline(LogisticRegression()), {"logisticregression__C": [0.1]}, cv=2)),
    "support vectors": ("dear", "words", lambda: in_pipeline(SVC())),
    "linear support vectors": ("dear", "codes", lambda: LinearSVC(dual=False)),
    "linear support vectors, three classes": ("band", "codes", lambda: LinearSVC(dual=False)),
    "neighbours": ("dear", "codes", lambda: KNeighborsClassifier(7)),
    "network": ("price", "words", lambda: in_pipeline(MLPRegressor(hidden_layer_sizes=(5,), tol=1.0, random_state=0))),
    "xgboost": ("dear", "codes", xgb),
    "xgboost, three classes": ("band", "gaps", xgb),
    "xgboost, categories": ("price", "category", lambda: xgb(regression=True, enable_categorical=True)),
    "lightgbm": ("dear", "gaps", lgbm),
    "lightgbm, three classes": ("band", "category", lgbm),
    "lightgbm, linear trees": ("price", "codes", lambda: lgbm(regression=True, linear_tree=True)),
}  # fmt: skip
every_model = pytest.mark.parametrize("name", MODELS)


@cache
def fitted(name: str) -> tuple[mw.Study, Any]:
    target, kind, make = MODELS[name]
    rows = frame(kind)
    features = ["size", "rooms", "heat", "town"]
    model = make().fit(rows[features], rows[target])
    data = rows[[*features, target]]
    study = mw.load_study(model=model, reference=data[:80], test=data[80:], target=target, features=features)
    return study, model


@cache
def explained(name: str) -> Explanation:
    found = mw.explainability.explain(fitted(name)[0], [0, 3, 7], method="shap", background=BACKGROUND)
    assert isinstance(found, Explanation)
    return found


def own_answers(name: str, scale: str, rows: pd.DataFrame) -> Floats:
    """Return what the user's model says of rows on a scale, (rows, outputs), without any code of the routes."""
    model = fitted(name)[1]
    if scale == "score":
        return np.asarray(model.decision_function(rows)).reshape(len(rows), -1)
    if scale not in {"probability", "log-odds"}:
        return np.asarray(model.predict(rows), dtype=float).reshape(len(rows), 1)
    answers = np.asarray(model.predict_proba(rows), dtype=float)
    answers = answers[:, 1:] if answers.shape[1] == 2 else answers
    return log_odds(answers) if scale == "log-odds" else answers


@every_model
def test_contributions_add_up_to_the_models_own_answer(name: str) -> None:
    found, (study, _) = explained(name), fitted(name)
    rows = study.need("test").pandas()[list(study.model.features)].iloc[[0, 3, 7]]
    answers = own_answers(name, found.scale, rows)
    # XGBoost and LightGBM answer in single precision near enough to 1 to show; the others don't
    limit = (3e-6 if name.startswith("xgboost") else 1e-6) * np.ptp(
        own_answers(name, found.scale, study.need("test").pandas()[list(study.model.features)])
    )
    assert np.abs(found.base + found.values.sum(axis=1) - answers).max() <= limit
    assert found.status == "passed", str(found)


@every_model
def test_values_equal_the_definition(name: str) -> None:
    found, (study, _) = explained(name), fitted(name)
    features = list(study.model.features)
    drawn = np.sort(np.random.default_rng(0).permutation(80)[:BACKGROUND])
    background = study.need("reference").pandas()[features].iloc[drawn].reset_index(drop=True)
    row = study.need("test").pandas()[features].iloc[[3]]
    truth = brute_force(lambda rows: own_answers(name, found.scale, rows), row, background)
    limit = 2e-5 if name.startswith("xgboost") else 1e-9  # single precision of its predictions
    assert np.abs(found.values[1] - truth).max() <= limit * max(1.0, float(np.abs(truth).max()))


def test_the_linear_model_has_its_closed_form() -> None:
    rng = np.random.default_rng(0)
    x = pd.DataFrame(rng.normal(size=(60, 3)), columns=list("abc"))
    model = LinearRegression().fit(x, x @ np.array([1.0, -2.0, 0.5]))
    found = mw.explainability.explain_function(model.predict, x[:40], x[40:43], method="shap")
    truth = (x[40:43] - x[:40].mean()).to_numpy() * [1.0, -2.0, 0.5]
    np.testing.assert_allclose(found.values[:, :, 0], truth, atol=1e-12)
