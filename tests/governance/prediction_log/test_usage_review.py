"""The review of a log: counts against counting by hand, intervals against closed forms, gaps against what was taken out."""

from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from mlops_widgets.core.result import Finding
from mlops_widgets.errors import InputError, WrongTypeError
from mlops_widgets.governance import PredictionLog, UsageResult, log_predictions, review_usage
from mlops_widgets.governance.prediction_log.counting import effective_rows, late_entries, off_side, rate
from mlops_widgets.governance.prediction_log.gaps import (
    WEEK,
    _log_chance_of_none,
    _spread_beyond_poisson,
    empty_runs,
    unlikely_runs,
)
from mlops_widgets.measures.proportions import clopper_pearson

OLD, NEW = "ab" * 32, "cd" * 32


def finding(result: UsageResult, code: str) -> Finding:
    return next(each for each in result.findings if each.code == code)


def logged(folder: Path, rows: int, **given: Any) -> PredictionLog:
    log = PredictionLog(folder)
    usual: dict[str, Any] = {
        "model_digest": OLD,
        "decisions": 1,
        "ids": range(rows),
        "at": pd.date_range("2026-01-05", periods=rows, freq="h"),
    }
    log_predictions(log, **(usual | given))
    return log


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> PredictionLog:
    """Return 240 hours: two models, two versions of the policy, every eighth answer overridden, those after the first half with a reason."""
    log = PredictionLog(tmp_path_factory.mktemp("usage") / "log")
    at = pd.date_range("2026-01-05", periods=240, freq="h", tz="UTC")
    scores = np.tile([0.1, 0.4, 0.6, 0.9], 60)
    for model, part in ((OLD, slice(0, 120)), (NEW, slice(120, 240))):
        log_predictions(
            log, model_digest=model, scores=scores[part], decisions=(scores[part] > 0.5).astype(int), threshold=0.5,
            ids=[str(row) for row in range(240)][part], at=at[part], policy_version="v1" if model == OLD else "v2",
            overrides=[1 if row % 8 == 0 else None for row in range(240)][part],
            reasons=[["R1"] if model == NEW else [] for _ in range(120)],
        )  # fmt: skip
    return log


@pytest.fixture(scope="module")
def usage(log: PredictionLog) -> UsageResult:
    return review_usage(log, registered=[OLD])


def test_models_days_decisions_and_overrides_are_counted(usage: UsageResult) -> None:
    assert [(each.model, each.rows, each.first, each.last, each.registered) for each in usage.models] == [
        (OLD, 120, "2026-01-05", "2026-01-09", True),
        (NEW, 120, "2026-01-10", "2026-01-14", False),
    ]
    assert dict(usage.days) == {f"2026-01-{day:02}": 24 for day in range(5, 15)}
    assert [(each.name, each.count, each.share) for each in usage.decisions] == [("0", 120, 0.5), ("1", 120, 0.5)]
    assert usage.overrides is not None
    assert (usage.overrides.count, usage.override_rate, usage.reviewed) == (30, 0.125, 30)
    assert [(each.name, each.rows, each.count) for each in usage.by_reason] == [("R1", 120, 15)]
    assert [(each.name, each.rows, each.first) for each in usage.policies] == [
        ("v1", 120, "2026-01-05"),
        ("v2", 120, "2026-01-10"),
    ]


def test_an_unregistered_model_is_the_headline(usage: UsageResult) -> None:
    assert usage.findings[0].code == "GV-US-02"
    assert "120 of 240 answers came from 1 unregistered model" in usage.headline


def test_registered_models_pass_with_or_without_the_name_of_the_hash(log: PredictionLog) -> None:
    result = review_usage(log, registered=[f"sha256:{OLD}", NEW.upper()])
    assert finding(result, "GV-US-02").status == "passed"
    assert result.findings[0].code == "GV-US-01"
    assert finding(review_usage(log), "GV-US-02").status == "not_applicable"


def test_an_override_that_confirms_the_model_isnt_one(tmp_path: Path) -> None:
    result = review_usage(logged(tmp_path / "log", 240, overrides=[1] * 120 + [0] * 12 + [None] * 108))
    assert (result.reviewed, result.override_rate) == (132, 0.05)


def test_a_log_without_any_override_doesnt_say_that_nobody_overrode(tmp_path: Path) -> None:
    found = finding(review_usage(logged(tmp_path / "log", 240)), "GV-US-03")
    assert (found.status, "isn't logged" in found.claim) == ("warning", True)


@pytest.mark.parametrize(("most", "status"), [(0.5, "passed"), (0.02, "failed"), (0.12, "not_enough_data")])
def test_the_verdict_on_overrides_comes_from_the_interval(log: PredictionLog, most: float, status: str) -> None:
    assert finding(review_usage(log, most_overrides=most), "GV-US-03").status == status


def test_one_day_gives_no_interval(tmp_path: Path) -> None:
    result = review_usage(logged(tmp_path / "log", 20, overrides=[0] * 20))
    assert finding(result, "GV-US-03").status == "not_enough_data"
    assert result.overrides is not None
    assert result.overrides.lower is None


def test_effective_rows_are_those_of_korn_and_graubard() -> None:
    flags, days = np.array([1.0, 0, 0, 0, 1, 1, 0, 0, 0, 0, 1, 0]), np.repeat(np.arange(6), 2)
    share = flags.mean()
    sums = np.bincount(days, flags - share)
    variance = (sums**2).sum() * 6 / 5 / 12**2
    expected = share * (1 - share) / variance * (stats.norm.ppf(0.975) / stats.t.ppf(0.975, 5)) ** 2
    assert effective_rows(flags, days, level=0.95) == pytest.approx(expected)
    line = rate(pd.Series(flags), days, "all", level=0.95)
    effective = min(12.0, expected)
    assert (line.lower, line.upper) == pytest.approx(clopper_pearson(share * effective, effective))


def test_days_that_differ_widen_the_interval() -> None:
    days = np.repeat(np.arange(10), 100)
    alike, apart = pd.Series(np.tile([1, 0], 500)), pd.Series(np.repeat([1, 0] * 5, 100))
    narrow, wide = (rate(flags, days, "all", level=0.95) for flags in (alike, apart))
    assert narrow.share == wide.share == 0.5
    assert (narrow.lower, narrow.upper) == pytest.approx(clopper_pearson(500, 1000))
    assert wide.upper is not None
    assert wide.upper > 0.8


def test_decisions_against_score_and_threshold_are_found_and_those_on_it_are_not() -> None:
    scores = np.r_[np.linspace(0.01, 0.49, 100), np.full(20, 0.5), np.linspace(0.51, 0.99, 100)]
    decisions = (scores > 0.5).astype(float)
    decisions[[3, 5, 150]] = 1 - decisions[[3, 5, 150]]
    entries = pd.DataFrame({"model": OLD, "threshold": 0.5, "decision": decisions, "score": scores})
    assert off_side(entries, ["score"]) == 3
    assert off_side(entries.assign(decision=(np.arange(220) % 2).astype(float)), ["score"]) == 0


def test_entries_under_an_older_policy_are_late_after_the_overlap() -> None:
    at = pd.Series(pd.date_range("2026-01-01", periods=6, freq="D", tz="UTC"))
    policies = pd.Series(["v1", "v1", "v2", "v1", "v1", None])
    assert late_entries(policies, at, timedelta(hours=24)) == 1
    assert late_entries(policies, at, timedelta(0)) == 2
    assert late_entries(pd.Series(["v1"] * 6), at, timedelta(0)) == 0


def test_empty_fields_odd_scores_and_repeated_ids_are_counted(tmp_path: Path) -> None:
    log = logged(tmp_path / "log", 6, scores=[0.1, np.nan, np.inf, 0.2, 0.3, 0.4], threshold=[0.5] * 4 + [None] * 2)
    log_predictions(log, model_digest=OLD, decisions=[1, 1], ids=["0", "9"], at=datetime(2026, 1, 6, tzinfo=UTC))
    result = review_usage(log)
    assert (result.odd_scores, result.repeated) == (2, 2)
    assert dict(result.empty) == {"input_hmac": 8, "decision": 0, "threshold": 4, "reasons": 8, "policy": 8}
    assert finding(result, "GV-US-05").status == finding(result, "GV-US-07").status == "warning"


def test_rare_decisions_are_counted_and_not_named(tmp_path: Path) -> None:
    decisions = ["usual"] * 30 + ["about one person"] * 4
    result = review_usage(logged(tmp_path / "log", 34, decisions=decisions, reasons=[["R"]] * 30 + [["rare"]] * 4))
    assert [(each.name, each.count) for each in result.decisions] == [("usual", 30), ("1 other value", 4)]
    assert [each.name for each in result.by_reason] == ["R"]
    assert "one person" not in result.contents(".json").decode()


def test_numbers_on_a_scale_are_no_kinds_of_decisions(tmp_path: Path) -> None:
    assert review_usage(logged(tmp_path / "log", 40, decisions=np.arange(40) / 3)).decisions == ()


def test_entries_of_some_days_alone_are_reviewed(log: PredictionLog) -> None:
    result = review_usage(log, first=datetime(2026, 1, 6), last=datetime(2026, 1, 6, 23, tzinfo=UTC))  # noqa: DTZ001 - UTC is meant
    assert dict(result.days) == {"2026-01-06": 24}
    with pytest.raises(InputError, match="leave no entries"):
        review_usage(log, first=datetime(2027, 1, 1, tzinfo=UTC))


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"quiet_hours": 0}, "quiet_hours=0"),
        ({"overlap_hours": -1}, "overlap_hours=-1"),
        ({"most_overrides": 1}, "most_overrides=1"),
        ({"registered": OLD}, "one text"),
    ],
)
def test_options_out_of_range_are_refused(log: PredictionLog, given: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError, match=message):
        review_usage(log, **given)
    with pytest.raises(WrongTypeError, match="takes a PredictionLog"):
        review_usage(log.folder)  # type: ignore[arg-type]  # what the error is about


@cache
def _weeks(weeks: int = 6, *, seed: int = 0) -> np.ndarray[Any, Any]:
    """Return hourly counts: busy on weekdays from 8 to 18, quiet at night and at weekends."""
    hour = np.arange(weeks * WEEK)
    busy = (hour % 24 >= 8) & (hour % 24 < 18) & (hour % WEEK < 120)
    return np.random.default_rng(seed).poisson(np.where(busy, 20.0, 0.05))


def test_nights_and_weekends_are_no_gaps_and_an_empty_afternoon_is() -> None:
    assert unlikely_runs(_weeks()) == []
    counts = _weeks().copy()
    noon = 3 * WEEK + 24 + 12
    counts[noon : noon + 4] = 0
    runs = unlikely_runs(counts)
    assert runs is not None
    (found,) = runs
    assert (found.first, found.after) == (noon, noon + 4)
    assert found.expected == pytest.approx(
        _weeks()[[noon + hour + WEEK * week for hour in range(4) for week in (-3, -2, -1, 1, 2)]].sum() / 5
    )


def test_the_chance_of_an_empty_hour_is_binomial_given_all_weeks_where_nothing_spreads() -> None:
    counts = np.full(4 * WEEK, 30)
    counts[200] = 0
    runs = unlikely_runs(counts)
    assert runs is not None
    (found,) = runs
    assert found.chance == pytest.approx(stats.binom.pmf(90, 90, 3 / 4))


def test_the_chance_of_an_empty_hour_is_dirichlet_multinomial_where_hours_are_bursty() -> None:
    counts = np.tile([0, 20], 2 * WEEK)
    counts[WEEK : 2 * WEEK] = counts[WEEK : 2 * WEEK][::-1]  # one week's busy hours are the quiet ones of the others
    slot = counts.reshape(4, WEEK)
    deviations = [(each - (slot.sum(axis=0) - each) / 3) for each in slot]
    means = [(slot.sum(axis=0) - each) / 3 for each in slot]
    beyond = sum((gap**2 / (1 + 1 / 3) - slot.sum(axis=0) / 4).sum() for gap in deviations)
    spread = beyond / sum((each * mean).sum() for each, mean in zip(slot, means, strict=True))
    chances = _log_chance_of_none(np.array([60.0, 0.0]), np.array([3.0, 3.0]), spread)
    assert _spread_beyond_poisson(
        counts, np.tile(slot.sum(axis=0), 4) - counts, np.full(len(counts), 3.0)
    ) == pytest.approx(spread)
    assert np.exp(chances[0]) == pytest.approx(stats.betabinom.pmf(60, 60, 3 / spread, 1 / spread))
    assert chances[1] == 0


def test_bursts_explain_empty_hours() -> None:
    rng = np.random.default_rng(1)
    bursty = rng.poisson(rng.gamma(0.2, 50, size=6 * WEEK))
    assert (bursty == 0).sum() > 50
    assert unlikely_runs(bursty) == []


def test_less_than_three_weeks_say_nothing_of_gaps() -> None:
    assert unlikely_runs(_weeks()[: 3 * WEEK - 1]) is None


@given(st.lists(st.integers(0, 2), max_size=50))
def test_empty_runs_hold_every_empty_hour_once(counts: list[int]) -> None:
    runs = empty_runs(np.array(counts, dtype=np.int64))
    assert [hour for first, after in runs for hour in range(first, after)] == [
        hour for hour, count in enumerate(counts) if not count
    ]


def test_a_gap_is_told_by_the_logs_own_weeks_or_by_the_time_passed(tmp_path: Path) -> None:
    at = pd.date_range("2026-01-05", periods=4 * WEEK * 3, freq="20min", tz="UTC")
    gap = (at >= pd.Timestamp("2026-01-20 10:00Z")) & (at < pd.Timestamp("2026-01-20 15:00Z"))
    log = logged(tmp_path / "log", int((~gap).sum()), at=at[~gap])
    result = review_usage(log)
    assert [(each.begin, each.end, each.hours, each.expected) for each in result.gaps] == [
        ("2026-01-20 10:00", "2026-01-20 15:00", 5, 15.0)
    ]
    assert finding(result, "GV-US-04").status == "warning"
    assert [each.hours for each in review_usage(log, quiet_hours=4).gaps] == [5]
    assert review_usage(log, quiet_hours=6).gaps == ()
