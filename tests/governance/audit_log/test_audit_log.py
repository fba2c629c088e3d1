"""A log under attack: each thing that somebody could do is done, and found by the means that the page names."""

import json
import sqlite3
import subprocess
import sys
from datetime import datetime
from pathlib import Path

import pytest

from mlops_widgets.cli import main
from mlops_widgets.core.result import Result
from mlops_widgets.errors import InputError
from mlops_widgets.governance import AuditLog, Checkpoint, LogVerification, make_keys, verify_log
from mlops_widgets.records.chain import Record, make_record, read_line
from mlops_widgets.records.merkle import extends, is_included, leaf_hash
from mlops_widgets.records.store import journal_of

KEY = "log-key.pub.pem"


@pytest.fixture
def log(tmp_path: Path) -> AuditLog:
    """Return a log of five records."""
    made = AuditLog(tmp_path / "log.db")
    for number in range(5):
        made.append("approval", {"model": f"v{number}", "by": "Ada King"})
    return made


def rewrite(log: AuditLog, records: list[Record]) -> None:
    """Write both files anew with these records, as somebody who may write them can."""
    path = log.records.path
    with sqlite3.connect(path) as connection:
        connection.execute("DELETE FROM records")
        connection.executemany("INSERT INTO records VALUES (?, ?)", [(each.number, each.line()) for each in records])
    connection.close()
    journal_of(path).write_text("".join(each.line() + "\n" for each in records))


def forged(records: list[Record], *, model: str) -> list[Record]:
    """Return a whole new chain in which the second record says something else."""
    chain: list[Record] = []
    for each in records:
        payload = {**each.payload, "model": model} if each.number == 2 else each.payload
        previous = chain[-1].digest if chain else "0" * 64
        chain.append(
            make_record(each.number, each.kind, payload, at=datetime.fromisoformat(each.at), previous=previous)
        )
    return chain


def failed(result: LogVerification) -> set[str]:
    return {finding.code for finding in result.findings if finding.status == "failed"}


def test_an_untouched_log_is_intact_and_says_what_it_couldnt_see(log: AuditLog) -> None:
    result = log.verify()
    assert result.is_intact
    assert result.root == log.root()
    blind = result.findings[-1]
    assert (blind.code, blind.status) == ("GV-LO-04", "warning")
    assert "the end of both was cut off" in blind.claim
    assert list(result.frame()["looked for"]).count("yes") == 4


def test_with_everything_kept_elsewhere_nothing_is_left_unseen(log: AuditLog, tmp_path: Path) -> None:
    private, public = make_keys(tmp_path / "safe")
    result = log.verify(log.checkpoint(private), public_key=public, root=log.root())
    assert {finding.status for finding in result.findings} == {"passed"}
    assert set(result.frame()["looked for"]) == {"yes"}


def test_a_record_edited_in_one_file_is_seen_by_its_digest_and_the_journal(log: AuditLog) -> None:
    with sqlite3.connect(log.records.path) as connection:
        connection.execute("UPDATE records SET line = replace(line, 'v1', 'v9') WHERE number = 2")
    connection.close()
    result = log.verify()
    assert failed(result) == {"GV-LO-01"}
    assert "Record 2 was changed after it was written." in result.problems


def test_a_record_edited_with_its_digest_in_both_files_is_seen_by_the_chain(log: AuditLog) -> None:
    records = log.read()
    records[1] = forged(records, model="v9")[1]
    rewrite(log, records)
    result = log.verify()
    assert failed(result) == {"GV-LO-01"}
    assert result.problems == ("Record 3 doesn't follow the one before it.",)


@pytest.mark.parametrize("order", [(0, 2, 1, 3, 4), (0, 2, 3, 4)])
def test_swapped_or_missing_records_are_seen_by_the_chain(log: AuditLog, order: tuple[int, ...]) -> None:
    records = log.read()
    journal_of(log.records.path).write_text("".join(records[at].line() + "\n" for at in order))
    assert failed(log.verify()) == {"GV-LO-01"}


def test_a_cut_end_is_seen_by_a_kept_root_or_checkpoint_only(log: AuditLog) -> None:
    kept, root = log.checkpoint(), log.root()
    rewrite(log, log.read()[:3])
    assert log.verify().is_intact
    assert failed(log.verify(root=root)) == {"GV-LO-02"}
    result = log.verify(kept)
    assert failed(result) == {"GV-LO-02"}
    assert "the end was cut off" in result.findings[0].claim


def test_all_written_anew_is_seen_by_a_kept_root_or_checkpoint_only(log: AuditLog) -> None:
    kept, root = log.checkpoint(), log.root()
    rewrite(log, forged(log.read(), model="v9"))
    assert log.verify().is_intact
    assert failed(log.verify(root=root)) == failed(log.verify(kept)) == {"GV-LO-02"}


def test_a_forged_checkpoint_is_seen_by_the_public_key_that_was_kept(log: AuditLog, tmp_path: Path) -> None:
    _, public = make_keys(tmp_path / "safe")
    thief, _ = make_keys(tmp_path / "thief")
    rewrite(log, forged(log.read(), model="v9"))
    resigned = log.checkpoint(thief)
    assert failed(log.verify(resigned)) == set()
    result = log.verify(resigned, public_key=public)
    assert failed(result) == {"GV-LO-03"}
    assert "another key" in result.findings[0].claim


def test_a_checkpoint_that_was_changed_or_never_signed_is_no_signature(log: AuditLog, tmp_path: Path) -> None:
    private, public = make_keys(tmp_path / "safe")
    signed = log.checkpoint(private)
    plain = {**vars(signed), "at": "2020-01-01T00:00:00+00:00"}
    assert failed(log.verify(Checkpoint(**plain), public_key=public)) == {"GV-LO-03"}
    assert failed(log.verify(log.checkpoint(), public_key=public)) == {"GV-LO-03"}


def test_a_stolen_key_deceives_all_but_a_root_that_was_printed(log: AuditLog, tmp_path: Path) -> None:
    private, public = make_keys(tmp_path / "safe")
    printed = log.root()
    rewrite(log, forged(log.read(), model="v9"))
    stolen = log.checkpoint(private)
    assert log.verify(stolen, public_key=public).is_intact
    assert failed(log.verify(stolen, public_key=public, root=printed)) == {"GV-LO-02"}


def test_an_older_checkpoint_holds_for_a_log_that_went_on_and_not_for_another(log: AuditLog, tmp_path: Path) -> None:
    kept, root = log.checkpoint(), log.root()
    log.append("approval", {"model": "v5"})
    assert log.verify(kept, root=root).is_intact
    other = AuditLog(tmp_path / "other.db")
    for _ in range(6):
        other.append("approval", {"model": "x"})
    assert failed(other.verify(kept)) == {"GV-LO-02"}


def test_looking_changes_nothing_even_where_the_store_is_damaged(log: AuditLog) -> None:
    path = log.records.path
    with sqlite3.connect(path) as connection:
        connection.execute("DELETE FROM records WHERE number = 4")
    connection.close()
    before = {each: each.read_bytes() for each in (path, journal_of(path))}
    assert not verify_log(path).is_intact
    assert {each: each.read_bytes() for each in before} == before


def test_a_record_is_proved_to_be_in_the_log_by_a_few_hashes(log: AuditLog) -> None:
    leaf, proof = leaf_hash(log.read()[3].line().encode()), [bytes.fromhex(each) for each in log.proof(4)]
    assert is_included(leaf, 3, 5, proof, bytes.fromhex(log.root()))
    with pytest.raises(InputError, match="records 1 to 5"):
        log.proof(6)


def test_a_log_is_proved_to_go_on_from_a_root_that_was_kept(log: AuditLog) -> None:
    kept = bytes.fromhex(log.root())
    log.append("approval", {"model": "v5"})
    proof = [bytes.fromhex(each) for each in log.extension(5)]
    assert extends(5, kept, 6, bytes.fromhex(log.root()), proof)
    assert not extends(5, bytes(32), 6, bytes.fromhex(log.root()), proof)
    with pytest.raises(InputError, match="size=7"):
        log.extension(7)


def test_two_processes_write_at_once_and_the_chain_holds(tmp_path: Path) -> None:
    path = tmp_path / "log.db"
    AuditLog(path).append("start", {})
    code = "import sys; from mlops_widgets.governance import AuditLog\nlog = AuditLog(sys.argv[1])\nfor n in range(10): log.append('w', {'n': n, 'who': sys.argv[2]})"  # fmt: skip
    running = [subprocess.Popen([sys.executable, "-c", code, str(path), who]) for who in "ab"]
    assert [each.wait(60) for each in running] == [0, 0]
    log = AuditLog(path)
    assert log.verify().is_intact
    written = [(each.payload["who"], each.payload["n"]) for each in log.read("w")]
    assert sorted(written) == [(who, n) for who in "ab" for n in range(10)]


def test_keys_are_for_their_owner_and_are_never_overwritten(tmp_path: Path) -> None:
    private, _ = make_keys(tmp_path)
    assert private.stat().st_mode & 0o777 == 0o600
    with pytest.raises(InputError, match="already"):
        make_keys(tmp_path)


def test_a_key_under_a_password_opens_with_it_only(log: AuditLog, tmp_path: Path) -> None:
    private, public = make_keys(tmp_path / "safe", password="four words and more")
    with pytest.raises(InputError, match="no private key that opens"):
        log.checkpoint(private)
    assert log.verify(log.checkpoint(private, password="four words and more"), public_key=public).is_intact


@pytest.mark.parametrize(
    "content", ["", "[]", "{}", '{"size": -1}', "[" * 5000, json.dumps({"size": 1, "root": "x", "head": "", "at": "", "public_key": "", "signature": ""})]
)  # fmt: skip
def test_what_is_no_checkpoint_is_refused(log: AuditLog, tmp_path: Path, content: str) -> None:
    file = tmp_path / "kept.json"
    file.write_text(content)
    with pytest.raises(InputError, match=r"kept\.json"):
        log.verify(file)


def test_the_command_line_signs_and_verifies(log: AuditLog, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path, kept = str(log.records.path), str(tmp_path / "kept.json")
    assert main(["log", "keys", str(tmp_path / "safe")]) == 0
    assert main(["log", "checkpoint", path, "--key", str(tmp_path / "safe" / "log-key.pem"), "--out", kept]) == 0
    assert log.root() in capsys.readouterr().out
    checked = [
        "log",
        "verify",
        path,
        "--checkpoint",
        kept,
        "--public-key",
        str(tmp_path / "safe" / KEY),
        "--json",
        str(tmp_path / "found.json"),
    ]
    assert main(checked) == 0
    again = Result.from_dict(json.loads((tmp_path / "found.json").read_text()))
    assert isinstance(again, LogVerification)
    rewrite(log, forged(log.read(), model="v9"))
    assert main(checked) == 1
    assert "written anew" in capsys.readouterr().out
    assert main(["log", "verify", str(tmp_path / "none.db")]) == 2
    assert main(["log", "checkpoint", str(tmp_path / "none.db"), "--out", kept]) == 2
    assert not (tmp_path / "none.db").exists()


def test_the_line_of_a_record_is_what_is_hashed(log: AuditLog) -> None:
    lines = journal_of(log.records.path).read_text().splitlines()
    assert [read_line(line) for line in lines] == log.read()
    assert str(len(lines)) in log.line()
    assert log.root() in log.line()


def test_a_log_without_a_record_is_new_and_not_damaged(tmp_path: Path) -> None:
    log = AuditLog(tmp_path / "log.db")
    assert (log.verify().findings[0].status, log.verify().problems) == ("not_enough_data", ())
    log.append("begun", {})
    log.records.journal.unlink()
    assert any("is missing" in each for each in log.verify().problems)
