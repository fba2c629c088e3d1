"""Which chunks' labels have arrived, and how late labels come."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from mlops_widgets.errors import MissingInputError, TableError
from mlops_widgets.study.study import Study
from mlops_widgets.study.timeline import Chunks, times_of

Floats = npt.NDArray[np.float64]

_DAY = 86_400_000.0


@dataclass(frozen=True, kw_only=True)
class Maturity:
    """How far the labels of production have arrived.

    Parameters
    ----------
    shares
        (chunks,) share of rows with a label; NaN of a chunk without rows.
    mature
        (chunks,) whether as many have arrived as do at all, to the share asked for.
    delay_days
        Days after which half and nine tenths of the labels that come have arrived (NaN where not known), or None without
        `label_time=`.
    """

    shares: Floats
    mature: npt.NDArray[np.bool_]
    delay_days: tuple[float, float] | None


def measure_maturity(study: Study, chunks: Chunks, *, matured_share: float) -> Maturity:
    """Return the share of labels of each chunk of production, which chunks are mature, and the delay where it is dated.

    A chunk is mature if its share of labels is at least `matured_share` of the highest share of any chunk: some labels
    never come. Whoever pays late is labelled late, so that the first labels of a chunk are no sample of it.
    """
    production = study.need("production")
    try:
        known = ~np.isnan(study.labels(production))
    except MissingInputError:
        known = np.zeros(production.rows, dtype=np.bool_)
    count = len(chunks.labels)
    kept = chunks.of_row >= 0
    rows = np.bincount(chunks.of_row[kept], minlength=count)
    labelled = np.bincount(chunks.of_row[kept], weights=known[kept], minlength=count)
    shares = np.divide(labelled, rows, out=np.full(count, np.nan), where=rows > 0)
    highest = np.nanmax(shares, initial=0.0)
    mature = np.nan_to_num(shares) >= matured_share * highest if highest > 0 else np.zeros(count, dtype=np.bool_)
    return Maturity(shares=shares, mature=mature, delay_days=_delay(study, known))


def _delay(study: Study, known: npt.NDArray[np.bool_]) -> tuple[float, float] | None:
    production, column = study.need("production"), study.roles.label_time
    times = study.times(production)
    if column is None or column not in production or times is None:
        return None
    try:
        arrived, are_dates = times_of(production, column)
    except TableError:
        return None
    dated = known & ~np.isnan(arrived) & ~np.isnan(times)
    if not are_dates or not dated.any():
        return None
    now = max(float(np.nanmax(arrived)), float(np.nanmax(times)))
    waits = np.where(dated, arrived - times, now - times)
    usable = (dated | ~known) & ~np.isnan(waits) & (waits >= 0)
    found = [arrival_quantile(waits[usable] / _DAY, dated[usable], share) for share in (0.5, 0.9)]
    return found[0], found[1]


def arrival_quantile(waits: Floats, arrived: npt.NDArray[np.bool_], share: float) -> float:
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
