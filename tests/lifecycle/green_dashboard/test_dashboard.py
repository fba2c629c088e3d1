"""The green dashboard, on made-up desks and on a study."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LinearRegression, LogisticRegression

import mlops_widgets as mw
from mlops_widgets.core.result import NoResult, Result
from mlops_widgets.errors import InputError, WrongTypeError
from mlops_widgets.lifecycle import GreenDashboardResult, run_green_dashboard


@pytest.fixture(scope="module")
def desks() -> GreenDashboardResult:
    """Return three desks of half the usual size."""
    found = run_green_dashboard(desks=3, rows=24_000)
    assert isinstance(found, GreenDashboardResult)
    return found


def table(rows: int = 3000, *, flipped: bool = False, numbers: bool = False, seed: int = 0) -> pd.DataFrame:
    """Return rows of 300 days; from day 200 on every outcome that would be 0 is 1 with probability .3 where `flipped`."""
    rng = np.random.default_rng(seed)
    day, x = np.arange(rows) * 300 // rows, rng.normal(size=rows)
    y = (x + rng.normal(size=rows) > 0).astype(float) if not numbers else 2 * x + rng.normal(size=rows)
    if flipped:
        y = np.where((day >= 200) & (rng.random(rows) < 0.3), 1.0, y)
    return pd.DataFrame({"x": x, "day": pd.Timestamp("2025-01-01") + pd.to_timedelta(day, unit="D"), "y": y})


def study(frame: pd.DataFrame, model: Any = None, **more: Any) -> mw.Study:
    """Return a study whose production begins on day 180."""
    learner = model or LogisticRegression()
    learner.fit(frame[["x"]][:1000], frame["y"][:1000])
    given = {"test": "2025-04-11", "production": "2025-06-30"}
    return mw.load_study(model=learner, data=frame, target="y", time="day", split=given, **more)


def codes(result: Result) -> dict[str, str]:
    """Return the status of each finding."""
    return {finding.code: finding.status for finding in result.findings}


def test_auc_stays_while_the_money_is_lost(desks: GreenDashboardResult) -> None:
    never, truth = desks.policy("never"), desks.policy("truth")
    assert abs(never.auc_after - never.auc_before) < 0.03
    assert never.money_before > 0 > never.money_after
    assert truth.money_after > 0
    settled = desks.findings[0].evidence["auc_change_lower"]
    assert isinstance(settled, float)
    assert ("stayed green" in desks.headline) == (settled > -0.03)


def test_totals_add_up_from_going_live_and_gains_are_paired(desks: GreenDashboardResult) -> None:
    for at, row in enumerate(desks.policies):
        assert row.total == pytest.approx(desks.policy_money[at, desks.live :].sum())
        assert row.gain == pytest.approx(row.total - desks.policy("never").total)
    assert desks.policy("monthly").retrains == len(desks.labels) - desks.live - 1
    assert desks.values[desks.panel("money")] == pytest.approx(desks.policy_money[0])


def test_the_control_says_how_often_alarms_fire_without_a_shock(desks: GreenDashboardResult) -> None:
    assert [row.name for row in desks.quiet] == ["drift alarm", "calibration alarm"]
    assert codes(desks)["LC-GD-03"] == ("passed" if all(row.alarmed <= 0.05 for row in desks.quiet) else "warning")


def test_calibration_that_breaks_behind_a_steady_ranking_is_found() -> None:
    result = run_green_dashboard(study(table(6000, flipped=True)), margin=0.2)
    assert codes(result)["LC-GD-04"] == "failed"
    assert "hides something" in result.headline


def test_a_chunk_shows_the_mean_of_predictions_less_outcomes() -> None:
    made = study(table())
    result = run_green_dashboard(made)
    assert isinstance(result, GreenDashboardResult)
    production = made.production
    assert production is not None
    gap = made.model.probabilities(production) - made.labels(production)
    expected = [
        gap[made.chunks(production, most=len(result.labels)).of_row == at].mean() for at in range(len(result.labels))
    ]
    shown = result.values[result.panel("calibration")]
    measured = ~np.isnan(shown)
    assert measured.sum() > 10
    assert shown[measured] == pytest.approx(np.array(expected)[measured])


def test_value_is_shown_where_outcomes_are_worth_something() -> None:
    made = study(table(flipped=True), values={"true_positive": 1.0, "false_positive": -1.0})
    result = run_green_dashboard(made)
    assert isinstance(result, GreenDashboardResult)
    assert [panel.name for panel in result.panels] == ["metric", "calibration", "money"]
    assert "LC-GD-05" not in codes(result)


def test_regression_compares_mean_prediction_and_mean_outcome() -> None:
    result = run_green_dashboard(study(table(numbers=True), LinearRegression()))
    assert isinstance(result, GreenDashboardResult)
    assert result.panels[1].label == "mean prediction less mean outcome"
    assert codes(result)["LC-GD-05"] == "not_applicable"


def test_hard_predictions_have_no_calibration_and_the_finding_says_so() -> None:
    frame = table().assign(said=lambda rows: (rows["x"] > 0).astype(int))
    made = mw.load_study(predictions="said", data=frame, target="y", time="day",
                         split={"test": "2025-04-11", "production": "2025-06-30"})  # fmt: skip
    result = run_green_dashboard(made)
    assert isinstance(result, GreenDashboardResult)
    assert [panel.name for panel in result.panels] == ["metric"]
    assert codes(result)["LC-GD-04"] == "not_enough_data"
    assert "calibration and value" in result.findings[1].claim


def test_few_labels_are_a_missing_input() -> None:
    made = study(table())
    assert made.production is not None
    production = made.production.replace(
        made.production.pandas().assign(y=lambda rows: rows["y"].mask(rows["day"] >= "2025-07-02"))
    )
    result = run_green_dashboard(replace(made, production=production))
    assert isinstance(result, NoResult)
    assert result.status == "not_applicable"


@pytest.mark.parametrize(
    ("call", "error", "named"),
    [
        (lambda: run_green_dashboard("loans"), WrongTypeError, "study="),  # type: ignore[arg-type]
        (lambda: run_green_dashboard(desks=1), InputError, "desks=1"),
        (lambda: run_green_dashboard(rows=100), InputError, "rows=100"),
        (lambda: run_green_dashboard(margin=-1), InputError, "margin=-1"),
        (lambda: run_green_dashboard(mw.sample("census"), desks=3), InputError, "desks=3"),
    ],
)
def test_wrong_options_are_named(call: Callable[[], Result], error: type[Exception], named: str) -> None:
    with pytest.raises(error, match=named):
        call()
