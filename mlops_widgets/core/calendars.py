"""When something that comes back is due, and the same as a file for a calendar."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from hashlib import sha256

from mlops_widgets.errors import InputError

_LONGEST_DAYS = 3650
_FOLD = 75


def check_calendar(days: object, what: str = "audits") -> None:
    """Raise `InputError` unless `days` is None or a whole number of days from 1 to ten years."""
    if days is None:
        return
    if isinstance(days, bool) or not isinstance(days, int) or not 1 <= days <= _LONGEST_DAYS:
        raise InputError(f"calendar={days!r}. Pass days between {what}, a whole number from 1 to {_LONGEST_DAYS:,}.")


def with_zone(now: object) -> datetime | None:
    """Return `now` with a zone, UTC where it has none.

    Raises
    ------
    InputError
        If it is no moment.
    """
    if now is None:
        return None
    if not isinstance(now, datetime):
        raise InputError(f"now={str(now)[:60]!r}. Pass a moment such as datetime.now(UTC).")
    return now if now.tzinfo is not None else now.replace(tzinfo=UTC)


def days_late(last: str, days: int, now: datetime) -> int:
    """Return by how many whole days it comes later than planned; 0 where it doesn't."""
    due = datetime.fromisoformat(last) + timedelta(days=days)
    return max(0, (now - due).days)


def calendar_text(name: str, *, due: datetime, days: int | None, made: datetime, what: str = "Audit") -> str:
    """Return an iCalendar file (RFC 5545) with one entry, which comes back where `days` are given.

    Parameters
    ----------
    name
        What is audited or reviewed.
    due
        The day of the next one.
    days
        Days from one to the next; None where there is only one.
    made
        When the file was made.
    what
        What is done: "Audit", "Review".
    """
    return calendar_of([(name, due, days)], made=made, what=what)


def calendar_of(entries: Iterable[tuple[str, datetime, int | None]], *, made: datetime, what: str = "Audit") -> str:
    """Return an iCalendar file (RFC 5545) of several entries.

    Parameters
    ----------
    entries
        Of each: what is audited or reviewed, the day of the next one, and the days from one to the next, or None.
    made
        When the file was made.
    what
        What is done: "Audit", "Review".
    """
    head = ["BEGIN:VCALENDAR", "VERSION:2.0", f"PRODID:-//mlops-widgets//{what.lower()}s//EN"]
    events = [line for name, due, days in entries for line in _event(name, due=due, days=days, made=made, what=what)]
    return "".join(f"{part}\r\n" for line in [*head, *events, "END:VCALENDAR"] for part in _folded(line))


def _event(name: str, *, due: datetime, days: int | None, made: datetime, what: str) -> list[str]:
    day, uid = (
        due.astimezone(UTC),
        sha256((name if what == "Audit" else f"{what} {name}").encode("utf-8", "replace")).hexdigest()[:16],
    )
    return [
        "BEGIN:VEVENT", f"UID:{uid}@mlops-widgets", f"DTSTAMP:{made.astimezone(UTC):%Y%m%dT%H%M%SZ}", f"DTSTART;VALUE=DATE:{day:%Y%m%d}",
        *([] if days is None else [f"RRULE:FREQ=DAILY;INTERVAL={days}"]), f"SUMMARY:{_escaped(f'{what} of {name}')}", "TRANSP:TRANSPARENT", "END:VEVENT",
    ]  # fmt: skip


def _escaped(text: str) -> str:
    visible = "".join(" " if ord(letter) < 32 or ord(letter) == 127 else letter for letter in text)
    sound = visible.encode("utf-8", "replace").decode()
    for mark in ("\\", ";", ","):
        sound = sound.replace(mark, f"\\{mark}")
    return sound


def _folded(line: str) -> list[str]:
    """Return a line in parts of at most 75 bytes, no letter split; each after the first begins with a space."""
    parts = [""]
    for letter in line:
        if len((parts[-1] + letter).encode()) > _FOLD:
            parts.append(" ")
        parts[-1] += letter
    return parts
