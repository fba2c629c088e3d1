import json
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose

from mlops_widgets.core.result import NoResult, Result
from mlops_widgets.errors import CancelledError, InputError
from mlops_widgets.overfitting.figures.label_free import card_of_label_free
from mlops_widgets.overfitting.monitoring.label_free import LabelFreeResult, estimate_without_labels
from mlops_widgets.study.loading import load_study
from tests.awkward import AWKWARD, study_of
from tests.measures.label_free.label_free_inputs import reference_cases

COLUMNS = ["chunk", "start", "end", "n", "metric", "estimate", "lower", "upper", "realised", "alert"]
NANNYML = json.loads((Path(__file__).parents[2] / "measures/label_free/nannyml_cbpe.json").read_text())


def _frame(rows: int, *, first: int, slope: float = 1.0, seed: int = 0, shift: float = 0.0) -> pd.DataFrame:
    """Calibrated scores of rows at twenty a day, whose outcomes follow from them with `slope`."""
    rng = np.random.default_rng(seed)
    z = rng.normal(size=rows) * (1.5 - shift)
    y = (rng.random(rows) < 1 / (1 + np.exp(-slope * z))).astype(float)
    when = pd.Timestamp("2024-01-01") + pd.to_timedelta((np.arange(rows) + first) // 20, "D")
    return pd.DataFrame({"s": 1 / (1 + np.exp(-z)), "y": y, "when": when})


def _study(production: pd.DataFrame, **more: Any) -> Any:
    arguments = {"scores": "s", "test": _frame(1200, first=0), "production": production, "target": "y", "unit": "row"}
    return load_study(**{**arguments, **more})


def _estimate(study: Any, **options: Any) -> LabelFreeResult:
    result = estimate_without_labels(study, **{"draws": 50, "metrics": ["roc_auc"], **options})
    assert isinstance(result, LabelFreeResult)
    return result


def _codes(result: Result) -> dict[str, str]:
    return {finding.code: finding.status for finding in result.findings}


@cache
def _true() -> LabelFreeResult:
    return _estimate(_study(_frame(3000, first=1200, seed=1)), chunk_rows=1000, metrics=None, margin=0.05)


@cache
def _drifted() -> LabelFreeResult:
    late = [_frame(1000, first=1200, seed=1), _frame(2000, first=2200, slope=0.1, seed=2)]
    return _estimate(_study(pd.concat(late), time="when"), chunk_rows=1000)


def test_the_frame_is_long_with_a_row_a_chunk_and_metric() -> None:
    frame = _true().frame()
    assert list(frame.columns) == COLUMNS
    assert frame["metric"].tolist()[:3] == ["roc_auc", "accuracy", "f1"]
    assert len(frame) == 3 * len(_true().metrics)
    assert (frame["n"] == 1000).all()
    assert (frame["lower"] < frame["estimate"]).all()
    assert (frame["estimate"] < frame["upper"]).all()


@pytest.mark.parametrize("case", reference_cases(NANNYML)[:2], ids=lambda case: case[0])
def test_logged_scores_give_nannymls_estimates_end_to_end(case: Any) -> None:
    _, scores, y, production, expected = case
    study = load_study(
        scores="s", test=pd.DataFrame({"s": scores, "y": y}), production=pd.DataFrame({"s": production}), target="y"
    )
    names = sorted(set(expected) - {"needs_calibration"})
    result = _estimate(study, metrics=names, chunk_rows=1000)
    for name, values in zip(result.metrics, result.estimates, strict=True):
        assert_allclose(values, expected[name], atol=1e-6)
    assert _codes(result)["OV-EL-01"] == "not_enough_data"
    assert "Untested" in result.headline


def test_labels_of_a_production_like_the_test_refute_nothing() -> None:
    result = _true()
    assert not result.refuted.any()
    assert result.tested.all()
    assert result.family == 4
    assert _codes(result)["OV-EL-01"] == "passed"
    assert result.lower < result.realised < result.upper


def test_an_outcome_that_stops_following_the_scores_is_refuted_where_it_stopped() -> None:
    result = _drifted()
    assert result.refuted.tolist() == [False, True, True]
    assert result.whole_refuted
    assert "Refuted by 2 of 3 chunks" in result.headline
    assert _codes(result) | {"OV-EL-04": ""} == {
        "OV-EL-01": "failed", "OV-EL-02": "warning", "OV-EL-03": "warning", "OV-EL-04": "",
    }  # fmt: skip
    outside = (result.realised_values[0] < result.band_lower) | (result.realised_values[0] > result.band_upper)
    assert outside.tolist() == result.refuted.tolist()


def test_the_estimate_itself_sees_nothing_of_that() -> None:
    assert abs(_drifted().value - _drifted().test_value) < 0.03


def test_rows_that_become_harder_raise_the_alert_and_no_refutation() -> None:
    result = _estimate(_study(_frame(3000, first=1200, shift=1.2, seed=3)), chunk_rows=1000)
    assert result.alerts.all()
    assert not result.refuted.any()
    assert _codes(result)["OV-EL-03"] == "failed"


def _with_late_labels() -> pd.DataFrame:
    """Only zeros have arrived of the last thousand rows."""
    frame = _frame(3000, first=1200, seed=1)
    frame.loc[(np.arange(3000) >= 2000) & (frame["y"] == 1), "y"] = np.nan
    return frame


def test_a_chunk_whose_labels_are_still_to_come_is_not_tested() -> None:
    result = _estimate(_study(_with_late_labels(), time="when"), chunk_rows=1000, metrics=["accuracy"])
    assert result.tested.tolist() == [True, True, False]
    assert np.isnan(result.realised_values[0]).tolist() == [False, False, True]
    assert _codes(result)["OV-EL-06"] == "not_run"
    assert np.isfinite(result.estimates).all()


def test_a_chunk_past_the_label_delay_is_tested_on_the_labels_that_came() -> None:
    frame = _frame(3000, first=1200, seed=1)
    frame.loc[:1000:7, "y"] = np.nan
    without = _estimate(_study(frame, time="when"), chunk_rows=1000)
    told = _estimate(_study(frame, time="when"), chunk_rows=1000, label_delay_days=30)
    assert without.tested.tolist() == [False, True, True]
    assert told.tested.tolist() == [True, True, True]


def test_the_delay_is_read_from_the_tests_label_times() -> None:
    frames: dict[str, Any] = {"test": _frame(1200, first=0), "production": _frame(3000, first=1200, seed=1)}
    frames["production"].loc[:1000:7, "y"] = np.nan
    for frame in frames.values():
        frame["known"] = frame["when"] + pd.Timedelta(days=20)
    study = load_study(scores="s", target="y", time="when", label_time="known", unit="row", **frames)
    assert _estimate(study, chunk_rows=1000).tested.all()


def test_a_rest_smaller_than_half_a_chunk_joins_the_last() -> None:
    assert _estimate(_study(_frame(2300, first=1200, seed=1)), chunk_rows=1000).chunk_rows.tolist() == [1000, 1300]


def test_days_that_differ_widen_the_intervals_over_those_of_rows() -> None:
    frame = _frame(4200, first=0, seed=4)
    rng = np.random.default_rng(5)
    day = rng.normal(size=210)[np.arange(4200) // 20]
    frame["y"] = (rng.random(4200) < 1 / (1 + np.exp(-np.log(frame["s"] / (1 - frame["s"])) - 2 * day))).astype(float)
    parts: dict[str, Any] = {"test": frame[:1200], "production": frame[1200:]}
    by_day, by_row = (
        _estimate(
            load_study(scores="s", target="y", time="when", unit=unit, **parts), metrics=["accuracy"], chunk_rows=1000
        )
        for unit in ("time block", "row")
    )
    assert ((by_day.uppers - by_day.lowers) > 1.15 * (by_row.uppers - by_row.lowers)).all()


def _regression(spread: float, *, metric: str = "rmse") -> Any:
    """Errors in proportion to the prediction, `spread` times as large in production."""
    rng = np.random.default_rng(6)
    x = rng.uniform(0, 2, 1600)
    wide = np.where(np.arange(1600) < 800, 1.0, spread)
    frame = pd.DataFrame({"said": x, "y": x + rng.normal(size=1600) * (0.2 + x) * wide})
    return load_study(
        predictions="said", test=frame[:800], production=frame[800:], target="y", task="regression", metric=metric
    )


def test_regression_errors_are_estimated_and_larger_ones_refuted() -> None:
    true, wrong = (_estimate(_regression(spread), metrics=["rmse", "mse"], chunk_rows=400) for spread in (1.0, 1.6))
    assert true.metrics == ("rmse", "mse")
    assert not true.refuted.any()
    assert true.lower < true.realised < true.upper
    assert wrong.refuted.all()
    assert _codes(wrong)["OV-EL-01"] == "failed"
    assert_allclose(true.estimates[0] ** 2, true.estimates[1], rtol=1e-9)


def test_a_metric_that_is_no_mean_of_losses_gives_way_to_rmse_and_says_so() -> None:
    result = _estimate(_regression(1.0, metric="r2"), metrics=["r2", "rmse"], chunk_rows=800)
    assert result.metric == "rmse"
    assert _codes(result)["OV-EL-05"] == "not_applicable"


def hit_rate_score(y_true: Any, y_pred: Any) -> float:
    return float((np.asarray(y_true) == np.asarray(y_pred)).mean())


def test_a_function_without_weights_gives_way_to_a_metric_that_has_them() -> None:
    result = _estimate(_study(_frame(600, first=1200), metric=hit_rate_score), metrics=None, chunk_rows=600)
    assert result.metric == "roc_auc"
    assert "takes no row weights" in next(f.claim for f in result.findings if f.code == "OV-EL-05")


@pytest.mark.parametrize("name", list(AWKWARD))
def test_every_awkward_study_gets_findings_that_survive_json(name: str) -> None:
    result = estimate_without_labels(study_of(name), draws=50, metrics=_OF_TASK.get(name))
    assert isinstance(result, LabelFreeResult)
    assert result.findings[0].code == "OV-EL-01"
    assert result.to_dict() == Result.from_dict(json.loads(json.dumps(result.to_dict()))).to_dict()
    assert len(result.frame()) == len(result.metrics) * len(result.chunk_labels)


_OF_TASK = {"regression_pipeline": ["mae"]}


@pytest.mark.parametrize(
    ("changes", "missing"),
    [
        ({"test": None}, "test table"),
        ({"production": None}, "production table"),
        ({"test": _frame(50, first=0).assign(y=np.nan)}, "labelled rows in test"),
    ],
)
def test_without_its_inputs_it_names_what_is_missing(changes: dict[str, Any], missing: str) -> None:
    result = estimate_without_labels(_study(**{"production": _frame(300, first=1200), **changes}), metrics=["accuracy"])
    assert isinstance(result, NoResult)
    assert result.missing == missing


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"chunk_rows": 3}, "chunk_rows=3"),
        ({"margin": 0.0}, "margin=0.0"),
        ({"draws": 10}, "draws=10"),
        ({"seed": -1}, "seed=-1"),
        ({"label_delay_days": -1.0}, "label_delay_days=-1.0"),
        ({"label_delay_days": 10.0}, "no dates"),
    ],
)
def test_options_out_of_range_are_named(options: dict[str, Any], words: str) -> None:
    with pytest.raises(InputError, match=words):
        estimate_without_labels(_study(_frame(300, first=1200)), **{"metrics": ["accuracy"], **options})


def test_it_stops_when_asked() -> None:
    with pytest.raises(CancelledError):
        estimate_without_labels(_study(_frame(300, first=1200)), cancel=lambda: True)


def test_the_card_marks_refuted_chunks_and_names_them_in_words() -> None:
    card = card_of_label_free(_drifted())
    assert [event.label for event in card.charts[0].events] == ["refuted", "refuted"]
    assert card.table is not None
    assert [row[-1] for row in card.table.rows] == ["not refuted", "refuted", "refuted"]


def test_one_chunk_is_drawn_as_dots() -> None:
    result = _estimate(_study(_frame(600, first=1200)), chunk_rows=600)
    assert card_of_label_free(result).charts[0].kind == "dots"
    assert result.family == 1
