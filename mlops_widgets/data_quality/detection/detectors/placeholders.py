"""Missing cells that are written as a word or a sign: discovered by what they are like, not by a list."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from mlops_widgets.core.words import number, short
from mlops_widgets.data_quality.detection.columns import Column, Columns
from mlops_widgets.data_quality.detection.detectors.repairs import made_missing
from mlops_widgets.data_quality.detection.shapes import said, word_shape
from mlops_widgets.data_quality.detection.suspicions import ColumnNote, Suspicion
from mlops_widgets.study.tables import as_numbers

Floats = npt.NDArray[np.float64]
Booleans = npt.NDArray[np.bool_]

KNOWN = frozenset({
    "n/a", "n.a.", "na", "#n/a", "null", "nan", "nil", "missing", "unknown", "not available", "not applicable", "not known",
    "unspecified", "undefined", "no data", "tbd", "?", "-", "--", "---", ".", "<na>", "(null)",
})  # fmt: skip
"""What is widely written for "missing": raises the confidence and decides nothing by itself."""
AFFIRMED = {"no", "yes", "none", "other"}
_PRIOR = -3.5
_WEIGHTS = {"known": 3.0, "breaks_type": 3.5, "empty": 2.5, "several": 1.5, "breaks_shape": 1.5, "too_often": 1.5}
"""Log-odds that each sign adds to the prior's; set on flights and beers, checked on tables without placeholders."""
_MOST_LEVELS = 50_000
_LONGEST = 40
_HALF_NUMBERS = 0.5
_MOST_WORDS = 4


@dataclass(frozen=True)
class _Signs:
    """What speaks for each value of a column, masks of shape (values,)."""

    masks: dict[str, Booleans]

    @property
    def confidence(self) -> Floats:
        """How likely each value is a placeholder, shape (values,)."""
        odds = _PRIOR + sum(_WEIGHTS[name] * mask for name, mask in self.masks.items())
        return np.asarray(1 / (1 + np.exp(-odds)), dtype=np.float64)

    def words(self, at: int) -> str:
        """Return in words what speaks for one value."""
        return " and ".join(_WORDS[name] for name, mask in self.masks.items() if mask[at])


_WORDS = {
    "known": "it is widely written for a missing cell", "breaks_type": "the other cells are numbers",
    "empty": "it holds neither letters nor digits", "several": "unlike columns hold it, too",
    "breaks_shape": "it is written unlike the other values", "too_often": "it is far commoner than any other value",
}  # fmt: skip


def detect(columns: Columns) -> Iterator[Suspicion | ColumnNote]:
    """Suspect values that say nothing: after FAHES (Qahtan et al., KDD 2018), by type, shape, frequency and recurrence."""
    texts = [each for each in columns.texts if 0 < len(each.levels.values) <= _MOST_LEVELS]
    spread = Counter(value.casefold() for column in texts for value in column.levels.values if len(value) <= _LONGEST)
    for column in texts:
        signs = _signs(column, spread)
        confidence = signs.confidence
        for at in np.flatnonzero(confidence >= 0.1):
            rows = column.levels.rows(np.arange(len(confidence)) == at)
            value, count = str(column.levels.values[at]), int(column.levels.counts[at])
            yield Suspicion(
                kind="disguised_missing", column=column.name, rows=rows, confidence=np.full(len(rows), confidence[at]),
                reason=f"{said(value, count)} stands for missing in {number(count, 'integer')} cells of {short(column.name)}: {signs.words(at)}.",
                repair=made_missing(len(rows)), systematic=True,
            )  # fmt: skip


def _signs(column: Column, spread: Counter[str]) -> _Signs:
    values, counts = column.levels.values, column.levels.counts
    folded = [value.casefold() for value in values]
    numeric = np.isfinite(_numbers(column))
    digits = np.array([any(c.isdigit() for c in value[:_LONGEST]) for value in values])
    plain = np.array([not any(c.isalnum() for c in value[:_LONGEST]) and len(value) <= _LONGEST for value in values])
    recurring = (counts >= 2) & np.array([len(value) <= _LONGEST for value in values])
    known = np.array([value in KNOWN for value in folded]) & (len(values) > 1)
    share = counts[numeric].sum() / counts.sum()
    many = numeric.sum() >= 3 and share >= _HALF_NUMBERS or (numeric.sum() >= 10 and share >= 0.2)
    return _Signs({
        "known": known,
        "breaks_type": ~numeric & ~digits & (recurring | known) & bool(many),
        "empty": plain,
        "several": np.array([spread[value] >= 2 for value in folded]) & ~digits & (known | plain),
        "breaks_shape": _breaks_shape(column) & (recurring | known) & ~digits,
        "too_often": _too_often(counts) & ~digits & (known | plain | _breaks_shape(column)),
    })  # fmt: skip


def _numbers(column: Column) -> Floats:
    import pandas as pd

    return as_numbers(pd.Series(column.levels.values, dtype=object))


def _breaks_shape(column: Column) -> Booleans:
    """Return which values are words where nearly all different values hold digits."""
    values = column.levels.values
    if len(values) < 10:
        return np.zeros(len(values), dtype=bool)
    digits = np.array([any(c.isdigit() for c in value[:_LONGEST]) for value in values])
    words = np.array([word_shape(value) == "x" and value.count(" ") < _MOST_WORDS for value in values])
    return words & ~digits if digits.mean() >= 0.9 else np.zeros(len(values), dtype=bool)


def _too_often(counts: npt.NDArray[np.int64]) -> Booleans:
    """Return which value is five times as frequent as the next of a column of many values."""
    if len(counts) < 20:
        return np.zeros(len(counts), dtype=bool)
    order = np.sort(counts)
    return np.asarray((counts == order[-1]) & (order[-1] >= 5 * order[-2]))
