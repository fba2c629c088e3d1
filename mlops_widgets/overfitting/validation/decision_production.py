"""What moving to the chosen threshold would have saved in production: rows that chose nothing."""

from dataclasses import dataclass

import numpy as np
from scipy import stats

from mlops_widgets.measures.thresholds import count_mistakes
from mlops_widgets.overfitting.validation.decision_prices import Prices
from mlops_widgets.study.study import Measured, Study
from mlops_widgets.study.timeline import codes


@dataclass(frozen=True, kw_only=True)
class Saved:
    """What a threshold saves a row over the present one, with its 95 % interval and the rows; NaN and 0 where unknown."""

    value: float = float("nan")
    lower: float = float("nan")
    upper: float = float("nan")
    rows: int = 0


def saved_on(
    study: Study, rows: Measured, prices: Prices, *, threshold: float, present: float, draws: int, seed: int
) -> Saved:
    """Return what `threshold` saves a row over the `present` one on rows that took no part in choosing it.

    The difference of the mean costs, with Student's t on its bootstrap standard error by unit.
    """
    if threshold == present:
        return Saved(value=0.0, lower=0.0, upper=0.0, rows=rows.n)
    both = np.array(sorted((threshold, present)))
    units = None if study.unit == "row" else codes(rows.units)
    counted = count_mistakes(
        rows.output, rows.y, both, prices=(prices.false_positive, prices.false_negative), weights=rows.weights, units=units,
        draws=draws, seed=seed,
    )  # fmt: skip
    if counted.units < 2:
        return Saved()
    sign = 1.0 if threshold > present else -1.0
    a, b = prices.of_positive, prices.of_negative
    drawn = a * counted.drawn_positive + b * counted.drawn_negative
    cost = counted.cost(a, b)
    value = sign * float(cost[0] - cost[1])
    error = float((drawn[:, 0] - drawn[:, 1]).std()) * float(np.sqrt(counted.units / (counted.units - 1)))
    reach = float(stats.t.ppf(0.975, counted.units - 1)) * error
    return Saved(value=value, lower=value - reach, upper=value + reach, rows=rows.n)
