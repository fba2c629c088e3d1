"""From a path to a reader of what lies there: only regular files and folders, told by their ending."""

import os
import stat
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path

import pandas as pd

from mlops_widgets.errors import TableError, did_you_mean, listed
from mlops_widgets.study.table_files.arrow_files import ArrowFile
from mlops_widgets.study.table_files.batches import BatchSource
from mlops_widgets.study.table_files.csv_files import CsvFile
from mlops_widgets.study.table_files.json_lines import JsonLines
from mlops_widgets.study.table_files.parquet_files import ParquetFile, ParquetFolder
from mlops_widgets.study.table_files.sources import BatchReader, Counted, Rows
from mlops_widgets.study.table_files.text_files import PACKED, read_encoding

ENDINGS = (".csv", ".tsv", ".parquet", ".arrow", ".feather", ".jsonl", ".ndjson")
_DATABASES = (".duckdb", ".ddb", ".db", ".db3", ".sqlite", ".sqlite3")
_MOST_LETTERS = 100


def find_path(given: str | Path, *, name: str) -> Path:
    """Return a path that exists, relative to the working directory, `~` being the home folder.

    Raises
    ------
    TableError
        If there is nothing there, or something that is neither a regular file nor a folder.
    """
    try:
        path = Path(given).expanduser()
        kind = path.stat().st_mode
    except (OSError, ValueError, RuntimeError) as error:  # too long a name; a NUL in it; a home that isn't known
        raise _missing(Path(given), name, error) from error
    if not stat.S_ISREG(kind) and not stat.S_ISDIR(kind):
        raise TableError(
            f"{name}={shown(path)} is neither a file nor a folder, but a pipe or device. Save it as a file."
        )
    return path


def _missing(path: Path, name: str, error: Exception) -> TableError:
    if isinstance(error, PermissionError):
        return TableError(f"{name}={shown(path)} may not be read by this user.")
    if not isinstance(error, FileNotFoundError | NotADirectoryError):
        return TableError(f"{name}={shown(path)} can't be read: it is no path ({type(error).__name__}).")
    near, where = "", path.absolute().parent
    try:
        near = did_you_mean(path.name, sorted(entry.name for entry in where.iterdir())[:1000])
    except OSError:  # there is no such folder either
        where = where.parent
    return TableError(f"{name}={shown(path)}: no such file (looked in {where.name[:_MOST_LETTERS]}/).{near}")


def shown(path: Path) -> str:
    """Return a path for a message, its end if it is long."""
    text = str(path)
    return repr(text if len(text) <= _MOST_LETTERS else "…" + text[-_MOST_LETTERS:])


def find_table(given: str | Path, *, name: str) -> Path:
    """Return the path of a table that exists; one whose ending isn't read is refused whether it exists or not.

    Raises
    ------
    TableError
        As `find_path`, or if the ending is none of those that are read.
    """
    inner, packing = _ending(Path(given))
    if inner in _READERS and not (packing and inner in _NEVER_PACKED):
        return find_path(given, name=name)
    if not os.path.isdir(os.path.expanduser(given)):  # noqa: PTH111, PTH112 - pathlib's raise where these say no
        if inner in _DATABASES:
            raise TableError(
                f"{name}={shown(Path(given))} is called like a database. Pass it with the query that gives the table: "
                f'{name}=({shown(Path(given))}, "SELECT …").'
            )
        raise TableError(
            f"{name}={shown(Path(given))}: files end in {listed(ENDINGS)} (text also with .gz or .zst behind it), or are "
            "folders of .parquet."
        )
    return find_path(given, name=name)


def open_path(path: Path, *, name: str) -> BatchReader:
    """Return the reader of the table at a path of `find_table`."""
    return ParquetFolder(path, name=name) if path.is_dir() else _READERS[_ending(path)[0]](path, name)


def _ending(path: Path) -> tuple[str, str]:
    ending = path.suffix.lower()
    return (path.with_suffix("").suffix.lower(), ending) if ending in PACKED else (ending, "")


def _csv(path: Path, name: str) -> BatchReader:
    expected = "\t" if _ending(path)[0] == ".tsv" else ","
    return CsvFile(read_encoding(path, name=name), expected=expected)


_READERS: dict[str, Callable[[Path, str], BatchReader]] = {
    ".csv": _csv, ".tsv": _csv,
    ".jsonl": lambda path, name: JsonLines(read_encoding(path, name=name)),
    ".ndjson": lambda path, name: JsonLines(read_encoding(path, name=name)),
    ".parquet": lambda path, name: ParquetFile(path, name=name),
    ".arrow": lambda path, name: ArrowFile(path, name=name),
    ".feather": lambda path, name: ArrowFile(path, name=name),
}  # fmt: skip
_NEVER_PACKED = (".parquet", ".arrow", ".feather")


@contextmanager
def reading(path: Path, *, name: str, before: tuple[int, int] | None) -> "Generator[None, None, None]":
    """Turn what goes wrong while a file is read into a `TableError`, and a file that isn't as `before` any more too."""
    from pyarrow import ArrowException

    try:
        yield
    except TableError:
        if _state(path) != before:
            raise _changed(path, name) from None
        raise
    except PermissionError as error:
        raise TableError(f"{name}={shown(path)} may not be read by this user.") from error
    except (
        OSError,
        ValueError,
        OverflowError,
        MemoryError,
        ArrowException,
    ) as error:  # pandas' and decoding errors too
        if _state(path) != before:
            raise _changed(path, name) from error
        raise TableError(
            f"{name}={shown(path)} can't be read: it is damaged, not whole, or not what its ending says "
            f"({type(error).__name__})."
        ) from error
    if _state(path) != before:
        raise _changed(path, name)


def _state(path: Path) -> tuple[int, int] | None:
    try:
        found = os.stat(path)  # noqa: PTH116 - the same on both
    except OSError:
        return None
    return found.st_size, found.st_mtime_ns


def _changed(path: Path, name: str) -> TableError:
    return TableError(f"{name}={shown(path)} changed while it was read. Read it again when nothing writes to it.")


class FileSource:
    """A table in a file, whose failures are said in words and whose rows all come from one state of the file.

    Parameters
    ----------
    path, name
        Where it lies, and the argument that it was passed as.
    only
        Columns to read, where the format allows it; () for all.
    """

    def __init__(self, path: Path, *, name: str, only: tuple[str, ...] = ()) -> None:
        self._path, self._name, self._state = path, name, _state(path)
        with reading(path, name=name, before=self._state):
            self._source = BatchSource(open_path(path, name=name), name=name, only=only)

    @property
    def reading(self) -> str:
        """What was decided while it was read."""
        return self._source.reading

    def count(self, label: str | None, *, entity: str | None = None, most_rows: int | None, held_bytes: int) -> Counted:
        """Count the rows."""
        with reading(self._path, name=self._name, before=self._state):
            return self._source.count(label, entity=entity, most_rows=most_rows, held_bytes=held_bytes)

    def pick(self, rows: Rows | None) -> pd.DataFrame:
        """Return these rows."""
        with reading(self._path, name=self._name, before=self._state):
            return self._source.pick(rows)
