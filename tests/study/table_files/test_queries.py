"""One SELECT, and nothing else, whatever the database."""

import sqlite3
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import pytest
import sqlalchemy

from mlops_widgets.errors import TableError
from mlops_widgets.study.reading import TableInputs, read_parts, target_name
from mlops_widgets.study.table_files.databases import query_file
from mlops_widgets.study.table_files.statements import check_statement
from mlops_widgets.study.tables import read_table

ROWS = [(1, "x", 0.5), (2, "it's; DROP", None)]
HOSTILE = [
    "DROP TABLE t",
    "SELECT 1; SELECT 2",
    "SELECT 1; DROP TABLE t",
    "SELECT 1 /* ; */; DROP TABLE t --",
    "WITH x AS (DELETE FROM t RETURNING *) SELECT * FROM x",
    "WITH x AS (INSERT INTO t VALUES (3, 'z', 1) RETURNING *) SELECT * FROM x",
    "INSERT INTO t VALUES (3, 'z', 1)",
    "UPDATE t SET a = 0",
    "COPY t TO 'stolen.csv'",
    "COPY (SELECT * FROM t) TO 'stolen.csv'",
    "ATTACH 'other.db' AS o",
    "PRAGMA query_only = 0",
    "PRAGMA database_list",
    "INSTALL httpfs",
    "LOAD httpfs",
    "SET enable_external_access = true",
    "SELECT * INTO u FROM t",
    "CREATE TABLE u AS SELECT * FROM t",
    "EXPLAIN ANALYZE DELETE FROM t",
    "CALL pragma_version()",
    "EXPORT DATABASE 'stolen'",
    "VACUUM",
    "",
    ";",
    "-- nothing",
    "SELECT '\x00'",
    "SELECT 1 /*! ; DROP TABLE t */",
    r"SELECT 'a\'; DROP TABLE t; --'",
    "SELECT /* /* */ ; DROP TABLE t; */ 1",
    "SELECT 'never closed",
]
READS_FILES = [
    "SELECT * FROM read_csv('/etc/passwd')",
    "SELECT * FROM read_text('/etc/passwd')",
    "SELECT * FROM glob('/etc/*')",
    "SELECT * FROM '/etc/passwd'",
    "SELECT * FROM read_parquet('https://example.org/t.parquet')",
    "SELECT load_extension('evil')",
    "SELECT writefile('stolen', 'x')",
    "SELECT readfile('/etc/passwd')",
    "SELECT * FROM sqlite_scan('other.db', 't')",
    "SELECT * FROM rows",  # a variable of Python's
]


@pytest.fixture
def lite(tmp_path: Path) -> Path:
    path = tmp_path / "lite.db"
    connection = sqlite3.connect(path)
    connection.execute("CREATE TABLE t (a INTEGER, b TEXT, c REAL)")
    connection.executemany("INSERT INTO t VALUES (?, ?, ?)", ROWS)
    connection.commit()
    connection.close()
    return path


@pytest.fixture
def duck(tmp_path: Path) -> Path:
    path = tmp_path / "duck.db"
    with duckdb.connect(str(path)) as connection:
        connection.execute("CREATE TABLE t (a INTEGER, b TEXT, c DOUBLE)")
        connection.executemany("INSERT INTO t VALUES (?, ?, ?)", ROWS)
    return path


@pytest.fixture(params=["sqlite3", "duckdb", "engine", "sqlalchemy", "other"])
def live(request: pytest.FixtureRequest, lite: Path, duck: Path) -> Iterator[Any]:
    if request.param == "duckdb":
        with duckdb.connect(str(duck)) as connection:
            yield connection
        return
    if request.param in {"engine", "sqlalchemy"}:
        engine = sqlalchemy.create_engine(f"sqlite:///{lite}")
        if request.param == "engine":
            yield engine
        else:
            with engine.connect() as connection:
                yield connection
        engine.dispose()
        return
    own = sqlite3.connect(lite)
    yield own if request.param == "sqlite3" else _Other(own)
    own.close()


class _Other:
    """A connection of a library that isn't known: cursors, and no more."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self.cursor = connection.cursor


def _rows(given: Any) -> list[tuple[Any, ...]]:
    frame = read_table(given, name="test").pandas()
    return [tuple(None if pd.isna(cell) else cell for cell in row) for row in frame.itertuples(index=False)]


def test_one_select_gives_its_rows_on_files_and_connections(live: Any, lite: Path, duck: Path) -> None:
    sql = "WITH u AS (SELECT * FROM t) SELECT a, b, c AS \"drop; it\" FROM u -- ';'\n WHERE b <> '; DELETE' ORDER BY a;"
    assert _rows((live, sql)) == ROWS
    assert _rows((lite, sql)) == _rows({"database": str(lite), "sql": sql}) == ROWS
    if not isinstance(live, duckdb.DuckDBPyConnection):  # open already, and not for reading only
        assert _rows((str(duck), sql)) == _rows({"database": duck, "sql": sql}) == ROWS


def test_whatever_is_no_single_select_is_refused_everywhere(live: Any, lite: Path, duck: Path) -> None:
    before = duck.read_bytes(), lite.read_bytes()
    for sql in HOSTILE:
        for given in (live, lite, duck):
            with pytest.raises(TableError, match=r"test=") as caught:
                read_table((given, sql), name="test")
            assert len(str(caught.value)) < 400, sql
    assert before == (duck.read_bytes(), lite.read_bytes())


def test_a_query_of_a_file_reaches_nothing_but_that_file(lite: Path, duck: Path, tmp_path: Path) -> None:
    rows = pd.DataFrame({"secret": [1]})
    assert len(rows)
    for sql in READS_FILES:
        for path in (lite, duck):
            with pytest.raises(TableError, match="can't be run"):
                read_table({"database": str(path), "sql": sql}, name="test")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["duck.db", "lite.db"]


@pytest.mark.parametrize(
    "sql",
    [
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n",
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i FROM n",
    ],
)
def test_an_endless_query_is_stopped(sql: str, lite: Path, duck: Path) -> None:
    for path in (lite, duck):
        rows = query_file(path, sql, name="test", most_seconds=0.2)
        with pytest.raises(TableError, match=r"took longer than 0.2 seconds"):
            for _ in rows.batches():
                pass
    assert not any(isinstance(thread, threading.Timer) and thread.is_alive() for thread in threading.enumerate())


def test_a_cell_without_bounds_is_refused(lite: Path) -> None:
    with pytest.raises(TableError, match="can't be run"):
        read_table((lite, "SELECT zeroblob(1000000000) AS a"), name="test")


def test_rows_with_long_cells_are_fetched_few_at_a_time(lite: Path) -> None:
    endless = "WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c) SELECT zeroblob(1000000) AS a FROM c"
    first = next(query_file(lite, endless, name="test").batches())
    assert 1 < first.num_rows < 300


def test_an_sqlite_connection_is_left_as_it_was(lite: Path) -> None:
    own = sqlite3.connect(lite)
    own.row_factory = sqlite3.Row
    assert _rows((own, "SELECT * FROM t")) == ROWS
    with pytest.raises(TableError, match="no such table"):
        read_table((own, "SELECT * FROM gone"), name="test")
    own.execute("INSERT INTO t VALUES (3, 'z', 1)")
    own.rollback()
    own.execute("PRAGMA query_only = 1")
    assert _rows((own, "SELECT * FROM t")) == ROWS
    assert own.execute("PRAGMA query_only").fetchone()[0] == 1
    own.close()


def test_a_transaction_of_the_users_stays_open(lite: Path) -> None:
    engine = sqlalchemy.create_engine(f"sqlite:///{lite}")
    with engine.connect() as connection:
        assert len(_rows((connection, "SELECT * FROM t"))) == 2
        assert not connection.in_transaction()
        connection.exec_driver_sql("INSERT INTO t VALUES (3, 'z', 1)")
        assert len(_rows((connection, "SELECT * FROM t"))) == 3
        assert connection.in_transaction()
        connection.rollback()
    engine.dispose()


def test_what_a_query_can_not_be_run_on_is_said(tmp_path: Path, lite: Path, duck: Path) -> None:
    (tmp_path / "text.db").write_text("hello")
    wrong: list[tuple[Any, str]] = [
        ((tmp_path / "text.db", "SELECT 1"), "is no DuckDB and no SQLite file"),
        ((tmp_path / "gone.db", "SELECT 1"), "no such file"),
        ((tmp_path, "SELECT 1"), "is a folder"),
        ((3, "SELECT 1"), "that is no connection"),
        ((sqlalchemy.text("x"), "SELECT 1"), "an engine or a connection"),
        ({"database": str(lite), "sql": 3}, "needs both as text"),
        ({"database": str(lite)}, "needs both as text"),
        ({"database": str(lite), "sql": "SELECT 1", "slq": 1}, "unknown key 'slq'.*Did you mean 'sql'"),
        ((lite, "SELECT a, b AS a FROM t"), "repeated column names: a"),
        ((lite, "SELECT * FROM t WHERE a > 9"), r"a header \(a, b, c\) but no rows"),
        ((lite, "SELECT a AS m FROM t UNION ALL SELECT 'x'"), "column 'm' of the query holds int and str"),
        ((duck, "SELECT gone FROM t"), "BinderException"),
    ]  # fmt: skip
    for given, message in wrong:
        with pytest.raises(TableError, match=message):
            read_table(given, name="test")
    with duckdb.connect(str(duck)), pytest.raises(TableError, match=r"If you have it open, pass \(connection, SQL\)"):
        read_table((duck, "SELECT * FROM t"), name="test")


def test_errors_of_a_query_quote_no_cell(duck: Path) -> None:
    with pytest.raises(TableError, match="ConversionException") as caught:
        read_table((duck, "SELECT CAST(b AS INTEGER) AS i FROM t"), name="test")
    assert "it's" not in str(caught.value)


def test_a_query_is_a_table_of_a_study_and_no_pair_and_no_named_tests(lite: Path) -> None:
    query = {"database": str(lite), "sql": "SELECT * FROM t"}
    inputs = TableInputs(data=None, reference=(lite, "SELECT * FROM t"), test=query, production=None, split=None)
    parts, _ = read_parts(inputs, {}, target="a", columns=(), seed=0)
    assert [(table.name, table.rows) for table in parts.all] == [("reference", 2), ("test", 2)]
    with pytest.raises(ValueError, match="target= is missing"):
        target_name(inputs)


def test_words_in_texts_names_and_comments_are_no_words() -> None:
    for sql in (
        "SELECT 'drop' AS a", 'SELECT "update" FROM t', "SELECT a /* delete */ FROM t", "(SELECT 1)",
        "SELECT replace(b, 'x', 'y') AS b, truncate(a, 1) AS c FROM t", "select updated_at from created",
    ):  # fmt: skip
        assert check_statement(sql, name="test") == sql
