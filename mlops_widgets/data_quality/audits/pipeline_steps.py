"""What one step of a pipeline did to the rows of the step before."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from mlops_widgets.errors import TableError
from mlops_widgets.study.tables import Table, as_numbers, row_hashes
from mlops_widgets.study.timeline import times_of

Words = npt.NDArray[np.uint64]


@dataclass(frozen=True, kw_only=True)
class StepSeen:
    """One step.

    Parameters
    ----------
    name, rows
        Its name and rows.
    keys, keys_missing, keys_repeated
        Different keys, rows whose key has a missing part, and rows that repeat a key; 0 where no keys are named, -1 where the step
        has no such column.
    keys_lost, keys_added
        Keys of the step before that are gone, and keys that it didn't have.
    rows_multiplied
        Rows beyond those that the same keys had in the step before: what a join multiplied.
    rows_before
        Rows of the step before; -1 of the first step.
    keys_before
        Different keys of the step before.
    totals
        Column → sum of its numbers, where the step has it; `totals_before` of the step before.
    gone, new
        Columns that the step before had, and that it hadn't.
    missing_rise
        Column → how much its share of missing cells rose, where it did.
    latest
        The latest time, ISO 8601; "" where none was asked for or read.
    """

    name: str
    rows: int
    keys: int = 0
    keys_missing: int = 0
    keys_repeated: int = 0
    keys_lost: int = 0
    keys_added: int = 0
    rows_multiplied: int = 0
    rows_before: int = -1
    keys_before: int = 0
    totals: Mapping[str, float]
    totals_before: Mapping[str, float]
    gone: tuple[str, ...] = ()
    new: tuple[str, ...] = ()
    missing_rise: Mapping[str, float]
    latest: str = ""


def seen_at(
    name: str, table: Table, before: Table | None, *, keys: Sequence[str], totals: Sequence[str], time: str | None
) -> StepSeen:
    """Return what a step did.

    Parameters
    ----------
    name
        The step.
    table, before
        Its table, and that of the step before or None.
    keys, totals, time
        The columns to follow.
    """
    counted = _keys(table, before, keys) if keys else {}
    past = [] if before is None else list(before.columns)
    return StepSeen(
        name=str(name), rows=table.rows, rows_before=-1 if before is None else before.rows, totals=_totals(table, totals),
        totals_before={} if before is None else _totals(before, totals),
        gone=tuple(each for each in past if each not in table), new=tuple(each for each in table.columns if past and each not in past),
        missing_rise={} if before is None else _missing_rise(table, before), latest=_latest(table, time), **counted,
    )  # fmt: skip


def _keys(table: Table, before: Table | None, keys: Sequence[str]) -> dict[str, int]:
    if any(name not in table for name in keys):
        return {"keys": -1}
    hashes, whole = _hashes(table, keys)
    known, rows_of = np.unique(hashes[whole], return_counts=True)
    counted = {
        "keys": len(known), "keys_missing": int((~whole).sum()), "keys_repeated": int(rows_of.sum() - len(known)),
    }  # fmt: skip
    if before is None or any(name not in before for name in keys):
        return counted
    past, past_whole = _hashes(before, keys)
    old, old_rows = np.unique(past[past_whole], return_counts=True)
    shared, here, there = np.intersect1d(known, old, assume_unique=True, return_indices=True)
    more = np.maximum(rows_of[here] - old_rows[there], 0)
    return counted | {
        "keys_before": len(old), "keys_lost": len(old) - len(shared), "keys_added": len(known) - len(shared), "rows_multiplied": int(more.sum()),
    }  # fmt: skip


def _hashes(table: Table, keys: Sequence[str]) -> "tuple[Words, npt.NDArray[np.bool_]]":
    """Return one hash a row over its key, (rows,), and whether no part of it is missing; 1 and 1.0 are the same key."""
    mixed = np.zeros(table.rows, dtype=np.uint64)
    whole = np.ones(table.rows, dtype=np.bool_)
    for name in keys:
        column = table[name]
        numbers = pd.api.types.is_numeric_dtype(column) and not pd.api.types.is_bool_dtype(column)
        cells = pd.Series(as_numbers(column)) if numbers and _exact(column) else column
        mixed = mixed * np.uint64(0x9E3779B97F4A7C15) + np.asarray(row_hashes(cells), dtype=np.uint64)
        whole &= column.notna().to_numpy(dtype=np.bool_)
    return mixed, whole


def _exact(column: "pd.Series[Any]") -> bool:
    """Say whether a double holds every number of the column: whole numbers to 2⁵³."""
    numbers = as_numbers(column)
    known = numbers[~np.isnan(numbers)]
    return not len(known) or bool(np.abs(known).max() < 2**53)


def _totals(table: Table, names: Sequence[str]) -> dict[str, float]:
    found = {}
    for name in names:
        if name in table and pd.api.types.is_numeric_dtype(table[name]):
            numbers = as_numbers(table[name])
            found[name] = math.fsum(numbers[np.isfinite(numbers)])
    return found


def _missing_rise(table: Table, before: Table) -> dict[str, float]:
    if not table.rows or not before.rows:
        return {}
    rises = {}
    for name in table.columns:
        if name in before:
            rise = float(table[name].isna().mean()) - float(before[name].isna().mean())
            if rise > 0:
                rises[name] = rise
    return rises


def _latest(table: Table, time: str | None) -> str:
    if time is None or time not in table:
        return ""
    try:
        times, are_dates = times_of(table, time)
    except TableError:
        return ""
    known = times[~np.isnan(times)]
    if not are_dates or not len(known):
        return ""
    return datetime.fromtimestamp(float(known.max()) / 1000, UTC).isoformat()
