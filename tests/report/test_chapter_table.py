from pathlib import Path

import pandas as pd
import pytest

from mlops_widgets.errors import TableError, UnknownNameError
from mlops_widgets.report.chapter import build_chapter
from mlops_widgets.study.samples.catalogue import sample


def test_a_table_without_a_model_opens_beside_the_sample(tmp_path: Path) -> None:
    path = tmp_path / "rows.csv"
    pd.DataFrame({"a": [1, 2, 3], "b": ["x", "y", "z"]}).to_csv(path, index=False)
    chapter = build_chapter({"study": None, "table": str(path)}, {})
    assert chapter.table is not None
    assert (chapter.table.rows, chapter.table.columns) == (3, ("a", "b"))
    assert f"-p table {path}" in chapter.command(4).command_line
    assert build_chapter({"study": None, "table": None}, {}).table is None


def test_a_table_in_memory_is_named_by_the_file_that_it_has_to_be_saved_as() -> None:
    chapter = build_chapter({"study": None, "table": pd.DataFrame({"a": [1, 2, 3]})}, {})
    for study in (None, sample("census")):
        commands = chapter.command(4, study=study)
        assert "-p table table.parquet" in commands.command_line
        assert "First save the table as table.parquet." in commands.note


def test_a_table_that_cant_be_read_is_named() -> None:
    with pytest.raises(TableError, match="table"):
        build_chapter({"study": None, "table": "no-such-file.csv"}, {})


def test_a_chapter_that_takes_no_table_says_so() -> None:
    with pytest.raises(UnknownNameError, match="'table'"):
        build_chapter({"study": None, "guess": None}, {"table": "rows.csv"})


def test_a_chapter_says_which_sample_it_opens_where_none_is_named(tmp_path: Path) -> None:
    chapter = build_chapter({"study": None}, {}, folder=tmp_path, usual="loans+dirty")
    assert "loans+dirty" in chapter.chosen
    assert chapter.study.truth is not None
    assert "typed_twice" in chapter.study.truth["test"]
