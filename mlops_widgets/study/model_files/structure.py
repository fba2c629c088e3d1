"""A walk through a loaded model that finds arrays which would crash Python, before anything predicts.

scikit-learn's compiled code trusts what a fitted model keeps: a child number, a label or a column number out of range
reads or writes foreign memory. Nothing here runs the model, but for the initial model of gradient boosting, whose answer's
width decides where compiled code writes; it is asked last, when everything inside has passed.
"""

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from types import FunctionType, MethodType, ModuleType
from typing import Any

import numpy as np

from mlops_widgets.errors import UnsafeModelError
from mlops_widgets.study.model_files import array_structure, neighbour_structure, tree_structure

MOST_OBJECTS = 5_000_000
"""Most objects that are looked at in one model."""

_PLAIN = (str, bytes, bytearray, int, float, complex, type(None), type, ModuleType, FunctionType, np.generic)
_TREE = "sklearn.tree._tree.Tree"
_BOOSTING = "sklearn.ensemble._gb.BaseGradientBoosting"

Check = Callable[[Any], str | None]

_CHECKS: Mapping[str, Check] = {
    "numpy.random._generator.Generator": array_structure.generator_problem,
    "numpy.random.bit_generator.BitGenerator": array_structure.generator_problem,
    "numpy.random.mtrand.RandomState": array_structure.generator_problem,
    "scipy.interpolate._bsplines.BSpline": array_structure.spline_problem,
    "scipy.sparse._base._spbase": array_structure.sparse_problem,
    "sklearn.cluster._kmeans._BaseKMeans": array_structure.centres_problem,
    "sklearn.ensemble._base.BaseEnsemble": tree_structure.width_problem,
    "sklearn.ensemble._hist_gradient_boosting.gradient_boosting.BaseHistGradientBoosting": tree_structure.histogram_problem,
    "sklearn.feature_extraction._dict_vectorizer.DictVectorizer": array_structure.vocabulary_problem,
    "sklearn.feature_extraction._hash.FeatureHasher": array_structure.hashing_problem,
    "sklearn.feature_extraction.text.CountVectorizer": array_structure.vocabulary_problem,
    "sklearn.feature_extraction.text.HashingVectorizer": array_structure.hashing_problem,
    "sklearn.neighbors._ball_tree.BinaryTree64": neighbour_structure.space_problem,
    "sklearn.neighbors._ball_tree.BinaryTree32": neighbour_structure.space_problem,
    "sklearn.neighbors._kd_tree.BinaryTree64": neighbour_structure.space_problem,
    "sklearn.neighbors._kd_tree.BinaryTree32": neighbour_structure.space_problem,
    "sklearn.neighbors._base.NeighborsBase": neighbour_structure.labels_problem,
    "sklearn.preprocessing._encoders.OneHotEncoder": array_structure.onehot_problem,
    "sklearn.svm._base.BaseLibSVM": array_structure.support_problem,
    "sklearn.tree._classes.BaseDecisionTree": tree_structure.width_problem,
}
"""What is checked of an object, by the full name of its class or of one that it derives from."""


def check_structure(model: Any, *, name: str) -> None:  # noqa: ANN401 - any model
    """Raise `UnsafeModelError` if something in a model would make compiled code leave its memory.

    Parameters
    ----------
    model
        A loaded model of any kind, with whatever it holds.
    name
        What messages call its file.
    """
    found = _sorted_by_base(model, name)
    trees = found.get(_TREE, [])
    problem = tree_structure.trees_problem(trees)
    if problem:
        raise _malformed(name, "forest" if len(trees) > 1 else "tree", problem)
    for base, check in (*_CHECKS.items(), (_BOOSTING, tree_structure.boosting_problem)):
        for each in found.get(base, ()):
            problem = _run(check, each)
            if problem:
                raise _malformed(name, type(each).__name__, problem)


def _sorted_by_base(model: Any, name: str) -> dict[str, list[Any]]:  # noqa: ANN401 - any model
    """Return the objects in a model that have checks, by the class that these are for."""
    known = {*_CHECKS, _TREE, _BOOSTING}
    bases: dict[type, set[str]] = {}
    found: dict[str, list[Any]] = {}
    for each in objects_in(model, name=name):
        kind = type(each)
        if kind not in bases:
            bases[kind] = known & {f"{base.__module__}.{base.__qualname__}" for base in kind.__mro__}
        for base in bases[kind]:
            found.setdefault(base, []).append(each)
    return found


def _run(check: Check, each: object) -> str | None:
    try:
        return check(each)
    except Exception as error:  # noqa: BLE001 - a state of any kind: what can't be checked can't be used
        return f"parts that can't be checked ({type(error).__name__})"


def _malformed(name: str, kind: str, problem: str) -> UnsafeModelError:
    return UnsafeModelError(
        f"{name} holds a malformed {kind}: {problem}. Using it could crash Python. Save it again from a sound model."
    )


def objects_in(model: Any, *, name: str) -> Iterator[Any]:  # noqa: ANN401 - any model
    """Yield a model and every object in it once, whatever refers to what, without recursion."""
    seen: set[int] = set()
    stack = [model]
    while stack:
        each = stack.pop()
        if isinstance(each, _PLAIN) or id(each) in seen:
            continue
        seen.add(id(each))
        if len(seen) > MOST_OBJECTS:
            raise UnsafeModelError(
                f"{name} holds more than {MOST_OBJECTS:,} objects. Load it yourself and pass the live model."
            )
        yield each
        stack.extend(_parts(each))


def _parts(each: Any) -> Iterable[Any]:  # noqa: ANN401 - any object
    if isinstance(each, dict):
        return each.values()
    if isinstance(each, list | tuple | set | frozenset | deque):
        return each
    if isinstance(each, np.ndarray):
        return each.ravel().tolist() if each.dtype == object else ()
    if isinstance(each, partial):
        return (each.func, each.args, each.keywords)
    if isinstance(each, MethodType):
        return (each.__self__,)
    return () if type(each).__module__.startswith(("pandas.", "pyarrow.", "polars.")) else _attributes(each)


def _attributes(each: Any) -> list[Any]:  # noqa: ANN401 - any object
    found = list(getattr(each, "__dict__", {}).values())
    for kind in type(each).__mro__:
        slots = kind.__dict__.get("__slots__", ())
        found += [
            getattr(each, slot, None) for slot in ((slots,) if isinstance(slots, str) else slots) if slot != "__dict__"
        ]
    return found


def forget_folders(model: Any) -> tuple[str, ...]:  # noqa: ANN401 - any model
    """Set `memory=` to None wherever a scikit-learn object in a model has it, and say so in a sentence.

    A file may not choose a folder on this computer: what is cached there is a pickle, which a refit would run.
    """
    names = []
    for each in objects_in(model, name="model"):
        if type(each).__module__.startswith("sklearn.") and getattr(each, "__dict__", {}).get("memory") is not None:
            each.memory = None
            names.append(type(each).__name__)
    if not names:
        return ()
    return (f"memory= of {', '.join(sorted(set(names)))} named a folder for its cache and is left out.",)


def forget_machines(model: Any) -> tuple[str, ...]:  # noqa: ANN401 - any model
    """Take other computers and files out of the settings of LightGBM models in a model, and say so in a sentence.

    A file may not choose whom this computer connects to: a refit would, and would open a port of its own.
    """
    taken: set[str] = set()
    for each in objects_in(model, name="model"):
        if not type(each).__module__.startswith("lightgbm."):
            continue
        own = getattr(each, "__dict__", {})
        for settings in (own.get("_other_params"), own.get("params")):
            if isinstance(settings, dict):
                taken |= {name for name in _ELSEWHERE if settings.pop(name, None) is not None}
    if not taken:
        return ()
    return (f"LightGBM's {', '.join(sorted(taken))} named other computers or files and is left out.",)


_ELSEWHERE = frozenset({
    "machines", "workers", "nodes", "num_machines", "num_machine", "machine_list_filename", "machine_list_file",
    "machine_list", "mlist", "local_listen_port", "local_port", "port", "forcedsplits_filename", "fs",
    "forced_splits_filename", "forced_splits_file", "forced_splits", "forcedbins_filename", "parser_config_file",
    "input_model", "model_input", "model_in", "output_model", "model_output", "model_out", "config", "config_file",
})  # fmt: skip


def check_inputs(model: Any, *, name: str) -> None:  # noqa: ANN401 - any model
    """Raise `UnsafeModelError` if a vectorizer in a model would open files: then cells of a table say which."""
    for each in objects_in(model, name=name):
        given = getattr(each, "__dict__", {}).get("input", "content")
        reads_text = any(base.__module__ == "sklearn.feature_extraction.text" for base in type(each).__mro__)
        if reads_text and given != "content":
            raise UnsafeModelError(
                f"{name} holds a {type(each).__name__} with input={str(given)[:20]!r}: it would open the files that cells of "
                "a table name. Fit it on the texts themselves (input='content'), or pass the live model."
            )
