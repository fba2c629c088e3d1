"""Whether a changed row looks like rows that there are: its distance to the nearest, and how many share its new values."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from mlops_widgets.explainability.stakeholders.recourse.changed_rows import Asker
from mlops_widgets.study.encoding import Encoding, learn_encoding
from mlops_widgets.study.tables import FEWEST_QUOTED, Table

Floats = npt.NDArray[np.float64]

NEIGHBOURS = 5
USUAL_SHARE = 0.95
_MOST_ROWS = 3000
_PROBES = 400


@dataclass(frozen=True, kw_only=True, eq=False)
class Likeness:
    """How far rows of the reference lie from each other.

    Parameters
    ----------
    encoding
        Rows → numbers: amounts in standard deviations, categories 0 or 1.
    pool
        (n, columns) rows of the reference.
    limit
        The distance to the `NEIGHBOURS` nearest other rows that 95 % of the reference's rows don't exceed.
    """

    encoding: Encoding
    pool: Floats
    limit: float

    def distances(self, rows: pd.DataFrame) -> Floats:
        """Return how far each row is from its nearest rows of the reference, on average."""
        numbers = self.encoding.numbers(Table(rows, name="the changed rows"))[0]
        return nearest_mean(numbers, self.pool, NEIGHBOURS)


def learn_likeness(table: Table, features: tuple[str, ...], rng: np.random.Generator) -> Likeness:
    """Return how far rows of the reference lie from each other, in the model's columns."""
    some = table.take(np.sort(rng.permutation(table.rows)[:_MOST_ROWS]))
    encoding = learn_encoding(some, features)
    pool = encoding.numbers(some)[0]
    probes = rng.permutation(len(pool))[:_PROBES]
    # A row is its own nearest: one neighbour more, of which the first is left out.
    own = nearest_mean(pool[probes], pool, NEIGHBOURS, skip=1)
    return Likeness(encoding=encoding, pool=pool, limit=float(np.quantile(own, USUAL_SHARE)))


def nearest_mean(rows: Floats, pool: Floats, neighbours: int, *, skip: int = 0) -> Floats:
    """Return the mean distance of each row (n,) to its nearest `neighbours` rows of the pool, after the first `skip`.

    Examples
    --------
    >>> pool = np.array([[0.0], [1.0], [5.0]])
    >>> nearest_mean(np.array([[0.0]]), pool, 2), nearest_mean(pool[:1], pool, 1, skip=1)
    (array([0.5]), array([1.]))
    """
    from scipy.spatial.distance import cdist

    last = min(skip + neighbours, len(pool))
    nearest = np.sort(np.partition(cdist(rows, pool), last - 1, axis=1)[:, :last], axis=1)
    return np.asarray(nearest[:, min(skip, last - 1) :].mean(axis=1))


def rows_like(asker: Asker, codes: Floats, reference: pd.DataFrame) -> int:
    """Return how many rows of the reference have the new values of one proposal: amounts within one unit, categories equal."""
    alike = np.ones(len(reference), dtype=bool)
    for place in np.flatnonzero(~np.isnan(codes)):
        move = asker.moves[place]
        cells = reference[move.column]
        if move.ordered:
            alike &= np.abs(move.codes_of(cells) - codes[place]) <= move.unit
        else:
            alike &= (cells == move.cell(codes[place])).to_numpy(dtype=bool, na_value=False)
    return int(alike.sum())


def enough_like(count: int, rows: int) -> bool:
    """Say whether that many rows are enough to call new values seen: five, or a hundredth of a small table."""
    return count >= max(1, min(FEWEST_QUOTED, rows // 100))
