"""Where a column is looked at: edges and categories that a person can read and that give nobody's cell away."""

from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from mlops_widgets.core.words import number, short
from mlops_widgets.measures.edges import readable_days, readable_edges
from mlops_widgets.study.tables import FEWEST_QUOTED, as_numbers

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]
Kind = Literal["number", "date", "category"]

_DAY = 86_400_000.0
_FEWEST_EDGES = 4


@dataclass(frozen=True, kw_only=True, eq=False)
class Cut:
    """One column with the points at which it is looked at.

    Parameters
    ----------
    column
        The column.
    kind
        "number" and "date": the points are ordered edges; "category": frequent categories, in no order of their own.
    points
        (K,) numbers, milliseconds since 1970, or places 0 to K - 1.
    labels
        What the points are called, K of them.
    place
        (n,) the rows as floats on the axis of `points`; NaN where missing, or where a category is rare.
    cells
        K cells of the column's own type, to be put in the place of others.
    singly
        Whether the points of a number are its values.
    """

    column: str
    kind: Kind
    points: Floats
    labels: tuple[str, ...]
    place: Floats
    cells: Any
    singly: bool = False

    @property
    def groups(self) -> tuple[Integers, tuple[str, ...], Floats]:
        """Group of each row (-1 for none), what the groups are called, and where they stand on the axis.

        Categories and values taken singly are groups of their own; else the bins are.
        """
        if self.kind == "category":
            return self.codes, self.labels, self.points
        if not self.singly:
            return self.bins, self.bin_labels, (self.points[:-1] + self.points[1:]) / 2
        nearest = np.clip(np.searchsorted(self.points, self.place), 0, len(self.points) - 1)
        return np.where(self.points[nearest] == self.place, nearest, -1).astype(np.int64), self.labels, self.points

    @property
    def bins(self) -> Integers:
        """Bin of each row among the edges, from 0; what lies beyond an end counts to the last bin there; -1 for none."""
        inner = np.searchsorted(self.points[1:-1], self.place, side="left")
        return np.where(np.isnan(self.place), -1, inner).astype(np.int64)

    @property
    def codes(self) -> Integers:
        """Category of each row, -1 for none."""
        return np.where(np.isnan(self.place), -1, self.place).astype(np.int64)

    @property
    def bin_labels(self) -> tuple[str, ...]:
        """What the bins between the edges are called."""
        inner = self.labels[1:-1]
        if not inner:
            return ("all",)
        between = [f"{a} to {b}" for a, b in pairwise(inner)]
        return (f"up to {inner[0]}", *between, f"above {inner[-1]}")


def cut_column(
    cells: "pd.Series[Any]",
    *,
    bins: int,
    owners: Integers | None = None,
    most_categories: int = 12,
    singly: bool = True,
) -> Cut | str:
    """Return where to look at a column, or why it can't be looked at.

    Numbers and dates are cut at quantiles of equal shares, rounded (`measures.edges`); the outer two leave five rows or 2 %
    beyond them. With few values, these are the points. Categories, and values taken singly, are named
    where five owners have them.

    Parameters
    ----------
    cells
        The column, n rows.
    bins
        Bins of a number, one less than edges.
    owners
        (n,) whose row each is; None where each is somebody else's.
    most_categories
        Most categories; the less frequent ones have no place.
    singly
        Whether few numbers are points of their own.
    """
    name = str(cells.name)
    owners = np.arange(len(cells)) if owners is None else owners
    dates = pd.api.types.is_datetime64_any_dtype(cells.dtype)
    if dates or (pd.api.types.is_numeric_dtype(cells.dtype) and not pd.api.types.is_bool_dtype(cells.dtype)):
        place = _moments(cells) if dates else as_numbers(cells)
        place = np.where(np.isfinite(place), place, np.nan)
        single = singly and len(np.unique(place[~np.isnan(place)])) <= most_categories
        points = _points(place, owners, bins, single=single, whole=_whole(place), dates=dates)
        if len(points) < 2:
            return "no two values that five rows hold"
        own = _cells_of(points, cells, dates=dates)
        shown = tuple(number(each, "date") if dates else f"{each:,.10g}".replace("-", "−") for each in points)
        return Cut(
            column=name,
            kind="date" if dates else "number",
            points=points,
            labels=shown,
            place=place,
            cells=own,
            singly=single,
        )
    return _categories(name, cells, owners, most_categories)


def _whole(place: Floats) -> bool:
    known = place[~np.isnan(place)]
    return bool(len(known)) and bool((known == np.round(known)).all())


def _points(place: Floats, owners: Integers, bins: int, *, single: bool, whole: bool, dates: bool) -> Floats:
    known = place[~np.isnan(place)]
    if not len(known):
        return np.empty(0)
    values = np.unique(known)
    if single:
        held = pd.Series(owners[~np.isnan(place)]).groupby(known).nunique()
        return np.asarray(held.index[held >= FEWEST_QUOTED], dtype=np.float64)
    beyond = min(max(0.02, FEWEST_QUOTED / len(known)), 0.25)
    shares = np.linspace(beyond, 1 - beyond, bins + 1)
    exact = np.unique(np.quantile(known, shares))
    if len(exact) < _FEWEST_EDGES:  # most rows hold one value: the others are cut by their own
        exact = np.unique(np.concatenate([exact, np.quantile(values, shares)]))
    lowest, highest = float(values[0]), float(values[-1])
    if dates:
        edges = readable_days(exact / _DAY, lowest=lowest / _DAY, highest=highest / _DAY) * _DAY
    else:
        edges = readable_edges(exact, lowest=lowest, highest=highest)
    edges = np.unique(np.round(edges) if whole else edges)
    return _held(edges[(edges >= lowest) & (edges <= highest)], known)


def _held(edges: Floats, known: Floats) -> Floats:
    """Return the edges without those that would leave a bin with fewer than five rows."""
    kept: list[float] = []
    for edge in edges.tolist():
        first = not kept or (len(kept) == 1 and kept[0] == edges[0])
        rows = int((known <= edge).sum()) if first else int(((known > kept[-1]) & (known <= edge)).sum())
        if not kept or rows >= FEWEST_QUOTED:
            kept.append(edge)
    return np.array(kept)


def _moments(cells: "pd.Series[Any]") -> Floats:
    plain = cells.dt.tz_convert("UTC").dt.tz_localize(None) if cells.dt.tz is not None else cells
    moments = plain.to_numpy(dtype="datetime64[ms]")
    return np.where(np.isnat(moments), np.nan, moments.astype(np.float64))


def _cells_of(points: Floats, cells: "pd.Series[Any]", *, dates: bool) -> Any:  # noqa: ANN401 - a pandas array
    if not dates:
        return pd.Series(points).astype(cells.dtype).array
    moments = pd.Series(points.astype(np.int64).astype("datetime64[ms]"))
    if cells.dt.tz is not None:
        moments = moments.dt.tz_localize("UTC").dt.tz_convert(cells.dt.tz)
    return moments.astype(cells.dtype).array


def _categories(name: str, cells: "pd.Series[Any]", owners: Integers, most: int) -> Cut | str:
    known = cells.notna().to_numpy(dtype=np.bool_)
    texts = cells.map(str).to_numpy(dtype=object)
    held = pd.Series(owners[known]).groupby(texts[known]).nunique()
    often = held[held >= FEWEST_QUOTED].sort_values(ascending=False, kind="stable").index[:most]
    if len(often) < 2:
        return "no two values that five rows hold"
    places = {str(text): float(place) for place, text in enumerate(often)}
    place = np.array([places.get(text, np.nan) for text in texts])
    place[~known] = np.nan
    first = [int(np.flatnonzero(place == k)[0]) for k in range(len(often))]
    return Cut(
        column=name, kind="category", points=np.arange(len(often), dtype=np.float64), labels=tuple(map(short, places)),
        place=place, cells=cells.array.take(first),
    )  # fmt: skip
