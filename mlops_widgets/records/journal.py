"""The journal: the same records as lines of text, appended and flushed before sqlite is told."""

import io
import os
from collections.abc import Iterable, Iterator
from pathlib import Path

from mlops_widgets.records.chain import MOST_LINE_BYTES, Record, carved, intact, read_line


def append_line(path: Path, line: str) -> int:
    """Add a line and flush it to disk; return the journal's size before, to which `cut` brings it back.

    A half line, left by a process that was killed, is ended first.
    """
    new = not path.exists()
    handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND | getattr(os, "O_BINARY", 0), 0o600)
    with os.fdopen(handle, "r+b", buffering=0) as file:
        size = file.seek(0, os.SEEK_END)
        before = b""
        if size:
            file.seek(size - 1)
            before = b"" if file.read(1) == b"\n" else b"\n"
        try:
            _write_all(file, before + line.encode("ascii") + b"\n")
            os.fsync(file.fileno())
        except BaseException:
            file.truncate(size)
            raise
    if new:
        sync_folder(path.parent)
    return size


def write_lines(path: Path, texts: Iterable[str]) -> None:
    """Write a new journal that only its owner may read, and flush it to disk."""
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o600)
    with os.fdopen(handle, "wb") as file:
        file.writelines(text.encode("ascii") + b"\n" for text in texts)
        file.flush()
        os.fsync(file.fileno())


def _write_all(file: io.RawIOBase, data: bytes) -> None:
    rest = memoryview(data)
    while rest:
        rest = rest[file.write(rest) or 0 :]


def cut(path: Path, size: int) -> None:
    """Take back what was appended to a journal that had this size."""
    with path.open("r+b") as file:
        file.truncate(size)


def ends_with(path: Path, line: str | None) -> bool:
    """Say whether the journal's last line is this one; of None, whether it is empty or isn't there."""
    size = path.stat().st_size if path.is_file() else 0
    if line is None:
        return size == 0
    wanted = line.encode("ascii", "replace") + b"\n"
    if size < len(wanted):
        return False
    with path.open("rb") as file:
        file.seek(size - len(wanted) - (size > len(wanted)))
        found = file.read()
    return found in {wanted, b"\n" + wanted}


def lines(path: Path) -> Iterator[bytes]:
    """Yield the journal's lines; of one that is longer than any record, nothing."""
    if not path.is_file():
        return
    with path.open("rb") as file:
        while line := file.readline(MOST_LINE_BYTES):
            if len(line) < MOST_LINE_BYTES or line.endswith(b"\n"):
                yield line.rstrip(b"\n")
                continue
            while (rest := file.readline(MOST_LINE_BYTES)) and not rest.endswith(b"\n"):
                pass


def whole_records(path: Path) -> Iterator[Record]:
    """Yield the journal's records that are whole, also those that stand in a damaged line."""
    for line in lines(path):
        record = read_line(line)
        if record is not None and intact(record):
            yield record
        elif line:
            yield from carved(line)


def sync_folder(folder: Path) -> None:
    """Flush a folder to disk, so that a new file's name isn't lost with the power; where the system can't, do nothing."""
    if os.name != "posix":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
