"""Dates that can't be: not in the calendar, in the other order of day and month, far from all others, or before their start."""

import re
from collections.abc import Iterator, Mapping
from itertools import combinations

import numpy as np

from mlops_widgets.core.words import number, p_words, short
from mlops_widgets.data_quality.detection.columns import Column, Columns, Floats, Integers
from mlops_widgets.data_quality.detection.detectors.outliers import confidence_of
from mlops_widgets.data_quality.detection.suspicions import CERTAIN, ColumnNote, Suspicion
from mlops_widgets.measures.oddities.cliffs import find_cliff
from mlops_widgets.measures.oddities.spikes import FAR, distance_to_others, find_spikes
from mlops_widgets.measures.oddities.tails import tail_surprise
from mlops_widgets.study.dates import read_dates
from mlops_widgets.study.tables import FEWEST_QUOTED

DATE = re.compile(
    r"\s*(?:\d{4}([-/.])\d{1,2}\1\d{1,2}|\d{1,2}([-/.])\d{1,2}\2(?:\d{4}|\d{2}))(?:[T ]\d{1,2}:\d{2}(?::\d{2})?.*)?\s*"
)
"""A text that is written as a date, whether or not there is such a day."""
_PARTS = re.compile(r"\s*(\d{1,2})[-/.](\d{1,2})[-/.]\d{2,4}.*")
_DAYS = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
_LAST_DAY = 31
_MOSTLY = 0.8
_TRIED = 200
_MOST_COLUMNS = 10
_FEWEST_ROWS = 30
_KEPT = 0.9
_CLEARLY = 1.0
"""Interquartile ranges by which one date must lie further out than the other, to be the wrong one."""
_EPOCHS = ("1970-01-01", "1900-01-01", "1899-12-30", "1899-12-31", "1904-01-01", "0001-01-01", "1753-01-01", "9999-12-31", "2099-12-31", "2999-12-31")  # fmt: skip
_EPOCH_DAYS = np.array(_EPOCHS, dtype="datetime64[D]").astype(np.float64)
"""Days at which calendars of computers begin or end."""
_EPOCH_CONFIDENCE = 0.95


def detect(columns: Columns) -> Iterator[Suspicion | ColumnNote]:
    """Suspect dates."""
    for column in columns.columns.values():
        if column.is_text and _written_as_dates(column):
            yield from _impossible(column)
            yield from _other_order(column)
    days = dict(list(days_of(columns).items())[:_MOST_COLUMNS])
    for name, each in days.items():
        for suspicion in _far(name, each):
            yield suspicion
            days[name] = _without(days[name], suspicion.rows[suspicion.confidence >= CERTAIN])
    for first, second in combinations(days, 2):
        yield from _before(first, second, days)


def _without(days: Floats, rows: Integers) -> Floats:
    left = days.copy()
    left[rows] = np.nan
    return left


def days_of(columns: Columns) -> dict[str, Floats]:
    """Return columns of dates as days since 1970, NaN where missing or no date; (n,) each."""
    found = {}
    for name, column in columns.columns.items():
        if column.kind == "time" or (column.is_text and _written_as_dates(column)):
            moments = read_dates(column.cells).to_numpy(dtype="datetime64[s]")
            found[name] = np.where(np.isnat(moments), np.nan, moments.astype(np.float64) / 86_400)
    return found


def _written_as_dates(column: Column) -> bool:
    """Say whether most values are written as dates, and most of their cells are days: versions look so, too, and are none."""
    levels = [str(text)[:40] for text in column.levels.values[:_TRIED]]
    looks = np.array([bool(DATE.fullmatch(text)) for text in levels], dtype=np.bool_)
    if not looks.any() or looks.mean() < _MOSTLY:
        return False
    days = np.array([look and _in_a_calendar(text) for look, text in zip(looks, levels, strict=True)], dtype=np.bool_)
    counts = column.levels.counts[: len(levels)]
    return bool(counts[days].sum() >= _MOSTLY * counts[looks].sum())


def _impossible(column: Column) -> Iterator[Suspicion]:
    """Suspect what is written as a date of a day that isn't in the calendar."""
    levels = column.levels
    looks = np.array([bool(DATE.fullmatch(str(text)[:40])) for text in levels.values], dtype=np.bool_)
    unread = np.array(
        [look and not _in_a_calendar(str(text)) for look, text in zip(looks, levels.values, strict=True)],
        dtype=np.bool_,
    )
    rows = levels.rows(unread)
    if len(rows):
        yield Suspicion(
            kind="date", column=column.name, rows=rows, confidence=np.full(len(rows), 0.95),
            reason=f"{short(column.name)} holds dates, and there is no such day in any order of day and month.",
            repair=np.full(len(rows), np.nan, dtype=object),
        )  # fmt: skip


def _in_a_calendar(text: str) -> bool:
    """Say whether a text is a day in some order of day and month."""
    parts = [int(each) for each in re.findall(r"\d+", text)[:3]]
    if parts[0] > _LAST_DAY:
        return _is_day(*parts)
    year = parts[2] + 2000 * (parts[2] < 100)
    return _is_day(year, parts[0], parts[1]) or _is_day(year, parts[1], parts[0])


def _is_day(year: int, month: int, day: int) -> bool:
    if not 1 <= month <= 12 or day < 1:
        return False
    leap = year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
    return day <= (29 if leap and month == 2 else _DAYS[month - 1])


def _other_order(column: Column) -> Iterator[Suspicion]:
    """Suspect dates that fit only the order of day and month that fewer cells of the column fit."""
    levels = column.levels
    first, second = (np.zeros(len(levels.values), dtype=np.int64) for _ in range(2))
    for at, text in enumerate(levels.values):
        found = _PARTS.fullmatch(str(text)[:40])
        if found:
            first[at], second[at] = int(found[1]), int(found[2])
    day_first = (first > 12) & (second >= 1) & (second <= 12)
    month_first = (second > 12) & (first >= 1) & (first <= 12)
    by_day, by_month = int(levels.counts[day_first].sum()), int(levels.counts[month_first].sum())
    few, order = (month_first, "day/month") if by_day >= by_month else (day_first, "month/day")
    rows, most = levels.rows(few), max(by_day, by_month)
    if not len(rows) or len(rows) > most / 2:
        return
    yield Suspicion(
        kind="date", column=column.name, rows=rows, confidence=np.full(len(rows), 0.85),
        reason=f"Fits only the other order: {most:,} dates of {short(column.name)} can only be {order}, {len(rows):,} can't be.",
    )  # fmt: skip


def _far(name: str, days: Floats) -> Iterator[Suspicion]:
    """Suspect one day that many rows share far from all others, the days at which calendars begin, and lone far dates."""
    left = days.copy()
    for value, confidence, distance in _defaults(np.floor(days)):
        rows = np.flatnonzero(np.floor(days) == value)
        yield Suspicion(
            kind="disguised_missing", column=name, rows=rows, confidence=np.full(len(rows), confidence),
            reason=_default(name, value, distance, rows=len(rows)), repair=np.full(len(rows), np.nan, dtype=object),
            systematic=True,
        )  # fmt: skip
        left[rows] = np.nan
    known = np.flatnonzero(np.isfinite(left))
    q_values, sides = tail_surprise(left[known])
    sure = confidence_of(q_values)
    for side, word in ((1.0, "after"), (-1.0, "before")):
        at = np.flatnonzero((q_values < 0.05) & (sides == side))
        if len(at):
            yield Suspicion(
                kind="date", column=name, rows=known[at], confidence=sure[at],
                reason=f"Long {word} all other dates of {short(name)}: their tail all but never reaches so far.",
            )  # fmt: skip


def _defaults(days: Floats) -> Iterator[tuple[float, float, float]]:
    """Yield days that stand for none, with how sure that is and how far they lie from all others."""
    epochs = np.intersect1d(days, _EPOCH_DAYS)
    for epoch in epochs:
        distance = distance_to_others(days, float(epoch), epochs)
        if distance >= FAR:
            yield float(epoch), _EPOCH_CONFIDENCE, distance
    for spike in find_spikes(days):
        if spike.value not in epochs and spike.distance >= FAR and spike.rows >= FEWEST_QUOTED:
            yield spike.value, spike.confidence, spike.distance


def _default(name: str, value: float, distance: float, *, rows: int) -> str:
    epoch = value in _EPOCH_DAYS
    day = str(np.datetime64(int(value), "D")) if rows >= FEWEST_QUOTED or epoch else "One day"
    begins = ", where a calendar of computers begins or ends" if epoch else ""
    widths = number(min(distance, 100.0), digits=0)
    return (
        f"{day}{begins}, in {rows:,} rows of {short(name)}, {widths} tail widths or more from all others: it probably stands for a "
        "missing date."
    )


def _before(first: str, second: str, days: Mapping[str, Floats]) -> Iterator[Suspicion]:
    """Suspect rows that break the order in which two dates come, where the gap between them breaks off at nothing."""
    both = np.flatnonzero(np.isfinite(days[first]) & np.isfinite(days[second]))
    if len(both) < _FEWEST_ROWS:
        return
    gap = days[second][both] - days[first][both]
    start, end = (first, second) if (gap >= 0).mean() >= 0.5 else (second, first)
    gap = gap if start == first else -gap
    wrong = gap < 0
    kept = 1 - float(wrong.mean())
    if not wrong.any() or kept < _KEPT:
        return
    cliff = find_cliff(gap, edge=0.0, side="below")
    apart = float(gap[~wrong].min()) > 0 and kept >= 0.99
    if cliff is None and not apart:
        return
    reason = (
        f"{short(end)} lies before {short(start)}, which it follows in {number(kept, 'percent', digits=1)} of the rows"
    )
    reason += f" ({p_words(cliff.p_value)} if the order were free)." if cliff is not None else "."
    rows = both[wrong]
    further = _further_out(days[end], rows) - _further_out(days[start], rows)
    for name, more in ((end, further), (start, -further)):
        yield Suspicion(
            kind="date", column=name, rows=rows, confidence=np.select([more > _CLEARLY, more < -_CLEARLY], [0.75, 0.25], 0.5),
            reason=f"{reason} One of the two is wrong.",
        )  # fmt: skip


def _further_out(days: Floats, rows: Integers) -> Floats:
    """Return how far each row's date lies from the middle of its column, in interquartile ranges."""
    low, middle, high = np.nanquantile(days, [0.25, 0.5, 0.75])
    return np.asarray(np.abs(days[rows] - middle) / max(float(high - low), 1e-9))
