"""What a route to an answer returns, and the route that needs nothing of a model but its answers."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from mlops_widgets.core.progress import Cancel, Progress, steps
from mlops_widgets.explainability.attribution.question import Question, finite
from mlops_widgets.measures.attribution.shapley import Draws, Shares, draw, exact

Floats = npt.NDArray[np.float64]

PAIRS = 10
"""Antithetic pairs by default: 4 to 20 times as many coalitions as columns."""
MOST_EXACT_PLAYERS = 8
"""Up to here all coalitions cost about as much as the pairs would."""
_MOST_TIMED_PLAYERS = 12
_MOST_PAIRS = 200
_FEWEST_PAIRS = 3
_MOST_EVALUATIONS = 200_000
_TIMED_COALITIONS = 16
_COALITIONS_BESIDE = 40
"""Coalitions that are asked for to time the model, to ask it twice, and for the baseline."""


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


Route = Callable[[Question], Answer | Declined]


@dataclass(frozen=True)
class Plan:
    """How much the model is asked: all coalitions, or so many pairs of permutations; and by what that was decided."""

    pairs: int
    why: str = ""

    @property
    def exact(self) -> bool:
        """Whether all coalitions are counted."""
        return self.pairs == 0


def plan_of(question: Question, *, pairs: int | None = None, budget_seconds: float | None = None) -> Plan:
    """Return how much to ask.

    Without a budget it depends on counts alone, so that the same question gets the same answer on any machine.

    Parameters
    ----------
    question
        What is asked.
    pairs
        Pairs of permutations; None for all coalitions of up to 8 players, else for 10 pairs.
    budget_seconds
        How long the model may be asked, which is timed on a few coalitions first; not with `pairs`.
    """
    players = len(question.players)
    if pairs is not None:
        return Plan(pairs)
    if budget_seconds is None:
        return Plan(0) if players <= MOST_EXACT_PLAYERS else _by_counts(players, len(question.background))
    return affordable(question, budget_seconds, _seconds_per_coalition(question))


def affordable(question: Question, budget_seconds: float, seconds_each: float) -> Plan:
    """Return how much can be asked within a budget, what is timed and checked included.

    Parameters
    ----------
    question
        What is asked.
    budget_seconds
        How long the model may be asked.
    seconds_each
        How long it takes for one coalition.
    """
    rows, players = len(question.rows), len(question.players)
    left, at = (
        budget_seconds / seconds_each - _COALITIONS_BESIDE,
        f" at {seconds_each * 1000:.2g} ms for each coalition",
    )
    if players <= _MOST_TIMED_PLAYERS and rows << players <= left:
        return Plan(0, f", which {budget_seconds:g} s allow{at}")
    pairs = int(left / (2 * players * (rows + 1)))  # one row more: permutations are drawn afresh to check the first
    if pairs < _FEWEST_PAIRS:
        return Plan(_FEWEST_PAIRS, f", the fewest, though they take longer than {budget_seconds:g} s{at}")
    if pairs > _MOST_PAIRS:
        return Plan(_MOST_PAIRS, f", the most, in less than {budget_seconds:g} s{at}")
    return Plan(pairs, f", as many as {budget_seconds:g} s allow{at}")


def _by_counts(players: int, background: int) -> Plan:
    """Return 10 pairs, or fewer where there are so many columns that 10 would ask about too many rows."""
    pairs = min(PAIRS, max(_FEWEST_PAIRS, _MOST_EVALUATIONS // (2 * players * background)))
    return Plan(pairs, f", no more for {players:,} columns" if pairs < PAIRS else "")


def _seconds_per_coalition(question: Question) -> float:
    game = question.game(0)
    masks = np.random.default_rng(question.seed).random((_TIMED_COALITIONS, len(question.players))) < 0.5
    game(masks[:1])  # the first call may load or compile something
    start = time.perf_counter()
    game(masks)
    return max((time.perf_counter() - start) / _TIMED_COALITIONS, 1e-7)


def by_predictions(
    question: Question, progress: Progress | None = None, cancel: Cancel | None = None, *, pairs: int | None = None,
    budget_seconds: float | None = None,
) -> Answer:  # fmt: skip
    """Return what only asking the model finds: exact for few players, else by antithetic permutations.

    Parameters
    ----------
    question
        What is asked.
    progress, cancel
        The caller's callbacks, or None.
    pairs, budget_seconds
        As in `plan_of`.
    """
    plan, players = plan_of(question, pairs=pairs, budget_seconds=budget_seconds), len(question.players)
    found: list[Shares] = []
    for row in steps(range(len(question.rows)), "row", progress, cancel):
        if plan.exact:
            found.append(exact(question.game(row, cancel), players))
        else:
            found.append(drawn_for(question, row, plan.pairs, cancel=cancel).shares)
    return answer_of(question, found, finite(question.predict(question.rows)), why=plan.why)


def drawn_for(question: Question, row: int, pairs: int, *, start: int = 0, cancel: Cancel | None = None) -> Draws:
    """Return pairs of permutations of one row, which depend on the question's seed, the row's place and `start` alone."""
    rng = np.random.default_rng([question.seed, row, start])
    return draw(question.game(row, cancel), len(question.players), pairs=pairs, rng=rng)


def answer_of(question: Question, found: list[Shares], prediction: Floats, *, why: str = "") -> Answer:
    """Return the shares of each row as one answer."""
    pairs, players = found[0].pairs, len(question.players)
    rows = len(question.background)
    how = (
        f"Shapley values by all {1 << players:,} coalitions of {players} columns{why}"
        if not pairs
        else f"Shapley values by {pairs} antithetic pairs of permutations of the columns (Mitchell et al. 2022){why}; 95 % "
        f"intervals by Student's t with {pairs} degrees of freedom, the variance moderated over the columns (Smyth 2004)"
    )
    return Answer(
        route="permutation" if pairs else "exact", exact=not pairs, values=np.stack([each.values for each in found]),
        standard_error=np.stack([each.standard_error for each in found]), base=np.stack([each.empty for each in found]),
        prediction=prediction, pairs=pairs, evaluations=sum(each.coalitions for each in found) * rows + len(found), method=how,
    )  # fmt: skip
