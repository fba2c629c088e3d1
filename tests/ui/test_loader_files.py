import errno
import gc
import os
import shutil
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from mlops_widgets.errors import InputError
from mlops_widgets.ui.loader import uploading
from mlops_widgets.ui.loader.browsing import MOST_ENTRIES, Kind, knows, list_folder, short_path, size_words
from mlops_widgets.ui.loader.uploading import CHUNK_BYTES, MOST_BYTES, Upload, safe_name


def names(folder: Path, kind: Kind = "table") -> list[str]:
    return [entry.name for entry in list_folder(folder, kind).entries]


def test_a_listing_has_folders_first_then_files_of_the_kind_each_sorted(tmp_path: Path) -> None:
    for name in ("b.csv", "A.parquet", "model.skops", "log.csv.gz", "notes.md", ".hidden.csv"):
        (tmp_path / name).write_bytes(b"12345")
    for name in ("zoo", "archive", ".git"):
        (tmp_path / name).mkdir()
    assert names(tmp_path) == ["archive", "zoo", "A.parquet", "b.csv", "log.csv.gz"]
    assert names(tmp_path, "model") == ["archive", "zoo", "model.skops"]
    file = list_folder(tmp_path, "table").entries[-1]
    assert (file.size, len(file.date)) == ("5 B", 10)


def test_it_leaves_the_folder_it_began_in_and_ends_at_the_top(tmp_path: Path) -> None:
    listing = list_folder(tmp_path, "table")
    assert listing.parent == str(tmp_path.resolve().parent)
    assert list_folder("/", "table").parent == ""
    assert "Nothing here can be chosen" in listing.note


def test_links_in_a_circle_end_in_words(tmp_path: Path) -> None:
    (tmp_path / "circle").symlink_to(tmp_path)
    (tmp_path / "itself").symlink_to(tmp_path / "itself")
    (tmp_path / "nowhere.csv").symlink_to(tmp_path / "gone.csv")
    assert names(tmp_path) == ["circle"]
    assert list_folder(tmp_path / "circle" / "circle", "table").folder == str(tmp_path.resolve())
    with pytest.raises(InputError, match="can't be opened"):
        list_folder(tmp_path / "itself", "table")


def test_a_pipe_is_never_offered(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.csv")
    assert names(tmp_path) == []


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda folder: folder / "gone", "there is none"),
        (lambda folder: folder / "file.csv", "it is a file"),
        (lambda folder: f"{folder}\0", "ValueError"),
    ],
)
def test_folders_that_cannot_be_opened_say_why(tmp_path: Path, make: Any, words: str) -> None:
    (tmp_path / "file.csv").touch()
    with pytest.raises(InputError, match=words):
        list_folder(make(tmp_path), "table")


def test_a_folder_that_may_not_be_read_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(path: Any) -> Any:
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(os, "scandir", refuse)  # a test that runs as root may read every folder
    with pytest.raises(InputError, match="you may not read it"):
        list_folder(tmp_path, "table")


def test_a_folder_of_parquet_files_or_of_mlflow_can_itself_be_chosen(tmp_path: Path) -> None:
    (tmp_path / "part-0.parquet").touch()
    assert list_folder(tmp_path, "table").usable
    assert not list_folder(tmp_path, "model").usable
    (tmp_path / "MLmodel").touch()
    assert list_folder(tmp_path, "model").usable


def test_a_long_listing_is_cut_and_says_how_much(tmp_path: Path) -> None:
    for number in range(MOST_ENTRIES + 3):
        (tmp_path / f"{number}.csv").touch()
    listing = list_folder(tmp_path, "table")
    assert len(listing.entries) == MOST_ENTRIES
    assert listing.note == "3 more aren't shown: type the path."


def test_paths_are_written_as_a_notebook_would(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert short_path(tmp_path / "data" / "log.csv") == str(Path("data") / "log.csv")
    assert short_path("/elsewhere/log.csv") == "/elsewhere/log.csv"


def test_sizes_are_written_in_words() -> None:
    assert [size_words(size) for size in (0, 999, 1_500, 12_000_000, 3_200_000_000)] == [
        "0 B", "999 B", "1.5 kB", "12 MB", "3.2 GB",
    ]  # fmt: skip


def test_databases_cannot_be_picked_since_they_need_a_select() -> None:
    assert not knows("store.duckdb", "table")
    assert knows("LOG.CSV.GZ", "table")


def upload(folder: Path, **options: Any) -> Upload:
    return Upload(folder, **{"name": "log.csv", "size": 10, "kind": "table", **options})


def left(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_pieces_become_the_file_only_when_all_have_come(tmp_path: Path) -> None:
    one = upload(tmp_path)
    assert not one.take(b"01234", index=0, digest=sha256(b"01234").hexdigest())
    assert [name.startswith(".upload-") for name in left(tmp_path)] == [True]
    assert one.take(memoryview(b"56789"), index=1)
    assert one.finish().read_bytes() == b"0123456789"
    assert left(tmp_path) == ["log.csv"]


def test_nothing_is_ever_replaced(tmp_path: Path) -> None:
    (tmp_path / "log.csv").write_text("mine")
    (tmp_path / "log-2.csv").symlink_to(tmp_path / "gone")
    one = upload(tmp_path)
    one.take(b"0" * 10, index=0)
    assert one.finish().name == "log-3.csv"
    assert (tmp_path / "log.csv").read_text() == "mine"


@pytest.mark.parametrize(
    ("pieces", "words"),
    [
        ([(b"01234", 1)], "piece 1 came where 0 was expected"),
        ([(b"01234", 0), (b"01234", 0)], "piece 0 came where 1 was expected"),
        ([(b"0" * 11, 0)], "more came than its 10 bytes"),
        ([(b"", 0)], "a piece has 0 bytes"),
        ([(b"0" * (CHUNK_BYTES + 1), 0)], "a piece has 4,000,001 bytes"),
        ([(b"01234", True)], "piece True came"),
        ([(b"01234", None)], "piece None came"),
    ],
)
def test_a_piece_that_does_not_fit_ends_the_upload_and_leaves_nothing(tmp_path: Path, pieces: Any, words: str) -> None:
    one = upload(tmp_path)
    *before, (last, number) = pieces
    for piece, index in before:
        one.take(piece, index=index)
    with pytest.raises(InputError, match=words):
        one.take(last, index=number)
    assert left(tmp_path) == []
    with pytest.raises(InputError, match="stopped before"):
        one.take(b"01234", index=0)


def test_a_piece_that_was_damaged_on_its_way_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="damaged"):
        upload(tmp_path).take(b"01234", index=0, digest="0" * 64)


def test_an_upload_that_is_not_complete_gets_no_name(tmp_path: Path) -> None:
    one = upload(tmp_path)
    one.take(b"01234", index=0)
    with pytest.raises(InputError, match="5 of 10 bytes came"):
        one.finish()
    assert left(tmp_path) == []


def test_what_was_stopped_or_forgotten_leaves_nothing(tmp_path: Path) -> None:
    one, other = upload(tmp_path), upload(tmp_path)
    one.cancel()
    one.cancel()
    del other
    gc.collect()
    assert left(tmp_path) == []


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"name": "run.sh"}, "isn't a table file"),
        ({"name": "model.skops"}, "isn't a table file"),
        ({"size": 0}, "has 0 B"),
        ({"size": MOST_BYTES + 1}, "copy a larger file to the server"),
        ({"size": "10"}, "has 0 B"),
        ({"size": -1}, "has 0 B"),
    ],
)
def test_what_cannot_be_taken_is_refused_before_it_comes(tmp_path: Path, options: Any, words: str) -> None:
    with pytest.raises(InputError, match=words):
        upload(tmp_path / "uploads", **options)
    assert left(tmp_path) == []


def test_a_full_disk_is_said_before_and_while_writing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Full:
        def write(self, chunk: Any) -> int:
            raise OSError(errno.ENOSPC, "No space left on device")

    one = upload(tmp_path)
    one._file.close()
    one._file = Full()
    with pytest.raises(InputError, match="the disk is full"):
        one.take(b"01234", index=0)
    assert left(tmp_path) == []
    monkeypatch.setattr(uploading.shutil, "disk_usage", lambda _: shutil._ntuple_diskusage(10, 9, 1))  # type: ignore[attr-defined]  # its own type
    with pytest.raises(InputError, match="the disk has 1 B left"):
        upload(tmp_path)


def test_a_folder_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    (tmp_path / "uploads").write_text("a file")
    with pytest.raises(InputError, match=r"can't be written into uploads/.*StudyLoader\(folder="):
        upload(tmp_path / "uploads")


@pytest.mark.parametrize(
    ("given", "safe"),
    [
        ("log.csv", "log.csv"),
        ("../../etc/passwd.csv", "passwd.csv"),
        ("C:\\data\\log.csv", "log.csv"),
        (".bashrc.csv", "bashrc.csv"),
        ("a\0b\n<i>.csv", "a_b__i_.csv"),
        ("CON.csv", "CON_.csv"),
        ("naïve Straße (1).csv", "naïve Straße (1).csv"),
        ("", "upload"),
        ("..", "upload"),
        ("x" * 300 + ".csv", "x" * 196 + ".csv"),
        ("漢" * 100 + ".csv", "漢" * 65 + ".csv"),
        ("COM1 .csv", "COM1 _.csv"),
        ("\u202egpj.csv", "_gpj.csv"),
    ],
)
def test_a_name_keeps_nothing_that_a_file_system_reads(given: str, safe: str) -> None:
    assert safe_name(given) == safe


def test_the_browser_cuts_files_into_pieces_as_large_as_one_may_be() -> None:
    source = (Path(uploading.__file__).parents[1] / "js" / "chunks.js").read_text()
    assert f"CHUNK_BYTES = {CHUNK_BYTES:_};" in source
