"""The columns of a row as a form: what each can be changed to, and the row that a person's changes make."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from math import floor, isfinite, log10, nan
from sys import float_info
from typing import Any, Literal, TypeGuard

import numpy as np
import numpy.typing as npt
import pandas as pd

from mlops_widgets.errors import InputError, did_you_mean, listed
from mlops_widgets.study.personal.masks import NOTHING, Personal
from mlops_widgets.study.tables import FEWEST_QUOTED, holds_numbers

Floats = npt.NDArray[np.float64]
Kind = Literal["number", "date", "choice", "text", "fixed"]

MOST_OPTIONS = 60
MOST_FIELDS = 60
"""Columns whose answers are computed ahead, the first of the form: a row for each point of thousands would fill memory."""
MOST_POINTS = 11
_MOST_LETTERS = 200
_DAY = 86_400_000.0
_LARGEST = float_info.max
"""Whole numbers from a page have any length, and longer ones can't be compared as floats."""


@dataclass(frozen=True, kw_only=True)
class Field:
    """One column of the form.

    Parameters
    ----------
    column
        Its name.
    kind
        How it is changed: a number, a date (milliseconds since 1970), a choice among `options` (by position), a text; or
        not at all, where it is constant in training or of a type that no form has.
    value
        The row's own cell as number, date or position; NaN where it is missing, a text or fixed.
    text
        The row's own cell in words; empty where it is missing.
    lower, upper, step
        Ends and step of a number or date: what training rows hold, without the extremes that few of them hold.
    whole
        Whether numbers are whole.
    options
        What a choice is among: values that at least five training rows hold, and the row's own.
    points
        Where the answer is computed ahead, as `value`; at most eleven, and a NaN last for a missing cell, where these occur;
        none after the first 60 fields.
    """

    column: str
    kind: Kind
    value: float
    text: str
    lower: float = nan
    upper: float = nan
    step: float = nan
    whole: bool = False
    options: tuple[str, ...] = ()
    points: tuple[float, ...] = ()


class RowForm:
    """A row whose columns can be changed, one or several, without touching the row.

    Parameters
    ----------
    row
        The row: a frame of one row.
    training
        Rows that say what the columns hold.
    order
        Columns in the order of the form; by default as in the row.
    personal
        Which columns are about persons: shown masked, and not to be changed.
    """

    def __init__(
        self,
        row: pd.DataFrame,
        training: pd.DataFrame,
        *,
        order: Sequence[str] | None = None,
        personal: Personal = NOTHING,
    ) -> None:
        self._personal = personal
        self.row = row.reset_index(drop=True)
        self._choices: dict[str, list[Any]] = {}
        self._types: dict[str, Any] = {str(column): _type(self.row[column], training[column]) for column in row}
        fields = [self._field(column, training[column]) for column in order or self._types]
        self.fields = (*fields[:MOST_FIELDS], *(replace(field, points=()) for field in fields[MOST_FIELDS:]))

    def changed(self, changes: Mapping[str, Any]) -> pd.DataFrame:
        """Return the row with these cells, None for a missing one.

        Raises
        ------
        InputError
            If a column doesn't exist.
        """
        unknown = [name for name in changes if name not in self.row]
        if unknown:
            raise InputError(
                f"The row has no column {unknown[0]!r:.80}. Columns: {listed(self.row.columns)}."
                f"{did_you_mean(str(unknown[0])[:60], self.row.columns)}"
            )
        return self.row.assign(**{name: self.cells_of(name, [cell]) for name, cell in changes.items()})

    def read(self, changes: object) -> dict[str, Any]:
        """Return the cells that a page asks for, checked: anything may come from a page.

        Parameters
        ----------
        changes
            Pairs of a field's position and its new value: a number, milliseconds, a position among the options, a text,
            or None for a missing cell.

        Raises
        ------
        InputError
            If a pair isn't one, or a value isn't what its field allows.
        """
        if not isinstance(changes, list | tuple) or len(changes) > len(self.fields):
            raise InputError("changes must be a list of (field, value), at most one a field.")
        cells = {}
        for pair in changes:
            if not isinstance(pair, list | tuple) or len(pair) != 2 or not _is_place(pair[0], len(self.fields)):
                raise InputError(f"A change must be (field, value), the field from 0 to {len(self.fields) - 1}.")
            field = self.fields[int(pair[0])]
            cells[field.column] = self._cell(field, pair[1])
        return cells

    def grid(self) -> pd.DataFrame:
        """Return the row once for each field's point, that column changed alone: (points, columns)."""
        counts = [len(field.points) for field in self.fields]
        total, done, columns = sum(counts), 0, {}
        for field, count in zip(self.fields, counts, strict=True):
            own = self.row[field.column]
            before, after = own.take([0] * done), own.take([0] * (total - done - count))
            cells = [None if np.isnan(point) else self._cell(field, point) for point in field.points]
            parts = [part for part in (before, self.cells_of(field.column, cells), after) if len(part)]
            columns[field.column] = pd.concat(parts, ignore_index=True) if parts else own.take([])
            done += count
        return pd.DataFrame(columns, columns=self.row.columns)

    def _cell(self, field: Field, value: Any) -> Any:  # noqa: ANN401 - a cell, from a page or a grid
        if value is None:
            if field.kind == "fixed":
                raise InputError(f"{field.column!r:.80} can't be changed here.")
            return None
        if field.kind in {"number", "date"}:
            number = _number(field, value)
            return number if field.kind == "number" else pd.Timestamp(number, unit="ms")
        if field.kind == "choice":
            if not _is_place(value, len(field.options)):
                raise InputError(f"{field.column!r:.80} is chosen by position, 0 to {len(field.options) - 1}.")
            return self._choices[field.column][int(value)]
        if field.kind == "text" and isinstance(value, str) and len(value) <= _MOST_LETTERS:
            return value
        raise InputError(f"{field.column!r:.80} takes a text of at most {_MOST_LETTERS} letters.")

    def cells_of(self, column: str, cells: list[Any]) -> "pd.Series[Any]":
        """Return cells in the column's own type, or in one that can hold a missing cell."""
        kind = self._types[column]
        missing = [_is_missing(cell) for cell in cells]
        if any(missing) and isinstance(kind, np.dtype) and kind.kind in "iu":
            kind = np.dtype(np.float64)
        if any(missing) and kind == np.dtype(bool):
            kind = np.dtype(object)
        empty = np.nan if isinstance(kind, np.dtype) and kind.kind != "M" else None
        known = [empty if gone else cell for gone, cell in zip(missing, cells, strict=True)]
        if isinstance(kind, pd.DatetimeTZDtype):
            known = [
                cell if cell is None or pd.Timestamp(cell).tzinfo else pd.Timestamp(cell, tz="UTC") for cell in known
            ]
        return pd.Series(known, dtype=kind)

    def _field(self, column: str, training: "pd.Series[Any]") -> Field:
        own = self.row[column].iloc[0]
        missing = _is_missing(own)
        text = "" if missing else _text(own)
        if column in self._personal:
            return Field(column=column, kind="fixed", value=nan, text=self._personal.masked(column, text))
        if pd.api.types.is_datetime64_any_dtype(self._types[column]):
            return _date_field(column, own, training, text)
        if holds_numbers(training) and not pd.api.types.is_bool_dtype(training.dtype):
            return _number_field(column, own, training, text)
        try:
            counts = training.dropna().value_counts()
            hash(tuple(counts.index))
        except TypeError:  # cells such as lists
            return Field(column=column, kind="fixed", value=nan, text=text)
        return self._choice_field(column, own, counts, text, gaps=_has_gaps(training))

    def _choice_field(
        self, column: str, own: Any, counts: "pd.Series[int]", text: str, *, gaps: bool  # noqa: ANN401 - a cell
    ) -> Field:  # fmt: skip
        often = [cell for cell, count in counts.items() if count >= FEWEST_QUOTED]
        if counts.sum() and sum(counts[counts >= FEWEST_QUOTED]) < 0.5 * counts.sum():
            return Field(column=column, kind="text", value=nan, text=text)
        cells = often[:MOST_OPTIONS]
        if text and own not in cells:
            cells.append(own)
        if len(cells) < 2:
            return Field(column=column, kind="fixed", value=nan, text=text)
        self._choices[column] = cells
        place = float(cells.index(own)) if text else nan
        ahead = [float(k) for k in range(min(len(cells), MOST_POINTS))]
        points = ahead if not text or place in ahead else [*ahead[:-1], place]
        return Field(
            column=column, kind="choice", value=place, text=text, options=tuple(_text(cell) for cell in cells),
            points=(*points, *([nan] if gaps or not text else [])),
        )  # fmt: skip


def _type(own: "pd.Series[Any]", training: "pd.Series[Any]") -> Any:  # noqa: ANN401 - a dtype
    """Return the type of the row's cell; of the training rows' where it is missing and so may have lost its own."""
    return training.dtype if own.dtype == object or bool(own.isna().iloc[0]) else own.dtype


def _is_missing(cell: Any) -> bool:  # noqa: ANN401 - a cell
    gone = pd.isna(cell)
    return bool(gone) if isinstance(gone, bool | np.bool_) else False


def _has_gaps(training: "pd.Series[Any]") -> bool:
    return int(training.isna().sum()) >= FEWEST_QUOTED


def _is_number(value: object) -> TypeGuard[float]:
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) <= _LARGEST


def _is_place(value: object, count: int) -> TypeGuard[float]:
    return _is_number(value) and float(value).is_integer() and 0 <= value < count


def _number(field: Field, value: object) -> float | int:
    slack = 1e-9 * (abs(field.lower) + abs(field.upper))
    if not _is_number(value) or not field.lower - slack <= value <= field.upper + slack:
        ends = (
            f"{pd.Timestamp(end, unit='ms'):%Y-%m-%d}" if field.kind == "date" else f"{end:,.6g}"
            for end in (field.lower, field.upper)
        )
        raise InputError(f"{field.column!r:.80} takes values from {' to '.join(ends)}.")
    if field.whole and not float(value).is_integer():
        raise InputError(f"{field.column!r:.80} takes whole numbers.")
    return int(value) if field.whole else float(value)


def _number_field(column: str, own: Any, training: "pd.Series[Any]", text: str) -> Field:  # noqa: ANN401 - a cell
    known: Floats = training.to_numpy(dtype=np.float64, na_value=np.nan)
    known = known[np.isfinite(known)]
    value = float(own) if text and isfinite(own) else nan
    if not known.size:
        return Field(column=column, kind="fixed", value=value, text=text)
    whole = bool((known == np.round(known)).all()) and (not isfinite(value) or value.is_integer())
    lower, upper = _usual_range(known)
    step = _nice((upper - lower) / 100, whole=whole)
    lower, upper = _short(step * floor(lower / step + 1e-9)), _short(step * -floor(-upper / step + 1e-9))
    if isfinite(value):
        lower, upper = min(lower, value), max(upper, value)
    if not lower < upper:
        return Field(column=column, kind="fixed", value=value, text=text)
    points = _points(lower, upper, step, value)
    return Field(
        column=column, kind="number", value=value, text=text, lower=lower, upper=upper, step=step, whole=whole,
        points=(*points, *([nan] if _has_gaps(training) or not text else [])),
    )  # fmt: skip


def _date_field(column: str, own: Any, training: "pd.Series[Any]", text: str) -> Field:  # noqa: ANN401 - a cell
    times = pd.to_datetime(training.dropna(), utc=True)
    value = float(pd.Timestamp(own).timestamp() * 1000) if text else nan
    if not len(times):
        return Field(column=column, kind="fixed", value=value, text=text)
    epochs = (times - pd.Timestamp(0, tz="UTC")) / pd.Timedelta(milliseconds=1)
    lower, upper, first_days = _calendar_range(*_usual_range(np.array(epochs, dtype=np.float64)))
    if isfinite(value):
        lower, upper = min(lower, value), max(upper, value)
    if not lower < upper:
        return Field(column=column, kind="fixed", value=value, text=text)
    points = [point if point == value else first_days(point) for point in _points(lower, upper, _DAY, value)]
    points = sorted({point for point in points if lower <= point <= upper})
    return Field(
        column=column, kind="date", value=value, text=text, lower=lower, upper=upper, step=_DAY,
        points=(*points, *([nan] if _has_gaps(training) or not text else [])),
    )  # fmt: skip


def _calendar_range(lower: float, upper: float) -> tuple[float, float, Callable[[float], float]]:
    """Return the range out to the next calendar units, and what rounds down to one: a day may be a single row's own."""
    unit = next((unit for unit, days in (("Y", 3652), ("M", 152)) if upper - lower >= days * _DAY), "D")

    def first(moment: float) -> float:
        return _DAY * float(
            np.datetime64(floor(moment / _DAY), "D").astype(f"M8[{unit}]").astype("M8[D]").astype(np.int64)
        )

    end = np.datetime64(floor(upper / _DAY), "D").astype(f"M8[{unit}]") + 1
    return first(lower), _DAY * float(end.astype("M8[D]").astype(np.int64)), first


def _usual_range(known: Floats) -> tuple[float, float]:
    """Return the range of the rows without one in a hundred at either end, five at least, or of the values that several hold."""
    values, counts = np.unique(known, return_counts=True)
    shared = values[counts >= FEWEST_QUOTED]
    beyond = min(max(0.01, FEWEST_QUOTED / len(known)), 0.25)
    low, high = (float(end) for end in np.quantile(known, [beyond, 1 - beyond]))
    ends = [low, high, *([shared[0], shared[-1]] if shared.size else [])]
    return float(min(ends)), float(max(ends))


def _nice(size: float, *, whole: bool) -> float:
    """Return the nearest of 1, 2 and 5 times a power of ten, at least 1 for whole numbers."""
    if size <= 0 or not isfinite(size):
        return 1.0
    power = 10.0 ** floor(log10(size))
    nice = power * min((1, 2, 5, 10), key=lambda times: abs(log10(size / power / times)))
    return max(1.0, nice) if whole else nice


def _points(lower: float, upper: float, step: float, value: float) -> tuple[float, ...]:
    even = np.linspace(lower, upper, MOST_POINTS if not isfinite(value) else MOST_POINTS - 1)
    snapped = lower + np.round((even - lower) / step) * step
    inside = {_short(float(point)) for point in snapped if lower <= point <= upper}
    return tuple(sorted(inside | ({value} if isfinite(value) else set())))


def _short(value: float) -> float:
    return float(f"{value:.12g}")


def _text(cell: Any) -> str:  # noqa: ANN401 - a cell
    if isinstance(cell, pd.Timestamp):
        return f"{cell:%Y-%m-%d}" if cell == cell.normalize() else f"{cell:%Y-%m-%d %H:%M}"
    if isinstance(cell, float | int | np.number) and not isinstance(cell, bool | np.complexfloating):
        return number_text(float(cell))
    return str(cell)


def number_text(value: float) -> str:
    """Return a cell's number in six digits; a year keeps its four."""
    return f"{value:.6g}" if abs(value) < 10_000 else f"{value:,.0f}" if abs(value) < 1e9 else f"{value:.4g}"
