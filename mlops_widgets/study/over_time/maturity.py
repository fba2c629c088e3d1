"""Which chunks' labels have arrived, and how late labels come."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from mlops_widgets.errors import InputError, MissingInputError, TableError
from mlops_widgets.study.study import Study
from mlops_widgets.study.tables import Table
from mlops_widgets.study.timeline import Chunks, times_of

Floats = npt.NDArray[np.float64]

Mask = npt.NDArray[np.bool_]

_DAY = 86_400_000.0


@dataclass(frozen=True, kw_only=True)
class Maturity:
    """How far the labels of production have arrived.

    Parameters
    ----------
    shares
        (chunks,) share of rows with a label; NaN of a chunk without rows.
    mature
        (chunks,) whether the labels that will come have arrived: see `mature_chunks`.
    delay_days
        Days after which half and nine tenths of the labels that come have arrived (NaN where not known), or None without
        `label_time=`.
    """

    shares: Floats
    mature: Mask
    delay_days: tuple[float, float] | None


def measure_maturity(study: Study, chunks: Chunks, *, matured_share: float) -> Maturity:
    """Return the share of labels of each chunk of production, which chunks are mature, and the delay where it is dated.

    Without dates of labels a chunk is mature whose share of labels is `matured_share` of the test's. That other chunks have
    as few says nothing: where every default is known and no repayment is yet, they all agree.
    """
    production = study.need("production")
    known = _known(study, production)
    count = len(chunks.labels)
    kept = chunks.of_row >= 0
    rows = np.bincount(chunks.of_row[kept], minlength=count)
    labelled = np.bincount(chunks.of_row[kept], weights=known[kept], minlength=count)
    shares = np.divide(labelled, rows, out=np.full(count, np.nan), where=rows > 0)
    ends, times = np.full(count, -np.inf), study.times(production)
    if times is not None:
        np.maximum.at(ends, chunks.of_row[kept], times[kept])
    told = next((table for table in (study.test, study.reference) if table is not None), None)
    promised = 1.0 if told is None else float(_known(study, told).mean()) or 1.0
    mature = mature_chunks(shares, ends, due=due_time(study, production), least_share=matured_share * promised)
    return Maturity(shares=shares, mature=mature, delay_days=_delay(study, known))


def mature_chunks(shares: Floats, ends: Floats, *, due: float, least_share: float) -> Mask:
    """Return which chunks have the labels that will come, (chunks,): what arrives first is no sample of the rest.

    Those with all labels; where labels are dated, those that ended before `due`; where they aren't, those with
    `least_share` of their rows labelled.

    Parameters
    ----------
    shares
        (chunks,) share of rows with a label; NaN without rows.
    ends
        (chunks,) time of the last row.
    due
        Time before which every label that ever comes is there; minus infinity where nothing says so.
    least_share
        Share of rows, above 0.

    Examples
    --------
    >>> shares, ends = np.array([0.9, 0.4, 1.0]), np.array([1.0, 2.0, 3.0])
    >>> mature_chunks(shares, ends, due=1.5, least_share=0.3).tolist()
    [True, False, True]
    """
    known = np.nan_to_num(shares)
    come = ends <= due if np.isfinite(due) else known >= least_share
    return np.asarray((known > 0) & (come | (known >= 1)))


def due_time(study: Study, table: Table, label_delay_days: float | None = None) -> float:
    """Return the time before which every label of production that ever comes is there; minus infinity if nothing says so.

    That is the latest time seen less the longest wait for a label, in the test or in production, or less the days given.

    Raises
    ------
    InputError
        If `label_delay_days` is given but rows have no dates.
    """
    times, are_dates = np.full(table.rows, np.nan), False
    if study.roles.time is not None and study.roles.time in table:
        times, are_dates = times_of(table, study.roles.time)
    if label_delay_days is not None and not are_dates:
        raise InputError(
            f"label_delay_days={label_delay_days}, but production's rows have no dates to count days from. Pass time= to "
            "the study, or leave the delay out: then chunks with all labels are tested."
        )
    delay = _longest_delay(study, table) if label_delay_days is None else label_delay_days * _DAY
    known = times[~np.isnan(times)]
    if not are_dates or delay is None or not len(known):
        return -np.inf
    arrived = _label_times(study, table)
    seen = known if arrived is None else np.concatenate([known, arrived[~np.isnan(arrived)]])
    return float(seen.max()) - delay


def _known(study: Study, table: Table) -> Mask:
    try:
        return np.asarray(~np.isnan(study.labels(table)))
    except MissingInputError:
        return np.zeros(table.rows, dtype=np.bool_)


def _label_times(study: Study, table: Table | None) -> Floats | None:
    column = study.roles.label_time
    if table is None or column is None or column not in table or not table[column].notna().any():
        return None
    try:
        times, are_dates = times_of(table, column)
    except TableError:
        return None
    return times if are_dates else None


def _longest_delay(study: Study, production: Table) -> float | None:
    """Return the longest wait for a label in test and production, in milliseconds; None where none is known."""
    waits = []
    for table in (study.test, production):
        arrived = _label_times(study, table)
        happened = None if arrived is None or table is None else study.times(table)
        if arrived is not None and happened is not None:
            waits.append((arrived - happened)[~np.isnan(arrived - happened)])
    every = np.concatenate([*waits, np.empty(0)])
    return max(float(every.max()), 0.0) if len(every) else None


def _delay(study: Study, known: Mask) -> tuple[float, float] | None:
    production = study.need("production")
    times, arrived = study.times(production), _label_times(study, production)
    if times is None or arrived is None:
        return None
    dated = known & ~np.isnan(arrived) & ~np.isnan(times)
    if not dated.any():
        return None
    now = max(float(np.nanmax(arrived)), float(np.nanmax(times)))
    waits = np.where(dated, arrived - times, now - times)
    usable = (dated | ~known) & ~np.isnan(waits) & (waits >= 0)
    found = [arrival_quantile(waits[usable] / _DAY, dated[usable], share) for share in (0.5, 0.9)]
    return found[0], found[1]


def arrival_quantile(waits: Floats, arrived: Mask, share: float) -> float:
    """Return the wait after which this share of labels has arrived, by Kaplan & Meier (1958); NaN where that isn't seen.

    Rows still waiting count as waiting at least so long, else the delay of late labels would look short.

    Examples
    --------
    >>> arrival_quantile(np.array([1.0, 2, 3, 4]), np.array([True, True, False, True]), 0.5)
    2.0
    """
    times, place = np.unique(waits, return_inverse=True)
    at, events = np.bincount(place), np.bincount(place, weights=arrived)
    risk = len(waits) - np.concatenate([[0], np.cumsum(at)[:-1]])
    waiting = np.cumprod(1 - events / risk) if len(waits) else np.empty(0)
    reached = np.flatnonzero(waiting <= 1 - share + 1e-12)
    return float(times[reached[0]]) if len(reached) else float("nan")
