"""Streams: the same batches whoever holds the rows, and clear refusals."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from pyarrow import parquet

from mlops_widgets.errors import InputError, TableError, UnknownNameError
from mlops_widgets.study.table_streams.streams import batch_rows, open_stream
from mlops_widgets.study.table_streams.typed_text import TypedText

FRAME = pd.DataFrame({"a": np.arange(70_000), "b": "x"})


def _sizes(data: Any) -> list[int]:
    return [batch.num_rows for batch in open_stream(data, name="table").batches()]


def test_batches_have_one_size_whatever_the_pieces(tmp_path: Path) -> None:
    table = pa.Table.from_pandas(FRAME)
    parquet.write_table(table, tmp_path / "t.parquet", row_group_size=9999)
    most = batch_rows(2)
    expected = [most, most, 70_000 - 2 * most]
    pieces = [FRAME[:100], FRAME[100:50_000], FRAME[50_000:]]
    sources = [FRAME, table, str(tmp_path / "t.parquet"), pieces, duckdb.sql("select * from FRAME")]
    assert [_sizes(data) for data in sources] == [expected] * 5


def test_rows_keep_their_order() -> None:
    batches = list(open_stream([FRAME[:40_000], FRAME[40_000:]], name="table").batches(["a"]))
    assert np.concatenate([batch["a"].to_numpy() for batch in batches]).tolist() == FRAME["a"].tolist()


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (pd.DataFrame({"a": []}), "no rows"),
        (pd.DataFrame(index=[0]), "no columns"),
        (pd.DataFrame([[1, 2]], columns=["a", "a"]), "repeated column names: a"),
        (pa.table([[1], [2]], names=["a", "a"]), "repeated column names: a"),
        ([pd.DataFrame({"a": [1]}), pd.DataFrame({"b": [1]})], "differ in columns"),
        ([pd.DataFrame({"a": [1]}), pd.DataFrame({"a": ["x"]})], "changes its types"),
        (5, "is int"),
        ("nowhere.csv", "no such file"),
    ],
)
def test_what_is_no_table_is_refused_in_words(data: Any, said: str) -> None:
    with pytest.raises(TableError, match=said):
        list(open_stream(data, name="table").batches())


def test_unknown_columns_are_refused() -> None:
    with pytest.raises(UnknownNameError, match="Did you mean 'a'"):
        list(open_stream(pd.DataFrame({"a": [1]}), name="table").batches(["aa"]))
    with pytest.raises(InputError, match="columns= is empty"):
        list(open_stream(pd.DataFrame({"a": [1]}), name="table").batches([]))


class _Lines:
    """A file of text whose two batches look like different types."""

    again = True
    reading = ""
    texts = ({"n": ["1", ""], "m": ["1", "2"], "e": ["", ""]}, {"n": ["2.5", "3"], "m": ["01", "x"], "e": ["", "7"]})

    def batches(self, columns: Sequence[str] | None = None) -> Iterator[pa.Table]:
        yield from map(pa.table, self.texts)

    def frame(self, rows: pa.Table) -> pd.DataFrame:
        return pd.DataFrame({name: self._typed(cells) for name, cells in rows.to_pydict().items()})

    def _typed(self, cells: list[str]) -> "pd.Series[Any]":
        read = pd.Series([None if cell == "" else cell for cell in cells], dtype=object)
        numbers = pd.to_numeric(read, errors="coerce")
        return numbers if numbers.notna().equals(read.notna()) else read


def test_a_column_of_text_files_has_the_type_of_the_whole_file() -> None:
    whole = pa.concat_tables(list(TypedText(_Lines()).batches()), promote_options="permissive").to_pydict()  # type: ignore[arg-type]
    assert whole == {"n": [1.0, None, 2.5, 3.0], "m": ["1", "2", "01", "x"], "e": [None, None, None, 7.0]}
