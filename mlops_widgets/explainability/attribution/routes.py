"""The ways to an answer, the cheapest exact one first; each declines with a reason or answers."""

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from mlops_widgets.core.progress import Cancel, Progress, steps
from mlops_widgets.explainability.attribution.question import Question
from mlops_widgets.measures.attribution.shapley import exact, sampled

Floats = npt.NDArray[np.float64]

MOST_EXACT_PLAYERS = 8
PAIRS = 10


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What a route found: arrays as in `Explanation`.

    `declined` says why the routes before it weren't taken, a sentence each.
    """

    route: str
    exact: bool
    values: Floats
    standard_error: Floats
    base: Floats
    prediction: Floats
    pairs: int = 0
    evaluations: int = 0
    method: str = ""
    declined: tuple[str, ...] = field(default=())


@dataclass(frozen=True)
class Declined:
    """Why a route can't answer, in a sentence."""

    why: str


Route = Callable[[Question, Progress | None, Cancel | None], Answer | Declined]


def by_predictions(
    question: Question, progress: Progress | None, cancel: Cancel | None, *, pairs: int = PAIRS
) -> Answer:
    """Return what only asking the model finds: exact for few players, else by antithetic permutations."""
    players, rng = len(question.players), np.random.default_rng(question.seed)
    few = players <= MOST_EXACT_PLAYERS
    found = []
    for row in steps(range(len(question.rows)), "row", progress, cancel):
        game = question.game(row)
        found.append(exact(game, players) if few else sampled(game, players, pairs=pairs, rng=rng))
    how = "All coalitions of columns" if few else f"{pairs} antithetic pairs of permutations of the columns"
    return Answer(
        route="exact" if few else "permutation", exact=few, values=np.stack([each.values for each in found]),
        standard_error=np.stack([each.standard_error for each in found]), base=np.stack([each.empty for each in found]),
        prediction=question.predict(question.rows), pairs=0 if few else pairs,
        evaluations=sum(each.coalitions for each in found) * len(question.background), method=how,
    )  # fmt: skip
