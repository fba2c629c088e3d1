"""Columns of numbers, looked at once: what one check explains, the next doesn't see."""

from collections.abc import Iterator

import numpy as np

from mlops_widgets.data_quality.detection.columns import Columns, Floats
from mlops_widgets.data_quality.detection.detectors.outliers import suspect_outliers
from mlops_widgets.data_quality.detection.detectors.ranges import suspect_ranges
from mlops_widgets.data_quality.detection.detectors.sentinels import suspect_sentinels
from mlops_widgets.data_quality.detection.detectors.units import suspect_units
from mlops_widgets.data_quality.detection.suspicions import ColumnNote, Suspicion

_SETTLED = 0.3
"""Confidence from which a cell is left to the check that suspects it: two that rest on its size aren't two reasons."""


def detect(columns: Columns) -> Iterator[Suspicion | ColumnNote]:
    """Suspect numbers: those that stand for "none" first, then those out of range, in another unit, and far from all others."""
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
        name: column.numbers
        for name, column in columns.columns.items()
        if column.kind == "number" and name not in ids and np.isfinite(column.numbers).any()
    }


def _set_aside(left: dict[str, Floats], suspicion: Suspicion) -> Suspicion:
    """Take suspected cells out of what the next checks see."""
    sure = suspicion.rows[suspicion.confidence >= _SETTLED]
    if len(sure) and suspicion.column is not None:
        left[suspicion.column] = left[suspicion.column].copy()
        left[suspicion.column][sure] = np.nan
    return suspicion
