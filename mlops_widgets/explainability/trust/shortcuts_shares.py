"""What an explanation shows in one table: each column's share of all contributions there (mean |SHAP|)."""

import numpy as np

from mlops_widgets.core.progress import Cancel, Progress
from mlops_widgets.explainability.attribution.asking import ask_study
from mlops_widgets.explainability.attribution.routes import by_predictions
from mlops_widgets.measures.attribution.shares import Drawn, drawn_shares
from mlops_widgets.study.scoring import resampler_of
from mlops_widgets.study.study import Study
from mlops_widgets.study.tables import Table

_BACKGROUND = 20
_PAIRS = 3


def contribution_shares(
    study: Study, table: Table, *, rows: int, draws: int, seed: int, progress: Progress | None = None, cancel: Cancel | None = None,
) -> Drawn:  # fmt: skip
    """Return each feature's share of the mean absolute contribution over a sample of `table`.

    The baseline is the average over other rows of the same table: a column that says the same of every row there tells none
    apart and has nothing, however far it moves them all from what the model learned from.

    Parameters
    ----------
    study, table
        The study, and the table.
    rows
        Rows explained.
    draws, seed
        Resamples; seed of samples and resamples.
    progress, cancel
        Callbacks.
    """
    order = np.random.default_rng(seed).permutation(table.rows)
    asked, others = np.sort(order[:rows]), np.sort(order[-_BACKGROUND:])
    question = ask_study(study, asked.tolist(), table=table.name, background=table.take(others), seed=seed)
    values = by_predictions(question, progress, cancel, pairs=_PAIRS).values
    drawing = resampler_of(study, study.units(table)[asked], draws=draws, seed=seed)
    return drawn_shares(np.abs(values).mean(axis=2), drawing)
