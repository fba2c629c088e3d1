"""The route of models made of trees: exact Shapley values in the user's own columns, from the trees themselves."""

from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from mlops_widgets.explainability.attribution.linear_route import linear_scale
from mlops_widgets.explainability.attribution.matched_outputs import matched, trial_frame
from mlops_widgets.explainability.attribution.question import Question, finite
from mlops_widgets.explainability.attribution.read_model import TreesRead, UnreadableError
from mlops_widgets.explainability.attribution.routes import Answer, Declined
from mlops_widgets.explainability.attribution.standing_routes import StandingRoute
from mlops_widgets.explainability.attribution.transforms import Inputs, TakenApart, taken_apart
from mlops_widgets.explainability.attribution.tree_models.reader import read_trees, tree_scale
from mlops_widgets.measures.attribution.trees import Paths, TreeGame

Floats = npt.NDArray[np.float64]

_MOST_OUTPUTS = 50


def by_trees(question: Question) -> Answer | Declined:
    """Return exact contributions of a model made of trees, or why there are none by this route.

    Parameters
    ----------
    question
        What is asked; its model may be a pipeline, a search, or stand in a chosen threshold.
    """
    return TreeRoute()(question)


class TreeRoute(StandingRoute[tuple[TakenApart, TreesRead]]):
    """`by_trees` with a memory: a further question about the same model and background answers in milliseconds."""

    def __init__(self) -> None:
        super().__init__(_taken, _Stand, "The trees can't be read")


def _taken(question: Question) -> tuple[TakenApart, TreesRead]:
    if len(question.outputs) > _MOST_OUTPUTS:
        raise UnreadableError(
            f"they have {len(question.outputs):,} outputs, and up to {_MOST_OUTPUTS} are kept in memory"
        )
    apart = taken_apart(question.model)
    return apart, read_trees(apart.estimator)


class _Stand:
    """A model's trees against one background, on one scale."""

    def __init__(self, question: Question, taken: tuple[TakenApart, TreesRead]) -> None:
        apart, read = taken
        self.first, self._read = question, read
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
        self._compared = self._asked = len(frame)

    def _prepare(self) -> None:
        """Prepare the game, anew where a row showed whose an input is."""
        player = self._inputs.player
        if np.array_equal(player, self._player):
            return
        self._player = player
        try:
            self._paths = Paths(self._read.forest, player)
            self._game = TreeGame(self._paths, self._inputs.background, players=len(self.first.players))
        except ValueError as error:
            raise UnreadableError(str(error)) from error

    def answer(self, question: Question) -> Answer:
        """Return the answer to a question that differs from the first in its rows alone."""
        rows: pd.DataFrame = question.rows
        cells = self._inputs.add(rows)
        self._prepare()
        values = self._game.values(cells) @ self._outputs
        trees, asked, self._asked = len(self._read.forest.roots), self._asked, 0
        return Answer(
            route="tree", exact=True, values=values, standard_error=np.zeros_like(values),
            base=np.tile(self._game.base @ self._outputs, (len(rows), 1)), prediction=finite(question.predict(rows)),
            evaluations=asked + len(rows),
            method=(
                f"Exact interventional Shapley values of the {trees:,} trees of {self._name}, leaf by leaf, compared with its "
                f"own answers on {self._compared:,} rows"
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
