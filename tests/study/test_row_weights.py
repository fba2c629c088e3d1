"""Refits learn as the model did: with row weights, or without."""

from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.model_selection import GridSearchCV
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from mlops_widgets.study.loading import load_study
from mlops_widgets.study.predictor import EstimatorPredictor
from mlops_widgets.study.row_weights import ignores_weights, weight_argument, weighting
from mlops_widgets.study.study import Study

X = ["a", "b"]


def _rows(seed: int, n: int = 300) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame(rng.normal(size=(n, 2)), columns=X)
    w = np.where(frame["a"] > 0, 0.1, 3.7)
    return frame.assign(w=w, y=(rng.random(n) < 1 / (1 + np.exp(-frame["b"] * np.sign(frame["a"])))).astype(int))


def _study(model: Any, *, weighted: bool, argument: str = "sample_weight") -> Study:
    frame = _rows(0)
    fitted = model.fit(frame[X], frame["y"], **({argument: frame["w"]} if weighted else {}))
    return load_study(model=fitted, reference=frame, test=_rows(1), target="y", weights="w", features=X)


@pytest.mark.parametrize("weighted", [True, False])
@pytest.mark.parametrize(
    ("model", "argument"),
    [
        (LogisticRegression(), "sample_weight"),
        (make_pipeline(StandardScaler(), LogisticRegression()), "logisticregression__sample_weight"),
        (GridSearchCV(LogisticRegression(), {"C": [0.1, 1.0]}, cv=2), "sample_weight"),
    ],
    ids=["estimator", "pipeline", "search"],
)
def test_refits_are_weighted_if_the_model_was(model: Any, argument: str, weighted: bool) -> None:
    assert weight_argument(model.fit(*[_rows(0)[X], _rows(0)["y"]])) == argument
    study = _study(model, weighted=weighted, argument=argument)
    again = study.learner.refit(study.need("reference"))
    test = study.need("test")
    np.testing.assert_allclose(again.scores(test), study.model.scores(test), rtol=1e-6)
    assert ("not in refits" in weighting(study)) is not weighted


def test_a_fit_without_weights_ignores_them_and_says_so() -> None:
    study = _study(make_pipeline(StandardScaler(), KNeighborsClassifier()), weighted=False)
    assert ignores_weights(study)
    assert study.learner is study.model
    assert weighting(study).endswith("its fit takes none.")
    assert not ignores_weights(_study(LogisticRegression(), weighted=True))


def test_a_regression_is_told_by_its_predictions() -> None:
    frame = _rows(0).assign(y=lambda f: f["b"] * f["a"])
    study = load_study(
        model=Ridge().fit(frame[X], frame["y"], sample_weight=frame["w"]), reference=frame, target="y", weights="w"
    )
    assert isinstance(study.learner, EstimatorPredictor)
    assert study.learner.takes_weights


def test_a_reference_that_cannot_be_fitted_leaves_the_model_as_it_is() -> None:
    fitted = LogisticRegression().fit(_rows(0)[X], _rows(0)["y"])
    common: dict[str, Any] = {"model": fitted, "test": _rows(1), "target": "y", "weights": "w"}
    for reference in (_rows(0).assign(y=1), _rows(0).drop(columns="y")):
        study = load_study(**common, reference=reference)
        assert study.learner is study.model


def test_an_object_without_a_readable_fit_takes_no_weights() -> None:
    assert weight_argument(object()) is None
    assert weight_argument(make_pipeline(StandardScaler(), "passthrough")) is None
