"""When the next review is due, who signs, and the record of a review."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from hashlib import sha256
from os import PathLike
from typing import Any

from mlops_widgets.core.calendars import check_calendar, days_late
from mlops_widgets.core.codec import to_plain
from mlops_widgets.core.document import sound
from mlops_widgets.errors import InputError, WrongTypeError, did_you_mean, listed
from mlops_widgets.lifecycle.review.review_result import ReviewResult, SignOff
from mlops_widgets.records import Records, open_records

KIND = "review"
_SIGNED = ("decision", "date", "dissent")
_LONGEST = 2000


@dataclass(frozen=True, kw_only=True)
class Appointment:
    """The next review: its date (ISO; "" where nobody said), days between reviews (0: none), and days that this one is late."""

    due: str
    days: int
    late: int


def appointment_of(calendar: object, *, now: datetime | None, newest: datetime | None, last_due: str) -> Appointment:
    """Return when the next review is due.

    Parameters
    ----------
    calendar
        Days between reviews, the date of the next one (2026-03-31), or None.
    now
        What time it is; None where nobody said: then days are counted from `newest`.
    newest
        When the newest row of production happened, or None.
    last_due
        When the review before this one said that this one is due; "" where there was none.

    Raises
    ------
    InputError
        If `calendar` is neither.
    """
    late = _late(last_due, now)
    if isinstance(calendar, str | date):
        day = _day(calendar)
        return Appointment(due=day.isoformat(), days=0, late=late or _late(day.isoformat(), now))
    check_calendar(calendar, "reviews")
    start = now or newest
    if calendar is None or start is None:
        return Appointment(due="", days=int(str(calendar or 0)), late=late)
    days = int(str(calendar))
    return Appointment(due=(start + timedelta(days=days)).isoformat(timespec="minutes"), days=days, late=late)


def _day(given: str | date) -> datetime:
    try:
        found = datetime.fromisoformat(str(given))
    except ValueError as error:
        raise InputError(
            f"calendar={str(given)[:40]!r}. Pass days between reviews, or a date such as '2026-03-31'."
        ) from error
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def _late(due: str, now: datetime | None) -> int:
    return days_late(due, 0, now) if due and now is not None else 0


def read_sign_off(reviewer: object, signed_off: object) -> SignOff:
    """Return what people said of the review.

    Raises
    ------
    InputError
        If a field is unknown, no text, or too long, or the date is none.
    """
    said: Mapping[str, Any] = (
        {} if signed_off is None else signed_off if isinstance(signed_off, Mapping) else {"": signed_off}
    )
    for name in said:
        if name not in _SIGNED:
            raise InputError(
                f"signed_off= has {str(name)[:40]!r}. Pass a mapping of {listed(_SIGNED)}.{did_you_mean(str(name), _SIGNED)}"
            )
    told = {"reviewer": reviewer, **said}
    for name, text in told.items():
        if text is not None and (not isinstance(text, str | date) or len(str(text)) > _LONGEST):
            raise InputError(
                f"{name}={str(text)[:40]!r} of the sign-off. Pass a text of at most {_LONGEST:,} characters."
            )
    words = {name: sound(str(text or "")) for name, text in told.items()}
    if words.get("date"):
        try:
            date.fromisoformat(words["date"][:10])
        except ValueError as error:
            raise InputError(
                f"signed_off= has date={words['date'][:40]!r}. Pass a day such as '2026-03-31'."
            ) from error
    return SignOff(**words)


def store_of(records: object) -> Records | None:
    """Return the store of records, opened where a path was given."""
    if records is None or isinstance(records, Records):
        return records
    if isinstance(records, str | PathLike):
        return open_records(records)
    raise WrongTypeError(f"records={type(records).__name__}. Pass a path, or what mw.records.open_records(path) gave.")


def last_due(store: Records | None, name: str) -> str:
    """Return when the last recorded review of this name said that the next is due, or ""."""
    if store is None:
        return ""
    kept = [each.payload for each in store.read(KIND) if each.payload.get("name") == name]
    return str(kept[-1].get("due", "")) if kept else ""


def keep_review(store: Records | None, result: ReviewResult, at: datetime | None) -> None:
    """Append the review to the records: its findings, who signed, when the next is due, and the digest of its text."""
    if store is None:
        return
    text = json.dumps(to_plain(result.document), sort_keys=True, ensure_ascii=False)
    findings = [{"code": each.code, "status": each.status, "claim": each.claim} for each in result.findings]
    payload = {
        "name": result.name, "due": result.due, "sign_off": to_plain(result.sign_off), "findings": findings,
        "recovery": result.recovery, "document_sha256": sha256(text.encode("utf-8", "backslashreplace")).hexdigest(),
    }  # fmt: skip
    store.append(KIND, payload, at=at)
