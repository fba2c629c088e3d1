"""Whether the model that a study holds is the version that is to be promoted: one model's audit is no other's."""

from hashlib import sha256
from typing import TYPE_CHECKING

import numpy as np

from mlops_widgets.errors import InputError, MissingInputError, ModelError, UnsafeModelError
from mlops_widgets.governance.registry.entries import ModelVersion
from mlops_widgets.governance.registry.model_store import ModelStore
from mlops_widgets.study.model_files.door import read_model
from mlops_widgets.study.model_files.trust import Trust
from mlops_widgets.study.native_models import with_sklearn_face
from mlops_widgets.study.predictor import EstimatorPredictor, FunctionPredictor, Predictor
from mlops_widgets.study.saved.models import SavedModel
from mlops_widgets.study.saved.stable_models import stable_bytes

if TYPE_CHECKING:
    from mlops_widgets.study.study import Study

_ANSWERS = {"probabilities": "probabilities", "scores": "scores", "predict": "predictions"}
"""By which answers two models are compared, the fullest first, and the method that gives them."""


def own_bytes(study: "Study") -> SavedModel | None:
    """Return the study's model as the bytes of a file, or None where no file can hold it: logged answers, a function."""
    model = study.model
    if not isinstance(model, EstimatorPredictor) or isinstance(model, FunctionPredictor):
        return None
    try:
        return stable_bytes(model.model, argument="study")
    except InputError:
        return None


def identify(study: "Study", version: ModelVersion, store: ModelStore, *, trust: Trust = None) -> tuple[str, str]:
    """Return how the study's model was shown to be the version, and why it couldn't be; one of the two is "".

    Equal bytes show it at once. Else the version's file is opened through the door for model files, and its content, or its answers
    to every row of every table of the study, are compared with those of the study's model, which must all be equal.

    Parameters
    ----------
    study
        The study.
    version
        The version.
    store
        The files.
    trust
        What the caller vouches for when the file is opened.
    """
    own = own_bytes(study)
    if own is None or not isinstance(study.model, EstimatorPredictor):
        return (
            "",
            f"The study {study.name!r} holds logged answers or a function, no model that could be compared with {version.id}. {_LOAD}",
        )
    if sha256(own.content).hexdigest() == version.digest:
        return "bytes", ""
    try:
        opened = read_model(store.path(version.file, version.digest), trust=trust, argument=version.id).model
    except UnsafeModelError as error:
        return (
            "",
            f"The file of {version.id} has other bytes than the study's model, and wasn't opened to compare them: {error}",
        )
    except InputError as error:
        return "", str(error)
    return _compared(study, study.model, opened, own, version)


_LOAD = "Load the study with the version's own file: model=registry.file(name, version)."


def _compared(
    study: "Study", model: EstimatorPredictor, opened: object, own: SavedModel, version: ModelVersion
) -> tuple[str, str]:
    if _content(opened) == own.content:
        return "content", ""
    try:
        other = model.with_model(with_sklearn_face(opened))
        rows, differing = _answers(study, model, other)
    except (InputError, ModelError) as error:
        return "", f"The file of {version.id} can't answer the study's rows as its model does: {error}"
    if differing:
        return "", f"The study holds another model than {version.id}: {differing:,} of {rows:,} answers differ. {_LOAD}"
    return f"answers to {rows:,} rows", ""


def _content(model: object) -> bytes:
    try:
        return stable_bytes(model, argument="model").content
    except InputError:
        return b""


def _answers(study: "Study", one: Predictor, other: Predictor) -> tuple[int, int]:
    """Return over how many rows two models answered, and to how many of them they gave different answers."""
    method = next(each for ability, each in _ANSWERS.items() if ability in one.can)
    rows = differing = 0
    for table in study.tables.values():
        first, second = getattr(one, method)(table), getattr(other, method)(table)
        if first.shape != second.shape:
            raise MissingInputError(f"answers of one shape in {table.name}", _LOAD)
        same = np.isclose(first, second, rtol=1e-9, atol=1e-12, equal_nan=True).reshape(len(first), -1).all(axis=1)
        rows, differing = rows + len(first), differing + int((~same).sum())
    return rows, differing
