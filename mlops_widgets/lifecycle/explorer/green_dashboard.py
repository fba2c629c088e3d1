"""The green dashboard, live: other desks, or one's own study."""

from mlops_widgets.core.progress import Cancel, Progress
from mlops_widgets.core.result import Result
from mlops_widgets.lifecycle.green_dashboard.dashboard import run_green_dashboard
from mlops_widgets.study.study import Study
from mlops_widgets.ui.card import Control
from mlops_widgets.ui.explorer import Explorer, Options
from mlops_widgets.ui.screen import Screen

_LOANS, _YOURS = "made-up loans", "your study"


class GreenDashboardExplorer(Explorer):
    """Play other made-up desks or, where a study is passed, look at its own dashboard.

    Months and policies move in the browser, without a run.

    Parameters
    ----------
    study
        The study to switch to, or None for the made-up desks alone.
    seed
        Where the control of the seed stands at first.
    result
        A Result to begin with; None plays made-up desks on first display.
    screen
        Where outputs go.

    Examples
    --------
    >>> GreenDashboardExplorer().result is None
    True
    """

    def __init__(
        self, study: Study | None = None, *, seed: int = 0, result: Result | None = None, screen: Screen | None = None
    ) -> None:
        def work(options: Options, progress: Progress | None, cancel: Cancel | None) -> Result:
            own = study if options.get("rows") == _YOURS else None
            return run_green_dashboard(own, seed=int(options["seed"]), progress=progress, cancel=cancel)

        whose = Control(name="rows", label="whose rows", value=_LOANS, kind="choice", options=(_LOANS, _YOURS))
        draws = Control(name="seed", label="seed", value=seed, kind="number", lower=0, step=1)
        super().__init__(work, (whose, draws) if study is not None else (draws,), result, screen=screen)
