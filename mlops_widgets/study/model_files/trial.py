"""A first load in a child process: what crashes or hangs there doesn't take the notebook with it.

This isolates from crashes. It is **not** a sandbox: code in a file that the caller trusts runs in the child with the
caller's own rights, and again here if the trial ends well.
"""

import json
import os
import signal
import subprocess
import sys
import sysconfig
import tempfile
import warnings
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import IO, Any

from mlops_widgets.errors import ModelFileError, UnsafeModelError
from mlops_widgets.study.model_files.opened import named

SECONDS = 60.0
"""How long a trial may take before the file is refused."""

_SPARE_BYTES = 16 * 1024**3  # numerical libraries reserve far more addresses than they use
_START = "import json, sys; job = json.load(sys.stdin); sys.path[:] = job['import_from']; import {0}; {0}.main(job)"
_WORDS = 4000


@dataclass(frozen=True)
class _Ended:
    """How a child ended: its exit code (None if it was stopped), its report or None, the end of what it complained of."""

    code: int | None
    report: dict[str, str] | None
    complaint: str


def try_in_child(
    reader: str,
    path: Path,
    *,
    seconds: float = SECONDS,
    argument: str = "model",
    options: Mapping[str, str | list[str]] | None = None,
) -> None:
    """Load a file and predict on a few made-up rows in a child process, and return if the child comes back.

    Parameters
    ----------
    reader
        The function of ours that loads it there: "package.module:function", called with the path and `options`; it
        returns the model. An object without `predict` is only loaded.
    path
        The file.
    seconds
        How long it may take.
    argument
        Whose file it is, for messages.
    options
        Keyword arguments for the reader: text or lists of text.

    Raises
    ------
    UnsafeModelError
        If the child crashed or took too long, or the reader raised it.
    ModelFileError
        If the reader raised anything else.
    """
    name = named(path, argument)
    job = {
        "reader": reader, "path": str(path.absolute()), "options": dict(options or {}), "seconds": seconds,
        "import_from": _import_from(),
    }  # fmt: skip
    ended = _run(job, seconds=seconds)
    if ended.code is None:
        raise UnsafeModelError(
            f"{name} took more than {seconds:g} seconds to load and predict on a few rows in a trial, so it wasn't loaded "
            "here. Load it yourself and pass the live model."
        )
    if ended.report is None:
        raise UnsafeModelError(f"{name} {_how_it_ended(ended)} in the trial, so it wasn't loaded here.")
    if ended.report["outcome"] != "loaded":
        kind = UnsafeModelError if ended.report["outcome"] == "UnsafeModelError" else ModelFileError
        says = ended.report["says"]
        raise kind(says if ended.report["outcome"] in _OURS else f"{name} can't be loaded: {says}.")


_OURS = ("UnsafeModelError", "ModelFileError")


def _import_from() -> list[str]:
    """Return where the child imports from: as this process does, but Python's own modules before a notebook's folder.

    Here `random` was imported before that folder came first; there a `random.py` in it would run instead.
    """
    own = Path(sysconfig.get_path("stdlib"))
    entries = [entry or os.getcwd() for entry in sys.path]  # noqa: PTH109 - what "" means on this path
    return sorted(entries, key=lambda entry: Path(entry) not in {own, own / "lib-dynload"})


def try_once(reader: Callable[..., object], path: Path, *, digest: str, argument: str) -> None:
    """Try a file whose bytes alone decide how it loads; bytes that came back before aren't tried again.

    Parameters
    ----------
    reader
        A function of ours at the top of its module, called with the path and `digest`; it must read the file itself and
        refuse other bytes.
    path, argument
        As for `try_in_child`.
    digest
        SHA-256 of the file's bytes, 64 hex digits.

    Raises
    ------
    UnsafeModelError, ModelFileError
        As `try_in_child` does.
    """
    name = f"{reader.__module__}:{reader.__name__}"
    if (name, digest) not in _came_back:
        try_in_child(name, path, argument=argument, options={"digest": digest})
        _came_back.add((name, digest))


_came_back: set[tuple[str, str]] = set()
"""Readers and digests of files that this process has tried: a study is often loaded again with another setting."""


def _how_it_ended(ended: _Ended) -> str:
    if ended.code is not None and ended.code < 0:
        try:
            return f"crashed with signal {signal.Signals(-ended.code).name}"
        except ValueError:
            return f"crashed with signal {-ended.code}"
    last = ended.complaint.strip().rpartition("\n")[2]
    return f"ended Python with exit code {ended.code}" + (f" ({last[:200]})" if last else "")


def _run(job: Mapping[str, Any], *, seconds: float) -> _Ended:
    if not sys.executable:
        raise ModelFileError("No Python executable is known here, so no trial in a child process is possible.")
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}
    with tempfile.TemporaryFile() as complaints:
        child = subprocess.Popen(
            [sys.executable, "-P", "-c", _START.format(__name__)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=complaints,
            env=environment,
            start_new_session=True,
        )
        try:
            said, _ = child.communicate(json.dumps(job).encode(), timeout=seconds)
        except subprocess.TimeoutExpired:
            return _Ended(code=None, report=None, complaint="")
        finally:
            _end(child)
        return _Ended(code=child.returncode, report=_report(said), complaint=_end_of(complaints))


def _end(child: "subprocess.Popen[bytes]") -> None:
    """Stop the child and whatever it started: it leads a group of its own."""
    if hasattr(os, "killpg"):
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(child.pid, signal.SIGKILL)
    if child.poll() is None:
        child.kill()
    child.wait()
    for pipe in (child.stdin, child.stdout):
        if pipe is not None:
            pipe.close()


def _end_of(file: IO[bytes]) -> str:
    size = file.seek(0, os.SEEK_END)
    file.seek(max(0, size - _WORDS))
    return file.read().decode(errors="replace")


def _report(said: bytes) -> dict[str, str] | None:
    """Return the one line of JSON that a child ends with: text only, nothing in it is ever run."""
    try:
        report = json.loads(said)
    except (ValueError, RecursionError):
        return None
    if isinstance(report, dict) and isinstance(report.get("outcome"), str) and isinstance(report.get("says"), str):
        return report
    return None


def main(job: Mapping[str, Any]) -> None:
    """Do one trial in this process and report on the standard output; only ever called in a child."""
    report_to = os.dup(1)
    os.dup2(2, 1)  # what a library prints doesn't mix with the report
    _limit(job["seconds"])
    report = _attempt(job)
    os.write(report_to, json.dumps(report).encode())
    os._exit(0)  # no farewell from threads or handlers that the file may have left behind


def _limit(seconds: float) -> None:
    """Bound processor time and addresses, and leave no core file, where the system knows such limits."""
    try:
        import resource
    except ImportError:  # Windows
        return
    pages = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    for limit, most in (
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_CPU, int(seconds) + 5),
        (resource.RLIMIT_AS, pages + _SPARE_BYTES),
    ):
        with suppress(ValueError, OSError):  # a lower limit is set already, or the system doesn't keep this one
            resource.setrlimit(limit, (most, most))


def _attempt(job: Mapping[str, Any]) -> dict[str, str]:
    module, _, function = job["reader"].partition(":")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            model = getattr(import_module(module), function)(Path(job["path"]), **job["options"])
            _predict(model)
    except (UnsafeModelError, ModelFileError) as error:
        return {"outcome": type(error).__name__, "says": str(error)}
    except Exception as error:  # noqa: BLE001 - whatever a library or the file's own code raises is the trial's outcome
        return {"outcome": "raised", "says": f"{type(error).__name__}: {str(error)[:300]}"}
    return {"outcome": "loaded", "says": ""}


def _predict(model: Any) -> None:  # noqa: ANN401 - any model
    """Ask for answers on made-up rows: an exception says nothing about the model, a crash does."""
    for rows in _made_rows(model):
        for method in ("predict", "predict_proba", "decision_function"):
            with suppress(Exception):
                getattr(model, method)(rows)


def _made_rows(model: Any) -> list[Any]:  # noqa: ANN401 - any model
    import numpy as np
    import pandas as pd

    names = [str(name) for name in _of(model, "feature_names_in_")]
    width = len(names) or _of(model, "n_features_in_", 0)
    if not isinstance(width, int | np.integer) or not 0 < width <= 100_000:
        return []
    cells = np.array([[0.0], [1.0], [-1e30], [1e30], [np.nan]]) * np.ones(width)
    table = pd.DataFrame(cells, columns=names or range(width))
    return [table, table.iloc[:4], cells, cells[:4]]


def _of(model: Any, attribute: str, default: Any = ()) -> Any:  # noqa: ANN401 - any model, any attribute
    try:
        found = getattr(model, attribute, default)
    except Exception:  # noqa: BLE001 - a property of a foreign class
        return default
    return default if found is None else found
