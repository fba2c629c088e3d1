"""Pickles (.pkl, .pickle, .joblib): programs, so they run only where the caller vouches for them.

A trusted pickle is loaded in a child process first. That isolates from crashes, such as a library that dies on another
version's state. It is **not** a sandbox: the child has the caller's own rights.
"""

import io
import pickle
import warnings
from hashlib import sha256
from pathlib import Path
from typing import Any

from mlops_widgets.errors import MlopsWidgetsError, ModelFileError, UnsafeModelError
from mlops_widgets.study.model_files.opened import ModelFile, file_bytes, named
from mlops_widgets.study.model_files.structure import check_structure
from mlops_widgets.study.model_files.trial import try_in_child
from mlops_widgets.study.model_files.trust import Trusted
from mlops_widgets.study.model_files.versions import fill_settings, version_notes

WHY = (
    "A pickle is a program: loading it runs whatever its author put there, with your rights, before anything can be "
    "checked, and no scanner tells the harmful from the harmless. So it is read only if you say that you trust it."
)
"""Why pickles are refused, in a paragraph."""


def read(path: Path, *, trusted: Trusted, argument: str) -> ModelFile:
    """Return the model in a pickle that the caller trusts.

    Raises
    ------
    UnsafeModelError
        If the caller doesn't trust it, it isn't the file that a digest names, or it crashes or hangs in the trial.
    ModelFileError
        If it can't be loaded: a package or module is missing, its class was defined in a notebook, it is damaged.
    """
    data, name = file_bytes(path, argument=argument), named(path, argument)
    digest = sha256(data).hexdigest()
    trusted.check_digest(digest, name=name)
    if not trusted.allows_pickle(digest):
        raise UnsafeModelError(_refusal(path, name, argument, digest), digest=digest)
    try_in_child(
        f"{__name__}:load_for_trial", path, argument=argument, options={"digest": digest, "argument": argument}
    )
    model, notes = _load(data, name)
    return ModelFile(model=model, notes=notes, digest=digest)


def load_for_trial(path: Path, *, digest: str, argument: str) -> Any:  # noqa: ANN401 - any model
    """Load a pickle in a child process, if its bytes are still those that the caller trusts."""
    data, name = file_bytes(path, argument=argument), named(path, argument)
    Trusted(digests=frozenset({digest})).check_digest(sha256(data).hexdigest(), name=name)
    return _load(data, name)[0]


def _refusal(path: Path, name: str, argument: str, digest: str) -> str:
    suffix = path.suffix.lower()
    hidden = "" if suffix in {".pkl", ".pickle", ".joblib"} else " Its name doesn't say so, but it is one."
    module = "joblib" if suffix == ".joblib" else "pickle"
    load = f"joblib.load({path.name!r})" if suffix == ".joblib" else f"pickle.load(open({path.name!r}, 'rb'))"
    safe = f"{path.stem}.skops" if suffix != ".skops" else f"{path.stem}_safe.skops"
    return (
        f"{name} is a pickle and isn't loaded.{hidden} {WHY}\n"
        f"If you made this file, or it came to you on a way that nobody else writes to, pass\n"
        f'    trust="sha256:{digest}"\n'
        f'(this file and no other) or trust="pickle". Better, where the model was made, save it in a format that runs nothing:\n'
        f"    import {module}, skops.io\n"
        f"    skops.io.dump({load}, {safe!r})\n"
        f"and pass {argument}={safe!r}."
    )


def _load(data: bytes, name: str) -> tuple[Any, tuple[str, ...]]:
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            model = _unpickled(data)
        except MlopsWidgetsError:
            raise
        except Exception as error:  # a pickle may raise anything
            raise _unreadable(error, name) from error
    check_structure(model, name=name)
    fill_settings(model, name=name)
    return model, version_notes(caught)


def _unpickled(data: bytes) -> Any:  # noqa: ANN401 - any object
    """Load from memory, the bytes whose digest was checked; joblib also reads what it compressed."""
    import joblib

    plain = data[:1] == b"\x80" and b"joblib" not in data
    return pickle.loads(data) if plain else joblib.load(io.BytesIO(data))  # noqa: S301 - the caller vouches for them


def _unreadable(error: Exception, name: str) -> ModelFileError:
    text = str(error)
    if isinstance(error, ModuleNotFoundError):
        return ModelFileError(
            f"{name} needs the module {error.name!r}, which can't be imported here. Install its package, or put the module "
            "that defines the class where Python finds it."
        )
    if "__main__" in text:
        return ModelFileError(
            f"{name} holds an object whose class was defined in a notebook or script (__main__), so the file doesn't hold "
            "the class. Load it there and pass the live model, or move the class to a module and save again."
        )
    if "NDArrayWrapper" in text or "NpyWrapper" in text or isinstance(error, FileNotFoundError):
        return ModelFileError(
            f"{name} keeps its arrays in files beside it, as joblib did before 0.10. "
            "Load it where it was saved and save it again."
        )
    return ModelFileError(
        f"{name} can't be loaded: {type(error).__name__}: {text[:200]}. "
        "It may be damaged, or saved by versions of its libraries too far from those installed."
    )
