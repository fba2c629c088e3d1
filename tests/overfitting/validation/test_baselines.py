import json
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.metrics import mean_absolute_error, roc_auc_score

from mlops_widgets.core.display import card_of
from mlops_widgets.core.result import NoResult, Result
from mlops_widgets.errors import InputError
from mlops_widgets.overfitting.validation.baselines import BaselineResult, compare_baselines
from mlops_widgets.study.loading import load_study
from tests.awkward import AWKWARD, study_of


def rows(count: int, seed: int) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    a, b = rng.normal(size=(2, count))
    return pd.DataFrame({"a": a, "b": b, "y": (a + b + 0.5 * rng.normal(size=count) > 0).astype(int)})


def measured(draws: int = 100, **arguments: Any) -> BaselineResult:
    result = compare_baselines(load_study(target="y", **arguments), draws=draws)
    assert isinstance(result, BaselineResult)
    return result


def of(result: BaselineResult, name: str) -> Any:
    return next(each for each in result.baselines if each.name == name)


def test_a_linear_world_needs_no_more_than_a_linear_model() -> None:
    train, test = rows(2000, 0), rows(3000, 1)
    model = LogisticRegression().fit(train[["a", "b"]], train["y"])
    result = measured(model=model, reference=train, test=test)
    assert result.strongest.name == "linear"
    assert of(result, "linear").value == pytest.approx(
        roc_auc_score(test["y"], model.predict_proba(test[["a", "b"]])[:, 1]), abs=2e-3
    )
    assert {each.code: each.status for each in result.findings} == {
        "OV-BL-01": "warning", "OV-BL-02": "passed", "OV-BL-03": "passed", "OV-BL-04": "warning",
    }  # fmt: skip


def test_a_constant_ranks_nothing_and_a_useless_model_isnt_better() -> None:
    train, test = rows(1000, 0), rows(3000, 1)
    rng = np.random.default_rng(0)
    result = measured(
        predict_proba=lambda frame: rng.random(len(frame)), predict=lambda frame: np.zeros(len(frame), dtype=int),
        features=["a", "b"], reference=train, test=test,
    )  # fmt: skip
    assert of(result, "constant").value == 0.5
    assert result.status in {"failed", "warning"}
    assert result.headline.startswith("The model is worse than")


def test_the_one_feature_is_the_one_that_tells() -> None:
    train, test = rows(1000, 0), rows(1000, 1)
    for frame in (train, test):
        frame["y"] = (frame["b"] > 0).astype(int)
    model = LogisticRegression().fit(train[["a", "b"]], train["y"])
    result = measured(model=model, reference=train, test=test)
    assert result.feature == "b alone"
    assert of(result, "one_feature").value == pytest.approx(1.0, abs=0.01)


def test_in_regression_the_constant_is_the_median_for_mae() -> None:
    train, test = rows(400, 0), rows(400, 1)
    for frame in (train, test):
        frame["y"] = np.exp(frame["a"] + frame["b"])
    model = LinearRegression().fit(train[["a", "b"]], train["y"])
    result = measured(model=model, reference=train, test=test, metric="mae")
    expected = mean_absolute_error(test["y"], np.full(400, np.median(train["y"])))
    assert of(result, "constant").value == pytest.approx(expected)
    assert of(result, "constant").gain == pytest.approx(expected - result.value)


def walk(days: int, start: str) -> pd.DataFrame:
    """Twenty rows a day whose level wanders from day to day; `x` says nothing."""
    rng = np.random.default_rng(3)
    level = np.repeat(rng.normal(size=days).cumsum(), 20)
    when = pd.Timestamp(start) + pd.to_timedelta(np.repeat(np.arange(days), 20), unit="D")
    return pd.DataFrame({"when": when, "x": rng.normal(size=20 * days), "y": level + 0.1 * rng.normal(size=20 * days)})


def test_the_last_period_is_the_mean_of_the_day_before() -> None:
    every = walk(60, "2024-01-01")
    train, test = every[: 30 * 20].reset_index(drop=True), every[30 * 20 :].reset_index(drop=True)
    model = LinearRegression().fit(train[["x"]], train["y"])
    result = measured(model=model, reference=train, test=test, metric="mae", time="when")
    daily = every.groupby("when")["y"].mean().shift(1)
    expected = mean_absolute_error(test["y"], test["when"].map(daily))
    assert of(result, "last_period").value == pytest.approx(expected)
    assert result.strongest.name == "last_period"
    assert result.status == "failed"


def test_the_calendar_learns_weekdays_from_the_reference() -> None:
    when = pd.Timestamp("2024-01-01") + pd.to_timedelta(np.repeat(np.arange(84), 20), unit="D")
    rng = np.random.default_rng(0)
    frame = pd.DataFrame(
        {"when": when, "x": rng.normal(size=len(when)), "y": 10.0 * when.day_of_week + rng.normal(size=len(when))}
    )
    train, test = frame[: 56 * 20].reset_index(drop=True), frame[56 * 20 :].reset_index(drop=True)
    model = LinearRegression().fit(train[["x"]], train["y"])
    result = measured(model=model, reference=train, test=test, metric="mae", time="when")
    assert result.strongest.name == "calendar"
    assert of(result, "calendar").value < 1.2


def test_the_last_value_is_the_entitys_own_and_never_of_the_same_moment() -> None:
    frame = pd.DataFrame({
        "who": ["a", "b"] * 30, "when": pd.Timestamp("2024-01-01") + pd.to_timedelta(np.repeat(np.arange(30), 2), unit="D"),
        "x": np.random.default_rng(0).normal(size=60), "y": np.arange(60, dtype=float),
    })  # fmt: skip
    train, test = frame[:40].reset_index(drop=True), frame[40:].reset_index(drop=True)
    model = LinearRegression().fit(train[["x"]], train["y"])
    result = measured(model=model, reference=train, test=test, metric="mae", time="when", entity="who")
    assert of(result, "last_value").value == pytest.approx(2.0)  # each entity's target grows by two from day to day


def test_without_a_reference_there_is_nothing_to_learn_from() -> None:
    result = compare_baselines(study_of("logged_predictions"))
    assert isinstance(result, NoResult)
    assert result.missing == "reference table"


@pytest.mark.parametrize("name", list(AWKWARD))
def test_every_awkward_study_gets_findings_and_a_card(name: str) -> None:
    result = compare_baselines(study_of(name), draws=100)
    assert result.findings
    assert card_of(result)
    assert Result.from_dict(json.loads(json.dumps(result.to_dict(), allow_nan=False))).to_dict() == result.to_dict()


@pytest.mark.parametrize("options", [{"margin": 0.0}, {"max_fit_rows": 1}, {"draws": 3}, {"seed": -1}])
def test_an_option_out_of_its_range_is_refused(options: dict[str, Any]) -> None:
    with pytest.raises(InputError, match=next(iter(options))):
        compare_baselines(study_of("plain"), **options)
