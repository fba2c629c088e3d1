"""The route of models made of trees: exact Shapley values in the user's own columns, from the trees themselves."""

from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from mlops_widgets.explainability.attribution.linear_route import linear_scale
from mlops_widgets.explainability.attribution.outputs import matched, trial_frame
from mlops_widgets.explainability.attribution.question import Question, finite
from mlops_widgets.explainability.attribution.reading import TreesRead, UnreadableError
from mlops_widgets.explainability.attribution.routes import Answer, Declined
from mlops_widgets.explainability.attribution.transforms import Inputs, TakenApart, taken_apart
from mlops_widgets.explainability.attribution.tree_models.reader import read_trees, tree_scale
from mlops_widgets.measures.attribution.trees import Paths, TreeGame

Floats = npt.NDArray[np.float64]

_MOST_OUTPUTS = 50
_KEPT = 2
"""Backgrounds that are remembered: the question's, and that of a check."""


def by_trees(question: Question) -> Answer | Declined:
    """Return exact contributions of a model made of trees, or why there are none by this route.

    Parameters
    ----------
    question
        What is asked; its model may be a pipeline, a search, or stand in a chosen threshold.
    """
    return TreeRoute()(question)


class TreeRoute:
    """`by_trees` with a memory: a further question about the same model and background answers in milliseconds."""

    def __init__(self) -> None:
        self._model: Any = None
        self._apart: TakenApart | None = None
        self._read: TreesRead | None = None
        self._stands: list[_Stand] = []

    def __call__(self, question: Question) -> Answer | Declined:
        """Return the answer, or why there is none."""
        try:
            apart, read = self._taken(question)
            stand = next((each for each in self._stands if each.fits(question)), None)
            if stand is None:
                stand = _Stand(question, apart, read)
                self._stands = [*self._stands[-(_KEPT - 1) :], stand]
            return stand.answer(question)
        except UnreadableError as error:
            return Declined(f"The trees can't be read: {error}.")

    def _taken(self, question: Question) -> tuple[TakenApart, TreesRead]:
        if question.model is None:
            raise UnreadableError("the model is a function")
        if len(question.outputs) > _MOST_OUTPUTS:
            raise UnreadableError(
                f"they have {len(question.outputs):,} outputs, and up to {_MOST_OUTPUTS} are kept in memory"
            )
        if self._apart is None or self._read is None or question.model is not self._model:
            self._apart = taken_apart(question.model)
            self._read = read_trees(self._apart.estimator)
            self._model, self._stands = question.model, []
        return self._apart, self._read


class _Stand:
    """A model's trees against one background, on one scale."""

    def __init__(self, question: Question, apart: TakenApart, read: TreesRead) -> None:
        self._first, self._read = question, read
        self._name = type(apart.estimator).__name__
        self._inputs = Inputs(question, apart, read.cells, read.forest.used)
        self._player = np.empty(0, dtype=np.intp)
        self._paths: Paths
        self._game: TreeGame
        self._inputs.add(question.rows)
        self._prepare()
        frame = trial_frame(question, self._inputs)
        own = self._paths.margins(self._inputs.of(frame))
        self._outputs = matched(question, frame, own, read.scale, self._name)
        self._asked = len(frame)

    def fits(self, question: Question) -> bool:
        """Say whether a question differs from the first in its rows alone."""
        first = self._first
        return (
            question.background is first.background and question.predict is first.predict
            and question.inputs == first.inputs and dict(question.players) == dict(first.players)
        )  # fmt: skip

    def _prepare(self) -> None:
        """Prepare the game, anew where a row showed whose an input is."""
        player = self._inputs.player
        if np.array_equal(player, self._player):
            return
        self._player = player
        try:
            self._paths = Paths(self._read.forest, player)
            self._game = TreeGame(self._paths, self._inputs.background, players=len(self._first.players))
        except ValueError as error:
            raise UnreadableError(str(error)) from error

    def answer(self, question: Question) -> Answer:
        rows: pd.DataFrame = question.rows
        cells = self._inputs.add(rows)
        self._prepare()
        values = self._game.values(cells) @ self._outputs
        trees = len(self._read.forest.roots)
        return Answer(
            route="tree", exact=True, values=values, standard_error=np.zeros_like(values),
            base=np.tile(self._game.base @ self._outputs, (len(rows), 1)), prediction=finite(question.predict(rows)),
            evaluations=self._asked + len(rows),
            method=(
                f"Exact interventional Shapley values of the {trees:,} trees of {self._name}, leaf by leaf, compared with its "
                f"own answers on {self._asked:,} rows"
            ),
        )  # fmt: skip


def natural_scale(model: Any) -> str | None:  # noqa: ANN401 - the user's object
    """Return the scale on which a fitted classifier adds up: "log-odds", "probability" or "score"; None where none is known.

    Regressors have one scale only: None.

    Examples
    --------
    >>> from sklearn.ensemble import RandomForestClassifier
    >>> natural_scale(RandomForestClassifier(n_estimators=2).fit([[0], [1]], [0, 1]))
    'probability'
    """
    apart = taken_apart(model)
    try:
        scale: str | None = tree_scale(apart.estimator)
    except UnreadableError:
        scale = linear_scale(apart.estimator)
    return scale if scale in {"log-odds", "probability", "score"} else None
