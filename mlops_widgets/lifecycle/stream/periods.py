"""Where a stream is cut: a calendar period that was asked for, or the finest that leaves chunks with rows enough."""

import numpy as np
import numpy.typing as npt

from mlops_widgets.errors import InputError, listed
from mlops_widgets.study.over_time.periods import DAYS, PERIODS, check_period
from mlops_widgets.study.timeline import Chunks, chunk_rows

Floats = npt.NDArray[np.float64]

_DAY = 86_400_000.0
FEWEST_CHUNKS, MOST_CHUNKS, FEWEST_ROWS = 12, 60, 30
"""A timeline shorter than a dozen chunks shows no policy at work; a chunk of fewer rows has no mean worth the name."""


def cut(
    times: Floats, *, are_dates: bool, name: str, chunks: object, known: npt.NDArray[np.bool_], finest: tuple[int, int] | None = None
) -> Chunks:  # fmt: skip
    """Return rows cut along time.

    Parameters
    ----------
    times
        When each row happened, (rows,), without gaps.
    are_dates
        Whether these are milliseconds since 1970.
    name
        The time column.
    chunks
        A period; the most chunks; or None for the finest period that gives 12 to 60 chunks of 30 labelled rows.
    known
        Which rows have a label, (rows,).
    finest
        Without `chunks`: most chunks and fewest labelled rows of a typical one to try before these.

    Raises
    ------
    InputError
        If `chunks` is no period, no number, or a period where times are no dates.
    """
    if chunks is None:
        return _finest(times, are_dates=are_dates, name=name, known=known, first=finest)
    if isinstance(chunks, str):
        return _period(times, chunks, are_dates=are_dates, name=name)
    if isinstance(chunks, bool) or not isinstance(chunks, int) or chunks < 2:
        raise InputError(f"chunks={chunks!r}. Pass {listed(PERIODS)}, or the most chunks that you want, 2 or more.")
    return chunk_rows(times, are_dates=are_dates, rows=len(times), name=name, most=chunks)


def _period(times: Floats, period: str, *, are_dates: bool, name: str) -> Chunks:
    check_period(period)
    if not are_dates:
        raise InputError(
            f"chunks={period!r}, but {name!r} holds numbers, not dates. Leave chunks= out, or pass how many."
        )
    days = (times.max() - times.min()) / _DAY
    most = int(days / DAYS[period]) + 1  # a finer period has at least twice as many
    found = chunk_rows(times, are_dates=True, rows=len(times), name=name, most=most)
    if found.by != period:
        raise InputError(
            f"chunks={period!r} can't be cut from {name!r}, whose dates are those of a {found.by} or span too little. Pass "
            f"chunks={found.by!r}, or leave it out."
        )
    return found


def _finest(
    times: Floats, *, are_dates: bool, name: str, known: npt.NDArray[np.bool_], first: tuple[int, int] | None
) -> Chunks:
    """Return the finest cut whose typical chunk has rows enough; where none has, the coarsest with a dozen chunks."""
    tried: list[Chunks] = []
    for most, fewest in (*([first] if first else []), *((each, FEWEST_ROWS) for each in (MOST_CHUNKS, 30, 15))):
        found = chunk_rows(times, are_dates=are_dates, rows=len(times), name=name, most=most)
        if tried and len(found.labels) < FEWEST_CHUNKS:
            break
        tried.append(found)
        sizes = np.bincount(found.of_row[known], minlength=len(found.labels))
        if len(sizes) and np.median(sizes[sizes > 0] if (sizes > 0).any() else sizes) >= fewest:
            return found
    return tried[-1]
