"""Steps for columns of numbers and dates: sentinels, other units, values and dates that can't be."""

from collections import Counter, defaultdict
from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from mlops_widgets.data_quality.cleaning.rules.suspects import Suspect, Suspects, as_number, is_missing, numbers_in
from mlops_widgets.data_quality.cleaning.steps import Step
from mlops_widgets.study.tables import holds_numbers

Floats = npt.NDArray[np.float64]

_MOST_SENTINELS = 20
_FEWEST = 2
_HALF = 0.5
_EXACT = 2.0**53
_FINE_COSTS = 2
"""How much worse it is to change a cell that nobody suspected than to leave one that somebody did."""
_ALIKE = 0.01


def sentinels(cells: "pd.Series[Any]", suspects: Suspects) -> Iterator[Step]:
    """Propose to make numbers missing that stand for nothing wherever they stand."""
    asked = suspects.where(
        lambda each: each.kind == "disguised_missing" and is_missing(each.repair) and _is_number(each.value)
    )
    numbers = numbers_in(cells)
    if not len(asked) or _is_exact(numbers):
        return
    suspected = Counter(float(each.value) for each in asked)
    values = [value for value, count in suspected.items() if count > _HALF * int((numbers == value).sum())]
    if values:
        chosen = sorted(values, key=lambda value: -suspected[value])[:_MOST_SENTINELS]
        yield Step(
            kind="void_numbers", columns=(suspects.column,), parameters={"values": sorted(chosen)}, reason=asked.reason
        )


def other_units(cells: "pd.Series[Any]", suspects: Suspects) -> Iterator[Step]:
    """Propose a factor, where repairs are the cells times one number, and beyond which value it applies."""
    asked = suspects.where(_is_multiple)
    if not len(asked) or not holds_numbers(cells):
        return
    numbers = numbers_in(cells)
    fine = _fine(numbers, suspects)
    groups: dict[float, list[float]] = defaultdict(list)
    for each in asked:
        ratio = as_number(each.repair) / float(each.value)
        near = next((known for known in groups if abs(ratio / known - 1) < _ALIKE), float(f"{ratio:.4g}"))
        groups[near].append(float(each.value))
    for factor, values in groups.items():
        low, high = ends(np.array(values), fine, positive=bool((fine >= 0).all()))
        if len(values) >= _FEWEST and (low is not None or high is not None):
            parameters = {"factor": factor, "low": low, "high": high}
            yield Step(kind="rescale", columns=(suspects.column,), parameters=parameters, reason=asked.reason)


def _is_multiple(each: Suspect) -> bool:
    if each.kind in {"dependency", "missing"} or not _is_number(each.value) or each.value == 0:
        return False
    right = as_number(each.repair)
    return bool(np.isfinite(right)) and right not in {0.0, float(each.value)}


def impossible_numbers(cells: "pd.Series[Any]", suspects: Suspects) -> Iterator[Step]:
    """Propose a range outside of which numbers are made missing, where the repairs say so."""
    asked = suspects.where(
        lambda each: each.kind != "disguised_missing" and is_missing(each.repair) and _is_number(each.value)
    )
    numbers = numbers_in(cells)
    if not len(asked) or not holds_numbers(cells) or _is_exact(numbers):
        return
    lower, upper = outside(np.array([float(each.value) for each in asked]), _fine(numbers, suspects))
    if lower is not None or upper is not None:
        parameters = {"lower": lower, "upper": upper}
        yield Step(kind="void_range", columns=(suspects.column,), parameters=parameters, reason=asked.reason)


def impossible_dates(frame: pd.DataFrame, suspects: Suspects) -> Iterator[Step]:
    """Propose to make dates missing that contradict another column's, or that lie outside of what can be."""
    cells = frame[suspects.column]
    asked = suspects.where(
        lambda each: is_missing(each.repair) and (each.kind == "date" or isinstance(each.value, pd.Timestamp))
    )
    times = seconds(cells)
    if not len(asked) or not np.isfinite(times[asked.rows]).any():
        return
    partner = _contradicted(frame, asked, times)
    if partner is not None:
        yield partner
        return
    wrong = times[asked.rows]
    lower, upper = outside(wrong[np.isfinite(wrong)], _fine(times, suspects))
    if lower is not None or upper is not None:
        parameters = {"earliest": _day(lower), "latest": _day(upper)}
        yield Step(kind="void_dates", columns=(suspects.column,), parameters=parameters, reason=asked.reason)


def seconds(cells: "pd.Series[Any]") -> Floats:
    """Return dates and texts of ISO 8601 as seconds since 1970, NaN for anything else, shape (rows,)."""
    if holds_numbers(cells) or isinstance(cells.dtype, pd.CategoricalDtype):
        return np.full(len(cells), np.nan)
    if not pd.api.types.is_datetime64_any_dtype(cells.dtype):
        cells = pd.Series([str(cell)[:64] for cell in cells], dtype=object)
    times = pd.to_datetime(cells, utc=True, errors="coerce", **_form(cells)).to_numpy(dtype="datetime64[us]")
    return np.where(np.isnat(times), np.nan, times.astype(np.int64) / 1e6)


def _form(cells: "pd.Series[Any]") -> dict[str, Any]:
    return {} if pd.api.types.is_datetime64_any_dtype(cells.dtype) else {"format": "ISO8601"}


def _contradicted(frame: pd.DataFrame, asked: Suspects, times: Floats) -> Step | None:
    """Return the step of the other date that the suspected ones contradict, if one explains most of them and little else."""
    suspected = np.zeros(len(frame), dtype=bool)
    suspected[asked.rows] = True
    best, step = _HALF * len(asked), None
    for name in frame.columns:
        other = seconds(frame[name]) if name != asked.column else np.full(len(frame), np.nan)
        if not np.isfinite(other).any():
            continue
        for side, wrong in (("not_before", times < other), ("not_after", times > other)):
            gain = int((wrong & suspected).sum()) - _FINE_COSTS * int((wrong & ~suspected).sum())
            if gain > best:
                parameters = {"not_before": None, "not_after": None, side: str(name)}
                best = gain
                step = Step(kind="void_order", columns=(asked.column,), parameters=parameters, reason=asked.reason)
    return step


def _day(value: float | None) -> str | None:
    return None if value is None else pd.Timestamp(value, unit="s").strftime("%Y-%m-%d")


def outside(bad: Floats, fine: Floats) -> tuple[float | None, float | None]:
    """Return ends of the range that has most fine values inside and most bad ones outside; None where no end helps."""
    if not len(fine):
        return None, None
    middle = float(np.median(fine))
    upper = _threshold(bad[bad > middle], fine[fine >= middle])
    lower = _threshold(-bad[bad < middle], -fine[fine <= middle])
    return (None if lower is None else -lower), upper


def ends(bad: Floats, fine: Floats, *, positive: bool) -> tuple[float | None, float | None]:
    """Return the open interval in which values are taken to be in another unit; two None where none helps."""
    if not len(fine):
        return None, None
    middle = float(np.median(fine))
    if np.median(bad) > middle:
        return _threshold(bad[bad > middle], fine[fine >= middle]), None
    high = _threshold(-bad[bad < middle], -fine[fine <= middle])
    if high is None:
        return None, None
    return (0.0 if positive and (bad > 0).all() else None), -high


def _threshold(bad: Floats, fine: Floats) -> float | None:
    """Return the value above which most is bad, or None: each fine value above it costs twice what a bad one brings."""
    if not len(bad):
        return None
    tried = np.sort(bad)
    gain = (len(bad) - np.arange(len(bad))) - _FINE_COSTS * (len(fine) - np.searchsorted(np.sort(fine), tried))
    best = int(np.argmax(gain))
    if gain[best] <= 0:
        return None
    below = np.concatenate([fine, bad])  # at least the median, of which every bad value here lies beyond
    return _between(float(below[below < tried[best]].max()), float(tried[best]))


def _between(low: float, high: float) -> float:
    """Return a round number between the last fine value and the first bad one; it lies below the bad one."""
    middle = np.sqrt(low * high) if low > 0 else -np.sqrt(low * high) if high < 0 else (low + high) / 2
    for digits in range(1, 17):
        rounded = float(f"{middle:.{digits}g}")
        if low <= rounded < high:
            return rounded
    return low


def _fine(numbers: Floats, suspects: Suspects) -> Floats:
    known: npt.NDArray[np.bool_] = np.isfinite(numbers)
    known[suspects.rows] = False
    return numbers[known]


def _is_number(value: object) -> bool:
    return (
        isinstance(value, int | float | np.number)
        and not isinstance(value, bool | np.bool_)
        and np.isfinite(float(value))
    )


def _is_exact(numbers: Floats) -> bool:
    """Say whether whole numbers are so large that floats, which a column with missing cells has, would change them."""
    known = numbers[np.isfinite(numbers)]
    return bool(len(known) and (np.abs(known) > _EXACT).any() and (known == np.floor(known)).all())
