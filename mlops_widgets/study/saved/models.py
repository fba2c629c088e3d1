"""A live model as the bytes of a file that can be opened without running code."""

import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mlops_widgets.errors import InputError
from mlops_widgets.study.model_files.skops_files import unreviewed_types

_PICKLES = frozenset({".pkl", ".pickle", ".joblib"})


@dataclass(frozen=True)
class SavedModel:
    """The content of a model file, and its ending."""

    content: bytes
    suffix: str


def model_bytes(model: Any, *, argument: str) -> SavedModel:  # noqa: ANN401 - any model
    """Return a live model as a file: boosters in their library's own format, anything else as .skops.

    Raises
    ------
    InputError
        If no such file can hold it; what to do instead is said.
    """
    own = getattr(model, "native", None)
    model = model if own is None else own.model
    kinds = {f"{each.__module__.partition('.')[0]}.{each.__name__}" for each in type(model).__mro__}
    for kind, save in _NATIVE.items():
        if kind in kinds:
            return save(model)
    if "onnxruntime.InferenceSession" in kinds:
        raise InputError(f"{argument}= is an open ONNX session, which can't be written. Pass {argument}='model.onnx'.")
    return _skops(model, argument=argument)


def _lightgbm(model: Any) -> SavedModel:  # noqa: ANN401 - a lightgbm.Booster
    return SavedModel(model.model_to_string().encode(), ".txt")


def _xgboost(model: Any) -> SavedModel:  # noqa: ANN401 - an xgboost.Booster
    return SavedModel(bytes(model.save_raw("ubj")), ".ubj")


def _catboost(model: Any) -> SavedModel:  # noqa: ANN401 - a catboost.CatBoost
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.cbm"
        model.save_model(str(path))
        return SavedModel(path.read_bytes(), ".cbm")


def _onnx(model: Any) -> SavedModel:  # noqa: ANN401 - an onnx.ModelProto
    return SavedModel(model.SerializeToString(), ".onnx")


_NATIVE: Mapping[str, Callable[[Any], SavedModel]] = {
    "lightgbm.Booster": _lightgbm, "xgboost.Booster": _xgboost, "catboost.CatBoost": _catboost, "onnx.ModelProto": _onnx,
}  # fmt: skip


def _skops(model: Any, *, argument: str) -> SavedModel:  # noqa: ANN401 - any model
    import skops.io

    kind = type(model).__name__
    try:
        content = skops.io.dumps(model)
    except Exception as error:  # skops raises what the parts of the user's own model raise
        raise _unwritable(argument, kind, type(error).__name__) from error
    nameless = [each for each in unreviewed_types(content) if "<" in each]
    if nameless:  # lambdas and functions inside functions are written by a name that leads nowhere
        raise _unwritable(argument, kind, f"the function {nameless[0]} has no name of its own")
    return SavedModel(content, ".skops")


def _unwritable(argument: str, kind: str, why: str) -> InputError:
    return InputError(
        f"{argument}= is {kind}, which .skops can't hold ({why}). Replace functions without a name in it, save it to a file "
        "of its own kind, or save its answers as a column and name that in scores= or predictions=."
    )


def trust_note(content: bytes, suffix: str, *, argument: str) -> str:
    """Return what a caller must vouch for to open this model file, in a sentence, or ""."""
    if suffix in _PICKLES:
        return f'{argument}: a pickle runs what it holds. Opening it needs trust="pickle" or its digest in the call.'
    if suffix != ".skops":
        return ""
    types = unreviewed_types(content)
    if not types:
        return ""
    words = "".join(f"{each!r}, " for each in types[:20]).strip()
    note = f"{argument}: opening it needs trust=({words}) in the call; such types are your own code."
    if any(each.startswith("__main__.") for each in types):
        note += " What is defined in the notebook (__main__) must be defined there again, or moved to a module."
    return note


def refusal_of_function(argument: str, name: str) -> InputError:
    """Return the error for a model that is a function, which no file can hold."""
    return InputError(
        f"{argument}= is a function {name[:60]!r}, which no file can hold. Save its answers as a column of each table and "
        "name it in scores= or predictions=, or put the function in a Python file that defines `study`."
    )
