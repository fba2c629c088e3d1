"""Dates that come back: so many hours, days, weeks, months, quarters or years after one another."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta

from mlops_widgets.errors import InputError
from mlops_widgets.study.over_time.periods import Period

_LENGTHS = {"hour": timedelta(hours=1), "day": timedelta(days=1), "week": timedelta(weeks=1)}
_MONTHS = {"month": 1, "quarter": 3, "year": 12}
_QUARTER = {"hour": 24 * 91, "day": 91, "week": 13, "month": 3, "quarter": 1, "year": 1}
_LAST_YEAR = 9000


def after(start: datetime, period: Period, count: int) -> datetime:
    """Return the moment `count` periods after `start`; the 31st becomes the last day of a shorter month.

    Raises
    ------
    InputError
        If that is later than a calendar goes.

    Examples
    --------
    >>> after(datetime(2024, 1, 31), "month", 1), after(datetime(2024, 1, 1), "week", 2)
    (datetime.datetime(2024, 2, 29, 0, 0), datetime.datetime(2024, 1, 15, 0, 0))
    """
    try:
        found = (
            start + count * _LENGTHS[period] if period in _LENGTHS else _months_later(start, count * _MONTHS[period])
        )
    except (OverflowError, ValueError) as error:
        raise InputError(
            f"{count:,} {period}s after {start.date()} is later than any calendar goes. Pass fewer."
        ) from error
    if found.year > _LAST_YEAR:
        raise InputError(f"{count:,} {period}s after {start.date()} is later than any calendar goes. Pass fewer.")
    return found


def _months_later(start: datetime, months: int) -> datetime:
    year, month = divmod(start.year * 12 + start.month - 1 + months, 12)
    following = date(year + (month == 11), (month + 1) % 12 + 1, 1)
    last = (following - timedelta(days=1)).day
    return start.replace(year=year, month=month + 1, day=min(start.day, last))


def dates_from(start: datetime, period: Period, every: int, until: datetime) -> Iterator[datetime]:
    """Yield `start` and what follows every so many periods, up to and without `until`; each counted from the start."""
    place, found = 0, start
    while found < until:
        yield found
        place += 1
        found = after(start, period, place * every)


def a_quarter(period: Period) -> int:
    """Return about how many periods a quarter of a year has, one at least."""
    return _QUARTER[period]
