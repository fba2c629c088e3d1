"""What the cells of a suspect column say by themselves: how much of the target it alone explains, and whether its kind changed."""

from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from mlops_widgets.measures.column_power import explained, learned_means
from mlops_widgets.study.encoding import as_words, number_reader
from mlops_widgets.study.study import Study
from mlops_widgets.study.tables import Table

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]

_LEVELS = 20
_NEW = 0.5
"""Share of the cells with a word that the reference lacks from which a column counts as new."""


def changed_in_kind(reference: "pd.Series[Any]", production: "pd.Series[Any]") -> str:
    """Return how production's cells are of another kind than those the model learned from, or "" where they aren't.

    Examples
    --------
    >>> changed_in_kind(pd.Series([0, 1, 2]), pd.Series([0, 0, 0]))
    'holds a single value in production'
    """
    filled, learned = as_words(production.dropna()), as_words(reference.dropna())
    if not len(learned):
        return ""
    if not len(filled):
        return "is empty in production"
    if len(set(filled)) == 1 and len(set(learned)) > 1:
        return "holds a single value in production"
    if number_reader(reference) is None and float((~filled.isin(set(learned))).mean()) >= _NEW:
        return "holds mostly words that it never held before"
    return ""


def explains_alone(study: Study, column: str, learned: Table, asked: Table) -> float:
    """Return the share of the target's variation (0 to 1) that one column alone explains in `asked`, learned in `learned`.

    NaN where either has too few labelled rows.
    """
    y, target = _targets(study, learned), _targets(study, asked)
    if y is None or target is None:
        return float("nan")
    codes, asked_codes, levels = _levels(learned[column], asked[column])
    known, there = ~np.isnan(y).any(axis=1), ~np.isnan(target).any(axis=1)
    if min(known.sum(), there.sum()) < _LEVELS:
        return float("nan")
    means = learned_means(codes[known], y[known], levels=levels)
    return float(explained(means[asked_codes[there]], target[there], np.ones((1, int(there.sum()))))[0])


def _targets(study: Study, table: Table) -> Floats | None:
    """Return the target as columns (n, K), one 0/1 column a class; NaN where it isn't known; None without a target."""
    if study.outcome.target not in table:
        return None
    y = study.labels(table)
    if study.task == "regression":
        return y[:, None]
    classes = np.arange(len(study.outcome.classes))[1 if study.task == "binary" else 0 :]
    return np.where(np.isnan(y)[:, None], np.nan, (y[:, None] == classes).astype(np.float64))


def _levels(learned: "pd.Series[Any]", asked: "pd.Series[Any]") -> tuple[Integers, Integers, int]:
    """Return both columns as codes of levels of the first one, and how many there are; the last two are rest and gap."""
    read = number_reader(learned)
    if read is None:
        words, others = as_words(learned), as_words(asked)
        code_of = {word: code for code, word in enumerate(sorted(words.value_counts().index[:_LEVELS]))}
        size = len(code_of)
        both = [_coded(each, code_of, size) for each in (words, others)]
    else:
        values, there = read(learned), read(asked)
        known = np.unique(values[~np.isnan(values)])
        edges = (known[1:] + known[:-1]) / 2
        if len(known) > _LEVELS:
            edges = np.unique(np.nanquantile(values, np.linspace(0, 1, _LEVELS + 1)[1:-1]))
        size = len(edges) + 1
        both = [np.where(np.isnan(x), size + 1, np.searchsorted(edges, x)).astype(np.int64) for x in (values, there)]
    return both[0], both[1], size + 2


def _coded(words: "pd.Series[Any]", code_of: dict[str, int], rest: int) -> Integers:
    missing = words.isna().to_numpy()
    codes = words.map(code_of).fillna(rest).to_numpy(dtype=np.int64)
    return np.where(missing, rest + 1, codes)
