"""Columns that say of what a row is, so that several rows report one thing: a flight by its number, a beer by its id."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from mlops_widgets.data_quality.detection.columns import Column

Integers = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]

_MOST_KEYS = 12
_MOST_SOURCES = 3
_MOST_ROWS = 5_000
_FEWEST_THINGS = 5
_FEWEST_TOGETHER = 0.5
"""Share of rows that must share their thing with another."""
_FEWEST_AGREE = 0.2
"""Agreement within things, beyond that of any two rows, from which a column is one of the thing."""
_SOURCE_LEVELS = (2, 200)
_ROWS_A_SOURCE = 5
_ONCE = 0.8


@dataclass(frozen=True)
class Entities:
    """What rows are about.

    Parameters
    ----------
    codes
        Column → its values as codes, -1 where missing, shape (rows,).
    key
        Column → the column that names the thing whose property it is, where there is one.
    sources
        Columns that group the rows of different things, as those who report them do, with codes from 0: missing is a level.
    """

    codes: Mapping[str, Integers]
    key: Mapping[str, str]
    sources: Mapping[str, Integers]


def find_entities(columns: Sequence[Column]) -> Entities:
    """Return which columns name things, and which are properties of them.

    A column belongs to a thing where two rows of one thing agree in it much more often than any two rows do:
    (agreement within - agreement at large) / (1 - agreement at large), Cohen's kappa (1960) between rows. Of several things the
    one is taken that most rows name.
    """
    codes = {column.name: column.levels.codes for column in columns if column.kind != "other"}
    agreement: dict[str, dict[str, float]] = {name: {} for name in codes}
    for other in _keys(codes, columns):
        rows = _rows_of_some_things(codes[other])
        for name, found in agreement.items():
            if name != other:
                found[other] = _agreement(codes[other][rows], codes[name][rows])
    best = {name: max(found, key=lambda other: found[other]) for name, found in agreement.items() if found}
    key = {name: other for name, other in best.items() if agreement[name][other] >= _FEWEST_AGREE}
    return Entities(codes, key, _sources(codes))


def _rows_of_some_things(things: Integers) -> Integers:
    """Return all rows of the first things, and those of no thing: `_MOST_ROWS` or a few more."""
    counts = np.bincount(things + 1)
    enough = np.flatnonzero(np.cumsum(counts) >= _MOST_ROWS)
    last = int(enough[0]) if len(enough) else len(counts)
    return np.flatnonzero(things < last)


def _agreement(things: Integers, values: Integers) -> float:
    """Return how much more often two rows of one thing agree than any two rows do, 1 where they always do."""
    present = (things >= 0) & (values >= 0)
    named = float((things >= 0).mean())
    things, values = things[present], values[present]
    within = _pairs(np.unique(things * (values.max(initial=0) + 1) + values, return_counts=True)[1])
    of_things, at_large, all_pairs = (
        _pairs(np.bincount(things)),
        _pairs(np.bincount(values)),
        _pairs(np.array([len(values)])),
    )
    if not of_things or at_large == all_pairs:
        return 0.0
    chance = at_large / all_pairs
    return named**2 * (within / of_things - chance) / (1 - chance)


def _pairs(counts: Integers) -> float:
    return float((counts * (counts - 1.0)).sum())


def _keys(codes: Mapping[str, Integers], columns: Sequence[Column]) -> tuple[str, ...]:
    """Return the columns with the most values that still stand in several rows each."""
    found: list[tuple[int, str]] = []
    for column in columns:
        counts = column.levels.counts
        together = counts[counts > 1].sum()
        measured = column.kind == "number" and not _is_whole(column)
        enough = len(counts) >= _FEWEST_THINGS and together >= _FEWEST_TOGETHER * len(column.cells)
        if column.name in codes and enough and not measured:
            found.append((len(counts), column.name))
    return tuple(name for _, name in sorted(found, reverse=True)[:_MOST_KEYS])


def _is_whole(column: Column) -> bool:
    finite = column.numbers[np.isfinite(column.numbers)]
    return bool((finite == np.floor(finite)).all())


def _sources(codes: Mapping[str, Integers]) -> dict[str, Integers]:
    """Return columns of few enough levels, missing among them."""
    found = {}
    for name, values in codes.items():
        levels = int(values.max(initial=-1)) + 1
        if _SOURCE_LEVELS[0] <= levels <= min(_SOURCE_LEVELS[1], len(values) / _ROWS_A_SOURCE):
            found[name] = np.where(values < 0, levels, values)
    return found


def reporters(things: Integers, sources: Mapping[str, Integers]) -> list[str]:
    """Return the sources that report of most things once: those whose levels hardly ever meet again within a thing."""
    once = {}
    for name, levels in sources.items():
        keys = things * (levels.max(initial=0) + 1) + levels
        once[name] = len(np.unique(keys[things >= 0])) / max(int((things >= 0).sum()), 1)
    return sorted((name for name, share in once.items() if share >= _ONCE), key=lambda name: -once[name])[
        :_MOST_SOURCES
    ]


def find_contexts(sources: Mapping[str, Integers], doubt: Floats) -> list[str]:
    """Return the columns whose levels tell best how doubtful a row is, by the share of its variance beyond chance."""
    told = {}
    total = float(((doubt - doubt.mean()) ** 2).sum()) if len(doubt) else 0.0
    for name, levels in sources.items():
        counts = np.bincount(levels)
        means = np.bincount(levels, doubt) / np.maximum(counts, 1)
        between = float((counts * (means - doubt.mean()) ** 2).sum())
        told[name] = between / total - (counts > 0).sum() / len(doubt) if total > 0 else 0.0
    return sorted((name for name, share in told.items() if share > 0), key=lambda name: -told[name])[:_MOST_SOURCES]
