"""Ranges, ticks and places of labels: arithmetic of pictures, without drawing."""

import math
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

from matplotlib.dates import AutoDateLocator
from matplotlib.ticker import MaxNLocator

from mlops_widgets.core.words import MONTHS, Form, digits_for, number
from mlops_widgets.ui.card import Axis

_DAY = 86_400_000
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def span(values: Iterable[float | None], axis: Axis, *, zero: bool = False, pad: float = 0.05) -> tuple[float, float]:
    """Return the ends of an axis: the given ones, else those of the finite `values` with some air around them."""
    finite = [float(value) for value in values if value is not None and math.isfinite(value)] + ([0.0] if zero else [])
    low, high = (min(finite), max(finite)) if finite else (0.0, 1.0)
    if low == high:
        air = abs(low) * 0.1 or 1.0
        low, high = (low - air, high + air)
    air = (high - low) * pad
    padded = (low if zero and low == 0 else low - air, high if zero and high == 0 else high + air)
    ends = tuple(far if given is None else given for given, far in zip((axis.lower, axis.upper), padded, strict=True))
    return (ends[0], ends[1]) if ends[0] < ends[1] else (ends[0] - 0.5, ends[0] + 0.5)


def ticks(low: float, high: float, form: Form, most: int = 7) -> tuple[list[float], list[str]]:
    """Return round values within an axis and how they are written, all with the same number of decimals."""
    if form == "date":
        return _date_ticks(low, high, most)
    scale = 100.0 if form == "percent" else 1.0
    locator = MaxNLocator(most, steps=[1, 2, 5, 10], integer=form == "integer")
    places = [float(t) / scale for t in locator.tick_values(low * scale, high * scale)]
    places = [0.0 if abs(t) < (high - low) * 1e-9 else t for t in places]
    inside = [t for t in places if low - (high - low) * 1e-9 <= t <= high + (high - low) * 1e-9]
    digits = _digits([t * scale for t in inside])
    return inside, [number(t, form, digits=digits if t else 0) for t in inside]


def spread(places: Sequence[float], gap: float, low: float, high: float) -> list[float]:
    """Return `places` moved apart until neighbours are `gap` away from each other, inside `low`…`high` if there is room."""
    order = sorted(range(len(places)), key=lambda i: places[i])
    moved = [places[i] for i in order]
    for _ in range(50):
        for k in range(1, len(moved)):
            lack = gap - (moved[k] - moved[k - 1])
            if lack > 0:
                moved[k - 1] -= lack / 2
                moved[k] += lack / 2
        if moved:
            moved = [place + max(0.0, low - moved[0]) - max(0.0, moved[-1] - high) for place in moved]
    at = dict(zip(order, moved, strict=True))
    return [at[i] for i in range(len(places))]


def _digits(values: Sequence[float]) -> int:
    """Return the fewest decimals that write all `values` apart and true."""
    step = min((b - a for a, b in pairwise(values)), default=max(map(abs, values), default=1.0)) or 1.0
    for digits in range(7):
        if all(abs(round(value, digits) - value) < step * 1e-6 for value in values):
            return digits
    return 6


def _date_ticks(low: float, high: float, most: int) -> tuple[list[float], list[str]]:
    locator: Any = AutoDateLocator(minticks=2, maxticks=most, tz=UTC)  # type: ignore[no-untyped-call]  # no types
    days = locator.tick_values(_EPOCH + timedelta(milliseconds=low), _EPOCH + timedelta(milliseconds=high))
    places = [float(day) * _DAY for day in days if low <= float(day) * _DAY <= high]
    whole_months = all((_EPOCH + timedelta(milliseconds=place)).day == 1 for place in places)
    return places, [_date_text(place, whole_months=whole_months) for place in places]


def _date_text(place: float, *, whole_months: bool) -> str:
    date = _EPOCH + timedelta(milliseconds=place)
    month = MONTHS[date.month - 1]
    return f"{month} {date.year}" if whole_months else f"{date.day} {month} {date.year}"


def shared_digits(intervals: Iterable[tuple[float | None, float | None]]) -> int | None:
    """Return the decimals that all estimates of a chart are written with, so that they can be compared down a column.

    As many as the narrowest interval supports, at most one more than the widest does; None without intervals.
    """
    digits = [digits_for(low, high) for low, high in intervals if low is not None and high is not None]
    return min(max(digits), min(digits) + 1) if digits else None


def range_digits(low: float, high: float) -> int:
    """Return the decimals that tell a hundredth of the range apart, for values without intervals."""
    reach = high - low
    return min(6, max(0, 1 - math.floor(math.log10(reach * 0.999)))) if math.isfinite(reach) and reach > 0 else 2


def digits_apart(values: Sequence[float], form: Form) -> int:
    """Return the decimals that tell numbers apart which have no intervals beside them: two below 10, one below 100."""
    low, high = min(values), max(values)
    if form == "percent":
        return range_digits(100 * low, 100 * high)
    least = 2 if high - low < 10 else 1 if high - low < 100 else 0
    return max(least, range_digits(low, high))
