"""What is kept of a retired model: which files, and what was in them."""

import stat
from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any, Literal

from mlops_widgets.errors import InputError, WrongTypeError

_PIECE = 1 << 20
_MOST_FILES = 500
Found = Literal["kept", "missing", "a link", "no plain file", "can't be read"]


@dataclass(frozen=True, kw_only=True)
class ArchivedFile:
    """A file of the archive: as it was named, its size, the SHA-256 of what it holds, and whether it was there."""

    path: str
    bytes: int
    sha256: str
    found: Found


def manifest(paths: Iterable[Any]) -> tuple[ArchivedFile, ...]:
    """Return each file with its hash, read piece by piece. Links aren't followed: what they point to may change.

    Raises
    ------
    InputError
        If a path is named twice, or there are too many.
    """
    if isinstance(paths, str | bytes):
        raise WrongTypeError("archive= is a text. Pass a list of paths.")
    named = [Path(each) for each in paths]
    if len(named) > _MOST_FILES or len({str(each) for each in named}) < len(named):
        raise InputError(f"archive= names {len(named)} files. Pass at most {_MOST_FILES}, each once.")
    return tuple(_entry(each) for each in named)


def _entry(path: Path) -> ArchivedFile:
    found = _kind(path)
    size, digest = 0, ""
    if found == "kept":
        try:
            size, digest = _read(path)
        except OSError:
            found = "can't be read"
    return ArchivedFile(path=str(path), bytes=size, sha256=digest, found=found)


def _kind(path: Path) -> Found:
    try:
        mode = path.lstat().st_mode
    except (OSError, ValueError):
        return "missing"
    if stat.S_ISLNK(mode):
        return "a link"
    return "kept" if stat.S_ISREG(mode) else "no plain file"


def _read(path: Path) -> tuple[int, str]:
    digest, size = sha256(), 0
    with path.open("rb") as file:
        while piece := file.read(_PIECE):
            digest.update(piece)
            size += len(piece)
    return size, digest.hexdigest()


def changed(files: Iterable[ArchivedFile], folder: Path) -> tuple[str, ...]:
    """Return the files, in a sentence each, that are no longer as they were; relative paths lie in `folder`."""
    lines = []
    for each in files:
        now = _entry(folder / each.path)
        if each.found == "kept" and now.found != "kept":
            lines.append(f"{each.path}: {now.found}")
        elif each.found == "kept" and now.sha256 != each.sha256:
            lines.append(f"{each.path}: changed since the decision")
    return tuple(lines)
