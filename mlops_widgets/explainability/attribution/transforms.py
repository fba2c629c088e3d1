"""The way from the user's columns to a model's inputs, and which columns each input comes from.

An input belongs to a player if it changes when that player's cells alone are taken from another row. That is measured on
the fitted transformers themselves, so it holds for any of them: encoders, scalers, imputers, functions of the user's own.
An input that two players move, such as a principal component, has no one to belong to, and the model isn't read.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from mlops_widgets.explainability.attribution.question import Question, pooled
from mlops_widgets.explainability.attribution.read_model import UnreadableError
from mlops_widgets.study.faces.native import NativeModel
from mlops_widgets.study.predictor import users_code
from mlops_widgets.study.tables import frame_of

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.intp]
Bools = npt.NDArray[np.bool_]
Cells = Callable[[Any], Floats]

_MOST_MOVED = 4_000
_MOST_CHECKED = 32
"""Explained rows of which the transformers are asked how they move."""
NOBODY = -1


@dataclass(frozen=True)
class TakenApart:
    """A model as the transformers before it and the estimator that answers."""

    steps: tuple[Any, ...]
    estimator: Any

    def through(self, inputs: Any) -> Any:  # noqa: ANN401 - what the model is given
        """Return what the estimator is given."""
        for step in self.steps:
            with users_code(type(step).__name__, "while it transformed rows"):
                inputs = step.transform(inputs)
        return inputs


def taken_apart(model: Any) -> TakenApart:  # noqa: ANN401 - the user's object
    """Return the estimator inside pipelines, searches, frozen models and chosen thresholds, and the steps before it.

    Examples
    --------
    >>> from sklearn.linear_model import LinearRegression
    >>> from sklearn.pipeline import make_pipeline
    >>> from sklearn.preprocessing import StandardScaler
    >>> taken_apart(make_pipeline(StandardScaler(), LinearRegression())).estimator
    LinearRegression()
    """
    steps: list[Any] = []
    while True:
        inner = _inside(model)
        if inner is None:
            return TakenApart(tuple(steps), model)
        before, model = inner
        steps += before


def _inside(model: Any) -> tuple[list[Any], Any] | None:  # noqa: ANN401 - any model
    """Return the transformers and the model that a wrapper holds; None of what is no known wrapper."""
    if isinstance(model, NativeModel):
        return [], model.native.model
    if not type(model).__module__.startswith(("sklearn.", "imblearn.")):
        return None
    if isinstance(getattr(model, "steps", None), list):
        transformers = [step for _, step in model.steps[:-1] if step is not None and not isinstance(step, str)]
        return [step for step in transformers if not hasattr(step, "fit_resample")], model.steps[-1][1]
    for name, field in _WRAPPERS.items():
        if any(kind.__name__ == name for kind in type(model).__mro__) and hasattr(model, field):
            return [], getattr(model, field)
    return None


_WRAPPERS = {
    "BaseSearchCV": "best_estimator_", "FrozenEstimator": "estimator", "BaseThresholdClassifier": "estimator_",
}  # fmt: skip


class Inputs:
    """A model's inputs as numbers, and which player each belongs to: learned as rows come.

    Parameters
    ----------
    question
        The first question: its background and players.
    apart
        The model.
    cells
        From what the estimator is given to numbers.
    used
        From the number of inputs to which of them the estimator looks at.

    Attributes
    ----------
    background
        (rows, inputs) the background.

    Raises
    ------
    UnreadableError
        If an input differs between rows of the background, and no player alone moves it.
    """

    def __init__(self, question: Question, apart: TakenApart, cells: Cells, used: Callable[[int], Bools]) -> None:
        self._given = question.inputs or _as_it_is
        self._apart, self._cells, self._frame = apart, cells, question.background
        self._names = list(question.players)
        self.place = {column: k for k, columns in enumerate(question.players.values()) for column in columns}
        self._most = max(1, _MOST_MOVED // len(self._names))
        self.background = self.of(question.background)
        self._used = used(self.background.shape[1])
        self._moves = np.zeros((self.background.shape[1], len(self._names)), dtype=bool)
        rows = np.arange(len(self.background))
        self._mark(self._frame, np.column_stack([rows, np.roll(rows, 1)])[: self._most])
        self._seek(self._frame, self.background)

    def of(self, frame: pd.DataFrame) -> Floats:
        """Return rows as the estimator's inputs, (rows, inputs)."""
        return self._cells(self._apart.through(self._given(frame)))

    @property
    def player(self) -> Ints:
        """Return which player each input belongs to, (inputs,), `NOBODY` where none has moved it.

        Raises
        ------
        UnreadableError
            If several move an input that the estimator looks at.
        """
        shared = np.flatnonzero((self._moves.sum(axis=1) > 1) & self._used)
        if len(shared):
            one, other = (self._names[k] for k in np.flatnonzero(self._moves[shared[0]])[:2])
            raise UnreadableError(f"{one!r} and {other!r} meet in one input of the estimator, after its transformers")
        return np.where(self._moves.any(axis=1), self._moves.argmax(axis=1), NOBODY)

    def add(self, rows: pd.DataFrame) -> Floats:
        """Return explained rows as inputs, (rows, inputs), having learned from them whose they are.

        Raises
        ------
        UnreadableError
            If an input differs from the background, and no player alone moves it.
        """
        own, count = len(self._frame), len(rows)
        pool = pooled(self._frame, rows)
        chosen = np.unique(np.linspace(0, count - 1, min(count, _MOST_CHECKED)).astype(np.intp))
        found = self._mark(pool, np.column_stack([own + chosen, chosen % own]), own + np.arange(count))
        self._seek(pool, np.concatenate([self.background, found]))
        return found

    @property
    def _unmoved(self) -> Bools:
        return np.asarray(~self._moves.any(axis=1) & self._used)

    def _seek(self, pool: pd.DataFrame, cells: Floats) -> None:
        """Find out who moves inputs that differ from the first row's, and that nobody has moved yet."""
        differs = _differ(cells, cells[:1]) & self._unmoved
        if not differs.any():
            return
        rows = np.unique(differs.argmax(axis=0)[differs.any(axis=0)])[: self._most]
        self._mark(pool, np.column_stack([rows, np.zeros_like(rows)]))
        if (differs & self._unmoved).any():
            raise UnreadableError("an input of the estimator differs between rows, and no column alone changes it")

    def _mark(self, pool: pd.DataFrame, pairs: Ints, asked: Ints | None = None) -> Floats:
        """Mark inputs of a pair's first row (m, 2) that change where one player's cells are the second's.

        Returns the inputs of the rows `asked`, which the transformers are given at the same time: a call costs more than rows.
        """
        count, own = len(self._names), np.zeros(0, dtype=np.intp) if asked is None else asked
        same = np.concatenate([own, pairs[:, 0]])
        alone = np.tile(np.eye(count, dtype=bool), (len(pairs), 1))
        both = np.concatenate([np.column_stack([same, same]), np.repeat(pairs, count, axis=0)])
        taken = np.concatenate([np.zeros((len(same), count), dtype=bool), alone])
        cells = self.of(mixed_pairs(pool, both, taken, self.place))
        before, moved = cells[len(own) : len(same)], cells[len(same) :]
        self._moves |= _differ(moved.reshape(len(pairs), count, -1), before[:, None]).any(axis=0).T
        return cells[: len(own)]


def _as_it_is(frame: pd.DataFrame) -> pd.DataFrame:
    return frame


def mixed_pairs(pool: pd.DataFrame, pairs: Ints, taken: Bools, place: Mapping[str, int]) -> pd.DataFrame:
    """Return rows mixed of two each: pairs (m, 2) of places in `pool`, the second's where `taken` (m, players) says so."""
    columns: dict[Any, Any] = {}
    for column in pool.columns:
        at = np.where(taken[:, place[column]], pairs[:, 1], pairs[:, 0])
        columns[column] = pool[column].array.take(at)
    return frame_of(columns, pool.columns)


def _differ(one: Floats, other: Floats) -> Bools:
    return np.asarray((one != other) & ~(np.isnan(one) & np.isnan(other)))
