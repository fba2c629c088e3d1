"""Retention lists what is due, and deletes nothing but that."""

import os
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from mlops_widgets.core.display import card_of
from mlops_widgets.data_quality.audits.retention import RetentionResult, _unlink, apply_retention
from mlops_widgets.data_quality.audits.retention_rules import DueFile, RetentionRule
from mlops_widgets.errors import InputError, WrongTypeError
from mlops_widgets.records import open_records

NOW = datetime(2025, 6, 1, tzinfo=UTC)


def rule(pattern: str = "*.csv", days: int = 30) -> RetentionRule:
    return RetentionRule(pattern=pattern, keep_days=days, why="contract with the bureau", owner="A. Meier")


def put(folder: Path, name: str, *, days: float) -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("rows")
    moment = (NOW - timedelta(days=days)).timestamp()
    os.utime(path, (moment, moment))
    return path


def applied(folder: Path, *rules: RetentionRule, **options: Any) -> RetentionResult:
    return apply_retention(folder, rules or [rule()], **{"now": NOW} | options)


def test_a_file_is_due_once_it_is_older_than_its_rule_allows(tmp_path: Path) -> None:
    for name, days in [("old.csv", 31), ("edge.csv", 30), ("new.csv", 3), ("raw/older.csv", 100), ("notes.txt", 400)]:
        put(tmp_path, name, days=days)
    result = applied(tmp_path)
    assert [(each.path, round(each.over_days)) for each in result.due] == [("raw/older.csv", 70), ("old.csv", 1)]
    assert (result.kept, result.unruled, result.status) == (2, 1, "failed")
    assert [each.code for each in result.findings] == ["DQ-RT-01", "DQ-RT-02", "DQ-RT-03"]
    assert len(list(tmp_path.rglob("*.*"))) == 5
    assert card_of(result).headline == result.headline


def test_the_first_rule_that_fits_counts(tmp_path: Path) -> None:
    put(tmp_path, "raw/a.csv", days=50)
    assert applied(tmp_path, rule("raw/*", 60), rule("*.csv", 10)).due == ()
    assert len(applied(tmp_path, rule("*.csv", 10), rule("raw/*", 60)).due) == 1


def test_deleting_records_each_file_first_and_takes_no_other(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    old, new = put(folder, "old.csv", days=50), put(folder, "new.csv", days=1)
    result = applied(folder, records=tmp_path / "audits.db", delete=True)
    assert (old.exists(), new.exists(), result.status) == (False, True, "passed")
    (record,) = open_records(tmp_path / "audits.db").read()
    assert record.kind == "retention deletion"
    assert {name: record.payload[name] for name in ("path", "owner", "why", "size_bytes")} == {
        "path": "old.csv", "owner": "A. Meier", "why": "contract with the bureau", "size_bytes": 4,
    }  # fmt: skip


def test_links_are_passed_by_and_what_they_name_stays(tmp_path: Path) -> None:
    outside, folder = put(tmp_path, "outside/secret.csv", days=900), tmp_path / "data"
    put(folder, "old.csv", days=50)
    (folder / "file.csv").symlink_to(outside)
    (folder / "folder").symlink_to(outside.parent)
    result = applied(folder, rule("*"), records=tmp_path / "audits.db", delete=True)
    assert [each.path for each in result.due] == ["old.csv"]
    assert result.links == 2
    assert outside.exists()
    assert (folder / "file.csv").is_symlink()


def test_a_folder_that_became_a_link_after_listing_leads_nowhere(tmp_path: Path) -> None:
    outside, folder = put(tmp_path, "outside/a.csv", days=900), tmp_path / "data"
    folder.mkdir()
    (folder / "raw").symlink_to(outside.parent)
    listed = DueFile(path="raw/a.csv", rule="*", age_days=900.0, over_days=870.0, size_bytes=4)
    assert not _unlink(folder, listed, NOW)
    assert outside.exists()


def test_a_file_that_was_changed_after_listing_stays(tmp_path: Path) -> None:
    path = put(tmp_path, "a.csv", days=900)
    (listed,) = applied(tmp_path).due
    put(tmp_path, "a.csv", days=1)
    assert not _unlink(tmp_path, listed, NOW)
    assert path.exists()


def test_the_store_that_records_deletions_is_never_deleted(tmp_path: Path) -> None:
    records = open_records(tmp_path / "audits.db")
    records.append("note", {})
    for path in tmp_path.iterdir():
        os.utime(path, (0, 0))
    result = applied(tmp_path, rule("*", 0), records=records, delete=True)
    assert result.due == ()
    assert records.verify() == []


def test_hostile_names_are_names(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    names = ["..csv", "-rf.csv", "a\nb.csv", "*.csv", "$(touch x).csv", os.fsdecode(b"\xff.csv")]
    paths = [put(folder, name, days=50) for name in names]
    result = applied(folder, records=tmp_path / "audits.db", delete=True)
    assert not any(path.exists() for path in paths)
    assert len(result.due) == len(names)
    assert result.contents(".json")


def test_records_are_listed_by_kind_and_never_deleted(tmp_path: Path) -> None:
    records = open_records(tmp_path / "audits.db")
    records.append("audit batch", {}, at=NOW - timedelta(days=40))
    records.append("audit batch", {}, at=NOW)
    result = apply_retention(records, [rule("audit *")], now=NOW)
    assert [each.path for each in result.due] == ["record 1 (audit batch)"]
    with pytest.raises(InputError, match="can't leave a chain"):
        apply_retention(records, [rule("audit *")], now=NOW, delete=True)


@pytest.mark.parametrize(
    "options",
    [
        {"pattern": "../*.csv"}, {"pattern": "/etc/*"}, {"pattern": "~/x"}, {"pattern": "raw\\*"}, {"pattern": ""}, {"pattern": "C:x"},
        {"keep_days": -1}, {"keep_days": 1.5}, {"keep_days": True}, {"owner": ""}, {"why": " "}, {"pattern": "a\0"},
    ],
)  # fmt: skip
def test_a_rule_that_leaves_the_folder_or_nobody_answers_for_is_refused(options: dict[str, Any]) -> None:
    name = next(iter(options))
    with pytest.raises(InputError, match=f"{name}="):
        replace(rule(), **options)


@pytest.mark.parametrize(
    ("folder", "rules", "options", "error", "words"),
    [
        (".", [], {}, InputError, "rules= is empty"), (".", ["*.csv"], {}, WrongTypeError, "rules= holds str"),
        ("no", [rule()], {}, InputError, "can't be read"), ("/", [rule()], {}, InputError, "a whole disk"),
        (str(Path.home()), [rule()], {}, InputError, "or home"), (".", [rule()], {"delete": True}, InputError, "delete=True needs records="),
        (".", [rule()], {"now": "today"}, InputError, "now="),
    ],
)  # fmt: skip
def test_what_retention_cannot_do_is_named(
    folder: str, rules: Any, options: Any, error: type[Exception], words: str
) -> None:
    with pytest.raises(error, match=re.escape(words)):
        apply_retention(folder, rules, **{"now": NOW} | options)
