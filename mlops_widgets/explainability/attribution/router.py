"""Which route answers: the cheapest that is exact and agrees with the user's own model, else one that only asks it."""

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from mlops_widgets.core.progress import Cancel, Progress, steps
from mlops_widgets.explainability.attribution.checks import (
    additivity,
    background_answers,
    between_two_rows,
    range_of,
    re_estimated,
    repeated,
)
from mlops_widgets.explainability.attribution.explanation import Check
from mlops_widgets.explainability.attribution.linear_route import LinearRoute
from mlops_widgets.explainability.attribution.question import Question
from mlops_widgets.explainability.attribution.routes import Answer, Declined, Route, by_predictions
from mlops_widgets.explainability.attribution.tree_route import TreeRoute

_ROWS_AT_ONCE = 100
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class Routed:
    """An answer, what was checked of it, and the route to take for further rows: None where only asking the model works."""

    answer: Answer
    checks: tuple[Check, ...]
    route: Route | None


def closed_routes() -> tuple[Route, ...]:
    """Return the routes that read the model instead of asking it, the cheapest first; they remember what they read."""
    return LinearRoute(), TreeRoute()


@dataclass(frozen=True, kw_only=True)
class Reading:
    """What came of reading the model: an answer, or why each route has none.

    Parameters
    ----------
    background
        (rows, k) the model's answers on the background.
    routed
        The answer, or None.
    declined
        Why routes couldn't answer.
    refused
        Checks that answers failed.
    """

    background: Floats
    routed: Routed | None = None
    declined: tuple[str, ...] = ()
    refused: tuple[Check, ...] = ()


def read(
    question: Question, routes: tuple[Route, ...] | None = None, progress: Progress | None = None, cancel: Cancel | None = None
) -> Reading:  # fmt: skip
    """Return what the first route finds that can answer from the model itself and agrees with its predictions."""
    background, declined, refused = background_answers(question), [], []
    for each in closed_routes() if routes is None else routes:
        found = _in_parts(question, each, progress, cancel)
        if isinstance(found, Declined):
            declined.append(found.why)
            continue
        checks = closed_checks(question, found, each, background)
        failed = [check for check in checks if check.status == "failed"]
        if not failed:
            routed = Routed(answer=replace(found, declined=tuple(declined)), checks=checks, route=each)
            return Reading(background=background, routed=routed)
        refused += [_refusal(found, check) for check in failed]
        declined += [check.text for check in refused[-len(failed) :]]
    return Reading(background=background, declined=tuple(declined), refused=tuple(refused))


def route(
    question: Question, *, pairs: int | None = None, budget_seconds: float | None = None, progress: Progress | None = None,
    cancel: Cancel | None = None, routes: tuple[Route, ...] | None = None,
) -> Routed:  # fmt: skip
    """Return the answer of the first route that can answer and that agrees with the user's own model.

    Parameters
    ----------
    question
        What is asked.
    pairs, budget_seconds
        Of the route that asks the model, as in `plan_of`.
    progress, cancel
        The caller's callbacks, or None.
    routes
        Those to try before asking the model; None for all.
    """
    reading = read(question, routes, progress, cancel)
    if reading.routed is not None:
        return reading.routed
    return ask_the_model(
        question, reading, pairs=pairs, budget_seconds=budget_seconds, progress=progress, cancel=cancel
    )


def ask_the_model(
    question: Question, reading: Reading, *, pairs: int | None = None, budget_seconds: float | None = None,
    progress: Progress | None = None, cancel: Cancel | None = None,
) -> Routed:  # fmt: skip
    """Return what asking the model finds, with what came of reading it."""
    answer = by_predictions(question, progress, cancel, pairs=pairs, budget_seconds=budget_seconds)
    method = ". ".join([answer.method, *(check.text.removesuffix(".") for check in reading.refused)])
    span = range_of(reading.background, answer.prediction)
    checks = (*asked_checks(question, answer, span, cancel), *reading.refused)
    return Routed(answer=replace(answer, declined=reading.declined, method=method), checks=checks, route=None)


def _in_parts(question: Question, each: Route, progress: Progress | None, cancel: Cancel | None) -> Answer | Declined:
    """Return a route's answer, some rows at a time, so that Cancel is looked at."""
    rows = range(len(question.rows))
    if len(rows) <= _ROWS_AT_ONCE:
        return each(question)
    parts: list[Answer] = []
    for start in steps(rows[::_ROWS_AT_ONCE], "part", progress, cancel):
        found = each(question.part(rows[start : start + _ROWS_AT_ONCE]))
        if isinstance(found, Declined):
            return found
        parts.append(found)
    return replace(
        parts[0], values=np.concatenate([part.values for part in parts]), base=np.concatenate([part.base for part in parts]),
        standard_error=np.concatenate([part.standard_error for part in parts]),
        prediction=np.concatenate([part.prediction for part in parts]), evaluations=sum(part.evaluations for part in parts),
    )  # fmt: skip


def closed_checks(question: Question, answer: Answer, each: Route, background: Floats) -> tuple[Check, ...]:
    """Return what is checked of a route that reads the model."""
    span = range_of(background, answer.prediction)
    return additivity(question, answer, background), between_two_rows(question, each, span)


def asked_checks(question: Question, answer: Answer, span: Floats, cancel: Cancel | None = None) -> tuple[Check, ...]:
    """Return what is checked of a route that asks the model: its contributions add up by construction."""
    checks = [repeated(question, span, cancel)]
    if answer.pairs > 1:
        checks.append(re_estimated(question, answer, span, cancel))
    return tuple(checks)


def _refusal(answer: Answer, check: Check) -> Check:
    return Check(
        name=f"{answer.route} route, {check.name}", value=check.value, limit=check.limit, status="not_applicable",
        text=f"The {answer.route} route was refused: {check.text[:1].lower()}{check.text[1:]}",
    )  # fmt: skip


def library_checks(question: Question, answer: Answer, ask: Route, cancel: Cancel | None = None) -> tuple[Check, ...]:
    """Return what is checked of a library's answer: nothing stands in for it, so a failed check is the reader's to see."""
    background = background_answers(question)
    span = range_of(background, answer.prediction)
    checks = [additivity(question, answer, background), repeated(question, span, cancel)]
    if answer.exact:
        checks.append(between_two_rows(question, ask, span))
    return tuple(checks)
