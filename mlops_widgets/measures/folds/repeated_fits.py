"""The mean score of repeated fits: uncertain because the test rows are a sample, and because fits differ by chance."""

import numpy as np
from scipy import stats

from mlops_widgets.measures.intervals import Estimate
from mlops_widgets.measures.weighted import Floats


def mean_of_fits(scores: Floats, draws: Floats, *, units: int, events: int, rows: int, level: float = 0.95) -> Estimate:
    """Return the mean over fits with an interval that holds both kinds of chance.

    The variance is that of the mean under resamples of the test, plus that of the fits' scores divided by their number;
    Student's t has the degrees of freedom of Welch (1947) and Satterthwaite (1946), from deciding units less one and fits
    less one. So two fits that differ by chance don't pass for a certain difference. A single fit has only the first kind.

    Parameters
    ----------
    scores
        (fits,) the score of each on the same test rows, or the difference of two scores.
    draws
        (fits, B) the same under resamples, which are the same for all fits; undefined (NaN) ones are left out.
    units, events, rows
        Units resampled, those among them that decide the metric, and rows of the test.
    level
        Coverage aimed at.

    Examples
    --------
    >>> found = mean_of_fits(np.array([0.0, 2.0]), np.zeros((2, 100)), units=50, events=50, rows=50)
    >>> found.value, round(found.upper, 2)  # two scores: t with 1 degree of freedom, 12.706 standard errors of 1
    (1.0, 13.71)
    """
    value = float(scores.mean())
    means = draws.mean(axis=0)
    defined = means[~np.isnan(means)]
    undefined = 1 - len(defined) / max(len(means), 1)
    reach = float("inf")
    if events > 1 and undefined <= 0.5:
        sampling = float(defined.var()) * units / (units - 1)
        fitting = float(scores.var(ddof=1)) / len(scores) if len(scores) > 1 else 0.0
        reach = _reach(sampling, fitting, events - 1, len(scores) - 1, level)
    return Estimate(
        value=value, lower=value - reach, upper=value + reach, level=level, rows=rows, units=units, events=events,
        undefined_share=undefined,
    )  # fmt: skip


def _reach(sampling: float, fitting: float, sampling_freedom: int, fitting_freedom: int, level: float) -> float:
    total = sampling + fitting
    if total <= 0:
        return 0.0
    parts = sampling**2 / sampling_freedom + (fitting**2 / fitting_freedom if fitting_freedom else 0.0)
    return float(stats.t.ppf(0.5 + level / 2, total**2 / parts) * np.sqrt(total))
