"""Conditions on columns that a person can read: ranges of numbers, values of categories, missing cells."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from mlops_widgets.core.words import number
from mlops_widgets.measures.edges import readable_days, readable_edges
from mlops_widgets.measures.slices import Conditions
from mlops_widgets.study.study import Study
from mlops_widgets.study.tables import FEWEST_QUOTED, Table, as_numbers
from mlops_widgets.study.timeline import times_of

Floats = npt.NDArray[np.float64]
Booleans = npt.NDArray[np.bool_]
Integers = npt.NDArray[np.int64]
Kind = Literal["range", "date range", "value", "other value", "missing"]

_RANGES = 8
"""Quantile bins of a numeric column; rules also join neighbours from either end."""
_FEW_VALUES = 6
"""Most distinct numbers that count as values of their own."""
_MOST_CATEGORIES = 12
_MOST_LETTERS = 40


@dataclass(frozen=True, kw_only=True)
class Condition:
    """What a row's cell must be.

    Parameters
    ----------
    column
        The column.
    kind
        "range" and "date range": above `lower` and up to `upper` (milliseconds since 1970 for dates), None where there
        is no end; "value": equal to `value` as text; "other value": none of `values`; "missing".
    values
        The values as text: one for "value", those left out for "other value"; of a "range" the one whole number in it.
    """

    column: str
    kind: Kind
    lower: float | None = None
    upper: float | None = None
    values: tuple[str, ...] = ()

    @property
    def words(self) -> str:
        """The condition as a reader of reports writes it."""
        name = _short(self.column)
        if self.kind == "missing":
            return f"{name} is missing"
        if self.kind == "value" or (self.values and self.kind == "range"):
            return f"{name} = {_short(self.values[0].removesuffix('.0'))}"
        if self.kind == "other value":
            return f"{name} is a rarer value"
        low, high = (None if end is None else self._end(end) for end in (self.lower, self.upper))
        if low is None:
            return f"{name} ≤ {high}"
        return f"{name} > {low}" if high is None else f"{low} < {name} ≤ {high}"

    def _end(self, end: float) -> str:
        if self.kind == "date range":
            return number(end, "date")
        return f"{end:,.10g}".replace("-", "−")

    def holds(self, table: Table) -> Booleans:
        """Return in which rows of `table` it holds, (rows,)."""
        if self.kind == "missing":
            return np.asarray(table[self.column].isna().to_numpy(dtype=np.bool_))
        if self.kind in {"range", "date range"}:
            x = _moments(table, self.column) if self.kind == "date range" else as_numbers(table[self.column])
            low = -np.inf if self.lower is None else self.lower
            above = x > low if self.lower is not None else ~np.isnan(x)
            return np.asarray(above & (x <= (np.inf if self.upper is None else self.upper)))
        known = table[self.column].notna().to_numpy(dtype=np.bool_)
        among = table[self.column].map(str).isin(list(self.values)).to_numpy(dtype=np.bool_)
        return np.asarray(known & (among if self.kind == "value" else ~among))


def _short(text: str) -> str:
    return text if len(text) <= _MOST_LETTERS else text[: _MOST_LETTERS - 1] + "…"


def rule_words(conditions: Iterable[Condition]) -> str:
    """Return a rule in words: its conditions joined by "and"."""
    return " and ".join(condition.words for condition in conditions)


def columns_to_slice(study: Study, table: Table) -> tuple[str, ...]:
    """Return the model's own columns and the groups; of logged answers every column without another role."""
    features = study.model.features or tuple(c for c in table.columns if c not in study.roles.not_inputs)
    never = {study.outcome.target, study.roles.entity, *study.roles.ids}
    wanted = dict.fromkeys((*features, *study.roles.groups))
    return tuple(column for column in wanted if column in table and column not in never)


@dataclass(frozen=True)
class ConditionSet:
    """All conditions on a table's columns, and where they hold."""

    conditions: tuple[Condition, ...]
    where: Conditions


@dataclass(frozen=True)
class _Column:
    """A column's bins, which row is in which (-1 for none), and which bins each condition joins."""

    codes: Integers
    bins: int
    conditions: list[tuple[Condition, list[int]]]


def conditions_on(table: Table, columns: Iterable[str], *, least_units: int, units: Integers) -> ConditionSet:
    """Return the conditions that quantiles, frequent values and missing cells of `columns` give.

    Parameters
    ----------
    table
        The rows.
    columns
        Columns of the table.
    least_units
        Units that must hold a value for it to be named; fewer count as "a rarer value".
    units
        (rows,) the unit of each row.
    """
    conditions: list[Condition] = []
    of_column: list[int] = []
    indicators: list[Booleans] = []
    members: list[tuple[int, list[int]]] = []
    start = 0
    for place, name in enumerate(columns):
        found = _column(table, name, max(least_units, FEWEST_QUOTED), units)
        if found is None:
            continue
        indicators.append(found.codes[:, None] == np.arange(found.bins))
        for condition, joined in found.conditions:
            conditions.append(condition)
            of_column.append(place)
            members.append((start, joined))
        start += found.bins
    matrix = np.zeros((len(conditions), start), dtype=np.bool_)
    for row, (first, joined) in enumerate(members):
        matrix[row, [first + bin_ for bin_ in joined]] = True
    bins = np.concatenate(indicators, axis=1) if indicators else np.zeros((table.rows, 0), dtype=np.bool_)
    where = Conditions(bins=bins, members=matrix, columns=np.array(of_column, dtype=np.int64))
    return ConditionSet(tuple(conditions), where)


def _column(table: Table, name: str, least: int, units: Integers) -> _Column | None:
    """Return the bins of one column; None where it has no two."""
    cells = table[name]
    is_date = pd.api.types.is_datetime64_any_dtype(cells)
    if is_date or (pd.api.types.is_numeric_dtype(cells) and not pd.api.types.is_bool_dtype(cells)):
        x = _moments(table, name) if is_date else as_numbers(cells)
        if is_date or len(np.unique(x[~np.isnan(x)])) > _FEW_VALUES:
            found = _ranges(name, x, "date range" if is_date else "range")
        else:
            found = _values(name, cells, least, units)
    else:
        found = _values(name, cells, least, units)
    missing = cells.isna().to_numpy(dtype=np.bool_)
    if missing.any() and not missing.all():
        codes = np.where(missing, found.bins, found.codes)
        joined = [*found.conditions, (Condition(column=name, kind="missing"), [found.bins])]
        found = _Column(codes, found.bins + 1, joined)
    return found if found.bins > 1 else None


def _moments(table: Table, column: str) -> Floats:
    if table[column].isna().all():
        return np.full(table.rows, np.nan)
    return times_of(table, column)[0]


def _ranges(name: str, x: Floats, kind: Literal["range", "date range"]) -> _Column:
    """Return quantile bins with rounded edges, alone and joined from either end."""
    known = x[~np.isnan(x)]
    edges = _edges(known[np.isfinite(known)], dates=kind == "date range")
    codes = np.where(np.isnan(x), -1, np.searchsorted(edges, x, side="left"))
    bins = len(edges) + 1
    spans = [(low, high) for low in range(bins) for high in range(low + 1, bins + 1)]
    kept = [(a, b) for a, b in spans if (b - a == 1 or a == 0 or b == bins) and b - a < bins]
    ends = [None, *edges.tolist(), None]
    whole = _single_numbers(known, edges)
    conditions = [
        (
            Condition(
                column=name, kind=kind, lower=ends[a], upper=ends[b], values=whole.get(a, ()) if b - a == 1 else ()
            ),
            list(range(a, b)),
        )
        for a, b in kept
    ]
    return _Column(codes.astype(np.int64), bins, conditions)


def _single_numbers(known: Floats, edges: Floats) -> dict[int, tuple[str, ...]]:
    """Return which bins of whole numbers hold one of them alone, with that number as text."""
    if not len(edges) or not np.isfinite(known).all() or (known != np.round(known)).any():
        return {}
    bounds = np.concatenate([[known.min() - 1], edges, [known.max()]])
    return {
        int(bin_): (f"{bounds[bin_ + 1]:,.10g}".replace("-", "−"),) for bin_ in np.flatnonzero(np.diff(bounds) == 1)
    }


_DAY = 86_400_000.0


def _edges(known: Floats, *, dates: bool) -> Floats:
    """Return inner quantiles with as few digits as tell them apart: an exact quantile may be one person's cell."""
    if not len(known):
        return np.empty(0)
    exact = np.unique(np.quantile(known, np.linspace(0, 1, _RANGES + 1)[1:-1]))
    lowest, highest = float(known.min()), float(known.max())
    if dates:
        rounded = readable_days(exact / _DAY, lowest=lowest / _DAY, highest=highest / _DAY) * _DAY
    else:
        rounded = readable_edges(exact, lowest=lowest, highest=highest)
    edges = np.unique(rounded)
    return np.asarray(edges[(edges >= lowest) & (edges < highest)])


def _values(name: str, cells: "pd.Series[Any]", least: int, units: Integers) -> _Column:
    """Return a bin for each frequent value, and one for the rest."""
    known = cells.notna().to_numpy(dtype=np.bool_)
    texts = cells.map(str).to_numpy(dtype=object)
    held = pd.Series(units[known]).groupby(texts[known]).nunique()
    often = held[held >= least].sort_values(ascending=False, kind="stable").index[:_MOST_CATEGORIES]
    values = [str(value) for value in often]
    places = {value: place for place, value in enumerate(values)}
    codes = np.array([places.get(text, len(values)) for text in texts], dtype=np.int64)
    codes[~known] = -1
    conditions = [(Condition(column=name, kind="value", values=(value,)), [place]) for value, place in places.items()]
    bins = len(values)
    if (codes == bins).any():
        conditions.append((Condition(column=name, kind="other value", values=tuple(values)), [bins]))
        bins += 1
    return _Column(codes, bins, conditions)
