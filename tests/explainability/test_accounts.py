"""How much of what moves a model's answers somebody can account for."""

from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LinearRegression

import mlops_widgets as mw
from mlops_widgets.core.result import Finding, NoResult, Result
from mlops_widgets.errors import InputError, WrongTypeError
from mlops_widgets.explainability import account_for

X = mw.explainability


@cache
def study() -> mw.Study:
    rng = np.random.default_rng(0)
    frame = pd.DataFrame(rng.normal(size=(300, 3)), columns=["a", "b", "c"])
    frame["y"] = 6 * frame["a"] + 3 * frame["b"] + frame["c"]
    model = LinearRegression().fit(frame[["a", "b", "c"]], frame["y"])
    return mw.load_study(model=model, reference=frame, test=frame, target="y")


@cache
def importance() -> Any:
    return X.measure_importance(study(), explained_rows=100, repeats=1, draws=50)


def account(result: Result, name: str) -> float:
    found = account_for(importance(), result)
    assert isinstance(found, X.AccountResult)
    return next(each.share for each in found.accounts if each.name == name)


def test_a_reason_counts_by_how_far_its_column_moves_the_answers() -> None:
    said = {"columns": {"a": {"text": "Agreed with the board.", "author": "Ada", "date": "2026-01-02"}}}
    share = account(X.document_model(study(), rationale=said, explained_rows=50, draws=50), "reasons")
    assert share == pytest.approx(importance().of("a").share)
    assert share == pytest.approx(0.6, abs=0.06)


def test_nobody_said_anything_is_nothing() -> None:
    result = account_for(importance(), X.document_model(study(), explained_rows=50, draws=50))
    assert result.findings[0].status == "warning"
    assert result.findings[0].evidence["reasons"] == 0
    assert "write_rationale_form" in result.findings[0].action


def test_shapes_count_where_the_size_of_the_effect_is_settled() -> None:
    effects: Any = X.measure_effects(study(), max_rows=200, dependence_rows=20, draws=50)
    assert account(effects, "shapes") == pytest.approx(1.0)
    unsettled = tuple(replace(c, lower=-1.0, upper=99.0) if c.column == "a" else c for c in effects.curves)
    assert account(replace(effects, curves=unsettled), "shapes") == pytest.approx(1 - importance().of("a").share)


def test_agreement_counts_contributions_whose_directions_are_the_same() -> None:
    compared: Any = X.compare_methods(study(), explained_rows=10, samples=500)
    same = replace(compared, shap=np.array([[3.0, -1.0]]), lime=np.array([[0.2, 0.5]]))
    assert account(same, "methods") == 0.75


def test_a_report_counts_what_its_sentences_name() -> None:
    report: Any = X.write_stakeholder_report(study(), 0, background=20)
    sizes = np.abs(report.explanation.values[0, :, 0])
    named = [
        k
        for k, label in enumerate("ABC")
        if any(f"{label} (" in str(block) for s in report.document.sections for block in s.blocks)
    ]
    assert account(report, "sentences") == pytest.approx(sizes[named].sum() / sizes.sum())


def test_what_could_not_be_measured_is_passed_over() -> None:
    none = NoResult(
        findings=(Finding(code="EX-CM-00", status="not_applicable", claim="None."),), rows=0, strategy="compare_methods"
    )
    result = account_for(importance(), none)
    assert result.status == "not_applicable"
    assert account_for(none) is none


def test_a_result_of_another_kind_is_an_error() -> None:
    with pytest.raises(WrongTypeError, match="takes no ImportanceResult"):
        account_for(importance(), importance())
    with pytest.raises(WrongTypeError, match="Pass what measure_importance returned"):
        account_for(study())  # type: ignore[arg-type]
    with pytest.raises(InputError, match=r"enough=0\. Pass"):
        account_for(importance(), enough=0)
