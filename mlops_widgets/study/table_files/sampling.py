"""Which rows are kept of a table with too many: seeded, stratified by the target, in the original order."""

from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from mlops_widgets.study.table_files.sources import Labels, Rows

_MOST_STRATA = 20
"""A target with more different values is a number or a name: rows are drawn without looking at it."""

_MOST_ORDERED = 100_000_000
"""Beyond this many rows none are put in order, which takes 24 bytes a row: they are drawn without looking at the target."""


def choose_rows(rows: int, max_rows: int, *, strata: "npt.NDArray[Any] | None", seed: int) -> Rows:
    """Return the positions that are kept of `rows`, ascending, shape (max_rows,).

    Parameters
    ----------
    rows, max_rows
        How many there are, and how many are kept: fewer.
    strata
        Number of each row's stratum, shape (rows,); None to draw without strata.
    seed
        Seed of the draw.

    Examples
    --------
    >>> kept = choose_rows(1000, 10, strata=np.arange(1000) % 10 == 0, seed=0)
    >>> len(kept), (kept % 10 == 0).sum()
    (10, np.int64(1))
    """
    rng = np.random.default_rng(seed)
    if strata is None:
        return np.sort(rng.choice(rows, max_rows, replace=False))
    order = rng.permutation(rows)
    by_stratum = np.argsort(strata[order], kind="stable")
    return np.sort(order[by_stratum[np.linspace(0, rows - 1, max_rows).round().astype(int)]])


def strata_of(labels: Labels | None) -> "npt.NDArray[np.int8] | None":
    """Return the stratum of every row, shape (rows,); None where rows are drawn without strata."""
    if labels is None or len(labels.codes) > _MOST_ORDERED or labels.levels.nunique() > _MOST_STRATA:
        return None
    strata: npt.NDArray[np.int8] = pd.factorize(labels.levels)[0].astype(np.int8)[labels.codes]
    return strata
