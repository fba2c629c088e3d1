"""Where a fresh model is trained and where it is tested: rows that it hasn't seen, labels that had arrived."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from mlops_widgets.lifecycle.recovery.labelled_rows import LabelledRows

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]

FEWEST_ROWS = 100
"""Labelled rows that a fresh model needs to learn from, and to be tested on."""
NEWEST_SHARE = 0.25


@dataclass(frozen=True, kw_only=True)
class Window:
    """One origin: what was known there, and the rows after it.

    Parameters
    ----------
    origin
        The moment, on the scale of the rows' times.
    train
        Positions of labelled rows known at the origin, oldest first.
    test
        Positions of labelled rows from the origin to the next.
    """

    origin: float
    train: Integers
    test: Integers


def cut_windows(rows: LabelledRows, *, origins: int, task_classes: int) -> tuple[Window, ...]:
    """Return the windows: the newest quarter of the labelled rows of production (of the test without production), cut in `origins`.

    An origin stands where a time begins, so that rows of one time are never on both sides.

    Parameters
    ----------
    rows
        The rows.
    origins
        How many origins at most; those with too few rows to learn from or to test are left out.
    task_classes
        Number of classes; 0 of a number. Two must be known to learn from.
    """
    pool = _pool(rows)
    if len(pool) < FEWEST_ROWS:
        return ()
    newest = pool[-max(FEWEST_ROWS, round(NEWEST_SHARE * len(pool))) :]
    starts = np.unique([rows.times[newest[len(newest) * each // origins]] for each in range(origins)])
    found = []
    for start, end in zip(starts, [*starts[1:], np.inf], strict=True):
        train = np.flatnonzero(rows.known_at(float(start)))
        test = pool[(rows.times[pool] >= start) & (rows.times[pool] < end)]
        if len(train) >= FEWEST_ROWS and len(test) and _varied(rows.y[train], task_classes):
            found.append(Window(origin=float(start), train=train, test=test))
    return tuple(found)


def _pool(rows: LabelledRows) -> Integers:
    known = rows.labelled & ~np.isnan(rows.times)
    production = np.flatnonzero(known & (rows.part == 2))  # noqa: PLR2004 - place in PARTS
    return production if len(production) >= FEWEST_ROWS else np.flatnonzero(known & (rows.part > 0))


def _varied(y: Floats, classes: int) -> bool:
    return not classes or len(np.unique(y)) > 1
