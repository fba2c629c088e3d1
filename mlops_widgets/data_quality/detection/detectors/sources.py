"""Several sources report the same things: reports that the believable ones contradict, and cells that they could fill."""

import re
from collections.abc import Iterator
from itertools import product

import numpy as np
import numpy.typing as npt

from mlops_widgets.core.words import number, short
from mlops_widgets.data_quality.detection.columns import Column, Columns
from mlops_widgets.data_quality.detection.detectors.repairs import cells_of
from mlops_widgets.data_quality.detection.suspicions import ColumnNote, Suspicion
from mlops_widgets.measures.dependencies import pair_agreement, pairs_of
from mlops_widgets.measures.truth_discovery import discover_truth

Integers = npt.NDArray[np.int64]
Booleans = npt.NDArray[np.bool_]

_SOURCES = (3, 200)
_THING_ROWS = 3.0
_FEWEST_THINGS = 10
_ONCE = 0.95
_AGREE, _BY_CHANCE = 0.3, 0.2
_MOSTLY = 0.5
_ATTRIBUTE = 0.98
_FEWEST_DISPUTED = 2
_MOST_COLUMNS = 40
_PERIOD = re.compile(
    r".*(19|20)\d\d.*|(jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec|mon|tue|wed|thu|fri|sat|sun)[a-z]*\.?|[a-z]*[ _-]?\d{1,3}"
)
_KAPPA = 0.3
"""Agreement beyond chance from which a column is reported, too, once others show that there are several sources."""
_NEARER = 0.15
"""How much more reports of neighbouring sources may agree than of distant ones: where more, they are periods and things change."""
_PAIRS = 2000
_MOST_ROWS = 3000
_MOST_LIKELY = 12
_ONCE_ONLY = 0.1


def detect(columns: Columns) -> Iterator[Suspicion | ColumnNote]:
    """Suspect reports that sources who are mostly right contradict (truth discovery), and cells left empty that they fill.

    A table is of several sources where a column of few words and one of many things name each row once, and rows of one
    thing agree, in most other columns, far more than rows of different things.
    """
    found = _structure(columns)
    if found is None:
        return
    source, thing, reported = found
    truth = discover_truth(thing.levels.codes, source.levels.codes, [each.levels.codes for each in reported])
    for column, right, best, sure in zip(reported, truth.right, truth.best, truth.best_right, strict=True):
        codes = column.levels.codes
        wrong = np.where(codes < 0, np.where(np.isnan(sure), 0.0, sure), 1 - right)
        wrong[(source.levels.codes < 0) | (thing.levels.codes < 0)] = 0.0
        wrong = np.where(codes == best, np.minimum(wrong, 0.45), wrong)
        for missing in (False, True):
            rows = np.flatnonzero((wrong >= 0.1) & ((codes < 0) == missing) & (codes != best))
            if len(rows):
                yield Suspicion(
                    kind="missing" if missing else "dependency", column=column.name, rows=rows,
                    confidence=np.minimum(wrong[rows], 0.97), repair=cells_of(column, best[rows]),
                    reason=_reason(source, thing, column, missing=missing),
                )  # fmt: skip


def reporting(columns: Columns) -> frozenset[str]:
    """Return the names of the columns that a table of several sources is made of; empty where it isn't one."""
    found = _structure(columns)
    return frozenset() if found is None else frozenset(each.name for each in (*found[:2], *found[2]))


def _reason(source: Column, thing: Column, column: Column, *, missing: bool) -> str:
    said = "is missing here, and others report it" if missing else "differs from what the more reliable ones report"
    return (
        f"Several values of {short(source.name)} report the same {short(thing.name)}; {short(column.name)} {said} "
        f"({number(len(source.levels.values), 'integer')} sources, believed by how often they agree with each other)."
    )


def _structure(columns: Columns) -> tuple[Column, Column, list[Column]] | None:
    """Return source, thing and what is reported, or None where the table isn't of several sources.

    Of several columns that could name the things, it is the one that is most often named once by a source, then the one in
    which rows agree most: where sources agree, what they report names things nearly as well.
    """
    named = [each for each in columns.columns.values() if _is_name(each)][:_MOST_COLUMNS]
    sources = [each for each in named if _SOURCES[0] <= len(each.levels.values) <= _SOURCES[1]]
    things = [each for each in named if _FEWEST_THINGS <= len(each.levels.values) <= columns.rows / _THING_ROWS]
    # What is reported may be whole numbers, too; it holds wrong ones that stand once, and ids don't.
    things = [each for each in things if each.kind == "text" or (each.levels.counts == 1).mean() <= _ONCE_ONLY]
    named_once = [
        (_named_once(source, thing, columns.rows), -at, source, thing)
        for at, (source, thing) in enumerate(product(sources, things))
        if source is not thing and len(source.levels.values) * len(thing.levels.values) >= _ONCE * columns.rows
    ]
    likely = sorted((each for each in named_once if each[0] >= _ONCE), key=lambda each: each[:2], reverse=True)
    found: list[tuple[float, float, int, tuple[Column, Column, list[Column]]]] = []
    for once, at, source, thing in likely[:_MOST_LIKELY]:
        agreement, reported = _reported(columns, source, thing)
        found.append((once, agreement, -at, (source, thing, reported)))
    best = max(found, key=lambda each: each[:3], default=None)
    return best[3] if best and best[3][2] and not _are_periods(*best[3]) else None


def _is_name(column: Column) -> bool:
    """Say whether a column may name things: texts, or whole numbers, as ids are."""
    if column.kind == "text":
        return True
    numbers = column.numbers[np.isfinite(column.numbers)] if column.kind == "number" else column.numbers[:0]
    return bool(len(numbers) and (numbers == np.round(numbers)).all())


def _are_periods(source: Column, thing: Column, reported: list[Column]) -> bool:
    """Say whether sources are rather periods: reports agree more the nearer they are, as a thing changes from year to year.

    Asked of numbers and of texts that name periods, in their order and in that in which they first stand in the table; other
    names have no order, and sources that copy each other may be neighbours in it.
    """
    values = source.levels.values.astype(str)
    if source.is_text and not all(_PERIOD.fullmatch(value[:40].casefold()) for value in values):
        return False
    by_value = np.unique(values if source.is_text else values.astype(np.float64), return_inverse=True)[1]
    return any(_change_in(rank, source, thing, reported) for rank in (by_value, np.arange(len(values))))


def _change_in(rank: Integers, source: Column, thing: Column, reported: list[Column]) -> bool:
    order = np.lexsort((np.append(rank, -1)[source.levels.codes], thing.levels.codes))
    order = order[(thing.levels.codes[order] >= 0) & (source.levels.codes[order] >= 0)]
    near, near_pairs = _agreement(thing, reported, order, 1)
    far, far_pairs = _agreement(thing, reported, order, max(2, len(rank) // 2))
    error = np.sqrt(near * (1 - near) / near_pairs + far * (1 - far) / far_pairs)
    return bool(((near - far) > np.maximum(_NEARER, 3 * error)).any())


def _agreement(thing: Column, reported: list[Column], order: Integers, lag: int) -> tuple[npt.NDArray[np.float64], int]:
    """Return how often rows of one thing, so many places apart, agree in each column, and how many such pairs there are."""
    first, second = order[:-lag], order[lag:]
    same = thing.levels.codes[first] == thing.levels.codes[second]
    first, second = first[same], second[same]
    agree = [(each.levels.codes[first] == each.levels.codes[second]).sum() for each in reported]
    return np.array(agree) / max(len(first), 1), max(len(first), 1)


def _measured(thing: Column, columns: list[Column], asked: Booleans) -> Booleans:
    """Return which of the columns that are asked about are measured or rated: neither right nor wrong."""
    return np.array(
        [ask and _is_measured(thing, each) for ask, each in zip(asked, columns, strict=True)], dtype=np.bool_
    )


def _is_measured(thing: Column, column: Column) -> bool:
    """Say whether numbers of one thing differ by much less than those of two."""
    if np.isfinite(column.numbers).sum() < _ONCE * (~column.missing).sum():
        return False
    rng = np.random.default_rng(0)
    first, second = pairs_of(thing.levels.codes, _PAIRS, rng)
    with np.errstate(invalid="ignore", over="ignore"):
        within = np.abs(column.numbers[first] - column.numbers[second])
        between = np.abs(column.numbers[first] - column.numbers[rng.permutation(second)])
    within, between = within[within > 0], between[between > 0]
    return bool(len(within) and len(between) and np.median(within) <= 0.5 * np.median(between))


def _named_once(source: Column, thing: Column, rows: int) -> float:
    """Return the share of pairs of a source and a thing that occur once; 0 where too many rows lack one of the two.

    Of many rows those of some things are looked at.
    """
    sources, things = source.levels.codes, thing.levels.codes
    if rows > _MOST_ROWS:
        last = np.searchsorted(np.cumsum(thing.levels.counts), _MOST_ROWS)
        some = np.flatnonzero(things <= last)
        sources, things, rows = sources[some], things[some], len(some)
    known = (sources >= 0) & (things >= 0)
    pairs = things[known] * len(source.levels.values) + sources[known]
    return len(np.unique(pairs)) / max(len(pairs), 1) if known.sum() >= _ONCE * rows else 0.0


def _reported(columns: Columns, source: Column, thing: Column) -> tuple[float, list[Column]]:
    """Return how far rows of one thing agree, and the columns in which they do far more than others: [] unless most are."""
    others = [each for each in columns.columns.values() if each.name not in {source.name, thing.name}][:_MOST_COLUMNS]
    others = [each for each in others if 1 < len(each.levels.values) < 0.9 * columns.rows]
    if len(others) < 2:
        return 0.0, []
    codes = np.array([each.levels.codes for each in others])
    rng = np.random.default_rng(0)
    agree = pair_agreement(thing.levels.codes, codes, pairs=_PAIRS, rng=rng)
    chance = np.array([((each.levels.counts / max(each.levels.counts.sum(), 1)) ** 2).sum() for each in others])
    by_source = pair_agreement(source.levels.codes, codes, pairs=_PAIRS, rng=rng)
    reported = (agree >= _AGREE) & (chance <= _BY_CHANCE) & (by_source <= 0.5 * agree)
    reported &= ~_measured(thing, others, reported)
    # What is always the same for a thing is its attribute; sources are told by what they disagree on, in two columns at least.
    disputed = int((reported & (agree < _ATTRIBUTE)).sum())
    if reported.mean() <= _MOSTLY or disputed < _FEWEST_DISPUTED:
        return float(np.nanmean(agree)) if np.isfinite(agree).any() else 0.0, []
    too = (agree - chance >= _KAPPA * (1 - chance)) & (by_source <= 0.5 * agree + 0.5 * chance)
    reported |= too & ~_measured(thing, others, too)
    return float(np.nanmean(agree)), [each for each, told in zip(others, reported, strict=True) if told]
