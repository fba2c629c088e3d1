"""When each strategy would have told, and which model would have served from then on."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from mlops_widgets.core.result import Result
from mlops_widgets.errors import WrongTypeError
from mlops_widgets.lifecycle.waiting.fresh import Served

Integers = npt.NDArray[np.int64]

_DAY = 86_400_000.0


@dataclass(frozen=True, kw_only=True)
class Path:
    """What one strategy would have done.

    Parameters
    ----------
    name, label
        The strategy in a word, and as a bar and a sentence call it.
    noticed
        Number of the stream's chunk at whose beginning somebody would have acted; -1 where nobody would have.
    models
        (chunks,) which model of `Served` would have served in each chunk of production.
    """

    name: str
    label: str
    noticed: int
    models: Integers


Teller = Callable[[Served, Any, Sequence[Result]], Path | None]


def looked_away(served: Served) -> Path:
    """Return the path on which nobody looks: the study's own model serves throughout."""
    return Path(name="nobody", label="nobody looks", noticed=-1, models=np.zeros(len(served.chunks), dtype=np.int64))


def path_of(served: Served, result: Result, results: Sequence[Result]) -> Path | None:
    """Return what this result would have brought; None where it can't say.

    Raises
    ------
    WrongTypeError
        If nothing is known of results of its type.
    """
    name = type(result).__name__
    if name not in _TELLERS:
        raise WrongTypeError(
            f"price_waiting takes no {name}. Pass what review_performance, simulate_retraining, schedule_retraining, "
            "evaluate_retirement or a Pipeline's run returned."
        )
    return _TELLERS[name](served, result, results)


def _from(served: Served, noticed: int, *, name: str, label: str) -> Path:
    """Return the path on which the model serves until `noticed`, and always the freshest afterwards."""
    late = (served.chunks >= noticed) & (noticed >= 0)
    return Path(
        name=name, label=label, noticed=noticed if late.any() else -1, models=np.where(late, served.freshest, 0)
    )


def _alarmed(served: Served, review: Any) -> int:  # noqa: ANN401 - a ReviewResult
    """Return the first chunk at whose beginning an alarm of metric, calibration or value was known; -1 without one.

    Every signal of a review needs labels, so an alarm is known once these have arrived.
    """
    starts = served.stream.chunks.starts
    alarms = [
        at
        for signal in (review.metric, review.calibration, review.value)
        if signal
        for at in np.flatnonzero(signal.alarms)
    ]
    if not alarms or served.stream.chunks.are_dates != review.are_dates:
        return -1
    over = min(int(at) for at in alarms) + 1
    end = review.starts[over] if over < len(review.starts) else np.inf
    first = int(np.searchsorted(starts, end, side="left")) + served.stream.delay
    return first if first <= served.chunks[-1] else -1


def _review(served: Served, review: Any, _: Sequence[Result]) -> Path:  # noqa: ANN401 - a ReviewResult
    """Wait for the next review of the calendar after the alarm was known; reviews begin with production."""
    known = _alarmed(served, review)
    label = "reviewed"
    if review.calendar_days > 0:
        label = f"reviewed every {review.calendar_days} days"
    if known < 0 or not review.are_dates or review.calendar_days <= 0:
        return _from(served, known, name="review", label=label)
    starts, every = served.stream.chunks.starts, review.calendar_days * _DAY
    begin = starts[served.chunks[0]]
    due = begin + np.ceil((starts[known] - begin) / every) * every
    noticed = int(np.searchsorted(starts, due, side="left"))
    return _from(served, noticed if noticed <= served.chunks[-1] else -1, name="review", label=label)


def _retraining(served: Served, result: Any, _: Sequence[Result]) -> Path | None:  # noqa: ANN401 - a RetrainingResult
    """Take the installs of the policy that would have been chosen: each serves from its chunk what was known by then."""
    if len(result.starts) == 0 or result.are_dates != served.stream.chunks.are_dates:
        return None
    best = result.best
    models = np.zeros(len(served.chunks), dtype=np.int64)
    noticed = -1
    for serves, trained in sorted(best.installs):
        if serves >= len(result.starts):
            continue
        begin = _chunk_at(served, float(result.starts[serves]))
        known = _chunk_at(served, float(result.starts[min(trained + result.assumed_label_delay, serves)]))
        if begin > served.chunks[0] and noticed < 0:
            noticed = begin
        models[served.chunks >= begin] = served.model_of(np.array([known]))[0]
    return Path(name="retraining", label=_called(best, result.by), noticed=noticed, models=models)


def _called(best: Any, by: str) -> str:  # noqa: ANN401 - a Standing
    """Return "retraining every 4 weeks (“every 4”)": what a policy does, and its name."""
    if best.kind != "every":
        return f"retraining “{best.name}”"
    often = by if best.every == 1 else f"{best.every} {by}s"
    return f"retraining every {often} (“{best.name}”)"


def _chunk_at(served: Served, time: float) -> int:
    """Return the first of the stream's chunks that begins at this time or later."""
    return int(np.searchsorted(served.stream.chunks.starts, time, side="left"))


def _pipeline(served: Served, _: Any, results: Sequence[Result]) -> Path | None:  # noqa: ANN401 - a PipelineResult
    """Act on a review's alarm in the chunk in which it is known: a pipeline waits for no calendar."""
    review = next((each for each in results if type(each).__name__ == "ReviewResult"), None)
    if review is None:
        return None
    return _from(served, _alarmed(served, review), name="pipeline", label="pipeline, every chunk")


def _retirement(served: Served, result: Any, _: Sequence[Result]) -> Path | None:  # noqa: ANN401 - a RetirementResult
    """Do what the first rule says that would have fired: the freshest model, or none, which answers with a constant."""
    if result.are_dates != served.stream.chunks.are_dates:
        return None
    fired = [
        (outcome.first, rule.action)
        for outcome, rule in zip(result.outcomes, result.policy.rules, strict=True)
        if 0 <= outcome.first < len(result.starts) and rule.action in {"retire", "retrain"}
    ]
    if not fired:
        return _from(served, -1, name="retirement", label="retirement rules")
    first, action = min(fired)
    at = max(_chunk_at(served, float(result.starts[first])), int(served.chunks[0]))
    path = _from(served, at, name="retirement", label=f"retirement rules ({action})")
    if action == "retrain":
        return path
    return replace(path, models=np.where(served.chunks >= at, served.constant, 0))


_TELLERS: Mapping[str, Teller] = {
    "ReviewResult": _review, "RetrainingResult": _retraining, "RetirementResult": _retirement, "PipelineResult": _pipeline, "RetrainingSchedule": _pipeline,
}  # fmt: skip
"""By the name of a result's type: a pipeline's is at home on a higher floor."""
