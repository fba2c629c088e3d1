"""A version as a folder that MLflow takes for a model: its bytes as they are, nothing loaded, nothing trusted in its name."""

import platform
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from mlops_widgets.errors import InputError, listed
from mlops_widgets.governance.registry.entries import ModelVersion

_LIBRARIES: Mapping[str, tuple[str, ...]] = {
    ".skops": ("scikit-learn", "skops"), ".pkl": ("scikit-learn",), ".pickle": ("scikit-learn",), ".joblib": ("scikit-learn",),
    ".ubj": ("xgboost",), ".json": ("xgboost",), ".txt": ("lightgbm",), ".lgb": ("lightgbm",), ".cbm": ("catboost",), ".onnx": ("onnx",),
}  # fmt: skip
_FLAVORS = {
    "scikit-learn": "sklearn",
    "xgboost": "xgboost",
    "lightgbm": "lightgbm",
    "catboost": "catboost",
    "onnx": "onnx",
}
_TYPES = {"bool": "boolean", "datetime64": "datetime", "int8": "integer", "int16": "integer", "int32": "integer", "int64": "long", "float32": "float", "float64": "double"}  # fmt: skip


def requirements_of(version: ModelVersion) -> tuple[str, ...]:
    """Return what must be installed to load a version, pinned to what its lineage says: MLflow would else load the model to guess."""
    needed = (*_libraries(version), "numpy", "pandas")
    return tuple(f"{name}=={version.lineage[name]}" if name in version.lineage else name for name in needed)


def write_folder(version: ModelVersion, file: Path, folder: Path, *, pip_requirements: Sequence[str]) -> None:
    """Write a folder with an MLmodel file and a copy of the model's file.

    Parameters
    ----------
    version
        The version.
    file
        Its file.
    folder
        Where to; it exists.
    pip_requirements
        What must be installed to load it.
    """
    import yaml
    from mlflow.models import Model

    stored = f"model{file.suffix}"
    flavor, facts = _flavor(version, stored)
    described = Model(
        flavors={"python_function": _function(flavor, stored), flavor: facts},
        signature=_signature(version),
        metadata={"version": version.id},
    )
    described.save(str(folder / "MLmodel"))
    shutil.copyfile(file, folder / stored)
    python = platform.python_version()
    (folder / "requirements.txt").write_text("".join(f"{each}\n" for each in pip_requirements))
    conda = {
        "name": "model",
        "channels": ["conda-forge"],
        "dependencies": [f"python={python}", "pip", {"pip": list(pip_requirements)}],
    }
    environment = {"python": python, "build_dependencies": ["pip"], "dependencies": ["-r requirements.txt"]}
    for name, told in (("conda.yaml", conda), ("python_env.yaml", environment)):
        (folder / name).write_text(yaml.safe_dump(told, sort_keys=False))


def _libraries(version: ModelVersion) -> tuple[str, ...]:
    suffix = Path(version.file).suffix
    if suffix not in _LIBRARIES:
        raise InputError(
            f"{version.id} is a {suffix} file, which MLflow has no flavor for. Exported are {listed(_LIBRARIES)}."
        )
    return _LIBRARIES[suffix]


def _flavor(version: ModelVersion, stored: str) -> tuple[str, dict[str, Any]]:
    """Return the flavor and what MLflow's reader of it asks for. No type is trusted: that is the reader's to say."""
    library = _libraries(version)[0]
    told = {
        f"{_FLAVORS[library]}_version" if library != "xgboost" else "xgb_version": version.lineage.get(library, ""),
        "code": None,
    }
    if library == "scikit-learn":
        form = "skops" if stored.endswith(".skops") else "cloudpickle"
        return "sklearn", {"pickled_model": stored, "serialization_format": form, "skops_trusted_types": None, **told}
    if library == "xgboost":
        told |= {"model_class": "xgboost.core.Booster", "model_format": stored.rpartition(".")[2]}
    if library == "lightgbm":
        told = {"lgb_version": version.lineage.get(library, ""), "code": None, "model_class": "lightgbm.basic.Booster"}
    return _FLAVORS[library], {"data": stored, **told}


def _function(flavor: str, stored: str) -> dict[str, Any]:
    key = "model_path" if flavor == "sklearn" else "data"
    return {
        "loader_module": f"mlflow.{flavor}", key: stored, "python_version": platform.python_version(),
        "env": {"conda": "conda.yaml", "virtualenv": "python_env.yaml"},
    }  # fmt: skip


def _signature(version: ModelVersion) -> Any:  # noqa: ANN401 - MLflow's
    """Return the columns in MLflow's form, or None where they aren't known."""
    from mlflow.models import ModelSignature as Theirs
    from mlflow.types import ColSpec, DataType, Schema

    if version.signature is None:
        return None
    columns = [(name, _TYPES.get(kind.partition("[")[0], "string")) for name, kind in version.signature.inputs.items()]
    return Theirs(inputs=Schema([ColSpec(DataType[kind], name) for name, kind in columns]))
