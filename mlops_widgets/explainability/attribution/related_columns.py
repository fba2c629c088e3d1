"""Which columns go together so closely that they can't be told apart: measured in one way for every room."""

from collections.abc import Iterable
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from mlops_widgets.measures.attribution.association import Column, associations, clusters
from mlops_widgets.study.encoding import as_words, number_reader

Floats = npt.NDArray[np.float64]

RELATED = 0.7
"""Association above which columns go together: what one says, the other nearly says too."""
_MOST_ROWS = 1000
_MOST_CATEGORIES = 30


def as_measured(cells: "pd.Series[Any]") -> Column:
    """Return a column as its association with others is measured: numbers, or codes of its frequent words.

    Dates and texts that read as numbers are numbers. Rarer words share one code; missing is NaN or -1.
    """
    read = number_reader(cells)
    if read is not None:
        return read(cells)
    words = as_words(cells)
    places = {word: place for place, word in enumerate(words.value_counts().index[:_MOST_CATEGORIES])}
    return np.array([-1 if word is None else places.get(word, len(places)) for word in words], dtype=np.int64)


def measured_columns(rows: pd.DataFrame, columns: Iterable[str]) -> dict[str, Column]:
    """Return columns as `as_measured`, on at most 1,000 of the rows at even distances."""
    few = rows.iloc[:: max(1, len(rows) // _MOST_ROWS)].iloc[:_MOST_ROWS]
    return {column: as_measured(few[column]) for column in columns}


def columns_together(rows: pd.DataFrame, *, least: float = RELATED) -> tuple[list[list[int]], Floats]:
    """Return the columns in groups (positions), and how closely each two go together, 0 to 1 (p, p).

    Association as in `measures.attribution.association`; groups by average linkage.

    Parameters
    ----------
    rows
        n rows of p columns.
    least
        Association above which two groups are joined.

    Examples
    --------
    >>> hours = np.arange(60.0)
    >>> rows = pd.DataFrame(
    ...     {"day": pd.Timestamp("2026-01-01") + pd.to_timedelta(hours, "D"), "wage": hours % 7, "hours": hours}
    ... )
    >>> columns_together(rows)[0]
    [[0, 2], [1]]
    """
    close = associations(list(measured_columns(rows, rows.columns).values()))
    return clusters(close, least=least), close
