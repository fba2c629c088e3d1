"""Whether a model fitted anew would still do."""

from typing import Literal

from mlops_widgets.core.progress import Cancel
from mlops_widgets.study.study import Study

Answer = Literal["recoverable", "exhausted", "not needed", "not enough data", "not applicable"]


def recovered(study: Study, *, seed: int, cancel: Cancel | None) -> tuple[Answer, str]:
    """Return whether a fresh model would do, and why, in a sentence."""
    if "refit" not in study.model.can:
        return "not applicable", "Whether a fresh model would do can't be tried: this model can't be refitted. Pass an estimator."
    return "not applicable", "Whether a fresh model would do wasn't tried."
