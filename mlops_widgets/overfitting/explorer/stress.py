"""The fault bench, live: fewer rows broken, more rows asked, another draw."""

from mlops_widgets.core.progress import Cancel, Progress
from mlops_widgets.core.result import Result
from mlops_widgets.overfitting.representative.stress import stress
from mlops_widgets.study.study import Study
from mlops_widgets.ui.card import Control
from mlops_widgets.ui.explorer import Explorer, Options


class StressExplorer(Explorer):
    """Break the inputs in some of the rows or all of them, and see what the model makes of it.

    Parameters
    ----------
    study
        The study.
    affected_percent, rows, seed
        Where the controls stand at first; see `stress`, which takes the share.
    result
        A Result to begin with; None runs the bench on first display.

    Examples
    --------
    >>> import mlops_widgets as mw
    >>> explorer = mw.overfitting.StressExplorer(mw.sample("census"), max_rows=100)
    >>> explorer.run(affected_percent=20).affected_share
    0.2
    """

    def __init__(
        self,
        study: Study,
        *,
        affected_percent: int = 100,
        max_rows: int = 600,
        seed: int = 0,
        result: Result | None = None,
    ) -> None:
        def work(options: Options, progress: Progress | None, cancel: Cancel | None) -> Result:
            return stress(
                study, affected_share=int(options["affected_percent"]) / 100, max_rows=int(options["max_rows"]),
                seed=int(options["seed"]), progress=progress, cancel=cancel,
            )  # fmt: skip

        controls = (
            Control(name="affected_percent", label="rows that are broken", value=affected_percent, lower=1, upper=100, step=1, unit="%"),
            Control(name="max_rows", label="rows asked about", value=max_rows, lower=100, upper=max(2000, max_rows), step=100, unit="rows"),
            Control(name="seed", label="seed", value=seed, kind="number", lower=0, step=1),
        )  # fmt: skip
        super().__init__(work, controls, result)
