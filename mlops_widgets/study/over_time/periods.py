"""A table cut into the calendar periods that somebody asked for."""

from collections.abc import Mapping
from typing import Literal, get_args

import numpy as np

from mlops_widgets.errors import InputError, did_you_mean, listed
from mlops_widgets.study.study import Study
from mlops_widgets.study.tables import Table
from mlops_widgets.study.timeline import Chunks, times_of

Period = Literal["hour", "day", "week", "month", "quarter", "year"]
PERIODS: tuple[Period, ...] = get_args(Period)
"""The shortest first."""

DAYS: Mapping[str, float] = {"year": 365.25, "quarter": 91.3, "month": 30.44, "week": 7.0, "day": 1.0, "hour": 1 / 24}
"""About how many days each lasts."""

_DAY = 86_400_000.0


def check_period(period: object) -> None:
    """Raise `InputError` unless it is one of `PERIODS`.

    Examples
    --------
    >>> check_period("weekly")
    Traceback (most recent call last):
    mlops_widgets.errors.InputError: chunks='weekly'. Allowed: hour, day, week, month, quarter, year. Did you mean 'week'?
    """
    if period not in PERIODS:
        asked = str(period)[:40]
        raise InputError(f"chunks={asked!r}. Allowed: {listed(PERIODS)}.{did_you_mean(asked, PERIODS)}")


def chunks_by(study: Study, table: Table, period: Period) -> Chunks:
    """Return the table cut into such periods, into longer ones where its dates tell no shorter ones apart.

    Times that are numbers are cut as they come, and rows without time into runs.
    """
    if study.roles.time is None or study.roles.time not in table:
        return study.chunks(table)
    times, are_dates = times_of(table, study.roles.time)
    known = times[~np.isnan(times)]
    if not are_dates or not len(known):
        return study.chunks(table)
    days = float(known.max() - known.min()) / _DAY
    return study.chunks(table, most=int(days / DAYS[period]) + 1)


def longer_periods(period: Period) -> tuple[Period, ...]:
    """Return this period and all longer ones.

    Examples
    --------
    >>> longer_periods("month")
    ('month', 'quarter', 'year')
    """
    return PERIODS[PERIODS.index(period) :]
