"""How a query is passed: `(connection or path, SQL)`, or as text alone, `{"database": path, "sql": "SELECT …"}`."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from mlops_widgets.errors import TableError, did_you_mean, listed
from mlops_widgets.study.table_files.connections import query_connection
from mlops_widgets.study.table_files.databases import query_file
from mlops_widgets.study.table_files.paths import find_path
from mlops_widgets.study.table_files.results import QueryResult

_KEYS = ("database", "sql")


def is_query(data: Any) -> bool:  # noqa: ANN401 - any table
    """Say whether what was passed for a table is a query: `(X, y)` has no text for y, and named tests aren't named so."""
    if isinstance(data, tuple):
        return len(data) == 2 and isinstance(data[1], str)
    return isinstance(data, Mapping) and any(key in data for key in _KEYS)


def run_query(data: Any, *, name: str) -> QueryResult:  # noqa: ANN401 - what `is_query` says yes to
    """Return the rows of a query.

    Raises
    ------
    TableError
        If the mapping holds anything else, there is no such database, or the query is no single SELECT.
    """
    database, sql = _of_mapping(data, name=name) if isinstance(data, Mapping) else data
    if not isinstance(database, str | Path):
        return query_connection(database, sql, name=name)
    path = find_path(database, name=name)
    if path.is_dir():
        raise TableError(f"{name}={path.name!r} is a folder. Name a DuckDB or SQLite file.")
    return query_file(path, sql, name=name)


def _of_mapping(data: Mapping[str, Any], *, name: str) -> tuple[str | Path, str]:
    unknown = [key for key in data if key not in _KEYS]
    if unknown:
        raise TableError(
            f"{name}= has an unknown key {str(unknown[0])[:60]!r} beside {listed([k for k in data if k in _KEYS])}."
            f"{did_you_mean(str(unknown[0])[:60], _KEYS)} A query is {{'database': path, 'sql': 'SELECT …'}}."
        )
    database, sql = (data.get(key) for key in _KEYS)
    if not isinstance(database, str | Path) or not isinstance(sql, str):
        raise TableError(f"{name}= needs both as text: {{'database': path, 'sql': 'SELECT …'}}.")
    return database, sql
