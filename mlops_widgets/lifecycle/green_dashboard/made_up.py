"""A made-up lending desk, month by month, and the small model that it retrains: quick enough to play many desks."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
import pandas as pd

from mlops_widgets.measures.drift.cells import number_cells
from mlops_widgets.measures.drift.shares import psi, shares_of
from mlops_widgets.study.samples.loans import LABEL_DELAY_MONTHS, MONTHS, NUMBERS, START, WORDS, make_loans

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]

LEARNED = 6
"""Months that the first model learned from."""
LIVE = LEARNED + LABEL_DELAY_MONTHS
"""The month in which it goes live: the first at whose beginning the labels of those months are known."""
APPROVED_BELOW = 0.2
GAIN, LOSS = 0.10, 0.60
"""Of the amount: what a repaid loan earns, and what a default costs."""

DAYS_A_MONTH = 30.44
"""Of `make_loans`."""

_STEPS, _NEAR, _RIDGE = 8, 1e-3, 1.0


@dataclass(frozen=True, kw_only=True)
class MadeUpDesk:
    """Applications in the order of months, with the truth.

    Parameters
    ----------
    inputs
        (n, columns) numbers, and a column for each level of the words but the first.
    y
        (n,) 1 where the loan defaults.
    amount
        (n,) what is lent.
    truth
        (n,) the true probability of a default.
    bounds
        (months + 1,) where each month begins and the last ends.
    """

    inputs: Floats
    y: Floats
    amount: Floats
    truth: Floats
    bounds: Integers

    def rows(self, start: int, end: int) -> slice:
        """Return the rows of the months from `start` until before `end`."""
        return slice(int(self.bounds[start]), int(self.bounds[end]))

    def earned(self, scores: Floats, rows: slice) -> Floats:
        """Return what each of these rows earns where loans with a score below .2 are approved, (rows,)."""
        gain = np.where(self.y[rows] == 1, -LOSS, GAIN) * self.amount[rows]
        return np.asarray(np.where(scores < APPROVED_BELOW, gain, 0.0))

    @cached_property
    def _cells(self) -> list[Integers]:
        """Cell of each row in each column, cut at the deciles of the months that the first model learned from."""
        before = self.rows(0, LEARNED)
        return [number_cells(column[before]).of(column) for column in self.inputs.T]

    @cached_property
    def _counts(self) -> list[Floats]:
        """(months, cells) rows of each month in each cell, a column each."""
        month = np.repeat(np.arange(MONTHS), np.diff(self.bounds))
        return [
            np.bincount(month * (int(cell.max()) + 1) + cell, minlength=MONTHS * (int(cell.max()) + 1))
            .reshape(MONTHS, -1)
            .astype(np.float64)
            for cell in self._cells
        ]

    def shift(self, month: int, before: Sequence[int]) -> float:
        """Return the largest population stability index of a column: this month's rows against those of the months `before`."""
        return max(
            float(psi(shares_of(counts[list(before)].sum(axis=0)), shares_of(counts[month]))) for counts in self._counts
        )


def make_desk(*, rows: int, shock: bool, seed: int) -> MadeUpDesk:
    """Return a desk of `rows` applications over 24 months; see `make_loans`."""
    loans = make_loans(rows=rows, shock=shock, seed=seed)
    table = loans.table
    days = (table["applied_on"] - pd.Timestamp(START)).dt.days.to_numpy()
    month = ((days + 1) / DAYS_A_MONTH).astype(np.int64)  # the day in which a month begins is the next month's
    order = np.argsort(month, kind="stable")
    words = [(table[name] == level).to_numpy() for name in WORDS for level in sorted(table[name].unique())[1:]]
    inputs = np.column_stack([*(table[name].to_numpy() for name in NUMBERS), *words]).astype(np.float64)
    return MadeUpDesk(
        inputs=inputs[order], y=loans.truth["label"].to_numpy(dtype=np.float64)[order],
        amount=table["loan_amount"].to_numpy(dtype=np.float64)[order], truth=loans.truth["probability"].to_numpy()[order],
        bounds=np.searchsorted(month[order], np.arange(MONTHS + 1)).astype(np.int64),
    )  # fmt: skip


def learn(inputs: Floats, y: Floats) -> Floats:
    """Return intercept and weights of a logistic regression on standardised columns, ridge 1 (Newton's method).

    Parameters
    ----------
    inputs
        (n, d) numbers.
    y
        (n,) 0 or 1.

    Examples
    --------
    >>> x = np.array([[0.0], [0.0], [1.0], [1.0], [1.0]])
    >>> learn(x, np.array([0.0, 1.0, 1.0, 1.0, 0.0])).shape
    (2,)
    """
    centre, spread = inputs.mean(axis=0), inputs.std(axis=0)
    spread[spread == 0] = 1.0
    columns = np.column_stack([np.ones(len(inputs)), (inputs - centre) / spread])
    ridge = np.full(columns.shape[1], _RIDGE)
    ridge[0] = 0.0
    weights = np.zeros(columns.shape[1])
    rate = float(np.clip(y.mean(), 1e-6, 1 - 1e-6))
    weights[0] = np.log(rate / (1 - rate))
    for _ in range(_STEPS):
        p = answers(weights, columns[:, 1:])
        curvature = (columns.T * (p * (1 - p))) @ columns + np.diag(ridge)
        step = np.linalg.solve(curvature, columns.T @ (y - p) - ridge * weights)
        weights += step
        if np.abs(step).max() < _NEAR:
            break
    slopes = weights[1:] / spread
    return np.concatenate([[weights[0] - slopes @ centre], slopes])


def answers(weights: Floats, inputs: Floats) -> Floats:
    """Return the probabilities (n,) of a model of `learn`."""
    return np.asarray(1 / (1 + np.exp(-(weights[0] + inputs @ weights[1:]))))
