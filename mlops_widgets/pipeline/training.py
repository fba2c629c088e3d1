"""Which rows a new model learns from and which judge it: only those whose labels had arrived, the newest kept to judge."""

from dataclasses import dataclass
from datetime import datetime

import numpy as np
import numpy.typing as npt

from mlops_widgets.errors import MissingInputError
from mlops_widgets.lifecycle.stream import Stream, stream_of
from mlops_widgets.study.study import Study
from mlops_widgets.study.tables import Table

Mask = npt.NDArray[np.bool_]

FEWEST_ROWS = 50
"""Labelled rows that are needed to learn from, and to judge."""
_DAY = 86_400_000.0


@dataclass(frozen=True, kw_only=True, eq=False)
class TrainingRows:
    """The rows of a retraining.

    Parameters
    ----------
    learn
        Rows to learn from: their labels were known at the beginning of the first chunk that judges.
    judge
        The newest labelled rows, whole chunks, of no table that the model in service learned from.
    unlabelled
        Rows without a label, such as applicants who were rejected: they are left out, and nothing is made up for them.
    not_yet
        Labelled rows left out since their label wasn't known at the moment.
    late
        Labelled rows before those that judge, left out since their label came later.
    chunk
        The chunk of time in which the moment lies, by which alone it decides; None where all labels count.
    """

    learn: Table
    judge: Table
    unlabelled: int
    not_yet: int
    late: int
    chunk: int | None


def training_rows(
    study: Study, *, now: datetime | None = None, chunk: int | None = None, window_days: float | None, holdout: float
) -> TrainingRows:
    """Return the rows to learn from and to judge, as they stood at `now`.

    Parameters
    ----------
    study
        The study.
    now
        Labels that became known later aren't used; None uses all that there are. It says nothing where rows have no dates.
    chunk
        The chunk that an earlier call found for its `now`, instead of it.
    window_days
        Learn only from rows of the chunks of so many days before those that judge; None learns from all.
    holdout
        Share of the known labelled rows of test and production that judge, the newest; the chunk that they begin in counts whole.

    Raises
    ------
    MissingInputError
        If there are too few labelled rows.
    """
    stream = stream_of(study, in_order=True)
    chunk = _chunk_of(stream, now) if chunk is None else chunk
    known = stream.known if chunk is None else stream.known_by(chunk)
    pool = np.flatnonzero(known & (stream.of_row < stream.labelled_chunks()) & ~stream.is_reference)
    if len(pool) < FEWEST_ROWS:
        raise _too_few("to judge a new model", len(pool))
    first = int(stream.of_row[pool[-max(FEWEST_ROWS, round(holdout * len(pool)))]])
    judge = pool[stream.of_row[pool] >= first]
    earlier = known & (stream.of_row < first) & _recent(stream, first, window_days)
    learn = np.flatnonzero(earlier & stream.known_by(first))
    if len(learn) < FEWEST_ROWS:
        raise _too_few("to learn from", len(learn))
    return TrainingRows(
        learn=stream.table.take(learn, name="training rows"), judge=stream.table.take(judge, name="production"),
        unlabelled=int((~stream.known).sum()), not_yet=int((stream.known & ~known).sum()), late=int(earlier.sum()) - len(learn),
        chunk=chunk,
    )  # fmt: skip


def _chunk_of(stream: Stream, now: datetime | None) -> int | None:
    """Return the chunk in which a moment lies, or None where every label was known then."""
    if now is None or not stream.chunks.are_dates:
        return None
    starts, moment = stream.chunks.starts, now.timestamp() * 1000
    width = float(np.median(np.diff(starts))) if len(starts) > 1 else _DAY
    chunk = int(np.searchsorted(starts, moment, side="right")) - 1 + max(0, int((moment - starts[-1]) // width))
    return None if (stream.arrives[stream.known] <= chunk).all() else chunk


def _recent(stream: Stream, first: int, window_days: float | None) -> Mask:
    if window_days is None or not stream.chunks.are_dates:
        return np.ones(stream.table.rows, dtype=np.bool_)
    starts = stream.chunks.starts
    return np.asarray(starts[stream.of_row] >= starts[first] - window_days * _DAY)


def _too_few(what: str, count: int) -> MissingInputError:
    return MissingInputError(
        f"{FEWEST_ROWS} labelled rows {what} (there are {count})", "Pass later rows with their outcome as production=."
    )
