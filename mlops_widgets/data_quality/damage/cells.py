"""What goes wrong inside one column: each error as the cells that take the place of those that are hit."""

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from mlops_widgets.data_quality.damage.rows import MOST_EXACT
from mlops_widgets.study.tables import holds_numbers

Integers = npt.NDArray[np.int64]
Spoil = Callable[["pd.Series[Any]", Integers, np.random.Generator], "pd.Series[Any]"]
"""A column, positions of the cells that are hit, a generator → the column with these cells wrong."""

PLACEHOLDERS = ("unknown", "N/A", "?", "-", "none given")
NUMBERS_ABOVE = tuple(10**digits - 1 for digits in range(4, 19))
NUMBERS_BELOW = tuple(1 - 10**digits for digits in range(3, 19))
LONG_AGO = pd.Timestamp("1900-01-01")


def missing(column: "pd.Series[Any]", hit: Integers, _rng: np.random.Generator) -> "pd.Series[Any]":
    """Return the column without the cells that are hit; truth values and whole numbers become floats, which can be missing."""
    loosened = _floats(column)
    loosened.iloc[hit] = pd.NaT if pd.api.types.is_datetime64_any_dtype(loosened.dtype) else None
    return loosened


def sentinel(column: "pd.Series[Any]", hit: Integers, _rng: np.random.Generator) -> "pd.Series[Any]":
    """Return the column with one value that it can't have where it is hit: 9999, −999, "unknown", 1900-01-01."""
    if _is_number(column):
        return _with_number(column, hit, _outside(column))
    if pd.api.types.is_datetime64_any_dtype(column.dtype):
        copy = column.copy()
        copy.iloc[hit] = LONG_AGO.tz_localize(copy.dt.tz)
        return copy
    present = set(_levels(column))
    if not is_text(column):
        return column
    return with_texts(column, hit, [next((word for word in PLACEHOLDERS if word not in present), "##")] * len(hit))


def unit(column: "pd.Series[Any]", hit: Integers, _rng: np.random.Generator) -> "pd.Series[Any]":
    """Return the column in another unit where it is hit: thousands of what is in the hundreds or more, else percents."""
    if not _is_number(column) or _too_large(column):
        return column
    values = column.to_numpy(dtype=np.float64, na_value=np.nan).copy()
    finite = np.abs(values[np.isfinite(values)])
    factor = 1 / 1000 if len(finite) and float(np.median(finite)) >= 100 else 100.0
    values[hit] *= factor
    return pd.Series(values, index=column.index, name=column.name)


def typo(column: "pd.Series[Any]", hit: Integers, rng: np.random.Generator) -> "pd.Series[Any]":
    """Return the column with a slip of the fingers in each text that is hit: a letter doubled, lost, changed, or two swapped."""
    if not is_text(column):
        return column
    return _each_text(column, hit, rng, _slip)


def variant(column: "pd.Series[Any]", hit: Integers, rng: np.random.Generator) -> "pd.Series[Any]":
    """Return the column with another spelling of each text that is hit: other case, or blanks around it."""
    if not is_text(column):
        return column
    return _each_text(column, hit, rng, _respelt)


def types(column: "pd.Series[Any]", hit: Integers, rng: np.random.Generator) -> "pd.Series[Any]":
    """Return a column of numbers with texts where it is hit, such as "~12.5"; it is then a column of objects."""
    if not _is_number(column):
        return column
    copy = column.astype(object)
    forms = ("~{}", "{} ?", "{} units")
    chosen = rng.integers(0, len(forms), len(hit))
    written = [
        cell if pd.isna(cell) else forms[form].format(cell) for cell, form in zip(column.iloc[hit], chosen, strict=True)
    ]
    copy.iloc[hit] = pd.Series(written, index=copy.index[hit], dtype=object)
    return copy


def is_text(column: "pd.Series[Any]") -> bool:
    """Say whether most of a column's cells are texts."""
    if isinstance(column.dtype, pd.StringDtype):
        return True
    if isinstance(column.dtype, pd.CategoricalDtype):
        return all(isinstance(level, str) for level in column.cat.categories)
    present = column.dropna()
    return column.dtype == object and len(present) > 0 and isinstance(present.iloc[0], str)


def with_texts(column: "pd.Series[Any]", hit: Integers, texts: list[str]) -> "pd.Series[Any]":
    """Return the column with these texts where it is hit; categories get those that they lack."""
    copy = column.copy()
    if isinstance(copy.dtype, pd.CategoricalDtype):
        known = set(copy.cat.categories)
        copy = copy.cat.add_categories([text for text in dict.fromkeys(texts) if text not in known])
    copy.iloc[hit] = texts
    return copy


def _is_number(column: "pd.Series[Any]") -> bool:
    return holds_numbers(column) and not pd.api.types.is_bool_dtype(column.dtype)


def _floats(column: "pd.Series[Any]") -> "pd.Series[Any]":
    """Return a copy whose type has a place for missing cells; whole numbers too large for a float stay whole."""
    if not isinstance(column.dtype, np.dtype) or column.dtype.kind not in "biu":
        return column.copy()
    if column.dtype.kind != "b" and _too_large(column):
        return column.astype("UInt64" if column.dtype.kind == "u" else "Int64")
    return column.astype(np.float64)


def _too_large(column: "pd.Series[Any]") -> bool:
    """Say whether whole numbers of the column would change as floats."""
    present = column.dropna()
    if not pd.api.types.is_integer_dtype(column.dtype) or not len(present):
        return False
    return max(abs(int(present.max())), abs(int(present.min()))) > MOST_EXACT


def _outside(column: "pd.Series[Any]") -> int | None:
    """Return a number beyond all of the column's: of nines, as systems without a place for missing cells write it."""
    values = column.to_numpy(dtype=np.float64, na_value=np.nan)
    finite = values[np.isfinite(values)]
    lowest, highest = (float(finite.min()), float(finite.max())) if len(finite) else (0.0, 0.0)
    if lowest < 0:
        return next((number for number in NUMBERS_BELOW if number < lowest), None)
    return next((number for number in NUMBERS_ABOVE if number > highest), None)


def _with_number(column: "pd.Series[Any]", hit: Integers, number: int | None) -> "pd.Series[Any]":
    if number is None:
        return column
    if pd.api.types.is_integer_dtype(column.dtype):
        lowest, highest = _ends(column.dtype)
        if not lowest <= number <= highest:
            column = column.astype(np.int64 if isinstance(column.dtype, np.dtype) else "Int64")
    copy = column.copy()
    copy.iloc[hit] = number
    return copy


def _ends(kind: Any) -> tuple[int, int]:  # noqa: ANN401 - numpy's dtype, or pandas' around one
    """Return the least and the largest number of a type of whole numbers."""
    ends = np.iinfo(getattr(kind, "numpy_dtype", kind))
    return int(ends.min), int(ends.max)


def _levels(column: "pd.Series[Any]") -> list[Any]:
    if isinstance(column.dtype, pd.CategoricalDtype):
        return list(column.cat.categories)
    return [cell for cell in column.dropna() if isinstance(cell, str)]


def _each_text(
    column: "pd.Series[Any]", hit: Integers, rng: np.random.Generator, change: Callable[[str, np.random.Generator], str]
) -> "pd.Series[Any]":
    cells = column.iloc[hit].to_numpy(dtype=object)
    some = [place for place, cell in enumerate(cells) if isinstance(cell, str) and cell]
    return with_texts(column, hit[some], [change(cells[place], rng) for place in some])


def _slip(text: str, rng: np.random.Generator) -> str:
    place, kind = int(rng.integers(0, len(text))), int(rng.integers(0, 4))
    before, letter, after = text[:place], text[place], text[place + 1 :]
    slips = (
        before + 2 * letter + after,
        before + after,
        before + chr(ord("a") + int(rng.integers(0, 26))) + after,
        before + after[:1] + letter + after[1:],
    )
    return slips[kind] if slips[kind].strip() not in {"", text} else slips[0]


def _respelt(text: str, rng: np.random.Generator) -> str:
    spellings = [text.upper(), text.lower(), text.title(), f"{text} ", f" {text}"]
    others = [spelling for spelling in spellings if spelling != text]
    return others[int(rng.integers(0, len(others)))]
