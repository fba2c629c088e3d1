"""When labels become known, in chunks: from their dates, or from a delay that the user states."""

import numpy as np
import numpy.typing as npt

from mlops_widgets.errors import InputError
from mlops_widgets.study.timeline import Chunks

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]

NEVER = np.iinfo(np.int64).max
"""The arrival of a label that isn't there."""

MOST_LATE = 0.05
"""Share of labels that may come later than the delay: one straggler of years would else stand for all."""


def arrivals(of_row: Integers, known: Mask, arrived: Floats, starts: Floats, *, width: float, delay: int) -> Integers:
    """Return the chunk at whose beginning each row's label is known, (rows,): `NEVER` where there is none.

    Parameters
    ----------
    of_row
        Chunk of each row.
    known
        Which rows have a label.
    arrived
        When it came, on the scale of `starts`; NaN where that isn't dated: then `delay` chunks after the row's own.
    starts
        Where each chunk begins.
    width
        How long a chunk lasts after the last one, for labels that come later still.
    delay
        Whole chunks between the end of a row's chunk and its label.
    """
    undated = np.isnan(arrived)
    dated = np.searchsorted(starts, arrived, side="left")  # the first chunk that begins at or after the arrival
    after = np.ceil(np.where(undated, 0.0, arrived - starts[-1]) / width).astype(np.int64)
    dated = np.where(after > 0, len(starts) - 1 + after, dated)
    return np.where(known, np.where(undated, of_row + 1 + delay, np.maximum(dated, of_row + 1)), NEVER)


def usual_delay(of_row: Integers, arrives: Integers) -> int:
    """Return the whole chunks after which all but a few labels of a chunk are known.

    Examples
    --------
    >>> usual_delay(np.array([0, 0, 1]), np.array([1, 3, 4]))
    2
    """
    waits = (arrives - of_row - 1)[arrives != NEVER]
    if not len(waits):
        return 0
    return int(np.quantile(waits, 1 - MOST_LATE, method="inverted_cdf"))


def chunks_of_delay(delay: object, chunks: Chunks) -> int:
    """Return a stated delay in whole chunks: a number of chunks, or text such as "90 days".

    Raises
    ------
    InputError
        If it is neither.
    """
    if isinstance(delay, int) and not isinstance(delay, bool) and delay >= 0:
        return delay
    days = _days(delay)
    if days is None:
        raise InputError(f"label_delay={str(delay)[:40]!r}. Pass whole chunks, 0 or more, or text such as '90 days'.")
    if not chunks.are_dates or len(chunks.starts) < 2:
        raise InputError(f"label_delay={delay!r}, but the rows have no dates to count days from. Pass whole chunks.")
    width = float(np.median(np.diff(chunks.starts))) / 86_400_000.0
    return int(np.ceil(days / width - 1e-9))


def _days(delay: object) -> float | None:
    words = delay.split() if isinstance(delay, str) else []
    if len(words) != 2 or words[1] not in {"day", "days"}:
        return None
    try:
        days = float(words[0])
    except ValueError:
        return None
    return days if 0 <= days < np.inf else None
