"""Where a model hasn't been: what the training rows hold of each column, and what lies outside of that elsewhere."""

from dataclasses import dataclass
from math import floor, log10
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import stats

from mlops_widgets.core.words import number
from mlops_widgets.measures.clustered_mean import clustered_mean
from mlops_widgets.measures.edges import readable_days
from mlops_widgets.measures.proportions import clopper_pearson
from mlops_widgets.study.study import Study
from mlops_widgets.study.tables import FEWEST_QUOTED, as_numbers, distinct

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]
Outside = npt.NDArray[np.bool_]

_TAILS = (0.05, 0.95)
_FINEST = 50
_DAY = 86_400_000.0


@dataclass(frozen=True, kw_only=True)
class Limit:
    """What the training rows hold of one column, and how much of another table lies outside.

    Parameters
    ----------
    column, table
        The column, and the other table.
    trained_on
        The range in words: about five rows (or owners) lie at or beyond each end, which is rounded unless five rows hold it.
        Of categories, how many there are.
    share, lower, upper
        Share of the table's rows whose cell is below the lowest or above the highest of the training rows, or none of its
        categories, or missing where no training row's is; the interval holds for all columns and tables at once with 95 %.
    n
        Rows of the table.
    """

    column: str
    table: str
    trained_on: str
    share: float
    lower: float
    upper: float
    n: int


def limits_of(study: Study) -> tuple[Limit, ...]:
    """Return a limit a column and table, what lies outside most first; () without a reference."""
    home = study.reference
    if home is None:
        return ()
    others = [table for name, table in study.tables.items() if name != "reference"]
    every = [
        (column, table) for column in study.model.features for table in others if column in home and column in table
    ]
    owners = study.units(home) if study.unit == "entity" else np.arange(home.rows)
    said = {column: _trained_on(home[column], owners) for column in dict.fromkeys(column for column, _ in every)}
    units = {table.name: study.units(table) for table in others}
    found = []
    for column, table in every:
        out = outside(home[column], table[column])
        value, lower, upper = share_interval(out, _tails(table[column]), units[table.name], level=1 - 0.05 / len(every))
        found.append(Limit(
            column=column, table=table.name, trained_on=said[column], share=value, lower=lower, upper=upper, n=table.rows
        ))  # fmt: skip
    return tuple(sorted(found, key=lambda each: -each.share))


def outside(trained: "pd.Series[Any]", cells: "pd.Series[Any]") -> Outside:
    """Say of each cell whether the training cells hold nothing like it, (n,).

    Examples
    --------
    >>> outside(pd.Series([1.0, 3.0]), pd.Series([2.0, 4.0, None])).tolist()
    [False, True, True]
    """
    missing = cells.isna().to_numpy(dtype=bool)
    new_gap = missing & (not trained.isna().any())
    one, other = _axis(trained), _axis(cells)
    if one is None or other is None:
        known = set(map(str, trained.dropna()))
        return np.asarray(new_gap | (~missing & ~cells.map(str).isin(known).to_numpy(dtype=bool)))
    if np.isnan(one).all():
        return np.asarray(~missing)
    with np.errstate(invalid="ignore"):
        return np.asarray(new_gap | (other < np.nanmin(one)) | (other > np.nanmax(one)))


def share_interval(marked: Outside, alike: Outside, units: Integers, *, level: float) -> tuple[float, float, float]:
    """Return a share and its interval: Clopper–Pearson on the effective number of rows (Korn & Graubard 1998).

    The effective number is what gives independent rows the variance that these units give. Few marked rows, or none, don't
    say how closely rows of one unit go together; `alike` does.

    Parameters
    ----------
    marked
        (n,) the rows counted.
    alike
        (n,) rows marked by something more frequent in the same cells, such as the table's own tails.
    units
        (n,) unit of each row.
    level
        Of the interval.

    Examples
    --------
    >>> ends = share_interval(np.zeros(100, bool), np.arange(100) % 10 == 0, np.arange(100), level=0.95)
    >>> [round(end, 4) for end in ends]
    [0.0, 0.0, 0.0366]
    """
    value = float(marked.mean())
    count = min(_effective(marked, units), _effective(alike, units))
    ends = clopper_pearson(value * count, count, level=level)
    return value, float(ends[0]), float(ends[1])


def _effective(marked: Outside, units: Integers) -> float:
    """Return how many independent rows would give the share of marked ones the same variance, at most as many as there are."""
    value, rows, count = float(marked.mean()), float(len(marked)), len(np.unique(units))
    if count < 2 or not 0 < value < 1:
        return rows if count > 1 else 1.0
    lower, upper = clustered_mean(marked.astype(np.float64), units)[1:]
    error = (upper - lower) / 2 / float(stats.t.ppf(0.975, count - 1))
    return min(value * (1 - value) / error**2, rows) if error > 0 else rows


def _tails(cells: "pd.Series[Any]") -> Outside:
    """Mark the outer tenth of the numbers, or the most frequent category."""
    place = _axis(cells)
    if place is None:
        text = cells.map(str)
        return np.asarray(text == text.mode().iloc[0], dtype=bool)
    if np.isnan(place).all():
        return np.zeros(len(place), dtype=bool)
    low, high = np.nanquantile(place, _TAILS)
    return np.asarray((place < low) | (place > high))


def _axis(cells: "pd.Series[Any]") -> Floats | None:
    if pd.api.types.is_datetime64_any_dtype(cells.dtype):
        moments = pd.to_datetime(cells, utc=True).astype("datetime64[ms, UTC]").astype("int64").to_numpy(np.float64)
        return np.where(cells.isna(), np.nan, moments)
    if pd.api.types.is_numeric_dtype(cells.dtype) and not pd.api.types.is_bool_dtype(cells.dtype):
        return as_numbers(cells)
    return None


def _trained_on(cells: "pd.Series[Any]", owners: Integers) -> str:
    place = _axis(cells)
    if place is None:
        kinds = distinct(cells.dropna())
        return f"{kinds:,} {'value' if kinds == 1 else 'values'}"
    known = np.isfinite(place)
    ends = _quotable(place[known], owners[known]), _quotable(-place[known], owners[known])
    if ends[0] is None or ends[1] is None or ends[0] > -ends[1]:
        return "too few rows to say"
    low, high = (_written(end, cells) for end in _rounded(ends[0], -ends[1], place[known], cells))
    return low if low == high else f"{low} to {high}"


def _rounded(low: float, high: float, known: Floats, cells: "pd.Series[Any]") -> tuple[float, ...]:
    """Return the ends to a fiftieth of the range or finer, dates as the first day of a month or year: an exact one is a cell."""
    ends = np.array([low, high])
    if high <= low:
        return low, high
    if pd.api.types.is_datetime64_any_dtype(cells.dtype):
        near = readable_days(ends / _DAY, lowest=low / _DAY, highest=high / _DAY) * _DAY
    else:
        step = 10.0 ** floor(log10((high - low) / _FINEST))
        near = np.array([float(f"{round(end / step) * step:.12g}") for end in ends])
    held = (known[:, None] == ends).sum(axis=0) >= FEWEST_QUOTED
    return tuple(np.where(held, ends, near).tolist())


def _written(end: float, cells: "pd.Series[Any]") -> str:
    if pd.api.types.is_datetime64_any_dtype(cells.dtype):
        return number(end, "date")
    return number(end, "integer" if pd.api.types.is_integer_dtype(cells.dtype) else "number")


def _quotable(place: Floats, owners: Integers) -> float | None:
    """Return the smallest value that five owners lie at or below: one row's own extreme says who it is."""
    order = np.argsort(place, kind="stable")
    first = np.sort(np.unique(owners[order], return_index=True)[1])
    return float(place[order][first[FEWEST_QUOTED - 1]]) if len(first) >= FEWEST_QUOTED else None
