"""Columns that say nothing, only name rows, or know the outcome."""

import re
from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import stats

from mlops_widgets.core.words import estimate, short
from mlops_widgets.data_quality.detection.columns import Column, Columns, Integers
from mlops_widgets.data_quality.detection.detectors.numbers import within_reach
from mlops_widgets.data_quality.detection.suspicions import ColumnNote, Suspicion
from mlops_widgets.measures.column_power import explained, learned_means
from mlops_widgets.study.role_words import ID, ROW, WHO, plain

NEAR_ALL = 0.9
"""Share of the target's variation from which a column all but gives it."""
_UNIQUE = 0.99
_FEWEST_ROWS = 50
_LEVELS = 32
_MOST_CLASSES = 20
_MOST_ROWS = 20_000
_LONGEST_ID = 40


def detect(columns: Columns) -> Iterator[Suspicion | ColumnNote]:
    """Note columns that are constant, like an id, or leaky."""
    for column in columns.columns.values():
        note = _constant(column) or _id_like(columns, column)
        if note is not None:
            yield note
    yield from _leaky(columns)


def _constant(column: Column) -> ColumnNote | None:
    rows = len(column.cells)
    if rows < 2 or len(column.levels.values) > 1:
        return None
    filled = int((~column.missing).sum())
    if not filled:
        reason = f"Every cell of {short(column.name)} is missing."
    elif filled < rows:
        reason = f"All {filled:,} cells of {short(column.name)} that aren't missing are the same."
    else:
        reason = f"All {rows:,} cells of {short(column.name)} are the same."
    return ColumnNote(
        kind="constant", column=column.name, confidence=1.0 if filled in {0, rows} else 0.6, reason=reason,
        action="Leave it out, or find out why it was never filled." if filled in {0, rows} else "Find out whether a gap means something.",
    )  # fmt: skip


def _id_like(columns: Columns, column: Column) -> ColumnNote | None:
    """Return a note where nearly every row has a value of its own that measures nothing."""
    roles = columns.source.roles
    if column.name in roles.ids or column.name in {roles.target, roles.time, roles.entity}:
        return None
    filled, values = int((~column.missing).sum()), len(column.levels.values)
    if filled < _FEWEST_ROWS or values < _UNIQUE * filled:
        return None
    named = bool(
        ID.fullmatch(plain(column.name)) or WHO.fullmatch(plain(column.name)) or ROW.fullmatch(plain(column.name))
    )
    how = _how_it_names(column, named=named)
    if not how:
        return None
    return ColumnNote(
        kind="id_like", column=column.name, confidence=0.9 if named else 0.7,
        reason=f"{values:,} different values in {filled:,} rows of {short(column.name)}, {how}: it names rows.",
        action="Keep it out of the model: pass it as ids=.",
    )  # fmt: skip


def _how_it_names(column: Column, *, named: bool) -> str:
    if column.kind == "number" and not column.is_text:
        known = column.numbers[np.isfinite(column.numbers)]
        whole = bool(len(known)) and bool((known == np.floor(known)).all())
        counting = whole and bool((known[1:] == known[:-1] + 1).mean() >= _UNIQUE)
        return "counted up row by row" if counting else "whole numbers, by its name an id" if whole and named else ""
    if not column.is_text:
        return ""
    lengths = {len(str(value)) for value in column.levels.values}
    if max(lengths) > _LONGEST_ID or any(re.search(r"\s", str(value)) for value in column.levels.values[:100]):
        return "by its name an id" if named else ""
    return "texts of one length" if len(lengths) == 1 else "by its name an id" if named else ""


def _leaky(columns: Columns) -> Iterator[ColumnNote]:
    """Note columns that explain nine tenths of the target's variation on rows that they weren't learned on."""
    target = columns.source.target
    if target is None or columns.rows < _FEWEST_ROWS:
        return
    rows = np.arange(columns.rows)
    if columns.rows > _MOST_ROWS:
        rows = np.sort(np.random.default_rng(0).permutation(rows)[:_MOST_ROWS])
    y = _targets(columns.columns[target], rows)
    if y is None:
        return
    roles = columns.source.roles
    names = [
        name for name in (roles.features or columns.columns) if name in columns.columns and name not in roles.not_inputs
    ]
    z = float(stats.norm.ppf(1 - 0.025 / max(len(names), 1)))
    for name in names:
        value, error = _power(columns.columns[name], rows, y)
        if value - z * error >= NEAR_ALL:
            told = estimate(value, value - z * error, min(1.0, value + z * error))
            yield ColumnNote(
                kind="leak", column=name, confidence=0.9,
                reason=f"{short(name)} alone explains {told} of the variation of {short(target)} on rows that it wasn't learned on "
                f"(interval for all {len(names)} columns at once).",
                action="Ask when it is written: what is known only afterwards must not be a feature. find_leaks looks closer.",
            )  # fmt: skip


def _targets(column: Column, rows: Integers) -> "npt.NDArray[np.float64] | None":
    """Return the target as columns: numbers as one, else one of 0 and 1 a class; None where it doesn't vary or has too many."""
    classes = len(column.levels.values)
    if column.kind == "number" and classes > _MOST_CLASSES:
        numbers = within_reach(column.numbers)[rows]
        return np.where(np.isfinite(numbers), numbers, np.nan)[:, None]
    if not 2 <= classes <= _MOST_CLASSES:
        return None
    codes = column.levels.codes[rows]
    one_each = (codes[:, None] == np.arange(classes)).astype(np.float64)
    one_each[codes < 0] = np.nan
    return np.asarray(one_each if classes > 2 else one_each[:, 1:])


def _power(column: Column, rows: Integers, y: "npt.NDArray[np.float64]") -> tuple[float, float]:
    """Return what the column explains, learned on one half and asked on the other, both ways, and its standard error."""
    known = np.isfinite(y).all(axis=1)
    codes, levels = _levels(column, rows)
    codes, told = codes[known], y[known]
    if len(told) < _FEWEST_ROWS:
        return 0.0, 0.0
    half = np.random.default_rng(0).permutation(len(told)) % 2 == 0
    guess = np.empty_like(told)
    for mine in (half, ~half):
        guess[mine] = learned_means(codes[~mine], told[~mine], levels=levels)[codes[mine]]
    value = float(explained(guess, told, np.ones((1, len(told))))[0])
    return value, _error(guess, told, value)


def _error(guess: "npt.NDArray[np.float64]", told: "npt.NDArray[np.float64]", value: float) -> float:
    """Return the standard error of the squared correlation by the jackknife over ten parts."""
    parts = np.arange(len(told)) % 10
    kept = (parts != np.arange(10)[:, None]).astype(np.float64)
    without = explained(guess, told, kept)
    return float(np.sqrt(0.9 * ((without - value) ** 2).sum()))


def _levels(column: Column, rows: Integers) -> tuple[Integers, int]:
    """Return each row's level: of numbers the value where there are few, else one of 32 bins; of words the frequent ones."""
    if column.kind in {"number", "time"}:
        numbers = within_reach(column.numbers)[rows] if column.kind == "number" else _moments(column)[rows]
        known = numbers[np.isfinite(numbers)]
        if not len(known):
            return np.zeros(len(rows), dtype=np.int64), 1
        values = np.unique(known)
        edges = (values[1:] + values[:-1]) / 2 if len(values) <= _LEVELS else np.unique(np.quantile(known, np.linspace(0, 1, _LEVELS + 1)[1:-1]))  # fmt: skip
        found = np.where(np.isfinite(numbers), np.searchsorted(edges, numbers), len(edges) + 1)
        return found.astype(np.int64), len(edges) + 2
    codes, counts = column.levels.codes[rows], column.levels.counts
    place = np.full(len(counts) + 1, _LEVELS, dtype=np.int64)
    place[np.argsort(-counts, kind="stable")[:_LEVELS]] = np.arange(min(_LEVELS, len(counts)))
    place[-1] = _LEVELS + 1
    return place[codes], _LEVELS + 2


def _moments(column: Column) -> "npt.NDArray[np.float64]":
    moments = pd.to_datetime(column.cells, utc=True).to_numpy(dtype="datetime64[s]")
    return np.where(np.isnat(moments), np.nan, moments.astype(np.float64))
