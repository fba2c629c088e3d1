"""An ONNX session behind scikit-learn's methods."""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from mlops_widgets.errors import InputError
from mlops_widgets.study.faces.native import Answers, Kind, Native, NativeModel, face_of

_TYPES: Mapping[str, Any] = {
    "tensor(float)": np.float32, "tensor(double)": np.float64, "tensor(float16)": np.float16,
    "tensor(int64)": np.int64, "tensor(int32)": np.int32, "tensor(bool)": np.bool_, "tensor(string)": object,
}  # fmt: skip
_TYPES_OF_LABELS = ("tensor(string)", "tensor(int64)", "tensor(int32)", "tensor(bool)")
Cells = npt.NDArray[Any]
Feed = Callable[[Any], dict[str, Cells]]


def onnx_face(session: Any) -> NativeModel:  # noqa: ANN401 - an onnxruntime.InferenceSession
    """Return the face of an `onnxruntime.InferenceSession` that takes a table.

    Raises
    ------
    InputError
        If its inputs aren't one block of columns or one input a column, or it answers in no way that is known.
    """
    inputs = session.get_inputs()
    columns, width, feed = _one_block(inputs[0]) if len(inputs) == 1 else _columns(inputs)
    label, answers = _outputs(session)
    kind, labels, count = _kind(_trial(session, feed, width, answers), answers)
    mapped = answers.type.startswith("seq(map(")  # its keys are of the labels' own type

    def answer(frame: Any) -> Answers:  # noqa: ANN401 - a frame or an array
        return _as_array(session.run([answers.name], feed(frame))[0], labels)

    def own_label(frame: Any) -> Answers:  # noqa: ANN401 - a frame or an array
        return np.asarray(session.run([label], feed(frame))[0])

    return face_of(
        Native(
            name="the ONNX model", model=session, kind=kind, answer=answer, columns=columns, width=width,
            class_count=count, labels=labels, label=own_label if label and mapped else None,
        )
    )  # fmt: skip


def _one_block(one: Any) -> tuple[tuple[str, ...], int, Feed]:  # noqa: ANN401
    shape, kind = list(one.shape), _type(one)
    if len(shape) != 2:
        raise InputError(
            f"model= takes an ONNX input {one.name!r} of shape {shape}. Two dimensions are taken: a table."
        )
    width = shape[1] if isinstance(shape[1], int) else 0

    def feed(frame: Any) -> dict[str, Cells]:  # noqa: ANN401 - a frame or an array
        cells = frame.to_numpy() if isinstance(frame, pd.DataFrame) else np.asarray(frame)
        return {one.name: _cells(cells, kind)}

    return ((one.name,) if width == 1 else ()), width, feed


def _columns(inputs: Any) -> tuple[tuple[str, ...], int, Feed]:  # noqa: ANN401
    blocks = [one.name for one in inputs if len(one.shape) not in {1, 2} or one.shape[1:] not in ([], [1])]
    if blocks:
        raise InputError(
            f"model= takes several ONNX inputs of which {blocks[0]!r} isn't one column. Convert it with one input for "
            "all columns, or one for each column."
        )
    kinds = {one.name: (_type(one), len(one.shape)) for one in inputs}

    def feed(frame: Any) -> dict[str, Cells]:  # noqa: ANN401 - a frame, or an array with the columns in order
        table = frame if isinstance(frame, pd.DataFrame) else pd.DataFrame(np.asarray(frame), columns=list(kinds))
        found = {name: _cells(table.iloc[:, i].to_numpy(), kind) for i, (name, (kind, _)) in enumerate(kinds.items())}
        return {name: cells.reshape(-1, 1) if kinds[name][1] == 2 else cells for name, cells in found.items()}

    return tuple(kinds), len(kinds), feed


def _type(one: Any) -> Any:  # noqa: ANN401 - an input of a session; a type of numpy's
    if one.type not in _TYPES:
        raise InputError(f"model= takes an ONNX input {one.name!r} of type {one.type}. Taken are: {', '.join(_TYPES)}.")
    return _TYPES[one.type]


def _cells(cells: Cells, kind: Any) -> Cells:  # noqa: ANN401 - a type of numpy's
    """Return cells in the type of an input; text that is missing is empty text."""
    if kind is object:
        gaps = pd.isna(cells)
        return np.where(gaps, "", np.where(gaps, "", cells).astype(str)).astype(object)
    return np.ascontiguousarray(cells, dtype=kind)


def _outputs(session: Any) -> tuple[str | None, Any]:  # noqa: ANN401 - an InferenceSession, one of its outputs
    """Return the name of the output with labels, if any, and the output with numbers."""
    labels = [one for one in session.get_outputs() if one.type in _TYPES_OF_LABELS]
    numbers = [one for one in session.get_outputs() if one.type not in _TYPES_OF_LABELS]
    likely = [one for one in numbers if "prob" in one.name.lower()] or numbers or labels
    if not likely:
        raise InputError("model= is an ONNX model without an output.")
    return (labels[0].name if labels else None), likely[0]


def _trial(session: Any, feed: Feed, width: int, output: Any) -> Any:  # noqa: ANN401
    """Return the answers on three made-up rows, which tell what the graph doesn't; None where it takes none."""
    try:
        return session.run([output.name], feed(np.array([[0.0], [1.0], [-1.0]]) * np.ones(max(width, 1))))[0]
    except Exception:  # noqa: BLE001 - such as an encoder that refuses unknown words; the user's rows may do better
        return None


def _kind(trial: Any, output: Any) -> tuple[Kind, tuple[Any, ...] | None, int]:  # noqa: ANN401
    """Return what the answers are, the labels of their columns if told, and how many classes."""
    if isinstance(trial, list) and trial and isinstance(trial[0], dict):
        return "probabilities", tuple(trial[0]), len(trial[0])
    if output.type.startswith("seq(map("):
        return "probabilities", None, 0
    wide = [size for size in output.shape[1:] if isinstance(size, int) and size > 1]
    if trial is None:
        return ("probabilities" if "prob" in output.name.lower() else "scores", None, wide[0]) if wide else _UNKNOWN
    answers = np.asarray(trial)
    if answers.dtype.kind != "f" or answers.ndim != 2 or answers.shape[1] < 2:
        return _UNKNOWN
    proper = ((answers >= 0) & (answers <= 1)).all() and np.allclose(answers.sum(axis=1), 1, atol=1e-3)
    return "probabilities" if proper else "scores", None, answers.shape[1]


_UNKNOWN: tuple[Kind, None, int] = ("unknown", None, 0)


def _as_array(answers: Any, labels: tuple[Any, ...] | None) -> Answers:  # noqa: ANN401
    """Return probabilities that came as one mapping a row in the order of the labels, else in sorted order."""
    if isinstance(answers, list):
        known = labels or sorted(answers[0])
        return np.array([[row[label] for label in known] for row in answers], dtype=np.float64)
    return np.asarray(answers)
