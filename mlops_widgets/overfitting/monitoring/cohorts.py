"""Production cut into cohorts, and which of them have all the labels that they will ever get."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from mlops_widgets.errors import InputError
from mlops_widgets.study.study import Study
from mlops_widgets.study.tables import Table
from mlops_widgets.study.timeline import times_of

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]

_DAY = 86_400_000.0
_MOST_CHUNKS, _MOST_RUNS = (26, 13, 6, 3), 10


@dataclass(frozen=True, kw_only=True)
class Cohort:
    """Rows of one chunk of production.

    Parameters
    ----------
    label
        What the chunk is called.
    start, end
        When its first and last row happened, or their row numbers from 1 without time.
    rows
        Positions of the rows that the model answered.
    labelled
        Those of them with a label.
    mature
        Whether every label is there, or was due by now: only then are the labels no biased choice of the rows, since
        defaults arrive before repayments.
    """

    label: str
    start: float
    end: float
    rows: Integers
    labelled: Integers
    mature: bool


@dataclass(frozen=True, kw_only=True)
class Cohorts:
    """Every cohort in order, what they were cut by, and how many rows belong to none (no answer, or no time)."""

    all: tuple[Cohort, ...]
    by: str
    are_dates: bool
    left_out: int


def cut_cohorts(
    study: Study, table: Table, *, answered: Mask, labelled: Mask, chunk_rows: int | None,
    label_delay_days: float | None, enough: Callable[[Integers], bool],
) -> Cohorts:  # fmt: skip
    """Return production in chunks of time, or of `chunk_rows` rows in order of time.

    Calendar periods are the shortest, and runs of rows without time the most, of which at least half have rows enough.

    Parameters
    ----------
    study, table
        The study and its production.
    answered, labelled
        Which rows have an answer of the model, and which a label, shape (rows,).
    chunk_rows
        Rows of a chunk; the last takes in a rest of less than half a chunk. None for calendar periods.
    label_delay_days
        How long labels take at most; None for the longest that the test's `label_time` shows, where it has one.
    enough
        Whether these positions are enough for a score.
    """
    times, are_dates = _times(study, table)
    for most in _MOST_CHUNKS:
        order, starts, labels, by = _cut(study, table, times, chunk_rows, most=most)
        large = sum(enough(rows[answered[rows]]) for rows in np.split(order, starts[1:]))
        if chunk_rows is not None or 2 * large >= len(labels):
            break
    due = _due(study, table, times, are_dates=are_dates, label_delay_days=label_delay_days)
    found = []
    for rows, label in zip(np.split(order, starts[1:]), labels, strict=True):
        kept = rows[answered[rows]]
        if not len(kept):
            continue
        when = times[kept]
        with_label = kept[labelled[kept]]
        mature = len(with_label) == len(kept) or (len(with_label) > 0 and float(when.max()) <= due)
        found.append(Cohort(label=label, start=float(when.min()), end=float(when.max()), rows=kept,
                            labelled=with_label, mature=mature))  # fmt: skip
    count = sum(len(cohort.rows) for cohort in found)
    return Cohorts(all=tuple(found), by=by, are_dates=are_dates, left_out=table.rows - count)


def _times(study: Study, table: Table) -> tuple[Floats, bool]:
    """Return when each row happened and whether these are dates; row numbers without time."""
    if study.roles.time is None or study.roles.time not in table:
        return np.arange(1.0, table.rows + 1), False
    return times_of(table, study.roles.time)


def _cut(
    study: Study, table: Table, times: Floats, chunk_rows: int | None, *, most: int
) -> tuple[Integers, Integers, tuple[str, ...], str]:
    """Return positions in order, where each chunk begins among them, what the chunks are called, and by what they are cut."""
    by_time = study.roles.time is not None and study.roles.time in table
    if chunk_rows is None and by_time:
        chunks = study.chunks(table, most=most)
        order = np.argsort(chunks.of_row, kind="stable")
        order = order[chunks.of_row[order] >= 0]
        starts = np.searchsorted(chunks.of_row[order], np.arange(len(chunks.labels)))
        return order, starts, chunks.labels, chunks.by
    order = np.argsort(times, kind="stable")
    order = order[~np.isnan(times[order])]
    chunk_rows = chunk_rows or max(1, -(-len(order) // min(most, _MOST_RUNS)))
    starts = np.arange(0, max(len(order), 1), chunk_rows)
    if len(starts) > 1 and len(order) - starts[-1] < chunk_rows / 2:
        starts = starts[:-1]
    ends = [*starts[1:], len(order)]
    return order, starts, tuple(f"rows {a + 1:,}–{b:,}" for a, b in zip(starts, ends, strict=True)), "rows"


def _due(study: Study, table: Table, times: Floats, *, are_dates: bool, label_delay_days: float | None) -> float:
    """Return the time before which every label that ever comes is there; minus infinity where nothing says so."""
    if label_delay_days is not None and not are_dates:
        raise InputError(
            f"label_delay_days={label_delay_days}, but production's rows have no dates to count days from. Pass time= to "
            "the study, or leave the delay out: then chunks with all labels are tested."
        )
    delay = _longest_delay(study) if label_delay_days is None else label_delay_days * _DAY
    known = times[~np.isnan(times)]
    if not are_dates or delay is None or not len(known):
        return -np.inf
    seen = _label_times(study, table)
    latest = max(
        float(known.max()), float(np.nanmax(seen)) if seen is not None and not np.isnan(seen).all() else -np.inf
    )
    return latest - delay


def _label_times(study: Study, table: Table | None) -> Floats | None:
    column = study.roles.label_time
    if table is None or column is None or column not in table or not table[column].notna().any():
        return None
    times, are_dates = times_of(table, column)
    return times if are_dates else None


def _longest_delay(study: Study) -> float | None:
    """Return the longest wait for a label in the test, in milliseconds, or None where it isn't known."""
    arrived = _label_times(study, study.test)
    happened = None if arrived is None or study.test is None else study.times(study.test)
    if arrived is None or happened is None or np.isnan(arrived - happened).all():
        return None
    return max(float(np.nanmax(arrived - happened)), 0.0)
