"""Production chunk by chunk: as many chunks as have rows enough for a score, against what was promised."""

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from mlops_widgets.core.progress import part, steps
from mlops_widgets.errors import InputError
from mlops_widgets.measures.intervals import Estimate, harm
from mlops_widgets.measures.metrics import Metric
from mlops_widgets.study.over_time.stages import Settings, Stages, estimate_rows, estimates_of
from mlops_widgets.study.scoring import weights_of
from mlops_widgets.study.study import Measured, Study
from mlops_widgets.study.timeline import Chunks

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]

FEWEST_EVENTS, FEWEST_UNITS = 10, 5
"""A chunk with fewer rows, or units, that decide the metric gets no score: its interval would span most of the range."""
_MOST_CHUNKS = (26, 13, 6, 3)


@dataclass(frozen=True, kw_only=True)
class Timeline:
    """Production chunk by chunk.

    Parameters
    ----------
    labels, starts, rows, by, are_dates
        The chunks, in order; see `Chunks`.
    estimates
        The metric in each with its 95 % interval; None where a chunk has too few events, or an interval too wide.
    harms
        How much worse each measured chunk is than the promise, with intervals that hold for all chunks at once
        (Bonferroni); empty without a promise.
    """

    labels: tuple[str, ...] = ()
    starts: Floats
    rows: Integers
    by: str = "rows"
    are_dates: bool = False
    estimates: tuple[Estimate | None, ...] = ()
    harms: tuple[Estimate, ...] = ()


def measure_timeline(study: Study, stages: Stages, settings: Settings) -> Timeline:
    """Return production along time against the first test's score.

    The chunks are the finest of which most are large enough, else the coarsest. A day is one unit where days are
    resampled: such a production is cut into weeks or months.
    """
    later = stages.later
    if later is None:
        return Timeline(starts=np.empty(0), rows=np.empty(0, dtype=np.int64))
    for attempt, most in enumerate(_MOST_CHUNKS):
        chunks, cut, large = _chunks(study, later, most)
        half = sum(rows.n > 0 for rows in cut) / 2
        if sum(large) < half and most != _MOST_CHUNKS[-1]:
            continue
        level = 1 - 0.05 / max(sum(large), 1)
        share = 0.9 + 0.1 * attempt / len(_MOST_CHUNKS)
        within = replace(settings, progress=part(settings.progress, share, share + 0.1 / len(_MOST_CHUNKS)))
        measured = _measure_chunks(study, cut, large, within, level)
        if sum(each is not None for each in measured) >= half:
            break
    promise = None if stages.offline is None else estimate_rows(study, stages.first, settings, level=level)
    if settings.progress is not None:
        settings.progress(1.0, f"chunk {len(cut)} of {len(cut)}")
    return Timeline(
        labels=chunks.labels, starts=chunks.starts, by=chunks.by, are_dates=chunks.are_dates,
        rows=np.array([rows.n for rows in cut], dtype=np.int64),
        estimates=tuple(each and each[0] for each in measured),
        harms=() if promise is None else tuple(harm(study.metric, promise, each[1]) for each in measured if each),
    )  # fmt: skip


def _chunks(study: Study, later: Measured, most: int) -> tuple[Chunks, list[Measured], list[bool]]:
    """Return at most so many chunks, their rows, and which have rows enough to be measured."""
    chunks = study.chunks(later.table, most=most)
    of_row = chunks.of_row[later.rows]
    cut = [later.take(of_row == index) for index in range(len(chunks.labels))]
    return chunks, cut, [_enough(study, rows) for rows in cut]


def _measure_chunks(
    study: Study, cut: list[Measured], large: list[bool], settings: Settings, level: float
) -> list[tuple[Estimate, Estimate] | None]:
    """Return each chunk's score with its 95 % interval and with the one that holds for all chunks at once.

    None for chunks with too few rows, and where the interval is so wide that the score says nothing.
    """
    found: list[tuple[Estimate, Estimate] | None] = []
    for rows, is_large in zip(steps(cut, "chunk", settings.progress, settings.cancel), large, strict=True):
        both = estimates_of(study, rows, settings, (0.95, level)) if is_large else ()
        found.append((both[0], both[1]) if both and _says_something(study.metric, both[1]) else None)
    return found


def _says_something(metric: Metric, e: Estimate) -> bool:
    """Say whether the half width is below the scale that the metric has: its range, or 1 up to R², or its value."""
    low, high = metric.lower, metric.upper
    scale = high - low if low is not None and high is not None else max(abs(e.value), abs(high or 0.0))
    return (e.upper - e.lower) / 2 <= scale


def _enough(study: Study, rows: Measured) -> bool:
    if rows.n == 0:
        return False
    try:
        rows.metric(rows.y, rows.output, weights_of(study, rows))
    except InputError:  # the metric has no value there: one class only
        return False
    deciding = rows.metric.events(rows.y, rows.output)
    return int(deciding.sum()) >= FEWEST_EVENTS and len(np.unique(rows.units[deciding])) >= FEWEST_UNITS
