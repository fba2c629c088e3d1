"""Database files that someone else may have named: opened for reading, locked, and only for so long."""

import sqlite3
from collections.abc import Generator
from contextlib import closing, contextmanager
from pathlib import Path
from threading import Timer
from typing import TYPE_CHECKING, Any

from mlops_widgets.errors import TableError
from mlops_widgets.study.table_files.frames import relation_tables
from mlops_widgets.study.table_files.results import FETCHED_ROWS, QueryResult, arrow_rows
from mlops_widgets.study.table_files.statements import check_statement
from mlops_widgets.study.table_files.text_files import MOST_LINE_BYTES

if TYPE_CHECKING:
    import pyarrow as pa

MOST_SECONDS = 600.0
"""How long a query of a database file may take."""

_MOST_CELL_BYTES = MOST_LINE_BYTES
_BATCH_BYTES = 64 * 2**20
_CELLS_AT_ONCE = 200
_LOCKED: dict[str, str | bool | int | float | list[str]] = {
    "enable_external_access": "false", "autoinstall_known_extensions": "false", "autoload_known_extensions": "false",
    "allow_community_extensions": "false", "python_enable_replacements": "false", "memory_limit": "2GB",
    "temp_directory": "", "lock_configuration": "true",
}  # fmt: skip
_READING = {
    sqlite3.SQLITE_SELECT, sqlite3.SQLITE_READ, sqlite3.SQLITE_FUNCTION, sqlite3.SQLITE_RECURSIVE,
}  # fmt: skip
_NO_FUNCTIONS = {"load_extension", "readfile", "writefile", "edit", "fts3_tokenizer"}


def query_file(path: Path, sql: str, *, name: str, most_seconds: float = MOST_SECONDS) -> QueryResult:
    """Return the rows that one SELECT gives in a DuckDB or SQLite file.

    Nothing but the file's own tables can be read, and nothing written, whatever the query says.

    Parameters
    ----------
    path, sql, name
        The file, the query, and the argument that they were passed as.
    most_seconds
        How long it may take.

    Raises
    ------
    TableError
        If it is no such file, or the query no single SELECT. While the rows are read: if it can't be run, or takes longer.
    """
    statement = check_statement(sql, name=name)
    with path.open("rb") as file:
        mark = file.read(16)
    if mark.startswith(b"SQLite format 3\x00"):
        return QueryResult(_sqlite_rows(path, statement, name=name, most_seconds=most_seconds), name=name)
    if mark[8:12] == b"DUCK":
        return QueryResult(_duckdb_rows(path, statement, name=name, most_seconds=most_seconds), name=name)
    raise TableError(
        f"{name}={path.name!r} is no DuckDB and no SQLite file, by its first bytes. Pass an open connection."
    )


@contextmanager
def _limited(connection: Any, *, name: str, most_seconds: float) -> Generator[None, None, None]:  # noqa: ANN401
    """Interrupt what runs in a connection once its time is up, and say so."""
    late: list[bool] = []

    def stop() -> None:
        late.append(True)
        connection.interrupt()

    timer = Timer(most_seconds, stop)
    timer.daemon = True
    timer.start()
    try:
        yield
    except TableError:
        raise
    except Exception as error:  # both libraries have errors of their own for everything
        if late:
            raise TableError(
                f"{name}=: the query took longer than {most_seconds:g} seconds. Is it endless? Ask for fewer rows."
            ) from error
        raise query_error(error, name=name) from error
    finally:
        timer.cancel()


def query_error(error: Exception, *, name: str) -> TableError:
    """Return the error of a query: quoted where it is about names and grammar, since others may quote a cell."""
    kind = type(error).__name__
    about_names = kind in {"CatalogException", "BinderException", "ParserException", "PermissionException"} or (
        isinstance(error, sqlite3.Error) and str(error).startswith(("no such", "near ", "not authorized", "incomplete"))
    )
    said = f": {str(error).splitlines()[0][:200]}" if about_names and str(error) else ""
    return TableError(f"{name}=: the query can't be run ({kind}{said}).")


def _sqlite_rows(path: Path, sql: str, *, name: str, most_seconds: float) -> "Generator[pa.Table, None, None]":
    address = f"{path.absolute().as_uri()}?mode=ro"
    # The timer's thread interrupts it.
    opened = closing(sqlite3.connect(address, uri=True, check_same_thread=False))
    with opened as connection, _limited(connection, name=name, most_seconds=most_seconds):
        connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, _MOST_CELL_BYTES)
        connection.execute("PRAGMA trusted_schema = OFF")
        connection.set_authorizer(_authorize)
        yield from cursor_rows(connection.execute(sql), name=name)


def _authorize(action: int, _first: str | None, second: str | None, *_: str | None) -> int:
    allowed = action in _READING and not (action == sqlite3.SQLITE_FUNCTION and str(second).lower() in _NO_FUNCTIONS)
    return sqlite3.SQLITE_OK if allowed else sqlite3.SQLITE_DENY


def cursor_rows(cursor: Any, *, name: str) -> "Generator[pa.Table, None, None]":  # noqa: ANN401 - any DB-API cursor
    """Yield the rows of a cursor whose query was run."""
    columns = [str(column[0]) for column in cursor.description or ()]
    if not columns:
        raise TableError(f"{name}=: the query gives no rows. Pass one SELECT.")
    rows = _some_rows(cursor, len(columns))
    yield arrow_rows(rows, columns, name=name)
    while rows:
        rows = _some_rows(cursor, len(columns))
        if rows:
            yield arrow_rows(rows, columns, name=name)


def _some_rows(cursor: Any, columns: int) -> list[Any]:  # noqa: ANN401 - any DB-API cursor
    """Fetch the next rows, fewer where their cells are long: a short query can ask for any number of long ones."""
    rows: list[Any] = []
    size = 0
    while len(rows) < FETCHED_ROWS and size < _BATCH_BYTES:
        more = cursor.fetchmany(max(1, _CELLS_AT_ONCE // columns))
        if not more:
            break
        rows += more
        size += sum(len(cell) for row in more for cell in row if isinstance(cell, str | bytes))
    return rows


def _duckdb_rows(path: Path, sql: str, *, name: str, most_seconds: float) -> "Generator[pa.Table, None, None]":
    import duckdb

    try:
        connection = duckdb.connect(str(path), read_only=True, config=_LOCKED)
    except duckdb.Error as error:
        raise TableError(
            f"{name}={path.name!r} can't be opened ({type(error).__name__}): it is damaged, of another version, or open "
            "elsewhere. If you have it open, pass (connection, SQL)."
        ) from error
    with closing(connection), _limited(connection, name=name, most_seconds=most_seconds):
        yield from duckdb_tables(connection, sql, name=name)


def duckdb_tables(connection: Any, sql: str, *, name: str) -> "Generator[pa.Table, None, None]":  # noqa: ANN401
    """Yield what one SELECT gives on a DuckDB connection."""
    import duckdb

    found = connection.extract_statements(sql)
    if len(found) != 1 or found[0].type != duckdb.StatementType.SELECT:
        raise TableError(f"{name}=: DuckDB doesn't take this for one SELECT. Pass one SELECT.")
    yield from relation_tables(connection.sql(sql))
