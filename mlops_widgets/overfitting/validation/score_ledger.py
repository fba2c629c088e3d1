"""How often a test was looked at: a ledger of the distinct answers that were scored on it."""

import json
import os
import re
from contextlib import contextmanager, suppress
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from mlops_widgets.core.result import write_atomically
from mlops_widgets.errors import InputError
from mlops_widgets.study.predictor import Predictor
from mlops_widgets.study.study import Study

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_VERSION = 1
_MOST_BYTES = 5_000_000
_HEX = re.compile(r"[0-9a-f]{16}")
_NEW = "Pass the path of a ledger that open_ledger wrote, or of a file that isn't there yet."


class ScoreLedger:
    """Counts the distinct answers that were scored on each test: every one is another chance to be lucky.

    It keeps hashes alone: 16 hex digits of the test's fingerprint and, for each look, of the model's answers on all of
    its rows together. The same model looked at twice counts once. Of a test of a few rows somebody could guess the answers
    and see whether their hash is there; that they were given to which rows no ledger says.

    Parameters
    ----------
    path
        File to read and to write at each new look, or None to keep the count in memory.
    """

    def __init__(self, path: Path | None = None) -> None:
        self.path = path
        self._looks: dict[str, set[str]] = {} if path is None else _read(path)

    def record(self, study: Study, *, model: Predictor | None = None) -> int:
        """Count the answers of the study's model on its test, and return how many have been counted there.

        Parameters
        ----------
        study
            With a test.
        model
            Another model of the same study, such as its challenger.
        """
        test = study.need("test")
        answers = np.ascontiguousarray(np.round(study.output(test, model=model), 9) + 0.0)
        look = sha256(test.fingerprint.encode() + str(answers.shape).encode() + answers.tobytes()).hexdigest()[:16]
        known = self._looks.setdefault(test.fingerprint, set())
        if look not in known:
            known.add(look)
            self._write()
        return len(known)

    def looks(self, study: Study) -> int:
        """Return how many distinct answers have been counted on the study's test."""
        return len(self._looks.get(study.need("test").fingerprint, ()))

    def _write(self) -> None:
        """Write everything known, with what another notebook added to the file meanwhile."""
        if self.path is None:
            return
        file = Path(os.path.realpath(self.path))  # a link goes on being one
        with _alone(file.parent):
            for test, looks in _read(file).items():
                self._looks.setdefault(test, set()).update(looks)
            plain = {"version": _VERSION, "tests": {test: sorted(looks) for test, looks in sorted(self._looks.items())}}
            write_atomically(file, (json.dumps(plain, indent=1) + "\n").encode())

    def __repr__(self) -> str:
        """Return what has been counted, in words."""
        where = "in memory" if self.path is None else f"in {self.path.name}"
        looks = sum(map(len, self._looks.values()))
        return f"ScoreLedger {where}: {looks:,} distinct answers scored on {len(self._looks):,} tests"


def open_ledger(path: "str | os.PathLike[str] | None" = None) -> ScoreLedger:
    """Return a ledger of the looks taken at a test; with `path` it outlives the notebook, and only then.

    Parameters
    ----------
    path
        A JSON file; it is made at the first look. None keeps the count in memory.

    Raises
    ------
    InputError
        If there is a file that is no ledger.

    Examples
    --------
    >>> import mlops_widgets as mw
    >>> ledger = mw.overfitting.open_ledger()
    >>> study = mw.sample("census")
    >>> ledger.record(study), ledger.record(study)
    (1, 1)
    """
    return ScoreLedger(None if path is None else Path(path))


@contextmanager
def _alone(folder: Path) -> "Iterator[None]":
    """Let one notebook at a time read and write in a folder, where the system can: else the last of two writers wins."""
    try:
        import fcntl

        handle = os.open(folder, os.O_RDONLY)
    except (ImportError, OSError):  # Windows; a folder that isn't there is told when the file is written
        yield
        return
    try:
        with suppress(OSError):  # a network drive without locks
            fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def _read(path: Path) -> dict[str, set[str]]:
    """Return the looks in a file, which anybody may have written; nothing where there is none yet."""
    try:
        if not path.exists():
            return {}
        content = b""
        if path.is_file():  # not a pipe, which may never end
            with path.open("rb") as file:
                content = file.read(_MOST_BYTES + 1)
        if not path.is_file() or len(content) > _MOST_BYTES:
            raise InputError(f"{path.name} is no ledger: a ledger is a file of at most {_MOST_BYTES:,} bytes. {_NEW}")
        plain = json.loads(content.decode("utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        if isinstance(error, InputError):
            raise
        raise InputError(f"{path.name} can't be read as a ledger: {type(error).__name__}. {_NEW}") from error
    if not isinstance(plain, dict) or plain.get("version") != _VERSION or not isinstance(plain.get("tests"), dict):
        raise InputError(f"{path.name} is no ledger of version {_VERSION}. {_NEW}")
    return _checked(path, plain["tests"])


def _checked(path: Path, tests: "Mapping[Any, Any]") -> dict[str, set[str]]:
    for test, looks in tests.items():
        fine = isinstance(looks, list) and all(isinstance(look, str) and _HEX.fullmatch(look) for look in looks)
        if not fine or not _HEX.fullmatch(test):
            raise InputError(f"{path.name} is no ledger: its entries aren't all 16 hex digits. {_NEW}")
    return {test: set(looks) for test, looks in tests.items()}
