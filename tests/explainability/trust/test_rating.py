"""How far explanations can be relied on."""

from dataclasses import replace
from functools import cache

import numpy as np
import pandas as pd
import pytest

import mlops_widgets as mw
from mlops_widgets.core.result import NoResult
from mlops_widgets.errors import InputError
from mlops_widgets.explainability.attribution.explain import explain
from mlops_widgets.explainability.attribution.explanation import Explanation
from mlops_widgets.explainability.trust.rating import TrustResult, rate_trust
from tests.awkward import logged_predictions, plain, regression_pipeline, three_classes

SLOPES = np.array([8.0, -5.0, 3.0, 1.5, -0.7, 0.3])
NAMES = [f"x{k}" for k in range(6)]


@cache
def additive() -> mw.Study:
    frame = pd.DataFrame(np.random.default_rng(0).normal(size=(300, 6)), columns=NAMES)
    frame["y"] = frame[NAMES].to_numpy() @ SLOPES
    return mw.load_study(
        predict=lambda rows: rows[NAMES].to_numpy() @ SLOPES, reference=frame[:200], test=frame[200:], target="y", features=NAMES,
        task="regression",
    )  # fmt: skip


def rated(study: mw.Study, *given: object, **options: object) -> TrustResult:
    found = rate_trust(study, *given, **options)  # type: ignore[arg-type]  # what each test passes
    assert isinstance(found, TrustResult)
    return found


@cache
def explained() -> Explanation:
    found = explain(additive(), [0, 1, 2], method="shap")
    assert isinstance(found, Explanation)
    return found


@cache
def good() -> TrustResult:
    return rated(additive(), [0, 1, 2], samples=2000)


def test_exact_values_of_a_sum_pass_every_check() -> None:
    assert good().verdict("shap") == "passed"
    assert {check.status for check in good().of("shap")} == {"passed", "not_applicable"}


def test_lime_of_a_sum_is_never_refused() -> None:
    assert good().verdict("lime") != "failed"


def test_how_the_surrogate_fits_is_told_and_never_a_gate() -> None:
    fit = next(check for check in good().of("lime") if check.name == "local fit")
    assert (fit.limit, fit.status) == (None, "not_applicable")


def test_shuffled_contributions_are_refused() -> None:
    order = np.array([5, 4, 3, 2, 1, 0])
    values = explained().values[:, order]
    found = rated(additive(), replace(explained(), values=values))
    failed = {check.name for check in found.of("shap") if check.status == "failed"}
    assert {"independent re-estimate", "faithfulness"} <= failed
    assert "must not be relied on" in found.headline


def test_an_explanation_is_rated_as_it_is() -> None:
    found = rated(additive(), explained())
    assert found.engines == ("shap",)
    assert found.row_names == explained().row_names
    assert found.verdict("shap") == "passed"


def test_lime_with_too_few_samples_is_not_passed() -> None:
    assert rated(additive(), [0, 1], method="lime", samples=60).verdict("lime") in {"failed", "warning"}


def test_an_explanation_of_another_model_is_refused() -> None:
    other = replace(explained(), prediction=explained().prediction + 1)
    with pytest.raises(InputError, match="other predictions"):
        rate_trust(additive(), other)
    with pytest.raises(InputError, match="other columns"):
        rate_trust(additive(), replace(explained(), columns=tuple("abcdef")))


def test_an_explanation_of_given_rows_needs_the_rows() -> None:
    with pytest.raises(InputError, match="Pass the frame itself"):
        rate_trust(additive(), replace(explained(), positions=()))


def test_a_model_of_three_classes_and_a_pipeline_with_words_and_dates_are_rated() -> None:
    for study in (three_classes().study, regression_pipeline().study):
        found = rated(study, [0], samples=200, background=20)
        assert found.engines == ("shap", "lime")


def test_logged_predictions_cant_be_rated() -> None:
    found = rate_trust(logged_predictions().study)
    assert isinstance(found, NoResult)
    assert found.status == "not_applicable"


def test_with_few_columns_the_order_cant_be_told_from_chance_and_costs_no_trust() -> None:
    found = rated(plain(300).study, 0, samples=300)
    order = next(check for check in found.of("shap") if check.name == "faithfulness")
    assert (order.status, found.verdict("shap")) == ("not_applicable", "passed")


def test_a_model_that_never_moves_has_no_leading_column() -> None:
    frame = pd.DataFrame({"a": np.arange(200.0), "b": np.arange(200.0)[::-1], "y": np.arange(200.0)})
    study = mw.load_study(predict=lambda rows: np.zeros(len(rows)), test=frame, target="y", features=["a", "b"], task="regression")  # fmt: skip
    assert "no column leads" in next(
        check.text for check in rated(study, 0, samples=100).of("shap") if check.name == "other seeds"
    )
    assert mw.explainability.audit_manipulation(study, max_rows=60, explained_rows=0).status == "not_enough_data"
