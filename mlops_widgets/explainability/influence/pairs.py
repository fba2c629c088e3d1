"""Two columns of the same rows put together in every way: what the strength of their interaction is measured on."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from mlops_widgets.explainability.influence.asked_rows import Asked
from mlops_widgets.explainability.influence.cuts import Cut, cut_column
from mlops_widgets.measures.attribution.interactions import Strength, strength

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]

_CELLS = 5
_FEWEST = 5


@dataclass(frozen=True, kw_only=True)
class PairStrength:
    """What two columns do together, beyond what each does alone.

    Parameters
    ----------
    first, second
        The columns.
    share, lower, upper
        The joint part's share of the variance of the answers (from 0), with an interval that holds for all pairs at once.
    size
        Root mean square of the joint part, in the unit of the answers.
    h2
        Friedman's H²: the joint part as a share of what the two columns make together; NaN where that is under 1 % of the
        variance.
    """

    first: str
    second: str
    share: float
    lower: float
    upper: float
    size: float
    h2: float

    @property
    def name(self) -> str:
        """Both columns."""
        return f"{self.first} × {self.second}"


@dataclass(frozen=True, kw_only=True)
class Surface:
    """The joint part of two columns on a grid.

    Parameters
    ----------
    first, second
        The columns: of the grid's rows and columns.
    first_labels, second_labels
        What the grid's places are called.
    joint
        (places of the first, of the second) mean answer beyond what both make alone; NaN where fewer than five rows are near.
    """

    first: str
    second: str
    first_labels: tuple[str, ...]
    second_labels: tuple[str, ...]
    joint: tuple[tuple[float, ...], ...]


@dataclass(frozen=True, kw_only=True, eq=False)
class PairBench:
    """The rows whose cells are put into one another.

    Parameters
    ----------
    asked
        n rows, each of which gives its cells to some others and takes theirs.
    answers
        (n,) the model's answers to one output.
    output
        Which output.
    partner
        (n, m) the rows that take each row's cells.
    """

    asked: Asked
    answers: Floats
    output: int
    partner: Integers

    def with_cells_of(self, *columns: str) -> Floats:
        """Return the answers of each row's partners with its cells in these columns, (n, m)."""
        gives = np.repeat(np.arange(len(self.answers)), self.partner.shape[1])
        cells = {name: self.asked.rows[name].array.take(gives) for name in columns}
        answers = self.asked.answers(self.asked.replaced(self.partner.ravel(), cells))
        return answers[:, self.output].reshape(self.partner.shape)

    def total_effect(self, single: Floats) -> float:
        """Return how much of the answers' variance goes when a column is drawn anew (Jansen 1999), from 0."""
        variance = float(self.answers.var())
        return float(((single - self.answers[self.partner]) ** 2).mean() / 2 / variance) if variance > 0 else 0.0

    def strength(self, names: tuple[str, str], singles: dict[str, Floats], *, level: float) -> PairStrength:
        """Return what two columns do together."""
        first, second = names
        joint = self.with_cells_of(first, second)
        found: Strength = strength(
            joint, (singles[first], singles[second]), self.answers, partner=self.partner, units=self.asked.units, level=level
        )  # fmt: skip
        return PairStrength(first=first, second=second, **vars(found))


def surface(asked: Asked, names: tuple[str, str], *, output: int, rows: int) -> Surface | None:
    """Return the joint part of two columns where rows are, from `rows` of them; None where a column can't be cut."""
    cuts = [
        cut_column(asked.rows[name], bins=_CELLS - 1, owners=asked.owners, most_categories=_CELLS + 1) for name in names
    ]
    first, second = cuts
    if isinstance(first, str) or isinstance(second, str):
        return None
    few = asked.first(rows)
    one, other = (np.arange(len(cut.points)) for cut in (first, second))
    both = _means(few, output, ((first, np.repeat(one, len(other))), (second, np.tile(other, len(one)))))
    alone = [_means(few, output, ((cut, each),)) for cut, each in ((first, one), (second, other))]
    joint = both.reshape(len(one), len(other)) - alone[0][:, None] - alone[1][None, :]
    near = np.zeros(joint.shape)
    places = _nearest(first), _nearest(second)
    known = (places[0] >= 0) & (places[1] >= 0)
    np.add.at(near, (places[0][known], places[1][known]), 1.0)
    joint -= float((joint * near).sum() / max(near.sum(), 1.0))
    shown = np.where(near >= _FEWEST, joint, np.nan)
    return Surface(
        first=names[0], second=names[1], first_labels=first.labels, second_labels=second.labels,
        joint=tuple(tuple(float(f"{value:.6g}") for value in row) for row in shown),
    )  # fmt: skip


def _means(asked: Asked, output: int, put: tuple[tuple[Cut, Integers], ...]) -> Floats:
    """Return the mean answer with the columns put at each of these points."""
    n, places = len(asked.positions), len(put[0][1])
    cells = {cut.column: cut.cells.take(np.repeat(where, n)) for cut, where in put}
    answers = asked.answers(asked.replaced(np.tile(np.arange(n), places), cells))[:, output].reshape(places, n)
    return np.asarray(answers @ asked.weights / asked.weights.sum())


def _nearest(cut: Cut) -> Integers:
    """Return the point nearest to each row, -1 for rows without a place."""
    if cut.kind == "category":
        return cut.codes
    middles = (cut.points[:-1] + cut.points[1:]) / 2
    return np.where(np.isnan(cut.place), -1, np.searchsorted(middles, cut.place)).astype(np.int64)
