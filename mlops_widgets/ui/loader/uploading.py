"""A file that comes from the browser in pieces: each checked, the whole under its name only when it is complete.

A message over 10 MiB closes the websocket of a Jupyter server as it comes, so a file comes in chunks, and the next is
sent when the last was acknowledged. Until all have come the file has a hidden name; it replaces nothing.
"""

import errno
import os
import re
import shutil
import tempfile
import unicodedata
import weakref
from contextlib import suppress
from hashlib import sha256
from pathlib import Path
from typing import Any

from mlops_widgets.errors import InputError, listed
from mlops_widgets.ui.loader.browsing import SUFFIXES, Kind, knows, size_words

CHUNK_BYTES = 4_000_000
"""Most bytes of one message; with what wraps it, far below the 10 MiB that a default server takes."""
MOST_BYTES = 2_000_000_000
_LONGEST_NAME = 200
"""Bytes of a name: a file system takes 255, and `_reserve` may add a number."""

_RESERVED = {"con", "prn", "aux", "nul", *(f"{port}{k}" for port in ("com", "lpt") for k in "123456789¹²³")}


class Upload:
    """One file on its way.

    Parameters
    ----------
    folder
        Where it is to be written; made if it doesn't exist.
    name
        What the browser calls it; see `safe_name`.
    size
        How many bytes it has.
    kind
        What it is to hold.

    Attributes
    ----------
    received
        How many bytes have come.
    next
        Number of the chunk that is expected.

    Raises
    ------
    InputError
        If no such file is read here, it is too large, or the folder or the disk can't take it.
    """

    def __init__(self, folder: Path, *, name: str, size: int, kind: Kind) -> None:
        self.name, self.size = safe_name(name), size
        if not knows(self.name, kind):
            raise InputError(f"{self.name!r} isn't a {kind} file. Files end in {listed(SUFFIXES[kind])}.")
        if type(size) is not int or not 0 < size <= MOST_BYTES:
            shown = size_words(size) if type(size) is int and size > 0 else "0 B"
            raise InputError(
                f"{self.name!r} has {shown}. Uploads have 1 byte to {size_words(MOST_BYTES)}: copy a larger file to the "
                "server and give its path."
            )
        self._folder, self.received, self.next = folder, 0, 0
        self._temporary, self._file = self._open()
        # also at the end of the process: a browser that is closed sends no word
        self._discard = weakref.finalize(self, _remove, self._file, self._temporary)

    def _open(self) -> tuple[Path, Any]:
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            free = shutil.disk_usage(self._folder).free
            if free < self.size:
                raise InputError(_full(self.name, self.size, free))
            handle, path = tempfile.mkstemp(prefix=".upload-", dir=self._folder)
        except OSError as error:
            raise InputError(
                f"{self.name!r} can't be written into {self._folder.name}/: {error.strerror}. Choose a folder that may "
                "be written with StudyLoader(folder=…)."
            ) from error
        return Path(path), os.fdopen(handle, "wb")

    def take(self, chunk: "memoryview[Any] | bytes", *, index: int, digest: str | None = None) -> bool:
        """Write a chunk and return whether the file is complete.

        Parameters
        ----------
        chunk
            Its bytes.
        index
            Its number, from 0.
        digest
            Its SHA-256 as hex digits, where the browser can compute it.

        Raises
        ------
        InputError
            If it isn't the chunk that is expected, or the disk is full. What had come is removed.
        """
        try:
            self._check(chunk, index, digest)
            self._file.write(chunk)
        except OSError as error:
            self.cancel()
            full = error.errno in {errno.ENOSPC, errno.EDQUOT}
            why = "the disk is full" if full else str(error.strerror)
            raise InputError(f"{self.name!r} can't be written: {why}. Nothing was kept of it.") from error
        except InputError:
            self.cancel()
            raise
        self.received, self.next = self.received + len(chunk), index + 1
        return self.received == self.size

    def _check(self, chunk: "memoryview[Any] | bytes", index: int, digest: str | None) -> None:
        wrong = ""
        if not self._discard.alive:
            wrong = "it was stopped before"
        elif type(index) is not int or index != self.next:
            wrong = f"piece {index!r} came where {self.next} was expected"
        elif not 0 < len(chunk) <= CHUNK_BYTES:
            wrong = f"a piece has {len(chunk):,} bytes, and 1 to {CHUNK_BYTES:,} are allowed"
        elif self.received + len(chunk) > self.size:
            wrong = f"more came than its {self.size:,} bytes"
        elif digest is not None and sha256(chunk).hexdigest() != digest:
            wrong = f"piece {index} was damaged on its way"
        if wrong:
            raise InputError(f"The upload of {self.name!r} broke off: {wrong}. Upload it again.")

    def finish(self) -> Path:
        """Give the complete file its name, or one with a number where that is taken, and return its path.

        Raises
        ------
        InputError
            If it isn't complete, or can't be written.
        """
        if self.received != self.size or not self._discard.alive:
            self.cancel()
            raise InputError(f"The upload of {self.name!r} broke off: {self.received:,} of {self.size:,} bytes came.")
        try:
            self._file.close()
            target = _reserve(self._folder, self.name)
            self._temporary.replace(target)
        except OSError as error:
            self.cancel()
            raise InputError(f"{self.name!r} can't be written: {error.strerror}. Nothing was kept of it.") from error
        self._discard.detach()
        return target

    def cancel(self) -> None:
        """Stop, and remove what has come."""
        self._discard()


def safe_name(name: str) -> str:
    """Return the last part of a path without anything that means something to a file system.

    Examples
    --------
    >>> safe_name("../../etc/pass wd?.csv"), safe_name("..")
    ('pass wd_.csv', 'upload')
    """
    last = re.split(r"[/\\]", unicodedata.normalize("NFC", str(name)))[-1]
    kept = "".join(letter if letter.isalnum() or letter in "._- ()" else "_" for letter in last).strip(" .")
    stem, dot, suffixes = kept.partition(".")
    stem = f"{stem}_" if stem.strip().lower() in _RESERVED else stem
    end = f"{dot}{suffixes}".encode()[-40:]
    return (stem.encode()[: _LONGEST_NAME - len(end)] + end).decode(errors="ignore") or "upload"


def _reserve(folder: Path, name: str) -> Path:
    """Make an empty file of that name, or of the first free name beside it, so that nothing is ever replaced."""
    stem, dot, suffixes = name.partition(".")
    for number in range(1, 10_000):
        target = folder / (name if number == 1 else f"{stem}-{number}{dot}{suffixes}")
        try:
            target.touch(exist_ok=False)
        except FileExistsError:
            continue
        return target
    raise FileExistsError(errno.EEXIST, "there are 10,000 files of that name")


def _remove(file: Any, temporary: Path) -> None:  # noqa: ANN401 - an open file
    with suppress(OSError):  # what was left to write doesn't fit on the disk either
        file.close()
    temporary.unlink(missing_ok=True)


def _full(name: str, size: int, free: int) -> str:
    return f"{name!r} has {size_words(size)}, and the disk has {size_words(free)} left. Make room, or give a path."
