"""The store: sqlite, and beside it a journal of lines, so that damage to either loses nothing."""

import os
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from mlops_widgets.errors import InputError
from mlops_widgets.records import database, journal, recovery
from mlops_widgets.records.chain import START, Problem, Record, intact, make_record, read_line


class Records:
    """An append-only store of records, each chained to the one before it; made by `open_records`.

    Each record is written twice: as a line to a journal beside the file, flushed to disk, and then to sqlite. Several processes
    may append at once; one that is killed half-way leaves a store that says what it holds.

    Parameters
    ----------
    path
        The sqlite file; the journal is `<path>.journal.jsonl`.
    writable
        Whether it can be written.
    recovered
        What was found damaged and put right, each in a sentence; () where nothing was.
    """

    def __init__(self, path: Path, *, writable: bool = True, recovered: tuple[str, ...] = ()) -> None:
        self.path = path
        self.writable = writable
        self.recovered = recovered

    @property
    def journal(self) -> Path:
        """The journal beside the file."""
        return journal_of(self.path)

    def append(self, kind: str, payload: Mapping[str, Any], *, at: datetime | None = None) -> Record:
        """Write a record, and return it once it is on disk.

        Parameters
        ----------
        kind
            What it is about, at most 80 characters.
        payload
            What it says, as plain JSON of at most 16 MB.
        at
            When, with a zone; by default now.

        Raises
        ------
        InputError
            If it isn't plain JSON, too large, or the store can't be written. Then the store is as it was before.
        """
        if not self.writable:
            raise InputError(f"{self.path.name} can't be written here. Open it in a folder that you may write to.")
        with database.alone(self.path), self._trouble():
            last = self._settled_last()
            record = make_record(
                last.number + 1 if last else 1, kind, payload, at=at or datetime.now(UTC), previous=last.digest if last else START
            )  # fmt: skip
            size = journal.append_line(self.journal, record.line())
            try:
                self._insert(record)
            except BaseException:
                journal.cut(self.journal, size)
                raise
        return record

    def read(self, kind: str | None = None, *, after: int = 0) -> list[Record]:
        """Return the records in order: those of one kind, or all; those after a number, or all.

        Raises
        ------
        InputError
            If one of them can't be read or was changed since it was written: what is returned is what was written.
        """
        with self._open() as connection:
            lines = connection.execute("SELECT line FROM records WHERE number > ? ORDER BY number", (after,)).fetchall()
        read = [read_line(line) for (line,) in lines]
        whole = [record for record in read if record is not None and intact(record)]
        if len(whole) < len(read):
            raise InputError(
                f"{self.path.name} holds records that were changed or damaged. Open it again with open_records, which recovers them."
            )
        return [record for record in whole if kind in {None, record.kind}]

    def lines(self) -> list[bytes]:
        """Return the file's lines in order, as they stand there, whole or not."""
        with self._open() as connection:
            found = connection.execute("SELECT CAST(line AS BLOB) FROM records ORDER BY number").fetchall()
        return [line for (line,) in found]

    @property
    def head(self) -> str:
        """Digest of the last record: kept elsewhere, it shows a store whose end was cut off. 64 zeros where it is empty."""
        with self._open() as connection:
            last = _last(connection)
        return last.digest if last else START

    def verify(self, head: str | None = None) -> list[Problem]:
        """Return what is wrong with the store; nothing where every record is as it was written, in the file and in its journal.

        Parameters
        ----------
        head
            The `head` of an earlier day: it must be in the chain, else the end was cut off or all of it was written anew.
        """
        problems, _ = recovery.examine(self.path, self.journal, writing=self.writable)
        if head is None or head == START:
            return problems
        if head not in {record.digest for record in self.read()}:
            what = "The digest that was kept isn't in the store: its end was cut off, or all was written anew."
            problems.append(Problem(number=0, what=what))
        return problems

    def __repr__(self) -> str:
        """Return the file's name."""
        return f"Records({self.path.name!r})"

    def _settled_last(self) -> Record | None:
        """Return the last record, after what another process left half-way was put right."""
        with self._open() as connection:
            last = _last(connection)
        if journal.ends_with(self.journal, last.line() if last else None):
            return last
        self.recovered += recovery.settle(self.path, self.journal)
        with self._open() as connection:
            return _last(connection)

    def _insert(self, record: Record) -> None:
        with self._open() as connection:
            connection.execute("BEGIN IMMEDIATE")
            connection.execute("INSERT INTO records VALUES (?, ?)", (record.number, record.line()))
            connection.execute("COMMIT")

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        with self._trouble(), database.opened(self.path, writing=self.writable) as connection:
            yield connection

    @contextmanager
    def _trouble(self) -> Iterator[None]:
        """Say what went wrong with the files in our words."""
        try:
            yield
        except sqlite3.Error as error:
            raise InputError(
                f"{self.path.name} can't be used: {error}. Open it again with open_records, which recovers it."
            ) from error
        except OSError as error:
            raise InputError(f"{self.path.name} or its journal can't be used: {error.strerror}.") from error


def open_records(path: str | os.PathLike[str]) -> Records:
    """Open a store of records, or make one; a damaged one is recovered, and kept beside it.

    Every record is read and checked, in the file and in its journal. Where one of them is damaged, both are written anew from all
    records that either holds whole; `Records.recovered` says so, and by number what neither holds.

    Parameters
    ----------
    path
        The sqlite file. Beside it lies `<path>.journal.jsonl`, the same records as lines of JSON.

    Raises
    ------
    InputError
        If there is another file of that name, its folder doesn't exist, or it is damaged where nothing can be written.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     records = open_records(f"{folder}/audits.db")
    ...     first = records.append("audit", {"batch": "monday", "failed": 0})
    ...     [record.payload["batch"] for record in records.read()], records.verify()
    (['monday'], [])
    """
    file = _place(path)
    lines = journal_of(file)
    writable = os.access(file.parent, os.W_OK) and (not file.exists() or os.access(file, os.W_OK))
    store = Records(file, writable=writable)
    if not writable:
        _refuse_others(file, lines)
        problems, _ = recovery.examine(file, lines, writing=False)
        if any(not problem.known for problem in problems):
            raise InputError(
                f"{file.name}: {problems[0].what} It can't be recovered where nothing can be written. Copy it and its journal elsewhere."
            )
        return store
    with store._trouble(), database.alone(file):  # noqa: SLF001 - the only door to a store
        _refuse_others(file, lines)
        store.recovered = recovery.settle(file, lines)
    return store


def journal_of(path: Path) -> Path:
    """Return where the journal of a store lies."""
    return path.with_name(f"{path.name}.journal.jsonl")


def _place(path: str | os.PathLike[str]) -> Path:
    try:
        file = Path(path).resolve()
        found = file.is_dir(), file.exists() and not file.is_file(), file.parent.is_dir()
    except (OSError, ValueError, TypeError) as error:
        raise InputError(f"path={str(path)[:80]!r} is no path of a file: {error}.") from error
    is_folder, is_special, has_folder = found
    if is_folder or is_special:
        raise InputError(f"{str(path)!r} is {'a folder' if is_folder else 'no plain file'}. Pass the path of a file.")
    if not has_folder:
        raise InputError(f"There is no folder {str(file.parent)!r} to keep {file.name!r} in. Make it first.")
    return file


def _refuse_others(path: Path, lines: Path) -> None:
    """Refuse files that are somebody else's: they are neither read as a store nor moved aside."""
    for each in (path, lines):
        if each.is_symlink() or (each.exists() and not each.is_file()):
            raise InputError(f"{each.name} is a link or no plain file. Name another file.")
    told = lines.is_file() and lines.stat().st_size > 0
    ours = told and next(journal.whole_records(lines), None) is not None
    if told and not ours and not (path.is_file() and path.stat().st_size and database.is_ours(path)):
        raise InputError(f"{lines.name} holds no whole record, and there is no store beside it. Name another file.")
    if path.is_file() and path.stat().st_size and not ours and not database.is_ours(path):
        raise InputError(f"{path.name} is no store of records. Name another file, or leave it out to make one.")


def _last(connection: sqlite3.Connection) -> Record | None:
    row = connection.execute("SELECT line FROM records ORDER BY number DESC LIMIT 1").fetchone()
    record = read_line(row[0]) if row else None
    if row and record is None:
        raise sqlite3.DatabaseError("its last record can't be read")
    return record
