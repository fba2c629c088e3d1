"""The server's folders, as far as they hold tables or models."""

import os
import stat
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Literal

from mlops_widgets.core.words import number
from mlops_widgets.errors import InputError
from mlops_widgets.study.model_files.door import READERS
from mlops_widgets.study.table_files.paths import ENDINGS
from mlops_widgets.study.table_files.text_files import PACKED

Kind = Literal["table", "model"]

SUFFIXES: dict[Kind, tuple[str, ...]] = {"table": ENDINGS, "model": tuple(READERS)}
MOST_ENTRIES = 400


@dataclass(frozen=True, kw_only=True)
class Entry:
    """A folder or file in a listing: its name, its path, and for files size and date in words."""

    name: str
    path: str
    is_folder: bool
    size: str = ""
    date: str = ""


@dataclass(frozen=True, kw_only=True)
class Listing:
    """What a folder holds that can be chosen.

    Parameters
    ----------
    folder
        The folder, absolute.
    parent
        The folder above it; empty at the top.
    entries
        Folders, then files, each sorted by name.
    usable
        Whether the folder itself is a table (Parquet files) or a model (of MLflow).
    note
        What isn't shown and why; empty where everything is.
    """

    folder: str
    parent: str
    entries: tuple[Entry, ...]
    usable: bool = False
    note: str = ""


def knows(name: str, kind: Kind) -> bool:
    """Return whether a file of this name may hold a table or a model; a database needs a SELECT and so can't be picked."""
    bare = name.lower()
    if kind == "table":
        for packed in PACKED:
            bare = bare.removesuffix(packed)
    return bare.endswith(SUFFIXES[kind])


def list_folder(path: str | Path, kind: Kind) -> Listing:
    """Return what a folder holds that can be chosen as a `kind`.

    Links are followed one step at a time as a person opens them, so a loop of links ends where they stop.

    Raises
    ------
    InputError
        If there is no such folder, or it may not be read.
    """
    try:
        folder = Path(path).expanduser().resolve(strict=True)
        with os.scandir(folder) as scanned:
            names = sorted((entry for entry in scanned if not entry.name.startswith(".")), key=_order)
    except (OSError, RuntimeError, ValueError) as error:  # RuntimeError: a loop of links; ValueError: a null character
        raise InputError(f"The folder {str(path)!r} can't be opened: {_why(error)}. Choose another one.") from error
    entries = [found for entry in names if (found := _entry(entry, kind)) is not None]
    entries.sort(key=lambda entry: not entry.is_folder)
    left = len(entries) - MOST_ENTRIES
    note = f"{number(left, 'integer')} more aren't shown: type the path." if left > 0 else ""
    return Listing(
        folder=str(folder),
        parent=str(folder.parent) if folder.parent != folder else "",
        entries=tuple(entries[:MOST_ENTRIES]),
        usable=_is_usable({entry.name for entry in names}, kind),
        note=note or ("" if entries else f"Nothing here can be chosen as a {kind}."),
    )


def short_path(path: str | Path) -> str:
    """Return a path as a notebook would write it: relative to the current folder where it lies in it."""
    try:
        return str(Path(path).resolve().relative_to(Path.cwd().resolve()))
    except (OSError, RuntimeError, ValueError):
        return str(path)


def _order(entry: "os.DirEntry[str]") -> tuple[str, str]:
    return entry.name.casefold(), entry.name


def _entry(entry: "os.DirEntry[str]", kind: Kind) -> Entry | None:
    """Return a folder or a file that may be chosen; None for any other, and for a link that leads nowhere."""
    try:
        found = entry.stat()
    except OSError:
        return None
    if stat.S_ISDIR(found.st_mode):
        return Entry(name=entry.name, path=entry.path, is_folder=True)
    if not stat.S_ISREG(found.st_mode) or not knows(entry.name, kind):  # a pipe would wait for its writer for ever
        return None
    when = datetime.fromtimestamp(found.st_mtime).astimezone()
    return Entry(
        name=entry.name, path=entry.path, is_folder=False, size=size_words(found.st_size), date=f"{when:%Y-%m-%d}"
    )


def size_words(size: int) -> str:
    """Return a number of bytes in words.

    Examples
    --------
    >>> size_words(900), size_words(52_428_800)
    ('900 B', '52 MB')
    """
    value, unit = float(size), "B"
    for larger in ("kB", "MB", "GB", "TB"):
        if value < 1000:
            break
        value, unit = value / 1000, larger
    return f"{value:.2g} {unit}" if value < 10 and unit != "B" else f"{value:.0f} {unit}"


def _is_usable(names: set[str], kind: Kind) -> bool:
    if kind == "model":
        return "MLmodel" in names
    return any(name.lower().endswith(".parquet") for name in names)


def _why(error: Exception) -> str:
    if isinstance(error, PermissionError):
        return "you may not read it"
    if isinstance(error, FileNotFoundError):
        return "there is none"
    if isinstance(error, NotADirectoryError):
        return "it is a file"
    return "its links lead in a circle" if isinstance(error, RuntimeError) else type(error).__name__
