"""Equal accuracy, unequal people, live: other made-up loans, or one's own study."""

from collections.abc import Mapping
from typing import Any

from mlops_widgets.core.progress import Cancel, Progress
from mlops_widgets.core.result import Result
from mlops_widgets.governance.unequal_people.equal_accuracy import run_equal_accuracy
from mlops_widgets.study.study import Study
from mlops_widgets.ui.card import Control
from mlops_widgets.ui.explorer import Explorer, Options
from mlops_widgets.ui.screen import Screen

_LOANS, _YOURS = "made-up loans", "your study"


class EqualAccuracyExplorer(Explorer):
    """Draw other made-up loans or, where a study is passed, switch a column of its model on and off.

    Columns, the share that is approved and the truth move in the browser, without a run.

    Parameters
    ----------
    study
        The study to switch to, or None for the made-up loans alone.
    options
        Further options of `run_equal_accuracy` on the study, such as `favourable`.
    seed
        Where the control of the seed stands at first.
    result
        A Result to begin with; None draws made-up loans on first display.
    screen
        Where outputs go.

    Examples
    --------
    >>> EqualAccuracyExplorer().result is None
    True
    """

    def __init__(
        self, study: Study | None = None, *, options: Mapping[str, Any] | None = None, seed: int = 0, result: Result | None = None,
        screen: Screen | None = None,
    ) -> None:  # fmt: skip
        own = dict(options or {})

        def work(chosen: Options, progress: Progress | None, cancel: Cancel | None) -> Result:
            run = int(chosen["seed"])
            if chosen.get("rows") == _YOURS:
                return run_equal_accuracy(study, seed=run, progress=progress, cancel=cancel, **own)
            return run_equal_accuracy(seed=run, progress=progress, cancel=cancel)

        whose = Control(name="rows", label="whose rows", value=_LOANS, kind="choice", options=(_LOANS, _YOURS))
        seeds = Control(name="seed", label="seed", value=seed, kind="number", lower=0, step=1)
        super().__init__(work, (whose, seeds) if study is not None else (seeds,), result, screen=screen)
