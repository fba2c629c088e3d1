"""Cells that are written unlike the rest of their column: rare shapes where few shapes dominate."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt

from mlops_widgets.core.words import number, short
from mlops_widgets.data_quality.detection.columns import Column, Columns
from mlops_widgets.data_quality.detection.shapes import LEVELS, shapes
from mlops_widgets.data_quality.detection.suspicions import ColumnNote, Suspicion

Booleans = npt.NDArray[np.bool_]

_COVER = (0.99, 0.96, 0.93)
"""Share of the cells that the dominant shapes cover at least, from the narrowest level to the widest."""
_MOST_DOMINANT = (1, 2, 2)
_FEWEST_VALUES = 10
"""Different values that a shape must hold to be a format: fewer are categories."""
_FEWEST_CELLS = 30
_SAMPLED = 5000
_MOST_LEVELS = 200_000


def detect(columns: Columns) -> Iterator[Suspicion | ColumnNote]:
    """Suspect the shapes outside those that dominate a column, at three levels of generalisation."""
    for column in columns.texts:
        levels = column.levels
        if column.kind == "number" or not _FEWEST_VALUES <= len(levels.values) <= _MOST_LEVELS:
            continue
        if levels.counts.sum() < _FEWEST_CELLS:
            continue
        for level in range(len(LEVELS)):
            found = _outside(column, level)
            if found is not None:
                yield found


def _outside(column: Column, level: int) -> Suspicion | None:
    """Return the cells outside the dominant shapes of one level, or None where none dominate or all are inside."""
    levels = column.levels
    if not _dominated(column, level):
        return None
    of = shapes(levels.values, level)
    names, code = np.unique(of.astype(str), return_inverse=True)
    cells, different = np.bincount(code, levels.counts), np.bincount(code)
    dominant = _dominant(cells, different, level)
    if dominant is None or dominant.all():
        return None
    if level and not all(_is_format(str(name)) for name in names[dominant]):
        return None
    inside = float(cells[dominant].sum() / cells.sum())
    if different[dominant].sum() < _COVER[level] * different.sum():
        return None  # what many rows hold alike is a category, however it is written
    odd = ~dominant[code]
    rows = levels.rows(odd)
    # The more different shapes there are outside, the more it is a column in which shapes are free.
    strange = (~dominant).sum() / max(len(rows), 1)
    confidence = 0.5 + 0.45 * (inside - _COVER[level]) / (1 - _COVER[level]) if level else 0.45 + 0.5 * (inside - 0.99) / 0.01
    confidence *= 1 - 0.25 * strange
    usual = ", ".join(f"'{short(str(name))}'" for name in names[np.argsort(-cells)][: dominant.sum()])
    return Suspicion(
        kind="format", column=column.name, rows=rows, confidence=np.full(len(rows), min(confidence, 0.95)),
        reason=f"Written unlike {number(inside, 'percent')} of {short(column.name)}, which have the shape {usual}.",
    )  # fmt: skip


def _is_format(shape: str) -> bool:
    """Say whether a shape has digits or signs: words alone are free to differ, as names and places do."""
    return any(not (character.isalpha() or character in " .,'’&-") for character in shape)


def _dominated(column: Column, level: int) -> bool:
    """Say whether few shapes dominate a sample of the values: in free text none do, and all its values needn't be read."""
    values = column.levels.values
    if len(values) <= 2 * _SAMPLED:
        return True
    some = np.random.default_rng(0).choice(len(values), _SAMPLED, replace=False)
    _, counts = np.unique(shapes(values[some], level).astype(str), return_counts=True)
    return bool(np.sort(counts)[-_MOST_DOMINANT[level] :].sum() >= (_COVER[level] - 0.05) * _SAMPLED)


def _dominant(cells: npt.NDArray[Any], different: npt.NDArray[Any], level: int) -> Booleans | None:
    """Return which shapes dominate: as few as cover the share of the cells, each with many different values."""
    order = np.argsort(-cells, kind="stable")
    chosen = np.zeros(len(cells), dtype=bool)
    for at in order[: _MOST_DOMINANT[level]]:
        if different[at] < _FEWEST_VALUES:
            return None
        chosen[at] = True
        if cells[chosen].sum() >= _COVER[level] * cells.sum():
            return chosen
    return None
