"""Models in .skops files: types in three bands, checked content, and only then loaded."""

import io
import warnings
from collections.abc import Iterable, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any

from mlops_widgets.errors import MlopsWidgetsError, ModelFileError, UnsafeModelError, listed
from mlops_widgets.study.model_files.opened import ModelFile, file_bytes, named, same_bytes
from mlops_widgets.study.model_files.reviewed import is_reviewed
from mlops_widgets.study.model_files.skops_archive import SkopsArchive
from mlops_widgets.study.model_files.skops_schema import LIGHTGBM, XGBOOST, Audit, audit_schema
from mlops_widgets.study.model_files.structure import (
    check_inputs,
    check_structure,
    forget_folders,
    forget_machines,
)
from mlops_widgets.study.model_files.trial import try_in_child, try_once
from mlops_widgets.study.model_files.trust import Trusted, read_trust
from mlops_widgets.study.model_files.versions import fill_settings, version_notes

PARSED = frozenset({LIGHTGBM, XGBOOST})
"""Types that C++ parsers rebuild: sound by our checks, and tried in a child process all the same."""


def read(path: Path, *, trusted: Trusted, argument: str) -> ModelFile:
    """Return the model in a .skops file.

    Raises
    ------
    ModelFileError
        If it is no skops file, or loading fails.
    UnsafeModelError
        If it holds types that nobody has reviewed and `trusted` doesn't name, or content that could crash Python.

    Notes
    -----
    What holds types that only the caller vouches for, or a booster, is tried in a child process first.
    """
    data, name = file_bytes(path, argument=argument), named(path, argument)
    digest = sha256(data).hexdigest()
    trusted.check_digest(digest, name=name)
    audit = _audit(data, name)
    wanted = _wanted(audit, trusted, name)
    if {each for _, each in audit.pairs} & (trusted.types | PARSED):
        _check_types(data, wanted, name)
        if trusted.types:  # their code may change while the file stays
            options: dict[str, str | list[str]] = {"digest": digest, "types": sorted(trusted.types)}
            try_in_child(f"{__name__}:{load_for_trial.__name__}", path, argument=argument, options=options)
        else:
            try_once(load_for_trial, path, digest=digest, argument=argument)
    model, notes = _load(data, audit, wanted, name)
    return ModelFile(model=model, notes=notes, digest=digest)


def load_for_trial(path: Path, *, digest: str, types: Sequence[str] = ()) -> Any:  # noqa: ANN401 - any model
    """Load a file in a child process, if its bytes are still those that were audited."""
    data, name = same_bytes(path, digest=digest), named(path, "model")
    audit = _audit(data, name)
    return _load(data, audit, _wanted(audit, read_trust(tuple(types) or None), name), name)[0]


def skops_problem(data: bytes) -> str | None:
    """Return why these bytes are refused, or None if they load: for fuzzing, in process and without any trust."""
    try:
        audit = _audit(data, "file")
        _load(data, audit, _wanted(audit, Trusted(), "file"), "file")
    except ModelFileError as error:
        return str(error)
    return None


def unreviewed_types(data: bytes) -> list[str]:
    """Return the types in a .skops file that its reader must name in `trust`, sorted."""
    import skops.io

    pairs = _audit(data, "file").pairs
    whole = ("PartialNode", "functools.partial")  # what it calls is a type of its own in the file
    unknown = {each for loader, each in pairs if not is_reviewed(loader, each) and (loader, each) != whole}
    return sorted(unknown & set(skops.io.get_untrusted_types(data=data)))


def _audit(data: bytes, name: str) -> Audit:
    try:
        return audit_schema(SkopsArchive(data, name=name), name=name)
    except RecursionError as error:
        raise UnsafeModelError(f"{name} nests its description too deep.") from error


def _wanted(audit: Audit, trusted: Trusted, name: str) -> set[str]:
    """Return the types to allow beyond those that skops trusts, each only in the ways that were reviewed."""
    wanted = {each for loader, each in audit.pairs if is_reviewed(loader, each)} | trusted.types
    # skops trusts a name for every loader: what is built in another way than the reviewed one stays unknown.
    unknown = trusted.unknown(each for loader, each in audit.pairs if each in wanted and not is_reviewed(loader, each))
    if unknown:
        raise _refusal(unknown, name)
    return wanted


def _check_types(data: bytes, wanted: Iterable[str], name: str) -> None:
    """Raise `UnsafeModelError` if the file holds types beyond those wanted and those that skops trusts."""
    import skops.io

    try:
        unknown = set(skops.io.get_untrusted_types(data=data)) - set(wanted)
    except Exception as error:  # whatever skops raises on a file it can't read
        raise _unreadable(error, name) from error
    if unknown:
        raise _refusal(sorted(unknown), name)


def _refusal(unknown: list[str], name: str) -> UnsafeModelError:
    given = ", ".join(repr(each) for each in unknown[:3]) + (", …" if len(unknown) > 3 else ",")
    advice = f"If you wrote them or know them, pass trust=({given}); they run on loading. Else pass the live model."
    if any(each.startswith("scipy.stats.") for each in unknown):
        advice = (
            "The distributions of a search run text from the file: save search.best_estimator_ instead of the search."
        )
    elif any(each.startswith("catboost.") for each in unknown):
        advice = "Save a CatBoost model with model.save_model('model.cbm') and pass that file."
    return UnsafeModelError(f"{name} holds types that nobody has reviewed: {listed(unknown)}. {advice}", types=unknown)


def _unreadable(error: Exception, name: str) -> ModelFileError:
    if isinstance(error, ModuleNotFoundError):
        return ModelFileError(f"{name} needs the package {error.name!r}, which isn't installed here. Install it.")
    return ModelFileError(
        f"{name} can't be loaded: {type(error).__name__}: {str(error)[:200]}. "
        "It may be damaged or saved by versions too far from those installed; load it where it was saved and save it again."
    )


def _load(data: bytes, audit: Audit, wanted: Iterable[str], name: str) -> tuple[Any, tuple[str, ...]]:
    import skops.io
    from skops.io.exceptions import UntrustedTypesFoundException

    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            model = skops.io.load(io.BytesIO(data), trusted=sorted(wanted))
            check_structure(model, name=name)
            fill_settings(model, name=name)
            check_inputs(model, name=name)
        except UntrustedTypesFoundException as error:
            _check_types(data, wanted, name)
            raise _unreadable(error, name) from error
        except MlopsWidgetsError:
            raise
        except Exception as error:  # skops and the types' own __setstate__ raise anything on malformed content
            raise _unreadable(error, name) from error
    return model, (*version_notes(caught, saved=audit.versions), *forget_folders(model), *forget_machines(model))
