"""Paths in a file that may come from somebody else: they stay in its folder, or in folders that the caller names."""

import re
from collections.abc import Sequence
from pathlib import Path, PureWindowsPath

from mlops_widgets.errors import InputError, listed

_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+:")
_MLFLOW = re.compile(r"(?:runs|models):/[\w.@ -]+(?:/[\w.@ -]+)*")
_MOST_ENTRIES = 100_000


def confine(text: str, *, folders: Sequence[Path], what: str) -> Path:
    """Return where `text` leads, an absolute path without links, inside one of `folders`.

    Parameters
    ----------
    text
        A path, relative to the first folder unless absolute.
    folders
        Where it may lead, each absolute and without links.
    what
        The name and the file that hold it, for messages.

    Raises
    ------
    InputError
        If it leads elsewhere, is no path of a file or folder, or nothing is there.
    """
    if not text or "\0" in text or text.startswith("~") or _SCHEME.match(text) or _is_network(text):
        raise InputError(
            f"{what} is {text[:100]!r}. Allowed: the path of a file or folder, relative to the file that names it; "
            "no address, no ~, no network share."
        )
    try:
        found = (folders[0] / text).resolve()
        inside = _is_inside(found, folders)
        there = found.exists() if inside else True
    except (OSError, RuntimeError, ValueError) as error:  # links in a ring, names too long
        raise InputError(f"{what} is {text[:100]!r}, which is no path here: {type(error).__name__}.") from error
    if not inside:
        raise InputError(
            f"{what} leads out of the folder of the file that names it: {text[:100]!r}. Move or copy what it names into "
            'that folder, or allow the other folder in the call: folders=("…",).'
        )
    if not there:
        raise InputError(f"{what} is {text[:100]!r}: there is no such file in {folders[0].name}/.")
    _check_kind(found, folders, what=what, text=text)
    return found


def _is_network(text: str) -> bool:
    """Say whether Windows would read the path as a drive or a network share, whatever this system does."""
    return bool(PureWindowsPath(text).drive) or text.startswith(("//", "\\"))


def _is_inside(path: Path, folders: Sequence[Path]) -> bool:
    return any(path.is_relative_to(folder) for folder in folders)


def _check_kind(found: Path, folders: Sequence[Path], *, what: str, text: str) -> None:
    """Refuse devices and pipes, which may never end, and folders that lead out by a link."""
    if found.is_file():
        return
    if not found.is_dir():
        raise InputError(f"{what} is {text[:100]!r}, which is neither a file nor a folder.")
    for number, entry in enumerate(found.rglob("*")):
        if number >= _MOST_ENTRIES:
            raise InputError(f"{what} is {text[:100]!r}, a folder of more than {_MOST_ENTRIES:,} files.")
        if entry.is_symlink() and not _is_inside(entry.resolve(), folders):
            raise InputError(f"{what} is {text[:100]!r}, a folder with a link that leads out: {listed([entry.name])}.")


def is_mlflow(text: str) -> bool:
    """Say whether a model is given as an address on the MLflow server that this machine's user has configured."""
    return bool(_MLFLOW.fullmatch(text)) and ".." not in text.split("/")
