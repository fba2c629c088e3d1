"""What the steps of a recipe do: functions of a frame, its columns and plain parameters.

The code that a recipe exports holds the source of these functions, so it does what `CleaningRecipe.apply` does. Each function
therefore stands on numpy, pandas, re and the others of this module alone. The type of a column after a step depends on its type
before, never on which rows came: a batch without a sentinel looks to a model as one with it.
"""

import re
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd


def void_texts(frame: pd.DataFrame, columns: Sequence[str], texts: Sequence[str]) -> pd.DataFrame:
    """Make cells missing that hold one of these texts, whatever blanks stand around it."""
    for name in columns:
        frame[name] = _replaced(frame[name], dict.fromkeys(texts))
    return frame


def map_texts(frame: pd.DataFrame, columns: Sequence[str], pairs: Sequence[Any]) -> pd.DataFrame:
    """Write one text for another, whatever blanks stand around it."""
    for name in columns:
        frame[name] = _replaced(frame[name], dict(pairs))
    return frame


def unify_spelling(frame: pd.DataFrame, columns: Sequence[str], spellings: Sequence[str]) -> pd.DataFrame:
    """Write texts that differ from one of these in case, blanks and punctuation alone as it is written."""
    known = {_letters(each): each for each in spellings}
    for name in columns:
        texts = {_text(cell) for cell in frame[name] if isinstance(cell, str)}
        frame[name] = _replaced(frame[name], {t: known[_letters(t)] for t in texts if t and _letters(t) in known})
    return frame


def void_numbers(frame: pd.DataFrame, columns: Sequence[str], values: Sequence[float]) -> pd.DataFrame:
    """Make cells missing that hold one of these numbers."""
    for name in columns:
        frame[name] = _floats(frame[name]).mask(np.isin(numbers_of(frame[name]), list(values)))
    return frame


def void_range(frame: pd.DataFrame, columns: Sequence[str], lower: float | None, upper: float | None) -> pd.DataFrame:
    """Make numbers missing that lie below `lower` or above `upper`."""
    for name in columns:
        numbers = numbers_of(frame[name])
        below = np.zeros(len(frame), dtype=bool) if lower is None else numbers < lower
        above = np.zeros(len(frame), dtype=bool) if upper is None else numbers > upper
        frame[name] = _floats(frame[name]).mask(below | above)
    return frame


def clip_range(frame: pd.DataFrame, columns: Sequence[str], lower: float | None, upper: float | None) -> pd.DataFrame:
    """Put numbers below `lower` or above `upper` on that end."""
    for name in columns:
        numbers = numbers_of(frame[name])
        clipped = np.clip(numbers, -np.inf if lower is None else lower, np.inf if upper is None else upper)
        frame[name] = _with_numbers(frame[name], clipped != numbers, clipped)
    return frame


def rescale(
    frame: pd.DataFrame, columns: Sequence[str], factor: float, low: float | None, high: float | None
) -> pd.DataFrame:
    """Multiply numbers between `low` and `high`, both left out."""
    for name in columns:
        numbers = numbers_of(frame[name])
        inside = np.isfinite(numbers)
        inside &= True if low is None else numbers > low
        inside &= True if high is None else numbers < high
        frame[name] = _with_numbers(frame[name], inside, numbers * factor)
    return frame


def parse_numbers(frame: pd.DataFrame, columns: Sequence[str], units: Sequence[Any]) -> pd.DataFrame:
    """Read numbers out of texts such as "12 oz" or "$1,200"; what has another unit, or is no number, becomes missing."""
    factors: dict[str, float] = dict(units)
    for name in columns:
        if not pd.api.types.is_numeric_dtype(frame[name].dtype):
            cells = [_number(cell, factors) for cell in frame[name]]
            frame[name] = pd.Series(cells, index=frame.index, dtype="float64")
    return frame


def parse_dates(frame: pd.DataFrame, columns: Sequence[str], formats: Sequence[str]) -> pd.DataFrame:
    """Read dates in the first of these formats that fits; what fits none becomes missing."""
    for name in columns:
        if not pd.api.types.is_datetime64_any_dtype(frame[name].dtype):
            texts = pd.Series([_text(cell) for cell in frame[name]], index=frame.index, dtype=object)
            dates = pd.Series(pd.NaT, index=frame.index, dtype="datetime64[us]")
            for form in formats:
                dates = dates.fillna(pd.to_datetime(texts, format=form, errors="coerce").astype("datetime64[us]"))
            frame[name] = dates
    return frame


def void_dates(frame: pd.DataFrame, columns: Sequence[str], earliest: str | None, latest: str | None) -> pd.DataFrame:
    """Make dates missing that lie before `earliest` or after `latest`."""
    for name in columns:
        times = _times(frame[name])
        early = times < pd.Timestamp(earliest or "1677-09-22", tz="UTC")
        late = times > pd.Timestamp(latest or "2262-04-10", tz="UTC")
        outside = (early & (earliest is not None)) | (late & (latest is not None))
        frame[name] = frame[name].mask(outside.to_numpy(dtype=bool))
    return frame


def void_order(
    frame: pd.DataFrame, columns: Sequence[str], not_before: str | None, not_after: str | None
) -> pd.DataFrame:
    """Make dates missing that lie before the row's other date `not_before`, or after `not_after`."""
    for name in columns:
        times, wrong = _times(frame[name]), np.zeros(len(frame), dtype=bool)
        if not_before is not None:
            wrong |= (times < _times(frame[not_before])).to_numpy(dtype=bool)
        if not_after is not None:
            wrong |= (times > _times(frame[not_after])).to_numpy(dtype=bool)
        frame[name] = frame[name].mask(wrong)
    return frame


def fill_dependency(
    frame: pd.DataFrame, columns: Sequence[str], by: Sequence[str], majority: Sequence[Any], *, fills: bool
) -> pd.DataFrame:
    """Write what most rows of the same `by` hold, where a cell holds something else, or is missing and `fills` says so."""
    known: dict[str | None, Any] = dict(majority)
    keys = keys_of(frame, by)
    for name in columns:
        open_cells = ~_blank(frame[name]) | fills
        frame[name] = _put(
            frame[name], [known.get(key) if free else None for key, free in zip(keys, open_cells, strict=True)]
        )
    return frame


def impute(frame: pd.DataFrame, columns: Sequence[str], values: Sequence[Any]) -> pd.DataFrame:
    """Fill missing cells with one value a column."""
    for name, value in zip(columns, values, strict=True):
        missing = _blank(frame[name])
        frame[name] = _put(frame[name], [value if gone else None for gone in missing])
    return frame


def drop_duplicates(frame: pd.DataFrame, columns: Sequence[str]) -> pd.DataFrame:
    """Keep the first of rows that are equal in these columns."""
    same = {name: pd.Series(_comparable(frame[name]), dtype=object) for name in columns}
    return frame[~pd.DataFrame(same).duplicated().to_numpy()]


def drop_near_duplicates(frame: pd.DataFrame, columns: Sequence[str], digits: int) -> pd.DataFrame:
    """Keep the first of rows that are equal but for case, blanks, punctuation, and digits of numbers after the first few."""
    same = pd.DataFrame({name: _roughly(frame[name], digits) for name in columns}, index=frame.index)
    return frame[~same.duplicated()]


def drop_conflicts(frame: pd.DataFrame, columns: Sequence[str], target: str) -> pd.DataFrame:
    """Drop rows that are equal in these columns and have different labels: all of them, since nobody knows which is right."""
    rows = list(zip(*(_comparable(frame[name]) for name in columns), strict=True))
    labels: dict[Any, set[Any]] = {}
    for row, label in zip(rows, _comparable(frame[target]), strict=True):
        labels.setdefault(row, set()).update([] if label is None else [label])
    return frame[np.array([len(labels[row]) <= 1 for row in rows], dtype=bool)]


def drop_columns(frame: pd.DataFrame, columns: Sequence[str]) -> pd.DataFrame:
    """Leave columns out."""
    return frame.drop(columns=list(columns))


def _text(cell: Any) -> str | None:  # noqa: ANN401 - any cell
    return cell.strip() if isinstance(cell, str) else None


def _letters(text: str) -> str:
    """Return a text without case, blanks and punctuation; a long one, which is no name of anything, as it is."""
    return "".join(re.findall(r"\w+", text.casefold())) if len(text) <= 1000 else text


def _replaced(column: "pd.Series[Any]", mapping: dict[Any, str | None]) -> "pd.Series[Any]":
    """Return the column with texts replaced, by None to make them missing; its categories follow."""
    if isinstance(column.dtype, pd.CategoricalDtype):
        kept = [mapping.get(_text(each) or "", each) for each in column.cat.categories]
        names = [each for each in dict.fromkeys(kept) if each is not None]
        cells = [mapping.get(_text(cell) or "", cell) for cell in column]
        categories = pd.Categorical(cells, categories=names, ordered=column.cat.ordered)
        return pd.Series(categories, index=column.index)
    if column.dtype != object and not isinstance(column.dtype, pd.StringDtype):
        return column
    texts = [_text(cell) for cell in column]
    cells = [mapping.get(text, cell) for text, cell in zip(texts, column, strict=True)]
    return pd.Series(cells, index=column.index, dtype=column.dtype)


def _blank(column: "pd.Series[Any]") -> "np.ndarray[Any, np.dtype[np.bool_]]":
    """Return which cells are missing, or texts of blanks."""
    missing: np.ndarray[Any, np.dtype[np.bool_]] = column.isna().to_numpy(dtype=bool, copy=True)
    if _is_numeric(column) or pd.api.types.is_datetime64_any_dtype(column.dtype):
        return missing
    missing |= np.array([isinstance(cell, str) and not cell.strip() for cell in column], dtype=bool)
    return missing


def _is_numeric(column: "pd.Series[Any]") -> bool:
    return pd.api.types.is_numeric_dtype(column.dtype) and not pd.api.types.is_complex_dtype(column.dtype)


def numbers_of(column: "pd.Series[Any]") -> "np.ndarray[Any, np.dtype[np.float64]]":
    """Return the cells as floats, NaN where a cell is no number."""
    if _is_numeric(column):
        return column.to_numpy(dtype="float64", na_value=np.nan)
    cells = [float(c) if isinstance(c, int | float) and not abs(c) > 1e308 else np.nan for c in column]
    return np.array(cells, dtype="float64")


def _floats(column: "pd.Series[Any]") -> "pd.Series[Any]":
    """Return a column of whole numbers as floats, since a missing cell would make it one; others as they are."""
    plain = isinstance(column.dtype, np.dtype) and column.dtype.kind in "iub"
    return column.astype("float64") if plain else column


def _with_numbers(column: "pd.Series[Any]", where: Any, numbers: Any) -> "pd.Series[Any]":  # noqa: ANN401 - arrays
    """Return the column with other numbers in some cells."""
    floats = _floats(column)
    if isinstance(floats.dtype, np.dtype) and floats.dtype.kind == "f":
        return floats.mask(where, numbers.astype(floats.dtype))
    if _is_numeric(floats):
        return floats.astype("Float64").mask(where, pd.Series(numbers, index=column.index, dtype="Float64"))
    cells = [new if hit else old for hit, new, old in zip(where, numbers.tolist(), column, strict=True)]
    return pd.Series(cells, index=column.index, dtype=object)


def _number(cell: Any, factors: dict[str, float]) -> float:  # noqa: ANN401 - any cell
    """Return the number in a cell, in the column's unit; NaN where it is none or the unit is another."""
    if isinstance(cell, int | float) and not abs(cell) > 1e308:
        return float(cell)
    text = _text(cell)
    if text is None or len(text) > 64:  # the longest pattern takes time that grows with the square of the length
        return np.nan
    found = re.fullmatch(r"([^\d.,+-]*)([+-]?(?:\d[\d.,]*|\.\d+)(?:[eE][+-]?\d+)?)(\D*)", text, re.ASCII)
    if not found:
        return np.nan
    before, digits, after = found.groups()
    unit = (before.strip() + after.strip()).casefold()
    if re.fullmatch(r"[+-]?\d{1,3}(,\d{3})+(\.\d*)?", digits):
        digits = digits.replace(",", "")
    if unit not in factors or not re.fullmatch(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,3})?", digits):
        return np.nan
    return float(digits) * factors[unit]


def _times(column: "pd.Series[Any]") -> "pd.Series[Any]":
    """Return the cells as times in UTC, missing where they are none; texts as ISO 8601."""
    if pd.api.types.is_datetime64_any_dtype(column.dtype):
        return pd.to_datetime(column, utc=True)
    texts = pd.Series([None if cell is None else str(cell)[:64] for cell in column], index=column.index, dtype=object)
    return pd.to_datetime(texts, utc=True, errors="coerce", format="ISO8601")


def _key(cell: Any) -> str:  # noqa: ANN401 - any cell
    return str(int(cell)) if isinstance(cell, float | np.floating) and float(cell).is_integer() else str(cell).strip()


def keys_of(frame: pd.DataFrame, by: Sequence[str]) -> list[str | None]:
    """Return one text a row for what it holds in some columns, None where one of these cells is missing."""
    known = ~np.logical_or.reduce([_blank(frame[name]) for name in by])
    cells = zip(*(frame[name] for name in by), strict=True)
    return ["\x1f".join(map(_key, row)) if has else None for has, row in zip(known, cells, strict=True)]


def _put(column: "pd.Series[Any]", cells: list[Any]) -> "pd.Series[Any]":
    """Return the column with these cells where they aren't None, in the column's type."""
    new = np.array([cell is not None for cell in cells], dtype=bool)
    if _is_numeric(column):
        numbers = np.array([np.nan if cell is None else float(cell) for cell in cells], dtype="float64")
        return _with_numbers(column, new, numbers)
    merged = [cell if hit else old for hit, cell, old in zip(new, cells, column, strict=True)]
    if isinstance(column.dtype, pd.CategoricalDtype):
        names = [*column.cat.categories, *(c for c in dict.fromkeys(cells) if c not in (None, *column.cat.categories))]
        categories = pd.Categorical(merged, categories=names, ordered=column.cat.ordered)
        return pd.Series(categories, index=column.index)
    return pd.Series(merged, index=column.index, dtype=column.dtype)


def _comparable(column: "pd.Series[Any]") -> list[Any]:
    """Return cells that can be compared: None where one is missing, lists and the like as texts."""
    texts = column.dtype == object
    return [None if gone else str(cell) if texts else cell for gone, cell in zip(column.isna(), column, strict=True)]


def _roughly(column: "pd.Series[Any]", digits: int) -> "pd.Series[Any]":
    """Return what is left of the cells without case, blanks, punctuation and late digits."""
    if _is_numeric(column) and not pd.api.types.is_bool_dtype(column.dtype):
        return pd.Series([f"{value:.{digits}g}" for value in numbers_of(column)], index=column.index, dtype=object)
    texts = [_letters(str(cell)) for cell in column]
    return pd.Series(texts, index=column.index, dtype=object)
