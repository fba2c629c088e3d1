"""Cells that are written unlike the rest of their column: rare shapes where few shapes dominate."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt

from mlops_widgets.core.words import number, short
from mlops_widgets.data_quality.detection.columns import Column, Columns
from mlops_widgets.data_quality.detection.shapes import LEVELS, exact_shapes, wider
from mlops_widgets.data_quality.detection.suspicions import ColumnNote, Suspicion

Booleans = npt.NDArray[np.bool_]

_COVER = (0.99, 0.96, 0.93)
"""Share of the cells that the dominant shapes cover at least, from the narrowest level to the widest."""
_MOST_DOMINANT = (1, 2, 2)
_FEWEST_VALUES = 10
"""Different values that a shape must hold to be a format: fewer are categories."""
_FEWEST_CELLS = 30
_SAMPLED = 400
_MOST_LEVELS = 200_000


def detect(columns: Columns) -> Iterator[Suspicion | ColumnNote]:
    """Suspect the shapes outside those that dominate a column, at three levels of generalisation."""
    for column in columns.texts:
        levels = column.levels
        if column.kind == "number" or not _FEWEST_VALUES <= len(levels.values) <= _MOST_LEVELS:
            continue
        if levels.counts.sum() < _FEWEST_CELLS or not _few_shapes(levels.values):
            continue
        exact, names = exact_shapes(levels.values)
        for level in range(LEVELS):
            codes, shapes = wider(names, level)
            found = _outside(column, level, codes[exact], shapes)
            if found is not None:
                yield found


def _few_shapes(values: npt.NDArray[Any]) -> bool:
    """Say whether few shapes cover a sample of the values: in free text they don't, and all its values needn't be read."""
    some = values if len(values) <= _SAMPLED else np.random.default_rng(0).choice(values, _SAMPLED, replace=False)
    exact, names = exact_shapes(some)
    for level in range(LEVELS):
        counts = np.sort(np.bincount(wider(names, level)[0][exact]))
        if counts[-_MOST_DOMINANT[level] :].sum() >= (_COVER[level] - 0.1) * len(some):
            return True
    return False


def _outside(column: Column, level: int, code: npt.NDArray[np.int64], names: npt.NDArray[Any]) -> Suspicion | None:
    """Return the cells outside the dominant shapes of one level, or None where none dominate or all are inside."""
    levels = column.levels
    cells, different = np.bincount(code, levels.counts), np.bincount(code)
    dominant = _dominant(cells, different, level)
    if dominant is None or dominant.all():
        return None
    if level and not all(_is_format(str(name)) for name in names[dominant]):
        return None
    inside = float(cells[dominant].sum() / cells.sum())
    if different[dominant].sum() < _COVER[level] * different.sum():
        return None  # what many rows hold alike is a category, however it is written
    rows = levels.rows(~dominant[code])
    # The more different shapes there are outside, the more it is a column in which shapes are free.
    strange = (~dominant).sum() / max(len(rows), 1)
    least, span = (0.5, 0.45) if level else (0.45, 0.5)
    sure = (least + span * (inside - _COVER[level]) / (1 - _COVER[level])) * (1 - 0.25 * strange)
    usual = ", ".join(f"'{short(str(name))}'" for name in names[np.argsort(-cells)][: dominant.sum()])
    return Suspicion(
        kind="format", column=column.name, rows=rows, confidence=np.full(len(rows), min(sure, 0.95)),
        reason=f"Written unlike {number(inside, 'percent')} of {short(column.name)}, which have the shape {usual}.",
    )  # fmt: skip


def _is_format(shape: str) -> bool:
    """Say whether a shape has digits or signs: words alone are free to differ, as names and places do."""
    return any(not (character.isalpha() or character in " .,'’&-") for character in shape)


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
