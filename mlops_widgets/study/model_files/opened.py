"""A model file before and after it is read: its bytes, taken once, and what they turned out to hold."""

import os
import stat
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

from mlops_widgets.errors import ModelFileError, UnsafeModelError

MOST_BYTES = 2 * 1024**3
"""Largest model file that is read; also the most that a compressed one may unpack to."""


@dataclass(frozen=True)
class ModelFile:
    """What a model file held.

    Attributes
    ----------
    model
        The model, ready to predict.
    notes
        Sentences on how it was read: an older version, a setting that was left out.
    digest
        SHA-256 of the file's bytes, 64 hex digits.
    features
        Names of the columns that the file says the model takes, or ().
    """

    model: Any
    notes: tuple[str, ...]
    digest: str
    features: tuple[str, ...] = ()


def named(path: Path, argument: str) -> str:
    """Return how messages call the file: `model='clf.skops'`."""
    return f"{argument}={path.name!r}"


def printable(text: str) -> str:
    r"""Return a text that may quote a file, with marks in place of what would steer a terminal or turn its direction.

    Examples
    --------
    >>> printable("saved by \x1b[2J1.0")
    'saved by \ufffd[2J1.0'
    """
    return "".join(letter if letter.isprintable() or letter == "\n" else "\ufffd" for letter in text)


def first_bytes(path: Path, *, argument: str, size: int = 16) -> bytes:
    """Return the first bytes of a regular file that isn't empty or too large, following links.

    Raises
    ------
    ModelFileError
        If there is no such file, or it can't be read.
    """
    return _bytes(path, argument=argument, most=size)


def file_bytes(path: Path, *, argument: str) -> bytes:
    """Return all bytes of a regular file, read once: what is checked is what is loaded.

    Raises
    ------
    ModelFileError
        If there is no such file, it is empty or larger than `MOST_BYTES`, or it can't be read.
    """
    return _bytes(path, argument=argument, most=MOST_BYTES)


def same_bytes(path: Path, *, digest: str) -> bytes:
    """Return all bytes of a file that was read before: in a child process, where it is read again.

    Raises
    ------
    UnsafeModelError
        If they aren't those of the SHA-256 `digest` any more.
    """
    data = file_bytes(path, argument="model")
    if sha256(data).hexdigest() != digest:
        raise UnsafeModelError("The model file changed while it was read. Read it again.")
    return data


def _bytes(path: Path, *, argument: str, most: int) -> bytes:
    # Without O_NONBLOCK a named pipe that nobody writes to would block here for ever.
    flags = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
    try:
        with os.fdopen(os.open(path, flags), "rb") as file:
            _check_kind(os.fstat(file.fileno()), named(path, argument))
            return file.read(most)
    except ModelFileError:  # a ValueError too
        raise
    except FileNotFoundError as error:
        raise ModelFileError(f"{named(path, argument)}: there is no such file. Looked in {path.parent}.") from error
    except IsADirectoryError as error:
        raise ModelFileError(f"{named(path, argument)} is a folder. Pass the model file in it.") from error
    except (OSError, ValueError) as error:  # ValueError: a zero byte in the name
        reason = getattr(error, "strerror", None) or str(error)
        raise ModelFileError(f"{named(path, argument)} can't be read: {reason}.") from error


def _check_kind(found: os.stat_result, name: str) -> None:
    if stat.S_ISDIR(found.st_mode):
        raise ModelFileError(f"{name} is a folder. Pass the model file in it.")
    if not stat.S_ISREG(found.st_mode):
        raise ModelFileError(f"{name} is a device or a pipe, not a file. Save the model to a file and pass that.")
    if not found.st_size:
        raise ModelFileError(f"{name} is empty (0 bytes). Save the model again.")
    if found.st_size > MOST_BYTES:
        raise ModelFileError(
            f"{name} has {found.st_size / 1024**3:.1f} GB; the most that is read is {MOST_BYTES // 1024**3} GB. "
            "Load it yourself and pass the live model."
        )
