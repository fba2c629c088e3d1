"""What an explanation shows in one table: each column's share of all contributions there (mean |SHAP|)."""

from dataclasses import dataclass, replace

import numpy as np

from mlops_widgets.core.progress import Cancel, Progress
from mlops_widgets.explainability.attribution.sample import explain_sample
from mlops_widgets.measures.attribution.shares import Drawn, drawn_shares
from mlops_widgets.study.scoring import resampler_of
from mlops_widgets.study.study import Study
from mlops_widgets.study.tables import Table

_MOST_EVALUATIONS = 100_000


@dataclass(frozen=True, kw_only=True)
class Shares:
    """Each column's share of all contributions in a table, and how many of its rows were explained."""

    drawn: Drawn
    rows: int


def contribution_shares(
    study: Study, table: Table, *, rows: int, draws: int, seed: int, progress: Progress | None = None, cancel: Cancel | None = None,
) -> Shares:  # fmt: skip
    """Return each feature's share of the mean absolute contribution over a sample of `table`.

    The baseline is the average over rows of the same table: a column that says the same of every row there tells none apart
    and has nothing, however far it moves them all from what the model learned from.

    Parameters
    ----------
    study, table
        The study, and the table.
    rows
        Most rows explained; fewer where the model can only be asked.
    draws, seed
        Resamples; seed of samples and resamples.
    progress, cancel
        Callbacks.
    """
    itself = replace(study, reference=table.replace(table.pandas(), name="reference"))
    explained = explain_sample(
        itself, table.name, most_rows=rows, most_evaluations=_MOST_EVALUATIONS, seed=seed, progress=progress, cancel=cancel
    )  # fmt: skip
    units = study.units(table)[np.array(explained.positions)]
    sizes = np.abs(explained.values).mean(axis=2)
    drawn = drawn_shares(sizes, resampler_of(study, units, draws=draws, seed=seed))
    return Shares(drawn=drawn, rows=len(explained.positions))
