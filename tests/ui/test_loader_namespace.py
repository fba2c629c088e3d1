from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
from sklearn.calibration import CalibratedClassifierCV
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from mlops_widgets.ui.loader.namespace import find_models, find_tables

X = pd.DataFrame({"a": np.arange(20.0), "b": np.arange(20.0) % 3})
Y = pd.Series(np.arange(20) % 2, name="y")


class Hostile:
    """Whatever is asked of it goes wrong."""

    def __getattr__(self, name: str) -> Any:
        raise SystemExit(name)

    def __repr__(self) -> str:
        raise SystemExit("repr")

    def __len__(self) -> int:
        raise SystemExit("len")

    def __eq__(self, other: object) -> bool:
        raise SystemExit("eq")

    __hash__ = None  # type: ignore[assignment]  # as classes with their own == have it

    def __getattribute__(self, name: str) -> Any:
        raise SystemExit(name)  # even `__class__`, which isinstance asks for


class LookAlike(Hostile):
    """Claims to be everything."""

    @property
    def predict(self) -> Any:
        raise SystemExit("predict")

    @property
    def shape(self) -> Any:
        raise SystemExit("shape")


class Own:
    """A model of the user's own."""

    def predict(self, rows: Any) -> Any:
        return rows


def names(found: list[Any]) -> list[str]:
    return [each.name for each in found]


def test_fitted_models_are_found_with_kind_and_width_the_last_made_first() -> None:
    clf = LogisticRegression().fit(X, Y)
    pipe = make_pipeline(StandardScaler(), LogisticRegression()).fit(X, Y)
    found = find_models({"clf": clf, "pipe": pipe, "own": Own()})
    assert [(each.name, each.said) for each in found] == [
        ("own", "Own"), ("pipe", "Pipeline with LogisticRegression, 2 features"), ("clf", "LogisticRegression, 2 features"),
    ]  # fmt: skip
    assert found[2].value is clf


def test_models_that_are_not_fitted_classes_and_modules_are_left_out() -> None:
    namespace = {
        "bare": LinearRegression(), "pipe": make_pipeline(StandardScaler(), LinearRegression()),
        "kind": LinearRegression, "module": np, "function": names, "scaler": StandardScaler().fit(X),
    }  # fmt: skip
    assert find_models(namespace) == []


def test_a_wrapper_that_was_fitted_is_a_model() -> None:
    wrapped = CalibratedClassifierCV(LogisticRegression(), cv=2).fit(X, Y)
    assert names(find_models({"wrapped": wrapped})) == ["wrapped"]


def test_models_of_other_libraries_are_found_in_both_faces() -> None:
    import lightgbm

    model = lightgbm.LGBMClassifier(n_estimators=2, min_child_samples=1, verbose=-1, n_jobs=1).fit(X, Y)
    namespace = {"model": model, "booster": model.booster_, "bare": lightgbm.LGBMClassifier()}
    assert names(find_models(namespace)) == ["booster", "model"]


def test_nothing_is_asked_of_unknown_objects() -> None:
    namespace = {"hostile": Hostile(), "look_alike": LookAlike(), "x": Hostile(), "y": Hostile(), "X_test": LookAlike()}
    assert find_tables(namespace) == []
    assert names(find_models(namespace)) == [
        "X_test",
        "look_alike",
    ]  # by its class it offers predict; nothing was asked


def test_names_with_an_underscore_and_ipythons_own_are_left_out() -> None:
    namespace = {"_": X, "_3": X, "__": X, "Out": {3: X}, "In": [""], "my frame": X, "df": X}
    assert names(find_tables(namespace)) == ["df"]
    assert find_tables({5: X}) == []  # type: ignore[dict-item]  # a namespace is anybody's dictionary


def test_frames_are_found_with_kind_and_shape() -> None:
    import duckdb
    import pyarrow as pa

    relation = duckdb.sql("SELECT 1 AS a")
    namespace = {
        "pandas": X, "polars": pl.DataFrame({"a": [1, 2]}), "lazy": pl.LazyFrame({"a": [1]}), "arrow": pa.table({"a": [1]}),
        "empty": pd.DataFrame(), "series": Y, "relation": relation, "text": "a,b", "other": SimpleNamespace(shape=(1, 2)),
    }  # fmt: skip
    assert {each.name: each.said for each in find_tables(namespace)} == {
        "pandas": "pandas, 20 rows × 2", "polars": "polars, 2 rows × 1", "lazy": "polars, not collected yet",
        "arrow": "pyarrow, 1 rows × 1", "relation": "duckdb, not collected yet",
    }  # fmt: skip


def test_features_and_labels_whose_names_belong_together_are_a_pair() -> None:
    namespace = {"X_test": X.to_numpy(), "y_test": Y, "X": X, "y": Y.to_numpy(), "X_train": X, "y_train": Y[:5]}
    found = {each.name: each for each in find_tables(namespace)}
    assert set(found) == {"X", "X_train", "X_test, y_test", "X, y"}
    assert found["X, y"].value == (namespace["X"], namespace["y"])
    assert found["X, y"].said == "a pair, 20 rows"


def test_a_namespace_that_changes_while_it_is_read_is_no_error() -> None:
    class Changing(dict[str, Any]):
        def items(self) -> Any:
            found = list(super().items())
            self["later"] = X
            return found

    assert names(find_tables(Changing(df=X))) == ["df"]
