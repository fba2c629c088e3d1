"""A table over the budget gives the rows that it would give if it were held whole."""

from functools import partial
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
from pyarrow import feather, parquet

from mlops_widgets.errors import TableError
from mlops_widgets.study import reading
from mlops_widgets.study.gathering import Limits, gather
from mlops_widgets.study.reading import TableInputs
from mlops_widgets.study.table_files import batches, entities, parquet_files, room, sampling
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
        whole = cap_rows(Table(ROWS, name="production"), max_rows=300, by=by, seed=0)
        assert_frame_equal(read.pandas(), whole.pandas())
        assert said in read.sampling[0]


def test_labels_written_in_several_ways_are_one_stratum(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text("y,i\n" + "".join(f"{'1' if i % 2 else '1.0' if i % 4 else '0'},{i}\n" for i in range(1000)))
    streamed, held = (read_table(path, name="t", target="y", max_rows=100, held_bytes=b) for b in (0, 2**20))
    assert_frame_equal(streamed.pandas(), held.pandas())
    assert streamed["y"].sum() == 75


def _parts(**given: Any) -> tuple[list[Table], list[str]]:
    passed = {"data": None, "reference": None, "test": None, "production": None, "split": None, **given}
    asked: dict[str, tuple[str, ...]] = dict.fromkeys(
        ("time", "label_time", "entity", "ids", "groups", "scores", "features"), ()
    )
    limits = Limits(max_rows=1000, seed=0)
    parts, notes = gather(TableInputs(**passed), None, asked, target="y", columns=(), limits=limits)
    return parts.all, notes


def test_data_in_memory_is_cut_first_and_each_part_sampled_of_all_its_rows() -> None:
    tables, notes = _parts(data=ROWS, split={"test": 0.1, "production": 0.01})
    assert [(table.rows, table.source_rows) for table in tables] == [(1000, 62_300), (1000, 7_000), (700, 700)]
    assert [note.split(",")[0] for note in notes] == ["reference: 1", "test: 1"]
    assert notes[0].startswith("reference: 1,000 of 62,300 rows, sampled at random, stratified by 'y'")


def test_a_stream_that_is_cut_is_sampled_first_with_three_budgets_and_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "read_table", partial(read_table, held_bytes=0))
    tables, notes = _parts(data=_file("parquet", tmp_path), split={"test": 0.3, "production": 0.01})
    assert [(table.rows, table.source_rows) for table in tables] == [(1000, 48_300), (900, 21_000), (30, 700)]
    assert notes == [
        (
            "data was sampled before it was cut: reference has 2,070 of about 48,300 rows, test 900 of about 21,000, production "
            "30 of about 700."
        ),
        "data: 3,000 of 70,000 rows, sampled at random, stratified by 'y' (max_rows=, seed 0).",
        (
            "reference: 1,000 of 2,070 rows (of about 48,300 in the source), sampled at random, stratified by 'y' (max_rows=, "
            "seed 0)."
        ),
    ]


def test_each_table_has_a_budget_of_its_own() -> None:
    tables, _ = _parts(test={"a": ROWS, "b": ROWS[:999]})
    assert [table.rows for table in tables] == [1000, 999]


# ---- which rows


@settings(max_examples=200)
@given(data=st.data(), rows=st.integers(2, 500), seed=st.integers(0, 99))
def test_each_stratum_keeps_its_share_to_less_than_a_row(data: st.DataObject, rows: int, seed: int) -> None:
    strata = np.array(data.draw(st.lists(st.integers(0, 6), min_size=rows, max_size=rows)))
    most = data.draw(st.integers(1, rows - 1))
    kept = choose_rows(rows, most, strata=strata, seed=seed)
    assert len(np.unique(kept)) == most
    found, whole = (np.bincount(each, minlength=7) for each in (strata[kept], strata))
    assert np.abs(found - whole * most / rows).max() < 1


def test_every_row_is_kept_as_often_as_any_other() -> None:
    strata = np.repeat([0, 1, 2, 3], [50, 3, 146, 1])
    kept = np.zeros(200)
    for seed in range(3000):
        kept[choose_rows(200, 40, strata=strata, seed=seed)] += 1 / 3000
    assert np.allclose([kept[strata == stratum].mean() for stratum in range(4)], 0.2, atol=0.025)


def test_tables_of_equal_length_are_drawn_apart() -> None:
    one, other = (cap_rows(Table(ROWS, name=name), max_rows=7_000, by=None, seed=0) for name in ("test", "production"))
    assert abs(np.isin(one["i"], other["i"]).mean() - 0.1) < 0.02


# ---- whole entities

MET = ROWS.assign(
    cust=np.random.default_rng(1).integers(0, 7_000, COUNT), name=lambda rows: "c" + rows["cust"].astype(str)
)
MET.loc[::100, "name"] = None


def _whole(column: str, kept: "pd.Series[Any]") -> bool:
    return MET[column].isin(kept.dropna()).sum() == kept.notna().sum()


@pytest.mark.parametrize("column", ["name", "kind"])
@pytest.mark.parametrize("form", ["parquet", "feather", "reader"])
def test_categories_with_gaps_and_unused_ones_are_told_apart_in_a_stream(
    form: str, column: str, tmp_path: Path
) -> None:
    kind = pd.Categorical(MET["y"].where(MET["i"] % 7 > 0), categories=["never", "stayed", "left", "asked"])
    rows = MET.assign(kind=kind, name=pd.Categorical(MET["name"], categories=["never", *MET["name"].dropna().unique()]))
    rows.to_parquet(tmp_path / "t.parquet")
    rows.to_feather(tmp_path / "t.feather")
    given = pa.Table.from_pandas(rows).to_reader(9_999) if form == "reader" else tmp_path / f"t.{form}"
    by, entity = ("kind", None) if column == "kind" else (None, "name")
    read = read_table(given, name="t", target=by, entity=entity, max_rows=900, held_bytes=0)
    whole = cap_rows(Table(rows, name="t"), max_rows=900, by=by, entity=entity, seed=0)
    assert read.sampling == whole.sampling
    assert list(read["i"]) == list(whole["i"])


@pytest.mark.parametrize("column", ["cust", "name"])
@pytest.mark.parametrize("form", ["csv", "parquet", "list", "pair", "reader", "relation"])
def test_whole_entities_are_drawn_the_same_from_a_stream_as_from_a_frame(
    form: str, column: str, tmp_path: Path
) -> None:
    whole = cap_rows(Table(MET, name="test"), max_rows=2_000, by="y", entity=column, seed=3)
    assert 1_950 < whole.rows <= 2_000
    assert _whole(column, whole[column])
    assert whole["i"].is_monotonic_increasing
    path: Any = tmp_path / "t.csv"
    MET.to_csv(path, index=False)
    MET.to_parquet(tmp_path / "t.parquet")
    MET[:30_000].to_parquet(tmp_path / "1.parquet")
    MET[30_000:].to_parquet(tmp_path / "2.parquet")
    given = {
        "csv": path, "parquet": tmp_path / "t.parquet", "list": [tmp_path / "1.parquet", tmp_path / "2.parquet"],
        "pair": (tmp_path / "t.parquet", MET["y"].rename("label")), "reader": pa.Table.from_pandas(MET).to_reader(9_999),
        "relation": duckdb.connect().from_df(MET),
    }[form]  # fmt: skip
    target = "label" if form == "pair" else "y"
    read = read_table(given, name="test", target=target, max_rows=2_000, entity=column, seed=3, held_bytes=0)
    assert_frame_equal(read.pandas()[list(MET)], whole.pandas())
    units = 7_000 if column == "cust" else MET["name"].nunique() + MET["name"].isna().sum()
    drawn = whole[column].nunique() + whole[column].isna().sum()
    assert read.sampling == whole.sampling == (
        (f"test: {whole.rows:,} of 70,000 rows: all those of {drawn:,} of {units:,} {column!r}, drawn at random (max_rows=, "
        "seed 3)."),
    )  # fmt: skip


def test_an_entity_is_torn_apart_only_where_few_would_be_left_and_a_note_says_so() -> None:
    few = MET.assign(cust=MET["cust"] % 30)
    table = cap_rows(Table(few, name="test"), max_rows=2_000, by="y", entity="cust", seed=0)
    assert (table.rows, table["cust"].nunique()) == (2_000, 30)
    assert table.sampling == (
        (
            "test: 2,000 of 70,000 rows, sampled at random, stratified by 'y' (max_rows=, seed 0). Rows of one 'cust' were torn "
            "apart (fewer than 20 whole ones would fit), so what they share looks smaller than it is."
        ),
    )
    without = read_table(ROWS, name="test", target="y", max_rows=2_000, entity="cust")
    assert "torn" not in without.sampling[0]


def test_entities_too_many_to_tell_apart_in_a_stream_are_torn_apart_and_a_note_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(entities, "_MOST_BYTES", 10_000)
    MET.to_parquet(tmp_path / "t.parquet")
    read = read_table(tmp_path / "t.parquet", name="t", target="y", max_rows=900, entity="name", held_bytes=0)
    assert read.rows == 900
    assert "stratified by 'y'" in read.sampling[0]
    assert "torn apart (they are too many, or of a type that can't be told apart), so" in read.sampling[0]


def test_the_largest_tables_are_drawn_row_by_row_and_a_note_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sampling, "_MOST_ORDERED", 60_000)
    said = cap_rows(Table(MET, name="t"), max_rows=900, by="y", entity="cust", seed=0).sampling[0]
    assert (
        "900 of 70,000 rows, sampled at random (max_rows=, seed 0). Rows of one 'cust' were torn apart (they are"
        in said
    )


def test_entities_of_any_cells_are_kept_whole_or_said_to_be_torn() -> None:
    listed = pd.DataFrame({"a": range(100), "who": [[i // 2] for i in range(100)]})
    assert "torn apart" in cap_rows(Table(listed, name="t"), max_rows=60, by=None, entity="who", seed=0).sampling[0]
    kinds = listed.assign(who=pd.Categorical(listed["a"] // 2))
    assert "30 of 50 'who'" in cap_rows(Table(kinds, name="t"), max_rows=60, by=None, entity="who", seed=0).sampling[0]


# ---- what is never read or held


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
