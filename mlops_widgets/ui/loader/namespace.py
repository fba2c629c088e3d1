"""What a notebook already holds: fitted models and tables, found without asking the objects anything.

A namespace holds whatever its owner made. An unknown object's attributes may compute for minutes, raise or change things,
so only types are looked at, and the attributes of an instance that its own dictionary holds.
"""

import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from inspect import getattr_static
from types import ModuleType
from typing import Any

import numpy as np
import pandas as pd

from mlops_widgets.core.words import number

_OURS_OF_IPYTHON = frozenset({"In", "Out", "exit", "quit", "get_ipython", "open"})
_SHORTEST_NAMES = {"x", "y"}
_MAKERS = {"lightgbm": "LightGBM's ", "xgboost": "XGBoost's ", "onnxruntime": "ONNX Runtime's "}
"""Of what else would be called a Booster or a session alone."""


@dataclass(frozen=True)
class Found:
    """One object of the namespace, or a pair of them.

    Parameters
    ----------
    name
        What the notebook calls it; "X, y" for a pair.
    value
        The object itself, or `(X, y)`.
    said
        Its kind and shape in words.
    """

    name: str
    value: Any
    said: str


def find_models(namespace: Mapping[str, Any]) -> list[Found]:
    """Return the fitted models by name, the last made first."""
    found = [Found(name, value, model_words(value)) for name, value in _objects(namespace) if _is_fitted_model(value)]
    return found[::-1]


def find_tables(namespace: Mapping[str, Any]) -> list[Found]:
    """Return frames by name, the last made first; then pairs of features and labels whose names belong together."""
    objects = _objects(namespace)
    frames = [Found(name, value, words) for name, value in objects if (words := _frame_words(value))]
    return frames[::-1] + _pairs(dict(objects))


def _objects(namespace: Mapping[str, Any]) -> list[tuple[str, Any]]:
    """Return what has a name of the user's: no modules, no classes, nothing with an underscore before it."""
    return [
        (name, value)
        for name, value in list(namespace.items())  # a copy: a cell may be running
        if type(name) is str
        and name.isidentifier()
        and not name.startswith("_")
        and name not in _OURS_OF_IPYTHON
        and not issubclass(type(value), type | ModuleType)
    ]


def _own(value: Any) -> Mapping[str, Any]:  # noqa: ANN401 - anything
    """Return an instance's own attributes without running code of its class."""
    try:
        own = object.__getattribute__(value, "__dict__")
    except AttributeError:  # slots, or a type written in C
        return {}
    return own if type(own) is dict else {}


def _library(value: Any) -> str:  # noqa: ANN401 - anything
    module = type.__getattribute__(type(value), "__module__")
    return module.partition(".")[0] if isinstance(module, str) else ""


def _kind(value: Any) -> str:  # noqa: ANN401 - anything
    return str(type.__getattribute__(type(value), "__name__"))


def _is_fitted_model(value: Any) -> bool:  # noqa: ANN401 - anything
    library, kind = _library(value), _kind(value)
    if (library, kind) in {("lightgbm", "Booster"), ("xgboost", "Booster"), ("onnxruntime", "InferenceSession")}:
        return True
    if not callable(getattr_static(type(value), "predict", None)) and not _is_descriptor(value, "predict"):
        return False
    if library == "catboost":
        return bool(value.is_fitted())  # that library's own word, which costs nothing
    return not _is_estimator(value) or _is_fitted(value)


def _is_descriptor(value: Any, name: str) -> bool:  # noqa: ANN401 - anything
    """Say whether the class offers `name` under a condition, as a Pipeline offers `predict`."""
    return getattr_static(type(getattr_static(type(value), name, None)), "__get__", None) is not None


def _is_estimator(value: Any) -> bool:  # noqa: ANN401 - anything
    base = getattr(sys.modules.get("sklearn.base"), "BaseEstimator", None)
    return base is not None and issubclass(type(value), base)


def _is_fitted(value: Any) -> bool:  # noqa: ANN401 - an estimator
    """Say whether an estimator was fitted: it, or what it wraps, has attributes that end in an underscore."""
    own = _own(value)
    if any(name.endswith("_") and not name.startswith("_") for name in own) or own.get("_Booster") is not None:
        return True
    steps = own.get("steps")
    if type(steps) is list and steps and type(steps[-1]) is tuple:
        return _is_fitted(steps[-1][-1])
    return _kind(value) == "FrozenEstimator" and _is_fitted(own.get("estimator"))


def model_words(value: Any) -> str:  # noqa: ANN401 - a model
    """Return a model's kind and how many features it was fitted with, in words."""
    own, kind = _own(value), _kind(value)
    kind = _MAKERS.get(_library(value), "") + kind if kind in {"Booster", "InferenceSession"} else kind
    steps = own.get("steps")
    if type(steps) is list and steps and type(steps[-1]) is tuple:
        kind = f"{kind} with {_kind(steps[-1][-1])}"
        own = {**_own(steps[0][-1]), **_own(steps[-1][-1])} if len(steps) == 1 else _own(steps[0][-1])
    count = own.get("n_features_in_")
    return f"{kind}, {count} features" if type(count) is int else kind


def _frame_words(value: Any) -> str:  # noqa: ANN401 - anything
    """Return the kind and shape of a table in words; the empty text for anything else."""
    for words in _FRAMES:
        said = words(value)
        if said:
            return said
    return ""


def _pandas(value: Any) -> str:  # noqa: ANN401 - anything
    if not issubclass(type(value), pd.DataFrame):
        return ""
    rows, columns = pd.DataFrame.shape.__get__(value)
    return _shaped("pandas", rows, columns) if rows and columns else ""


def _foreign(value: Any) -> str:  # noqa: ANN401 - anything
    """Return the words of a frame of a library that is imported already; lazy ones aren't run to learn their size."""
    library, kind = _library(value), _kind(value)
    if (library, kind) in {("polars", "LazyFrame"), ("_duckdb", "DuckDBPyRelation"), ("duckdb", "DuckDBPyRelation")}:
        return f"{library.strip('_')}, not collected yet"
    if (library, kind) == ("polars", "DataFrame"):
        return _shaped("polars", value.height, value.width)
    if (library, kind) == ("pyarrow", "Table"):
        return _shaped("pyarrow", value.num_rows, value.num_columns)
    return ""


_FRAMES: tuple[Callable[[Any], str], ...] = (_pandas, _foreign)


def _shaped(kind: str, rows: int, columns: int) -> str:
    return f"{kind}, {number(rows, 'integer')} rows × {number(columns, 'integer')}"


def _pairs(objects: Mapping[str, Any]) -> list[Found]:
    """Return `(X, y)` for names such as X_test and y_test, where both have the same number of rows."""
    found = []
    for name, x in objects.items():
        lead, _, tail = name.partition("_")
        if lead.lower() not in {"x", "features"}:
            continue
        for other in ("y", "Y", "labels", "target"):
            label = f"{other}_{tail}" if tail else other
            rows, y = _rows(x, 2), objects.get(label)
            if rows and y is not None and rows == _rows(y, 1):
                found.append(Found(f"{name}, {label}", (x, y), f"a pair, {number(rows, 'integer')} rows"))
                break
    return found[::-1]


def _rows(value: Any, dimensions: int) -> int:  # noqa: ANN401 - anything
    """Return how many rows a frame, series or array of that many dimensions has; 0 for anything else."""
    kind = type(value)
    if kind is np.ndarray:
        return len(value) if value.ndim == dimensions else 0
    if issubclass(kind, pd.DataFrame):
        rows, columns = pd.DataFrame.shape.__get__(value)
        return int(rows) if dimensions == 2 or columns == 1 else 0
    if issubclass(kind, pd.Series):
        return len(pd.Series.index.__get__(value)) if dimensions == 1 else 0
    return int(value.height) if (_library(value), _kind(value)) == ("polars", "DataFrame") and dimensions == 2 else 0
