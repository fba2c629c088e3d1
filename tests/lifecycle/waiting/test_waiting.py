"""What looking away costs: arithmetic by hand, paths of each strategy, and a study where the world turned round."""

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LinearRegression, LogisticRegression

import mlops_widgets as mw
from mlops_widgets.core.result import NoResult
from mlops_widgets.errors import WrongTypeError
from mlops_widgets.lifecycle import WaitingResult, price_waiting
from mlops_widgets.lifecycle.retraining.row_losses import RowLoss
from mlops_widgets.lifecycle.waiting.fresh import Served
from mlops_widgets.lifecycle.waiting.noticing import looked_away, path_of
from mlops_widgets.lifecycle.waiting.waiting_findings import price
from mlops_widgets.study.values import Values

DAY = 86_400_000.0


def served(delay: int = 1) -> Served:
    """Return four chunks of production, 2 to 5, of ten days and one row each; a fresh model learned at chunk 3 and at chunk 5."""
    stream: Any = SimpleNamespace(delay=delay, chunks=SimpleNamespace(starts=np.arange(6) * 10 * DAY, are_dates=True))
    losses = np.array([[5.0, 5, 5, 5], [np.nan, 2, 2, 2], [np.nan, np.nan, np.nan, 1], [9, 9, 9, 9]])
    return Served(
        stream=stream, chunks=np.arange(2, 6), origins=(-1, 3, 5), losses=losses, place=np.arange(4), weights=np.ones(4),
        units=np.arange(4), loss=RowLoss(kind="error", name="error", method=""),
    )  # fmt: skip


def result(kind: str, **fields: Any) -> Any:
    """Return something that is called like a Result of another room."""
    return type(kind, (SimpleNamespace,), {})(**fields)


def review(alarm: int | None, calendar_days: int = 0) -> Any:
    """Return a review of chunks of ten days from chunk 2 on, of which one alarms."""
    signal = SimpleNamespace(alarms=np.array([int(at == alarm) for at in range(4)]))
    return result("ReviewResult", metric=signal, calibration=None, value=None, are_dates=True, calendar_days=calendar_days,
                  starts=np.arange(2, 6) * 10 * DAY)  # fmt: skip


def cost(path: Any) -> float:
    """Return the whole excess of a path."""
    return float(served().excess(path.models).sum())


def test_nobody_looking_costs_the_whole_excess() -> None:
    assert served().freshest.tolist() == [0, 1, 1, 2]
    assert cost(looked_away(served())) == 0 + 3 + 3 + 4


def test_a_review_costs_until_its_alarm_is_known_and_its_next_date() -> None:
    # an alarm in chunk 2 is known once it is over and its labels are there: at the beginning of chunk 2 + 1 + 1
    path = path_of(served(), review(0), [])
    assert path is not None
    assert (path.noticed, cost(path)) == (4, 3)
    late = path_of(served(), review(0, calendar_days=30), [])
    assert late is not None
    assert (late.noticed, cost(late)) == (5, 6)
    never = path_of(served(), review(0, calendar_days=90), [])
    assert never is not None
    assert (never.noticed, cost(never)) == (-1, 10)


def test_a_review_without_an_alarm_notices_nothing() -> None:
    path = path_of(served(), review(None), [])
    assert path is not None
    assert path.noticed == -1


def test_a_pipeline_waits_for_no_calendar_and_needs_a_review() -> None:
    given = review(0, calendar_days=90)
    path = path_of(served(), result("PipelineResult"), [given])
    assert path is not None
    assert path.noticed == 4
    assert path_of(served(), result("PipelineResult"), []) is None


def test_a_retraining_policy_serves_what_it_knew() -> None:
    best = SimpleNamespace(
        name="every 2", kind="every", every=2, installs=((0, 0), (4, 2))
    )  # model 2 is known at the beginning of chunk 3
    found = result(
        "RetrainingResult", best=best, starts=np.arange(6) * 10 * DAY, are_dates=True, assumed_label_delay=1, by="week"
    )
    path = path_of(served(), found, [])
    assert path is not None
    assert path.models.tolist() == [0, 0, 1, 1]
    assert path.label == "retraining every 2 weeks (“every 2”)"
    assert cost(path) == 0 + 3 + 0 + 1


@pytest.mark.parametrize(("action", "left"), [("retrain", 3), ("retire", 3 + 7 + 8)])
def test_a_retirement_rule_retrains_or_leaves_a_constant_answer(action: str, left: float) -> None:
    rule, quiet = SimpleNamespace(action=action), SimpleNamespace(action="warn")
    found = result(
        "RetirementResult", are_dates=True, starts=np.arange(6) * 10 * DAY, policy=SimpleNamespace(rules=(quiet, rule)),
        outcomes=(SimpleNamespace(first=1), SimpleNamespace(first=4)),
    )  # fmt: skip
    path = path_of(served(), found, [])
    assert path is not None
    assert (path.noticed, cost(path)) == (4, left)


def test_other_results_are_refused_by_name() -> None:
    with pytest.raises(WrongTypeError, match="takes no Something"):
        path_of(served(), result("Something"), [])


def turned(*, numbers: bool = False, turns: bool = True) -> mw.Study:
    """Return a study whose outcome depends on x the other way round from day 200 on."""
    rng = np.random.default_rng(0)
    x, day = rng.normal(size=3000), np.arange(3000) // 10
    signal = x * np.where((day >= 200) & turns, -1, 1)
    y = signal + 0.3 * rng.normal(size=3000) if numbers else (signal + rng.normal(size=3000) > 0).astype(float)
    rows = pd.DataFrame({"x": x, "day": pd.Timestamp("2025-01-01") + pd.to_timedelta(day, unit="D"), "y": y})
    model = (LinearRegression() if numbers else LogisticRegression()).fit(x[:1000, None], y[:1000])
    return mw.load_study(
        model=model, data=rows, target="y", time="day", split={"test": "2025-04-11", "production": "2025-06-30"}
    )


@pytest.fixture(scope="module")
def priced() -> WaitingResult:
    """Return the price of looking away where the world turned round."""
    found = price_waiting(turned())
    assert isinstance(found, WaitingResult)
    return found


def test_a_world_that_turned_round_costs_and_the_parts_add_up(priced: WaitingResult) -> None:
    assert priced.waits[0].lower > priced.margin
    assert priced.findings[0].status == "failed"
    assert priced.excess.sum() == pytest.approx(priced.waits[0].value)
    assert priced.unit == "log loss per 1,000 rows"


def test_where_nothing_changed_the_price_isnt_told_from_zero() -> None:
    found = price_waiting(turned(turns=False))
    assert found.status in {"passed", "not_enough_data"}
    assert "Looking away" in found.headline


def test_money_is_a_total_over_production() -> None:
    worth = {"true_negative": 0.0, "false_positive": -1.0, "false_negative": 0.0, "true_positive": 1.0}
    made = replace(turned(), values=Values(of=worth))
    found = price_waiting(made)
    assert isinstance(found, WaitingResult)
    assert found.unit == "in value"
    assert found.waits[0].value > 0


def test_regression_is_priced_in_its_error() -> None:
    found = price_waiting(turned(numbers=True))
    assert isinstance(found, WaitingResult)
    assert found.waits[0].lower > 0


def test_a_model_that_cant_be_learned_anew_is_named() -> None:
    frame = turned().production.pandas()  # type: ignore[union-attr]
    made = mw.load_study(predict_proba=lambda rows: np.full(len(rows), 0.5), data=frame, target="y", time="day", features=["x"],
                         split={"test": "2025-07-10", "production": "2025-08-10"})  # fmt: skip
    found = price_waiting(made)
    assert isinstance(found, NoResult)
    assert "refit" in found.missing


def test_a_path_that_is_always_the_freshest_says_that_nothing_is_left_by_construction(priced: WaitingResult) -> None:
    fresh = replace(
        priced.waits[0], name="retraining", label="retraining every week (“every 1”)", value=0.0, lower=0.0, upper=0.0
    )
    assert "nothing by construction" in price(replace(priced, waits=(priced.waits[0], fresh))).claim
    assert (
        "nothing by construction"
        not in price(replace(priced, waits=(priced.waits[0], replace(fresh, upper=1.0)))).claim
    )


def test_too_few_labels_are_counted() -> None:
    made = turned()
    assert made.production is not None
    short = replace(made, production=made.production.take(np.arange(50)))
    found = price_waiting(short)
    assert isinstance(found, NoResult)
    assert "only 50" in found.headline


def test_results_that_couldnt_be_measured_are_passed_over(priced: WaitingResult) -> None:
    nothing = NoResult(findings=priced.findings, rows=0, strategy="review_performance")
    found = price_waiting(turned(), nothing, origins=1)
    assert isinstance(found, WaitingResult)
    assert len(found.waits) == 1
