"""Which rows a new model learns from and which judge it: only those whose labels had arrived, the newest kept to judge."""

from dataclasses import dataclass
from datetime import datetime

import numpy as np
import numpy.typing as npt

from mlops_widgets.errors import MissingInputError
from mlops_widgets.lifecycle.recovery.labelled_rows import LabelledRows, labelled_rows
from mlops_widgets.study.study import Study
from mlops_widgets.study.tables import Table

Integers = npt.NDArray[np.int64]

FEWEST_ROWS = 50
"""Labelled rows that are needed to learn from, and to judge."""
_DAY = 86_400_000.0


@dataclass(frozen=True, kw_only=True, eq=False)
class TrainingRows:
    """The rows of a retraining.

    Parameters
    ----------
    learn
        Rows to learn from: their labels were known before the first row that judges.
    judge
        The newest labelled rows, of no table that the model in service learned from.
    unlabelled
        Rows without a label, such as applicants who were rejected: they are left out, and nothing is made up for them.
    not_yet
        Labelled rows left out since their label wasn't known at the moment.
    late
        Labelled rows left out since their label wasn't known when the first row that judges came.
    """

    learn: Table
    judge: Table
    unlabelled: int
    not_yet: int
    late: int


def training_rows(study: Study, *, now: datetime | None, window_days: float | None, holdout: float) -> TrainingRows:
    """Return the rows to learn from and to judge, as they stood at `now`.

    Parameters
    ----------
    study
        The study.
    now
        Labels that became known later aren't used; None uses all that there are. It says nothing where rows have no dates.
    window_days
        Learn only from rows of so many days before those that judge; None learns from all.
    holdout
        Share of the known labelled rows of test and production that judge, the newest.

    Raises
    ------
    MissingInputError
        If there are too few labelled rows.
    """
    rows = labelled_rows(study)
    moment = np.inf if now is None or not rows.are_dates else now.timestamp() * 1000
    known = rows.labelled & (rows.known_from <= moment) & ~np.isnan(rows.times)
    pool = np.flatnonzero(known & (rows.part > 0))
    if len(pool) < FEWEST_ROWS:
        raise _too_few("to judge a new model", len(pool))
    start = float(rows.times[pool[-max(FEWEST_ROWS, round(holdout * len(pool)))]])
    judge = pool[rows.times[pool] >= start]
    learn = _learnable(rows, known, start, window_days)
    if len(learn) < FEWEST_ROWS:
        raise _too_few("to learn from", len(learn))
    return TrainingRows(
        learn=rows.table.take(learn, name="training rows"), judge=rows.table.take(judge, name="production"),
        unlabelled=int((~rows.labelled).sum()), not_yet=int((rows.labelled & ~known).sum()),
        late=int((known & (rows.times < start) & (rows.known_from > start)).sum()),
    )  # fmt: skip


def _learnable(rows: LabelledRows, known: npt.NDArray[np.bool_], start: float, window_days: float | None) -> Integers:
    oldest = -np.inf if window_days is None or not rows.are_dates else start - window_days * _DAY
    chosen = known & (rows.times < start) & (rows.known_from <= start) & (rows.times >= oldest)
    return np.flatnonzero(chosen)


def _too_few(what: str, count: int) -> MissingInputError:
    return MissingInputError(
        f"{FEWEST_ROWS} labelled rows {what} (there are {count})", "Pass later rows with their outcome as production=."
    )
