"""review_drift: quiet where nothing moves, loud where something does, honest where labels are late."""

from functools import cache
from typing import Any

import numpy as np
import pandas as pd
import pytest

import mlops_widgets as mw
from mlops_widgets.core.result import NoResult
from mlops_widgets.errors import InputError, UnknownNameError
from mlops_widgets.overfitting.monitoring.drift_review import DriftReviewResult, review_drift
from mlops_widgets.study.over_time.maturity import arrival_quantile
from mlops_widgets.study.over_time.streams import OUTPUT
from tests.awkward import AWKWARD, plain, study_of


def days(rows: int, *, shift: float = 0.0, seed: int = 0) -> pd.DataFrame:
    """A log of scores over `rows` / 20 days; from the middle on, `a` moves."""
    rng = np.random.default_rng(seed)
    when = pd.Timestamp("2024-01-01") + pd.to_timedelta(np.arange(rows) // 20, unit="D")
    a = rng.normal(size=rows) + shift * (np.arange(rows) > rows / 2)
    score = 1 / (1 + np.exp(-rng.normal(size=rows)))
    y = (rng.random(rows) < score).astype(float)
    return pd.DataFrame({"when": when, "a": a, "b": rng.choice(["x", "y"], rows), "score": score, "y": y})


def logged(test: pd.DataFrame, production: pd.DataFrame, **more: Any) -> mw.Study:
    later = production.assign(when=production["when"] + pd.Timedelta("366D"))
    return mw.load_study(scores="score", test=test, production=later, target="y", time="when", **more)


@cache
def quiet() -> DriftReviewResult:
    return measured(logged(days(1200), days(1200, seed=1)))


def measured(study: mw.Study, **options: Any) -> DriftReviewResult:
    result = review_drift(study, draws=100, **options)
    assert isinstance(result, DriftReviewResult)
    return result


@pytest.mark.parametrize("name", list(AWKWARD))
def test_every_awkward_study_is_reviewed(name: str) -> None:
    result = review_drift(study_of(name), draws=100)
    assert result.findings
    assert all(finding.claim for finding in result.findings)
    assert isinstance(result, DriftReviewResult)
    assert len(result.frame()) == len(result.columns) * len(result.chunk_labels)
    assert len(result.chunks()) == len(result.chunk_labels)


def test_a_log_without_drift_is_quiet() -> None:
    result = quiet()
    assert result.findings[1].status == "passed"
    assert result.alarms.sum() <= 1  # one a year is accepted
    assert result.p_value > 0.05
    assert result.columns == ("a", "b", OUTPUT)


def test_a_shift_is_found_in_its_column_from_its_chunk_on() -> None:
    result = measured(logged(days(1200), days(1200, shift=1.0, seed=1)))
    assert result.findings[1].code == "OV-DR-02"
    assert result.findings[1].status == "warning"
    late = result.alarms[result.columns.index("a")]
    assert late.any()
    assert not late[: len(late) // 2 - 1].any()
    assert not result.alarms[result.columns.index("b")].any()


def test_the_rule_states_its_false_alarms_and_what_three_sigma_does() -> None:
    result = quiet()
    assert result.chunks_a_year in {52.18, 12}
    assert result.false_alarms == pytest.approx(1.0, rel=0.15)
    assert result.false_alarms_lower < result.false_alarms < result.false_alarms_upper
    assert result.sigma_alarms > 3 * result.sigma_promise


def test_rarer_alarms_need_a_higher_threshold() -> None:
    study = logged(days(1200), days(1200, seed=1))
    assert measured(study, false_alarms_a_year=0.5).threshold > measured(study, false_alarms_a_year=3).threshold


def test_without_a_calendar_alarms_are_counted_by_chunk() -> None:
    result = measured(plain(600).study)
    assert np.isnan(result.chunks_a_year)
    assert result.false_alarms == pytest.approx(0.05, abs=0.005)
    assert "per chunk" in next(f.claim for f in result.findings if f.code == "OV-DR-03")


def test_chunks_whose_labels_are_on_their_way_get_no_score() -> None:
    late = days(1200, seed=1)
    waiting = np.arange(1200) > 1000
    late.loc[waiting & (np.random.default_rng(0).random(1200) < 0.6), "y"] = np.nan
    result = measured(logged(days(1200), late))
    assert result.findings[3].code == "OV-DR-04"
    assert result.findings[3].status == "warning"
    assert np.isnan(result.lower[-1])
    assert not np.isnan(result.lower[0])


def test_the_delay_of_labels_is_estimated_with_those_still_waiting() -> None:
    frame = days(1200, seed=1)
    frame["paid"] = frame["when"] + pd.Timedelta("396D")  # logged() moves `when` by 366 days: 30 days late
    missing = frame["when"] > pd.Timestamp("2024-02-10")
    frame["paid"], frame["y"] = frame["paid"].mask(missing), frame["y"].mask(missing)
    test = days(1200).assign(paid=lambda f: f["when"])
    result = measured(logged(test, frame, label_time="paid"))
    assert "30.0 days" in next(f.claim for f in result.findings if f.code == "OV-DR-04")


def test_arrival_is_kaplan_and_meier_s() -> None:
    # Kaplan & Meier on 1, 2+, 3, 4: S = 3/4, 3/4 · 1/2 = 3/8, 0
    waits, arrived = np.array([1.0, 2, 3, 4]), np.array([True, False, True, True])
    assert arrival_quantile(waits, arrived, 0.25) == 1
    assert arrival_quantile(waits, arrived, 0.5) == 3
    assert arrival_quantile(waits, arrived, 0.9) == 4
    assert np.isnan(arrival_quantile(waits[:2], arrived[:2], 0.9))


def test_without_labels_drift_leads() -> None:
    study = logged(days(1200), days(1200, seed=1).drop(columns="y"))
    result = measured(study)
    assert result.findings[0].code == "OV-DR-02"
    assert result.findings[1].status == "not_applicable"
    assert np.isnan(result.values).all()


def test_what_compare_live_measured_is_taken_from_it() -> None:
    study = plain(800).study
    live = mw.overfitting.compare_live(study, draws=400, folds=2)
    assert isinstance(live, mw.overfitting.LiveGapResult)
    taken, own = measured(study, live=live), review_drift(study, draws=400)
    assert isinstance(own, DriftReviewResult)
    assert np.nan_to_num(taken.values).tolist() == np.nan_to_num(own.values).tolist()
    with pytest.raises(InputError, match="another study"):
        review_drift(study_of("regression_pipeline"), live=live)


def test_a_column_that_tells_the_time_is_left_out_unless_it_is_named() -> None:
    frames = [days(1200, seed=s).assign(a=lambda f: f["when"].dt.day_of_year) for s in (0, 1)]
    study = logged(*frames)
    result = measured(study)
    assert "a" not in result.columns
    assert "'a' tell the time" in result.findings[-1].claim
    assert measured(study, columns=("a",)).columns == ("a", OUTPUT)
    with pytest.raises(UnknownNameError, match="columns="):
        review_drift(study, columns=("aa",))


def test_a_new_category_and_a_new_gap_are_alarms() -> None:
    later = days(1200, seed=1)
    later.loc[later.index[750:], "b"] = "new"
    later.loc[later.index[:400], "a"] = np.nan
    result = measured(logged(days(1200), later))
    assert result.alarms[result.columns.index("b")][-1] == 1
    assert result.alarms[result.columns.index("a")][0] == 1


@pytest.mark.parametrize(
    ("options", "named"),
    [
        ({"false_alarms_a_year": 0.0}, "false_alarms_a_year"), ({"least_share": 2.0}, "least_share"),
        ({"matured_share": -0.1}, "matured_share"), ({"margin": 0.0}, "margin"), ({"draws": 10}, "draws"),
        ({"seed": -1}, "seed"), ({"live": 3}, "live"),
    ],
)  # fmt: skip
def test_an_option_out_of_range_is_named(options: dict[str, Any], named: str) -> None:
    with pytest.raises(InputError, match=named):
        review_drift(study_of("plain"), **options)


def test_without_production_the_missing_table_is_named() -> None:
    arguments = {k: v for k, v in plain(200).arguments.items() if k != "production"}
    result = review_drift(mw.load_study(**arguments))
    assert isinstance(result, NoResult)
    assert result.missing == "production table"
