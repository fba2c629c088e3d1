"""Dates written as text: one order of day and month for a whole column, and never a guess cell by cell."""

import re
import warnings
from collections.abc import Iterable, Mapping
from datetime import date
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pandas as pd

from mlops_widgets.errors import listed

if TYPE_CHECKING:
    from mlops_widgets.study.tables import Table

_YEAR_LAST = re.compile(r"\s*(\d{1,2})([/.\-])(\d{1,2})\2(\d{4}|\d{2})(?!\d)(.*)", re.DOTALL)
_QUARTER = re.compile(r"\s*(\d{4})[- ]?[Qq]([1-4])\s*")
_YEAR_FIRST = re.compile(r"\d{4}\D")
_MONTHS = re.compile(r"jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec", re.IGNORECASE)
_OFFSET = re.compile(r"\d:\d{2}(?::\d{2}(?:[.,]\d+)?)?\s*(Z|UTC|GMT|[+-]\d{2}:?(?:\d{2})?)", re.IGNORECASE)
_HEAD = 10
"""Letters that hold the date; a column of moments has far fewer such beginnings than cells."""
_CENTURY = 69
"""Two-digit years below this are of this century, as POSIX has it."""


class Order(NamedTuple):
    """How day and month are ordered where the year comes last, and whether the cells leave no doubt."""

    day_first: bool
    certain: bool

    @property
    def words(self) -> str:
        """The order as notes name it."""
        return "day/month" if self.day_first else "month/day"


class Kinds(NamedTuple):
    """How many cells with the year last can only be day/month, only month/day, or either."""

    day: int = 0
    month: int = 0
    either: int = 0

    @property
    def order(self) -> Order | None:
        """The order that they speak for; None where there is no such cell."""
        return Order(self.day > self.month, (self.day > 0) != (self.month > 0)) if any(self) else None


def kinds_in(columns: "Iterable[pd.Series[Any]]") -> Kinds:
    """Return the cells of `columns` counted by what order they can be in; dots are day first where that is a date."""
    day = month = either = 0
    for column in columns:
        if pd.api.types.is_numeric_dtype(column) or pd.api.types.is_datetime64_any_dtype(column):
            continue
        for text, rows in _texts(column).str.slice(0, _HEAD).value_counts().items():
            found = _YEAR_LAST.fullmatch(str(text))
            if found is None:
                continue
            first, second = int(found[1]), int(found[3])
            by_day, by_month = 1 <= first <= 31 and 1 <= second <= 12, 1 <= second <= 31 and 1 <= first <= 12
            dotted = found[2] == "."
            day += int(rows) * (by_day and (dotted or not by_month))
            month += int(rows) * (by_month and not by_day)
            either += int(rows) * (by_day and by_month and not dotted)
    return Kinds(day, month, either)


def order_of(columns: "Iterable[pd.Series[Any]]") -> Order | None:
    """Return the order of day and month in which most cells of `columns` are dates; None where no year comes last.

    A number over 12 settles it, and so do dots, which put the day first. Where every cell fits both orders the month comes
    first, and it isn't certain; nor is it where some cells fit only one and others only the other.

    Examples
    --------
    >>> order_of([pd.Series(["03/04/2024", "31/12/2023"])])
    Order(day_first=True, certain=True)
    """
    return kinds_in(columns).order


def read_dates(values: "pd.Series[Any]", *, order: Order | None = None) -> "pd.Series[Any]":
    """Return cells as moments without a zone (UTC where they carried one); what can't be read is missing.

    Parameters
    ----------
    values
        Dates, periods, or text: ISO dates, quarters such as 2024-Q3, names of months, or numbers with the year last.
    order
        Order of day and month for the last of these; None to take it from these cells alone.
    """
    if isinstance(values.dtype, pd.PeriodDtype):
        values = values.dt.to_timestamp()
    if pd.api.types.is_datetime64_any_dtype(values):
        return pd.to_datetime(values, utc=True).dt.tz_localize(None)
    order = order or order_of([values])
    codes, levels = pd.factorize(_texts(values))
    known = pd.Series(levels, dtype=object)
    which, heads = pd.factorize(known.str.slice(0, _HEAD))
    iso = pd.Series([_iso(head, day_first=order is not None and order.day_first) for head in heads], dtype=object)
    written = iso.take(which).reset_index(drop=True) + known.str.slice(_HEAD)
    moments = np.append(_moments(written).to_numpy(dtype="datetime64[ms]"), np.datetime64("NaT"))
    return pd.Series(moments[codes])  # a missing cell has code -1: the last moment


def zones_of(values: "pd.Series[Any]") -> tuple[str, ...]:
    """Return the time zones or offsets that moments carry, sorted; "" for those that carry none.

    Examples
    --------
    >>> zones_of(pd.Series(["2024-03-30T12:00+01:00", "2024-03-31T12:00+02:00"]))
    ('+01:00', '+02:00')
    """
    if isinstance(values.dtype, pd.DatetimeTZDtype):
        return (_zone(str(values.dtype.tz)),)
    if pd.api.types.is_numeric_dtype(values) or isinstance(values.dtype, pd.PeriodDtype):
        return ()
    if pd.api.types.is_datetime64_any_dtype(values):
        return ("",)
    ends = _texts(values).dropna().str.slice(_HEAD).unique()  # behind the date
    found = (_OFFSET.search(f" {text}") for text in ends)
    return tuple(sorted({"" if match is None else _zone(match[1]) for match in found}))


def _zone(name: str) -> str:
    return "UTC" if name.upper() in {"Z", "UTC", "GMT", "+00", "+0000", "+00:00", "-00:00"} else name


def _texts(values: "pd.Series[Any]") -> "pd.Series[Any]":
    if isinstance(values.dtype, pd.StringDtype):
        texts = values.str.strip()
        # Words such as "now" and "today" would be read from the clock.
        return texts.where(texts.str.contains(r"\d", na=False)).astype(object)
    return pd.Series([_text(cell) for cell in values], dtype=object)


def _text(cell: Any) -> str | None:  # noqa: ANN401 - any cell
    """Return a cell that may be a date as text; None for any other, such as numbers and gaps."""
    if cell is pd.NaT:
        return None
    if isinstance(cell, date):  # pandas' moments too
        return cell.isoformat()
    if isinstance(cell, np.datetime64):
        return None if np.isnat(cell) else str(cell)
    return cell.strip() if isinstance(cell, str) and any(letter.isdigit() for letter in cell) else None


def _iso(text: str, *, day_first: bool) -> str | None:
    """Return a date with its year first, so that there is one way to read it; None if there is no such day."""
    quarter = _QUARTER.fullmatch(text)
    if quarter is not None:
        return f"{quarter[1]}-{3 * int(quarter[2]) - 2:02}"
    found = _YEAR_LAST.fullmatch(text)
    if found is None:
        return text
    day, month = (int(found[1]), int(found[3])) if day_first else (int(found[3]), int(found[1]))
    year = int(found[4])
    if len(found[4]) == 2:
        year += 2000 if year < _CENTURY else 1900
    return f"{year:04}-{month:02}-{day:02}{found[5]}" if 1 <= month <= 12 and 1 <= day <= 31 else None


def _moments(texts: "pd.Series[Any]") -> "pd.Series[Any]":
    """Read ISO dates; what isn't one is read freely only where its year comes first or its month is a word."""
    with warnings.catch_warnings():  # about time zones that a stray text seems to name
        warnings.simplefilter("ignore")
        dates = pd.to_datetime(texts, errors="coerce", utc=True, format="ISO8601")
        unread = texts[dates.isna() & texts.notna()]
        safe = np.array([bool(_YEAR_FIRST.match(text) or _MONTHS.search(text)) for text in unread], dtype=np.bool_)
        if safe.any():
            rest = unread[safe]
            dates.loc[rest.index] = pd.to_datetime(rest, errors="coerce", utc=True, format="mixed")
    return dates.dt.tz_localize(None)


def settle_orders(tables: "Iterable[Table]", columns: Iterable[str]) -> list[str]:
    """Give each table its order of day and month in each of `columns`; return notes where that isn't certain.

    A table whose cells settle it is read in its own order, any other in the order of most cells of all tables.
    """
    every, notes = list(tables), []
    for column in columns:
        kinds = {table.name: kinds_in([table[column]]) for table in every if column in table}
        joint = Kinds(*map(sum, zip(*kinds.values(), strict=True))).order if kinds else None
        if joint is None:
            continue
        for table in every:
            own = kinds.get(table.name, Kinds()).order
            table.date_orders[column] = own if own is not None and (own.certain or kinds[table.name].day) else joint
        notes += _order_notes(column, kinds, joint)
    return notes


def both_orders(column: str, name: str, kinds: Kinds) -> str:
    """Return in words that cells of a table contradict each other."""
    return (
        f"{name}: {column!r} holds dates of both orders: {kinds.day:,} {'cell' if kinds.day == 1 else 'cells'} can only be "
        f"day/month, {kinds.month:,} only month/day."
    )


def _order_notes(column: str, kinds: Mapping[str, Kinds], joint: Order) -> list[str]:
    orders = {name: found.order for name, found in kinds.items() if found.order is not None}
    settled = {name: order for name, order in orders.items() if order.certain}
    notes = [
        f"{both_orders(column, name, kinds[name])} It is read as {order.words}, the others are missing. Pass datetimes."
        for name, order in orders.items()
        if kinds[name].day and kinds[name].month
    ]
    open_ones = [name for name in orders if not kinds[name].day and not kinds[name].month]
    by_words = {order.words: [name for name in settled if settled[name] == order] for order in settled.values()}
    if len(by_words) > 1:
        found = " and ".join(f"{words} in {listed(names)}" for words, names in sorted(by_words.items()))
        notes.append(f"{column!r} is {found}: each is read in its own order. Pass datetimes to be sure.")
    if open_ones and len(open_ones) < len(orders):
        notes.append(
            f"{listed(open_ones)}: no cell of {column!r} settles whether the day or the month comes first; it is read as "
            f"{joint.words}, like most cells of the other tables. Pass datetimes to be sure."
        )
    elif open_ones:
        notes.append(f"{column!r} is read as {joint.words}: no cell settles it. Pass datetimes to be sure.")
    return notes
