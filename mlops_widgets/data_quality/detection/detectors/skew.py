"""Columns that differ between the table a model learned from and the one it serves."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from mlops_widgets.core.words import number, p_words, short
from mlops_widgets.data_quality.detection.columns import Columns
from mlops_widgets.data_quality.detection.suspicions import ColumnNote, Suspicion
from mlops_widgets.measures.drift.cells import Cells, number_cells, word_cells
from mlops_widgets.measures.proportions import wilson
from mlops_widgets.measures.two_samples import compare_columns
from mlops_widgets.study.study import Study
from mlops_widgets.study.tables import Table, as_numbers, holds_numbers

MARGIN = 0.1
"""Share of the rows that must lie elsewhere, for a column to be worth a note."""
NEW_MARGIN = 0.01
"""Share of rows in categories that the model never saw, from which it is said."""
LEVEL = 0.05
_MOST_ROWS = 4000
_DRAWS = 399
_MOST_COLUMNS = 200


def detect(columns: Columns) -> Iterator[Suspicion | ColumnNote]:
    """Note what differs between reference and production (else test): type, categories, gaps, and distribution.

    Distributions are compared by the largest difference of cumulative shares (numbers) or half the summed differences of
    shares (categories), in ten bins of the reference or its 50 most frequent categories; whole resampling units change sides
    399 times, and p-values hold for all columns at once (Westfall & Young 1993). A note needs p < .05 and a tenth of the rows.
    """
    study = columns.source.study
    pair = None if study is None else _pair(study)
    if study is None or pair is None:
        return
    reference, later = pair
    names = [name for name in (study.roles.features or reference.columns) if name in reference and name in later]
    compared: list[_Compared] = []
    for name in names[:_MOST_COLUMNS]:
        if holds_numbers(reference[name]) != holds_numbers(later[name]):
            yield _other_type(name, reference, later)
            continue
        compared.append(_cells_of(name, reference, later))
        yield from _new_levels(compared[-1], later.name)
    if compared:
        yield from _moved(study, compared, reference, later)


def _pair(study: Study) -> tuple[Table, Table] | None:
    tables = study.tables
    if "reference" not in tables or len(tables) < 2:
        return None
    later = tables.get("production") or next(table for name, table in tables.items() if name != "reference")
    return tables["reference"], later


@dataclass(frozen=True)
class _Compared:
    """One column of both tables, counted in cells of the reference."""

    name: str
    cells: Cells
    reference: npt.NDArray[np.int64]
    later: npt.NDArray[np.int64]


def _cells_of(name: str, reference: Table, later: Table) -> _Compared:
    if holds_numbers(reference[name]):
        numbers = [as_numbers(table[name]) for table in (reference, later)]
        cells = number_cells(numbers[0])
        return _Compared(name, cells, cells.of(numbers[0]), cells.of(numbers[1]))
    if pd.api.types.is_datetime64_any_dtype(reference[name].dtype):
        moments = [_moments(table[name]) for table in (reference, later)]
        cells = number_cells(moments[0])
        return _Compared(name, cells, cells.of(moments[0]), cells.of(moments[1]))
    words = [_words(table[name]) for table in (reference, later)]
    cells = word_cells(words[0])
    return _Compared(name, cells, cells.of(words[0]), cells.of(words[1]))


def _moments(cells: "pd.Series[Any]") -> npt.NDArray[np.float64]:
    moments = pd.to_datetime(cells, utc=True, errors="coerce").to_numpy(dtype="datetime64[s]")
    return np.where(np.isnat(moments), np.nan, moments.astype(np.float64))


def _words(cells: "pd.Series[Any]") -> npt.NDArray[np.object_]:
    absent = cells.isna().to_numpy()
    return np.array([None if gone else ascii(cell) for cell, gone in zip(cells, absent, strict=True)], dtype=object)


def _other_type(name: str, reference: Table, later: Table) -> ColumnNote:
    kinds = ["numbers" if holds_numbers(table[name]) else "no numbers" for table in (reference, later)]
    return ColumnNote(
        kind="skew", column=name, confidence=0.95,
        reason=f"{short(name)} holds {kinds[0]} in {reference.name} and {kinds[1]} in {later.name}.",
        action="Find the step that reads or writes it differently.",
    )  # fmt: skip


def _new_levels(compared: _Compared, later: str) -> Iterator[ColumnNote]:
    """Note categories that the model never saw, in more than a hundredth of the rows."""
    if compared.cells.ordered:
        return
    new, rows = int((compared.later == len(compared.cells.levels) + 1).sum()), len(compared.later)
    lower = float(wilson(np.array([new]), np.array([rows]))[0][0]) if rows else 0.0
    if lower > NEW_MARGIN:
        yield ColumnNote(
            kind="skew", column=compared.name, confidence=0.9,
            reason=f"{number(new / rows, 'percent')} of {later} has a {short(compared.name)} that the reference never has.",
            action="Ask what the new ones are, and what the model makes of them.",
        )  # fmt: skip


def _moved(study: Study, compared: list[_Compared], reference: Table, later: Table) -> Iterator[ColumnNote]:
    """Note columns whose distribution moved by more than the margin, whatever chance does to so few units."""
    rng = np.random.default_rng(0)
    rows = [np.sort(rng.permutation(table.rows)[:_MOST_ROWS]) for table in (reference, later)]
    cells = np.column_stack([np.concatenate([each.reference[rows[0]], each.later[rows[1]]]) for each in compared])
    mark = np.repeat([False, True], [len(each) for each in rows])
    before, after = study.units(reference)[rows[0]], study.units(later)[rows[1]]
    units = np.concatenate([before, after + before.max(initial=-1) + 1])
    distances, _, adjusted = compare_columns(
        cells, mark, units, [each.cells.ordered for each in compared], draws=_DRAWS
    )
    gaps = {table.name: table for table in (reference, later)}
    for each, distance, p_value in zip(compared, distances, adjusted, strict=True):
        if p_value < LEVEL and distance >= MARGIN:
            missing = [number(float(table[each.name].isna().mean()), "percent") for table in gaps.values()]
            yield ColumnNote(
                kind="skew", column=each.name, confidence=float(min(0.95, 1 - p_value)),
                reason=f"{number(float(distance), 'percent')} of the rows of {later.name} lie elsewhere in {short(each.name)} than those of "
                f"{reference.name} ({p_words(float(p_value))} over all columns); missing: {missing[0]} and {missing[1]}.",
                action="Ask whether the world changed or the way it is recorded; review_drift looks at when.",
            )  # fmt: skip
