"""How a text file is cut and spelt is found out, and said where it isn't what everyone expects."""

from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mlops_widgets.errors import TableError
from mlops_widgets.study.table_files.text_files import _whole_letters
from mlops_widgets.study.tables import Table, read_table

TEXT = "name,n\nZoë,1\nJürgen,2\n“quoted”,3\n"


def _read(folder: Path, content: bytes, file: str = "t.csv") -> Table:
    path = folder / file
    path.write_bytes(content)
    return read_table(path, name="test")


@pytest.mark.parametrize(
    ("encoding", "said"),
    [
        ("utf-8", ""),
        ("utf-8-sig", ""),
        ("utf-16", "test: t.csv is read as UTF-16."),
        ("cp1252", "test: t.csv isn't UTF-8 and is read as Western European (cp1252); if letters look wrong, save it"),
    ],
)
def test_an_encoding_other_than_utf_8_is_found_and_said(encoding: str, said: str, tmp_path: Path) -> None:
    table = _read(tmp_path, TEXT.encode(encoding))
    assert table.columns == ("name", "n")
    assert table["name"].tolist() == ["Zoë", "Jürgen", "“quoted”"]
    assert table.reading.startswith(said)
    assert bool(table.reading) == bool(said)


def test_bytes_that_cp1252_lacks_are_latin_1_and_one_letter_that_looks_like_utf_8_changes_nothing(
    tmp_path: Path,
) -> None:
    assert "(latin-1)" in _read(tmp_path, "a\n\x81é\nü\n".encode("latin-1")).reading
    assert "(cp1252)" in _read(tmp_path, ("a\nÃ©\n" + "é\n" * 20).encode("cp1252")).reading


@given(text=st.text(max_size=40), cut=st.integers(1, 20))
@settings(max_examples=60)
def test_a_letter_that_two_blocks_share_is_put_together(text: str, cut: int) -> None:
    content = text.encode("utf-8", errors="ignore")[:cut]
    if not content:
        return
    left = _whole_letters(content)
    content[:left].decode("utf-8")
    assert len(content) - left < 4


@pytest.mark.parametrize(
    ("file", "content", "names", "said"),
    [
        ("t.csv", "a\tb\n1\t2\n", "ab", "separated by tabs"),
        ("t.tsv", "a,b\n1,2\n", "ab", "separated by commas"),
        ("t.csv", "a;b\n1,5;2\n", "ab", "separated by semicolons, and numbers as with a decimal comma"),
        ("t.csv", "a;b\n1.5;x,y\n", "ab", "separated by semicolons."),
        ("t.csv", "a|b\n1|2\n", "ab", "vertical bars"),
        ("t.csv", "a\n1\n", "a", ""),
        ("t.csv", 'a,b\n"1;2",3\n', "ab", ""),
        ("t.csv", "a,b\r1,2\r", "ab", ""),
        ("t.csv", "a,b\r\n\r\n1,2\r\n   \r\n", "ab", ""),
        ("t.tsv", "a\tb, c\n1\t2\n", ("a", "b, c"), ""),
        ("t.csv", "first, last\tage\nDoe, J\t3\nRoe\t4\n", ("first, last", "age"), "tabs"),
    ],
)
def test_the_separator_is_found_and_said(file: str, content: str, names: str, said: str, tmp_path: Path) -> None:
    table = _read(tmp_path, content.encode(), file)
    assert table.columns == tuple(names)
    assert said in table.reading
    assert bool(table.reading) == bool(said)


def test_columns_without_a_name_are_called_as_pandas_calls_them_and_that_is_said(tmp_path: Path) -> None:
    pd.DataFrame({"a": [1, 2]}, index=[5, 6]).to_csv(tmp_path / "saved.csv")
    table = read_table(tmp_path / "saved.csv", name="test")
    assert table.columns == ("Unnamed: 0", "a")
    assert "A column without a name is called Unnamed: 0" in table.reading
    assert "ids=" in table.reading
    twice = _read(tmp_path, b",Unnamed: 0,a,\n0,0,1,2\n")
    assert len(set(twice.columns)) == 4
    assert "2 columns without a name" in twice.reading


def test_what_several_files_say_is_said_once(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("a;b\n1;2\n")
    table = read_table([tmp_path / "t.csv", tmp_path / "t.csv"], name="production")
    assert table.reading == "production: t.csv is read as separated by semicolons."
    assert table.rows == 2


def test_a_column_of_gaps_is_missing_and_leading_zeros_are_as_pandas_has_them(tmp_path: Path) -> None:
    table = _read(tmp_path, b"a,b,c\n,NA,01\n,x,2\n")
    assert table["a"].isna().all()
    assert table["b"].isna().tolist() == [True, False]
    assert table["c"].tolist() == [1, 2]


def test_more_columns_than_any_table_has_are_refused(tmp_path: Path) -> None:
    with pytest.raises(TableError, match="columns"):
        _read(tmp_path, (",".join(f"c{i}" for i in range(60_000)) + "\n").encode())
