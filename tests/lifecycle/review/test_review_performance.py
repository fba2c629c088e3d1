"""A review of a model in production: on made-up streams whose truth is known, and on studies that lack something."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import mlops_widgets as mw
from mlops_widgets.core.display import card_of
from mlops_widgets.core.progress import Cancel
from mlops_widgets.core.result import Finding, Result
from mlops_widgets.errors import CancelledError, InputError
from mlops_widgets.lifecycle import ReviewResult, review_performance
from mlops_widgets.lifecycle.review.review_findings import find
from mlops_widgets.records import open_records

VALUES = {"true_positive": 2.0, "false_positive": -1.0}


def stream(*, change: int | None = None, late: int = 0, rows: int = 4000, seed: int = 0) -> pd.DataFrame:
    """Two years of scored decisions; from month `change` on positives are more likely, and labels of the last `late` months miss."""
    rng = np.random.default_rng(seed)
    day = np.sort(rng.integers(0, 730, rows))
    when = pd.Timestamp("2023-01-01") + pd.to_timedelta(day, unit="D")
    month = (when.year - 2023) * 12 + when.month - 1
    logit = rng.normal(size=rows) - 1
    moved = 0.0 if change is None else 1.5 * (month >= change)
    y = (rng.random(rows) < 1 / (1 + np.exp(-(logit + moved)))).astype(float)
    y[month >= 24 - late] = np.nan
    known = (when + pd.DateOffset(months=late)).where(~np.isnan(y))
    group = rng.choice(["n", "s"], rows, p=[0.6, 0.4])
    return pd.DataFrame({"when": when, "known": known, "a": logit, "g": group, "p": 1 / (1 + np.exp(-logit)), "y": y})


def study_of(table: pd.DataFrame, **options: Any) -> mw.Study:
    early = table["when"] < "2023-09-01"
    asked = {"scores": "p", "time": "when", "groups": ["g"], "values": VALUES, **options}
    return mw.load_study(test=table[early], production=table[~early], target="y", **asked)


@cache
def changed() -> ReviewResult:
    """A change in month 14, labels three months late; months are chunks, so that it lies in the seventh."""
    study = study_of(stream(change=14, late=3), label_time="known")
    return review(study, now=datetime(2025, 1, 10, tzinfo=UTC), calendar=30)


@cache
def quiet() -> ReviewResult:
    return review(study_of(stream(seed=3)))


def review(study: mw.Study, **options: Any) -> ReviewResult:
    found = review_performance(study, **{"chunks": "month", "draws": 100, **options})
    assert isinstance(found, ReviewResult)
    return found


def by_code(result: Result, number: int) -> Finding:
    return next(each for each in result.findings if each.code == f"LC-RV-{number:02d}")


def test_a_change_is_dated_to_its_month_and_seen_in_calibration_and_money_while_the_ranking_holds() -> None:
    result = changed()
    sure = next(each for each in result.changes if each.significant)
    assert result.chunks[sure.chunk] == "2024-03"
    assert [by_code(result, code).status for code in (4, 5)] == ["failed", "failed"]
    assert result.calibration is not None
    assert result.metric is not None
    first = int(np.flatnonzero(result.calibration.alarms)[0])
    assert result.chunks[first] == "2024-03"
    assert not result.metric.alarms.any()
    assert by_code(result, 1).status != "failed"
    assert result.findings[0].status == "failed"


def test_chunks_that_wait_for_labels_are_not_judged() -> None:
    result = changed()
    assert result.chunks[-3:] == ("2024-10", "2024-11", "2024-12")
    assert result.mature[-3:].tolist() == [0, 0, 0]
    assert result.metric is not None
    assert np.isnan(result.metric.values[-3:]).all()
    assert "3 more wait for labels" in by_code(result, 2).claim


def test_labels_that_arrive_early_in_an_immature_month_change_nothing() -> None:
    table = stream(change=14, late=3)
    early = table.index[table["when"] >= "2024-11-01"][:40]
    poisoned = table.copy()
    poisoned.loc[early, "y"] = 1.0
    poisoned.loc[early, "known"] = poisoned.loc[early, "when"]
    found = review(study_of(poisoned, label_time="known"))
    assert found.metric is not None
    assert changed().metric is not None
    np.testing.assert_array_equal(found.metric.values, changed().metric.values)  # type: ignore[union-attr]  # checked above


def test_a_quiet_stream_raises_no_alarm_and_leads_with_the_promise() -> None:
    result = quiet()
    assert result.alarms().sum() == 0
    assert result.findings[0].code == "LC-RV-01"
    assert not any(each.significant for each in result.changes)
    assert not {each.status for each in result.findings if each.code != "LC-RV-12"} & {"failed", "warning"}


def test_the_parts_share_one_number_of_false_alarms() -> None:
    budget = quiet().budget
    assert budget.tail * len(budget.parts) == pytest.approx(budget.chunk_share)
    assert budget.a_year == pytest.approx(0.2)
    assert budget.expected == pytest.approx(0.2 * len(quiet().chunks) / 12)
    assert set(budget.parts) == {"metric", "trend", "calibration", "value", "change", "drift", "groups"}


def test_the_calibration_of_a_chunk_is_the_mean_of_outcomes_less_predictions() -> None:
    table = stream(change=14, late=3)
    month = table[(table["when"] >= "2024-04-01") & (table["when"] < "2024-05-01")]
    result = changed()
    assert result.calibration is not None
    at = result.chunks.index("2024-04")
    assert result.calibration.values[at] == pytest.approx((month["y"] - month["p"]).mean())
    assert result.calibration.rows[at] == len(month)


def test_a_band_has_the_width_that_student_s_t_gives_for_rows() -> None:
    from scipy import stats

    table = stream(seed=3)
    early = table["when"] < "2023-09-01"
    result = review(study_of(table, unit="row"))
    s = result.calibration
    assert s is not None
    residual = (table["y"] - table["p"])[early]
    at, n = 4, int(early.sum())
    error = residual.std(ddof=1) / np.sqrt(n)
    half = stats.t.ppf(1 - result.budget.tail / 2, n - 1) * error * np.sqrt(1 + n / s.rows[at])
    assert s.band_upper[at] - s.promise == pytest.approx(half)


def test_group_gaps_are_the_share_of_positive_decisions_against_all_others() -> None:
    table = stream(seed=3)
    early = table["when"] < "2023-09-01"
    test = table[early]
    positive = test["p"] >= 0.5
    gap = positive[test["g"] == "s"].mean() - positive[test["g"] == "n"].mean()
    (signal,) = quiet().gaps
    assert signal.promise == pytest.approx(gap)
    assert "g = s" in signal.name


def test_a_group_that_is_decided_on_otherwise_alarms() -> None:
    table = stream(seed=3)
    moved = (table["when"] >= "2024-01-01") & (table["g"] == "s")
    table.loc[moved, "p"] = np.clip(table.loc[moved, "p"] + 0.4, 0, 1)
    result = review(study_of(table))
    assert by_code(result, 8).status == "warning"
    assert result.gaps[0].alarms.sum() >= 10


def test_without_labels_drift_and_decisions_by_group_are_reviewed() -> None:
    table = stream(seed=3)
    table.loc[table["when"] >= "2023-09-01", "y"] = np.nan
    result = review(study_of(table))
    assert {by_code(result, code).status for code in (1, 2, 3, 4, 5, 6)} == {"not_applicable"}
    assert {by_code(result, code).status for code in (7, 8)} == {"passed"}
    assert "drift" in result.budget.parts
    assert "metric" not in result.budget.parts


def test_a_column_that_drifts_is_named_with_its_first_chunk() -> None:
    table = stream(seed=3)
    table.loc[table["when"] >= "2024-05-01", "a"] += 3
    result = review(study_of(table, features=["a"]))
    finding = by_code(result, 7)
    assert finding.status == "warning"
    assert "2024-05" in finding.claim
    assert "a" in finding.claim


def test_rules_of_a_contract_are_counted_by_chunk() -> None:
    table = stream(seed=3, rows=2000)
    contract = mw.data_quality.infer_contract(table[table["when"] < "2023-09-01"][["g", "p"]])
    table.loc[table.index[-300:], "g"] = "unheard of"
    result = review(study_of(table), results=[contract], chunks="quarter")
    assert result.contract is not None
    assert "g: allowed" in result.contract.rules
    at = result.contract.rules.index("g: allowed")
    assert result.contract.shares[at, 0] == 0
    assert result.contract.shares[at, -1] == 1
    assert by_code(result, 9).status in {"failed", "warning"}


def test_open_findings_are_those_that_failed_or_warn_each_once() -> None:
    found = Finding(code="OV-XX-01", status="failed", claim="It leaks.", action="Fix it.")
    other = replace(quiet(), findings=(found, Finding(code="OV-XX-02", status="passed", claim="Fine.")))
    result = review(study_of(stream(seed=3, rows=1500)), results=[other, other])
    assert result.open_findings is not None
    assert [each.code for each in result.open_findings] == ["OV-XX-01"]
    assert "It leaks." in result.contents(".md").decode()
    assert by_code(quiet(), 10).status == "not_run"


def test_a_review_that_nobody_signed_says_so_and_a_signed_one_names_who(tmp_path: Path) -> None:
    assert by_code(changed(), 12).status == "warning"
    assert "nobody has said this yet" in changed().contents(".md").decode()
    store = tmp_path / "records.db"
    study = study_of(stream(seed=3, rows=1500))
    signed = review(
        study, reviewer="Ada King", signed_off={"decision": "Keep", "date": "2025-01-10", "dissent": "Bo: retrain"},
        calendar=30, now=datetime(2025, 1, 10, tzinfo=UTC), records=store,
    )  # fmt: skip
    assert by_code(signed, 12).status == "passed"
    assert "said by Ada King on 2025-01-10" in signed.contents(".md").decode()
    assert "Bo: retrain" in signed.contents(".md").decode()
    (record,) = open_records(store).read("review")
    assert record.payload["due"] == "2025-02-09T00:00+00:00"
    assert len(record.payload["document_sha256"]) == 64
    later = review(study, records=store, now=datetime(2025, 2, 14, tzinfo=UTC), calendar="2025-03-01")
    assert later.days_late == 5
    assert by_code(later, 12).status == "failed"
    assert later.findings[0].code == "LC-RV-12"


def test_the_calendar_file_holds_the_next_review() -> None:
    text = changed().calendar_file()
    assert "DTSTART;VALUE=DATE:20250209" in text
    assert "RRULE:FREQ=DAILY;INTERVAL=30" in text
    assert "SUMMARY:Review of" in text
    with pytest.raises(InputError, match="calendar="):
        quiet().calendar_file()


def test_weeks_too_small_become_months_and_the_review_says_so() -> None:
    result = review(study_of(stream(seed=3, rows=1500)), chunks="day")
    assert result.chunks_by in {"week", "month"}
    assert result.coarser
    assert "longer than asked for" in result.document.lead


def test_numbers_are_judged_by_their_residuals() -> None:
    rng = np.random.default_rng(0)
    x = rng.normal(size=2400)
    y = 10 * x + rng.normal(size=2400) * 3 + 4 * (np.arange(2400) >= 1800)
    table = pd.DataFrame({"x": x, "y": y})
    study = mw.load_study(
        model=lambda frame: 10 * frame["x"], task="regression", test=table[:800], production=table[800:], target="y"
    )
    result = review(study)
    assert result.chunks_by == "rows"
    assert by_code(result, 5).status == "failed"
    sure = next(each for each in result.changes if each.significant)
    assert result.chunks[sure.chunk].startswith("rows 9") or result.chunks[sure.chunk].startswith("rows 1,")
    assert result.recovery == "not applicable"


def test_five_rows_judge_nothing() -> None:
    table = stream(seed=3, rows=400)
    study = mw.load_study(test=table[:300], production=table[300:305], target="y", scores="p")
    result = review(study)
    statuses = {each.status for each in result.findings if each.code != "LC-RV-12"}
    assert statuses <= {"not_enough_data", "not_applicable", "not_run"}


def test_no_cell_of_a_row_and_no_rare_level_is_in_the_file() -> None:
    table = stream(seed=3, rows=1500)
    table.loc[5, "g"] = "a secret"
    assert b"a secret" not in review(study_of(table)).contents(".json")


def test_the_card_draws_each_signal_against_its_band() -> None:
    card = card_of(changed())
    assert [chart.title.partition(":")[0] for chart in card.charts] == [
        "ROC AUC",
        "Outcomes less predictions",
        "Value of a decision",
    ]
    assert card.document is changed().document
    assert card.table is not None
    assert len(card.table.rows) == len(changed().chunks)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"chunks": "weekly"}, "chunks='weekly'"),
        ({"calendar": 0}, "calendar=0"),
        ({"calendar": "soon"}, "calendar='soon'"),
        ({"false_alarms_a_year": 0}, "false_alarms_a_year=0"),
        ({"results": ["OV-CV-01"]}, "results= holds"),
        ({"signed_off": {"decison": "Keep"}}, "Did you mean 'decision'"),
        ({"signed_off": {"date": "tomorrow"}}, "date='tomorrow'"),
        ({"signed_off": "Keep"}, "signed_off="),
        ({"draws": 5}, "draws=5"),
        ({"margin": 0}, "margin=0"),
        ({"contract": "rules.toml"}, "contract=str"),
        ({"records": 5}, "records=int"),
        ({"now": "today"}, "now='today'"),
    ],
)
def test_options_that_cannot_be_used_are_named(options: dict[str, Any], words: str) -> None:
    with pytest.raises((InputError, TypeError), match=words):
        review_performance(study_of(stream(rows=600)), **options)


def test_it_stops_when_asked() -> None:
    stop: Cancel = lambda: True  # noqa: E731 - a callback
    with pytest.raises(CancelledError):
        review_performance(study_of(stream(seed=3)), cancel=stop)


def test_it_says_how_far_it_is() -> None:
    told: list[float] = []
    note: Callable[[float, str], None] = lambda share, _: told.append(share)  # noqa: E731 - a callback
    review(study_of(stream(seed=3, rows=2000)), progress=note)
    assert told == sorted(told)
    assert told[-1] == 1.0


@pytest.mark.parametrize("alike", [True, False])
def test_a_metric_whose_neighbours_are_alike_has_no_trend_without_a_warning(alike: bool) -> None:
    result = quiet()
    assert result.metric is not None
    rng = np.random.default_rng(0)
    wave = np.sin(np.linspace(0, 2 * np.pi, len(result.chunks))) if alike else rng.normal(size=len(result.chunks))
    metric = replace(result.metric, values=0.7 + 0.05 * wave, errors=np.full(len(wave), 0.01))
    claim = next(each for each in find(replace(result, metric=metric)) if each.code == "LC-RV-03").claim
    assert ("chance alone is underestimated" in claim) == alike
