"""Bring a store's two files together, and write both anew from what can be read where one is damaged."""

import shutil
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

from mlops_widgets.errors import InputError
from mlops_widgets.records import database, journal
from mlops_widgets.records.chain import (
    RECOVERY,
    START,
    Problem,
    Record,
    Span,
    check_chain,
    intact,
    make_record,
    read_line,
    spans,
)

_INSERT = "INSERT INTO records VALUES (?, ?)"
TAKEN_OVER = "in the journal alone and taken over: a process ended half-way."
"""How a sentence ends that tells no damage."""
_ROWS = "SELECT number, line FROM records ORDER BY number"


def settle(path: Path, lines: Path) -> tuple[str, ...]:
    """Put right what is wrong with a store, which the caller holds alone, and say in sentences what was.

    Parameters
    ----------
    path, lines
        The sqlite file and the journal.
    """
    if not path.exists() and not _holds(lines):
        database.make(path)
        return ()
    problems, ahead = examine(path, lines)
    if any(not problem.known for problem in problems):
        return recover(path, lines, problems)
    if not ahead:
        return ()
    with database.opened(path) as connection:
        connection.execute("BEGIN IMMEDIATE")
        connection.executemany(_INSERT, [(record.number, record.line()) for record in ahead])
        connection.execute("COMMIT")
    return (f"{spans([(ahead[0].number, ahead[-1].number)])} {TAKEN_OVER}",)


def _holds(lines: Path) -> bool:
    return next(journal.whole_records(lines), None) is not None


def examine(path: Path, lines: Path, *, writing: bool = True) -> tuple[list[Problem], list[Record]]:
    """Return what is wrong with a store, and the records of its journal that sqlite hasn't yet."""
    if not path.is_file() or not path.stat().st_size:
        return [Problem(number=0, what=f"{path.name} is missing or empty.")], []
    try:
        with database.opened(path, writing=writing) as connection:
            connection.execute("BEGIN")
            problems = _of_file(connection)
            return (problems, []) if problems else _compared(connection, lines)
    except (sqlite3.Error, UnicodeDecodeError) as error:
        return [Problem(number=0, what=f"{path.name} can't be read as a whole: {error}.")], []


def _of_file(connection: sqlite3.Connection) -> list[Problem]:
    if not database.schema_is_ours(connection):
        return [Problem(number=0, what="The file holds other tables, views or triggers than a store's.")]
    if (said := connection.execute("PRAGMA quick_check(1)").fetchone()[0]) != "ok":
        return [Problem(number=0, what=f"Pages of the file are damaged: {str(said)[:120]}.")]
    return [
        Problem(number=number, what=f"Record {number} can't be read.")
        for number, line in connection.execute(_ROWS)
        if not isinstance(line, str) or (record := read_line(line)) is None or record.number != number
    ]


def _compared(connection: sqlite3.Connection, lines: Path) -> tuple[list[Problem], list[Record]]:
    """Check the chain, then follow the journal's lines along the rows: each row must come, in order, whatever stands between."""
    problems = check_chain(_records(connection))
    rows = iter(connection.execute(_ROWS))
    row, ahead = next(rows, None), list[Record]()
    last = _last(connection)
    for line in journal.lines(lines):
        if row is not None and line == row[1].encode():
            row = next(rows, None)
        elif row is None and (record := _follows(line, last)) is not None:
            ahead.append(record)
            last = record
    if row is not None:
        what = f"Record {row[0]} isn't whole, or isn't the same, in the journal."
        problems.append(Problem(number=row[0], what=what))
    return problems, ahead


def _records(connection: sqlite3.Connection) -> Iterator[Record]:
    for _, line in connection.execute(_ROWS):
        record = read_line(line)
        if record is not None:
            yield record


def _last(connection: sqlite3.Connection) -> Record | None:
    row = connection.execute(f"{_ROWS} DESC LIMIT 1").fetchone()
    return read_line(row[1]) if row else None


def _follows(line: bytes, last: Record | None) -> Record | None:
    """Return a line's record if it is whole and the next after the last."""
    number, digest = (last.number, last.digest) if last else (0, START)
    record = read_line(line)
    fits = record is not None and (record.number, record.previous) == (number + 1, digest) and intact(record)
    return record if fits else None


def recover(path: Path, lines: Path, problems: Sequence[Problem]) -> tuple[str, ...]:
    """Write both files anew from all records that either still holds whole; keep the damaged ones beside them.

    Where the files hold different records of one number, the one stays that the next follows, else the file's. What is lost, or
    doesn't follow, or differed, a record of kind "recovery" says, so that the store tells it to whoever reads it later.
    """
    of_file = database.salvaged(path) if path.is_file() else []
    of_journal = list(journal.whole_records(lines))
    chain = _chosen([*of_file, *reversed(of_journal)])
    kept = _keep(path, lines)
    wrong = {
        "lost": _runs(_missing(chain, _hinted(path, lines, chain))), "broken": _runs(_unlinked(chain)),
        "differs": _runs(_differing(of_file, of_journal)),
    }  # fmt: skip
    if any(wrong.values()):
        chain.append(_telling(chain, wrong, kept))
    _replace(path, lines, chain)
    return tuple(_said(path.name, problems[0].what, chain, kept, wrong))


def _chosen(candidates: Iterable[Record]) -> list[Record]:
    """Return one record a number, from the last to the first the one that the next follows, else the first candidate."""
    by_number: dict[int, list[Record]] = {}
    for record in candidates:
        by_number.setdefault(record.number, []).append(record)
    chain: list[Record] = []
    for number in sorted(by_number, reverse=True):
        wanted = chain[-1].previous if chain and chain[-1].number == number + 1 else None
        fitting = [each for each in by_number[number] if each.digest == wanted]
        chain.append((fitting or by_number[number])[0])
    return chain[::-1]


def _missing(chain: Sequence[Record], last: int) -> list[Span]:
    """Return the gaps up to a number, as spans."""
    gaps, expected = [], 1
    for number in [*(record.number for record in chain), last + 1]:
        if number > expected:
            gaps.append((expected, number - 1))
        expected = max(expected, number + 1)
    return gaps


def _hinted(path: Path, lines: Path, chain: Sequence[Record]) -> int:
    """Return the last number that the damaged files speak of, as far as damage can be believed."""
    last = chain[-1].number if chain else 0
    hints = {number for number in (*_keys(path), *_numbered(lines)) if number > last}
    return max((number for number in hints if number <= last + len(hints)), default=last)


def _keys(path: Path) -> list[int]:
    if not path.is_file():
        return []
    try:
        with database.opened(path) as connection:
            found = connection.execute("SELECT number FROM records ORDER BY number DESC LIMIT 10000").fetchall()
    except sqlite3.Error:
        return []
    return [number for (number,) in found if isinstance(number, int)]


def _numbered(lines: Path) -> Iterator[int]:
    """Yield the numbers that damaged lines of the journal name; of the last, if it has no end, none: it was never finished."""
    for line in journal.lines(lines):
        _, found, rest = line.partition(b'"number":')
        digits = rest.partition(b",")[0]
        if found and digits.isdigit() and len(digits) < 10 and line.endswith(b"}"):
            yield int(digits)


def _unlinked(chain: Sequence[Record]) -> list[Span]:
    broken = [(b.number, b.number) for a, b in pairwise(chain) if b.number == a.number + 1 and b.previous != a.digest]
    first = [(1, 1)] if chain and chain[0].number == 1 and chain[0].previous != START else []
    return [*first, *broken]


def _differing(of_file: Sequence[Record], of_journal: Sequence[Record]) -> list[Span]:
    other: dict[int, set[str]] = {}
    for record in of_journal:
        other.setdefault(record.number, set()).add(record.digest)
    return [
        (each.number, each.number)
        for each in of_file
        if other.get(each.number, {each.digest}).isdisjoint({each.digest})
    ]


def _runs(found: Sequence[Span]) -> list[Span]:
    """Join spans that follow each other."""
    joined: list[Span] = []
    for first, last in sorted(set(found)):
        if joined and joined[-1][1] + 1 >= first:
            joined[-1] = (joined[-1][0], max(last, joined[-1][1]))
        else:
            joined.append((first, last))
    return joined


def _telling(chain: Sequence[Record], wrong: dict[str, list[Span]], kept: Sequence[str]) -> Record:
    """Return the record that says what is wrong, after the last number that was ever given."""
    last = max([record.number for record in chain] + [end for _, end in wrong["lost"]], default=0)
    follows = bool(chain) and chain[-1].number == last
    payload: dict[str, Any] = {name: [list(span) for span in found] for name, found in wrong.items()}
    return make_record(
        last + 1, RECOVERY, payload | {"kept": list(kept)}, at=datetime.now(UTC), previous=chain[-1].digest if follows else START
    )  # fmt: skip


def _keep(path: Path, lines: Path) -> list[str]:
    """Copy the damaged files, so that nothing of them is lost, and return their new names."""
    stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%S%f")
    kept = []
    try:
        for each in (path, lines, *database.beside(path)):
            if each.is_file():
                copy = each.with_name(f"{each.name}.damaged-{stamp}")
                shutil.copy2(each, copy)
                kept.append(copy.name)
    except OSError as error:
        raise InputError(
            f"{path.name} is damaged, and no copy of it can be kept: {error.strerror}. Make room for it."
        ) from error
    return kept


def _replace(path: Path, lines: Path, chain: Sequence[Record]) -> None:
    """Write both files under other names and rename them, the sqlite file first: whoever is killed leaves one that is whole."""
    new = path.with_name(f"{path.name}.new"), lines.with_name(f"{lines.name}.new")
    for each in (*new, *database.beside(new[0])):
        each.unlink(missing_ok=True)
    database.make(new[0])
    with database.opened(new[0]) as connection:
        connection.execute("BEGIN IMMEDIATE")
        connection.executemany(_INSERT, [(record.number, record.line()) for record in chain])
        connection.execute("COMMIT")
    journal.write_lines(new[1], (record.line() for record in chain))
    for each in database.beside(path):
        each.unlink()
    new[0].replace(path)
    new[1].replace(lines)
    journal.sync_folder(path.parent)


def _said(
    name: str, why: str, chain: Sequence[Record], kept: Sequence[str], wrong: dict[str, list[Span]]
) -> Iterator[str]:
    found = sum(record.kind != RECOVERY for record in chain)
    aside = f", and the damaged files kept as {', '.join(kept)}" if kept else ""
    yield f"{name} was damaged ({why.rstrip('.')}); {found:,} {'record was' if found == 1 else 'records were'} recovered{aside}."
    words = {
        "lost": "lost: neither file holds them whole.",
        "broken": "whole but don't follow the one before.",
        "differs": "written differently in the file and in its journal; the damaged files hold both.",
    }
    for key, text in words.items():
        if wrong[key]:
            yield f"{spans(wrong[key])} {text}"
