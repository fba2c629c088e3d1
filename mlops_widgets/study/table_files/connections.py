"""One SELECT on a connection of the user's own: with their rights, and nothing left changed."""

import sqlite3
from collections.abc import Generator
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING, Any

from mlops_widgets.errors import TableError
from mlops_widgets.study.table_files.databases import cursor_rows, duckdb_tables, query_error
from mlops_widgets.study.table_files.results import QueryResult
from mlops_widgets.study.table_files.statements import check_statement

if TYPE_CHECKING:
    import pyarrow as pa


def query_connection(connection: Any, sql: str, *, name: str) -> QueryResult:  # noqa: ANN401 - any connection
    """Return the rows that one SELECT gives on an open connection.

    Parameters
    ----------
    connection
        Of DuckDB, sqlite3, SQLAlchemy (an engine too), or any other library with cursors as Python's DB-API has them.
    sql, name
        The query, and the argument that both were passed as.

    Raises
    ------
    TableError
        If it is no connection, or the query no single SELECT. While the rows are read: if it can't be run.
    """
    statement = check_statement(sql, name=name)
    library = type(connection).__module__.partition(".")[0]
    if library in {"duckdb", "_duckdb"}:
        rows = duckdb_tables(connection, statement, name=name)
    elif isinstance(connection, sqlite3.Connection):
        rows = _sqlite_rows(connection, statement, name=name)
    elif library == "sqlalchemy":
        rows = _sqlalchemy_rows(connection, statement, name=name)
    elif callable(getattr(connection, "cursor", None)):
        rows = _cursor_rows(connection, statement, name=name)
    else:
        raise TableError(
            f"{name}=({type(connection).__name__[:100]}, SQL): that is no connection. Pass one of DuckDB, sqlite3, "
            "SQLAlchemy or another library with cursors, or the path of a DuckDB or SQLite file."
        )
    return QueryResult(_said(rows, name=name), name=name)


def _said(rows: "Generator[pa.Table, None, None]", *, name: str) -> "Generator[pa.Table, None, None]":
    with closing(rows):
        try:
            yield from rows
        except TableError:
            raise
        except Exception as error:  # every library has errors of its own
            raise query_error(error, name=name) from error


def _sqlite_rows(connection: sqlite3.Connection, sql: str, *, name: str) -> "Generator[pa.Table, None, None]":
    with _read_only(connection), closing(connection.cursor()) as cursor:
        cursor.row_factory = None
        yield from cursor_rows(cursor.execute(sql), name=name)


@contextmanager
def _read_only(connection: sqlite3.Connection) -> Generator[None, None, None]:
    """Keep an SQLite connection from writing meanwhile."""
    with closing(connection.cursor()) as cursor:
        cursor.row_factory = None
        before = int(cursor.execute("PRAGMA query_only").fetchone()[0])
        cursor.execute("PRAGMA query_only = 1")
        try:
            yield
        finally:
            cursor.execute(f"PRAGMA query_only = {before}")


def _sqlalchemy_rows(given: Any, sql: str, *, name: str) -> "Generator[pa.Table, None, None]":  # noqa: ANN401
    if not hasattr(given, "exec_driver_sql"):
        if not hasattr(given, "connect"):
            raise TableError(
                f"{name}=({type(given).__name__[:100]}, SQL): pass an engine or a connection of SQLAlchemy."
            )
        with given.connect() as connection:
            yield from _sqlalchemy_rows(connection, sql, name=name)
        return
    begun = given.in_transaction()
    try:
        result = given.exec_driver_sql(sql, execution_options={"stream_results": True})
        yield from cursor_rows(_Described(result), name=name)
        result.close()
    finally:
        if not begun:
            given.rollback()


class _Described:
    """A result of SQLAlchemy with the face of a cursor."""

    def __init__(self, result: Any) -> None:  # noqa: ANN401 - SQLAlchemy isn't a dependency
        self.description = [(column,) for column in result.keys()] if result.returns_rows else None  # noqa: SIM118
        self.fetchmany = result.fetchmany


def _cursor_rows(connection: Any, sql: str, *, name: str) -> "Generator[pa.Table, None, None]":  # noqa: ANN401
    with closing(connection.cursor()) as cursor:
        cursor.execute(sql)
        yield from cursor_rows(cursor, name=name)
