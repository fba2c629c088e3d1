"""The sqlite file of a store: how it is opened, locked, checked, and read where it is damaged."""

import mmap
import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from mlops_widgets.errors import InputError
from mlops_widgets.records.chain import Record, carved, intact, read_line

WAIT_SECONDS = 30
APPLICATION = 0x6D6C7772
"""What sqlite's header says of whose file it is: "mlwr"."""
TABLE = "CREATE TABLE records (number INTEGER PRIMARY KEY, line TEXT NOT NULL)"
_MAGIC = b"SQLite format 3\x00"
_APPLICATION_AT = 68
_MOST_LOOKUPS = 1_000_000
_LARGEST_PAGE = 65_536


@contextmanager
def opened(path: Path, *, writing: bool = True) -> Iterator[sqlite3.Connection]:
    """Open a sqlite file that is there; nothing in its schema is trusted.

    Parameters
    ----------
    path
        The file.
    writing
        Whether it may be written.
    """
    uri = f"{path.as_uri()}?mode={'rw' if writing else 'ro'}"
    with closing(sqlite3.connect(uri, uri=True, timeout=WAIT_SECONDS, isolation_level=None)) as connection:
        connection.execute("PRAGMA trusted_schema=OFF")
        connection.execute("PRAGMA cell_size_check=ON")
        connection.execute("PRAGMA synchronous=FULL")
        yield connection


@contextmanager
def alone(path: Path) -> Iterator[None]:
    """Hold a store alone, among threads and processes; who is killed lets go of it.

    The lock is sqlite's own, on an empty file beside the store, so that it also holds while the store is recovered.

    Raises
    ------
    InputError
        If another process holds it for half a minute, or the lock can't be made.
    """
    lock = path.with_name(f"{path.name}.lock")
    with closing(sqlite3.connect(lock, timeout=WAIT_SECONDS, isolation_level=None)) as connection:
        try:
            connection.execute("BEGIN EXCLUSIVE")
        except sqlite3.Error as error:
            raise InputError(
                f"{path.name} can't be locked: {error}. If no other process writes to it, delete {lock.name} and try again."
            ) from error
        yield


def make(path: Path) -> None:
    """Make an empty store that only its owner may read."""
    if not path.exists():
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    with opened(path) as connection:
        connection.execute("BEGIN IMMEDIATE")
        connection.execute(TABLE)
        connection.execute(f"PRAGMA application_id={APPLICATION}")
        connection.execute("COMMIT")


def is_ours(path: Path) -> bool:
    """Say whether a file is a store: its header says so, or it holds our table and nothing else."""
    with path.open("rb") as file:
        head = file.read(100)
    if head[: len(_MAGIC)] != _MAGIC:
        return False
    if int.from_bytes(head[_APPLICATION_AT : _APPLICATION_AT + 4], "big") == APPLICATION:
        return True
    try:
        with opened(path, writing=False) as connection:
            return schema_is_ours(connection)
    except sqlite3.Error:
        return False


def schema_is_ours(connection: sqlite3.Connection) -> bool:
    """Say whether a database holds our table and nothing else: no view, trigger or index of somebody's."""
    return connection.execute("SELECT type, name, sql FROM sqlite_master").fetchall() == [("table", "records", TABLE)]


def salvaged(path: Path) -> list[Record]:
    """Return the whole records that a damaged file still gives: what sqlite reads around the damage, and what stands in its bytes."""
    found: dict[str, Record] = {}
    try:
        with opened(path) as connection:
            for line in _readable(connection):
                record = read_line(line)
                if record is not None and intact(record):
                    found[record.digest] = record
    except sqlite3.Error:
        pass  # what sqlite can't read, the bytes may hold
    for each in (path, *beside(path)):
        for record in _in_bytes(each):
            found.setdefault(record.digest, record)
    return sorted(found.values(), key=lambda record: record.number)


def beside(path: Path) -> list[Path]:
    """Return sqlite's own files beside a database that are there."""
    candidates = [path.with_name(path.name + suffix) for suffix in ("-journal", "-wal", "-shm")]
    return [each for each in candidates if each.is_file()]


def _readable(connection: sqlite3.Connection) -> Iterator[object]:
    """Yield the lines that sqlite reads from the front, from the back, and one by one between."""
    known: set[int] = set()
    for order in ("ASC", "DESC"):
        try:
            for number, line in connection.execute(f"SELECT number, line FROM records ORDER BY number {order}"):  # noqa: S608
                known |= {number} if isinstance(number, int) else set()
                yield line
        except sqlite3.Error:
            continue
    last = max(known, default=0)
    for number in range(1, min(last, _MOST_LOOKUPS)):
        if number in known:
            continue
        try:
            row = connection.execute("SELECT line FROM records WHERE number = ?", (number,)).fetchone()
        except sqlite3.Error:
            continue
        yield row[0] if row else None


def _in_bytes(path: Path) -> Iterator[Record]:
    if not path.is_file() or not path.stat().st_size:
        return
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        yield from carved(data, longest=_LARGEST_PAGE)  # type: ignore[arg-type]  # a map of bytes has what is asked of bytes
