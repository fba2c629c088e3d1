"""Models of every common kind come back from a file as they were, without a note, and without trust."""

import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import skops.io
from sklearn.calibration import CalibratedClassifierCV
from sklearn.compose import TransformedTargetRegressor, make_column_selector, make_column_transformer
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.ensemble import (
    AdaBoostClassifier,
    BaggingRegressor,
    ExtraTreesClassifier,
    GradientBoostingRegressor,
    HistGradientBoostingClassifier,
    HistGradientBoostingRegressor,
    IsolationForest,
    RandomForestClassifier,
    StackingClassifier,
    VotingClassifier,
)
from sklearn.feature_selection import SelectKBest
from sklearn.frozen import FrozenEstimator
from sklearn.gaussian_process import GaussianProcessClassifier
from sklearn.gaussian_process.kernels import RBF, WhiteKernel
from sklearn.impute import SimpleImputer
from sklearn.isotonic import IsotonicRegression
from sklearn.linear_model import LogisticRegression, Ridge, SGDClassifier, TweedieRegressor
from sklearn.metrics import fbeta_score, make_scorer
from sklearn.model_selection import (
    GridSearchCV,
    RandomizedSearchCV,
    RepeatedStratifiedKFold,
    TunedThresholdClassifierCV,
)
from sklearn.multiclass import OneVsRestClassifier
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsClassifier
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline, make_union
from sklearn.preprocessing import (
    FunctionTransformer,
    KBinsDiscretizer,
    OneHotEncoder,
    OrdinalEncoder,
    PolynomialFeatures,
    SplineTransformer,
    StandardScaler,
    TargetEncoder,
)
from sklearn.svm import SVC, LinearSVC
from sklearn.tree import DecisionTreeRegressor

from mlops_widgets.study.model_files.door import read_model
from mlops_widgets.study.model_files.skops_files import PARSED, load_for_trial

RNG = np.random.default_rng(0)
FRAME = pd.DataFrame(RNG.random((60, 3)), columns=["a", "b", "c"])
MIXED = FRAME.assign(
    k=np.array(["x", "y", "z"])[np.digitize(FRAME["a"], [0.3, 0.6])], m=FRAME["b"].where(FRAME["b"] > 0.2)
)
CATEGORIES = MIXED.assign(k=MIXED["k"].astype("category"))
y = (FRAME["a"] + FRAME["b"] > 1).map({True: "accepted", False: "declined"}).to_numpy()
NUMBERS = FRAME["a"].to_numpy() * 3 + 1


def columns() -> Any:
    return make_column_transformer(
        (make_pipeline(SimpleImputer(), StandardScaler()), make_column_selector(dtype_include=np.number)),
        (OneHotEncoder(handle_unknown="ignore"), make_column_selector(dtype_include=[object, "str"])),
    )


def lightgbm() -> Any:
    from lightgbm import LGBMClassifier

    return LGBMClassifier(n_estimators=3, verbose=-1, n_jobs=1).fit(CATEGORIES, y)


def xgboost() -> Any:
    from xgboost import XGBRegressor

    return XGBRegressor(n_estimators=3, enable_categorical=True, n_jobs=1).fit(CATEGORIES, NUMBERS)


ZOO: list[tuple[Callable[[], Any], Any]] = [
    (lambda: make_pipeline(columns(), LogisticRegression()).fit(MIXED, y), MIXED),
    (lambda: make_pipeline(columns(), RandomForestClassifier(3)).fit(MIXED, y), MIXED),
    (lambda: make_pipeline(columns(), GradientBoostingRegressor(n_estimators=3, loss="huber")).fit(MIXED, NUMBERS), MIXED),
    (lambda: HistGradientBoostingClassifier(max_iter=3, categorical_features="from_dtype").fit(CATEGORIES, y), CATEGORIES),
    (lambda: HistGradientBoostingRegressor(max_iter=3, loss="poisson").fit(FRAME, NUMBERS), FRAME),
    (lambda: ExtraTreesClassifier(3).fit(FRAME, y), FRAME),
    (lambda: AdaBoostClassifier(n_estimators=2).fit(FRAME, y), FRAME),
    (lambda: BaggingRegressor(DecisionTreeRegressor(), 2, max_features=2).fit(FRAME, NUMBERS), FRAME),
    (lambda: IsolationForest(n_estimators=3).fit(FRAME.to_numpy()), FRAME.to_numpy()),
    (lambda: CalibratedClassifierCV(RandomForestClassifier(2), method="isotonic", cv=2).fit(FRAME, y), FRAME),
    (lambda: CalibratedClassifierCV(FrozenEstimator(LinearSVC().fit(FRAME, y))).fit(FRAME, y), FRAME),
    (lambda: StackingClassifier([("r", RandomForestClassifier(2)), ("s", SVC())], cv=2).fit(FRAME, y), FRAME),
    (lambda: VotingClassifier([("r", RandomForestClassifier(2)), ("n", GaussianNB())], voting="soft").fit(FRAME, y), FRAME),
    (lambda: GridSearchCV(SVC(), {"C": [1, 2]}, cv=2, scoring=make_scorer(fbeta_score, beta=2, pos_label="accepted")).fit(FRAME, y), FRAME),
    (lambda: RandomizedSearchCV(LogisticRegression(), {"C": [1, 2]}, n_iter=2, cv=RepeatedStratifiedKFold(n_splits=2, n_repeats=1)).fit(FRAME, y), FRAME),
    (lambda: TunedThresholdClassifierCV(LogisticRegression(), cv=2).fit(FRAME, y == "accepted"), FRAME),
    (lambda: KNeighborsClassifier(3).fit(FRAME, y), FRAME),
    (lambda: make_pipeline(StandardScaler(), MLPClassifier((3,), max_iter=200, tol=1)).fit(FRAME, y), FRAME),
    (lambda: GaussianProcessClassifier(RBF() + WhiteKernel()).fit(FRAME, y), FRAME),
    (lambda: make_pipeline(SplineTransformer(), PolynomialFeatures(), Ridge()).fit(FRAME, NUMBERS), FRAME),
    (lambda: make_pipeline(make_union(KBinsDiscretizer(3, quantile_method="averaged_inverted_cdf"), SelectKBest(k=1)), SGDClassifier()).fit(FRAME, y), FRAME),
    (lambda: make_pipeline(FunctionTransformer(np.log1p), LinearDiscriminantAnalysis()).fit(FRAME, y), FRAME),
    (lambda: TransformedTargetRegressor(TweedieRegressor(), func=np.log1p, inverse_func=np.expm1).fit(FRAME, NUMBERS), FRAME),
    (lambda: make_pipeline(TargetEncoder(), LogisticRegression()).fit(MIXED[["k"]], y), MIXED[["k"]]),
    (lambda: make_pipeline(OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=-1), RandomForestClassifier(2)).fit(MIXED[["k"]], y), MIXED[["k"]]),
    (lambda: OneVsRestClassifier(LinearSVC()).fit(FRAME, MIXED["k"]), FRAME),
    (lambda: IsotonicRegression(out_of_bounds="clip").fit(FRAME[["a"]], NUMBERS), FRAME[["a"]]),
    (lightgbm, CATEGORIES),
    (xgboost, CATEGORIES),
]  # fmt: skip


def answers(model: Any, rows: Any) -> Any:
    return model.predict_proba(rows) if hasattr(model, "predict_proba") else model.predict(rows)


@pytest.mark.parametrize("number", range(len(ZOO)))
def test_a_saved_model_comes_back_as_it_was(number: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make, rows = ZOO[number]
    if make in (lightgbm, xgboost):  # boosters are tried in a child process; here that is this process
        monkeypatch.setattr(
            "mlops_widgets.study.model_files.trial.try_in_child",
            lambda _, path, *, argument, options: load_for_trial(path, **options),
        )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what fitting says of made-up data
        model = make()
    skops.io.dump(model, tmp_path / "m.skops")
    opened = read_model(tmp_path / "m.skops")
    np.testing.assert_array_equal(answers(opened.model, rows), answers(model, rows))
    assert opened.notes == ()


def test_a_booster_is_tried_in_a_child_process_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tried: list[str] = []
    monkeypatch.setattr("mlops_widgets.study.model_files.trial._came_back", set())
    monkeypatch.setattr(
        "mlops_widgets.study.model_files.trial.try_in_child",
        lambda reader, path, *, argument, options: tried.append(reader),
    )
    skops.io.dump(lightgbm(), tmp_path / "m.skops")
    for _ in range(2):
        read_model(tmp_path / "m.skops")
    assert tried == ["mlops_widgets.study.model_files.skops_files:load_for_trial"]
    assert {"lightgbm.basic.Booster", "xgboost.core.Booster"} == PARSED
