"""What columns say about each other: keys, columns that decide others, columns that are never above others."""

from collections.abc import Iterator, Sequence
from itertools import combinations, permutations

import numpy as np
import numpy.typing as npt
import pandas as pd

from mlops_widgets.data_quality.contracts.clean_columns import CleanColumn
from mlops_widgets.study.contract.contract import Dependency, Key, Order

Integers = npt.NDArray[np.int64]

_FEWEST_ROWS = 50
_FEWEST_NAMES = 500
_FEWEST_CLASHES = 10.0
"""Repeats that chance alone would have made among so many rows, before their absence says that values name rows."""
_MOST_COLUMNS = 40
_FEWEST_IN_GROUP = 12.0
_MOST_GROUPS = 2000
_FIRST_LOOK = 2000


def is_key(column: CleanColumn) -> bool:
    """Say whether a column names rows: no value comes twice, though by chance many would have.

    Of n values drawn at random from as many as lie between the least and the greatest, n(n-1)/2 pairs would clash once in that
    many. Fractions and columns with gaps are no keys.
    """
    count = len(column.present)
    if count < _FEWEST_ROWS or column.distinct < count or column.missing.any():
        return False
    if column.type == "integer":
        numbers = column.numbers
        return _clashes(count, float(numbers.max() - numbers.min() + 1)) >= _FEWEST_CLASHES
    return (
        column.type == "string"
        and count >= _FEWEST_NAMES
        and int(column.texts.str.len().max()) <= 64
        and not column.texts.str.contains(" ").any()
    )


def _clashes(count: int, values: float) -> float:
    return count * (count - 1) / 2 / values


def find_keys(columns: Sequence[CleanColumn], taken: Sequence[str]) -> Iterator[Key]:
    """Yield the first pair of columns that names rows, where no single column does; `taken` are those that do."""
    if taken or not columns or len(columns[0].cells) < _FEWEST_ROWS:
        return
    able = [each for each in columns if each.type in _NAMES and each.kept.all() and each.distinct > 20]
    for first, second in combinations(sorted(able, key=lambda each: -each.distinct)[:6], 2):
        rows = len(first.cells)
        expected = _clashes(rows, float(first.distinct) * second.distinct)
        if expected >= _FEWEST_CLASHES and len(_joined(first.codes, second.codes)) == rows:
            yield Key(columns=(first.name, second.name))
            return


_NAMES = frozenset({"string", "integer", "date", "timestamp"})


def _joined(first: Integers, second: Integers) -> Integers:
    return np.unique(first * (int(second.max()) + 1) + second)


def find_dependencies(columns: Sequence[CleanColumn], *, chance: float) -> Iterator[Dependency]:
    """Yield the pairs of columns of which one decides the other in every clean row.

    Groups must be large enough, and the dependent varied enough, that as much agreement isn't chance; a pair of which both
    decide each other is said once.
    """
    able = [
        each for each in columns
        if each.type in {"string", "integer", "boolean"} and 1 < each.distinct <= min(len(each.present) / _FEWEST_IN_GROUP, _MOST_GROUPS)
    ][:_MOST_COLUMNS]  # fmt: skip
    said: set[tuple[str, str]] = set()
    for first, second in permutations(able, 2):
        if first.distinct < second.distinct or (second.name, first.name) in said:
            continue
        if _decides(first.codes, second.codes, chance):
            said.add((first.name, second.name))
            yield Dependency(determinant=(first.name,), dependent=second.name)


def _decides(first: Integers, second: Integers, chance: float) -> bool:
    head = slice(0, _FIRST_LOOK)
    if _disagreeing(first[head], second[head]):
        return False
    both = (first >= 0) & (second >= 0)
    if both.sum() < _FEWEST_ROWS or _disagreeing(first, second):
        return False
    shares = np.bincount(second[both]) / both.sum()
    repeated = both.sum() - len(np.unique(first[both]))
    sizes = np.bincount(first[both])
    sizes = sizes[sizes > 0]
    # Each repeated row would agree with its group by chance; each group's own value must be known from more than a row or two.
    agrees = repeated * np.log(max(float((shares**2).sum()), 1e-12))
    return bool(agrees < np.log(chance) and np.median(sizes) >= _FEWEST_IN_GROUP)


def _disagreeing(first: Integers, second: Integers) -> bool:
    both = (first >= 0) & (second >= 0)
    order = np.argsort(first[both], kind="stable")
    a, b = first[both][order], second[both][order]
    return bool(((a[1:] == a[:-1]) & (b[1:] != b[:-1])).any())


_PAIRS = (
    ("start", "end"),
    ("min", "max"),
    ("from", "to"),
    ("open", "close"),
    ("low", "high"),
    ("lower", "upper"),
    ("begin", "end"),
)


def find_orders(columns: Sequence[CleanColumn]) -> Iterator[Order]:
    """Yield pairs of moments, and pairs of numbers called like the ends of something, of which one is never above the other."""
    moments = [each for each in columns if each.type in {"date", "timestamp"} and len(each.present) >= _FEWEST_ROWS]
    numbers = [each for each in columns if each.type in {"integer", "number"} and len(each.present) >= _FEWEST_ROWS]
    for first, second in (*permutations(moments[:8], 2), *_ends(numbers)):
        if _never_above(first, second):
            yield Order(first=first.name, second=second.name)


def _ends(columns: Sequence[CleanColumn]) -> Iterator[tuple[CleanColumn, CleanColumn]]:
    """Yield pairs of columns whose names differ in a word for the ends of something: price_min, price_max."""
    by_name = {each.name.lower(): each for each in columns}
    for name, first in by_name.items():
        for low, high in _PAIRS:
            second = by_name.get(name.replace(low, high)) if low in name else None
            if second is not None and second is not first:
                yield first, second


def _never_above(first: CleanColumn, second: CleanColumn) -> bool:
    both = first.kept & second.kept
    if both.sum() < _FEWEST_ROWS or (first.type == "date", first.is_text) != (second.type == "date", second.is_text):
        return False
    a, b = (_values(each, both) for each in (first, second))
    return bool((a <= b).all() and (a < b).any())


def _values(column: CleanColumn, rows: npt.NDArray[np.bool_]) -> npt.NDArray[np.float64]:
    cells = column.cells[rows]
    if column.type in {"date", "timestamp"}:
        cells = pd.to_datetime(cells, utc=True, format="ISO8601").astype("datetime64[ms, UTC]").astype(np.int64)
    return pd.to_numeric(cells).to_numpy(dtype=np.float64)
