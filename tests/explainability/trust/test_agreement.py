"""SHAP and LIME on the same rows, and what makes them differ."""

from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np
import pandas as pd
import pytest

import mlops_widgets as mw
from mlops_widgets.core.result import NoResult
from mlops_widgets.errors import InputError
from mlops_widgets.explainability.attribution.study_questions import ask_study
from mlops_widgets.explainability.trust.agreement import MethodComparison, compare_methods
from mlops_widgets.explainability.trust.agreement_additive import AdditivePart
from tests.awkward import logged_predictions, plain, regression_pipeline, three_classes

NAMES = [f"x{k}" for k in range(6)]


def compared(study: mw.Study, *given: object, **options: object) -> MethodComparison:
    found = compare_methods(study, *given, **options)  # type: ignore[arg-type]  # what each test passes
    assert isinstance(found, MethodComparison)
    return found


def of_function(predict: Callable[[pd.DataFrame], Any], frame: pd.DataFrame) -> mw.Study:
    frame = frame.assign(y=predict(frame))
    half = len(frame) // 2
    return mw.load_study(
        predict=predict,
        reference=frame[:half],
        test=frame[half:],
        target="y",
        features=[*frame.columns[:-1]],
        task="regression",
    )


@cache
def numbers() -> pd.DataFrame:
    return pd.DataFrame(np.random.default_rng(0).normal(size=(400, 6)), columns=NAMES)


@cache
def unusual() -> MethodComparison:
    """The heavier a column, the more usual its value: LIME compares with the other value, SHAP with the average."""
    usual, slopes = np.array([0.55, 0.65, 0.75, 0.85, 0.92, 0.97]), np.linspace(1, 2, 6)
    frame = pd.DataFrame((np.random.default_rng(0).random((400, 6)) < usual).astype(int).astype(str), columns=NAMES)
    return compared(
        of_function(lambda rows: rows[NAMES].to_numpy(dtype=float) @ slopes, frame),
        samples=600,
        explained_rows=24,
        background=20,
    )


@cache
def crossed() -> MethodComparison:
    study = of_function(
        lambda rows: rows["x0"] * rows["x1"] + rows["x2"] * rows["x3"] + rows["x4"] * rows["x5"], numbers()
    )
    return compared(study, samples=600, explained_rows=24, background=20)


@cache
def plain_sum() -> MethodComparison:
    return compared(of_function(lambda rows: 3 * rows["x0"] + 2 * rows["x1"] - rows["x2"], numbers()), samples=1000, explained_rows=24, background=20)  # fmt: skip


def test_on_a_clear_sum_they_agree_and_no_cause_is_named() -> None:
    assert plain_sum().status == "passed"
    assert plain_sum().cause is None
    assert plain_sum().agreement.value > 0.9
    causes = next(each for each in plain_sum().findings if each.code == "EX-CM-02")
    assert (causes.status, causes.action) == ("passed", "")  # nothing is missing where nothing is to be explained


def test_an_interval_of_a_share_ends_at_one() -> None:
    assert max(each.upper for each in (*plain_sum().measured, plain_sum().lime_again)) <= 1


def test_another_baseline_is_named_where_values_are_usual() -> None:
    cause = unusual().cause
    assert cause is not None
    assert cause.name == "baseline"
    assert cause.agreement.value > unusual().agreement.value + 0.3
    assert unusual().status == "warning"


def test_interaction_is_named_where_the_model_is_products() -> None:
    cause = crossed().cause
    assert cause is not None
    assert cause.name == "interaction"
    assert cause.removed in crossed().headline


def test_chance_is_named_where_lime_draws_too_little() -> None:
    rng = np.random.default_rng(0)
    effects = rng.normal(size=(6, 10)) * np.array([2.0, 1.8, 1.6, 1.4, 1.2, 1.0])[:, None]
    letters = np.array(list("abcdefghij"))
    frame = pd.DataFrame(letters[rng.integers(0, 10, (600, 6))], columns=NAMES)
    study = of_function(
        lambda rows: effects[np.arange(6), np.searchsorted(letters, rows[NAMES].to_numpy(dtype=str))].sum(axis=1), frame
    )
    found = compared(study, samples=100, explained_rows=40, background=20)
    assert found.cause is not None
    assert found.cause.name == "instability"
    assert found.lime_again.value < 0.8


def test_another_scale_is_removed_by_asking_about_the_same() -> None:
    found = compared(plain(300).study, explained_rows=15, samples=300, lime_output="probability", top=1)
    assert (found.scale, found.lime_scale) == ("log-odds", "probability")
    scale = next(cause for cause in found.causes if cause.name == "scale")
    assert scale.tried
    same = compared(plain(300).study, explained_rows=15, samples=300, top=1)
    assert not next(cause for cause in same.causes if cause.name == "scale").tried
    assert scale.agreement.value == pytest.approx(same.agreement.value)


def test_joined_columns_are_judged_against_columns_joined_at_random() -> None:
    twins = numbers().assign(x1=numbers()["x0"] + 0.01, x3=numbers()["x2"] + 0.01)
    found = compared(of_function(lambda rows: rows["x0"] + rows["x1"] + 5 * rows["x4"] - 3 * rows["x5"], twins), samples=300, explained_rows=12, background=20)  # fmt: skip
    joined = next(cause for cause in found.causes if cause.name == "correlated columns")
    assert joined.tried
    assert not joined.explains


def test_the_additive_part_of_a_sum_is_the_sum() -> None:
    frame = numbers().assign(word=np.where(numbers()["x1"] > 0, "up", "down"))
    study = of_function(lambda rows: 2 * rows["x0"] + 3 * (rows["word"] == "up"), frame)
    question = ask_study(study, [0, 1, 2])
    part = AdditivePart(question)
    assert np.allclose(part(question.rows), question.predict(question.rows))
    known = np.column_stack([2 * (question.rows["x0"] - question.background["x0"].mean()),
                             3 * ((question.rows["word"] == "up") - (question.background["word"] == "up").mean())])  # fmt: skip
    assert np.allclose(part.contributions(question)[:, [0, 6], 0], known)


def test_the_additive_part_of_a_product_of_centred_columns_is_flat() -> None:
    question = ask_study(of_function(lambda rows: rows["x0"] * rows["x1"], numbers()), [0])
    centred = question.background - question.background.mean()
    part = AdditivePart(
        ask_study(of_function(lambda rows: rows["x0"] * rows["x1"], numbers()), [0], background=centred)
    )
    assert np.ptp(part(numbers())) < 1e-9


def test_one_named_row_is_compared_without_an_interval() -> None:
    found = compared(three_classes().study, 3, samples=300, top=1)
    assert found.status == "not_enough_data"
    assert found.row_names == ("row 3 of test",)
    assert np.isnan(found.agreement.lower)


def test_strings_and_dates_are_compared() -> None:
    found = compared(regression_pipeline().study, samples=200, explained_rows=8, top=2, background=20)
    assert len(found.frame()) == 8


def test_logged_predictions_cant_be_compared_and_options_are_checked() -> None:
    assert isinstance(compare_methods(logged_predictions().study), NoResult)
    with pytest.raises(InputError, match="top=2, and the model takes 2 columns"):
        compare_methods(plain(300).study, top=2)
