from functools import cache
from typing import Any

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose

import mlops_widgets as mw
from mlops_widgets.core.result import NoResult
from mlops_widgets.errors import InputError
from mlops_widgets.overfitting.figures.coverage import card_of_coverage
from mlops_widgets.overfitting.representative.coverage import CoverageResult, measure_coverage
from mlops_widgets.overfitting.representative.pair import Column
from mlops_widgets.overfitting.representative.unmet import unmet_values
from mlops_widgets.study.loading import load_study
from tests.awkward import AWKWARD, plain

FAST: dict[str, Any] = {"draws": 99}


def _population(rng: np.random.Generator, rows: int) -> pd.DataFrame:
    return pd.DataFrame({
        "age": rng.integers(18, 80, rows), "income": rng.normal(50, 10, rows).round(2),
        "area": rng.choice(["north", "south", "west"], rows, p=[0.5, 0.3, 0.2]), "y": rng.integers(0, 2, rows),
    })  # fmt: skip


def _study(test: pd.DataFrame, production: pd.DataFrame, **more: Any) -> mw.Study:
    return load_study(
        predict=_young, test=test, production=production, target="y", features=["age", "income", "area"], **more
    )


def _young(frame: pd.DataFrame) -> Any:
    return (frame["age"] < 40).astype(int)


@cache
def _hole() -> CoverageResult:
    """The test has hardly any older people of the south; production has."""
    rng = np.random.default_rng(0)
    test, production = _population(rng, 2000), _population(rng, 2000)
    rare = (test["age"] > 60) & (test["area"] == "south") & (rng.random(2000) < 0.95)
    result = measure_coverage(_study(test[~rare], production), **FAST)
    assert isinstance(result, CoverageResult)
    return result


@cache
def _null() -> CoverageResult:
    rng = np.random.default_rng(1)
    result = measure_coverage(_study(_population(rng, 1000), _population(rng, 1000)), **FAST)
    assert isinstance(result, CoverageResult)
    return result


def _finding(result: Any, code: str) -> Any:
    return next(finding for finding in result.findings if finding.code == code)


def test_a_hole_of_the_test_is_found_as_a_rule_with_both_shares() -> None:
    first = _hole().regions[0]
    assert "area = south" in first.rule
    assert "age > 59" in first.rule or "age > 60" in first.rule
    assert 0.07 <= first.later.value <= 0.12
    assert first.earlier.upper * 3 < first.later.value
    assert _hole().findings[0].code == "OV-CO-03"
    assert first.rule in _hole().headline


def test_samples_of_one_population_pass() -> None:
    assert [finding.status for finding in _null().findings if finding.code != "OV-CO-04"] == ["passed"] * 3
    assert _null().regions == ()
    assert _null().auc.lower < 0.5 < _null().auc.upper


def test_a_level_and_a_range_never_met_are_counted() -> None:
    rng = np.random.default_rng(2)
    test, production = _population(rng, 1000), _population(rng, 1000)
    production.loc[:99, "area"] = "abroad"
    production.loc[100:149, "income"] = 900.0
    result = measure_coverage(_study(test, production), **FAST)
    assert isinstance(result, CoverageResult)
    assert_allclose(dict(zip(result.columns, result.unmet_shares, strict=True))["area"], 0.1)
    assert_allclose(result.unmet.value, 0.15, atol=0.005)
    assert _finding(result, "OV-CO-04").status == "failed"


def test_a_value_never_met_in_either_table_is_as_frequent_by_chance() -> None:
    rng = np.random.default_rng(3)
    expected, found = [], []
    for _ in range(200):
        later = np.arange(60) >= 30
        marked = unmet_values(Column(name="x", kind="number", values=rng.normal(size=60)), later, np.arange(60))
        expected.append(marked[~later].mean())
        found.append(marked[later].mean())
    assert_allclose(np.mean(expected), 2 / 30, atol=1e-12)  # smallest and largest of 30, each beyond the rest
    assert_allclose(np.mean(found), 2 / 31, atol=0.012)  # chance of a new one beyond 30: 2 / (n + 1)


def test_a_value_of_one_unit_counts_as_never_met_in_its_own_table() -> None:
    column = Column(
        name="x", kind="level", values=np.array([0.0, 0.0, 1.0, 1.0, 0.0, 1.0, 2.0]), levels=("a", "b", "c")
    )
    later = np.array([False] * 4 + [True] * 3)
    units = np.array([0, 1, 2, 2, 3, 4, 5])  # level b is of unit 2 alone
    assert unmet_values(column, later, units).tolist() == [False, False, True, True, False, False, True]


def test_rows_of_one_customer_are_no_evidence_of_a_difference() -> None:
    rng = np.random.default_rng(4)
    customer = np.repeat(np.arange(80), 20)
    frame = _population(rng, 80).loc[customer].reset_index(drop=True).assign(customer=customer)
    alarms = []
    for seed in range(2):
        chosen = np.isin(customer, np.random.default_rng(seed).permutation(80)[:40])
        result = measure_coverage(_study(frame[chosen], frame[~chosen], entity="customer"), **FAST, seed=seed)
        assert isinstance(result, CoverageResult)
        alarms += [finding.code for finding in result.findings if finding.status in {"failed", "warning"}]
        assert "entities (customer)" in result.method
    assert alarms == []


def test_reference_and_test_are_compared_where_there_is_no_production() -> None:
    arguments = dict(plain().arguments)
    del arguments["production"]
    result = measure_coverage(load_study(**arguments), **FAST)
    assert isinstance(result, CoverageResult)
    assert (result.earlier, result.later) == ("reference", "test")
    del arguments["reference"]
    alone = measure_coverage(load_study(**arguments), **FAST)
    assert isinstance(alone, NoResult)
    assert alone.missing == "production table"


def test_few_rows_give_no_verdict() -> None:
    rng = np.random.default_rng(5)
    result = measure_coverage(_study(_population(rng, 15), _population(rng, 200)), **FAST)
    assert isinstance(result, CoverageResult)
    assert np.isnan(result.auc.value)
    assert _finding(result, "OV-CO-01").status == "not_enough_data"
    assert _finding(result, "OV-CO-03").status == "not_enough_data"


def test_a_level_that_few_rows_hold_is_never_quoted() -> None:
    rng = np.random.default_rng(6)
    test, production = _population(rng, 400), _population(rng, 400)
    production.loc[:3, "area"] = "the Smiths"
    result = measure_coverage(_study(test, production), **FAST)
    assert "Smiths" not in str(result.to_dict())


@pytest.mark.parametrize(("option", "value"), [
    ("margin", 0.0), ("margin", 0.5), ("tolerated_share", 1.0), ("draws", 5), ("max_rows", 10), ("seed", -1),
])  # fmt: skip
def test_an_option_out_of_range_is_refused(option: str, value: float) -> None:
    with pytest.raises(InputError, match=f"{option}="):
        measure_coverage(plain().study, **{option: value})  # type: ignore[arg-type]  # the point of the test


@pytest.mark.parametrize("name", AWKWARD)
def test_awkward_studies_get_findings_and_a_card(name: str) -> None:
    result = measure_coverage(AWKWARD[name]().study, **FAST)
    assert isinstance(result, CoverageResult)
    assert len(result.findings) == 4
    assert card_of_coverage(result).headline == result.headline
    assert len(result.frame()) == len(result.columns)
