"""Cells that swallowed their neighbour: "Portland OR" in the column of cities, and nothing in that of states."""

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from mlops_widgets.core.words import short
from mlops_widgets.data_quality.detection.columns import Column, Columns
from mlops_widgets.data_quality.detection.suspicions import ColumnNote, Suspicion

Integers = npt.NDArray[np.int64]

_MOST_COLUMNS = 40
_FEWEST = 3
_MOST_LEVELS = 20_000
_SEPARATORS = (", ", "; ", " - ", " ", ",", "/", "|")


def detect(columns: Columns) -> Iterator[Suspicion | ColumnNote]:
    """Suspect a value that ends, or begins, with a value of another column that is missing in the same row."""
    texts = [each for each in columns.texts if each.kind == "text" and len(each.levels.values) <= _MOST_LEVELS]
    for other in texts[:_MOST_COLUMNS]:
        gaps = np.flatnonzero(other.missing)
        if not _FEWEST <= len(gaps) < columns.rows or len(other.levels.values) < 2:
            continue
        known = {str(value).casefold(): at for at, value in enumerate(other.levels.values)}
        for column in texts[:_MOST_COLUMNS]:
            if column is not other:
                yield from _swallowed(column, other, gaps, known)


def _swallowed(column: Column, other: Column, gaps: Integers, known: dict[str, int]) -> Iterator[Suspicion]:
    """Suspect cells of `column` that hold a value of `other` beside their own, more often in its gaps than elsewhere."""
    levels = column.levels
    split = [_split(str(value), known) for value in levels.values]
    part = np.append(np.array([-1 if found is None else found[1] for found in split], dtype=np.int64), -1)
    held = part[levels.codes]
    in_gaps = gaps[held[gaps] >= 0]
    elsewhere = (held >= 0).sum() - len(in_gaps)
    usual = (elsewhere + 1) / (len(held) - len(gaps) + 2)
    if len(in_gaps) < _FEWEST or len(in_gaps) / len(gaps) < max(0.3, 5 * usual):
        return
    rest = np.array([None if found is None else found[0] for found in split], dtype=object)
    sure = np.full(len(in_gaps), min(0.95, 1 - usual))
    between = (
        f"{short(column.name)} ends or begins with a value of {short(other.name)}, which is missing in the same row."
    )
    yield Suspicion(
        kind="format", column=column.name, rows=in_gaps, confidence=sure, repair=rest[levels.codes[in_gaps]],
        reason=f"Two columns in one cell: {between}",
    )  # fmt: skip
    yield Suspicion(
        kind="missing", column=other.name, rows=in_gaps, confidence=sure, repair=other.levels.values[held[in_gaps]],
        reason=f"What belongs here stands in another cell: {between}",
    )  # fmt: skip


def _split(value: str, known: dict[str, int]) -> tuple[str, int] | None:
    """Return what is left of a value without the known value at its end or start, and which that is."""
    for separator in _SEPARATORS:
        for left, right in (value.rpartition(separator)[::2], value.partition(separator)[::-2]):
            at = known.get(right.strip().casefold())
            if left.strip() and at is not None:
                return left.strip(), at
    return None
