import json
from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np
import pandas as pd
import pytest

import mlops_widgets as mw
from mlops_widgets.core.result import Result
from mlops_widgets.errors import InputError
from mlops_widgets.overfitting.validation.calibration import CalibrationResult, measure_calibration
from mlops_widgets.overfitting.validation.calibration_findings import find
from tests.awkward import AWKWARD, study_of, three_classes

WITHOUT = {"callable_only", "logged_predictions", "linear_svc"}


@cache
def _forecasts(rows: int = 2000) -> pd.DataFrame:
    rng = np.random.default_rng(0)
    p = rng.beta(2, 5, rows)
    return pd.DataFrame({"p": p, "y": (rng.random(rows) < p).astype(int)})


def _measured(frame: pd.DataFrame, production: pd.DataFrame | None = None, **options: Any) -> CalibrationResult:
    study = mw.load_study(test=frame, production=production, target="y", scores="p")
    result = measure_calibration(study, **{"draws": 100, **options})
    assert isinstance(result, CalibrationResult)
    return result


def _statuses(result: Result) -> dict[str, str]:
    return {finding.code: finding.status for finding in result.findings}


def test_probabilities_that_come_true_pass() -> None:
    result = _measured(_forecasts(), margin=0.06)
    assert _statuses(result) == {"OV-CA-01": "passed", "OV-CA-02": "passed", "OV-CA-03": "passed"}
    only = result.table("test")
    assert only.p_value > 0.05
    assert only.rows == sum(only.bin_rows) == 2000


def test_probabilities_that_are_too_low_fail_and_say_by_how_much() -> None:
    result = _measured(_forecasts().assign(p=lambda f: 0.6 * f["p"]))
    assert result.status == "failed"
    assert _statuses(result)["OV-CA-02"] == "failed"
    bias = next(finding for finding in result.findings if finding.code == "OV-CA-02")
    assert bias.claim.endswith("percentage points too low.")
    only = result.table("test")
    assert only.bias == pytest.approx(only.observed_mean - only.forecast_mean)
    assert only.gap_lower > only.margin


def test_overconfidence_is_a_slope_below_one() -> None:
    frame = _forecasts()
    odds = 3 * np.log(frame["p"] / (1 - frame["p"]))
    result = _measured(frame.assign(p=1 / (1 + np.exp(-odds))))
    assert result.table("test").slope == pytest.approx(1 / 3, abs=0.1)
    assert _statuses(result)["OV-CA-03"] == "warning"


def test_a_bend_that_no_straight_line_sees_is_a_warning() -> None:
    rng = np.random.default_rng(0)
    p = rng.uniform(0.02, 0.98, 6000)
    true = p + 0.12 * np.cos(2 * np.pi * (p - 0.5))  # too low in the middle, too high at the ends
    frame = pd.DataFrame({"p": p, "y": (rng.random(6000) < np.clip(true, 0, 1)).astype(int)})
    result = _measured(frame, margin=0.05)
    only = result.table("test")
    assert only.gap_upper < 0.05
    assert _statuses(result)["OV-CA-01"] == "warning"
    assert "bends" in result.headline


def test_a_failure_in_production_leads() -> None:
    frame = _forecasts()
    result = _measured(frame, production=frame.assign(p=lambda f: 0.6 * f["p"]), margin=0.06)
    assert result.findings[0].code == "OV-CA-04"
    assert result.status == "failed"
    assert result.table("production").forecast_mean < result.table("test").forecast_mean


def test_production_whose_labels_have_not_come_is_left_out() -> None:
    frame = _forecasts()
    late = frame.assign(y=np.where(np.arange(len(frame)) < 10, frame["y"], np.nan))
    assert [each.table for each in _measured(frame, production=late).tables] == ["test"]


def test_a_regression_is_measured_in_its_own_unit() -> None:
    study = study_of("regression_pipeline")
    result = measure_calibration(study, draws=100)
    assert isinstance(result, CalibrationResult)
    test = result.table("test")
    assert test.log_parts is None
    assert test.margin == pytest.approx(np.sqrt(1.05**2 - 1) * np.sqrt(test.parts.score))
    assert "percentage" not in str(result)


def test_of_several_classes_the_predicted_one_is_measured() -> None:
    study = three_classes().study
    result = measure_calibration(study, draws=100)
    assert isinstance(result, CalibrationResult)
    measured = study.measure(study.need("test"))
    probabilities = study.model.probabilities(study.need("test"))
    test = result.table("test")
    assert test.forecast_mean == pytest.approx(probabilities.max(axis=1).mean())
    assert test.observed_mean == pytest.approx((probabilities.argmax(axis=1) == measured.y).mean())


def test_rows_that_belong_together_make_the_test_more_careful() -> None:
    frame = _forecasts(200)
    copies = pd.concat([frame] * 10, ignore_index=True).assign(who=np.tile(np.arange(200), 10))
    alone, together = (
        measure_calibration(mw.load_study(test=copies, target="y", scores="p", entity=entity), draws=100)
        for entity in (None, "who")
    )
    assert isinstance(alone, CalibrationResult)
    assert isinstance(together, CalibrationResult)
    widths = [each.table("test").bias_upper - each.table("test").bias_lower for each in (alone, together)]
    assert widths[1] / widths[0] == pytest.approx(np.sqrt(10), rel=0.02)


def test_rows_above_the_cap_are_left_out_and_said_to_be() -> None:
    result = _measured(_forecasts(), max_rows=500)
    assert (result.rows, result.table("test").left_out) == (500, 1500)
    assert "left out" in result.method


@pytest.mark.parametrize("option", [{"margin": 0}, {"draws": 10}, {"max_rows": 1}, {"seed": -1}])
def test_an_option_out_of_its_range_is_named(option: dict[str, Any]) -> None:
    with pytest.raises(InputError, match=next(iter(option))):
        _measured(_forecasts(), **option)


@pytest.mark.parametrize("name", list(AWKWARD))
def test_every_awkward_study_gets_findings_that_survive_json(name: str) -> None:
    result = measure_calibration(study_of(name), draws=100)
    assert result.findings
    assert isinstance(result, CalibrationResult) == (name not in WITHOUT)
    assert result.to_dict() == Result.from_dict(json.loads(json.dumps(result.to_dict()))).to_dict()
    if name in WITHOUT:
        assert result.status == "not_applicable"
        assert "probabilities" in result.headline


def test_a_gap_beyond_the_margin_that_the_curve_does_not_confirm_says_why_it_is_open() -> None:
    result = _measured(_forecasts())
    only = replace(result.table("test"), gap=0.1, gap_lower=0.06, gap_upper=0.15, p_value=0.2)
    found = find(replace(result, tables=(only,)))[0]
    assert found.status == "not_enough_data"
    assert "could still be chance (p = .20)" in found.action
    assert "from the average outcome of rows forecast alike" in found.claim
