"""MLflow models: the folder is read here, the model in it by its own reader; MLflow's loaders run what they find.

MLflow takes the list of trusted types from the model's own MLmodel file, so a crafted model can vouch for itself. Here
nothing in the folder is trusted more than any other model file, and no code in it is imported.
"""

import json
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from importlib import import_module
from pathlib import Path, PurePosixPath, PureWindowsPath
from tempfile import TemporaryDirectory
from typing import Any

import yaml

from mlops_widgets.errors import ModelFileError, UnsafeModelError, listed
from mlops_widgets.study.model_files.door import READERS, URIS, is_pickle
from mlops_widgets.study.model_files.opened import ModelFile, file_bytes, first_bytes, named
from mlops_widgets.study.model_files.packages import needs
from mlops_widgets.study.model_files.trust import Trusted

MOST_BYTES = 2 * 1024**2
"""Largest MLmodel file that is read; real ones have a few kilobytes."""

_FLAVORS = {"sklearn": "pickled_model", "lightgbm": "data", "xgboost": "data", "catboost": "data", "onnx": "data"}
"""Flavors that are read, and the key under which each names its file."""

_OWN_FORM = {
    "lightgbm": "lightgbm_files",
    "xgboost": "xgboost_files",
    "catboost": "catboost_files",
    "onnx": "onnx_files",
}
_OWN_SUFFIX = (".lgb", ".txt", ".xgb", ".ubj", ".json", ".model", ".bin", ".cb", ".cbm", ".onnx", "")


class _NoMerges(yaml.SafeLoader):  # type: ignore[misc] # PyYAML has no types
    """YAML without merge keys (`<<`), which a file of a few lines unfolds without end."""

    def flatten_mapping(self, node: yaml.MappingNode) -> None:
        """Leave a merge key as it stands: a key that no reader knows, so it ends the reading."""


_CONTEXTS = {
    "train": "reference", "training": "reference", "test": "test", "testing": "test", "eval": "test",
    "evaluation": "test", "validation": "test",
}  # fmt: skip
"""What MLflow's runs call their datasets, and which table of a study each is."""

_TABLES = re.compile(r"\.(csv|tsv|parquet|feather|arrow|jsonl|ndjson)(\.gz|\.zst)?$", re.IGNORECASE)


def read(path: Path, *, trusted: Trusted, argument: str) -> ModelFile:
    """Read a folder with an MLmodel file, or the model at an address of MLflow's.

    Raises
    ------
    ModelFileError
        If there is no such model, its flavor isn't one that is read, or mlflow is missing for an address.
    UnsafeModelError
        If its file lies outside the folder, is a program, or is refused by its own reader.
    """
    with _folder(path, argument=argument) as folder:
        return _read_folder(folder, trusted=trusted, argument=argument)


def _read_folder(folder: Path, *, trusted: Trusted, argument: str) -> ModelFile:
    flavor, file, described = _described(folder, argument)
    reader = _reader(flavor, file, argument)
    opened: ModelFile = import_module(f"{__package__}.{reader}").read(file, trusted=trusted, argument=argument)
    columns, notes = signature_columns(described)
    return replace(opened, notes=(*opened.notes, *notes), features=columns or opened.features)


def stored_file(folder: Path, *, argument: str = "model") -> Path:
    """Return the model's file in an MLflow folder, without opening it.

    Raises
    ------
    ModelFileError
        If the folder names none, or none of a flavor that is read.
    UnsafeModelError
        If it lies outside the folder.
    """
    return _described(folder, argument)[1]


def _described(folder: Path, argument: str) -> tuple[str, Path, Mapping[str, Any]]:
    """Return the flavor that is read, its file, and all that the MLmodel file says."""
    described = read_mlmodel(file_bytes(_inside(folder, "MLmodel", argument), argument=argument), argument=argument)
    return *_model_file(folder, described, argument), described


@contextmanager
def _folder(path: Path, *, argument: str) -> Iterator[Path]:
    """Give the folder at a path or address; what was fetched is removed afterwards."""
    address = path.as_posix()
    if not address.startswith(URIS):
        yield path
        return
    with needs("mlflow", extra="mlflow", argument=argument):
        import mlflow.artifacts
    with TemporaryDirectory() as place:
        try:
            fetched = mlflow.artifacts.download_artifacts(artifact_uri=address, dst_path=place)
        except Exception as error:  # of MLflow's, of its stores' and of the network's libraries
            raise ModelFileError(
                f"{argument}={address!r}: MLflow can't fetch it ({type(error).__name__}: {str(error)[:200]}). "
                "Check the address and MLFLOW_TRACKING_URI."
            ) from error
        yield Path(fetched)


def read_mlmodel(data: bytes, *, argument: str = "model") -> Mapping[str, Any]:
    """Return what an MLmodel file says, with its flavors as a mapping.

    Raises
    ------
    ModelFileError
        If it isn't YAML of that form, or is larger than any real one.

    Examples
    --------
    >>> read_mlmodel(b"flavors: {onnx: {data: model.onnx}}")
    {'flavors': {'onnx': {'data': 'model.onnx'}}}
    """
    if len(data) > MOST_BYTES:
        raise ModelFileError(
            f"{argument}=: its MLmodel has {len(data):,} bytes; the most that is read is {MOST_BYTES:,}."
        )
    try:
        found = yaml.load(data, _NoMerges)  # noqa: S506 - a SafeLoader
    except Exception as error:  # YAML's own, and whatever Python raises on a date or a number that is none
        raise ModelFileError(f"{argument}=: its MLmodel isn't YAML. Save the model again.") from error
    flavors = found.get("flavors") if isinstance(found, dict) else None
    if not isinstance(flavors, dict) or not all(isinstance(one, dict) for one in flavors.values()):
        raise ModelFileError(f"{argument}=: its MLmodel names no flavors. Save the model again with MLflow.")
    return dict(found)


def _model_file(folder: Path, described: Mapping[str, Any], argument: str) -> tuple[str, Path]:
    """Return the flavor that is read and its file."""
    flavors = described["flavors"]
    for flavor, key in _FLAVORS.items():
        if flavor in flavors:
            stored = flavors[flavor].get(key)
            if not isinstance(stored, str) or not stored:
                raise ModelFileError(f"{argument}=: its MLmodel names no file for flavor {flavor!r} ({key}).")
            return flavor, _inside(folder, stored, argument)
    raise ModelFileError(
        f"{argument}= is an MLflow model of flavor {listed(sorted(map(str, flavors)))}, which is loaded by running its "
        f"code. Read are: {', '.join(_FLAVORS)}. Load it yourself and pass the live model."
    )


def _inside(folder: Path, stored: str, argument: str) -> Path:
    """Return a path in the folder; one that leads out of it, by its name or by a link, is refused."""
    absolute = PurePosixPath(stored).is_absolute() or PureWindowsPath(stored).is_absolute()
    try:
        found = (folder / stored).resolve()
        outside = absolute or not found.is_relative_to(folder.resolve())
    except (OSError, ValueError, RuntimeError) as error:  # a zero byte, or links in a circle
        raise ModelFileError(f"{argument}=: the path in its MLmodel can't be followed.") from error
    if outside:
        raise UnsafeModelError(
            f"{argument}= is an MLflow model whose file lies outside its folder. Save the model again, in one folder."
        )
    return found


def _reader(flavor: str, file: Path, argument: str) -> str:
    """Return the module that reads the file: what a pickle is called doesn't matter."""
    if is_pickle(first_bytes(file, argument=argument)):
        return "pickles"
    suffix = file.suffix.lower()
    if flavor in _OWN_FORM and suffix in _OWN_SUFFIX:
        return _OWN_FORM[flavor]
    if suffix not in READERS:
        raise ModelFileError(f"{named(file, argument)} in an MLflow folder: {suffix!r} isn't known for {flavor}.")
    return READERS[suffix]


def signature_columns(described: Mapping[str, Any]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the columns that the signature names and, in notes, what it says of others.

    A signature of tensors names no columns; what isn't a signature of MLflow's is passed over.
    """
    signature = described.get("signature")
    stored = signature.get("inputs") if isinstance(signature, dict) else None
    try:
        inputs = json.loads(stored) if isinstance(stored, str) and len(stored) <= MOST_BYTES else None
    except (ValueError, RecursionError):
        inputs = None
    if not isinstance(inputs, list) or not all(isinstance(one, dict) for one in inputs):
        return (), ()
    names = [one.get("name") for one in inputs]
    if not names or not all(isinstance(name, str) and name for name in names) or len(set(names)) != len(names):
        return (), ()
    if any(one.get("type") == "tensor" for one in inputs):
        return (), ()
    optional = [str(one["name"]) for one in inputs if one.get("required") is False]
    notes = (f"MLflow's signature says that these columns may be missing: {listed(optional)}.",) if optional else ()
    return tuple(str(name) for name in names), notes


def run_tables(address: str, *, into: Path, argument: str = "model") -> dict[str, Path]:
    """Return the tables that the model's MLflow run logged as its inputs, by the study's name for them.

    Parameters
    ----------
    address
        `runs:/…` or `models:/…`.
    into
        Folder for tables that have to be fetched.
    argument
        Whose address it is, for messages.

    Returns
    -------
    tables
        "reference" for a dataset logged with context "training"; "test" for "test", "testing", "eval", "evaluation" or
        "validation"; only those that are files here or among MLflow's artifacts. Empty where the run logged none.

    Raises
    ------
    ModelFileError
        If mlflow is missing or there is no such run.
    """
    with needs("mlflow", extra="mlflow", argument=argument):
        import mlflow
    try:
        run = _run_of(address)
        logged = None if run is None else mlflow.MlflowClient().get_run(run).inputs
    except Exception as error:  # of MLflow's, of its stores' and of the network's libraries
        raise ModelFileError(
            f"{argument}={address!r}: MLflow can't find its run ({type(error).__name__}: {str(error)[:200]})."
        ) from error
    found: dict[str, Path] = {}
    for one in [] if logged is None else logged.dataset_inputs:
        context = next((tag.value for tag in one.tags if tag.key == "mlflow.data.context"), "")
        table = _CONTEXTS.get(context.lower())
        file = _table_file(one.dataset.source, into) if table else None
        if table and file is not None:
            found.setdefault(table, file)
    return found


def _run_of(address: str) -> str | None:
    if address.startswith("runs:/"):
        return address.removeprefix("runs:/").strip("/").partition("/")[0]
    if not address.startswith("models:/"):
        return None
    import mlflow.models

    run: str | None = mlflow.models.get_model_info(address).run_id
    return run


def _table_file(source: str, into: Path) -> Path | None:
    """Return the local file that a dataset's source names; None where it is none, or a table of no known form."""
    try:
        told = json.loads(source)
    except (ValueError, RecursionError):
        return None
    uri = told.get("uri") if isinstance(told, dict) else None
    if not isinstance(uri, str) or not _TABLES.search(uri):
        return None
    if uri.startswith(URIS):
        import mlflow.artifacts

        return Path(mlflow.artifacts.download_artifacts(artifact_uri=uri, dst_path=str(into)))
    file = Path(uri.removeprefix("file://"))
    return file if file.is_file() else None
