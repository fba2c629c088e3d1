"""Columns that differ between the table a model learned from and the one it serves."""

from collections.abc import Iterator
from dataclasses import dataclass

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
_MOST_LEVELS = 50


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
    names = [name for name in (study.features or reference.columns) if name in reference and name in later]
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
