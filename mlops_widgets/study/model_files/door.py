"""The one door for model files: what the file's name and first bytes say decides who reads it."""

import warnings
from dataclasses import replace
from importlib import import_module
from os import PathLike
from pathlib import Path
from typing import Any

from mlops_widgets.errors import InputError, ModelFileError, did_you_mean
from mlops_widgets.study.model_files.opened import ModelFile, first_bytes, named, printable
from mlops_widgets.study.model_files.trust import Trust, read_trust

READERS = {
    ".skops": "skops_files",
    ".pkl": "pickles", ".pickle": "pickles", ".joblib": "pickles",
    ".txt": "lightgbm_files", ".lgb": "lightgbm_files",
    ".ubj": "xgboost_files", ".json": "xgboost_files", ".model": "xgboost_files", ".bin": "xgboost_files",
    ".cbm": "catboost_files",
    ".onnx": "onnx_files",
}  # fmt: skip
"""The module that reads a file, by the file's suffix."""

URIS = ("runs:/", "models:/", "mlflow-artifacts:/")
"""How an address begins that MLflow knows."""

_KINDS = (
    ".skops (scikit-learn), .ubj or .json (XGBoost), .txt (LightGBM), .cbm (CatBoost), .onnx, "
    "an MLflow folder or address (runs:/, models:/), and with trust= also .pkl and .joblib"
)


def load_model(path: str | PathLike[str], *, trust: Trust = None) -> Any:  # noqa: ANN401 - any model
    """Load a model from a file without running code that came with the file.

    Files that are programs (pickles) and types that nobody has reviewed are refused unless `trust` names them. Arrays
    that index memory (the nodes of trees, sparse matrices, support vectors) are checked before the model can predict.

    Parameters
    ----------
    path
        A file: .skops, .ubj or .json (XGBoost), .txt (LightGBM), .cbm (CatBoost), .onnx; a folder or address of an
        MLflow model; with `trust` also .pkl, .pickle and .joblib.
    trust
        What you vouch for: "pickle" (any pickle), "sha256:<64 hex digits>" (a pickle of exactly these bytes; other
        files must match as well), or names of types in a .skops file, such as `("my_pkg.MyTransformer",)`. A pickle
        runs whatever its author wrote; trust only what you made, or what came to you on a way that nobody else writes to.

    Returns
    -------
    model
        The model that the file holds. What is worth knowing about the reading, such as another version of
        scikit-learn, comes as a `UserWarning`.

    Raises
    ------
    ModelFileError
        If the file can't be read or doesn't hold a model.
    UnsafeModelError
        If loading it could run code or crash Python.
    InputError
        If `trust` isn't one of these.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> import skops.io
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.ensemble import RandomForestClassifier
    >>> X, y = load_iris(return_X_y=True, as_frame=True)
    >>> path = Path(tempfile.mkdtemp()) / "forest.skops"
    >>> skops.io.dump(RandomForestClassifier(3, random_state=0).fit(X, y), path)
    >>> load_model(path)
    RandomForestClassifier(n_estimators=3, random_state=0)
    """
    opened = read_model(path, trust=trust, argument="path")
    for note in opened.notes:
        warnings.warn(note, UserWarning, stacklevel=2)
    return opened.model


def read_model(path: str | PathLike[str], *, trust: Trust = None, argument: str = "model") -> ModelFile:
    """Read a model file, checked; the model and what is to be said about it.

    Parameters
    ----------
    path, trust
        As for `load_model`.
    argument
        Whose file it is, for messages: "model", "challenger".

    Raises
    ------
    ModelFileError
        If the file can't be read or doesn't hold a model; `UnsafeModelError` if loading it could run code or crash.
    InputError
        If `trust` or the type of `path` can't be used.
    """
    trusted = read_trust(trust)
    where = _path(path, argument)
    try:
        opened: ModelFile = import_module(f"{__package__}.{_reader(where, argument)}").read(
            where, trusted=trusted, argument=argument
        )
    except ModelFileError as error:
        error.args = (printable(str(error)),)
        raise
    trusted.check_digest(opened.digest, name=named(where, argument))
    return replace(opened, notes=tuple(map(printable, opened.notes)))


def _path(path: object, argument: str) -> Path:
    if not isinstance(path, str | PathLike) or not str(path).strip():
        raise InputError(f"{argument}= is {type(path).__name__}, not a path. Pass the path of a file: {_KINDS}.")
    return Path(path)


def _reader(path: Path, argument: str) -> str:
    if path.as_posix().startswith(URIS):
        return "mlflow_models"
    if path.is_dir():
        if (path / "MLmodel").is_file():
            return "mlflow_models"
        raise ModelFileError(
            f"{named(path, argument)} is a folder without an MLmodel file. Pass a model file: {_KINDS}."
        )
    if is_pickle(first_bytes(path, argument=argument)):
        return "pickles"
    suffix = path.suffix.lower()
    if suffix not in READERS:
        near = did_you_mean(suffix, READERS)
        raise ModelFileError(f"{named(path, argument)} ends in {suffix!r}, which isn't known.{near} Allowed: {_KINDS}.")
    return READERS[suffix]


def is_pickle(head: bytes) -> bool:
    """Say whether a file begins as pickles of protocol 2 and later do, whatever its name."""
    return len(head) > 1 and head[0] == 0x80 and 2 <= head[1] <= 5
