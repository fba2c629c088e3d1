"""The search for less discriminatory alternatives, live."""

from collections.abc import Mapping
from typing import Any

from mlops_widgets.core.progress import Cancel, Progress
from mlops_widgets.core.result import Result
from mlops_widgets.governance.alternatives.find_alternatives import find_alternatives
from mlops_widgets.study.study import Study
from mlops_widgets.ui.card import Control
from mlops_widgets.ui.explorer import Explorer, Options
from mlops_widgets.ui.screen import Screen

_NO, _YES = "not looked at", "looked at, for comparison"


class AlternativesExplorer(Explorer):
    """Search again with more candidates, other seeds, or the methods that look at a person's group.

    The margin that says what counts as good enough moves in the browser, without a run.

    Parameters
    ----------
    study
        The study.
    options
        Further options of `find_alternatives`, such as `favourable`.
    result
        A Result to begin with; None searches on first display.
    screen
        Where outputs go.

    Examples
    --------
    >>> import mlops_widgets as mw
    >>> AlternativesExplorer(mw.sample("census")).result is None
    True
    """

    def __init__(
        self, study: Study, *, options: Mapping[str, Any] | None = None, result: Result | None = None, screen: Screen | None = None
    ) -> None:  # fmt: skip
        own = dict(options or {})

        def work(chosen: Options, progress: Progress | None, cancel: Cancel | None) -> Result:
            asked: dict[str, Any] = {
                "most_candidates": int(chosen["candidates"]), "seed": int(chosen["seed"]), "group_aware": chosen["group"] == _YES,
            }  # fmt: skip
            return find_alternatives(study, **(own | asked), progress=progress, cancel=cancel)

        controls = (
            Control(name="candidates", label="refits", value=18, kind="slider", lower=1, upper=60, step=1),
            Control(name="group", label="the person's group", value=_NO, kind="choice", options=(_NO, _YES)),
            Control(name="seed", label="seed", value=0, kind="number", lower=0, step=1),
        )
        super().__init__(work, controls, result, screen=screen)
