"""The cells that a column is counted in: bins of numbers or categories, learned on the reference alone."""

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]
Words = npt.NDArray[np.object_]

MOST_LEVELS = 50


@dataclass(frozen=True, kw_only=True)
class Cells:
    """The cells of one column.

    Numbers: bins between `edges`, closed on the right, then missing values. Categories: one cell a level, then the
    reference's rarer levels together, then levels unseen in the reference, then missing values.

    Parameters
    ----------
    edges
        Inner edges, ascending, of numbers; None of categories.
    levels
        The levels with a cell of their own, the most frequent first.
    rarer
        The reference's other levels.
    """

    edges: Floats | None = None
    levels: tuple[str, ...] = ()
    rarer: frozenset[str] = field(default=frozenset(), repr=False)

    @property
    def ordered(self) -> bool:
        """Whether the cells have an order: those of numbers."""
        return self.edges is not None

    @property
    def count(self) -> int:
        """How many cells there are."""
        return len(self.levels) + 3 if self.edges is None else len(self.edges) + 2

    def of(self, values: "Floats | Words") -> Integers:
        """Return the cell (n,) of each value: numbers with NaN, or text with None, where missing."""
        if self.edges is not None:
            numbers = np.asarray(values, dtype=np.float64)
            found = np.searchsorted(self.edges, numbers).astype(np.int64)
            found[np.isnan(numbers)] = self.count - 1
            return found
        place = {level: index for index, level in enumerate(self.levels)}
        known = len(place)
        place |= dict.fromkeys(self.rarer, known)
        return np.array(
            [known + 2 if value is None else place.get(value, known + 1) for value in values], dtype=np.int64
        )

    def counts(self, values: "Floats | Words", of_row: Integers, chunks: int) -> Integers:
        """Return how many values of each chunk (-1 for none) fall in each cell, (chunks, cells)."""
        kept = of_row >= 0
        place = of_row[kept] * self.count + self.of(values)[kept]
        return np.bincount(place, minlength=chunks * self.count).reshape(chunks, self.count).astype(np.int64)


def number_cells(reference: Floats, *, bins: int = 10) -> Cells:
    """Return bins of about equal share in the reference; where it holds as few values as bins, one for each of these.

    The inner edges are the reference's quantiles at 1/bins, 2/bins, …; equal ones are one edge. The first and last bin
    have no outer end. Missing values have a cell of their own.

    Examples
    --------
    >>> number_cells(np.arange(1.0, 9.0), bins=4).edges.tolist()
    [2.0, 4.0, 6.0]
    """
    known = reference[~np.isnan(reference)]
    values = np.unique(known)
    if len(values) <= bins:
        return Cells(edges=values[:-1])
    inner = np.arange(1, bins) / bins
    edges = np.unique(np.quantile(known, inner, method="inverted_cdf"))
    return Cells(edges=edges[edges < values[-1]])


def word_cells(reference: Words, *, most: int = MOST_LEVELS) -> Cells:
    """Return one cell for each of the most frequent levels, the rarer ones together.

    Examples
    --------
    >>> cells = word_cells(np.array(["a", "b", "a", None], dtype=object), most=1)
    >>> cells.of(np.array(["a", "b", "new", None], dtype=object)).tolist()
    [0, 1, 2, 3]
    """
    levels, counts = np.unique(
        np.array([value for value in reference if value is not None], dtype=str), return_counts=True
    )
    ordered = [str(level) for level in levels[np.argsort(-counts, kind="stable")]]
    return Cells(levels=tuple(ordered[:most]), rarer=frozenset(ordered[most:]))
