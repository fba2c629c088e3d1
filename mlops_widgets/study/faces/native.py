"""What a model of another library says about itself, and the methods that follow from it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal, Self

import numpy as np
import numpy.typing as npt
import pandas as pd

from mlops_widgets.errors import InputError

Answers = npt.NDArray[Any]
Kind = Literal["probabilities", "margins", "scores", "numbers", "unknown"]
Levels = Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class Native:
    """A model of another library, described.

    Parameters
    ----------
    name
        What to call it in sentences.
    model
        The library's own object.
    kind
        What `answer` gives: a probability a class; margins (above 0 is the second class); scores that only rank;
        numbers; or what can't be told before the answers are seen.
    answer
        Takes a frame of the model's columns (or an array where it knows none), gives the library's own answers.
    columns
        Names of the columns, in the model's order; empty where it knows none.
    width
        Number of columns.
    class_count
        Number of classes, 0 where it isn't a classifier.
    labels
        The classes' labels in the order of the answers, or None where the model knows only their number.
    label
        Gives the predicted labels where the library has its own; by default the most probable.
    levels
        Levels of category columns that the model learned, by column.
    level_lists
        The same where the model knows only which lists, in the order of its category columns.
    notes
        Sentences that a reader of its results should know.
    """

    name: str
    model: Any
    kind: Kind
    answer: Callable[[Any], Answers]
    columns: tuple[str, ...] = ()
    width: int = 0
    class_count: int = 0
    labels: tuple[Any, ...] | None = None
    label: Callable[[Any], Answers] | None = None
    levels: Levels = field(default_factory=dict)
    level_lists: tuple[tuple[Any, ...], ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Stop:
    """Where a booster stopped learning, and the parameters of a copy that stops there by itself.

    Parameters
    ----------
    asked
        Rounds that it was allowed.
    rounds
        Rounds that it predicts with, where an evaluation set told it; else None.
    changes
        Parameters of a copy that is fitted without an evaluation set.
    """

    asked: int
    rounds: int | None
    changes: Mapping[str, Any]


class NativeModel:
    """The face of a `Native`: columns and classes under scikit-learn's names; subclasses add the methods."""

    def __init__(self, native: Native) -> None:
        self.native = native

    def __repr__(self) -> str:
        """Return the library's name for it and its columns."""
        return f"<{self.native.name}, {self.native.width} columns>"

    @property
    def feature_names_in_(self) -> npt.NDArray[Any]:
        """The columns that it learned, in its order; missing where it knows none."""
        if not self.native.columns:
            raise AttributeError("feature_names_in_")
        return np.array(self.native.columns, dtype=object)

    @property
    def n_features_in_(self) -> int:
        """How many columns it takes; missing where it doesn't say."""
        if not self.native.width:
            raise AttributeError("n_features_in_")
        return self.native.width

    def with_labels(self, labels: Sequence[Any]) -> Self:
        """Return the same model that calls its classes so."""
        return type(self)(replace(self.native, labels=tuple(labels)))

    def of_kind(self, kind: Kind) -> "NativeModel":
        """Return the same model with its answers taken as another kind."""
        return face_of(replace(self.native, kind=kind))


class NativeLabelled(NativeModel):
    """A model that knows classes, if perhaps only how many."""

    _estimator_type = "classifier"

    @property
    def classes_(self) -> npt.NDArray[Any]:
        """The classes' labels in the order of the answers; missing where the model knows only their number."""
        if self.native.labels is None:
            raise AttributeError("classes_")
        return np.array(self.native.labels, dtype=object)


class NativeClassifier(NativeLabelled):
    """A model that gives a probability a class."""

    def predict_proba(self, frame: Any) -> Answers:  # noqa: ANN401 - a frame or an array
        """Return one column a class."""
        return by_class(np.asarray(self.native.answer(frame), dtype=np.float64))

    def predict(self, frame: Any) -> Answers:  # noqa: ANN401 - a frame or an array
        """Return the library's own label, else the most probable class, as code where no labels are known."""
        if self.native.label is not None:
            return np.asarray(self.native.label(frame)).ravel()
        codes = self.predict_proba(frame).argmax(axis=1)
        return codes if self.native.labels is None else np.asarray(self.classes_[codes])


class NativeScorer(NativeModel):
    """A model whose scores rank, with no point at which a decision turns."""

    def decision_function(self, frame: Any) -> Answers:  # noqa: ANN401 - a frame or an array
        """Return the scores: one a row, or one a row and class."""
        answers = np.asarray(self.native.answer(frame), dtype=np.float64)
        return answers if answers.ndim == 2 and answers.shape[1] > 1 else answers.ravel()


class NativeMargin(NativeLabelled, NativeScorer):
    """A model of two classes whose scores turn the decision at 0."""

    def predict(self, frame: Any) -> Answers:  # noqa: ANN401 - a frame or an array
        """Return the second class above 0, else the first."""
        codes = (self.decision_function(frame) > 0).astype(np.int64)
        return codes if self.native.labels is None else np.asarray(self.classes_[codes])


class NativeRegressor(NativeModel):
    """A model that gives numbers."""

    _estimator_type = "regressor"

    def predict(self, frame: Any) -> Answers:  # noqa: ANN401 - a frame or an array
        """Return the numbers, shape (rows,)."""
        return np.asarray(self.native.answer(frame), dtype=np.float64).reshape(len(frame), -1)[:, 0]


class NativeFunction(NativeModel):
    """A model of which nothing tells what its answers are: it is asked on a few rows, as a function is."""

    __name__ = "the model"

    def __call__(self, frame: pd.DataFrame) -> Answers:
        """Return the library's own answers."""
        return np.asarray(self.native.answer(frame))


_FACES: Mapping[Kind, type[NativeModel]] = {
    "probabilities": NativeClassifier, "margins": NativeMargin, "scores": NativeScorer, "numbers": NativeRegressor,
    "unknown": NativeFunction,
}  # fmt: skip


def face_of(native: Native) -> NativeModel:
    """Return the face with the methods that the kind of answers allows."""
    return _FACES[native.kind](native)


def by_class(answers: Answers) -> Answers:
    """Return one column a class of probabilities that may be the second class's only."""
    if answers.ndim == 2 and answers.shape[1] == 1:
        answers = answers[:, 0]
    return answers if answers.ndim == 2 else np.column_stack([1 - answers, answers])


def one_target(name: str, targets: int) -> None:
    """Raise `InputError` for a model that predicts several numbers a row."""
    if targets > 1:
        raise InputError(f"{name} predicts {targets} targets at once. Pass a model of one target.")
