"""Nothing that was written is lost or altered unseen, whatever happens to the files."""

import os
import random
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from datetime import timedelta
from pathlib import Path

import pytest

from mlops_widgets.errors import InputError
from mlops_widgets.records import journal, open_records
from mlops_widgets.records.chain import START, make_record
from tests.records.stores import DAY, copied, filled, hurt, kept

PLACES = 200
_WRITER = """
import sys
from mlops_widgets.records import open_records
records = open_records(sys.argv[1])
for number in range(int(sys.argv[2])):
    print(records.append("work", {"n": number, "text": "x" * 3000}).number, flush=True)
"""


def writer(path: Path, records: int) -> "subprocess.Popen[str]":
    return subprocess.Popen([sys.executable, "-c", _WRITER, str(path), str(records)], stdout=subprocess.PIPE, text=True)


def test_what_was_appended_is_read_in_order_and_by_kind(tmp_path: Path) -> None:
    records = open_records(tmp_path / "a.db")
    written = [records.append(kind, {"n": n}, at=DAY + timedelta(days=n)) for n, kind in enumerate(["a", "b", "a"])]
    assert records.read() == written
    assert [record.number for record in records.read("a")] == [1, 3]
    assert records.read(after=2) == written[2:]
    assert open_records(tmp_path / "a.db").head == written[-1].digest


def test_a_new_store_is_empty_whole_and_its_owners_alone(tmp_path: Path) -> None:
    records = open_records(tmp_path / "a.db")
    assert (records.read(), records.head, records.verify(), records.recovered) == ([], START, [], ())
    records.append("a", {})
    assert {oct(path.stat().st_mode & 0o077) for path in (records.path, records.journal)} == {"0o0"}


@pytest.mark.parametrize("which", ["file", "journal", "both"])
def test_every_record_that_either_file_holds_whole_comes_back(tmp_path: Path, which: str) -> None:
    _, lines, head = kept()
    for place in range(PLACES // 3):
        chance = random.Random(f"{which} {place}")
        file, log = copied(tmp_path / "store")
        for each in {"file": [file], "journal": [log], "both": [file, log]}[which]:
            hurt(each, chance)
        whole = set(lines) if which != "both" else set(log.read_text(errors="replace").split("\n")) & set(lines)
        records = open_records(file)
        found = {record.line() for record in records.read()}
        assert whole <= found, (which, place)
        assert all(problem.known for problem in records.verify()), (which, place)
        assert open_records(file).recovered == (), (which, place)
        assert which == "both" or records.head == head, (which, place)


def test_what_neither_file_holds_is_said_by_number_and_the_rest_stays(tmp_path: Path) -> None:
    file, log = copied(tmp_path / "store")
    data, log_lines = file.read_bytes(), log.read_bytes().split(b"\n")
    file.write_bytes(data.replace(b'"batch":4', b'"batch":9'))
    log.write_bytes(b"\n".join([*log_lines[:4], b"{", *log_lines[5:]]))
    records = open_records(file)
    assert [record.number for record in records.read()] == [1, 2, 3, 4, *range(6, 14)]
    assert "Record 5 is lost" in records.recovered[1]
    assert records.read("recovery")[0].payload["lost"] == [[5, 5]]
    assert [(problem.number, problem.known) for problem in records.verify()] == [(5, True)]
    assert records.append("after", {}).number == 14


def test_the_damaged_files_are_kept_as_they_were(tmp_path: Path) -> None:
    file, log = copied(tmp_path / "store")
    file.write_bytes(b"\x00" * 5000)
    damaged = {file.read_bytes(), log.read_bytes()}
    records = open_records(file)
    assert {path.read_bytes() for path in file.parent.glob("*.damaged-*")} == damaged
    assert "12 records were recovered" in records.recovered[0]


@pytest.mark.parametrize("gone", ["file", "journal"])
def test_a_file_that_is_gone_is_made_anew_from_the_other(tmp_path: Path, gone: str) -> None:
    file, log = copied(tmp_path / "store")
    (file if gone == "file" else log).unlink()
    records = open_records(file)
    assert records.head == kept()[2]
    assert records.recovered != ()
    assert [record.line() for record in records.read()] == log.read_text().splitlines()


def test_an_edit_in_sqlite_is_never_returned_and_is_undone_from_the_journal(tmp_path: Path) -> None:
    file, _ = copied(tmp_path / "store")
    records = open_records(file)
    with sqlite3.connect(file) as connection:
        connection.execute("UPDATE records SET line = replace(line, '\"batch\":1', '\"batch\":7') WHERE number = 2")
    connection.close()
    assert [problem.number for problem in records.verify()] == [2, 2]
    with pytest.raises(InputError, match="changed or damaged"):
        records.read()
    assert [record.payload["batch"] for record in open_records(file).read()] == list(range(12))


def test_a_file_written_anew_differs_from_its_journal_and_is_told(tmp_path: Path) -> None:
    file, log = copied(tmp_path / "store")
    other = filled_otherwise(tmp_path / "other")
    file.write_bytes(other.read_bytes())
    records = open_records(file)
    assert "differently in the file and in its journal" in records.recovered[1]
    assert records.read("recovery")[0].payload["differs"] == [[1, 3]]
    written = log.read_text().splitlines()
    assert written == [record.line() for record in records.read()]
    assert written[:12] == kept()[1]  # of two records of one number the one stays that the next follows


def filled_otherwise(folder: Path) -> Path:
    folder.mkdir()
    records = open_records(folder / "store.db")
    for number in range(3):
        records.append("audit", {"forged": number}, at=DAY)
    return records.path


def test_a_kept_head_shows_that_the_end_was_cut_off(tmp_path: Path) -> None:
    file, log = copied(tmp_path / "store")
    records = open_records(file)
    head = records.head
    with sqlite3.connect(file) as connection:
        connection.execute("DELETE FROM records WHERE number > 9")
    connection.close()
    log.write_text("".join(f"{line}\n" for line in log.read_text().splitlines()[:9]))
    assert records.verify() == []
    assert "cut off" in records.verify(head)[0].what
    assert records.verify(START) == []


def test_what_was_journalled_and_not_committed_is_taken_over_by_whoever_appends_next(tmp_path: Path) -> None:
    records = filled(tmp_path, 2)
    half = make_record(3, "work", {"n": 1}, at=DAY, previous=records.head)
    journal.append_line(records.journal, half.line())
    assert records.append("work", {"n": 2}).previous == half.digest
    assert records.verify() == []
    assert "Record 3 is in the journal alone" in records.recovered[0]


def test_a_half_written_line_is_ended_and_does_no_harm(tmp_path: Path) -> None:
    records = filled(tmp_path, 2)
    with records.journal.open("ab") as file:
        file.write(b'{"at":"2026-01-05T00:00:00+00:00","dig')
    assert records.append("work", {}).number == 3
    again = open_records(records.path)
    assert (again.recovered, again.verify(), len(again.read())) == ((), [], 3)


def test_a_record_that_sqlite_refuses_is_taken_back_from_the_journal(tmp_path: Path) -> None:
    records = filled(tmp_path, 1)
    before = records.journal.read_bytes()
    with sqlite3.connect(records.path) as connection:
        connection.execute("CREATE TRIGGER no BEFORE INSERT ON records BEGIN SELECT raise(ABORT, 'no'); END")
    connection.close()
    with pytest.raises(InputError, match="can't be used"):
        records.append("work", {})
    assert records.journal.read_bytes() == before


def test_views_and_triggers_of_others_are_not_run_but_left_behind(tmp_path: Path) -> None:
    file, _ = copied(tmp_path / "store")
    with sqlite3.connect(file) as connection:
        connection.execute("CREATE TRIGGER wipe AFTER INSERT ON records BEGIN DELETE FROM records; END")
    connection.close()
    records = open_records(file)
    records.append("after", {})
    assert len(records.read()) == 13
    assert "triggers" in records.recovered[0]


def test_killed_writers_leave_what_they_acknowledged(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    for seen in (1, 7):
        with writer(path, 10_000) as process:
            assert process.stdout is not None
            said = [int(process.stdout.readline()) for _ in range(seen)]
            process.kill()
            said += [int(line) for line in process.stdout.read().split("\n") if line.strip()]
        numbers = [record.number for record in open_records(path).read()]
        assert numbers == list(range(1, len(numbers) + 1))
        assert set(said) <= set(numbers)
    assert open_records(path).verify() == []


def test_several_processes_append_one_chain(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    processes = [writer(path, 15) for _ in range(3)]
    said = sorted(int(line) for process in processes for line in process.communicate()[0].split())
    assert said == list(range(1, 46))
    assert open_records(path).verify() == []


@pytest.mark.parametrize("content", [b"hello", b"\x00" * 200, b"SQLite format 3\x00" + b"\xff" * 200])
def test_a_file_that_is_no_store_is_refused_and_left_alone(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "a.db"
    path.write_bytes(content)
    with pytest.raises(InputError, match="no store of records"):
        open_records(path)
    assert path.read_bytes() == content


def test_another_programs_database_is_refused_and_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE records (song TEXT)")
    connection.close()
    content = path.read_bytes()
    with pytest.raises(InputError, match="no store of records"):
        open_records(path)
    assert path.read_bytes() == content


def test_a_journal_of_something_else_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.db.journal.jsonl").write_text('{"song": 1}\n')
    with pytest.raises(InputError, match="holds no whole record"):
        open_records(tmp_path / "a.db")


def test_a_link_in_the_place_of_the_journal_is_never_written_through(tmp_path: Path) -> None:
    target = tmp_path / "theirs"
    target.write_text("")
    (tmp_path / "a.db.journal.jsonl").symlink_to(target)
    with pytest.raises(InputError, match="is a link"):
        open_records(tmp_path / "a.db")
    assert target.read_text() == ""


def test_paths_that_hold_no_store_are_named(tmp_path: Path) -> None:
    for path, words in [(str(tmp_path), "is a folder"), (str(tmp_path / "no" / "a.db"), "no folder"), ("a\0b", "no path"), (os.devnull, "no plain file")]:  # fmt: skip
        with pytest.raises(InputError, match=words):
            open_records(path)


def test_marks_of_addresses_in_a_name_are_letters_of_it(tmp_path: Path) -> None:
    path = tmp_path / "a?mode=ro#%41.db"
    open_records(path).append("a", {})
    assert path.is_file()
    assert len(open_records(path).read()) == 1


@pytest.mark.skipif(not hasattr(os, "setuid"), reason="no users to change to")
def test_where_nothing_can_be_written_a_store_is_read_and_says_so() -> None:
    folder = Path(tempfile.mkdtemp())
    filled(folder, 2)
    for path in (*folder.iterdir(), folder):
        path.chmod(0o555 if path.is_dir() else 0o444)
    code = """
import os, sys
from mlops_widgets.errors import InputError
from mlops_widgets.records import open_records
os.geteuid() or os.setuid(65534)
records = open_records(sys.argv[1])
print(len(records.read()), records.verify())
try:
    records.append("a", {})
except InputError as error:
    print(error)
"""
    done = subprocess.run(
        [sys.executable, "-c", code, str(folder / "store.db")], capture_output=True, text=True, check=True
    )
    assert done.stdout.splitlines()[0] == "2 []"
    assert "can't be written here" in done.stdout
    folder.chmod(0o755)
    shutil.rmtree(folder)
