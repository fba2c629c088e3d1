import json
from functools import cache
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.neighbors import KNeighborsClassifier, KNeighborsRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.tree import DecisionTreeClassifier

from mlops_widgets.core.display import card_of
from mlops_widgets.core.result import NoResult, Result
from mlops_widgets.errors import InputError, MissingInputError, UnknownNameError
from mlops_widgets.overfitting.validation.learning_curve import LearningCurveResult, measure_learning_curve
from mlops_widgets.overfitting.validation.parameters import find_parameter
from mlops_widgets.overfitting.validation.validation_curve import ValidationCurveResult, measure_validation_curve
from mlops_widgets.study.loading import load_study
from mlops_widgets.study.study import Study
from tests.awkward import AWKWARD, study_of


def rows(count: int, seed: int) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(count, 3))
    return pd.DataFrame(x, columns=["a", "b", "c"]).assign(y=(x[:, 0] + 0.8 * rng.normal(size=count) > 0).astype(int))


def study(model: Any, *, train: pd.DataFrame | None = None, **more: Any) -> Study:
    learned = rows(600, 0) if train is None else train
    features = [name for name in ("a", "b", "c") if name in learned]
    return load_study(
        model=model.fit(learned[features], learned["y"]), reference=learned, test=more.pop("test", rows(1000, 1)),
        target="y", features=features, **more,
    )  # fmt: skip


@cache
def growing() -> LearningCurveResult:
    """Nearest neighbours of a smooth function: every doubling helps."""
    rng = np.random.default_rng(0)

    def wave(count: int) -> pd.DataFrame:
        x = rng.uniform(0, 12, size=count)
        return pd.DataFrame({"a": x, "y": np.sin(x) * 10})

    found = study(KNeighborsRegressor(3), train=wave(400), test=wave(500), metric="mae", margin=0.01)
    result = measure_learning_curve(found, sizes=3, draws=100)
    assert isinstance(result, LearningCurveResult)
    return result


def test_sizes_double_up_to_what_there_is() -> None:
    assert growing().sizes.tolist() == [100, 200, 400]
    assert growing().available_rows == 400


def test_a_model_that_still_gains_would_gain_from_more_data() -> None:
    result = growing()
    assert result.status == "warning"
    assert result.gain_lower > result.margin
    assert result.scores[0] > result.scores[1] > result.scores[2]  # errors, so lower is better


def test_the_gain_is_the_difference_of_the_last_two_sizes_and_the_extrapolation_repeats_it() -> None:
    result = growing()
    assert result.gain == pytest.approx(result.scores[-2] - result.scores[-1])
    assert result.extrapolated == pytest.approx(max(0.0, result.scores[-1] - result.gain))
    assert result.extrapolated_rows == 800


def test_a_linear_model_of_three_numbers_has_seen_enough() -> None:
    result = measure_learning_curve(study(LogisticRegression()), sizes=2, repeats=2, draws=100)
    assert result.status == "passed"


def test_memory_shows_on_the_rows_learned_from() -> None:
    result = measure_learning_curve(study(DecisionTreeClassifier(random_state=0)), sizes=2, repeats=2, draws=100)
    assert isinstance(result, LearningCurveResult)
    assert result.train.tolist() == [1.0, 1.0]
    assert result.scores.max() < 0.8


def test_parts_hold_whole_entities() -> None:
    learned = rows(600, 0).assign(who=np.repeat(np.arange(60), 10))
    test = rows(600, 1).assign(who=np.repeat(np.arange(60, 120), 10))
    result = measure_learning_curve(
        study(LogisticRegression(), train=learned, test=test, entity="who"), sizes=2, repeats=2, draws=100
    )
    assert isinstance(result, LearningCurveResult)
    assert all(size % 10 == 0 for size in result.sizes)


@cache
def neighbours() -> ValidationCurveResult:
    """One neighbour memorises noise; more do better."""
    result = measure_validation_curve(
        study(KNeighborsClassifier(1), train=rows(300, 0)), values=[1, 25], folds=2, draws=100
    )
    assert isinstance(result, ValidationCurveResult)
    return result


def test_one_neighbour_memorises_and_more_do_better() -> None:
    result = neighbours()
    assert result.parameter == "n_neighbors"
    assert result.train[0] == 1.0
    assert result.scores[0] < result.scores[1]
    assert (result.labels[result.own], result.status) == ("1", "warning")
    assert result.loss_lower > result.margin


def test_the_simplest_within_one_standard_error_is_never_less_simple_than_the_best() -> None:
    result = neighbours()
    assert result.chosen >= result.best  # more neighbours are simpler
    sign = 1 if result.greater_is_better else -1
    assert sign * (result.scores[result.best] - result.scores[result.chosen]) <= result.error + 1e-12


def test_each_value_scores_what_cross_validation_of_it_scores() -> None:
    found = study(Ridge(alpha=2.0), train=rows(300, 0).assign(y=lambda f: f["a"] + 0.1 * f["b"]), metric="mae")
    result = measure_validation_curve(found, values=[2.0, 1e9], draws=100)
    assert isinstance(result, ValidationCurveResult)
    learned = found.need("reference").pandas()
    constant = float(np.abs(learned["y"] - learned["y"].mean()).mean())
    assert result.scores[1] == pytest.approx(constant, rel=0.02)  # an infinite penalty leaves the mean
    assert result.scores[0] < 0.05


@pytest.mark.parametrize(
    ("model", "path", "own", "simple"),
    [
        (LogisticRegression(C=0.5), "C", 0.5, "low"),
        (make_pipeline(StandardScaler(), Ridge()), "ridge__alpha", 1.0, "high"),
        (DecisionTreeClassifier(), "max_leaf_nodes", None, "low"),
        (DecisionTreeClassifier(max_depth=4), "max_leaf_nodes", None, "low"),
        (KNeighborsClassifier(7), "n_neighbors", 7, "high"),
    ],
)
def test_the_parameter_is_found_by_itself(model: Any, path: str, own: float | None, simple: str) -> None:
    found = find_parameter(model, None, None)
    assert (found.path, found.own, found.simple) == (path, own, simple)
    assert own in found.tried
    assert len(found.tried) >= 3


def test_a_parameter_is_named_by_its_end_or_its_whole_path() -> None:
    model = make_pipeline(StandardScaler(), Ridge())
    assert find_parameter(model, "alpha", [1, 2]).path == find_parameter(model, "ridge__alpha", [1, 2]).path


def test_unknown_parameters_and_values_are_refused() -> None:
    with pytest.raises(UnknownNameError, match="Did you mean 'alpha'"):
        find_parameter(Ridge(), "alfa", None)
    with pytest.raises(InputError, match="values="):
        find_parameter(Ridge(), "alpha", [1])
    with pytest.raises(InputError, match="no number"):
        find_parameter(Ridge(), "solver", None)
    with pytest.raises(MissingInputError):
        find_parameter(StandardScaler(), None, None)


def test_a_fitted_catboost_can_be_given_another_value() -> None:
    catboost = pytest.importorskip("catboost")
    model = catboost.CatBoostClassifier(iterations=5, depth=3, verbose=0, allow_writing_files=False)
    found = measure_validation_curve(study(model), values=[1, 2], folds=2, max_fit_rows=100, draws=100)
    assert isinstance(found, ValidationCurveResult)
    assert (found.parameter, found.labels) == ("depth", ("1", "2", "3"))
    assert model.is_fitted()


def test_a_catboost_s_default_depth_can_be_varied() -> None:
    catboost = pytest.importorskip("catboost")
    model = catboost.CatBoostClassifier(iterations=5, verbose=0)
    assert find_parameter(model, "depth", None).own == 6
    assert find_parameter(model, None, None).path == "depth"


@pytest.mark.parametrize("name", list(AWKWARD))
def test_every_awkward_study_gets_curves_and_cards(name: str) -> None:
    found = study_of(name)
    for result in (
        measure_learning_curve(found, sizes=2, repeats=2, max_fit_rows=100, max_test_rows=50, draws=100),
        measure_validation_curve(found, values=[2, 3], folds=2, max_fit_rows=60, draws=100),
    ):
        assert result.findings
        assert card_of(result)
        assert Result.from_dict(json.loads(json.dumps(result.to_dict(), allow_nan=False))).to_dict() == result.to_dict()


def test_a_function_cant_be_refitted() -> None:
    found = study_of("callable_only")
    assert isinstance(measure_learning_curve(found), NoResult)
    assert isinstance(measure_validation_curve(found), NoResult)


@pytest.mark.parametrize("options", [{"sizes": 1}, {"repeats": 1}, {"margin": -1.0}, {"max_fit_rows": 5}])
def test_a_learning_curve_refuses_options_out_of_range(options: dict[str, Any]) -> None:
    with pytest.raises(InputError, match=next(iter(options))):
        measure_learning_curve(study_of("plain"), **options)


@pytest.mark.parametrize("options", [{"folds": 1}, {"margin": 0.0}, {"draws": 1}])
def test_a_validation_curve_refuses_options_out_of_range(options: dict[str, Any]) -> None:
    with pytest.raises(InputError, match=next(iter(options))):
        measure_validation_curve(study_of("plain"), **options)


def test_sizes_whose_parts_lack_a_rare_class_are_left_out() -> None:
    rare = rows(600, 0).assign(y=lambda f: (f["a"] > np.sort(f["a"])[-7]).astype(int))
    test = rows(600, 1).assign(y=lambda f: (f["a"] > 1.5).astype(int))
    result = measure_learning_curve(study(LogisticRegression(), train=rare, test=test), repeats=2, draws=100)
    assert isinstance(result, LearningCurveResult)
    assert 2 <= len(result.sizes) < 5
    assert result.sizes[-1] == 600


def test_a_simpler_value_that_is_the_best_is_said_to_be_the_best() -> None:
    said = next(each for each in neighbours().findings if each.code == "OV-VC-03")
    assert said.claim == "A simpler n_neighbors=25 than yours (1) is the best tried."


class Demanding(LogisticRegression):
    """A model that can't be fitted on few rows."""

    def fit(self, X: Any, y: Any) -> "Demanding":
        if len(y) < 100:
            raise ValueError("too few rows")
        return super().fit(X, y)  # type: ignore[no-any-return]


def test_sizes_too_small_for_the_model_are_left_out() -> None:
    result = measure_learning_curve(study(Demanding(), train=rows(400, 0)), repeats=2, draws=100)
    assert isinstance(result, LearningCurveResult)
    assert result.sizes.min() >= 100
