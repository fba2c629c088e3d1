"""Columns of numbers, looked at once: what one check explains, the next doesn't see."""

from collections.abc import Iterator

import numpy as np

from mlops_widgets.core.words import short
from mlops_widgets.data_quality.detection.columns import Columns, Floats
from mlops_widgets.data_quality.detection.detectors.outliers import suspect_outliers
from mlops_widgets.data_quality.detection.detectors.ranges import suspect_ranges
from mlops_widgets.data_quality.detection.detectors.sentinels import suspect_sentinels
from mlops_widgets.data_quality.detection.detectors.units import suspect_units
from mlops_widgets.data_quality.detection.suspicions import ColumnNote, Suspicion

MOST = 1e100
"""Size beyond which numbers count as this much."""
_SETTLED = 0.3
"""Confidence from which a cell is left to the check that suspects it: two that rest on its size aren't two reasons."""


def detect(columns: Columns) -> Iterator[Suspicion | ColumnNote]:
    """Suspect numbers: those that stand for "none" first, then those out of range, in another unit, and far from all others."""
    yield from _infinite(columns)
    numbers = numbers_of(columns)
    left = dict(numbers)
    for suspicion in suspect_sentinels(columns, numbers):
        yield _set_aside(left, suspicion)
    for suspicion in suspect_ranges(dict(left)):
        yield _set_aside(left, suspicion)
    for suspicion in suspect_units(columns, dict(left)):
        yield _set_aside(left, suspicion)
    yield from suspect_outliers(left)


def numbers_of(columns: Columns) -> dict[str, Floats]:
    """Return the columns of numbers that measure something: names of rows, and truth values, don't."""
    ids = set(columns.source.roles.ids)
    return {
        name: within_reach(column.numbers)
        for name, column in columns.columns.items()
        if column.kind == "number" and name not in ids and np.isfinite(column.numbers).any()
    }


def within_reach(numbers: Floats) -> Floats:
    """Return numbers that can be subtracted and multiplied without overflow; infinite ones are missing."""
    if not len(numbers) or np.nanmax(np.abs(numbers), initial=0.0) < MOST:
        return numbers
    return np.where(np.isfinite(numbers), np.clip(numbers, -MOST, MOST), np.nan)


def _infinite(columns: Columns) -> Iterator[Suspicion]:
    """Suspect infinite cells among finite ones: somebody divided by zero."""
    for name, column in columns.columns.items():
        if column.kind == "number" and np.isfinite(column.numbers).any():
            rows = np.flatnonzero(np.isinf(column.numbers))
            if len(rows):
                yield Suspicion(
                    kind="out_of_range", column=name, rows=rows, confidence=np.full(len(rows), 0.9),
                    reason=f"{len(rows):,} cells of {short(name)} are infinite, as after a division by zero.",
                    repair=np.full(len(rows), np.nan, dtype=object),
                )  # fmt: skip


def _set_aside(left: dict[str, Floats], suspicion: Suspicion) -> Suspicion:
    """Take suspected cells out of what the next checks see."""
    sure = suspicion.rows[suspicion.confidence >= _SETTLED]
    if len(sure) and suspicion.column is not None:
        left[suspicion.column] = left[suspicion.column].copy()
        left[suspicion.column][sure] = np.nan
    return suspicion
