"""A log as it stands in its files: its lines, and what is wrong with them, without recovering or writing anything."""

from collections.abc import Sequence

from mlops_widgets.errors import InputError
from mlops_widgets.records import Records
from mlops_widgets.records.chain import RECOVERY, START, Problem, Record, intact, read_line, spans
from mlops_widgets.records.merkle import leaf_hash
from mlops_widgets.records.recovery import examine

ADDED = "Its line holds more than the record, which another reader may take for it."


def whole_leaves(store: Records) -> list[bytes]:
    """Return the leaf hash of each line.

    Raises
    ------
    InputError
        If one of them was changed: there is no root of what nobody wrote.
    """
    lines = store.lines()
    wrong = next((at for at, line in enumerate(lines, 1) if not _is_whole(line)), None)
    if wrong is not None:
        raise InputError(
            f"{store.path.name}: record {wrong} was changed after it was written. Look with verify_log, and keep both files as they are."
        )
    return [leaf_hash(line) for line in lines]


def _is_whole(line: bytes) -> bool:
    record = read_line(line)
    return record is not None and intact(record) and _is_plain(line, record)


def _is_plain(line: bytes, record: Record) -> bool:
    """Say whether a line is the one that the record makes: no name twice, no spaces between."""
    return record.line().encode("ascii") == line


def head_of(lines: Sequence[bytes]) -> str:
    """Return the digest of the last line's record; 64 zeros where there is none."""
    last = read_line(lines[-1]) if lines else None
    return last.digest if last else START


def examined(store: Records) -> tuple[list[Problem], list[bytes]]:
    """Return what is wrong with a log, and its lines as far as the file can be read."""
    problems, ahead = examine(store.path, store.journal, writing=False)
    if len(ahead) > 1:  # a process that is killed leaves one
        number = ahead[0].number
        what = f"{spans([(number, ahead[-1].number)])} in the journal alone: the end of the file was cut off."
        problems.append(Problem(number=number, what=what))
    try:
        lines = store.lines()
    except InputError:
        lines = None
    if lines != [] and not store.journal.is_file():  # it is made with the first record
        problems.append(Problem(number=0, what=f"{store.journal.name} is missing."))
    if lines is None:
        return problems, []
    return [*problems, *_of_lines(lines)], lines


def _of_lines(lines: Sequence[bytes]) -> list[Problem]:
    """Return what neither chain nor digest shows: lines that hold more than their record, and what a recovery told that it found."""
    found = []
    for line in lines:
        record = read_line(line)
        if record is None:
            continue
        if not _is_plain(line, record):
            found.append(Problem(number=record.number, what=f"Record {record.number} isn't written as it was. {ADDED}"))
        if record.kind == RECOVERY:
            found += _differing(record)
    return found


def _differing(record: Record) -> list[Problem]:
    told = record.payload.get("differs", ())
    ends = [(each[0], each[1]) for each in told if isinstance(each, list) and [type(end) for end in each] == [int, int]]
    return [
        Problem(number=first, what=f"{spans([(first, last)])} known in two forms, of the file and of its journal.", known=True)
        for first, last in ends
    ]  # fmt: skip
