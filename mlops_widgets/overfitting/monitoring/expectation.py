"""What an estimate without labels says of some rows, and how far the realised metric may lie from it."""

from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np
import numpy.typing as npt

from mlops_widgets.core.progress import Cancel
from mlops_widgets.errors import InputError, MissingInputError
from mlops_widgets.measures.intervals import Estimate, estimate_from
from mlops_widgets.measures.metrics import Metric
from mlops_widgets.study.study import Study
from mlops_widgets.study.tables import Table

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]


FEWEST_EVENTS, FEWEST_UNITS = 10, 10
"""Rows of the rarest class, or units where these are more than rows, below which a chunk isn't compared with its labels."""


@dataclass(frozen=True, kw_only=True)
class Spread:
    """An estimate and why the realised metric may differ from it while the estimate's assumption holds.

    Parameters
    ----------
    value
        The estimated metric.
    sampling
        Standard error from the outcomes' own chance, in the metric's unit.
    learning
        Standard error from what was learned on the test: the calibration, or the model of the losses.
    bias
        How much too high the value is for what was learned on few rows, by the bootstrap; the interval is moved by it.
    freedom
        Degrees of freedom of these errors.
    rows
        Rows that it is about.
    """

    value: float
    sampling: float
    learning: float
    bias: float
    freedom: int
    rows: int

    def within(self, metric: Metric, level: float) -> Estimate:
        """Return the interval that holds the realised metric with this probability, while the assumption holds."""
        error = float(np.hypot(self.sampling, self.learning))
        low, high = (np.inf * sign if end is None else end for end, sign in ((metric.lower, -1), (metric.upper, 1)))
        centre = self.value - self.bias
        centre = centre if low < centre < high else self.value
        # Two draws that have just this standard error: with two units, theirs is √2 times the draws' deviation.
        draws = centre + error / np.sqrt(2) * np.array([-1.0, 1.0])
        found = estimate_from(
            metric, centre, draws, rows=self.rows, units=2, events=max(self.freedom + 1, 0), level=level
        )
        return replace(found, value=self.value)


class Expectation(Protocol):
    """How the metrics of rows without labels are estimated: through outcomes' probabilities, or through losses."""

    def metrics(self, chosen: tuple[Metric, ...]) -> tuple[Metric, ...]:
        """Return those of `chosen` that can be estimated."""

    def spread(self, metric: Metric, rows: Integers) -> Spread:
        """Return the estimate on these positions of production."""

    def compared(self, metric: Metric, rows: Integers) -> Spread:
        """Return it on labelled rows, with a sampling error that also holds where units differ more than in the test."""


@dataclass(frozen=True, kw_only=True)
class Answers:
    """A table's labels (NaN where missing), resampling units, weights, and which rows have the model's answer."""

    table: Table
    y: Floats
    units: Integers
    weights: Floats
    answered: Mask

    @property
    def labelled(self) -> Integers:
        """Positions of the rows with a label and an answer."""
        return np.flatnonzero(self.answered & ~np.isnan(self.y))


@dataclass(frozen=True, kw_only=True)
class Options:
    """How errors are measured: bootstrap draws, seed, and the caller's wish to stop."""

    draws: int
    seed: int
    cancel: Cancel | None = None

    def draws_of(self, metric: Metric) -> int:
        """Return fewer draws for a function of the user's, every draw of which is a call."""
        return min(self.draws, 50) if metric.slow else self.draws


def realised(metric: Metric, answers: Answers, output: Floats, rows: Integers, *, weighted: bool) -> float:
    """Return the metric from labels; NaN where it has no value on these rows."""
    if not len(rows):
        return float("nan")
    try:
        return metric(answers.y[rows], output[rows], answers.weights[rows] if weighted else None)
    except InputError:  # one class only
        return float("nan")


def labels_of(study: Study, table: Table) -> Floats:
    """Return labels, all missing where the table has no such column."""
    if study.outcome.target not in table:
        return np.full(table.rows, np.nan)
    return study.labels(table)


def sample_whole_units(units: Integers, rows: Integers, *, seed: int, most: int) -> tuple[Integers, float]:
    """Return at most `most` of `rows` in whole units, and what scales a standard error on them to all.

    A standard error falls with the root of the number of units.
    """
    if len(rows) <= most:
        return rows, 1.0
    codes = np.unique(units[rows], return_inverse=True)[1]
    sizes = np.bincount(codes)
    drawn = np.random.default_rng(seed).permutation(len(sizes))
    fits = np.cumsum(sizes[drawn]) <= most
    fits[:2] = True
    taken = drawn[fits]
    return rows[np.isin(codes, taken)], float(np.sqrt(len(taken) / len(sizes)))


def need_labelled(answers: Answers, study: Study) -> None:
    """Raise `MissingInputError` where the test has no labelled row to learn from."""
    if len(answers.labelled) < 2:
        raise MissingInputError(
            f"labelled rows in {answers.table.name}",
            f"Pass test rows with their outcome in {study.outcome.target!r}: calibration is learned there.",
        )
