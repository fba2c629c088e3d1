"""Several sources report the same things: what is true, and which source can be believed, each learned from the other.

ACCU without copying (Dong, Berti-Équille & Srivastava, VLDB 2009, "Integrating conflicting data: the role of source
dependence", section 3): a value's log-odds are the summed `ln(n · A / (1 - A))` of the sources that report it, A the share of
right reports of a source and n the number of wrong values that a thing could have; A follows from how likely its reports are
right, and so on until neither changes. Here A is of all columns together, and a cell that a source leaves empty counts as not
right: who leaves much empty that others know is believed less where sources differ.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]

_PRIOR = (8.0, 2.0)
"""Right and wrong reports that every source starts with."""
_MOST_ROUNDS = 50
_SETTLED = 1e-4
_FEWEST_WRONG_VALUES = 2.0


@dataclass(frozen=True, kw_only=True)
class Truth:
    """What the sources' reports come to.

    Parameters
    ----------
    right
        How likely each report is right, one array of shape (rows,) a column; NaN where nothing is reported.
    best
        The likeliest value of the thing of each row, one array of codes a column; -1 where no source reports one.
    best_right
        How likely that is right, one array of shape (rows,) a column; NaN where there is none.
    reliability
        Share of right cells of each source, 0 to 1, shape (sources,).
    """

    right: tuple[Floats, ...]
    best: tuple[Integers, ...]
    best_right: tuple[Floats, ...]
    reliability: Floats


def discover_truth(things: Integers, sources: Integers, columns: Sequence[Integers]) -> Truth:
    """Return what is true of each thing, and how reliable each source is.

    Parameters
    ----------
    things, sources
        Thing and source of each row, codes from 0, -1 where unknown, shape (rows,).
    columns
        What each row reports, codes from 0, -1 where it reports nothing: one array of shape (rows,) a column.

    Examples
    --------
    >>> things, sources = np.repeat([0, 1], 3), np.tile([0, 1, 2], 2)
    >>> truth = discover_truth(things, sources, [np.array([5, 5, 6, 1, 1, 2])])
    >>> truth.best[0].tolist(), bool(truth.reliability[2] < truth.reliability[0])
    ([5, 5, 5, 1, 1, 1], True)
    """
    votes = [_Votes(things, sources, values) for values in columns]
    known = (things >= 0) & (sources >= 0)
    number = int(sources.max(initial=-1)) + 1
    cells = np.bincount(sources[known], minlength=number) * len(columns)
    reliability = np.full(number, _PRIOR[0] / sum(_PRIOR))
    for _ in range(_MOST_ROUNDS):
        chances = [each.chances(reliability) for each in votes]
        right = np.sum([each.by_source(p, number) for each, p in zip(votes, chances, strict=True)], axis=0, initial=0.0)
        before, reliability = reliability, (right + _PRIOR[0]) / (cells + sum(_PRIOR))
        if np.abs(reliability - before).max(initial=0.0) < _SETTLED:
            break
    chances = [each.chances(reliability) for each in votes]
    told = [each.told(p) for each, p in zip(votes, chances, strict=True)]
    return Truth(
        right=tuple(each[0] for each in told), best=tuple(each[1] for each in told), best_right=tuple(each[2] for each in told),
        reliability=reliability,
    )  # fmt: skip


class _Votes:
    """The reports of one column, as pairs of a thing and a value."""

    def __init__(self, things: Integers, sources: Integers, values: Integers) -> None:
        self.things = things
        self.reports = np.flatnonzero((things >= 0) & (sources >= 0) & (values >= 0))
        self.source = sources[self.reports]
        self.width = int(values.max(initial=0)) + 1
        keys, self.pair = np.unique(things[self.reports] * self.width + values[self.reports], return_inverse=True)
        self.thing, self.value = keys // self.width, keys % self.width
        self.count = int(things.max(initial=-1)) + 1
        per_thing = np.bincount(self.thing, minlength=self.count)
        # The wrong values seen beside the right one, where there are any, say how many there could be.
        several = per_thing[per_thing > 1]
        self.wrong_values = max(_FEWEST_WRONG_VALUES, float(several.mean()) if len(several) else 0.0)

    def chances(self, reliability: Floats) -> Floats:
        """Return how likely each pair is right, shape (pairs,)."""
        share = np.clip(reliability, 0.01, 0.99)
        weight = np.log(self.wrong_values * share / (1 - share))
        votes = np.bincount(self.pair, weight[self.source], len(self.thing))
        highest = np.full(self.count, -np.inf)
        np.maximum.at(highest, self.thing, votes)
        raised = np.exp(votes - highest[self.thing])
        # A value that nobody reports may be the right one, too: one unit of mass a wrong value that could be.
        nobody = np.exp(np.minimum(-highest, 50.0))
        total = np.bincount(self.thing, raised, self.count) + nobody
        return np.asarray(raised / total[self.thing], dtype=np.float64)

    def by_source(self, chances: Floats, sources: int) -> Floats:
        """Return the expected number of right reports of each source."""
        return np.bincount(self.source, chances[self.pair], sources).astype(np.float64)

    def told(self, chances: Floats) -> tuple[Floats, Integers, Floats]:
        """Return how likely each row's report is right, the best value of its thing and how likely that is."""
        right = np.full(len(self.things), np.nan)
        right[self.reports] = chances[self.pair]
        order = np.lexsort((-self.value, chances))
        best, sure = np.full(self.count + 1, -1, dtype=np.int64), np.full(self.count + 1, np.nan)
        best[self.thing[order]], sure[self.thing[order]] = self.value[order], chances[order]
        return right, best[self.things], sure[self.things]
