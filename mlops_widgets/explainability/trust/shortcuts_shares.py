"""What an explanation shows in one table: each column's share of the contributions (mean |SHAP| around its average there)."""

import numpy as np

from mlops_widgets.core.progress import Cancel, Progress
from mlops_widgets.explainability.attribution.asking import ask_study
from mlops_widgets.explainability.attribution.routes import by_predictions
from mlops_widgets.explainability.trust.shortcuts_draws import Drawn, shares_of
from mlops_widgets.study.study import Study
from mlops_widgets.study.tables import Table

_BACKGROUND = 20
_PAIRS = 2


def contribution_shares(
    study: Study, table: Table, *, rows: int, draws: int, seed: int, progress: Progress | None = None, cancel: Cancel | None = None,
) -> Drawn:  # fmt: skip
    """Return each feature's share of the mean absolute contribution over a sample of `table`.

    Contributions are taken around the column's average in this table: one that says the same of every row tells none
    apart, however far it moves them all.

    Parameters
    ----------
    study, table
        The study, and the table.
    rows
        Rows explained.
    draws, seed
        Resamples; seed of sample, background and resamples.
    progress, cancel
        Callbacks.
    """
    drawn = np.sort(np.random.default_rng(seed).permutation(table.rows)[:rows])
    question = ask_study(study, drawn.tolist(), table=table.name, background_rows=_BACKGROUND, seed=seed)
    values = by_predictions(question, progress, cancel, pairs=_PAIRS).values
    around = np.abs(values - values.mean(axis=0)).mean(axis=2)
    return shares_of(study, table.take(drawn), around, draws=draws, seed=seed)
