"""The tournament, live: other models, other training rows, other draws."""

from mlops_widgets.core.progress import Cancel, Progress
from mlops_widgets.core.result import Result
from mlops_widgets.overfitting.tournament import run_tournament
from mlops_widgets.study.study import Study
from mlops_widgets.ui.card import Control
from mlops_widgets.ui.explorer import Explorer, Options


class TournamentExplorer(Explorer):
    """Run tournaments with other models, other training rows and other draws.

    *Models tried* and *test rows* move in the browser, without a run.

    Parameters
    ----------
    study
        The study.
    n_models, train_rows, seed
        Where the controls stand at first; see `run_tournament`.
    result
        A Result to begin with; None runs one on first display.

    Examples
    --------
    >>> import mlops_widgets as mw
    >>> explorer = mw.overfitting.TournamentExplorer(mw.sample("census"), n_models=20)
    >>> explorer.run(seed=1).seed
    1
    """

    def __init__(
        self, study: Study, *, n_models: int = 200, train_rows: int = 400, seed: int = 0, result: Result | None = None
    ) -> None:
        def work(options: Options, progress: Progress | None, cancel: Cancel | None) -> Result:
            return run_tournament(
                study, n_models=int(options["n_models"]), train_rows=int(options["train_rows"]), seed=int(options["seed"]),
                progress=progress, cancel=cancel,
            )  # fmt: skip

        controls = (
            Control(
                name="n_models",
                label="models fitted",
                value=n_models,
                lower=1,
                upper=max(400, n_models),
                step=1,
                unit="models",
            ),
            Control(
                name="train_rows",
                label="training rows",
                value=train_rows,
                lower=50,
                upper=max(2000, train_rows),
                step=50,
                unit="rows",
            ),
            Control(name="seed", label="seed", value=seed, kind="number", lower=0, step=1),
        )
        super().__init__(work, controls, result)
