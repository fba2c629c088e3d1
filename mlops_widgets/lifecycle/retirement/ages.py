"""Signals without labels: how old what the model stands on is, and how much it is used."""

from datetime import UTC, date, datetime

import numpy as np
import numpy.typing as npt

from mlops_widgets.errors import MissingInputError
from mlops_widgets.lifecycle.retirement.spans import Span
from mlops_widgets.lifecycle.stream import Stream
from mlops_widgets.study.study import Study

Floats = npt.NDArray[np.float64]

_DAY = 86_400_000.0
FIRST_CHUNKS = 3
"""Chunks of production that usage is a share of."""


def age_history(study: Study, stream: Stream, of: str) -> Span:
    """Return days from the newest row learned from, or from the day in `of`, to each chunk's end."""
    if not stream.chunks.are_dates:
        raise MissingInputError("dates", "Pass time= with dates to the study.")
    ends = chunk_ends(study, stream)
    if of:
        start = datetime.combine(date.fromisoformat(of), datetime.min.time(), UTC).timestamp() * 1000
    else:
        times = None if study.reference is None else study.times(study.reference)
        if times is None or np.isnan(times).all():
            raise MissingInputError("dated reference", "Pass the rows that the model learned from, with their time.")
        start = float(np.nanmax(times))
    return Span.plain(np.maximum(0.0, (ends - start) / _DAY))


def chunk_ends(study: Study, stream: Stream) -> Floats:
    """Return where each chunk ends (chunks,): where the next begins, the last at its last row."""
    times = study.times(stream.table)
    last = stream.chunks.starts[-1] if times is None else float(np.nanmax(times))
    return np.array([*stream.chunks.starts[1:], last])


def usage_history(stream: Stream) -> Span:
    """Return rows of production in each chunk as a share of the mean of its first three, with an interval.

    The first and the last chunk with production may be cut off, and don't count. The interval is as wide as the first chunks
    differ among themselves, and at least as counts by Poisson do.
    """
    inside = np.bincount(stream.of_row[stream.is_production], minlength=stream.count).astype(np.float64)
    held = np.flatnonzero(inside)
    whole = np.arange(held[0] + 1, held[-1]) if len(held) else held
    if not stream.chunks.are_dates or len(whole) <= FIRST_CHUNKS:
        raise MissingInputError("five chunks of dated production", "Wait for more production, or cut it finer.")
    first = inside[whole[:FIRST_CHUNKS]]
    mean, widths = float(first.mean()), np.diff([*stream.chunks.starts, np.nan])
    share = np.full(stream.count, np.nan)
    usual = mean / float(np.mean(widths[whole[:FIRST_CHUNKS]]))
    share[whole] = inside[whole] / widths[whole] / usual
    spread = max(float(first.std(ddof=1)) / mean, float(1 / np.sqrt(mean)))
    return Span.plain(share, error=np.where(np.isnan(share), np.nan, np.maximum(share, 1 / mean) * spread))
