"""The kinds of model that people bring, one function each, and what each answers on the rows that it was tested on."""

import hashlib
import pickle
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from sklearn.calibration import CalibratedClassifierCV
from sklearn.compose import TransformedTargetRegressor, make_column_selector, make_column_transformer
from sklearn.ensemble import (
    ExtraTreesClassifier,
    HistGradientBoostingClassifier,
    RandomForestClassifier,
    StackingClassifier,
    VotingClassifier,
)
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression, Ridge, SGDClassifier
from sklearn.model_selection import GridSearchCV
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsClassifier
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, OneHotEncoder, StandardScaler
from sklearn.svm import SVC, LinearSVC
from sklearn.tree import DecisionTreeRegressor

NUMBERS = ["income", "age"]
MIXED = [*NUMBERS, "area"]
LABELS = ("rejected because the documents were incomplete", "approved at once", "sent to a colleague for a second look")


@dataclass(frozen=True, kw_only=True)
class Kind:
    """A model as it is passed, and its own answers on `rows()[1]`.

    `answers` are numbers, labels, or the probabilities of the classes in their sorted order, as `ability` says.
    """

    arguments: dict[str, Any]
    target: str
    ability: str
    answers: Any
    columns: list[str] = field(default_factory=lambda: MIXED)


@cache
def rows() -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the rows to learn from and those to test on: numbers with gaps, a category with gaps, a date, three targets."""
    rng = np.random.default_rng(3)
    n = 360
    income, age = rng.normal(50, 15, n).round(3), rng.integers(18, 80, n).astype(float)
    area = rng.choice(["north", "south", "east", "west"], n)
    day = pd.Timestamp("2024-01-01") + pd.to_timedelta(rng.integers(0, 366, n), unit="D")
    pull = (income - 50) / 15 + 0.02 * (age - 50) + (area == "north") + rng.normal(size=n)
    frame = pd.DataFrame({"income": income, "age": age, "area": area, "day": day})
    frame.loc[rng.random(n) < 0.1, "age"] = np.nan
    frame.loc[rng.random(n) < 0.1, "area"] = None
    frame["area"] = frame["area"].astype(pd.CategoricalDtype(["west", "south", "north", "east"]))
    frame["late"] = (pull > 0.4).astype(int)
    frame["answer"] = np.array(LABELS)[np.digitize(pull, [-0.3, 1.0])]
    frame["cost"] = (100 + 20 * pull + 5 * np.sin(day.day_of_year / 58)).round(4)
    return frame[:240].reset_index(drop=True), frame[240:].reset_index(drop=True)


def _encoded(model: Any, *, columns: Any = None) -> Any:
    text = make_pipeline(SimpleImputer(strategy="most_frequent"), OneHotEncoder(handle_unknown="ignore"))
    numbers = make_pipeline(SimpleImputer(), StandardScaler())
    return make_pipeline(
        make_column_transformer((text, columns or ["area"]), (numbers, NUMBERS), sparse_threshold=0), model
    )


def _text() -> pd.DataFrame:
    """The rows to learn from with plain text in the place of categories: most tables hold that."""
    return rows()[0].astype({"area": object})


def _classifier(model: Any, *, target: str = "late", columns: list[str] | None = None, learn: Any = None) -> Kind:
    columns = columns or MIXED
    learned = _text() if learn is None else learn
    fitted = model.fit(learned[columns], learned[target])
    return _fitted(fitted, target=target, columns=columns, test=rows()[1].astype(learned.dtypes[columns].to_dict()))


def _fitted(model: Any, *, target: str, columns: list[str], test: pd.DataFrame) -> Kind:
    ability = "probabilities" if hasattr(model, "predict_proba") else "scores"
    method = model.predict_proba if ability == "probabilities" else model.decision_function
    return Kind(
        arguments={"model": model}, target=target, ability=ability, answers=method(test[columns]), columns=columns
    )


def _regressor(model: Any, columns: list[str]) -> Kind:
    learned, test = rows()
    model.fit(learned[columns], learned["cost"])
    return Kind(arguments={"model": model}, target="cost", ability="predict", answers=model.predict(test[columns]),
                columns=columns)  # fmt: skip


def _as_file(kind: Kind, path: Any, **more: Any) -> Kind:
    return Kind(arguments={"model": path, **more}, target=kind.target, ability=kind.ability, answers=kind.answers,
                columns=kind.columns)  # fmt: skip


def _skops(kind: Kind, folder: Path) -> Kind:
    import skops.io

    skops.io.dump(kind.arguments["model"], path := folder / "model.skops")
    return _as_file(kind, path)


# ---- scikit-learn


def logistic_regression(folder: Path) -> Kind:
    return _classifier(_encoded(LogisticRegression()))


def columns_by_type(folder: Path) -> Kind:
    return _classifier(_encoded(LogisticRegression(), columns=make_column_selector(dtype_exclude="number")))


def three_classes_in_skops(folder: Path) -> Kind:
    return _skops(_classifier(_encoded(RandomForestClassifier(20, random_state=0)), target="answer"), folder)


def boosting_with_categories(folder: Path) -> Kind:
    model = HistGradientBoostingClassifier(max_iter=20, categorical_features="from_dtype", random_state=0)
    return _classifier(model, learn=rows()[0])


def boosting_with_categories_in_skops(folder: Path) -> Kind:
    return _skops(boosting_with_categories(folder), folder)


def linear_svc(folder: Path) -> Kind:
    return _classifier(_encoded(LinearSVC()))


def linear_svc_three_classes(folder: Path) -> Kind:
    return _classifier(_encoded(LinearSVC()), target="answer")


def svc(folder: Path) -> Kind:
    return _skops(_classifier(_encoded(SVC())), folder)


def calibrated(folder: Path) -> Kind:
    return _skops(_classifier(_encoded(CalibratedClassifierCV(LinearSVC(), cv=3))), folder)


def stacked(folder: Path) -> Kind:
    parts = [("forest", ExtraTreesClassifier(10, random_state=0)), ("bayes", GaussianNB())]
    return _skops(_classifier(_encoded(StackingClassifier(parts, cv=3)), target="answer"), folder)


def voting(folder: Path) -> Kind:
    parts = [("forest", ExtraTreesClassifier(10, random_state=0)), ("line", LogisticRegression())]
    return _classifier(_encoded(VotingClassifier(parts, voting="soft")))


def grid_searched(folder: Path) -> Kind:
    return _skops(
        _classifier(GridSearchCV(_encoded(LogisticRegression()), {"logisticregression__C": [0.1, 1]}, cv=3)), folder
    )


def neighbours(folder: Path) -> Kind:
    return _skops(_classifier(_encoded(KNeighborsClassifier(7))), folder)


def network(folder: Path) -> Kind:
    return _classifier(_encoded(MLPClassifier((8,), max_iter=60, tol=1, random_state=0)))


def descent(folder: Path) -> Kind:
    return _classifier(_encoded(SGDClassifier(random_state=0)))


def target_transformed(folder: Path) -> Kind:
    learned = make_pipeline(SimpleImputer(), TransformedTargetRegressor(Ridge(), func=np.log, inverse_func=np.exp))
    return _regressor(learned, NUMBERS)


def tree(folder: Path) -> Kind:
    return _skops(_regressor(DecisionTreeRegressor(max_depth=4, random_state=0), NUMBERS), folder)


def pickled_with_its_digest(folder: Path) -> Kind:
    from mlops_widgets.study.model_files.door import load_model

    kind = logistic_regression(folder)
    content = pickle.dumps(kind.arguments["model"])
    (path := folder / "model.pkl").write_bytes(content)
    model = load_model(
        path, trust=f"sha256:{hashlib.sha256(content).hexdigest()}"
    )  # once: each time is a child process
    return _as_file(kind, model)


# ---- boosting libraries


def days(frame: pd.DataFrame) -> pd.DataFrame:
    """Return dates as the day of the year."""
    return pd.DataFrame({name: frame[name].dt.day_of_year for name in frame})


def lightgbm_pipeline_with_a_date(folder: Path) -> Kind:
    from lightgbm import LGBMRegressor

    columns = [*NUMBERS, "day"]
    parts = make_column_transformer((FunctionTransformer(days), ["day"]), ("passthrough", NUMBERS))
    parts.set_output(transform="pandas")
    return _regressor(make_pipeline(parts, LGBMRegressor(n_estimators=15, n_jobs=1, verbose=-1)), columns)


def _lightgbm() -> Any:
    from lightgbm import LGBMClassifier

    learned = rows()[0]
    return LGBMClassifier(n_estimators=15, min_data_per_group=5, n_jobs=1, verbose=-1).fit(
        learned[MIXED], learned["late"]
    )


def lightgbm_classifier(folder: Path) -> Kind:
    return _fitted(_lightgbm(), target="late", columns=MIXED, test=rows()[1])


def lightgbm_classifier_in_skops(folder: Path) -> Kind:
    return _skops(lightgbm_classifier(folder), folder)


def lightgbm_booster(folder: Path) -> Kind:
    booster = _lightgbm().booster_
    return Kind(
        arguments={"model": booster}, target="late", ability="probabilities", answers=booster.predict(rows()[1][MIXED])
    )


def lightgbm_text(folder: Path) -> Kind:
    kind = lightgbm_booster(folder)
    kind.arguments["model"].save_model(path := folder / "model.txt")
    return _as_file(kind, path)


def _xgboost() -> Any:
    from xgboost import XGBClassifier

    learned = rows()[0]
    model = XGBClassifier(n_estimators=15, max_depth=3, enable_categorical=True, tree_method="hist", n_jobs=1)
    return model.fit(learned[MIXED], learned["late"])


def xgboost_classifier(folder: Path) -> Kind:
    return _fitted(_xgboost(), target="late", columns=MIXED, test=rows()[1])


def xgboost_classifier_in_skops(folder: Path) -> Kind:
    return _skops(xgboost_classifier(folder), folder)


def xgboost_booster(folder: Path) -> Kind:
    import xgboost

    booster = _xgboost().get_booster()
    answers = booster.predict(xgboost.DMatrix(rows()[1][MIXED], enable_categorical=True))
    return Kind(arguments={"model": booster}, target="late", ability="probabilities", answers=answers)


def xgboost_binary_json(folder: Path) -> Kind:
    kind = xgboost_booster(folder)
    kind.arguments["model"].save_model(path := folder / "model.ubj")
    return _as_file(kind, path)


def xgboost_json(folder: Path) -> Kind:
    kind = xgboost_booster(folder)
    kind.arguments["model"].save_model(path := folder / "model.json")
    return _as_file(kind, path)


def _catboost() -> Kind:
    from catboost import CatBoostClassifier

    learned = _text().fillna({"area": "nowhere"})
    model = CatBoostClassifier(iterations=15, depth=3, verbose=0, allow_writing_files=False, thread_count=1)
    model.fit(learned[NUMBERS], learned["answer"])
    return _fitted(model, target="answer", columns=NUMBERS, test=rows()[1])


def catboost_classifier(folder: Path) -> Kind:
    return _catboost()


def catboost_file(folder: Path) -> Kind:
    kind = _catboost()
    kind.arguments["model"].save_model(str(path := folder / "model.cbm"))
    return _as_file(kind, path)


# ---- other formats


def onnx(folder: Path) -> Kind:
    from skl2onnx import to_onnx

    learned, test = rows()
    model = make_pipeline(SimpleImputer(), StandardScaler(), LogisticRegression())
    model.fit(learned[NUMBERS].to_numpy(), learned["late"])
    content = to_onnx(model, learned[NUMBERS].to_numpy(np.float32)[:1], options={"zipmap": False})
    (path := folder / "model.onnx").write_bytes(content.SerializeToString())
    answers = model.predict_proba(test[NUMBERS].to_numpy())
    return Kind(arguments={"model": path, "features": NUMBERS}, target="late", ability="probabilities", answers=answers,
                columns=NUMBERS)  # fmt: skip


def mlflow_folder(folder: Path) -> Kind:
    kind = xgboost_booster(folder)
    (path := folder / "mlflow").mkdir()
    kind.arguments["model"].save_model(path / "model.ubj")
    (path / "MLmodel").write_text(
        "flavors:\n  xgboost:\n    data: model.ubj\n    model_class: xgboost.core.Booster\n    model_format: ubj\n"
        "  python_function:\n    loader_module: mlflow.xgboost\n    data: model.ubj\n"
    )
    return _as_file(kind, path)


def function_of_probabilities(folder: Path) -> Kind:
    kind = logistic_regression(folder)
    model = kind.arguments["model"]
    arguments = {"predict_proba": lambda frame: model.predict_proba(frame)[:, 1], "features": MIXED}
    return Kind(arguments=arguments, target="late", ability="probabilities", answers=kind.answers)


def function_of_numbers(folder: Path) -> Kind:
    def forecast(frame: pd.DataFrame) -> Any:
        return 2 * frame["income"].to_numpy() + frame["age"].fillna(50).to_numpy()

    return Kind(arguments={"predict": forecast, "features": NUMBERS}, target="cost", ability="predict",
                answers=forecast(rows()[1]), columns=NUMBERS)  # fmt: skip


def logged_scores(folder: Path) -> Kind:
    return Kind(
        arguments={"scores": "income"},
        target="late",
        ability="scores",
        answers=rows()[1]["income"].to_numpy(),
        columns=NUMBERS,
    )


def logged_predictions(folder: Path) -> Kind:
    return Kind(
        arguments={"predictions": "income"},
        target="cost",
        ability="predict",
        answers=rows()[1]["income"].to_numpy(),
        columns=NUMBERS,
    )


KINDS: tuple[Callable[[Path], Kind], ...] = (
    logistic_regression, columns_by_type, three_classes_in_skops, boosting_with_categories,
    boosting_with_categories_in_skops, linear_svc, linear_svc_three_classes, svc, calibrated, stacked, voting,
    grid_searched, neighbours, network, descent, target_transformed, tree, pickled_with_its_digest,
    lightgbm_pipeline_with_a_date, lightgbm_classifier, lightgbm_classifier_in_skops, lightgbm_booster, lightgbm_text,
    xgboost_classifier, xgboost_classifier_in_skops, xgboost_booster, xgboost_binary_json, xgboost_json,
    catboost_classifier, catboost_file, onnx, mlflow_folder, function_of_probabilities, function_of_numbers,
    logged_scores, logged_predictions,
)  # fmt: skip
