"""Whatever form a table comes in, it is the same table."""

import gzip
import json
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pandas.testing import assert_frame_equal
from pyarrow import feather

from mlops_widgets.errors import TableError
from mlops_widgets.study.tables import read_table

ROWS = pd.DataFrame(
    {
        "a": [1, 2, 3],
        "b": [0.5, np.nan, -2.25],
        "c": ["x", 'Zoë, "z"', None],
        "y": [True, False, True],
    }
)


def _packed(path: Path, text: str, kind: str = "") -> Path:
    if kind == "gz":
        path.write_bytes(gzip.compress(text.encode()))
    elif kind == "zst":
        with pa.output_stream(str(path), compression="zstd") as stream:
            stream.write(text.encode())
    else:
        path.write_text(text, encoding="utf-8")
    return path


def _json_lines(frame: pd.DataFrame) -> str:
    return str(frame.to_json(orient="records", lines=True))


def _feather(path: Path, frame: pd.DataFrame) -> Path:
    feather.write_feather(frame, str(path))
    return path


def _stream(path: Path, frame: pd.DataFrame) -> Path:
    table = pa.Table.from_pandas(frame)
    with pa.OSFile(str(path), "wb") as file, pa.ipc.new_stream(file, table.schema) as writer:
        writer.write_table(table)
    return path


def _parquet(path: Path, frame: pd.DataFrame) -> Path:
    frame.to_parquet(path)
    return path


def _sqlite(path: Path, frame: pd.DataFrame) -> Path:
    with sqlite3.connect(path) as connection:
        frame.to_sql("t", connection, index=False)
    connection.close()
    return path


def _duckdb(path: Path, frame: pd.DataFrame) -> Path:
    with duckdb.connect(str(path)) as connection:
        connection.register("given", frame)
        connection.execute("CREATE TABLE t AS SELECT * FROM given")
    return path


def _lite_connection(path: Path) -> sqlite3.Connection:
    return sqlite3.connect(_sqlite(path, ROWS))


FORMS: dict[str, Callable[[Path], Any]] = {
    "pandas": lambda _: ROWS,
    "polars": lambda _: pl.from_pandas(ROWS),
    "polars lazy": lambda _: pl.from_pandas(ROWS).lazy(),
    "arrow": lambda _: pa.Table.from_pandas(ROWS),
    "arrow batch": lambda _: pa.RecordBatch.from_pandas(ROWS),
    "arrow reader": lambda _: pa.Table.from_pandas(ROWS).to_reader(2),
    "csv": lambda folder: _packed(folder / "t.csv", ROWS.to_csv(index=False)),
    "csv.gz": lambda folder: _packed(folder / "t.csv.gz", ROWS.to_csv(index=False), "gz"),
    "csv.zst": lambda folder: _packed(folder / "t.CSV.zst", ROWS.to_csv(index=False), "zst"),
    "tsv": lambda folder: _packed(folder / "t.tsv", ROWS.to_csv(index=False, sep="\t")),
    "tsv.gz": lambda folder: _packed(folder / "t.tsv.gz", ROWS.to_csv(index=False, sep="\t"), "gz"),
    "jsonl": lambda folder: _packed(folder / "t.jsonl", _json_lines(ROWS)),
    "ndjson.gz": lambda folder: _packed(folder / "t.ndjson.gz", _json_lines(ROWS), "gz"),
    "jsonl.zst": lambda folder: _packed(folder / "t.jsonl.zst", _json_lines(ROWS), "zst"),
    "parquet": lambda folder: _parquet(folder / "t.parquet", ROWS),
    "parquet folder": lambda folder: _parquet(folder / "t.parquet", ROWS).parent,
    "feather": lambda folder: _feather(folder / "t.feather", ROWS),
    "arrow file": lambda folder: _feather(folder / "t.arrow", ROWS),
    "arrow stream": lambda folder: _stream(folder / "t.arrow", ROWS),
    "duckdb relation": lambda _: duckdb.connect().from_df(ROWS),
    "duckdb file": lambda folder: (str(_duckdb(folder / "t.duckdb", ROWS)), "SELECT * FROM t"),
    "duckdb connection": lambda folder: (duckdb.connect(str(_duckdb(folder / "t.db", ROWS))), "SELECT * FROM t;"),
    "sqlite file": lambda folder: {"database": str(_sqlite(folder / "t.db", ROWS)), "sql": "SELECT * FROM t"},
    "sqlite connection": lambda folder: (_lite_connection(folder / "t.db"), "SELECT * FROM t -- all"),
    "path as text": lambda folder: str(_packed(folder / "t.csv", ROWS.to_csv(index=False))),
    "batches": lambda _: [ROWS[:1], pl.from_pandas(ROWS[1:])],
    "paths": lambda folder: [_packed(folder / "1.csv", ROWS[:2].to_csv(index=False)), _parquet(folder / "2.parquet", ROWS[2:])],
    "pair": lambda _: (ROWS.drop(columns="y"), ROWS["y"]),
    "pair with a path": lambda folder: (_parquet(folder / "t.parquet", ROWS.drop(columns="y")), ROWS[["y"]]),
}  # fmt: skip


@pytest.fixture(autouse=True)
def _closed(request: pytest.FixtureRequest) -> Any:
    """Connections are closed by whoever opened them."""
    yield
    given = request.node.funcargs.get("opened", [])
    for each in given:
        each.close()


@pytest.fixture
def opened() -> list[Any]:
    return []


def _made(form: str, folder: Path, opened: list[Any]) -> Any:
    data = FORMS[form](folder)
    if isinstance(data, tuple) and hasattr(data[0], "close"):
        opened.append(data[0])
    return data


@pytest.mark.parametrize("form", FORMS)
def test_every_form_holds_the_same_table(form: str, tmp_path: Path, opened: list[Any]) -> None:
    table = read_table(_made(form, tmp_path, opened), name="test", target="y")
    assert table.columns == ("a", "b", "c", "y")
    assert (table.rows, table.source_rows, table.sampling) == (3, 3, ())
    frame = table.pandas()
    assert frame["a"].astype(int).tolist() == [1, 2, 3]
    assert frame["b"].fillna(9).tolist() == [0.5, 9, -2.25]
    assert frame["c"].fillna("gap").tolist() == ["x", 'Zoë, "z"', "gap"]
    assert frame["y"].astype(bool).tolist() == [True, False, True]


@pytest.mark.parametrize("form", FORMS)
def test_every_form_gives_the_same_sample_within_the_budget_as_without(
    form: str, tmp_path: Path, opened: list[Any]
) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    held = read_table(_made(form, tmp_path / "a", opened), name="test", target="y", max_rows=2, seed=1)
    streamed = read_table(
        _made(form, tmp_path / "b", opened), name="test", target="y", max_rows=2, seed=1, held_bytes=-1
    )
    assert_frame_equal(held.pandas(), streamed.pandas())
    assert (held.source_rows, held.rows, held.sampling) == (3, 2, streamed.sampling)


def test_a_folder_cut_by_columns_has_them_and_differing_whole_numbers_are_one_type(tmp_path: Path) -> None:
    for year, kind in ((2023, "int32"), (2024, "int64")):
        (tmp_path / f"year={year}").mkdir()
        pd.DataFrame({"a": np.array([year, 1], dtype=kind)}).to_parquet(tmp_path / f"year={year}" / "p.parquet")
    (tmp_path / "_SUCCESS").touch()
    table = read_table(tmp_path, name="test")
    assert table.pandas().astype(int).to_numpy().tolist() == [[2023, 2023], [1, 2023], [2024, 2024], [1, 2024]]
    assert table["a"].dtype == np.int64


def test_nested_values_stay_in_their_cells_and_keys_may_be_absent(tmp_path: Path) -> None:
    path = _packed(tmp_path / "t.jsonl", '{"a": [1, 2], "y": 1}\n\n{"y": 0, "b": {"k": 1}}\n')
    table = read_table(path, name="test", target="y")
    assert table.columns == ("a", "y", "b")
    assert table["a"].iloc[0] == [1, 2]
    assert table["b"].iloc[1] == {"k": 1}


def test_only_the_columns_asked_for_are_read(tmp_path: Path) -> None:
    _packed(tmp_path / "t.csv", ROWS.to_csv(index=False))
    for path in (tmp_path / "t.csv", _parquet(tmp_path / "t.parquet", ROWS), _feather(tmp_path / "t.feather", ROWS)):
        assert set(read_table(path, name="labels", only=("y", "a", "gone")).columns) == {"a", "y"}


def test_paths_begin_in_the_working_directory_or_at_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _packed(tmp_path / "t.csv", "a\n1\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    assert read_table("t.csv", name="test").rows == read_table("~/t.csv", name="test").rows == 1
    with pytest.raises(TableError, match=r"no such file.*Did you mean 't\.csv'"):
        read_table("tt.csv", name="test")


def test_types_that_pandas_noted_come_back_from_parquet_and_arrow(tmp_path: Path) -> None:
    frame = pd.DataFrame(
        {
            "k": pd.Categorical(["b", "a"], categories=["b", "a"], ordered=True),
            "i": pd.array([1, None], dtype="Int64"),
            "t": pd.to_datetime(["2024-03-31 01:00", "2024-03-31 03:00"]).tz_localize("Europe/Berlin"),
        }
    )
    for path in (_parquet(tmp_path / "t.parquet", frame), _feather(tmp_path / "t.arrow", frame)):
        assert_frame_equal(read_table(path, name="test").pandas(), frame)


# ---- round trips

NUMBERS = st.one_of(st.none(), st.floats(allow_nan=False, width=64))
TEXTS = st.one_of(st.none(), st.text(st.characters(codec="utf-8", exclude_characters="\x00"), max_size=8))


@st.composite
def frames(draw: Any) -> pd.DataFrame:
    rows = draw(st.integers(1, 6))
    names = draw(st.lists(st.text("abc ,;|\"'é\t", min_size=1, max_size=4), min_size=1, max_size=4, unique=True))
    columns = {}
    for name in names:
        cells, dtype = draw(
            st.sampled_from([(NUMBERS, "float64"), (TEXTS, "str"), (st.integers(-(2**62), 2**62), "int64"), (st.booleans(), "bool")])
        )  # fmt: skip
        columns[name] = pd.Series(draw(st.lists(cells, min_size=rows, max_size=rows)), dtype=dtype)
    return pd.DataFrame(columns)


@given(frame=frames())
@settings(max_examples=40)
def test_binary_forms_come_back_as_they_were_written(
    frame: pd.DataFrame, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("written")
    for path in (_parquet(folder / "t.parquet", frame), _feather(folder / "t.feather", frame)):
        assert_frame_equal(read_table(path, name="test").pandas(), frame)
    assert_frame_equal(read_table(pa.Table.from_pandas(frame), name="test").pandas(), frame)


@given(frame=frames(), mark=st.sampled_from([",", "\t", ";", "|"]), rows=st.integers(1, 3))
@settings(max_examples=60)
def test_csv_comes_back_as_pandas_reads_it_and_streams_the_same(
    frame: pd.DataFrame, mark: str, rows: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = tmp_path_factory.mktemp("written") / ("t.tsv" if mark == "\t" else "t.csv")
    frame = frame.rename(columns={name: name.strip() + str(i) for i, name in enumerate(frame.columns)}).assign(z=1.5)
    frame.to_csv(path, index=False, sep=mark)
    table = read_table(path, name="test")
    theirs = pd.read_csv(path, sep=mark, low_memory=False)
    assert_frame_equal(table.pandas(), theirs)
    few = [read_table(path, name="test", target="z", max_rows=rows, held_bytes=held) for held in (2**20, -1)]
    assert few[0].source_rows == few[1].source_rows == len(frame)
    kept = [each.pandas().astype(str).to_numpy().tolist() for each in few]
    assert len(kept[0]) == len(kept[1]) == min(rows, len(frame))


@given(frame=frames())
@settings(max_examples=25)
def test_json_lines_come_back_as_they_were_written(
    frame: pd.DataFrame, tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = tmp_path_factory.mktemp("written") / "t.jsonl"
    records = [
        {k: None if pd.isna(v) else v for k, v in row.items()} for row in frame.astype(object).to_dict("records")
    ]
    path.write_text("\n".join(map(json.dumps, records)) + "\n", encoding="utf-8")
    read = read_table(path, name="test").pandas()
    for column in frame:
        kept = [None if pd.isna(cell) else cell for cell in read[column]]
        assert kept == [record[column] for record in records]
