"""Files written beside a study file: all of them or none, each under a name that says its content."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path

from mlops_widgets.errors import InputError, listed

Write = Callable[[Path, bytes], None]
"""Writes a file whole or not at all."""

_OURS = re.compile(r"[\w-]+-[0-9a-f]{12}\.\w+")


@dataclass
class FilesBeside:
    """What is written beside a study file, and taken away again if not all of it can be.

    Parameters
    ----------
    home
        Folder of the study file, without links.
    name
        What the folder of the other files is called.
    write
        Writes each.
    written, new
        What was written beside the study file; what wasn't there before, also folders.
    notes
        What the person who opens the study should know, in sentences.
    """

    home: Path
    name: str
    write: Write
    written: list[Path] = field(default_factory=list)
    new: list[Path] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    @property
    def path(self) -> Path:
        """The folder of these files."""
        return self.home / self.name

    def add(self, title: str, suffix: str, content: bytes) -> str:
        """Write a file under a name that says its content, so that no file of an earlier save is touched."""
        title = re.sub(r"\W+", "_", title, flags=re.ASCII)[:40]
        file = self.path / f"{title}-{sha256(content).hexdigest()[:12]}{suffix}"
        self._put(file, content)
        self.written.append(file)
        return file.relative_to(self.home).as_posix()

    def add_tree(self, title: str, source: Path) -> str:
        """Copy a folder, such as an MLflow model."""
        files = sorted(file for file in source.rglob("*") if file.is_file())
        leading_out = [file.name for file in files if not file.resolve().is_relative_to(source.resolve())]
        if leading_out:
            raise InputError(
                f"{title}= is a folder with a link that leads out of it: {listed(leading_out)}. What it leads to isn't copied: "
                "put the file itself there."
            )
        digest = sha256("".join(f"{f.relative_to(source)}{sha256(f.read_bytes()).hexdigest()}" for f in files).encode())
        target = self.path / f"{title}-{digest.hexdigest()[:12]}"
        for file in files:
            self._put(target / file.relative_to(source), file.read_bytes())
        self.written.append(target)
        return target.relative_to(self.home).as_posix()

    def finish(self, file: Path, content: bytes) -> None:
        """Write the study file itself, the last."""
        self._put(self.home / file.name, content)

    def _put(self, file: Path, content: bytes) -> None:
        self._make(file.parent)
        if not file.exists():
            self.new.append(file)
        self.write(file, content)

    def _make(self, folder: Path) -> None:
        if folder.is_symlink():
            raise InputError(f"{folder.name} is a link to another folder. Remove it, or save under another name.")
        if not folder.exists():
            self._make(folder.parent)
            folder.mkdir()
            self.new.append(folder)

    def take_away(self) -> None:
        """Remove what this save made, newest first."""
        for made in reversed(self.new):
            if made.is_dir():
                made.rmdir()
            else:
                made.unlink(missing_ok=True)

    def tidy(self, *, before: str, after: str) -> None:
        """Remove the files that only the study file before this one named."""
        for old in self.path.iterdir() if self.path.is_dir() and not self.path.is_symlink() else []:
            if _OURS.fullmatch(old.name) and old.is_file() and old.name in before and old.name not in after:
                old.unlink()


@contextmanager
def all_or_nothing(folder: FilesBeside, file: Path) -> Iterator[None]:
    """Take away what was written if not all of it can be.

    Raises
    ------
    InputError
        If the disk is full or the folder can't be written.
    """
    try:
        yield
    except OSError as error:
        folder.take_away()
        raise InputError(
            f"{str(file)[:200]!r} can't be saved: {error.strerror or type(error).__name__}. Nothing of it was kept."
        ) from error
    except BaseException:
        folder.take_away()
        raise
