"""The questions of chapter 2, measured on a study where calibration broke, and on one where nothing did."""

from functools import cache
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LogisticRegression

import mlops_widgets as mw
from mlops_widgets.core.result import Result
from mlops_widgets.errors import UnknownNameError
from mlops_widgets.lifecycle import RetrainingResult, exercise
from mlops_widgets.lifecycle.retirement.policy import RetirementPolicy, RetirementRule
from mlops_widgets.lifecycle.review.review_result import ReviewResult


@cache
def study(*, broken: bool) -> mw.Study:
    """Return 500 days; in the second study two in five of the outcomes that would be 0 are 1 from day 350 on."""
    rng = np.random.default_rng(3)
    day, x = np.arange(7500) // 15, rng.normal(size=7500)
    y = (x + rng.normal(size=7500) > 0).astype(float)
    y = np.where((day >= 350) & broken & (rng.random(7500) < 0.4), 1.0, y)
    rows = pd.DataFrame({"x": x, "day": pd.Timestamp("2025-01-01") + pd.to_timedelta(day, unit="D"), "y": y})
    model = LogisticRegression().fit(rows[["x"]][:2250], y[:2250])
    split = {"test": "2025-06-01", "production": "2025-10-01"}
    return mw.load_study(model=model, data=rows, target="y", time="day", split=split)


@cache
def results(*, broken: bool) -> tuple[Result, ...]:
    """Return what the strategies say of it; the retraining is a ready matrix, where age costs in one and not in the other."""
    made = study(broken=broken)
    rule = RetirementRule(name="off", signal="calibration", comparator="above", bound=0.05, action="retrain")
    age = np.subtract.outer(-np.arange(16.0), -np.arange(16.0))
    losses = np.where(age < 0, np.nan, 1 + (0.2 * age if broken else 0.0))
    return (
        mw.lifecycle.review_performance(made, draws=100),
        mw.lifecycle.evaluate_retirement(made, RetirementPolicy(rules=(rule,)), draws=100),
        RetrainingResult.from_matrix(losses),
    )


def state(code: str, answer: Any, *, broken: bool = True) -> str:
    """Return what measuring an answer found."""
    return exercise(code, study(broken=broken), answer=answer, results=results(broken=broken)).state


def when() -> str:
    """Return the chunk in which the review dates the change."""
    review = results(broken=True)[0]
    assert isinstance(review, ReviewResult)
    return review.chunks[next(each.chunk for each in review.changes if each.significant and each.worse)]


@pytest.mark.parametrize("code", ["LC-1", "LC-2", "LC-3", "LC-4", "LC-5"])
def test_every_question_begins_untried_and_names_its_form(code: str) -> None:
    asked = exercise(code, study(broken=True))
    assert (asked.state, asked.status) == ("not tried", "not_run")
    assert exercise(code, study(broken=True), answer="nonsense", results=results(broken=True)).state == "error"


def test_the_chunk_of_the_change_is_accepted_and_an_early_one_isnt() -> None:
    assert state("LC-1", when()) == "right"
    assert state("LC-1", "2025-10") == "not yet"
    assert state("LC-1", "none") == "not yet"
    assert state("LC-1", "none", broken=False) == "right"
    assert state("LC-1", "2025-12", broken=False) == "not yet"


def test_a_policy_is_right_where_its_interval_says_so_and_none_where_no_interval_does() -> None:
    assert state("LC-2", "every 1") == "right"
    assert state("LC-2", "none") == "not yet"
    assert state("LC-2", "none", broken=False) == "right"


def test_the_breakeven_cost_lies_between_what_pays_and_what_says_nothing() -> None:
    assert [state("LC-3", cost) for cost in (0, 1e6)] == ["not yet", "not yet"]
    found = results(broken=True)[2]
    assert isinstance(found, RetrainingResult)
    cheapest = min(each.judged_total for each in found.policies)
    assert state("LC-3", found.judged_never - cheapest) == "right"
    assert state("LC-3", -1) == "error"


def test_a_bound_fires_after_the_change_or_is_too_tight_or_too_wide() -> None:
    assert state("LC-4", 0.08) == "right"
    assert state("LC-4", 0.9) == "not yet"
    assert state("LC-4", "none") == "not yet"
    assert state("LC-4", "none", broken=False) == "right"


def test_the_alarm_errs_rarely_and_isnt_deaf() -> None:
    assert [state("LC-5", threshold) for threshold in (1e-4, 0.9)] == ["not yet", "not yet"]
    review = results(broken=False)[0]
    assert isinstance(review, ReviewResult)
    assert review.calibration is not None
    spread = float(np.nanmedian(review.calibration.errors))
    assert state("LC-5", 3 * spread, broken=False) == "right"
    assert state("LC-5", -0.1) == "error"


def test_an_unknown_exercise_is_named() -> None:
    with pytest.raises(UnknownNameError, match="LC-1"):
        exercise("LC-9", study(broken=True))
