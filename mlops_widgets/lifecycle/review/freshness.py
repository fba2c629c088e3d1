"""Whether a model fitted anew would still do."""

from typing import Literal, get_args

from mlops_widgets.core.progress import Cancel, Progress
from mlops_widgets.core.result import NoResult
from mlops_widgets.lifecycle.recovery.recovery import Measure, measure_recovery
from mlops_widgets.study.study import Study

Answer = Literal[
    "recoverable", "exhausted", "not needed", "a simpler model does as well", "not enough data", "not applicable"
]
_MOST_ROWS = 10_000
_ANSWERS: tuple[Answer, ...] = get_args(Answer)


def recovered(
    study: Study, *, draws: int, seed: int, progress: Progress | None, cancel: Cancel | None
) -> tuple[Answer, str, str]:
    """Return whether a fresh model would do, why, in a sentence, and what to do: by what decisions are worth, where that is known."""
    by: Measure = "metric" if study.values is None else "value"
    found = measure_recovery(
        study, measure=by, origins=1, max_fit_rows=_MOST_ROWS, draws=draws, seed=seed, progress=progress, cancel=cancel
    )
    first = found.findings[0]
    if isinstance(found, NoResult):
        return "not applicable", first.claim, first.action
    return next(each for each in _ANSWERS if each == found.verdict), first.claim, first.action
