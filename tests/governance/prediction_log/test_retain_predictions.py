"""Retention: what is due by hand-counted days, what a hold keeps, and a chain that goes on verifying."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from mlops_widgets.errors import InputError, WrongTypeError
from mlops_widgets.governance import (
    PredictionLog,
    check_predictions,
    hold_predictions,
    log_predictions,
    read_regime,
    release_hold,
    retain_predictions,
)
from mlops_widgets.governance.rulebooks.regime import regimes

MODEL, NOW = "ab" * 32, datetime(2026, 12, 31, tzinfo=UTC)


@pytest.fixture
def log(tmp_path: Path) -> PredictionLog:
    """Return a log of four files: January, February, May to August, December."""
    log = PredictionLog(tmp_path / "log")
    for name, times in {"a": [(1, 1), (1, 10)], "b": [(2, 1)], "c": [(5, 1), (8, 1)], "d": [(12, 1)]}.items():
        at = [datetime(2026, *each, tzinfo=UTC) for each in times]
        log_predictions(
            log,
            model_digest=MODEL,
            decisions=[1] * len(at),
            at=at,
            ids=[f"{name}{number}" for number in range(len(at))],
        )
    log.override("a0", 0, by="Ada King", at=datetime(2026, 1, 12, tzinfo=UTC))
    return log


def test_what_is_due_is_listed_and_nothing_is_deleted(log: PredictionLog) -> None:
    result = retain_predictions(log, keep_days=200, now=NOW)
    assert [(each.file.split("/")[0], each.rows, each.days) for each in result.due] == [
        ("predictions", 2, 355.0),
        ("predictions", 1, 333.0),
        ("overrides", 1, 353.0),
    ]
    assert (result.deleted, result.kept, result.waiting, log.rows) == (0, 2, 1, 6)
    assert result.findings[0].status == "warning"


def test_deleted_files_are_gone_and_stay_on_record(log: PredictionLog) -> None:
    due = retain_predictions(log, keep_days=200, now=NOW)
    result = retain_predictions(log, keep_days=200, now=NOW, delete=True, by="Ada King", why="retention rule 3")
    assert result.deleted == 3
    assert not any((log.folder / each.file).exists() for each in due.due)
    assert log.frame("row_id")["row_id"].tolist() == ["c0", "c1", "d0"]
    check = check_predictions(log.folder)
    assert (check.is_intact, check.rows) == (True, 3)
    (told,) = log.entries("deletion")
    assert (told.payload["by"], told.payload["why"]) == ("Ada King", "retention rule 3")
    assert [each["rows"] for each in told.payload["files"]] == [2, 1, 1]
    assert retain_predictions(PredictionLog(log.folder), keep_days=200, now=NOW).due == ()


def test_a_deletion_that_was_stopped_shows_and_is_finished_by_the_next(log: PredictionLog) -> None:
    file = log.path_of(log.batches()[0])
    content = file.read_bytes()
    given = {"keep_days": 200, "now": NOW, "delete": True, "by": "Ada King", "why": "retention rule 3"}
    retain_predictions(log, **given)  # type: ignore[arg-type]  # mixed values
    file.write_bytes(content)
    assert check_predictions(log.folder).still_there == (f"predictions/{file.name}",)
    retain_predictions(log, **given)  # type: ignore[arg-type]  # mixed values
    assert not file.exists()
    assert check_predictions(log.folder).is_intact


def test_a_hold_keeps_what_it_covers_until_it_is_released(log: PredictionLog) -> None:
    hold = hold_predictions(
        log,
        by="Bo Li",
        why="complaint 17",
        first=datetime(2026, 1, 5, tzinfo=UTC),
        last=datetime(2026, 1, 6, tzinfo=UTC),
    )
    result = retain_predictions(log, keep_days=200, now=NOW, delete=True, by="Ada King", why="rule 3")
    assert [bool(each.held) for each in result.due] == [True, False, False]
    assert result.deleted == 2
    assert {finding.code for finding in result.findings} == {"GV-PL-11", "GV-PL-12"}
    with pytest.raises(InputError, match="no open hold"):
        release_hold(log, hold.number + 1, by="Bo Li", why="settled")
    release_hold(log, hold.number, by="Bo Li", why="settled")
    assert retain_predictions(log, keep_days=200, now=NOW, delete=True, by="Ada King", why="rule 3").deleted == 1
    assert check_predictions(log.folder).is_intact


def test_less_than_the_least_period_is_refused(log: PredictionLog) -> None:
    with pytest.raises(
        InputError, match="keep_days=100 is less than least_days=183, which eu_ai_act/19-1, eu_ai_act/26-6 ask for"
    ):
        retain_predictions(log, keep_days=100, now=NOW)
    assert retain_predictions(log, keep_days=100, now=NOW, least_days=30).due


def test_nothing_is_deleted_without_a_name_and_a_ground(log: PredictionLog) -> None:
    for by, why in (("", "rule 3"), ("Ada King", ""), ("tbd", "rule 3")):
        with pytest.raises(InputError):
            retain_predictions(log, keep_days=200, now=NOW, delete=True, by=by, why=why)
    with pytest.raises(InputError, match="why='' says nothing"):
        hold_predictions(log, by="Bo Li", why="")
    with pytest.raises(InputError, match="is after last="):
        hold_predictions(log, by="Bo Li", why="x", first=NOW, last=datetime(2026, 1, 1, tzinfo=UTC))
    assert log.rows == 6


def test_a_clock_that_is_behind_the_log_and_wrong_types_are_refused(log: PredictionLog) -> None:
    with pytest.raises(InputError, match="is before the last entry"):
        retain_predictions(log, keep_days=200, now=datetime(2026, 6, 1, tzinfo=UTC))
    with pytest.raises(WrongTypeError, match="now= is str"):
        retain_predictions(log, keep_days=200, now="2026-12-31")  # type: ignore[arg-type]  # what the error is about
    with pytest.raises(WrongTypeError, match="Allowed: a PredictionLog"):
        retain_predictions(log.folder, keep_days=200, now=NOW)  # type: ignore[arg-type]  # what the error is about


def test_the_least_period_is_the_longest_that_a_regime_asks_for(log: PredictionLog) -> None:
    asked = [item.least_days for name in regimes() for item in read_regime(name).items]
    assert retain_predictions(log, keep_days=max(asked), now=NOW).least_days == max(asked) == 183
    assert retain_predictions(log, keep_days=10, least_days=0, now=NOW).least_days == 0


def test_a_forged_deletion_neither_deletes_what_a_hold_keeps_nor_goes_unseen(log: PredictionLog) -> None:
    hold_predictions(log, by="Bo Lee", why="a complaint")
    kept = log.batches()[0]
    gone = {
        "number": 999,
        "file": f"{kept.kind}/{kept.file}",
        "sha256": kept.sha256,
        "rows": 2,
        "first": kept.first,
        "last": kept.last,
    }
    log.records.append("deletion", {"files": [gone], "by": "Mallory", "why": "none", "keep_days": 1})
    retain_predictions(log, keep_days=200, now=NOW, delete=True, by="Ada King", why="retention rule 3")
    assert log.path_of(kept).is_file()
    check = check_predictions(log.folder)
    assert not check.is_intact
    assert any("record 999" in each for each in check.chain)


@pytest.mark.parametrize(
    ("kind", "payload"),
    [
        ("deletion", {}), ("deletion", {"files": ["a"]}), ("deletion", {"files": [{"number": 1, "file": "../x"}], "by": "", "why": "", "keep_days": 1}),
        ("predictions", {"rows": "many"}), ("predictions", {}), ("overrides", {"models": 5}),
    ],
)  # fmt: skip
def test_a_record_of_another_form_is_named_and_never_crashes_the_check(
    kind: str, payload: dict[str, Any], log: PredictionLog
) -> None:
    number = log.records.append(kind, payload).number
    check = check_predictions(log.folder)
    assert not check.is_intact
    assert any(f"Record {number} " in each for each in check.chain)
    with pytest.raises(InputError, match=f"Record {number} "):
        PredictionLog(log.folder)
