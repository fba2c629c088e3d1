"""Features that are dates: CSV, JSON and SQLite keep them as text, and a model that learned moments can't take that."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pandas as pd

from mlops_widgets.errors import InputError, ModelError, listed
from mlops_widgets.study.dates import order_of, read_dates
from mlops_widgets.study.predictor import Predictor
from mlops_widgets.study.reading import Parts
from mlops_widgets.study.tables import Table

_TRIAL_ROWS = 20
"""Rows of each table that the model is asked for, to learn which form it takes."""


def read_date_features(
    parts: Parts, features: Sequence[str], predictor_of: Callable[[Parts], Predictor]
) -> tuple[Parts, list[str]]:
    """Return the parts with dates in the form that the model takes, and a note where text was read as dates.

    A model that answers on a few rows of every table as they are gets them so. Else the features whose every cell reads
    as a date are read, if the model answers then; if it doesn't either, tables stay as they are and its error is shown
    where it is first asked.

    Parameters
    ----------
    parts
        The tables.
    features
        The model's columns.
    predictor_of
        Returns the model for such tables.
    """
    dates = [
        column for column in features if _holds_text_dates([table[column] for table in parts.all if column in table])
    ]
    if not dates or _answers(parts, predictor_of):
        return parts, []
    read = parts.each(lambda table: _with_dates(table, dates, parts))
    if not _answers(read, predictor_of):
        return parts, []
    return read, [f"Read as dates, since the model doesn't take them as text: {listed(dates)}."]


def _holds_text_dates(columns: "Sequence[pd.Series[Any]]") -> bool:
    """Say whether some of these are text, and every cell is a date."""
    texts = [column for column in columns if not pd.api.types.is_datetime64_any_dtype(column)]
    if not texts or not all(pd.api.types.is_string_dtype(column) or column.dtype == object for column in texts):
        return False
    order = order_of(columns)
    found = [(read_dates(column, order=order).notna() | column.isna()).all() for column in texts]
    return all(found) and any(column.notna().any() for column in texts)


def _answers(parts: Parts, predictor_of: Callable[[Parts], Predictor]) -> bool:
    """Say whether the model answers on the first rows of every table on which it is to be measured."""
    try:
        predictor = predictor_of(parts)
        ability = "predict" if "predict" in predictor.can else "scores"
        for table in parts.measured or parts.all:
            few = table.take(np.arange(min(_TRIAL_ROWS, table.rows)))
            (predictor.predictions if ability == "predict" else predictor.scores)(few)
    except ModelError:
        return False
    except InputError:  # tables and model don't fit for another reason, which is said where it is checked
        return True
    return True


def _with_dates(table: Table, columns: Sequence[str], parts: Parts) -> Table:
    frame = table.pandas()
    for column in (each for each in columns if each in frame and not pd.api.types.is_datetime64_any_dtype(frame[each])):
        order = order_of([each[column] for each in parts.all if column in each])
        frame[column] = read_dates(frame[column], order=order).set_axis(frame.index)
    return table.replace(frame)
