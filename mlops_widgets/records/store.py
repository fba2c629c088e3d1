"""The store: sqlite, and beside it a journal of lines, so that damage to either loses nothing."""

import os
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Self

from mlops_widgets.errors import InputError
from mlops_widgets.records.chain import START, Problem, Record, check_chain, make_record, read_line

_WAIT_MS = 30_000
_TABLE = "CREATE TABLE IF NOT EXISTS records (number INTEGER PRIMARY KEY, line TEXT NOT NULL)"
_MAGIC = b"SQLite format 3\x00"


class Records:
    """An append-only store of records, each chained to the one before it; made by `open_records`.

    Each record is written twice: as a line to a journal beside the file, flushed to disk, and then to sqlite. Several processes
    may append at once; one that is killed half-way leaves a store that says what it holds.

    Parameters
    ----------
    path
        The sqlite file; the journal is `<path>.journal.jsonl`.

    Attributes
    ----------
    recovered
        What was found damaged and put right when the store was opened, each in a sentence; () where nothing was.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.recovered: tuple[str, ...] = ()

    @property
    def journal(self) -> Path:
        """The journal beside the file."""
        return self.path.with_name(f"{self.path.name}.journal.jsonl")

    def append(self, kind: str, payload: Mapping[str, Any], *, at: datetime | None = None) -> Record:
        """Write a record, and return it once it is on disk.

        Parameters
        ----------
        kind
            What it is about, at most 80 characters.
        payload
            What it says, as plain JSON.
        at
            When, with a zone; by default now.

        Raises
        ------
        InputError
            If it isn't plain JSON, too large, or the store can't be written.
        """
        with self._writing() as connection:
            last = _last(connection)
            record = make_record(
                last.number + 1 if last else 1, kind, payload, at=at or datetime.now(UTC), previous=last.digest if last else START
            )  # fmt: skip
            self._journalled(record)
            connection.execute("INSERT INTO records VALUES (?, ?)", (record.number, record.line()))
        return record

    def read(self, kind: str | None = None, *, after: int = 0) -> list[Record]:
        """Return the records in order: those of one kind, or all; those after a number, or all."""
        with self._open() as connection:
            lines = connection.execute("SELECT line FROM records WHERE number > ? ORDER BY number", (after,)).fetchall()
        read = [read_line(line) for (line,) in lines]
        return [record for record in read if record is not None and kind in {None, record.kind}]

    @property
    def head(self) -> str:
        """Digest of the last record: kept elsewhere, it shows a store whose end was cut off. 64 zeros where it is empty."""
        with self._open() as connection:
            last = _last(connection)
        return last.digest if last else START

    def verify(self, head: str | None = None) -> list[Problem]:
        """Return what is wrong with the store; nothing where every record is as it was written.

        Parameters
        ----------
        head
            The `head` of an earlier day: it must be in the chain, else the end was cut off or all of it was written anew.
        """
        with self._open() as connection:
            rows = connection.execute("SELECT number, line FROM records ORDER BY number").fetchall()
        read = [(number, read_line(line)) for number, line in rows]
        problems = [
            Problem(number=number, what=f"Record {number} can't be read.")
            for number, record in read
            if record is None or record.number != number
        ]
        records = [record for _, record in read if record is not None]
        problems += check_chain(records)
        if head is not None and head != START and head not in {record.digest for record in records}:
            problems.append(
                Problem(
                    number=0,
                    what="The digest that was kept isn't in the store: its end was cut off, or all was written anew.",
                )
            )
        return problems

    def __repr__(self) -> str:
        """Return the file's name and how many records it holds."""
        return f"Records({self.path.name!r}, {len(self.read()):,} records)"

    def _journalled(self, record: Record) -> None:
        """Add the record's line to the journal and flush it to disk; a half line before it is ended first."""
        handle = os.open(self.journal, os.O_RDWR | os.O_CREAT | os.O_APPEND | getattr(os, "O_BINARY", 0), 0o600)
        with os.fdopen(handle, "r+b") as file:
            size = file.seek(0, os.SEEK_END)
            if size:
                file.seek(size - 1)
                whole = file.read(1) == b"\n"
                file.seek(0, os.SEEK_END)
                file.write(b"" if whole else b"\n")
            file.write(record.line().encode() + b"\n")
            file.flush()
            os.fsync(file.fileno())

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        connection = sqlite3.connect(self.path, timeout=_WAIT_MS / 1000, isolation_level=None)
        try:
            connection.execute("PRAGMA synchronous=FULL")
            yield connection
        except sqlite3.Error as error:
            raise InputError(
                f"{self.path.name} can't be used: {error}. Open it again with open_records, which recovers it."
            ) from error
        finally:
            connection.close()

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        """Hold the store alone: what another process appends waits; what fails is undone."""
        with self._open() as connection:
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield connection
                connection.execute("COMMIT")
            except BaseException:
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
                raise

    def _settle(self) -> Self:
        """Bring file and journal together, and make both anew from what can be read where one is damaged."""
        with self._writing() as connection:
            connection.execute(_TABLE)
            last = _last(connection)
            behind = [record for record in _lines(self.journal) if record.number > (last.number if last else 0)]
            previous = last.digest if last else START
            for record in behind:
                if record.previous != previous or record.computed() != record.digest:
                    continue  # a line of a record that was never committed, and that another one took the place of
                connection.execute("INSERT INTO records VALUES (?, ?)", (record.number, record.line()))
                previous = record.digest
        return self


def open_records(path: str | os.PathLike[str]) -> Records:
    """Open a store of records, or make one; a damaged one is recovered into a new file, and kept beside it.

    Parameters
    ----------
    path
        The sqlite file. Beside it lies `<path>.journal.jsonl`, the same records as lines of JSON.

    Raises
    ------
    InputError
        If there is another file of that name, or its folder doesn't exist.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     records = open_records(f"{folder}/audits.db")
    ...     first = records.append("audit", {"batch": "monday", "failed": 0})
    ...     [record.payload["batch"] for record in records.read()], records.verify()
    (['monday'], [])
    """
    store = Records(Path(path))
    if not store.path.parent.is_dir():
        raise InputError(
            f"There is no folder {str(store.path.parent)!r} to keep {store.path.name!r} in. Make it first."
        )
    if store.path.is_dir():
        raise InputError(f"{str(store.path)!r} is a folder. Pass the path of a file.")
    _refuse_others(store)
    try:
        store._settle()  # noqa: SLF001 - the only door to a store
        damaged = store.verify()
    except InputError:
        damaged = [Problem(number=0, what="The file can't be read as a whole.")]
    if damaged:
        recovered = _recover(store, damaged)
        store.recovered = recovered
    return store


def _refuse_others(store: Records) -> None:
    """Refuse a file that isn't a store and has no journal: it is somebody else's."""
    if not store.path.exists() or store.path.stat().st_size == 0 or store.journal.exists():
        return
    with store.path.open("rb") as file:
        if file.read(len(_MAGIC)) != _MAGIC:
            raise InputError(
                f"{store.path.name} is no store of records. Name another file, or leave it out to make one."
            )
    with sqlite3.connect(f"file:{store.path}?mode=ro", uri=True) as connection:
        try:
            tables = {name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
        except sqlite3.DatabaseError:
            return
    connection.close()
    if tables - {"records"}:
        raise InputError(f"{store.path.name} is another program's database. Name another file.")


def _recover(store: Records, damaged: list[Problem]) -> tuple[str, ...]:
    """Write a store anew from all records that either file still holds whole, in order; keep the damaged files."""
    found = _best_chain([*_rows(store.path), *_lines(store.journal)])
    kept = _aside(store)
    fresh = Records(store.path)
    for record in found:
        fresh._journalled(record)  # noqa: SLF001 - of the same kind
    with fresh._writing() as connection:  # noqa: SLF001 - of the same kind
        connection.execute(_TABLE)
        connection.executemany(
            "INSERT INTO records VALUES (?, ?)", [(record.number, record.line()) for record in found]
        )
    said = (
        f"{store.path.name} was damaged ({damaged[0].what}); {len(found):,} records were recovered, and the damaged files kept as "
        f"{', '.join(kept)}."
    )
    return (said, *_lost(found, damaged))


def _lost(found: list[Record], damaged: list[Problem]) -> tuple[str, ...]:
    beyond = sorted({problem.number for problem in damaged if problem.number > len(found)})
    return (f"Lost, since neither file holds them whole: records {', '.join(map(str, beyond))}.",) if beyond else ()


def _best_chain(records: list[Record]) -> list[Record]:
    """Return the longest unbroken chain from the first record on."""
    whole: dict[tuple[int, str], list[Record]] = {}
    for record in records:
        if _is_whole(record):
            whole.setdefault((record.number, record.previous), []).append(record)
    chain: list[Record] = []
    previous = START
    while nexts := whole.get((len(chain) + 1, previous)):
        followed = [each for each in nexts if (each.number + 1, each.digest) in whole]
        chain.append((followed or nexts)[0])
        previous = chain[-1].digest
    return chain


def _is_whole(record: Record) -> bool:
    return record.computed() == record.digest


def _rows(path: Path) -> list[Record]:
    """Return the records that a damaged sqlite file still gives, one by one, so that one bad page loses only its own."""
    found: list[Record] = []
    connection = sqlite3.connect(path)
    try:
        most = connection.execute("SELECT max(number) FROM records").fetchone()[0] or 0
        for number in range(1, most + 1):
            try:
                row = connection.execute("SELECT line FROM records WHERE number = ?", (number,)).fetchone()
            except sqlite3.DatabaseError:
                continue
            record = read_line(row[0]) if row and isinstance(row[0], str) else None
            found += [] if record is None else [record]
    except sqlite3.DatabaseError:
        return found
    finally:
        connection.close()
    return found


def _lines(path: Path) -> list[Record]:
    """Return the records of a journal whose lines are whole."""
    if not path.is_file():
        return []
    with path.open(encoding="utf-8", errors="replace") as file:
        read = [read_line(line) for line in file]
    return [record for record in read if record is not None and _is_whole(record)]


def _aside(store: Records) -> list[str]:
    """Rename the damaged files, so that nothing of them is lost, and return their new names."""
    stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%S%f")
    kept = []
    for path in (store.path, store.journal):
        if path.exists():
            new = path.with_name(f"{path.name}.damaged-{stamp}")
            path.rename(new)
            kept.append(new.name)
    for suffix in ("-wal", "-shm", "-journal"):
        store.path.with_name(store.path.name + suffix).unlink(missing_ok=True)
    return kept


def _last(connection: sqlite3.Connection) -> Record | None:
    row = connection.execute("SELECT line FROM records ORDER BY number DESC LIMIT 1").fetchone()
    if row is None:
        return None
    record = read_line(row[0])
    if record is None:
        raise sqlite3.DatabaseError("its last record can't be read")
    return record
