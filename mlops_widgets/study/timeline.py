"""When rows happened: times as numbers, calendar chunks, and blocks that are resampled whole."""

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from mlops_widgets.errors import TableError
from mlops_widgets.study.dates import Order, read_dates
from mlops_widgets.study.tables import Table, as_numbers, quoted

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]
Unit = Literal["row", "entity", "time block"]

FEWEST_BLOCKS = 20
"""Below twenty blocks the interval of a block bootstrap is too narrow to be trusted; then a shorter block is taken."""

_DAY = 86_400_000.0
_WIDTHS: tuple[tuple[str, float], ...] = (("day", _DAY), ("six hours", _DAY / 4), ("hour", _DAY / 24))


def times_of(table: Table, column: str) -> tuple[Floats, bool]:
    """Return when each row happened, shape (rows,), and whether these are dates.

    Dates are milliseconds since 1970 (UTC where they carry a zone); numbers such as a year stay as they are.
    Cells that can't be read are NaN.

    Raises
    ------
    TableError
        If no cell can be read as a date or number.
    """
    order = table.date_orders.get(column)
    if (column, order) not in table.read_times:
        table.read_times[column, order] = _read_times(table, column, order)
    times, are_dates = table.read_times[column, order]
    return times.copy(), are_dates


def _read_times(table: Table, column: str, order: Order | None) -> tuple[Floats, bool]:
    values = table[column]
    if pd.api.types.is_numeric_dtype(values):
        numbers = as_numbers(values)
        return np.where(np.isfinite(numbers), numbers, np.nan), False
    dates = read_dates(values, order=order)
    if dates.notna().sum() == 0:
        raise TableError(
            f"time={column!r} in {table.name} holds no dates: {quoted(values.dropna())}. Pass dates as 2024-01-31."
        )
    moments = dates.to_numpy(dtype="datetime64[ms]")
    return np.where(np.isnat(moments), np.nan, moments.astype(np.float64)), True


def written(time: float, *, are_dates: bool) -> str:
    """Return a time of `times_of` as text: 2024-01-31, 2024-01-31 10:30, or the number."""
    if not are_dates:
        return f"{time:g}"
    stamp = pd.Timestamp(time, unit="ms")
    return str(stamp.date()) if stamp == stamp.normalize() else str(stamp)[:16]


def block_width(spans: list[Floats]) -> tuple[str, float] | None:
    """Return the longest block (name, milliseconds) of which every table has at least twenty, or None.

    A day keeps what happens together together (weather, a campaign, an outage); shorter ones are for short tables.
    """
    for name, width in _WIDTHS:
        if all(len(np.unique(t[~np.isnan(t)] // width)) >= FEWEST_BLOCKS for t in spans):
            return name, width
    return None


def codes(values: Any) -> Integers:  # noqa: ANN401 - anything that factorizes
    """Return equal values as equal numbers from 0, shape (rows,); each missing value is a unit of its own."""
    cells = np.asarray(values)
    try:
        found = pd.factorize(cells)[0].astype(np.int64)
    except TypeError:  # cells that can't be compared, such as lists
        found = pd.factorize(np.array([ascii(cell) for cell in cells], dtype=object))[0].astype(np.int64)
    missing = found < 0
    found[missing] = found.max(initial=-1) + 1 + np.arange(missing.sum())
    return found


@dataclass(frozen=True, kw_only=True)
class Chunks:
    """A table cut along time, or along its rows where there is no time.

    Parameters
    ----------
    of_row
        Chunk of each row, shape (rows,); -1 where the time is missing.
    labels
        What each chunk is called, in order.
    starts
        Where each begins: milliseconds since 1970, a number of the time column, or a row number. Shape (chunks,).
    by
        "month", "week", "day", "hour", the time column's name, or "rows".
    are_dates
        Whether `starts` are dates.
    """

    of_row: Integers
    labels: tuple[str, ...]
    starts: Floats
    by: str
    are_dates: bool


_PERIODS: tuple[tuple[str, str, str], ...] = (
    ("year", "YS", "%Y"), ("quarter", "QS", "%Y-%m"), ("month", "MS", "%Y-%m"), ("week", "W-MON", "%Y-%m-%d"),
    ("day", "D", "%Y-%m-%d"), ("hour", "h", "%m-%d %H:00"),
)  # fmt: skip


def chunk_rows(times: Floats | None, *, are_dates: bool, rows: int, name: str, most: int = 26) -> Chunks:
    """Cut into calendar periods, the shortest of which there are at most `most`; without time into ten runs of rows.

    No period is shorter than what the times tell apart: dates that are all firsts of a month are cut into months.
    """
    if times is None:
        return _even_chunks(rows)
    known = times[~np.isnan(times)]
    if not are_dates or not len(known):
        return _number_chunks(times, name=name, most=most)
    first, last = (pd.Timestamp(known.min(), unit="ms"), pd.Timestamp(known.max(), unit="ms"))
    chosen = _PERIODS[0]
    for period in _PERIODS[: _resolution(known)]:
        if _count(first, last, period[1]) > most:
            break
        chosen = period
    edges = _edges(first, last, chosen[1])
    starts = edges.to_numpy(dtype="datetime64[ms]").astype(np.float64)
    of_row = np.where(np.isnan(times), -1, np.searchsorted(starts, times, side="right") - 1)
    return Chunks(of_row=of_row, labels=tuple(edges.strftime(chosen[2])), starts=starts, by=chosen[0], are_dates=True)


def _resolution(times: Floats) -> int:
    """Return how many of the periods, from the longest, aren't shorter than what dates such as these tell apart."""
    moments = pd.DatetimeIndex(np.unique(times).astype("datetime64[ms]"))
    if len(moments) < 2 or not (moments == moments.normalize()).all():
        return len(_PERIODS)
    if (moments.day != 1).any():
        return len(_PERIODS) - 1
    months = moments.month
    return 1 if (months == 1).all() else 2 if np.isin(months, [1, 4, 7, 10]).all() else 3


def _edges(first: pd.Timestamp, last: pd.Timestamp, step: str) -> pd.DatetimeIndex:
    offset = pd.tseries.frequencies.to_offset(step)
    start = first.normalize() if step != "h" else first.floor("h")
    edges = pd.date_range(offset.rollback(start), last, freq=offset)
    return edges if len(edges) else pd.DatetimeIndex([start])


def _count(first: pd.Timestamp, last: pd.Timestamp, step: str) -> float:
    days = {"YS": 365.25, "QS": 91.3, "MS": 30.44, "W-MON": 7.0, "D": 1.0, "h": 1 / 24}[step]
    return (last - first).total_seconds() / 86_400 / days


def _number_chunks(times: Floats, *, name: str, most: int) -> Chunks:
    values = np.unique(times[~np.isnan(times)])
    if len(values) > most:
        values = np.unique(np.quantile(times[~np.isnan(times)], np.arange(10) / 10))
    of_row = np.where(np.isnan(times), -1, np.searchsorted(values, times, side="right") - 1)
    return Chunks(of_row=of_row, labels=tuple(f"{v:g}" for v in values), starts=values, by=name, are_dates=False)


def _even_chunks(rows: int) -> Chunks:
    count = max(1, min(10, rows))
    starts = np.floor(np.arange(count) * rows / count)
    of_row = np.searchsorted(starts, np.arange(rows), side="right") - 1
    labels = tuple(f"rows {int(a) + 1:,}–{int(b):,}" for a, b in zip(starts, [*starts[1:], rows], strict=True))
    return Chunks(of_row=of_row, labels=labels, starts=starts, by="rows", are_dates=False)
