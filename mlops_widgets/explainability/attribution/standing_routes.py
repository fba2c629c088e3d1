"""Routes that read a model once and prepare each background once, so that a further row costs milliseconds."""

from collections.abc import Callable
from typing import Any, Generic, Protocol, TypeVar

from mlops_widgets.explainability.attribution.question import Question
from mlops_widgets.explainability.attribution.read_model import UnreadableError
from mlops_widgets.explainability.attribution.routes import Answer, Declined

_KEPT = 2
"""Backgrounds that are remembered: the question's, and that of a check."""
Read = TypeVar("Read")


class Stand(Protocol):
    """What was read of a model, prepared for one background on one scale."""

    @property
    def first(self) -> Question:
        """The question that it was prepared for."""

    def answer(self, question: Question) -> Answer:
        """Return the answer to a question that differs from the first in its rows alone."""


class StandingRoute(Generic[Read]):
    """A route with a memory.

    Parameters
    ----------
    read
        From a question to what is read of its model.
    stand
        Prepares that for the question's background.
    refusal
        How the sentence begins that says why there is no answer.
    """

    def __init__(
        self, read: Callable[[Question], Read], stand: Callable[[Question, Read], Stand], refusal: str
    ) -> None:
        self._read, self._stand, self._refusal = read, stand, refusal
        self._model: Any = None
        self._known: Read | None = None
        self._stands: list[Stand] = []

    def __call__(self, question: Question) -> Answer | Declined:
        """Return the answer, or why there is none."""
        try:
            return self._standing(question).answer(question)
        except UnreadableError as error:
            return Declined(f"{self._refusal}: {error}.")

    def _standing(self, question: Question) -> Stand:
        if question.model is None:
            raise UnreadableError("the model is a function")
        if self._known is None or question.model is not self._model:
            self._known, self._model, self._stands = self._read(question), question.model, []
        found = next((each for each in self._stands if _differ_in_rows_alone(each.first, question)), None)
        if found is None:
            found = self._stand(question, self._known)
            self._stands = [*self._stands[-(_KEPT - 1) :], found]
        return found


def _differ_in_rows_alone(first: Question, question: Question) -> bool:
    return (
        question.background is first.background and question.predict is first.predict
        and question.inputs == first.inputs and dict(question.players) == dict(first.players)
    )  # fmt: skip
