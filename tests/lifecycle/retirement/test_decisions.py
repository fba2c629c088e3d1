"""Decisions written down: what is missing stays visible, files are hashed and never followed, the chain is read back."""

from dataclasses import replace
from functools import cache
from hashlib import sha256
from pathlib import Path

import pytest

import mlops_widgets as mw
from mlops_widgets.errors import InputError, WrongTypeError
from mlops_widgets.lifecycle.retirement.decisions import read_decisions, record_decision
from mlops_widgets.lifecycle.retirement.retirement_result import RetirementResult
from mlops_widgets.lifecycle.retirement.runbook import write_runbook
from mlops_widgets.records import open_records


@cache
def kept() -> RetirementResult:
    """Return an evaluation whose verdict is to keep."""
    result = mw.lifecycle.evaluate_retirement(mw.sample("census"), draws=100)
    assert isinstance(result, RetirementResult)
    return result


def whole(folder: Path) -> dict[str, object]:
    """Return everything that a decision to retire needs."""
    (folder / "model.skops").write_bytes(b"weights")
    return {
        "decided_by": "Ada King", "decided_on": "2026-03-31", "reason": "It no longer pays.", "decision": "retire", "fallback": "the desk's rules",
        "sunset": {"last request": "2026-04-30"}, "reinstate_when": ["skill above .10 in three months"], "archive": [folder / "model.skops"],
    }  # fmt: skip


def test_a_whole_record_passes_and_is_read_back_from_the_chain(tmp_path: Path) -> None:
    record = record_decision(kept(), **whole(tmp_path), records=tmp_path / "records.db")  # type: ignore[arg-type]  # as named
    assert record.status == "passed"
    assert record.number == 1
    assert read_decisions(tmp_path / "records.db") == (record,)
    assert open_records(tmp_path / "records.db").verify() == []


def test_the_manifest_holds_the_hash_and_tells_a_changed_file(tmp_path: Path) -> None:
    record = record_decision(kept(), **whole(tmp_path))  # type: ignore[arg-type]  # as named
    (entry,) = record.archive
    assert (entry.sha256, entry.bytes) == (sha256(b"weights").hexdigest(), 7)
    assert record.changed_files() == ()
    (tmp_path / "model.skops").write_bytes(b"other")
    assert "changed since" in record.changed_files()[0]
    (tmp_path / "model.skops").unlink()
    assert "missing" in record.changed_files()[0]


def test_links_folders_and_missing_files_are_refused_by_name(tmp_path: Path) -> None:
    given = whole(tmp_path)
    (tmp_path / "link").symlink_to(tmp_path / "model.skops")
    given["archive"] = [tmp_path / "link", tmp_path, tmp_path / "nothing"]
    record = record_decision(kept(), **given)  # type: ignore[arg-type]  # as named
    assert [each.found for each in record.archive] == ["a link", "no plain file", "missing"]
    assert [each.sha256 for each in record.archive] == ["", "", ""]
    assert "LC-RE-13" in {finding.code for finding in record.findings if finding.status == "failed"}


def test_what_nobody_said_is_missing_and_fails() -> None:
    record = record_decision(kept())
    assert record.status == "failed"
    assert record.missing == ("who decided", "when", "the reason")
    assert "nobody has said this yet" in record.contents(".md").decode()


def test_an_override_needs_a_name_and_a_reason_and_is_shown() -> None:
    with pytest.raises(InputError, match="decided_by= and reason="):
        record_decision(kept(), decision="retire", decided_by="Ada King")
    record = record_decision(kept(), decision="retire", decided_by="Ada King", reason="The law changed.")
    assert record.overridden
    assert "LC-RE-12" in {finding.code for finding in record.findings}


def test_no_verdict_is_no_decision() -> None:
    with pytest.raises(InputError, match="no decision"):
        record_decision(replace(kept(), verdict="not enough data"))


@pytest.mark.parametrize(
    "wrong",
    [
        {"decided_by": "TBD"},
        {"decided_on": "soon"},
        {"reinstate_when": "never"},
        {"archive": "model.skops"},
        {"sunset": "today"},
        {"decision": "sell"},
    ],
)
def test_a_wrong_statement_is_refused_by_name(wrong: dict[str, object]) -> None:
    with pytest.raises((InputError, KeyError), match=next(iter(wrong))):
        record_decision(kept(), **wrong)  # type: ignore[arg-type]  # that is the test


def test_another_result_is_refused() -> None:
    with pytest.raises(WrongTypeError, match="RetirementResult"):
        record_decision("retire")  # type: ignore[arg-type]  # that is the test


def test_a_runbook_drains_traffic_on_dates_and_says_what_is_missing(tmp_path: Path) -> None:
    record = record_decision(kept(), **whole(tmp_path))  # type: ignore[arg-type]  # as named
    book = write_runbook(
        record,
        first_day="2026-04-01",
        tell={"support": "mail by Ada King"},
        keep_days={"predictions": 365},
        back="Ada King",
    )
    assert book.status == "passed"
    assert book.dates == ("2026-04-01", "2026-04-08", "2026-04-15")
    text = book.contents(".md").decode()
    assert all(word in text for word in ("the desk's rules", "365 days", "skill above .10", "2026-04-15"))
    assert write_runbook(record).missing == (
        "who is told",
        "the first day",
        "how long data are kept",
        "who brings it back",
    )


@pytest.mark.parametrize(
    "wrong",
    [
        {"shares": (0.5, 0.6, 0)},
        {"shares": (0.5,)},
        {"days_between": 0},
        {"keep_days": {"rows": -1}},
        {"first_day": "x"},
    ],
)
def test_a_runbook_refuses_what_can_not_be_done(wrong: dict[str, object], tmp_path: Path) -> None:
    record = record_decision(kept(), **whole(tmp_path))  # type: ignore[arg-type]  # as named
    with pytest.raises(InputError, match=next(iter(wrong))):
        write_runbook(record, **wrong)  # type: ignore[arg-type]  # that is the test


def test_a_model_that_stays_has_no_runbook() -> None:
    record = record_decision(kept(), decided_by="Ada King", decided_on="2026-03-31", reason="No rule fires.")
    with pytest.raises(InputError, match="keep"):
        write_runbook(record)
