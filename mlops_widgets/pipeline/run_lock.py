"""One run at a time: a lock that the system takes back from whoever dies, and a note of who holds it."""

import json
import os
import socket
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path

from mlops_widgets.core.result import write_atomically
from mlops_widgets.errors import InputError

_LONGEST_NOTE = 1000


@contextmanager
def only_run(folder: Path) -> Iterator[None]:
    """Hold a folder alone; whoever is killed lets go of it, and the next run takes over.

    The lock is sqlite's own, on an empty file: it works wherever the records do, and no lock of a dead process stays.

    Parameters
    ----------
    folder
        The pipeline's folder; made if it doesn't exist.

    Raises
    ------
    InputError
        If another run holds it: its process, machine and start are named.
    """
    note = folder / "run.json"
    with closing(_opened(folder)) as connection:
        _take(connection, folder, note)
        try:
            yield
        finally:
            note.unlink(missing_ok=True)


def _opened(folder: Path) -> sqlite3.Connection:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        return sqlite3.connect(folder / "run.lock", timeout=0, isolation_level=None)
    except (OSError, sqlite3.Error) as error:
        raise InputError(f"{folder.name}/ can't be used as out=: {error}.") from error


def _take(connection: sqlite3.Connection, folder: Path, note: Path) -> None:
    try:
        connection.execute("BEGIN EXCLUSIVE")
        write_atomically(note, json.dumps(_who()).encode())
    except sqlite3.Error as error:
        raise InputError(
            f"Another run is at work in {folder.name}/: {_told(note)} ({error}). Wait until it ends, or name another folder as out=."
        ) from error
    except OSError as error:
        raise InputError(f"{folder.name}/ can't be written: {error.strerror}.") from error


def _who() -> dict[str, str | int]:
    return {
        "process": os.getpid(),
        "machine": socket.gethostname(),
        "since": datetime.now(UTC).isoformat(timespec="seconds"),
    }


def _told(note: Path) -> str:
    """Return who holds the lock, as far as its note says; anybody may have written it."""
    try:
        with note.open("rb") as file:
            told = json.loads(file.read(_LONGEST_NOTE))
        process, machine, since = int(told["process"]), str(told["machine"])[:60], str(told["since"])[:40]
    except (OSError, ValueError, KeyError, TypeError):
        return "it has left no note of itself yet"
    return f"process {process} on {machine}, since {since}"
