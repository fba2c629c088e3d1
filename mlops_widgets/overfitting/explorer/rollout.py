"""The replay of a rollout, live: another challenger, another margin, more traffic, other looks."""

from mlops_widgets.core.progress import Cancel, Progress
from mlops_widgets.core.result import Result
from mlops_widgets.overfitting.experiments.rollout import replay_rollout
from mlops_widgets.study.study import Study
from mlops_widgets.ui.card import Control
from mlops_widgets.ui.explorer import Explorer, Options

_OWN = "the study's own"


class RolloutExplorer(Explorer):
    """Roll a challenger out in simulation, with another margin, stages of another length, and more looks.

    Parameters
    ----------
    study
        The study.
    challenger
        "retrained" or "plain"; None for the study's own challenger where it has one, else "retrained".
    margin
        Largest loss that doesn't matter, in the metric's unit; 0 for the study's, else the metric's default.
    stage_rows, looks, seed
        Where the controls stand at first; see `replay_rollout`.
    result
        A Result to begin with; None replays one on first display.

    Examples
    --------
    >>> import mlops_widgets as mw
    >>> explorer = mw.overfitting.RolloutExplorer(mw.sample("census"), challenger="plain")
    >>> explorer.run(stage_rows=50_000).stages[0].rows
    50000
    """

    def __init__(
        self, study: Study, *, challenger: str | None = None, margin: float = 0.0, stage_rows: int = 5000,
        looks: int = 5, seed: int = 0, result: Result | None = None,
    ) -> None:  # fmt: skip
        own = study.challenger is not None
        choices: tuple[str, ...] = (*([_OWN] if own else []), "retrained", "plain")

        def work(options: Options, progress: Progress | None, cancel: Cancel | None) -> Result:
            chosen = str(options["challenger"])
            return replay_rollout(
                study, None if chosen == _OWN else chosen, margin=float(options["margin"]) or None,
                stage_rows=int(options["stage_rows"]), looks=int(options["looks"]), seed=int(options["seed"]),
                progress=progress, cancel=cancel,
            )  # fmt: skip

        controls = (
            Control(
                name="challenger", label="challenger", value=challenger or choices[0], kind="choice", options=choices
            ),
            Control(name="margin", label="margin (0: the usual one)", value=margin, kind="number", lower=0.0),
            Control(name="stage_rows", label="traffic a stage", value=stage_rows, lower=500, upper=max(100_000, stage_rows), step=500, unit="rows"),
            Control(name="looks", label="looks a stage", value=looks, lower=1, upper=max(30, looks), step=1, unit="looks"),
            Control(name="seed", label="seed", value=seed, kind="number", lower=0, step=1),
        )  # fmt: skip
        super().__init__(work, controls, result)
