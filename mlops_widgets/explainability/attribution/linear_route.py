"""The route of weighted sums: contributions in closed form, in the user's own columns."""

from typing import Any

import numpy as np
import numpy.typing as npt

from mlops_widgets.explainability.attribution.matched_outputs import matched, trial_frame
from mlops_widgets.explainability.attribution.question import Question, finite
from mlops_widgets.explainability.attribution.read_model import Scale, UnreadableError, numbers_of
from mlops_widgets.explainability.attribution.routes import Answer, Declined
from mlops_widgets.explainability.attribution.standing_routes import StandingRoute
from mlops_widgets.explainability.attribution.transforms import Inputs, TakenApart, taken_apart
from mlops_widgets.measures.attribution.linear import weighted_shares

Floats = npt.NDArray[np.float64]

_LOG = ("PoissonRegressor", "GammaRegressor", "TweedieRegressor")


def by_linear(question: Question) -> Answer | Declined:
    """Return exact contributions of a model that is a weighted sum on the question's scale, or why there are none.

    Any fitted estimator with `coef_` and `intercept_` is tried, inside pipelines, searches and chosen thresholds; its sum
    must give the model's own answers on the background, the explained rows and mixes of them.

    Parameters
    ----------
    question
        What is asked.
    """
    return LinearRoute()(question)


class LinearRoute(StandingRoute[TakenApart]):
    """`by_linear` with a memory: a further question about the same model and background answers in milliseconds."""

    def __init__(self) -> None:
        super().__init__(
            lambda question: taken_apart(question.model), _Stand, "The model is no weighted sum that can be read"
        )


class _Stand:
    """A model's weights against one background, on one scale."""

    def __init__(self, question: Question, apart: TakenApart) -> None:
        self.first, self._name = question, type(apart.estimator).__name__
        self._weights, start = _weights(apart.estimator)
        self._inputs = Inputs(question, apart, numbers_of, lambda width: _used(self._weights, width))
        self._inputs.add(question.rows)
        frame = trial_frame(question, self._inputs)
        own = self._inputs.of(frame) @ self._weights + start
        self._turn = matched(question, frame, own, _scale(apart.estimator), self._name)
        self._base = (self._inputs.background.mean(axis=0) @ self._weights + start) @ self._turn
        self._compared = self._asked = len(frame)

    def answer(self, question: Question) -> Answer:
        """Return the answer to a question that differs from the first in its rows alone."""
        cells, inputs = self._inputs.add(question.rows), self._inputs
        shares = weighted_shares(cells, inputs.background, self._weights, inputs.player, players=len(question.players))
        values, asked, self._asked = shares @ self._turn, self._asked, 0
        return Answer(
            route="linear", exact=True, values=values, standard_error=np.zeros_like(values),
            base=np.tile(self._base, (len(question.rows), 1)), prediction=finite(question.predict(question.rows)),
            evaluations=asked + len(question.rows),
            method=(
                f"Exact Shapley values of the weighted sum of {self._name}, in closed form, compared with its own answers on "
                f"{self._compared:,} rows"
            ),
        )  # fmt: skip


def _weights(estimator: Any) -> tuple[Floats, Floats]:  # noqa: ANN401 - any estimator
    """Return weights (inputs, outputs) and starts (outputs,)."""
    try:
        weights, start = estimator.coef_, estimator.intercept_
    except AttributeError:
        raise UnreadableError(f"{type(estimator).__name__} has no weights") from None
    weights = np.atleast_2d(numbers_of(weights)).T
    start = np.ravel(np.asarray(start, dtype=np.float64))
    if weights.ndim != 2 or len(start) not in {1, weights.shape[1]}:
        raise UnreadableError(f"the weights of {type(estimator).__name__} don't belong to one sum")
    return weights, start


def _used(weights: Floats, width: int) -> npt.NDArray[np.bool_]:
    if len(weights) != width:
        raise UnreadableError(f"it has {len(weights):,} weights for {width:,} inputs")
    return np.asarray((weights != 0).any(axis=1))


def _scale(estimator: Any) -> Scale:  # noqa: ANN401 - any estimator
    if type(estimator).__name__ in _LOG:
        return "logarithm of the prediction"
    if not hasattr(estimator, "classes_"):
        return "prediction"
    return "log-odds" if hasattr(estimator, "predict_proba") else "score"


def linear_scale(estimator: Any) -> Scale | None:  # noqa: ANN401 - any estimator
    """Return the scale on which an estimator is a weighted sum, as far as its kind tells; None if it has no weights."""
    try:
        _weights(estimator)
    except UnreadableError:
        return None
    return _scale(estimator)
