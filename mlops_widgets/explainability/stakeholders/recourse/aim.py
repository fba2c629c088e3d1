"""What the answer is to become, and how far an answer is from it."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from numbers import Real
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from mlops_widgets.core.words import number
from mlops_widgets.errors import InputError, MissingInputError, TableError, listed
from mlops_widgets.study.predictor import Predictor
from mlops_widgets.study.study import Study
from mlops_widgets.study.tables import Table

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]
Wanted = Any
"""A class; or `(lower, upper)` of the positive class's probability or score, or of a predicted number, None for an open end."""


@dataclass(frozen=True, eq=False)
class Answers:
    """The model on some rows: whether each is where it is wanted, how far from that, and the number that is shown.

    `shortfall` is 0 where reached and NaN where the model gives nothing to measure it by.
    """

    reached: Flags
    shortfall: Floats
    shown: Floats


@dataclass(frozen=True, kw_only=True, eq=False)
class Aim:
    """What is wanted of the model.

    Parameters
    ----------
    text
        What is wanted, in words: "the decision 'no default'".
    present
        What the model answers now, in words.
    scale
        What the number shown is: "probability of 'default'".
    limit
        Where that number must come, or NaN where there is no one number.
    ask
        (rows of the model's columns, a model) → its answers.
    """

    text: str
    present: str
    scale: str
    limit: float
    ask: Callable[[pd.DataFrame, Predictor], Answers]


def aim_of(study: Study, wanted: Wanted, row: pd.DataFrame) -> Aim:
    """Return what is wanted of the model on a row; by default another decision than the one it makes.

    Raises
    ------
    InputError
        If `wanted` is no class and no range.
    MissingInputError
        If a number is predicted and no range is wanted of it.
    """
    if study.task == "regression":
        return _number_in(study, _range(wanted, "a prediction", needed=True))
    if isinstance(wanted, tuple | list):
        if study.task == "multiclass":
            raise InputError(
                f"wanted={wanted!r:.60}, a range, and there are {len(study.outcome.classes)} classes. Pass one."
            )
        return _score_in(study, _range(wanted, "a probability or score"))
    own = int(_codes(study, row)[0])
    other = 1 - own if study.task == "binary" else None
    return _decision(study, other if wanted is None else _code(study, wanted), own)


def _decision(study: Study, code: int | None, own: int) -> Aim:
    by_score = "scores" in study.model.can
    binary = study.task == "binary"
    text = (
        f"the decision {_called(study, code)!r}"
        if code is not None
        else f"another decision than {_called(study, own)!r}"
    )
    limit = threshold_of(study) if binary and by_score else math.nan
    shown = 1 if binary else own if code is None else code

    def ask(rows: pd.DataFrame, model: Predictor) -> Answers:
        table = Table(rows, name="the changed rows")
        decided = model.predictions(table)
        reached = decided != own if code is None else decided == code
        if not by_score:
            return Answers(reached, np.where(reached, 0.0, np.nan), decided)
        scores = model.scores(table)
        if binary:
            short = limit - scores if code == 1 else scores - limit
        else:
            others = np.delete(scores, shown, axis=1).max(axis=1)
            short = scores[:, shown] - others if code is None else others - scores[:, shown]
            scores = scores[:, shown]
        return Answers(reached, _shortfall(reached, short), scores)

    scale = score_name(study, shown) if by_score else "decision"
    return Aim(text=text, present=f"the decision {_called(study, own)!r}", scale=scale, limit=limit, ask=ask)


def _shortfall(reached: Flags, short: Floats) -> Floats:
    """Return how far each answer is from what is wanted: above 0 wherever it isn't reached, whatever the threshold says."""
    return np.where(reached, 0.0, np.maximum(short, 1e-12))


def _score_in(study: Study, ends: tuple[float, float]) -> Aim:
    study.model.need("scores")
    return _between(ends, score_name(study, 1), lambda model, table: model.scores(table))


def _number_in(study: Study, ends: tuple[float, float]) -> Aim:
    name = study.words.feature(study.outcome.target)
    return _between(ends, f"predicted {name}", lambda model, table: model.predictions(table))


def _between(ends: tuple[float, float], scale: str, answer: Callable[[Predictor, Table], Floats]) -> Aim:
    low, high = ends
    words = {
        (False, True): f"{scale} of {number(low)} or more", (True, False): f"{scale} of {number(high)} or less",
        (False, False): f"{scale} between {number(low)} and {number(high)}",
    }  # fmt: skip

    def ask(rows: pd.DataFrame, model: Predictor) -> Answers:
        found = answer(model, Table(rows, name="the changed rows"))
        short = np.maximum(low - found, found - high)
        return Answers((found >= low) & (found <= high), np.maximum(short, 0.0), found)

    limit = high if math.isinf(low) else low
    text = f"a {words[(math.isinf(low), math.isinf(high))]}"
    return Aim(text=text, present=f"a {scale}", scale=scale, limit=limit, ask=ask)


def _range(wanted: Wanted, of: str, *, needed: bool = False) -> tuple[float, float]:
    if wanted is None and needed:
        raise MissingInputError(
            "decision to change: the model predicts a number",
            "Pass wanted=(lower, upper), the range that the number should come into; None for an open end.",
        )
    if not isinstance(wanted, tuple | list) or len(wanted) != 2:
        raise InputError(f"wanted={wanted!r:.60}. Pass {of} as (lower, upper), None for an open end.")
    for end in wanted:
        if end is not None and (isinstance(end, bool) or not isinstance(end, Real) or not math.isfinite(end)):
            raise InputError(f"wanted={wanted!r:.60}. Pass two finite numbers, None for an open end.")
    low = -math.inf if wanted[0] is None else float(wanted[0])
    high = math.inf if wanted[1] is None else float(wanted[1])
    if low > high or (math.isinf(low) and math.isinf(high)):
        raise InputError(
            f"wanted={wanted!r:.60} is no range. Pass (lower, upper) with one end or both, the lower first."
        )
    return low, high


def _code(study: Study, wanted: Wanted) -> int:
    try:
        found = study.outcome.encode(np.array([wanted], dtype=object), where="wanted=")
    except TableError:
        found = np.array([np.nan])
    if np.isnan(found[0]):
        raise InputError(
            f"wanted={wanted!r:.60}. Pass one of the classes ({listed(study.outcome.classes)}) or a range (lower, upper)."
        )
    return int(found[0])


def _codes(study: Study, row: pd.DataFrame) -> Floats:
    return study.model.predictions(Table(row, name="the row"))


def _called(study: Study, code: int) -> str:
    return study.words.value(study.outcome.target, study.outcome.classes[code])


def threshold_of(study: Study) -> float:
    """Return the score at which the decision is positive: the study's, else one half of probabilities, else 0."""
    if study.decision_threshold is not None:
        return float(study.decision_threshold)
    return 0.5 if "probabilities" in study.model.can else 0.0


def score_name(study: Study, code: int) -> str:
    """Return what the model's score of a class is called."""
    kind = "probability" if "probabilities" in study.model.can else "score"
    return f"{kind} of {_called(study, code)!r}"
