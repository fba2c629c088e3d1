"""When cron is to look: once a chunk of the schedule. Which of these times something is due, the schedule itself says."""

import os
import re
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, get_args

from mlops_widgets.errors import InputError, listed
from mlops_widgets.lifecycle.scheduling.schedule import RetrainingSchedule
from mlops_widgets.lifecycle.scheduling.schedule_files import read_schedule
from mlops_widgets.study.over_time.periods import Period

Every = Literal["hour", "day", "week", "month", "quarter", "year"]
EVERY: tuple[Every, ...] = get_args(Every)
_TIME = re.compile(r"([01]\d|2[0-3]):([0-5]\d)")
_MONDAY = datetime.fromisoformat("2024-01-01")
_LAST_DAY = 28
"""Of a month: every month has it."""
_APART = {"quarter": 3, "year": 12}


@dataclass(frozen=True, kw_only=True)
class Trigger:
    """When a program looks whether something is due.

    Parameters
    ----------
    cron
        The five fields of a cron line.
    words
        The same in words.
    schedule
        The schedule that says whether it is, or None: then it always is.
    """

    cron: str
    words: str
    schedule: RetrainingSchedule | None


def trigger_of(
    schedule: "RetrainingSchedule | str | os.PathLike[str] | None", *, every: Every | None, at: str
) -> Trigger:
    """Return when to look: once a chunk of the schedule, else once in `every`, by default a week.

    Raises
    ------
    InputError
        If the schedule can't be read or has no calendar, or `every` or `at` is something else.
    """
    clock = _TIME.fullmatch(str(at))
    if clock is None:
        raise InputError(f"at={str(at)[:40]!r}. Pass a time of day such as '05:17'.")
    if every is not None and every not in EVERY:
        raise InputError(f"every={str(every)[:40]!r}. Pass one of {listed(EVERY)}.")
    hour, minute = int(clock[1]), int(clock[2])
    if schedule is None:
        return _look(every or "week", _MONDAY, hour, minute, None)
    plan = schedule if isinstance(schedule, RetrainingSchedule) else read_schedule(schedule)
    if every is not None:
        raise InputError(
            f"every={every!r} and schedule= both say when. Leave every= out: the schedule knows its chunks."
        )
    if plan.chunk is None:
        raise InputError("schedule= counts chunks, not dates: its timeline had no calendar. Pass every= instead.")
    return _look(plan.chunk, datetime.fromisoformat(plan.start), hour, minute, plan)


def _look(period: Period, start: datetime, hour: int, minute: int, plan: RetrainingSchedule | None) -> Trigger:
    weekday, day = (start.weekday() + 1) % 7, min(start.day, _LAST_DAY)
    apart = _APART.get(period, 1)
    months = ",".join(str(each) for each in sorted({(start.month - 1 + step) % 12 + 1 for step in range(0, 12, apart)}))
    clock = f"{hour:02}:{minute:02}"
    fields, words = {
        "hour": (f"{minute} * * * *", f"every hour, {minute} minutes past"),
        "day": (f"{minute} {hour} * * *", f"every day at {clock}"),
        "week": (f"{minute} {hour} * * {weekday}", f"every {start:%A} at {clock}"),
        "month": (f"{minute} {hour} {day} * *", f"on day {day} of every month at {clock}"),
    }.get(period, (f"{minute} {hour} {day} {months} *", f"on day {day} of month {months} at {clock}"))  # fmt: skip
    return Trigger(cron=fields, words=words, schedule=plan)
