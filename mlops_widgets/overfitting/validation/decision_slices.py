"""Whether one threshold fits all: the cheapest threshold in slices of the test."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from mlops_widgets.core.progress import Cancel
from mlops_widgets.measures.thresholds import Mistakes, count_mistakes, plausible
from mlops_widgets.overfitting.validation.decision_prices import Prices
from mlops_widgets.study.study import Measured, Study
from mlops_widgets.study.tables import distinct
from mlops_widgets.study.timeline import codes

Floats = npt.NDArray[np.float64]

_MOST_COLUMNS, _MOST_SLICES = 3, 10
_FEWEST_ROWS, _FEWEST_EVENTS = 100, 20
"""With fewer, nearly every threshold may be the cheapest, and a slice could tell who is in it."""
_MOST_LEVELS = 12
_LONGEST_NAME = 60


@dataclass(frozen=True, kw_only=True)
class SliceChoice:
    """The cheapest threshold of one slice.

    Parameters
    ----------
    column, level
        Which rows.
    rows, events
        How many, and those of the rarer outcome.
    threshold, lower, upper
        Its cheapest threshold and the range of those that may be, all slices judged at once (Bonferroni).
    cost, cost_overall
        Mean cost of its rows there, and at the threshold that is cheapest overall.
    false_positive_cost, false_negative_cost
        (T,) as in `ThresholdResult`, of these rows.
    """

    column: str
    level: str
    rows: int
    events: int
    threshold: float
    lower: float
    upper: float
    cost: float
    cost_overall: float
    false_positive_cost: tuple[float, ...]
    false_negative_cost: tuple[float, ...]

    @property
    def name(self) -> str:
        """The slice in words: "sex = female"."""
        return f"{self.column} = {self.level}"


def choose_in_slices(
    study: Study, rows: Measured, overall: Mistakes, prices: Prices, *, draws: int, seed: int, cancel: Cancel | None
) -> tuple[SliceChoice, ...]:
    """Return the cheapest threshold in each slice, the largest slices first.

    Slices are the levels of the study's group columns, or without these of the model's columns with 2 to 12 levels;
    three columns and ten slices at most, with 100 rows and 20 of either outcome at least.

    Parameters
    ----------
    study, rows, prices
        Whose slices, of which rows, at which prices.
    overall
        What mistakes cost on all of them.
    draws, seed, cancel
        As for the whole.
    """
    found = sorted(_slices(study, rows), key=lambda each: -int(each[2].sum()))[:_MOST_SLICES]
    a, b = prices.of_positive, prices.of_negative
    best = overall.best(a, b)
    choices = []
    for place, (column, level, mask) in enumerate(found):
        here, priced = rows.take(mask), prices.take(mask)
        counted = count_mistakes(
            here.output, here.y, overall.thresholds, prices=(priced.false_positive, priced.false_negative),
            weights=here.weights, units=None if study.unit == "row" else codes(here.units), draws=draws,
            seed=seed + 1 + place, cancel=cancel,
        )  # fmt: skip
        low, high = plausible(counted, a, b, level=1 - 0.05 / len(found))
        cost = counted.cost(a, b)
        choices.append(SliceChoice(
            column=column, level=level, rows=here.n, events=here.events,
            threshold=float(overall.thresholds[cost.argmin()]), lower=low, upper=high, cost=float(cost.min()),
            cost_overall=float(cost[best]), false_positive_cost=tuple(np.round(counted.false_positive, 8).tolist()),
            false_negative_cost=tuple(np.round(counted.false_negative, 8).tolist()),
        ))  # fmt: skip
    return tuple(choices)


def _slices(study: Study, rows: Measured) -> Iterator[tuple[str, str, npt.NDArray[np.bool_]]]:
    columns = [
        name for name in study.roles.groups or study.model.features or study.roles.features if name in rows.table
    ]
    usable = [name for name in columns if 2 <= distinct(rows.table[name]) <= _MOST_LEVELS][:_MOST_COLUMNS]
    for column in usable:
        cells = rows.table[column].iloc[rows.rows]
        levels, names = pd.factorize(cells)
        for code, name in enumerate(names):
            mask = np.asarray(levels == code)
            events = int(min(rows.y[mask].sum(), (1 - rows.y[mask]).sum()))
            if mask.sum() >= _FEWEST_ROWS and events >= _FEWEST_EVENTS and not mask.all():
                yield column[:_LONGEST_NAME], str(name)[:_LONGEST_NAME], mask
