"""Columns that determine others: cells that break the rule, and missing cells that it fills."""

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from mlops_widgets.core.words import number, short
from mlops_widgets.data_quality.detection.columns import Column, Columns
from mlops_widgets.data_quality.detection.detectors.repairs import cells_of
from mlops_widgets.data_quality.detection.suspicions import ColumnNote, Suspicion
from mlops_widgets.measures.dependencies import Majorities, breaks, majorities, pair_agreement

Integers = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]

_HOLDS = 0.9
_BEYOND_CHANCE = 0.85
_SCREEN = 0.75
_FEWEST_GROUPS = 10
_FEWEST_LEVELS = 5
_GROUP_ROWS = 1.5
_PAIRS = 400
_MOST_COLUMNS = 300
_ROWS = 30
"""Fewest rows in groups of two or more: below, agreement is luck."""


def detect(columns: Columns) -> Iterator[Suspicion | ColumnNote]:
    """Suspect cells that break an approximate functional dependency of one column on another."""
    every = [each for each in columns.columns.values() if len(each.levels.values) > 1][:_MOST_COLUMNS]
    if not every or columns.rows < _ROWS:
        return
    codes = np.array([each.levels.codes for each in every])
    chance = np.array([((each.levels.counts / each.levels.counts.sum()) ** 2).sum() for each in every])
    rng = np.random.default_rng(0)
    for determinant in every:
        if not _can_determine(determinant):
            continue
        agree = pair_agreement(determinant.levels.codes, codes, pairs=_PAIRS, rng=rng)
        likely = (agree >= _SCREEN) & ((agree - chance) >= _SCREEN * (1 - chance))
        for at in np.flatnonzero(likely):
            if every[at] is not determinant:
                yield from _broken(determinant, every[at], rng)


def _can_determine(column: Column) -> bool:
    """Say whether rows share values of a column often enough, and these are names of something rather than amounts."""
    levels = column.levels
    cells = int(levels.counts.sum())
    if not _FEWEST_LEVELS <= len(levels.values) <= cells / _GROUP_ROWS:
        return False
    if column.kind != "number":
        return column.kind in {"text", "time"}
    numbers = column.numbers[np.isfinite(column.numbers)]
    return bool(len(numbers) and (numbers == np.round(numbers)).all())


def _broken(determinant: Column, column: Column, rng: np.random.Generator) -> Iterator[Suspicion]:
    found = majorities(determinant.levels.codes, column.levels.codes, rng=rng)
    if found.groups < _FEWEST_GROUPS or found.share < _HOLDS or found.beyond_chance < _BEYOND_CHANCE:
        return
    trust = _trust(found)
    rule = (
        f"{short(determinant.name)} determines {short(column.name)} in {number(found.share, 'percent')} of the rows "
        f"({number(found.by_chance, 'percent')} by chance)"
    )
    wrong = trust * breaks(found)
    rows = np.flatnonzero(wrong >= 0.1)
    if len(rows):
        yield Suspicion(
            kind="dependency", column=column.name, rows=rows, confidence=wrong[rows], reason=f"{rule}; here it differs.",
            repair=cells_of(column, found.value[rows]),
        )  # fmt: skip
    gaps = np.flatnonzero((column.levels.codes < 0) & (found.held > 0))
    if len(gaps):
        fills = trust * found.held[gaps] / (found.size[gaps] + 0.2)
        yield Suspicion(
            kind="missing", column=column.name, rows=gaps, confidence=fills, reason=f"{rule}, so what is missing here is known.",
            repair=cells_of(column, found.value[gaps]),
        )  # fmt: skip


def _trust(found: Majorities) -> float:
    """Return how far the rule is believed: the nearer to no exception, and the farther from chance, the more."""
    exact = (found.share - _HOLDS) / (1 - _HOLDS)
    return 0.6 + 0.35 * min(exact, found.beyond_chance)
