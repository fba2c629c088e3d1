"""What goes wrong with one column on its way to a model: each fault as a change of the column, by what it holds."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from mlops_widgets.study.tables import as_numbers, inferred

Kind = Literal["number", "flag", "word", "date", "other"]
Change = Callable[["pd.Series[Any]", np.random.Generator], "pd.Series[Any]"]

NEW_LEVEL = "a level that the model never saw"
OUTLIER_SPREADS = 10.0
JITTER_SPREADS = 0.1
_READ_AS_DATES = 0.95
_LOOKED_AT = 50
_OTHER_ORDER = "%d/%m/%Y"


def kind_of(column: "pd.Series[Any]") -> Kind:
    """Return what a column holds: numbers, flags (true and false), words, dates (also as ISO text), or something else.

    Examples
    --------
    >>> kind_of(pd.Series([1, 2])), kind_of(pd.Series(["red", None])), kind_of(pd.Series(["2024-03-01"]))
    ('number', 'word', 'date')
    """
    kind = column.dtype
    if pd.api.types.is_bool_dtype(kind):
        return "flag"
    if pd.api.types.is_numeric_dtype(kind) and not pd.api.types.is_complex_dtype(kind):
        return "number"
    if pd.api.types.is_datetime64_any_dtype(kind):
        return "date"
    cells = inferred(column.dropna().head(_LOOKED_AT).astype(object))
    if not len(cells) or not all(isinstance(cell, str) for cell in cells):
        return "other"
    dates = pd.to_datetime(cells.where(cells.str.contains("-")), format="ISO8601", errors="coerce", utc=True)
    return "date" if float(dates.notna().mean()) >= _READ_AS_DATES else "word"


def _emptied(column: "pd.Series[Any]", _rng: np.random.Generator) -> "pd.Series[Any]":
    return column.mask(np.ones(len(column), dtype=np.bool_))


def _all(column: "pd.Series[Any]", _rng: np.random.Generator, *, value: float) -> "pd.Series[Any]":
    return _numbers_like(column, np.full(len(column), value))


def _outlying(column: "pd.Series[Any]", _rng: np.random.Generator) -> "pd.Series[Any]":
    numbers = as_numbers(column)
    known = numbers[np.isfinite(numbers)]
    if not len(known):
        return column
    return _numbers_like(column, np.full(len(column), np.round(known.mean() + OUTLIER_SPREADS * known.std())))


def _times(column: "pd.Series[Any]", _rng: np.random.Generator, *, factor: float) -> "pd.Series[Any]":
    return _numbers_like(column, as_numbers(column) * factor)


def _jittered(column: "pd.Series[Any]", rng: np.random.Generator) -> "pd.Series[Any]":
    numbers = as_numbers(column)
    known = numbers[np.isfinite(numbers)]
    spread = float(known.std()) if len(known) else 0.0
    noisy = numbers + rng.normal(0.0, 1.0, len(numbers)) * JITTER_SPREADS * spread
    return _numbers_like(column, np.round(noisy) if pd.api.types.is_integer_dtype(column.dtype) else noisy)


def _numbers_like(column: "pd.Series[Any]", numbers: npt.NDArray[np.float64]) -> "pd.Series[Any]":
    """Return numbers in the type that a feed would give them: whole ones stay whole where the column's were."""
    whole = pd.api.types.is_integer_dtype(column.dtype) and bool(np.isfinite(numbers).all())
    if whole and (numbers == np.round(numbers)).all() and np.abs(numbers).max(initial=0) < 2**53:
        own = (
            column.dtype if isinstance(column.dtype, np.dtype) and _holds(column.dtype, numbers) else np.dtype(np.int64)
        )
        return pd.Series(numbers.astype(np.int64).astype(own), index=column.index, name=column.name)
    kind = np.dtype(np.float32 if column.dtype == np.float32 else np.float64)
    return pd.Series(numbers.astype(kind), index=column.index, name=column.name)


def _holds(kind: "np.dtype[Any]", numbers: npt.NDArray[np.float64]) -> bool:
    ends = np.iinfo(kind)
    return bool(ends.min <= numbers.min(initial=0) and numbers.max(initial=0) <= ends.max)


def _as_text(column: "pd.Series[Any]", _rng: np.random.Generator) -> "pd.Series[Any]":
    return column.astype(object).map(str, na_action="ignore")


def _as_numbers(column: "pd.Series[Any]", _rng: np.random.Generator) -> "pd.Series[Any]":
    codes = pd.factorize(column.astype(object), sort=False)[0].astype(np.float64)
    return pd.Series(np.where(codes < 0, np.nan, codes), index=column.index, name=column.name)


def _new_level(column: "pd.Series[Any]", _rng: np.random.Generator) -> "pd.Series[Any]":
    return _words_like(column, pd.Series(NEW_LEVEL, index=column.index, name=column.name, dtype=object))


def _rewritten(column: "pd.Series[Any]", _rng: np.random.Generator, *, how: Callable[[str], str]) -> "pd.Series[Any]":
    return _words_like(column, column.astype(object).map(how, na_action="ignore"))


def _words_like(column: "pd.Series[Any]", words: "pd.Series[Any]") -> "pd.Series[Any]":
    if isinstance(column.dtype, pd.CategoricalDtype):
        known = list(column.cat.categories)
        new = sorted({word for word in words.dropna().unique() if word not in known})
        return words.astype(pd.CategoricalDtype([*known, *new]))
    return words.astype(column.dtype)


def _other_case(word: str) -> str:
    return word.upper() if word != word.upper() else word.lower()


def _with_space(word: str) -> str:
    return f"{word} "


def _other_format(column: "pd.Series[Any]", _rng: np.random.Generator) -> "pd.Series[Any]":
    dates = column
    if not pd.api.types.is_datetime64_any_dtype(column.dtype):
        dates = pd.to_datetime(column.astype(object), format="ISO8601", errors="coerce", utc=True)
    written: pd.Series[Any] = dates.dt.strftime(_OTHER_ORDER)
    return written


def _stuck(column: "pd.Series[Any]", _rng: np.random.Generator) -> "pd.Series[Any]":
    known = np.flatnonzero(column.notna().to_numpy())
    if not len(known):
        return column
    return column.iloc[np.full(len(column), known[0])].set_axis(column.index)


EVERY: frozenset[Kind] = frozenset({"number", "flag", "word", "date", "other"})
CHANGES: Mapping[str, tuple[frozenset[Kind], Change]] = {
    "nulls": (EVERY, _emptied),
    "sentinel_low": (frozenset({"number"}), partial(_all, value=-999.0)),
    "sentinel_high": (frozenset({"number"}), partial(_all, value=9999.0)),
    "outlier": (frozenset({"number"}), _outlying),
    "times_1000": (frozenset({"number"}), partial(_times, factor=1000.0)),
    "divided_100": (frozenset({"number"}), partial(_times, factor=0.01)),
    "jitter": (frozenset({"number"}), _jittered),
    "number_as_text": (frozenset({"number", "flag"}), _as_text),
    "text_as_number": (frozenset({"word"}), _as_numbers),
    "unseen_level": (frozenset({"word"}), _new_level),
    "case": (frozenset({"word"}), partial(_rewritten, how=_other_case)),
    "whitespace": (frozenset({"word"}), partial(_rewritten, how=_with_space)),
    "date_format": (frozenset({"date"}), _other_format),
    "stale": (EVERY, _stuck),
}
"""Fault → the kinds of column that it can befall, and what becomes of one."""


def spoiled(fault: str, column: "pd.Series[Any]", hit: npt.NDArray[np.bool_], *, seed: int) -> "pd.Series[Any] | None":
    """Return the column with the cells of `hit` (n,) as the fault leaves them; None where it changes nothing there.

    Parameters
    ----------
    fault
        A name in `CHANGES`.
    column
        The column as the model should get it; it stays as it is.
    hit
        Which rows the fault befalls.
    seed
        Seed of the jitter.

    Examples
    --------
    >>> spoiled("times_1000", pd.Series([1, 2]), np.array([True, True]), seed=0).tolist()
    [1000, 2000]
    >>> spoiled("case", pd.Series([1, 2]), np.array([True, True]), seed=0) is None
    True
    """
    kinds, change = CHANGES[fault]
    if kind_of(column) not in kinds:
        return None
    changed = change(column, np.random.default_rng(seed))
    if not hit.all():
        changed = _mixed(column, changed, hit)
    same_type = changed.dtype == column.dtype
    return None if same_type and changed.equals(column) else changed


def _mixed(column: "pd.Series[Any]", changed: "pd.Series[Any]", hit: npt.NDArray[np.bool_]) -> "pd.Series[Any]":
    if isinstance(changed.dtype, pd.CategoricalDtype):
        return column.astype(changed.dtype).where(~hit, changed)
    if changed.dtype == column.dtype:
        return column.where(~hit, changed)
    numeric = all(pd.api.types.is_numeric_dtype(each.dtype) for each in (column, changed))
    if numeric and not pd.api.types.is_bool_dtype(column.dtype):
        kind = np.result_type(*(each.to_numpy().dtype for each in (column, changed)))
        return changed.astype(kind).mask(~hit, column.astype(kind))
    return changed.astype(object).mask(~hit, column.astype(object))
