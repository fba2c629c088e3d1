import os
from datetime import date, datetime
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

import mlops_widgets as mw
from mlops_widgets.core.result import NoResult
from mlops_widgets.errors import InputError, UnknownNameError, WrongTypeError
from mlops_widgets.lifecycle import RetrainingResult, RetrainingSchedule, read_schedule, schedule_retraining
from mlops_widgets.lifecycle.scheduling.calendar_steps import after
from mlops_widgets.measures.retraining.grid import Grid
from mlops_widgets.study.over_time.periods import PERIODS
from tests.awkward import study_of

FIRST, LAST = datetime.fromisoformat("1990-01-01"), datetime.fromisoformat("2100-01-01")


@cache
def simulated(*, slope: float = 8.0, by: str = "week", freq: str = "W-MON") -> RetrainingResult:
    """Return policies on made-up losses that grow with a model's age by `slope` a chunk."""
    chunks = 30
    age = np.arange(chunks)[None, :] - np.arange(chunks)[:, None]
    noise = np.random.default_rng(0).normal(0, 3, (chunks, chunks))
    losses = np.where(age >= 0, 100 + slope * np.maximum(age, 0) + noise, np.nan)
    grid = Grid(sums=np.stack([losses / 2, losses / 2]), counts=np.full((2, chunks), 50.0), first=4, label_delay=1)
    starts = pd.date_range("2023-01-01", periods=chunks, freq=freq).to_numpy(dtype="datetime64[ms]").astype(float)
    return RetrainingResult.of(
        grid, labels=[f"c{i}" for i in range(chunks)], starts=starts, by=by, are_dates=True, loss_name="log loss", retrain_cost=20.0
    )  # fmt: skip


def _planned(result: RetrainingResult | None = None, **options: Any) -> RetrainingSchedule:
    found = schedule_retraining(study_of("plain"), simulated() if result is None else result, **options)
    assert isinstance(found, RetrainingSchedule), str(found)
    return found


def _statuses(schedule: RetrainingSchedule) -> dict[str, str]:
    return {finding.code: finding.status for finding in schedule.findings}


def test_the_policy_that_is_surely_better_is_planned_with_its_evidence() -> None:
    result = simulated()
    best, found = result.best, _planned(owner="credit risk")
    assert (found.policy, found.kind, found.every, found.verdict) == (best.name, best.kind, best.every, "better")
    assert (found.saving, found.saving_lower, found.saving_upper) == (-best.difference, -best.upper, -best.lower)
    assert found.start == "2023-07-31"  # the Monday after the last of 30 weeks from 2023-01-02
    assert found.valid_until == "2023-10-30"  # 13 weeks were judged
    assert found.judged_chunks == 13
    assert _statuses(found)["LC-SC-01"] == "passed"


def test_where_nothing_beats_never_only_reviews_are_planned() -> None:
    found = _planned(simulated(slope=0.0))
    assert (found.kind, found.policy) == ("never", "never")
    assert found.dates() == found.review_dates() == ("2023-07-31",)
    assert "no retrain" in found.headline
    assert _statuses(found) == {"LC-SC-01": "passed", "LC-SC-02": "warning", "LC-SC-03": "passed"}


def test_a_policy_that_is_asked_for_is_planned_but_not_praised() -> None:
    found = _planned(simulated(slope=0.0), policy="every 1")
    assert found.kind == "every"
    assert _statuses(found)["LC-SC-01"] in {"warning", "failed"}
    assert _statuses(found)["LC-SC-04"] == "warning"
    with pytest.raises(UnknownNameError, match="Unknown policy 'evry 1'"):
        schedule_retraining(study_of("plain"), simulated(), policy="evry 1")


def test_without_a_calendar_there_are_no_dates() -> None:
    found = _planned(RetrainingResult.from_matrix(np.triu(np.ones((4, 4)))))
    assert (found.chunk, found.dates(), found.start) == (None, (), "")
    assert _statuses(found)["LC-SC-03"] == "not_applicable"
    with pytest.raises(InputError, match="no calendar"):
        found.due(datetime.fromisoformat("2024-01-01"))
    with pytest.raises(InputError, match="start='2024-01-01', but"):
        schedule_retraining(study_of("plain"), RetrainingResult.from_matrix([[1.0]]), start="2024-01-01")


def test_a_simulation_that_couldnt_run_gives_no_schedule() -> None:
    nothing = NoResult(findings=(), rows=0, strategy="simulate_retraining", missing="model that can be refitted")
    assert isinstance(schedule_retraining(study_of("plain"), nothing), NoResult)
    with pytest.raises(WrongTypeError, match="result=dict"):
        schedule_retraining(study_of("plain"), {})  # type: ignore[arg-type]  # that is tested


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"owner": "two\nlines"}, "owner="), ({"owner": ""}, "owner="), ({"start": "soon"}, "start='soon'"),
        ({"review_every": 0}, "review_every=0"), ({"valid_until": "1999-01-01"}, "before the start"),
        ({"valid_until": "2099-01-01"}, "over 20 years"),
    ],
)  # fmt: skip
def test_wrong_options_are_named(options: dict[str, Any], said: str) -> None:
    with pytest.raises(InputError, match=said):
        schedule_retraining(study_of("plain"), simulated(), **options)


def test_what_is_due_is_what_is_planned_for_the_chunk_of_now() -> None:
    found = RetrainingSchedule.of(**(_fields(_planned()) | {"every": 2, "review_every": 13}))
    assert found.dates(3) == ("2023-07-31", "2023-08-14", "2023-08-28")
    due = {
        day: found.due(datetime.fromisoformat(day)) for day in ("2023-07-30", "2023-08-02", "2023-08-09", "2023-08-20")
    }
    assert {day: each.action for day, each in due.items()} == {
        "2023-07-30": "nothing", "2023-08-02": "retrain", "2023-08-09": "nothing", "2023-08-20": "retrain"
    }  # fmt: skip
    assert due["2023-08-09"].next_date == "2023-08-14"
    assert found.due(datetime.fromisoformat("2023-10-30")).action == "expired"


def _fields(schedule: RetrainingSchedule) -> dict[str, Any]:
    return {name: value for name, value in vars(schedule).items() if name != "findings"}


@given(st.datetimes(FIRST, LAST), st.sampled_from(PERIODS), st.integers(0, 60))
@settings(max_examples=40, deadline=None)
def test_dates_are_those_of_pandas(start: datetime, period: Any, count: int) -> None:
    offset = {
        "hour": pd.DateOffset(hours=count), "day": pd.DateOffset(days=count), "week": pd.DateOffset(weeks=count),
        "month": pd.DateOffset(months=count), "quarter": pd.DateOffset(months=3 * count), "year": pd.DateOffset(years=count),
    }[period]  # fmt: skip
    assert after(start, period, count) == (pd.Timestamp(start) + offset).to_pydatetime()


def test_a_file_gives_back_the_schedule_that_was_saved(tmp_path: Path) -> None:
    for found in (_planned(owner="crédit — 'A': [#1]", start=date(2024, 1, 31)), _planned(simulated(slope=0.0))):
        path = found.save(tmp_path / "schedule.yaml")
        assert read_schedule(path) == found
    assert yaml.safe_load(path.read_text())["kind"] == "never"
    assert found.save(tmp_path / "schedule.json").exists()


def test_an_edited_file_is_judged_anew(tmp_path: Path) -> None:
    text = _planned(owner="risk").to_yaml()
    plain = yaml.safe_load(text)
    del plain["next_dates"], plain["owner"]
    plain["start"] = date(2023, 8, 1)  # as YAML reads a date without quotes
    path = tmp_path / "schedule.yaml"
    path.write_text(yaml.safe_dump(plain))
    assert read_schedule(path).start == "2023-08-01"
    assert _statuses(read_schedule(path))["LC-SC-02"] == "warning"


_GOOD = "schedule: 1\npolicy: every 4\nkind: every\nevery: 4\nchunk: week\nverdict: better\nreview_every: 13\nstart: 2024-01-01\nvalid_until: 2024-06-01\n"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (_GOOD + "owner: !!python/object/apply:os.system ['true']\n", "a tag"),
        (_GOOD + "a: &a [x, x]\nb: &b [*a, *a]\nc: [*b, *b]\n", "an alias, an anchor"),
        (_GOOD + "owner: " + "[" * 60_000 + "\n", "more brackets"),
        (_GOOD + "owner: [[[[[[x]]]]]]\n", "nested deeper"),
        (_GOOD + "owner: " + "x" * 10_000_000, "over 65,536 bytes"),
        (_GOOD + "every: 8\n", "'every' twice"),
        (_GOOD + "owner: 7\n", "owner: 7. Write a text"),
        (_GOOD + "owner: [a, b]\n", "owner: a list"),
        (_GOOD + "evry: 8\n", "Did you mean 'every'"),
        (_GOOD.replace("every: 4\nchunk", "every: -4\nchunk"), "every: -4"),
        (_GOOD.replace("every: 4\nchunk", "every: yes\nchunk"), "every: True"),
        (_GOOD.replace("every: 4\nchunk", "chunk"), "every: 0"),
        (_GOOD.replace("every: 4\nchunk", "every: 999999999\nchunk"), "at most 100,000"),
        (_GOOD.replace("kind: every", "kind: signal"), "signal is missing"),
        (_GOOD.replace("week", "fortnight"), "chunk: 'fortnight'"),
        (_GOOD.replace("2024-06-01", "2094-06-01"), "over 20 years"),
        (_GOOD.replace("2024-06-01", "2023-06-01"), "before start"),
        (_GOOD.replace("2024-06-01", "2024-13-45"), "no YAML|valid_until"),
        (_GOOD.replace("verdict: better\n", ""), "doesn't say 'verdict'"),
        (_GOOD + "saving: .nan\n", "saving"),
        (_GOOD + "next_dates: [2024-01-02]\n", "next_dates don't follow"),
        (_GOOD + "rows: 0x" + "f" * 50_000 + "\n", "rows: a int"),
        (_GOOD + "rows: 1" + ":1" * 20_000 + "\n", "rows: a int"),
        (_GOOD + "threshold: 0x" + "f" * 400 + "\n", "threshold: a int"),
        (_GOOD + "threshold: 1" + ":1" * 300 + ".0\n", "no YAML"),
        (_GOOD + 'owner: "a\\n::error::b"\n', "on one line"),
        (_GOOD + 'owner: "\\x1b[31m"\n', "on one line"),
        (_GOOD + 'owner: "\\u202eb"\n', "on one line"),
        ("schedule: 2\n", "schedule: 1"), ("- a\n", "one map"), ("a: b: c", "no YAML"), ("", "one map"), ("\x00", "no YAML"),
    ],
)  # fmt: skip
def test_a_hostile_or_broken_file_is_refused_in_words(text: str, said: str, tmp_path: Path) -> None:
    path = tmp_path / "schedule.yaml"
    path.write_text(text)
    with pytest.raises(InputError, match=said) as caught:
        read_schedule(path)
    assert len(str(caught.value)) < 1000


def test_files_that_arent_there_or_arent_text_are_refused(tmp_path: Path) -> None:
    (tmp_path / "b.yaml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(InputError, match="no UTF-8"):
        read_schedule(tmp_path / "b.yaml")
    with pytest.raises(InputError, match="can't be read"):
        read_schedule(tmp_path / "missing.yaml")
    with pytest.raises(InputError, match="can't be read"):
        read_schedule(tmp_path)
    os.mkfifo(tmp_path / "pipe.yaml")
    with pytest.raises(InputError, match="a pipe"):
        read_schedule(tmp_path / "pipe.yaml")


def test_the_schedule_is_of_the_study_that_it_was_planned_for() -> None:
    assert _planned().study_fingerprint == study_of("plain").fingerprint
    assert (
        _planned().evidence_digest
        == _planned(owner="x").evidence_digest
        != _planned(simulated(slope=0.0)).evidence_digest
    )
    assert mw.lifecycle.read_schedule is read_schedule
