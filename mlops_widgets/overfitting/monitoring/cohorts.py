"""Production cut into cohorts, and which of them have all the labels that they will ever get."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from mlops_widgets.study.over_time.maturity import due_time, mature_chunks
from mlops_widgets.study.study import Study
from mlops_widgets.study.tables import Table
from mlops_widgets.study.timeline import times_of

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]

_MOST_CHUNKS, _MOST_RUNS = (26, 13, 6, 3), 10
_DAY = 86_400_000.0


@dataclass(frozen=True, kw_only=True)
class Cohort:
    """Rows of one chunk of production.

    Parameters
    ----------
    label
        What the chunk is called.
    start, end
        When its first and last row happened, to the day (to a hundredth of the whole time where that is two days or less,
        or no dates): a moment may be one row's own. Row numbers from 1 without time.
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
        How long labels take at most; None for the longest that `label_time` shows, in the test or in
        production.
    enough
        Whether these positions are enough for a score.
    """
    times, are_dates = _times(study, table)
    for most in _MOST_CHUNKS:
        order, starts, labels, by = _cut(study, table, times, chunk_rows, most=most)
        large = sum(enough(rows[answered[rows]]) for rows in np.split(order, starts[1:]))
        if chunk_rows is not None or 2 * large >= len(labels):
            break
    due = due_time(study, table, label_delay_days)
    step = _step(times, are_dates=are_dates) if study.roles.time in table.columns else 1.0
    found = []
    for rows, label in zip(np.split(order, starts[1:]), labels, strict=True):
        kept = rows[answered[rows]]
        if not len(kept):
            continue
        when, share = times[kept], labelled[kept].mean()
        # A test asks for more than a picture of the metric: without dates, for every label.
        mature = mature_chunks(np.array([share]), when[[when.argmax()]], due=due, least_share=1.0)
        found.append(Cohort(label=label, start=_told(when.min(), step), end=_told(when.max(), step), rows=kept,
                            labelled=kept[labelled[kept]], mature=bool(mature[0])))  # fmt: skip
    count = sum(len(cohort.rows) for cohort in found)
    return Cohorts(all=tuple(found), by=by, are_dates=are_dates, left_out=table.rows - count)


def _step(times: Floats, *, are_dates: bool) -> float:
    """Return to what moments are rounded."""
    span = float(np.nanmax(times) - np.nanmin(times)) if not np.isnan(times).all() else 0.0
    if are_dates and span > 2 * _DAY:
        return _DAY
    return float(10.0 ** np.floor(np.log10(span / 100))) if span > 0 else 1.0


def _told(moment: float, step: float) -> float:
    return float(f"{np.floor(moment / step + 1e-9) * step:.15g}")


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
