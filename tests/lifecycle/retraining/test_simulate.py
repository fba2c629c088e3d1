"""Refits on labels that had arrived: what they lose, what signals read, and that no label is seen early."""

from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.dummy import DummyClassifier
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.metrics import log_loss
from sklearn.svm import LinearSVC

import mlops_widgets as mw
from mlops_widgets.core.result import NoResult
from mlops_widgets.errors import CancelledError, InputError, UnknownNameError
from mlops_widgets.lifecycle.retraining.result import RetrainingResult
from mlops_widgets.lifecycle.retraining.simulate import simulate_retraining
from mlops_widgets.study.study import Study

PER_MONTH, MONTHS, LEARNED = 60, 16, 4


def frame(*, shock: int | None = 9, seed: int = 0) -> pd.DataFrame:
    """Sixteen months of two numbers; from month `shock` on the outcome is far more frequent."""
    rng = np.random.default_rng(seed)
    month = np.repeat(np.arange(MONTHS), PER_MONTH)
    day = pd.Timestamp("2023-01-01") + pd.to_timedelta(month * 30.44 + rng.integers(0, 28, len(month)) + 1, unit="D")
    x = rng.normal(size=(len(month), 2))
    logit = x[:, 0] - 1 + (0 if shock is None else 3.0 * (month >= shock))
    y = (rng.random(len(month)) < 1 / (1 + np.exp(-logit))).astype(float)
    table = pd.DataFrame({"a": x[:, 0], "b": x[:, 1], "y": y, "on": day.normalize()})
    return table.sort_values("on", kind="stable").reset_index(drop=True)


def study(rows: pd.DataFrame, model: Any = None, **arguments: Any) -> Study:
    learned = rows[rows["on"] < "2023-05-01"]
    fitted = (LogisticRegression() if model is None else model).fit(learned[["a", "b"]], learned["y"])
    return mw.load_study(
        model=fitted, reference=learned, production=rows.drop(learned.index), target="y", time="on", features=["a", "b"],
        unit="row", **arguments,
    )  # fmt: skip


def simulated(given: Study, **options: Any) -> RetrainingResult:
    result = simulate_retraining(given, chunks="month", **options)
    assert isinstance(result, RetrainingResult), result.findings
    return result


@cache
def shocked() -> RetrainingResult:
    return simulated(study(frame()), label_delay=1)


def test_losses_are_those_of_refits_made_by_hand() -> None:
    rows, grid = frame(), shocked().grids()[0]
    month = (rows["on"].dt.year - 2023) * 12 + rows["on"].dt.month - 1
    for model, later in ((4, 4), (6, 9), (10, 12)):
        learned, served = rows[(month >= model - 4) & (month < model)], rows[month == later]
        p = LogisticRegression().fit(learned[["a", "b"]], learned["y"]).predict_proba(served[["a", "b"]])
        expected = log_loss(served["y"], np.clip(p, 1e-3, 1 - 1e-3)) * len(served)
        assert grid.losses[model, later] == pytest.approx(expected, rel=1e-6)
    assert grid.rows.sum() == len(rows)


def test_what_labels_will_be_changes_nothing_that_was_decided_before_they_arrived() -> None:
    at, delay = 11, 1
    rows = frame()
    month = (rows["on"].dt.year - 2023) * 12 + rows["on"].dt.month - 1
    poisoned = rows.assign(y=rows["y"].where(month < at - delay, 1 - rows["y"]))
    before, after = shocked().grids()[0], simulated(study(poisoned), label_delay=delay).grids()[0]
    newest = at - delay  # the last model that can be trained by then
    for name, reading in before.signals.items():
        known = newest if name in before.needs_labels else at
        np.testing.assert_array_equal(reading[: newest + 1, :known], after.signals[name][: newest + 1, :known])
    np.testing.assert_array_equal(before.losses[: newest + 1, :newest], after.losses[: newest + 1, :newest])
    assert not np.array_equal(before.losses[newest, newest:], after.losses[newest, newest:])


def test_the_calibration_alarm_fires_after_a_shock_and_pays() -> None:
    result = shocked()
    alarm = result.policy("calibration")
    assert 1 <= alarm.retrains < result.policy("every 1").retrains
    assert alarm.total < result.never_total
    readings = result.grids()[0].signals["calibration"][4]
    assert np.nanmax(readings[:9]) < 1 < readings[10]


def test_nothing_alarms_where_nothing_changes() -> None:
    grid = simulated(study(frame(shock=None))).grids()[0]
    assert set(grid.signals) == {"drift", "label-free", "performance", "calibration"}
    assert all(np.nanmax(reading[grid.first]) <= 1 for reading in grid.signals.values())


def test_drift_is_read_where_columns_move() -> None:
    rows = frame(shock=None)
    late = rows["on"] >= "2023-10-01"
    grid = simulated(study(rows.assign(b=rows["b"] + 2.0 * late))).grids()[0]
    assert np.nanmax(grid.signals["drift"][4, 4:9]) <= 1 < np.nanmin(grid.signals["drift"][4, 9:])


def test_findings_tell_age_waiting_and_what_was_left_out() -> None:
    codes = {finding.code: finding for finding in shocked().findings}
    assert {"LC-SR-01", "LC-SR-06", "LC-SR-07", "LC-SR-08"} <= set(codes)
    assert codes["LC-SR-07"].evidence["wait"] == 1
    assert codes["LC-SR-08"].evidence["fits"] == 12


def test_money_is_lost_where_outcomes_are_worth_some() -> None:
    given = study(frame(shock=None), values={"true_positive": 5.0, "false_positive": -1.0})
    result = simulated(given, policies=[])
    rows = frame(shock=None)
    served = rows[rows["on"].dt.strftime("%Y-%m") == "2023-05"]
    said = given.model.predictions(given.need("production"))[: len(served)]
    assert result.grids()[0].losses[4, 4] == pytest.approx(
        -(5 * (said * served["y"]).sum() - (said * (1 - served["y"])).sum())
    )
    assert result.loss_name == "lost value"


def test_regressions_lose_their_own_error() -> None:
    rows = frame(shock=None).assign(y=lambda t: 3 * t["a"] + t["b"])
    result = simulated(study(rows, LinearRegression(), metric="mae"))
    assert result.loss_name == "absolute error"
    assert "label-free" not in result.grids()[0].signals
    assert "gives no probabilities" in {f.code: f.claim for f in result.findings}["LC-SR-08"]


def test_models_without_probabilities_lose_wrong_decisions_and_three_classes_a_log_loss() -> None:
    assert simulated(study(frame(shock=None), LinearSVC())).loss_name == "wrong decisions"
    three = frame(shock=None).assign(y=lambda t: pd.cut(t["a"], [-9, -0.5, 0.5, 9], labels=["x", "y", "z"]).astype(str))
    result = simulated(study(three))
    assert (result.loss_name, np.nanmax(result.grids()[0].signals["calibration"][4]) < 1.5) == ("log loss", True)


def test_scores_that_are_no_probabilities_have_no_calibration_alarm() -> None:
    result = simulated(study(frame(shock=None), LogisticRegression(class_weight="balanced")))
    assert "calibration" not in result.grids()[0].signals


def test_windows_are_told_apart_and_share_the_first_model() -> None:
    result = simulated(study(frame()), window=(4, "expanding"), policies=["calibration"])
    sliding, expanding = result.grids()
    np.testing.assert_array_equal(sliding.losses[4], expanding.losses[4])
    assert sliding.losses[12, 12] < expanding.losses[12, 12]
    assert [each.name for each in result.windows] == ["last 4 months", "all rows"]


def test_another_seed_is_not_refitted_where_it_gives_the_same_model() -> None:
    result = simulated(study(frame(shock=None)), seeds=3, policies=[])
    assert result.windows[0].by_seed is None
    assert "another gives the same model" in {f.code: f.claim for f in result.findings}["LC-SR-08"]


def test_a_budget_leaves_models_out_and_says_so() -> None:
    ticks = iter(range(100))
    result = simulated(study(frame(shock=None)), policies=[], budget_seconds=6, clock=lambda: float(next(ticks)))
    note = {f.code: f for f in result.findings}["LC-SR-08"]
    assert (note.evidence["fits"], note.status, "for want of time" in note.claim) == (6, "warning", True)


def test_a_refit_stands_in_for_those_that_are_not_made_until_the_next() -> None:
    few, every = simulated(study(frame()), label_delay=1, max_fits=6), shocked().grids()[0]
    grid = few.grids()[0]
    for model in range(4, 16):
        fitted = model - model % 2
        np.testing.assert_array_equal(grid.losses[model, model:], every.losses[fitted, model:])
        for name, reading in grid.signals.items():
            np.testing.assert_array_equal(reading[model, model:], every.signals[name][fitted, model:])
    assert few.policy("every 1").total <= few.never_total
    assert {f.code: f.status for f in few.findings}["LC-SR-08"] == "passed"


def test_how_losses_were_made_stays_with_other_costs() -> None:
    other = shocked().with_costs(retrain_cost=1.0)
    assert shocked().made_how
    assert shocked().made_how in other.method


def test_cancel_stops_between_fits() -> None:
    seen: list[float] = []
    with pytest.raises(CancelledError):
        simulate_retraining(
            study(frame()), chunks="month", progress=lambda share, _: seen.append(share), cancel=lambda: len(seen) > 4
        )
    assert len(seen) == 5


class Breaks(LogisticRegression):
    """Fits once."""

    fitted = False

    def fit(self, x: Any, y: Any) -> "Breaks":
        """Fit, or raise on every fit but the first."""
        if Breaks.fitted:
            raise ValueError("no more")
        Breaks.fitted = True
        super().fit(x, y)
        return self


def test_what_cannot_be_refitted_or_measured_is_said() -> None:
    rows = frame()
    called = mw.load_study(model=lambda t: t["a"] > 0, production=rows, target="y", time="on", features=["a", "b"])
    short = simulate_retraining(study(rows[rows["on"] < "2023-06-01"]), chunks="month")
    for result, status in (
        (simulate_retraining(called), "not_applicable"),
        (simulate_retraining(study(rows, Breaks()), chunks="month"), "failed"),
        (short, "not_enough_data"),
        (simulate_retraining(replace_time(study(rows))), "not_applicable"),
    ):
        assert isinstance(result, NoResult)
        assert (result.findings[0].code, result.findings[0].status) == ("LC-SR-00", status)


def replace_time(given: Study) -> Study:
    return replace(given, roles=replace(given.roles, time=None))


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"window": 0}, "window="), ({"window": (4, 4)}, "window="), ({"window": "all"}, "window="), ({"seeds": 0}, "seeds="),
        ({"budget_seconds": 0}, "budget_seconds="), ({"deploy_delay": -1}, "deploy_delay="),
    ],
)  # fmt: skip
def test_options_out_of_range_are_refused(options: dict[str, Any], said: str) -> None:
    with pytest.raises(InputError, match=said):
        simulate_retraining(study(frame()), **options)
    with pytest.raises(UnknownNameError, match="policies="):
        simulate_retraining(study(frame()), policies=["calibratoin"])


def test_a_constant_model_has_a_result() -> None:
    assert simulated(study(frame(), DummyClassifier())).policies
