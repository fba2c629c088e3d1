"""Columns beside logged answers that look like further answers of the same model: of little worth as features, and unfair."""

import re
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from mlops_widgets.errors import listed
from mlops_widgets.study.role_words import plain
from mlops_widgets.study.tables import Table, as_numbers, distinct

_WORDS = "preds?|predicted|predictions?|scores?|probs?|probas?|probability|probabilities|y_?hat"
_NAMES = re.compile(rf"((y|model)_)?({_WORDS})(_\w+)?|\w+_(preds?|predicted|predictions?|probas?|y_?hat)")
_FEWEST_ROWS = 20
_FEWEST_OTHER = 5
"""Rows beside the most frequent value: with fewer, a column may rise with the score by chance."""
_MOST_ROWS = 20_000


def other_answers(tables: Sequence[Table], columns: Sequence[str], logged: Sequence[str]) -> tuple[str, ...]:
    """Return those of `columns` that are called like answers, or that rise or fall with a logged one from row to row.

    Parameters
    ----------
    tables
        Where to look; tables without the logged answers tell nothing.
    columns
        Candidates for features.
    logged
        Columns of logged answers.

    Examples
    --------
    >>> frame = pd.DataFrame({"p": np.arange(30) / 30, "odds": np.exp(np.arange(30)), "age": [20, 30, 25] * 10})
    >>> other_answers([Table(frame.assign(y_pred=0), name="test")], ["odds", "age", "y_pred"], ["p"])
    ('odds', 'y_pred')
    """
    pairs = [(table, answer) for table in tables for answer in logged if answer in table]
    return tuple(
        column
        for column in columns
        if _NAMES.fullmatch(plain(column)) or any(_follows(table[column], table[answer]) for table, answer in pairs)
    )


def left_out_words(columns: Sequence[str]) -> str:
    """Return a sentence on columns that weren't taken as features, or ""."""
    if not columns:
        return ""
    which = "they look" if len(columns) > 1 else "it looks"
    return (
        f" Not taken, since {which} like the model's own answers: {listed(map(repr, columns))}; name "
        f"{'those' if len(columns) > 1 else 'it'} in features= where that is wrong."
    )


def _follows(cells: "pd.Series[Any]", answers: "pd.Series[Any]") -> bool:
    """Say whether cells are the answers themselves, or numbers whose order is that of the answers."""
    known = np.flatnonzero((cells.notna() & answers.notna()).to_numpy())[:_MOST_ROWS]
    cells, answers = cells.iloc[known], answers.iloc[known]
    if len(cells) < _FEWEST_ROWS or distinct(cells) < 2:
        return False
    if cells.map(str).to_numpy().tolist() == answers.map(str).to_numpy().tolist():
        return True
    numbers, scores = as_numbers(cells), as_numbers(answers)
    if np.isnan(numbers).any() or np.isnan(scores).any() or min(_others(numbers), _others(scores)) < _FEWEST_OTHER:
        return False
    rising = numbers[np.lexsort((numbers, scores))]
    falling = numbers[np.lexsort((-numbers, scores))]
    return bool((np.diff(rising) >= 0).all() or (np.diff(falling) <= 0).all())  # ties in the score may have any order


def _others(numbers: npt.NDArray[np.float64]) -> int:
    return len(numbers) - int(np.unique(numbers, return_counts=True)[1].max())
