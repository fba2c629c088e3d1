"""The files of a registry: model bytes under the name of their digest, kept without being loaded."""

import os
import re
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import file_digest, sha256
from pathlib import Path

from mlops_widgets.core.result import write_atomically
from mlops_widgets.errors import InputError, ModelFileError, did_you_mean, listed
from mlops_widgets.study.model_files.door import READERS

_FILE = re.compile(r"([0-9a-f]{64})(\.[a-z]+)")
_BLOCK = 1 << 20


def is_file_name(file: str, digest: str) -> bool:
    """Say whether an entry's file name is what the store would call a file of this digest: a name, never a path."""
    found = _FILE.fullmatch(file)
    return found is not None and found[1] == digest and found[2] in READERS


class ModelStore:
    """A folder of model files.

    Parameters
    ----------
    folder
        Of the files; made when the first one comes.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def put(self, content: bytes, suffix: str) -> tuple[str, str]:
        """Keep bytes, and return their digest and the file's name."""
        digest = sha256(content).hexdigest()
        file = f"{digest}{suffix}"
        if self.problem(file, digest):
            with self._writing():
                write_atomically(self.folder / file, content)
        return digest, file

    def copy(self, path: Path) -> tuple[str, str]:
        """Keep a copy of a model's file, read once and never loaded, and return its digest and the copy's name.

        Raises
        ------
        ModelFileError
            If it is no file, or its ending isn't that of a model.
        """
        suffix = path.suffix.lower()
        if suffix not in READERS:
            raise ModelFileError(
                f"{path.name[:80]!r} ends in {suffix!r}. Allowed: {listed(READERS)}.{did_you_mean(suffix, READERS)} Pass one file; of an "
                "MLflow model use import_from_mlflow."
            )
        with self._writing():
            return self._copied(path, suffix)

    def path(self, file: str, digest: str) -> Path:
        """Return where a file lies, once its bytes were shown to be those of its digest.

        Raises
        ------
        ModelFileError
            If it is gone or was changed.
        """
        problem = self.problem(file, digest)
        if problem:
            raise ModelFileError(
                f"The model file {digest[:16]}… {problem}. Put a copy of it back, or register it again."
            )
        return self.folder / file

    def problem(self, file: str, digest: str) -> str:
        """Return what is wrong with a file; "" where nothing is."""
        found = self.folder / file
        if found.is_symlink():
            return "is a link"
        if not found.is_file():
            return "is missing"
        try:
            with found.open("rb") as stream:
                return "" if file_digest(stream, "sha256").hexdigest() == digest else "was changed"
        except OSError as error:
            return f"can't be read ({error.strerror})"

    def _copied(self, path: Path, suffix: str) -> tuple[str, str]:
        if not path.is_file():
            raise ModelFileError(
                f"{path.name[:80]!r}: there is no such file. Pass the path of a model file, or a live model."
            )
        waiting = self.folder / f".{secrets.token_hex(8)}"
        try:
            with path.open("rb") as source, waiting.open("xb") as target:
                shutil.copyfileobj(source, target, _BLOCK)
            with waiting.open("rb") as stream:
                digest = file_digest(stream, "sha256").hexdigest()
            waiting.replace(self.folder / f"{digest}{suffix}")
        finally:
            waiting.unlink(missing_ok=True)
        return digest, f"{digest}{suffix}"

    @contextmanager
    def _writing(self) -> Iterator[None]:
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            yield
        except OSError as error:
            raise InputError(
                f"The model can't be kept in {self.folder.name}/: {os.strerror(error.errno or 0)}."
            ) from error
