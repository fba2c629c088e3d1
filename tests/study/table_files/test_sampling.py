"""A table over the budget gives the rows that it would give if it were held whole."""

from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from pandas.testing import assert_frame_equal
from pyarrow import feather, parquet

from mlops_widgets.errors import TableError
from mlops_widgets.study.reading import TableInputs, read_parts
from mlops_widgets.study.table_files import batches, parquet_files, room
from mlops_widgets.study.table_files.sampling import choose_rows
from mlops_widgets.study.table_files.spooling import Spool
from mlops_widgets.study.tables import Table, cap_rows, read_table

COUNT = 70_000  # more than two batches of every form
_RNG = np.random.default_rng(0)
ROWS = pd.DataFrame(
    {
        "i": np.arange(COUNT),
        "x": _RNG.normal(size=COUNT).round(3),
        "text": np.where(_RNG.random(COUNT) < 0.1, "a, \nb", "some longer words that fill the file a little"),
        "y": _RNG.choice(["asked", "left", "stayed"], COUNT, p=[0.01, 0.09, 0.9]),
    }
)


def _file(form: str, folder: Path) -> Any:
    path = folder / f"t.{form}"
    if form == "csv":
        ROWS.to_csv(path, index=False)
    elif form == "jsonl":
        ROWS.to_json(path, orient="records", lines=True)
    elif form == "parquet":
        ROWS.to_parquet(path)
    elif form == "feather":
        ROWS.to_feather(path)
    elif form == "relation":
        return duckdb.connect().from_df(ROWS)
    elif form == "lazy":
        return pl.from_pandas(ROWS).lazy()
    else:
        return pa.Table.from_pandas(ROWS).to_reader(9_999) if form == "reader" else ROWS
    return path


@pytest.mark.parametrize("form", ["csv", "jsonl", "parquet", "feather", "relation", "lazy", "reader", "pandas"])
def test_rows_picked_in_a_second_pass_are_those_of_capping_the_whole(form: str, tmp_path: Path) -> None:
    read = read_table(_file(form, tmp_path), name="test", target="y", max_rows=500, seed=3, held_bytes=10_000)
    whole = cap_rows(Table(ROWS, name="test"), max_rows=500, by="y", seed=3)
    assert_frame_equal(read.pandas(), whole.pandas())
    assert (read.rows, read.source_rows) == (500, COUNT)
    assert read.sampling == ("test: 500 of 70,000 rows, sampled at random, stratified by 'y' (max_rows=, seed 3).",)
    assert read.sampling == whole.sampling
    shares = read["y"].value_counts() / 500
    assert abs(shares["asked"] - (ROWS["y"] == "asked").mean()) < 0.003


def test_a_target_of_numbers_is_not_stratified_by_and_batches_count_as_one_table(tmp_path: Path) -> None:
    ROWS[:40_000].to_csv(tmp_path / "1.csv", index=False)
    ROWS[40_000:].to_parquet(tmp_path / "2.parquet")
    given = [tmp_path / "1.csv", tmp_path / "2.parquet"]
    for by, said in (
        ("x", "at random (max"),
        ("y", "stratified by 'y'"),
        ("gone", "at random (max"),
        (None, "at random ("),
    ):
        read = read_table(given, name="production", target=by, max_rows=300, held_bytes=0)
        assert_frame_equal(read.pandas(), cap_rows(Table(ROWS, name="t"), max_rows=300, by=by, seed=0).pandas())
        assert said in read.sampling[0]


def test_labels_written_in_several_ways_are_one_stratum(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text("y,i\n" + "".join(f"{'1' if i % 2 else '1.0' if i % 4 else '0'},{i}\n" for i in range(1000)))
    streamed, held = (read_table(path, name="t", target="y", max_rows=100, held_bytes=b) for b in (0, 2**20))
    assert_frame_equal(streamed.pandas(), held.pandas())
    assert streamed["y"].sum() == 75


def test_data_that_is_cut_into_parts_may_hold_three_budgets() -> None:
    inputs = TableInputs(data=ROWS, reference=None, test=None, production=None, split=0.5)
    asked: dict[str, tuple[str, ...]] = {"time": (), "entity": ()}
    parts, _ = read_parts(inputs, asked, target="y", columns=(), seed=0, max_rows=1000)
    assert [table.rows for table in parts.all] == [1500, 1500]
    assert parts.all[0].sampling[0].startswith("data: 3,000 of 70,000 rows")
    inputs = TableInputs(data=None, reference=None, test={"a": ROWS}, production=None, split=None)
    parts, _ = read_parts(inputs, asked, target="y", columns=(), seed=0, max_rows=1000)
    assert parts.tests["a"].rows == 1000


def test_the_largest_tables_are_drawn_without_putting_their_rows_in_order() -> None:
    kept = choose_rows(10**9, 1000, strata=None, seed=0)
    assert len(np.unique(kept)) == 1000
    assert (np.diff(kept) > 0).all()


def test_a_file_of_few_bytes_with_too_many_rows_is_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "t.parquet"
    parquet.write_table(pa.table({"a": pa.repeat(7, 1_000_000)}), path)
    assert path.stat().st_size < 10_000
    assert read_table(path, name="test", max_rows=10, held_bytes=0).rows == 10
    monkeypatch.setattr(parquet_files, "MOST_ROWS", 999_999)
    with pytest.raises(TableError, match=r"has 1,000,000 rows or more; at most .* Sample it first"):
        read_table(path, name="test", max_rows=10)
    monkeypatch.setattr(parquet_files, "MOST_ROWS", 10**9)
    monkeypatch.setattr(batches, "MOST_ROWS", 999_999)
    with pytest.raises(TableError, match="Sample it first"):
        read_table(path, name="test", max_rows=10, held_bytes=0)


@pytest.mark.parametrize("held_bytes", [0, 2**30])
def test_rows_that_memory_cant_hold_are_not_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, held_bytes: int
) -> None:
    path = tmp_path / "t.feather"
    feather.write_feather(pa.table({"a": pa.nulls(100_000), "b": ["a long text"] * 100_000}), path)
    monkeypatch.setattr(room, "most_bytes", lambda: 1_000_000)
    assert read_table(path, name="test", max_rows=1000, held_bytes=0).rows == 1000
    with pytest.raises(TableError, match=r"test= takes more than 0\.0 GB of memory.*max_rows="):
        read_table(path, name="test", max_rows=99_999, held_bytes=held_bytes)
    with pytest.raises(TableError, match="takes more than"):
        read_table(path, name="labels")


def test_cells_that_take_nothing_in_a_file_count_as_what_pandas_makes_of_them() -> None:
    shared = pa.array(["x" * 1000] * 10).cast(pa.string_view())
    assert room.bytes_as_frame(pa.table({"a": pa.nulls(10), "b": shared})) > 10_000


def test_rows_laid_down_on_disk_go_with_their_reader_and_have_a_limit() -> None:
    given = [pa.table({"a": [1, 2]}), pa.table({"a": pa.nulls(2)})]
    spool = Spool(given, [], name="test")
    folder = Path(spool._folder.name)
    assert folder.stat().st_mode & 0o077 == 0
    assert [table["a"].to_pylist() for table in spool.batches()] == [[1, 2], [None, None]]
    spool.close()
    assert not folder.exists()
    with pytest.raises(TableError, match="Is it endless"):
        Spool(given, [], name="test", most_bytes=100)
