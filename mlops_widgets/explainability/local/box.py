"""The box around a row in which all trees take the branches that they take for it: one condition a column."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import inf, isfinite, nan
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from mlops_widgets.core.words import number
from mlops_widgets.explainability.local.leaves import Leaves, Read
from mlops_widgets.explainability.local.row_form import RowForm, number_text
from mlops_widgets.study.tables import FEWEST_QUOTED, holds_numbers

Flags = npt.NDArray[np.bool_]
Floats = npt.NDArray[np.float64]
MOST_CANDIDATES = 200
_MOST_CELLS = 4_000_000
_PARTS, _ROUNDS = 16, 12
"""Of a bracket: parts a round, and rounds; together finer than any two numbers lie apart."""
_MOST_NAMED = 6


@dataclass(frozen=True, kw_only=True)
class Condition:
    """What one column must hold.

    Parameters
    ----------
    column
        Its name.
    text
        The condition in words, with the column: "income ≤ 31,000".
    lower, upper
        Of numbers and dates (milliseconds), the ends where the branch changes, infinite where there is none; NaN of others.
        The upper end belongs to it, the lower one where numbers are whole.
    whole
        Whether numbers are whole.
    levels
        Of other columns, the values among those that at least five training rows share, and the row's own.
    or_missing
        Whether a missing cell takes the same branches.
    """

    column: str
    text: str
    lower: float = nan
    upper: float = nan
    whole: bool = False
    levels: tuple[str, ...] = ()
    or_missing: bool = False

    def holds(self, cells: "pd.Series[Any]") -> Flags:
        """Return which cells fulfil it, (n,)."""
        gaps = np.asarray(cells.isna().to_numpy(), dtype=bool)
        if self.levels:
            inside = np.isin(cells.astype(str).to_numpy(dtype=object), list(self.levels))
        elif np.isnan(self.upper):
            inside = np.zeros(len(cells), dtype=bool)
        else:
            places = places_of(cells)
            above = places >= self.lower if self.whole else places > self.lower
            inside = above & (places <= self.upper)
        return np.asarray(np.where(gaps, self.or_missing, inside), dtype=bool)


@dataclass(frozen=True, kw_only=True)
class _Tried:
    """The cells that one column was moved to, the row's own first, and which of them keep all leaves.

    `places` are the numbers that stand for numbers and dates, NaN for others; `often` marks what may be named.
    """

    name: str
    cells: "pd.Series[Any]"
    places: Floats
    often: Flags
    kept: Flags

    @property
    def numeric(self) -> bool:
        return bool(np.isfinite(self.places).any())

    @property
    def whole(self) -> bool:
        known = self.places[np.isfinite(self.places)]
        return bool((known == np.round(known)).all())

    @property
    def dates(self) -> bool:
        return bool(pd.api.types.is_datetime64_any_dtype(self.cells.dtype))


@dataclass
class _Bracket:
    """A value that keeps the leaves and one that doesn't; the branch changes between them."""

    tried: _Tried
    side: int
    inside: float
    outside: float

    @property
    def is_open(self) -> bool:
        fine = 1.0 if self.tried.whole else 1e-9 * (abs(self.inside) + abs(self.outside))
        return abs(self.outside - self.inside) > fine

    def between(self) -> Floats:
        """Return values between the two, from the inside outwards."""
        even = np.array(np.linspace(self.inside, self.outside, _PARTS + 1)[1:-1])
        if not self.tried.whole:
            return even
        whole = np.array(np.unique(np.round(even))[:: self.side])
        return np.array(whole[(whole != self.inside) & (whole != self.outside)])


def box_around(form: RowForm, training: pd.DataFrame, read: Read) -> tuple[Condition, ...]:
    """Return the conditions under which all trees keep the row's leaves, one for each column that matters.

    Each column is moved alone. The path of a tree is left as soon as one of its conditions fails, so what keeps the leaf
    along one column is exactly the path's conditions on it, merged, wherever each feature of a tree comes of one column.
    Ends between two training values are found by narrowing, to a billionth.

    Parameters
    ----------
    form
        The row.
    training
        Rows whose values are tried.
    read
        Reads leaves.
    """
    own = read(form.row)
    candidates = [(str(name), *_candidates(form, str(name), training[name])) for name in form.row]
    same = _keeping(form, [(name, cells) for name, cells, _ in candidates], read, own)
    tried = []
    for name, cells, often in candidates:
        kept, same = same[: len(cells)], same[len(cells) :]
        tried.append(_Tried(name=name, cells=cells, places=places_of(cells), often=often, kept=kept))
    moving = [each for each in tried if not each.kept.all()]
    brackets = [bracket for each in moving if isfinite(each.places[0]) for bracket in _brackets(each)]
    _narrow(form, brackets, read, own)
    return tuple(_condition(each, [one for one in brackets if one.tried is each]) for each in moving)


def places_of(cells: "pd.Series[Any]") -> Floats:
    """Return the numbers that stand for cells: numbers themselves, dates as milliseconds, NaN for others."""
    if pd.api.types.is_datetime64_any_dtype(cells.dtype):
        since = (pd.to_datetime(cells, utc=True) - pd.Timestamp(0, tz="UTC")) / pd.Timedelta(milliseconds=1)
        return np.array(since, dtype=np.float64)
    if holds_numbers(cells) and not pd.api.types.is_bool_dtype(cells.dtype):
        return np.array(cells.to_numpy(dtype=np.float64, na_value=np.nan))
    return np.full(len(cells), nan)


def _candidates(form: RowForm, name: str, training: "pd.Series[Any]") -> tuple["pd.Series[Any]", Flags]:
    """Return the cells to try, the row's own first and a missing one last where training has these; and which recur."""
    known = training.dropna()
    try:
        counts = known.value_counts()
        hash(tuple(counts.index))
    except TypeError:  # cells such as lists
        counts = known.iloc[:0].value_counts()
    if np.isfinite(places_of(known)).any():
        counts = counts.sort_index()
        counts = counts.iloc[np.unique(np.linspace(0, len(counts) - 1, min(len(counts), MOST_CANDIDATES)).astype(int))]
    counts = counts.iloc[:MOST_CANDIDATES]
    gap = [None] if len(known) < len(training) else []
    cells = form.cells_of(name, [form.row[name].iloc[0], *counts.index, *gap])
    return cells, np.array([True, *(counts.to_numpy() >= FEWEST_QUOTED), *(False for _ in gap)])


def _keeping(form: RowForm, moves: Sequence[tuple[str, "pd.Series[Any]"]], read: Read, own: Leaves) -> Flags:
    """Return which cells of which moves keep the row's own leaves, asked in parts: of thousands of columns not all fit at once."""
    at_once = max(1, _MOST_CELLS // (MOST_CANDIDATES * max(1, form.row.shape[1])))
    parts = (moves[start : start + at_once] for start in range(0, len(moves), at_once))
    return np.concatenate(
        [(read(_moved(form, part)) == own).all(axis=1) for part in parts] or [np.zeros(0, dtype=bool)]
    )


def _moved(form: RowForm, moves: Sequence[tuple[str, "pd.Series[Any]"]]) -> pd.DataFrame:
    """Return the row once for each cell of each move, that column moved alone."""
    total = sum(len(cells) for _, cells in moves)
    columns = {}
    for name in form.row:
        own, parts, at, done = form.row[name], [], 0, 0
        for moved, cells in moves:
            if moved == name:
                parts += [own.take([0] * (at - done)), cells]
                done = at + len(cells)
            at += len(cells)
        parts.append(own.take([0] * (total - done)))
        columns[name] = pd.concat([part for part in parts if len(part)], ignore_index=True)
    return pd.DataFrame(columns, columns=form.row.columns)


def _brackets(tried: _Tried) -> list[_Bracket]:
    """Return the nearest values at either side of the row's own that leave its leaves, each with the last that keeps them."""
    value, found = float(tried.places[0]), []
    for side in (-1, 1):
        beyond = np.flatnonzero(side * (tried.places - value) > 0)
        beyond = beyond[np.argsort(side * tried.places[beyond], kind="stable")]
        left = np.flatnonzero(~tried.kept[beyond])
        if left.size:
            inside = float(tried.places[beyond[left[0] - 1]]) if left[0] else value
            found.append(_Bracket(tried, side, inside, float(tried.places[beyond[left[0]]])))
    return found


def _narrow(form: RowForm, brackets: list[_Bracket], read: Read, own: Leaves) -> None:
    """Narrow all brackets at once, each to one of its parts a round."""
    for _ in range(_ROUNDS):
        wide = [(each, each.between()) for each in brackets if each.is_open]
        if not wide:
            return
        moves = [(each.tried.name, _cells(form, each.tried, places)) for each, places in wide]
        same = _keeping(form, moves, read, own)
        for each, places in wide:
            kept, same = same[: len(places)], same[len(places) :]
            first = int(np.argmin(kept)) if not kept.all() else len(places)
            ends = [each.inside, *places.tolist(), each.outside]
            each.inside, each.outside = ends[first], ends[first + 1]


def _cells(form: RowForm, tried: _Tried, places: Floats) -> "pd.Series[Any]":
    if tried.dates:
        return form.cells_of(tried.name, [pd.Timestamp(int(place), unit="ms") for place in places])
    return form.cells_of(tried.name, [int(place) if tried.whole else place for place in places.tolist()])


def _condition(tried: _Tried, brackets: list[_Bracket]) -> Condition:
    gaps = tried.cells.isna().to_numpy()
    or_missing = bool((tried.kept & gaps).any())
    if gaps[0]:
        return Condition(column=tried.name, text=f"{tried.name} is missing", or_missing=True)
    if tried.numeric:
        lower, upper = -inf, inf
        for each in brackets:
            end = each.inside if tried.whole else (each.inside + each.outside) / 2
            lower, upper = (end, upper) if each.side < 0 else (lower, end)
        text = _range_text(tried, lower, upper) + (" or missing" if or_missing else "")
        return Condition(
            column=tried.name, text=text, lower=lower, upper=upper, whole=tried.whole, or_missing=or_missing
        )
    named = tried.often & ~gaps
    inside = _texts(tried.cells[named & tried.kept])
    outside = _texts(tried.cells[named & ~tried.kept])
    short = 0 < len(outside) <= 3 < len(inside)
    words = f"{tried.name} is not {_either(outside)}" if short else f"{tried.name} is {_either(inside)}"
    return Condition(column=tried.name, text=words, levels=inside, or_missing=or_missing)


def _texts(cells: "pd.Series[Any]") -> tuple[str, ...]:
    return tuple(dict.fromkeys(str(cell) for cell in cells))


def _range_text(tried: _Tried, lower: float, upper: float) -> str:
    def text(end: float) -> str:
        return number(end, "date") if tried.dates else number_text(end)

    whole = tried.whole and not tried.dates
    if not isfinite(lower) and not isfinite(upper):
        return f"{tried.name} is not missing"
    if not isfinite(lower):
        return f"{tried.name} ≤ {text(upper)}"
    if not isfinite(upper):
        return f"{tried.name} {'≥' if whole else '>'} {text(lower)}"
    if lower == upper:
        return f"{tried.name} = {text(lower)}"
    return f"{text(lower)} {'≤' if whole else '<'} {tried.name} ≤ {text(upper)}"


def _either(texts: tuple[str, ...]) -> str:
    shown = [text[:40] for text in texts[:_MOST_NAMED]]
    if len(texts) > _MOST_NAMED:
        return f"{', '.join(shown)} or one of {len(texts) - _MOST_NAMED} others"
    return shown[0] if len(shown) == 1 else f"{', '.join(shown[:-1])} or {shown[-1]}"
