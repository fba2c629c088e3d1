"""XGBoost models in JSON or UBJSON: checked inside the file, tried in a child process, then loaded."""

import json
from collections.abc import Mapping
from contextlib import suppress
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np

from mlops_widgets.errors import ModelFileError, UnsafeModelError
from mlops_widgets.study.model_files.malformed import MalformedError
from mlops_widgets.study.model_files.opened import ModelFile, file_bytes, named, same_bytes
from mlops_widgets.study.model_files.packages import needs
from mlops_widgets.study.model_files.trial import try_once
from mlops_widgets.study.model_files.trust import Trusted
from mlops_widgets.study.model_files.xgboost_document import check_document, read_document


def read(path: Path, *, trusted: Trusted, argument: str) -> ModelFile:
    """Read an XGBoost model (`save_model` to .ubj or .json); a text of LightGBM's under another name goes there.

    Raises
    ------
    ModelFileError
        If the file can't be read, isn't XGBoost's (it says whose it is), or the package is missing.
    UnsafeModelError
        If its trees are malformed: XGBoost would crash Python on them.
    """
    data = file_bytes(path, argument=argument)
    digest = sha256(data).hexdigest()
    name = named(path, argument)
    trusted.check_digest(digest, name=name)
    if data.startswith(b"tree\n"):
        from mlops_widgets.study.model_files import lightgbm_files

        return lightgbm_files.read(path, trusted=trusted, argument=argument)
    with needs("xgboost", extra="boosting", argument=argument):
        import xgboost
    checked, document = _checked(data, name=name)
    try_once(try_document, path, digest=digest, argument=argument)
    try:
        booster = _loaded(checked)
    except xgboost.core.XGBoostError as error:
        first = (str(error).strip().splitlines() or [""])[-1]
        raise ModelFileError(f"{name} isn't a model that XGBoost {xgboost.__version__} reads: {first[:200]}") from error
    return ModelFile(
        model=booster, notes=_notes(document, xgboost.__version__), digest=digest,
        features=tuple(booster.feature_names or ()),
    )  # fmt: skip


def raw_problem(data: bytes) -> str | None:
    """Return what is wrong with an XGBoost model in JSON or UBJSON, in a clause, or None where it is sound.

    Parameters
    ----------
    data
        The bytes, as `Booster.save_raw` gives them.

    Examples
    --------
    >>> raw_problem(b"{}")
    'learner is missing'
    """
    try:
        check_document(read_document(data))
    except MalformedError as error:
        return str(error)
    return None


def try_document(path: Path, *, digest: str) -> Any:  # noqa: ANN401 - a model with a face
    """Load the file in a child process; only ever called there."""
    from mlops_widgets.study.native_models import with_sklearn_face

    data = same_bytes(path, digest=digest)
    model = with_sklearn_face(_loaded(_checked(data, name=path.name)[0]))
    rows = np.array([[0.0], [1.0], [2.0]]) * np.ones(model.native.width)  # numbers that can be categories as well
    with suppress(Exception):  # an exception isn't a crash
        model.native.answer(rows)
    return model


def _loaded(data: bytes) -> Any:  # noqa: ANN401 - an xgboost.Booster
    import xgboost

    booster = xgboost.Booster()
    booster.load_model(bytearray(data))
    return booster


def _checked(data: bytes, *, name: str) -> tuple[bytes, Mapping[str, Any]]:
    """Return the bytes to load and the document in them; of JSON what was read, written again.

    So two parsers that take the same text differently can't be played against each other.
    """
    if not data.startswith(b"{"):
        raise ModelFileError(f"{name} isn't an XGBoost model in JSON or UBJSON.{_what_it_is(data)}")
    try:
        document = read_document(data)
    except MalformedError as error:
        raise UnsafeModelError(_refusal(name, error)) from error
    other = _whose(document)
    if other:
        raise ModelFileError(f"{name} {other}")
    try:
        check_document(document)
    except MalformedError as error:
        raise UnsafeModelError(_refusal(name, error)) from error
    is_json = data[1:].lstrip()[:1] == b'"'
    return (json.dumps(document).encode() if is_json else data), document


def _refusal(name: str, error: MalformedError) -> str:
    return f"{name} is a malformed XGBoost model: {error}. Loading it could crash Python. Save it again from a sound model."


def _what_it_is(data: bytes) -> str:
    if data.startswith((b"binf", b"bs64")) or b"gbtree" in data[:4096] or b"gblinear" in data[:4096]:
        return (
            " It looks like XGBoost's old binary form, which XGBoost 3.1 and later can't read. "
            'Load it with the XGBoost that wrote it and save it with booster.save_model("model.ubj").'
        )
    if data.startswith(b"CBM1"):
        return " It is a CatBoost model: call it .cbm."
    return ' Save the model with booster.save_model("model.ubj").'


def _whose(document: object) -> str:
    """Return whose JSON it is where it isn't XGBoost's."""
    keys = set(document) if isinstance(document, dict) else set()
    if "learner" in keys and "version" in keys:
        return ""
    if {"tree_info", "feature_names"} <= keys:
        return "is a dump of a LightGBM model, which can't be loaded. Save it with booster.save_model('model.txt')."
    if keys & {"oblivious_trees", "trees"} and keys & {"features_info", "model_info"}:
        return "is a CatBoost model in JSON. Save it as .cbm: model.save_model('model.cbm')."
    if "learner" in keys:
        return "is of no XGBoost version that is read here: 'version' is missing. Save it with XGBoost 1.0 or later."
    return "is JSON, but no XGBoost model: it has no 'learner'. Save the model with booster.save_model('model.ubj')."


def _notes(document: Mapping[str, Any], version: str) -> tuple[str, ...]:
    saved = ".".join(str(int(part)) for part in document["version"])
    if saved.split(".")[:2] == version.split(".")[:2]:
        return ()
    return (f"The XGBoost model was saved by version {saved}; version {version} reads it.",)
