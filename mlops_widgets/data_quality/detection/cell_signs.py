"""What can be said of a cell without knowing whether it is wrong: how rare, how shaped, how far out.

After Raha (Mahdavi et al., SIGMOD 2019): many cheap signs a column, none of them trusted by itself. A sign is a table with
one line a distinct value, level or bin, so that a column of 200,000 rows costs as much as its distinct values.
"""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from mlops_widgets.data_quality.detection.columns import Column
from mlops_widgets.data_quality.detection.shapes import exact_shape, run_shape

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]
Texts = npt.NDArray[Any]

_MOST_LETTERS = 200
_MOST_SHAPES, _MOST_MARKS, _MOST_WORDS, _MOST_VALUES, _BINS = 10, 15, 20, 20, 8
_MOST_READ = 20_000
"""Distinct values whose words and marks are counted before the most common are chosen."""
_RARE = (0.001, 0.01, 0.05)
_COMMON = 0.05
_FAR = (3.0, 6.0, 20.0)
_MOSTLY = 0.9
_WORDS = re.compile(r"[^\W\d_]+")
_MARKS = re.compile(r"[^\w]|_")


@dataclass(frozen=True)
class Sign:
    """Numbers that a cell has by what it holds or where it stands.

    Parameters
    ----------
    codes
        The line of `table` of each cell, shape (rows,).
    table
        Shape (lines, numbers).
    """

    codes: Integers
    table: Floats

    def of(self, rows: Integers) -> Floats:
        """Return the numbers of some cells, shape (len(rows), numbers)."""
        return self.table[self.codes[rows]]

    def weighed(self, weights: Floats) -> Floats:
        """Return each cell's numbers times the weights, summed, shape (rows,)."""
        return np.asarray((self.table @ weights)[self.codes], dtype=np.float64)


def value_signs(column: Column) -> tuple[Sign, Sign]:
    """Return the signs of what a cell holds: those that mean the same in every column, and those of this one alone."""
    values = _distinct(column)
    return Sign(values.codes, _general(values)), Sign(values.codes, _special(values))


def level_sign(codes: Integers) -> Sign:
    """Return one number a level: 1 where the cell stands in it."""
    return Sign(codes, np.eye(int(codes.max(initial=0)) + 1))


def bin_sign(numbers: Floats, edges: Sequence[float]) -> Sign:
    """Return one number a bin, and one for no number: 1 where the cell lies in it."""
    codes = np.where(np.isnan(numbers), len(edges) + 1, np.searchsorted(edges, numbers, side="right"))
    return Sign(codes.astype(np.int64), np.eye(len(edges) + 2))


@dataclass(frozen=True)
class _Values:
    """Distinct values of a column: in how many cells each stands, whether they are written out, its text and its number."""

    codes: Integers
    counts: Floats
    written: bool
    texts: Texts
    numbers: Floats
    missing: npt.NDArray[np.bool_]

    @property
    def shares(self) -> Floats:
        return np.asarray(self.counts / max(self.counts.sum(), 1.0))

    def share_by(self, keys: Sequence[str]) -> Floats:
        """Return in which share of the cells the key of each value stands."""
        codes = pd.factorize(np.array(keys, dtype=object))[0]
        return np.asarray(np.bincount(codes, self.counts)[codes] / max(self.counts.sum(), 1.0))


def _distinct(column: Column) -> _Values:
    """Return the values of a column and, as the last, that it is missing."""
    levels = column.levels
    codes = np.where(levels.codes < 0, len(levels.values), levels.codes)
    first = np.zeros(len(levels.values), dtype=np.int64)
    first[codes[::-1][levels.codes[::-1] >= 0]] = np.flatnonzero(levels.codes >= 0)[::-1]
    written = column.is_text or column.kind == "other"
    texts = levels.values if written else np.full(len(levels.values), "", dtype=object)
    numbers = _seconds(column)[first] if column.kind == "time" else column.numbers[first]
    return _Values(
        codes=codes.astype(np.int64), counts=np.append(levels.counts, (levels.codes < 0).sum()).astype(np.float64),
        written=written, texts=np.append(texts, ""), numbers=np.append(numbers, np.nan),
        missing=np.append(np.zeros(len(levels.values), dtype=bool), True),
    )  # fmt: skip


def _seconds(column: Column) -> Floats:
    times = column.cells.dt.tz_localize(None) if column.cells.dt.tz is not None else column.cells
    seconds = times.to_numpy().astype("datetime64[s]").astype(np.float64)
    return np.where(column.missing, np.nan, seconds)


def _general(values: _Values) -> Floats:
    """Signs that mean the same in every column, all of them 0 where a cell is missing, but for the first."""
    present = ~values.missing
    signs = [values.counts == 1, *_rare(values.shares), values.shares > _COMMON]
    for shape_of in (exact_shape, run_shape):
        signs += _rare(
            values.share_by([shape_of(text) for text in values.texts]) if values.written else np.ones(len(present))
        )
    lengths = (
        np.array([len(text) for text in values.texts], dtype=np.float64) if values.written else np.zeros(len(present))
    )
    far = _outlyingness(lengths, values.counts * present)
    signs += [far > _FAR[0], far > _FAR[1], far < -_FAR[0]]
    is_number = np.isfinite(values.numbers)
    share = values.counts[present & is_number].sum() / max(values.counts[present].sum(), 1.0)
    signs += [is_number & (share < 1 - _MOSTLY), ~is_number & (share > _MOSTLY)]
    away = np.abs(_outlyingness(values.numbers, values.counts * present))
    signs += [away > cut for cut in _FAR]
    return np.column_stack([values.missing, *(sign & present for sign in signs)]).astype(np.float64)


def _rare(shares: Floats) -> list[npt.NDArray[np.bool_]]:
    return [shares <= rare for rare in _RARE]


def _special(values: _Values) -> Floats:
    """Signs of this column alone: its shapes, marks, words, most common values and bins."""
    signs = [np.ones((len(values.counts), 1)), values.missing[:, None].astype(np.float64), _commonest_values(values)]
    if values.written:
        begun = [text[:_MOST_LETTERS] for text in values.texts]
        signs.append(_most_common([(run_shape(text),) if text else () for text in begun], values.counts, _MOST_SHAPES))
        signs.append(_most_common([set(_MARKS.findall(text)) for text in begun], values.counts, _MOST_MARKS))
        signs.append(_most_common([set(_WORDS.findall(text)) for text in begun], values.counts, _MOST_WORDS))
    finite = np.isfinite(values.numbers)
    if finite.sum() > _BINS:
        cuts = np.unique(np.quantile(values.numbers[finite], np.linspace(0, 1, _BINS + 1)[1:-1]))
        signs.append(
            bin_sign(np.where(finite, values.numbers, np.nan), cuts.tolist()).of(np.arange(len(finite)))[:, :-1]
        )
    return np.hstack(signs)


def _commonest_values(values: _Values) -> Floats:
    """Return a column for each of the most common values that several cells hold, and others don't."""
    counts = np.where(values.missing, 0, values.counts)
    chosen = np.argsort(-counts, kind="stable")[:_MOST_VALUES]
    chosen = chosen[(counts[chosen] > 1) & (counts[chosen] < values.counts.sum())]
    table = np.zeros((len(counts), len(chosen)))
    table[chosen, np.arange(len(chosen))] = 1.0
    return table


def _most_common(keys: Sequence[Iterable[Any]], counts: Floats, most: int) -> Floats:
    """Return a column for each of the most common keys that some cells have and others don't: 1 where a value has it."""
    total: Counter[Any] = Counter()
    for held, count in zip(keys[:_MOST_READ], counts, strict=False):
        for key in held:
            total[key] += count
    rows = counts.sum()
    chosen = {key: at for at, (key, _) in enumerate([e for e in total.most_common(most + 1) if 1 < e[1] < rows][:most])}
    table = np.zeros((len(keys), len(chosen)))
    for line, held in enumerate(keys):
        for key in held:
            if key in chosen:
                table[line, chosen[key]] = 1.0
    return table


def _outlyingness(numbers: Floats, counts: Floats) -> Floats:
    """Return distances from the median in robust standard deviations, 0 for what is no number; cells count, not values."""
    finite = np.isfinite(numbers) & (counts > 0)
    far = np.zeros(len(numbers))
    if finite.sum() < 3:
        return far
    low, middle, high = _weighted_quantiles(numbers[finite], counts[finite], (0.25, 0.5, 0.75))
    with np.errstate(over="ignore", invalid="ignore"):
        spread = (high - low) / 1.349
        spread = spread if 0 < spread < np.inf else 1.4826 * float(np.mean(np.abs(numbers[finite] - middle)))
        if 0 < spread < np.inf:
            far[finite] = (numbers[finite] - middle) / spread
    far[np.isinf(numbers)] = np.inf
    return far


def _weighted_quantiles(numbers: Floats, counts: Floats, levels: Sequence[float]) -> list[float]:
    order = np.argsort(numbers, kind="stable")
    reached = np.cumsum(counts[order]) / counts.sum()
    return [float(numbers[order][min(int(np.searchsorted(reached, level)), len(order) - 1)]) for level in levels]
