"""Where a fresh model is trained and where it is tested: rows that it hasn't seen, labels that had arrived."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from mlops_widgets.lifecycle.stream import Stream

Integers = npt.NDArray[np.int64]

FEWEST_ROWS = 100
"""Labelled rows that a fresh model needs to learn from, and to be tested on."""
NEWEST_SHARE = 0.25
SHORT_SHARE = 1 / 3
FEWEST_SHORT = 300
"""The shorter history that a fresh model may learn from: the newest third of what is known, 300 rows at least."""


@dataclass(frozen=True, kw_only=True)
class Window:
    """One origin: what was known there, and the rows after it.

    Parameters
    ----------
    chunk
        The chunk at whose beginning the fresh model is trained.
    train
        Positions of the labelled rows known then, oldest first.
    test
        Positions of the labelled rows from there to the next origin.
    """

    chunk: int
    train: Integers
    test: Integers


def judged_rows(stream: Stream) -> Integers:
    """Return positions of the labelled rows of production (of the test, where production has too few) whose chunk has its labels."""
    inside = stream.known & (stream.of_row < stream.labelled_chunks())
    production = np.flatnonzero(inside & stream.is_production)
    if len(production) >= FEWEST_ROWS:
        return production
    return np.flatnonzero(inside & ~stream.is_reference)


def cut_windows(stream: Stream, *, origins: int, classes: int) -> tuple[Window, ...]:
    """Return the windows: the chunks that hold the newest quarter of the labelled rows, cut in `origins`.

    Parameters
    ----------
    stream
        The rows.
    origins
        How many origins at most; those with too few rows to learn from are left out.
    classes
        Number of classes, of which two must be known to learn from; 0 of a number.
    """
    pool = judged_rows(stream)
    if len(pool) < FEWEST_ROWS:
        return ()
    first = int(stream.of_row[pool[-max(FEWEST_ROWS, round(NEWEST_SHARE * len(pool)))]])
    chunks = np.unique(stream.of_row[pool][stream.of_row[pool] >= first])
    starts = [int(part[0]) for part in np.array_split(chunks, min(origins, len(chunks)))]
    found = []
    for start, end in zip(starts, [*starts[1:], stream.count], strict=True):
        train = np.flatnonzero(stream.known_by(start))
        test = pool[(stream.of_row[pool] >= start) & (stream.of_row[pool] < end)]
        if len(train) >= FEWEST_ROWS and (not classes or len(np.unique(stream.y[train])) > 1):
            found.append(Window(chunk=start, train=train, test=test))
    return tuple(found)


def newest_third(train: Integers) -> Integers:
    """Return the newest third of these positions, 300 at least."""
    return train[-max(FEWEST_SHORT, round(SHORT_SHARE * len(train))) :]
