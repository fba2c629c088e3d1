"""How LIME tells the cells of one column apart: ranges of numbers and dates, values of words, missing cells."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt
import pandas as pd

from mlops_widgets.core.words import number, short
from mlops_widgets.study.encoding import MOST_LEVELS, as_words, holds_dates, number_reader
from mlops_widgets.study.tables import FEWEST_QUOTED

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.signedinteger[Any]]

UNSEEN = -1
_QUARTILES = (25, 50, 75)
_RARE_SHARE = 0.01
_COMMON_SHARE = 0.05
_FEW_DAYS, _FEW_MONTHS = 20, 150
_MINUTES, _STEPS = 1440, (1, 5, 15, 60)
_DAY = 86_400_000.0
_WHOLE = re.compile(r"(-?\d+)\.0")


class Column(Protocol):
    """How one column is told apart."""

    def levels(self, cells: "pd.Series[Any]") -> Integers:
        """Return which level each cell has, (rows,); `UNSEEN` for one that training doesn't hold."""

    def words(self, name: str, level: int, cell: object) -> str:
        """Return the condition that a cell of this level meets."""


@dataclass(frozen=True)
class Ranges:
    """Numbers or dates: level 0 is missing, then the ranges from low to high, each with its upper edge."""

    read: Callable[["pd.Series[Any]"], Floats]
    edges: Floats
    dates: bool

    def levels(self, cells: "pd.Series[Any]") -> Integers:
        """Return 0 where a cell is missing, else the number of its range."""
        values = self.read(cells)
        return np.where(np.isnan(values), 0, 1 + np.searchsorted(self.edges, values)).astype(np.int64)

    def words(self, name: str, level: int, cell: object) -> str:  # noqa: ARG002 - the range says it
        """Return the range in words."""
        if level == 0:
            return f"{name} is missing"
        ends = [_moment(edge) if self.dates else _end(edge) for edge in self.edges]
        if not ends:
            return f"{name} is known"
        if level == 1:
            return f"{name} ≤ {ends[0]}"
        return f"{name} > {ends[-1]}" if level > len(ends) else f"{ends[level - 2]} < {name} ≤ {ends[level - 1]}"


@dataclass(frozen=True)
class Values:
    """Words, truth values and categories: level 0 is missing, 1 any of the rare ones, then each frequent one."""

    level_of: Mapping[str, int]

    def levels(self, cells: "pd.Series[Any]") -> Integers:
        """Return 0 where a cell is missing, 1 for a rare value, `UNSEEN` for one that training doesn't hold."""
        texts = _texts(cells)
        return np.array([0 if text is None else self.level_of.get(text, UNSEEN) for text in texts], dtype=np.int64)

    def words(self, name: str, level: int, cell: object) -> str:
        """Return the value in words."""
        if level == 0:
            return f"{name} is missing"
        if level == 1:
            return f"{name} is one of its rare values"
        return f"{name} = {short(str(cell))}" + (" (not in training)" if level == UNSEEN else "")


def _moment(days: float) -> str:
    if days.is_integer():
        return number(days * _DAY, "date")
    return f"{pd.Timestamp(round(days * _DAY), unit='ms'):%Y-%m-%d %H:%M}"


def _end(edge: float) -> str:
    return f"{edge:,.{15 if edge.is_integer() else 7}g}".replace("-", "−")


def _texts(cells: "pd.Series[Any]") -> list[str | None]:
    """Return cells as text; a whole number is the same whether it is stored as 3 or 3.0."""
    return [None if text is None else _whole(text) for text in as_words(cells)]


def _whole(text: str) -> str:
    found = _WHOLE.fullmatch(text)
    return found[1] if found else text


def told_apart(cells: "pd.Series[Any]") -> Column:
    """Return how a column is told apart, learned from training's cells.

    Numbers and dates (also those written as text, of more than ten values) by their quartiles; anything else by value, those
    in less than 1 % of the rows together.

    Examples
    --------
    >>> ages = told_apart(pd.Series([20.0, 30.0, 40.0, 50.0, None]))
    >>> ages.words("age", int(ages.levels(pd.Series([99.0]))[0]), 99.0)
    'age > 42.5'
    """
    read = None if pd.api.types.is_bool_dtype(cells.dtype) else number_reader(cells)
    if read is None or (_are_few_texts(cells) and not holds_dates(cells)):
        counts = pd.Series(_texts(cells), dtype=object).value_counts()
        rare = counts[counts < _RARE_SHARE * len(cells)].index
        kept = sorted(set(counts.index) - set(rare))
        if len(rare) == 1:  # alone it can as well have its name
            kept, rare = [*kept, *rare], rare[:0]
        return Values({**dict.fromkeys(rare, 1), **{text: 2 + k for k, text in enumerate(kept)}})
    values, dates = read(cells), holds_dates(cells)
    return Ranges(read, _edges(values[~np.isnan(values)], dates=dates), dates)


def _are_few_texts(cells: "pd.Series[Any]") -> bool:
    present = cells.dropna()
    return len(present) > 0 and isinstance(present.iloc[0], str) and as_words(present).nunique() <= MOST_LEVELS


def _edges(values: Floats, *, dates: bool) -> Floats:
    """Return the quartiles as edges, to three digits of their distance: so near LIME's own, and no single cell of training.

    One that many rows hold, such as 0, stays as it is.
    """
    if not len(values):
        return np.zeros(0)
    exact = np.unique(np.percentile(values, _QUARTILES))
    marks = np.unique(np.concatenate([[values.min()], exact, [values.max()]]))
    rounded = [_rounded(edge, np.abs(marks - edge), dates=dates) for edge in exact]
    common = np.array(
        [int((values == edge).sum()) >= max(FEWEST_QUOTED, _COMMON_SHARE * len(values)) for edge in exact]
    )
    return np.unique(np.where(common, exact, rounded))


def _rounded(edge: float, distances: Floats, *, dates: bool) -> float:
    apart = distances[distances > 0]
    if not len(apart):
        return edge
    if dates and apart.min() >= _FEW_MONTHS:  # a day may be a single row's own
        return float(np.datetime64(int(np.floor(edge)), "D").astype("M8[M]").astype("M8[D]").astype(np.int64))
    step = 10.0 ** np.floor(np.log10(apart.min() / 100))
    if dates:
        finest = apart.min() / 100 * _MINUTES
        step = (
            1.0 if apart.min() >= _FEW_DAYS else max((each for each in _STEPS if each <= finest), default=1) / _MINUTES
        )
    return float(f"{np.round(edge / step) * step:.15g}") + 0.0
