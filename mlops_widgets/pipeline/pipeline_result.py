"""What came of a run: its verdict, its steps, and the code that the command line ends with."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from mlops_widgets.core.result import Result

if TYPE_CHECKING:
    import pandas as pd

Verdict = Literal["keep", "retrain", "retire", "not enough data", "failed", "dry run"]

EXIT_CODES: Mapping[str, int] = {
    "keep": 0, "dry run": 0, "failed": 1, "promoted": 3, "retire": 4, "not enough data": 5, "not promoted": 6,
}  # fmt: skip
"""What a run ends with, and the exit code that says so; 2 is wrong usage or data that can't be read."""


@dataclass(frozen=True, kw_only=True)
class StepOutcome:
    """What came of one step.

    Parameters
    ----------
    name
        The step.
    status
        "ran", "cached" (its work was done before, and is unchanged), "skipped" (nothing to do), "failed", "not run" (an earlier
        step failed), or "would run" in a dry run.
    why
        Why, where that isn't plain.
    seconds
        How long it took; 0 where it didn't run.
    key
        What its work is known by.
    digest, file
        SHA-256 and name of what it made, among the artefacts.
    """

    name: str
    status: str
    why: str = ""
    seconds: float = 0.0
    key: str = ""
    digest: str = ""
    file: str = ""


@dataclass(frozen=True, kw_only=True)
class PipelineResult(Result):
    """What came of a run of a pipeline.

    Parameters
    ----------
    pipeline
        Its name.
    run
        The run's number, 1 and on; 0 of a dry run.
    verdict
        "keep", "retrain", "retire", "not enough data" or "failed"; "dry run" where nothing was run.
    promoted
        Whether a new model was registered.
    continued
        Whether it went on with a run that was cut off.
    now
        The moment that the steps were told, ISO 8601.
    steps
        What came of each step, in order.
    model
        SHA-256 of the model that was registered, or "".
    """

    pipeline: str
    run: int
    verdict: Verdict
    promoted: bool
    continued: bool
    now: str
    steps: tuple[StepOutcome, ...]
    model: str = ""

    @property
    def exit_code(self) -> int:
        """Code that the command line ends with.

        0 keep, 1 failed, 3 retrained and promoted, 4 retire, 5 not enough data, 6 retrained or to be retrained and not promoted;
        2 is wrong usage, which gives no result.
        """
        if self.verdict == "retrain":
            return EXIT_CODES["promoted" if self.promoted else "not promoted"]
        return EXIT_CODES[self.verdict]

    def step(self, name: str) -> StepOutcome:
        """Return what came of one step."""
        return next(each for each in self.steps if each.name == name)

    def frame(self) -> "pd.DataFrame":
        """Return one row a step, in order."""
        import pandas as pd

        names = ["name", "status", "seconds", "why", "key", "digest", "file"]
        return pd.DataFrame([{name: getattr(each, name) for name in names} for each in self.steps], columns=names)
