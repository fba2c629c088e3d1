"""The forms in which people keep a table, one function each: the same rows go in, what `load_study` takes comes out."""

import gzip
import sqlite3
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.feather
import pyarrow.parquet

Form = Callable[[pd.DataFrame, Path, str], Any]
"""Rows, a folder to write to and the target's column → what a user passes as a table."""


def pandas(frame: pd.DataFrame, folder: Path, target: str) -> pd.DataFrame:
    return frame


def pairs(frame: pd.DataFrame, folder: Path, target: str) -> tuple[pd.DataFrame, "pd.Series[Any]"]:
    return frame.drop(columns=target), frame[target]


def batches(frame: pd.DataFrame, folder: Path, target: str) -> list[pd.DataFrame]:
    half = len(frame) // 2
    return [frame[:half], frame[half:]]


def polars(frame: pd.DataFrame, folder: Path, target: str) -> pl.DataFrame:
    return pl.from_pandas(frame)


def polars_lazy(frame: pd.DataFrame, folder: Path, target: str) -> pl.LazyFrame:
    return pl.from_pandas(frame).lazy()


def arrow(frame: pd.DataFrame, folder: Path, target: str) -> pa.Table:
    return pa.Table.from_pandas(frame, preserve_index=False)


def duckdb_relation(frame: pd.DataFrame, folder: Path, target: str) -> duckdb.DuckDBPyRelation:
    return duckdb.connect().from_arrow(arrow(frame, folder, target))


def duckdb_query(frame: pd.DataFrame, folder: Path, target: str) -> tuple[Any, str]:
    connection = duckdb.connect()
    connection.register("log", arrow(frame, folder, target))
    return connection, "SELECT * FROM log"


def sqlite_connection(frame: pd.DataFrame, folder: Path, target: str) -> tuple[Any, str]:
    connection = sqlite3.connect(":memory:")
    _as_text(frame).to_sql("log", connection, index=False)
    return connection, "SELECT * FROM log"


def sqlite_file(frame: pd.DataFrame, folder: Path, target: str) -> Mapping[str, str]:
    path = folder / "log.sqlite"
    connection = sqlite3.connect(path)
    _as_text(frame).to_sql("log", connection, index=False)
    connection.close()
    return {"database": str(path), "sql": "SELECT * FROM log"}


def csv(frame: pd.DataFrame, folder: Path, target: str) -> Path:
    frame.to_csv(path := folder / "log.csv", index=False)
    return path


def csv_semicolons(frame: pd.DataFrame, folder: Path, target: str) -> Path:
    frame.to_csv(path := folder / "semicolons.csv", index=False, sep=";", decimal=",", encoding="utf-8-sig")
    return path


def tsv_gz(frame: pd.DataFrame, folder: Path, target: str) -> Path:
    path = folder / "log.tsv.gz"
    path.write_bytes(gzip.compress(frame.to_csv(index=False, sep="\t").encode()))
    return path


def csv_zst(frame: pd.DataFrame, folder: Path, target: str) -> str:
    path = folder / "log.csv.zst"
    with pa.output_stream(str(path), compression="zstd") as stream:
        stream.write(frame.to_csv(index=False).encode())
    return str(path)


def parquet(frame: pd.DataFrame, folder: Path, target: str) -> Path:
    frame.to_parquet(path := folder / "log.parquet")
    return path


def parquet_folder(frame: pd.DataFrame, folder: Path, target: str) -> Path:
    (path := folder / "parts").mkdir()
    for number, part in enumerate(batches(frame, folder, target)):
        part.to_parquet(path / f"part-{number}.parquet")
    return path


def feather(frame: pd.DataFrame, folder: Path, target: str) -> Path:
    pyarrow.feather.write_feather(arrow(frame, folder, target), path := folder / "log.feather")
    return path


def arrow_file(frame: pd.DataFrame, folder: Path, target: str) -> Path:
    table = arrow(frame, folder, target)
    with pa.OSFile(str(path := folder / "log.arrow"), "wb") as file, pa.ipc.new_file(file, table.schema) as writer:
        writer.write_table(table)
    return path


def json_lines(frame: pd.DataFrame, folder: Path, target: str) -> Path:
    frame.to_json(path := folder / "log.jsonl", orient="records", lines=True, date_format="iso", double_precision=15)
    return path


def _as_text(frame: pd.DataFrame) -> pd.DataFrame:
    """Return rows with categories as plain text, as databases keep them."""
    return frame.astype(dict.fromkeys(frame.select_dtypes("category"), object))


FORMS: tuple[Form, ...] = (
    pandas, pairs, batches, polars, polars_lazy, arrow, duckdb_relation, duckdb_query, sqlite_connection, sqlite_file,
    csv, csv_semicolons, tsv_gz, csv_zst, parquet, parquet_folder, feather, arrow_file, json_lines,
)  # fmt: skip
