"""Files that can't be read are answered in words, and nothing of them is lost in silence."""

import gzip
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from pyarrow import feather

from mlops_widgets.errors import TableError
from mlops_widgets.study.table_files import text_files
from mlops_widgets.study.table_files.paths import FileSource
from mlops_widgets.study.tables import read_table

FRAME = pd.DataFrame({"a": np.arange(1000), "y": "word"})


def _bytes(form: str, folder: Path) -> bytes:
    path = folder / f"whole.{form}"
    if form == "parquet":
        FRAME.to_parquet(path)
    elif form in {"feather", "arrow"}:
        feather.write_feather(FRAME, str(path))
    elif form.startswith("jsonl"):
        path.write_bytes(FRAME.to_json(orient="records", lines=True).encode())
    else:
        FRAME.to_csv(path, index=False)
    found = path.read_bytes()
    return gzip.compress(found) if form.endswith(".gz") else found


@pytest.mark.parametrize(
    ("file", "content", "message"),
    [
        ("t.csv", b"", "is empty"),
        ("t.csv", b"\xef\xbb\xbf\n\n", "is empty"),
        ("t.jsonl", b"\n", "is empty"),
        ("t.csv.gz", gzip.compress(b"", mtime=0), "is empty"),
        ("t.csv", b"a,y\n", r"has a header \(a, y\) but no rows"),
        ("t.csv", b"a,b,a\n1,2,3\n", "repeated column names: a. Give"),
        ("t.csv", b"a,b\n1,2\n3,4,5\n", "row 3 has 3 cells, the header 2"),
        ("t.csv", b"a,b\n1,2\n3\n", "row 3 has 1 cell, the header 2"),
        ("t.csv", b"Report of May\na,b\n1,2\n", "delete lines above the header"),
        ("t.csv", b"a,b\n1,\x00\n", "line 2 holds bytes that no text holds"),
        ("t.csv", "a,b\né,1\nü,2\n".encode() + b"\xe9,3\n", "mixes encodings: line 4 isn't UTF-8"),
        ("t.csv", b"\xef\xbb\xbfa,b\n\xe9,3\n", "mixes encodings: line 2"),
        ("t.csv", b"\xff\xfe\x00\xd8", "begins as UTF-16"),
        ("t.csv", b"\x01\x02\x80\xff\x9d", "is no text"),
        ("t.csv", b"PAR1....", "is a Parquet file"),
        ("t.csv", b"PK\x03\x04....", "spreadsheet"),
        ("t.csv", gzip.compress(b"a\n1\n", mtime=0), r"packed by gzip.*\.gz"),
        ("t.csv", b'a,b\n1,"2\n3,4\n', "a quotation mark is never closed"),
        ("t.jsonl", b'{"a": 1}\n{"a": }\n', "line 2 is no JSON"),
        ("t.jsonl", b'{"a": 1}\n3\n', "line 2 is no object"),
        ("t.jsonl", b'[{"a": 1}]\n', "begins a list"),
        ("t.jsonl", b'{"a": 1, "a": 2}\n', "names a column twice"),
        ("t.jsonl", b'{"a": ' + b"[" * 100_000 + b"\n", "line 1 is no JSON"),
        ("t.jsonl", b'{"a": ' + b"9" * 5_000 + b"}\n", "line 1 is no JSON"),
        ("t.parquet", b"", "damaged, not whole"),
        ("t.arrow", b"", "damaged, not whole"),
        ("t.feather", b"FEA1" + b"\0" * 50, "Feather of the first version"),
        ("t.csv.zst", b"a,b\n1,2\n", "damaged, not whole"),
        ("t.parquet.gz", b"", "files end in"),
        ("t.xlsx", b"", "files end in"),
    ],
)  # fmt: skip
def test_a_file_that_is_no_table_says_why(file: str, content: bytes, message: str, tmp_path: Path) -> None:
    path = tmp_path / file
    path.write_bytes(content)
    for most in (None, 1):
        with pytest.raises(TableError, match=message) as caught:
            read_table(path, name="test", max_rows=most, held_bytes=0)
        assert str(caught.value).startswith("test=")
        assert len(str(caught.value)) < 500


@pytest.mark.parametrize("form", ["parquet", "feather", "arrow", "csv.gz", "jsonl.gz"])
def test_a_file_cut_off_is_refused(form: str, tmp_path: Path) -> None:
    whole = _bytes(form, tmp_path)
    path = tmp_path / f"t.{form}"
    for share in (0.3, 0.6, 0.97):
        path.write_bytes(whole[: int(share * len(whole))])
        with pytest.raises(TableError, match="damaged, not whole"):
            read_table(path, name="test")


def test_folders_and_things_that_are_no_files_are_told_apart(tmp_path: Path) -> None:
    pipe = tmp_path / "t.csv"
    os.mkfifo(pipe)
    with pytest.raises(TableError, match="a pipe or device"):
        read_table(pipe, name="test")
    (tmp_path / "zero.csv").symlink_to("/dev/zero")
    with pytest.raises(TableError, match="a pipe or device"):
        read_table(tmp_path / "zero.csv", name="test")
    (tmp_path / "folder.csv").mkdir()
    os.mkfifo(tmp_path / "folder.csv" / "p.parquet")
    with pytest.raises(TableError, match=r"a folder without \.parquet"):
        read_table(tmp_path / "folder.csv", name="test")
    for odd in ("a\x00.csv", "~nobody_here/t.csv", "x" * 5000 + ".csv", str(pipe / "t.csv")):
        with pytest.raises(TableError, match=r"no path|no such file") as caught:
            read_table(odd, name="test")
        assert len(str(caught.value)) < 500


def test_a_folder_of_differing_files_says_how_they_differ(tmp_path: Path) -> None:
    for name, columns in (("a", {"x": [1], "y": [1]}), ("b", {"x": [1], "z": [1]})):
        pd.DataFrame(columns).to_parquet(tmp_path / f"{name}.parquet")
    with pytest.raises(TableError, match=r"b\.parquet and a\.parquet differ in columns y, z"):
        read_table(tmp_path, name="test")
    pd.DataFrame({"x": ["t"], "y": [1]}).to_parquet(tmp_path / "b.parquet")
    with pytest.raises(TableError, match="differ in types"):
        read_table(tmp_path, name="test")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_that_may_not_be_read_says_so(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text("a\n1\n")
    path.chmod(0)
    with pytest.raises(TableError, match="may not be read by this user"):
        read_table(path, name="test")


@pytest.mark.parametrize("form", ["csv", "parquet", "jsonl"])
@pytest.mark.parametrize("change", [lambda old: old[: len(old) // 2], lambda old: old + b"\n", lambda _: b""])
def test_a_file_that_changes_while_it_is_read_is_refused(
    form: str, change: Callable[[bytes], bytes], tmp_path: Path
) -> None:
    path = tmp_path / f"t.{form}"
    path.write_bytes(_bytes(form, tmp_path))
    source = FileSource(path, name="test")
    source.count(None, most_rows=10, held_bytes=0)
    path.write_bytes(change(path.read_bytes()))
    with pytest.raises(TableError, match="changed while it was read"):
        source.pick(np.array([1, 2]))


def test_a_line_without_an_end_is_not_held(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(text_files, "BLOCK_BYTES", 2**20)
    path = tmp_path / "t.csv.gz"
    with gzip.open(path, "wb", compresslevel=1) as file:
        file.write(b"a,b\n1,2\n")
        for _ in range(6):
            file.write(b"1" * 2**20)
    with pytest.raises(TableError, match="line 3 is longer than 2 MB"):
        read_table(path, name="test")
    path.write_bytes(gzip.compress(b'a,b\n1,"' + b"1\n" * 5_000_000, 1))
    with pytest.raises(TableError, match="quotation mark never closed"):
        read_table(path, name="test")


def test_a_line_whose_returns_hide_that_it_has_no_end_is_not_held(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(text_files, "BLOCK_BYTES", 2**20)
    path = tmp_path / "t.jsonl.gz"
    path.write_bytes(gzip.compress(b'{"a": 1}\n{"b": ' + b" \r" * 2**21, 1))
    with pytest.raises(TableError, match="line 2 is longer than 2 MB"):
        read_table(path, name="test")


def test_errors_quote_no_cell(tmp_path: Path) -> None:
    for file, content in (("t.csv", "a,b\n1,2\nJane Doe,4,5\n"), ("t.jsonl", '{"a": 1}\n{"a": Jane Doe}\n')):
        (tmp_path / file).write_text(content)
        with pytest.raises(TableError) as caught:
            read_table(tmp_path / file, name="test")
        assert "Jane" not in str(caught.value)


def test_huge_cells_and_names_make_no_huge_messages(tmp_path: Path) -> None:
    long = "x" * 100_000
    for content in (f"{long},{long}\n1,2\n", f"a,b\n{long}\n", f"{long}\n"):
        (tmp_path / "t.csv").write_text(content)
        with pytest.raises(TableError) as caught:
            read_table(tmp_path / "t.csv", name="test")
        assert len(str(caught.value)) < 500


# ---- whatever the bytes


@pytest.mark.parametrize("form", ["csv", "tsv.gz", "jsonl", "parquet", "feather", "arrow"])
def test_any_bytes_give_a_table_or_an_error_of_ours(form: str, tmp_path: Path) -> None:
    path = tmp_path / f"t.{form}"
    whole = _bytes(form, tmp_path)[:60_000]

    @settings(max_examples=40)
    @given(content=st.binary(max_size=60), data=st.data())
    @example(content=b"a\r1\r2", data=None)
    def look(content: bytes, data: Any) -> None:
        if data is not None and data.draw(st.booleans()):
            at = data.draw(st.integers(0, len(whole) - 1))
            content = whole[:at] + content + whole[at + len(content) :]
        path.write_bytes(content)
        for most in (None, 1):
            try:
                assert read_table(path, name="test", target="y", max_rows=most, held_bytes=0).rows > 0
            except TableError as error:
                assert 20 < len(str(error)) < 1000  # noqa: PT017 - either is right

    look()


def test_arrow_batches_of_wrong_offsets_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "t.arrow"
    feather.write_feather(pd.DataFrame({"a": ["abcd", "efgh"]}), str(path), compression="uncompressed")
    right, wrong = (np.array([0, 4, last], dtype=np.int64).tobytes() for last in (8, 4_000_000))
    content = path.read_bytes()
    assert content.count(right) == 1
    path.write_bytes(content.replace(right, wrong))
    with pytest.raises(TableError, match="damaged"):
        read_table(path, name="test")


@pytest.mark.parametrize("name", ["cb.duckdb", "s.db", "s.SQLITE"])
def test_a_database_is_to_come_with_its_query(name: str) -> None:
    with pytest.raises(TableError, match=rf"""Pass it with the query .*: test=\('{name}', "SELECT …"\)\."""):
        read_table(name, name="test")
